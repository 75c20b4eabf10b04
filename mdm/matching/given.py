"""Pairs that are given: each is judged by itself, by fixed weights, and says why.

Whoever matches all records of some systems learns from them how much a field says. Here only two records are known, so that the
weights are those that ship, and two records that somebody puts side by side are taken to be one thing more often than two that
are drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from ltc.core.errors import Fault, Misconfigured
from mdm.identity import Outcome
from mdm.matching.decide import THRESHOLDS, decide
from mdm.matching.model import NOTHING, Columns, Model, Part, probability
from mdm.matching.records import ScoredPair, read_rows

_HOMES: Final[Mapping[str, str]] = {
    "contact": "mdm.matching.contacts.given",
    "customer": "mdm.matching.customers.given",
    "product": "mdm.matching.products.given",
}

LEFT: Final = "a."
RIGHT: Final = "b."
ANSWERS: Final = ("score", "decision", "why", "doubts")
"""What a row gets; a file may not have columns of these names."""


@dataclass(frozen=True, slots=True)
class Given:
    """How two records of an entity are judged by themselves.

    ``reads`` are the fields that count. ``against`` says which strong identifiers contradict, ``remarks`` what there is to say of
    a comparison beyond its level, ``doubts`` why a person should look although no level says so.
    """

    reads: frozenset[str]
    columns: Callable[[Mapping[str, str]], Columns]
    model: Model
    against: Callable[[Columns, Columns], list[str]]
    remarks: Callable[[Columns, Columns], Mapping[str, str]]
    doubts: Callable[[Columns, Columns], list[str]]


@dataclass(frozen=True, slots=True)
class Reason:
    """What one field says about a pair: ``weight`` is in bits, above nought for the same thing, below it against."""

    field: str
    level: str
    weight: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is made of a pair: the score is the probability that the weights add up to."""

    score: float
    decision: Outcome
    why: tuple[Reason, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file of pairs: both records' fields, and the row as it was read."""

    line: int
    left: Mapping[str, str]
    right: Mapping[str, str]
    said: Mapping[str, str]


def given(entity: str) -> Given:
    """Load how an entity's pairs are judged."""
    try:
        return cast("Given", import_module(_HOMES[entity]).GIVEN)
    except ModuleNotFoundError as error:
        message = f"What matches records is not installed: {error}."
        raise Misconfigured(message, remedy="Install it: pip install 'ltc-hub[mdm]'.", code="matching.not_installed") from error


def judge(entity: str, left: Mapping[str, str], right: Mapping[str, str]) -> Judgement:
    """Judge whether two records are the same thing.

    >>> judge("customer", {"name": "Acme Rockets GmbH"}, {"name": "ACME Rockets"}).decision
    'same'
    >>> judge("customer", {"name": "Growth Fund II LP"}, {"name": "Growth Fund III LP"}).why[1].detail
    'other number: 2 and 3'
    """
    kind = given(entity)
    one, other = kind.columns(left), kind.columns(right)
    levels = kind.model.levels(one, other)
    parts = kind.model.parts(one, other)
    score = probability(kind.model.prior_bits + sum(part.bits for part in parts))
    against = kind.against(one, other)
    doubts = [*against, *kind.model.doubts(one, other), *kind.doubts(one, other)]
    nothing = all(level == NOTHING for level in levels)
    if nothing:
        doubts.append("There is no field that both records have.")
    looked = ScoredPair(0, 1, max(score, THRESHOLDS[entity].review) if nothing else score, bool(against), bool(doubts))
    why = _reasons(kind.model, parts, levels, kind.remarks(one, other))
    return Judgement(score, decide(looked, THRESHOLDS[entity]), why, tuple(doubts))


def _reasons(model: Model, parts: list[Part], levels: tuple[int, ...], remarks: Mapping[str, str]) -> tuple[Reason, ...]:
    """Make the waterfall: what is assumed of any pair first, then each field; what is not known on both sides says nothing."""
    known = [part for part, level in zip(parts, levels, strict=True) if level != NOTHING]
    first = Reason("any pair", "put side by side", model.prior_bits)
    return (first, *(Reason(part.comparison, part.level, part.bits, remarks.get(part.comparison, "")) for part in known))


def read_pairs(path: Path, entity: str) -> Iterator[Row]:
    """Read a CSV file of pairs; raise Misconfigured, with its place, for what is wrong with it."""
    reads = given(entity).reads
    count = 0
    for count, (line, row) in enumerate(read_rows(path, ()), 1):  # how many there were is asked for below
        if count == 1:
            _check_columns(path, list(row), reads)
        yield Row(line, _side(row, LEFT), _side(row, RIGHT), row)
    if not count:
        message = "The file has no pairs."
        raise _wrong(path, 2, "matching.empty", message, "A pair is a line below the names of the columns.")


def _side(row: Mapping[str, str], side: str) -> dict[str, str]:
    return {name.removeprefix(side): value for name, value in row.items() if name.startswith(side) and value.strip()}


def unread(columns: Mapping[str, str], entity: str) -> list[str]:
    """Name the columns of either record that say nothing about an entity.

    >>> unread({"a.name": "x", "b.nmae": "y", "note": "z"}, "customer")
    ['b.nmae']
    """
    reads = given(entity).reads
    return [name for name in columns if name.startswith((LEFT, RIGHT)) and name[len(LEFT) :] not in reads]


def _check_columns(path: Path, columns: list[str], reads: frozenset[str]) -> None:
    """Insist that both records have a field that counts, and that no column has the name of an answer."""
    for side in (LEFT, RIGHT):
        fields = [name.removeprefix(side) for name in columns if name.startswith(side)]
        if not fields or reads.isdisjoint(fields):
            have = f"It has {', '.join(columns)}." if len(columns) > 1 else "Its columns are to be separated by commas."
            remedy = f"Name the fields of the two records {LEFT}name, {RIGHT}name and so on; known: {', '.join(sorted(reads))}."
            raise _wrong(path, 1, "matching.columns", f"The file has no column {side}<field> that is known. {have}", remedy)
    for name in ANSWERS:
        if name in columns:
            message = f"The file has a column {name} already, which the answer would overwrite."
            raise _wrong(path, 1, "matching.columns", message, "Call it otherwise.")


def _wrong(path: Path, line: int, code: str, message: str, remedy: str) -> Misconfigured:
    return Misconfigured(code=code, faults=[Fault(code, message, remedy, file=str(path), line=line)])

"""Conditions, told to people: which of their parts hold, what each of them reads, and what they wait for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.expressions import joint
from ltc.app.engine.flow.form import Formula
from ltc.app.engine.flow.ways import NoWay, resolve
from ltc.core.mapping.declared import HUB
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.models.states import MACHINES, reachable

if TYPE_CHECKING:
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.flow.ways import View, Way

TEXT = r"'[^']*'|\"[^\"]*\""
TOKEN = re.compile(rf"(?P<text>{TEXT})|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<sign>&&|\|\||\?)")
EQUALS = re.compile(rf"([\w.]+) *== *({TEXT})")
AMONG = re.compile(rf"([\w.]+) +in +\[((?: *(?:{TEXT}) *,?)+)\]")
FILLED = re.compile(r"size\(([\w.]+)\) *(?:> *0|>= *1|!= *0)")
THERE = re.compile(r"([\w.]+) *!= *null")
ROLE = re.compile(rf"({TEXT}) +in +hub\.roles")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether an expression holds, what it waits for if not, and whether that can still come."""

    holds: bool
    waits_for: str = ""
    may_come: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One of the conditions that all have to hold; ``reads`` are its paths with their ways and values."""

    text: str
    outcome: Outcome
    reads: tuple[tuple[str, Way | None, Any], ...]


def parts_of(flow: Flow, formula: Formula, view: View) -> list[Part]:
    """Take a condition apart into what all has to hold."""
    texts = split(formula.expression.text, "&&")
    return [Part(text, outcome(flow, text, view), tuple(_reads(flow, text, view))) for text in texts]


def waits_for(flow: Flow, formula: Formula, view: View) -> Outcome:
    """Say in plain words what a condition that does not hold waits for."""
    return outcome(flow, formula.expression.text, view)


def split(text: str, sign: str) -> list[str]:
    """Cut an expression where a sign stands outside of brackets and texts; whole if a weaker sign stands there too.

    >>> split("a == 'x && y' && (b || c)", "&&"), split("a && b || c", "&&"), split("a && b || c", "||")
    (["a == 'x && y'", '(b || c)'], ['a && b || c'], ['a && b', 'c'])
    """
    depth, start, found = 0, 0, []
    weaker = {"&&": ("||", "?"), "||": ("?",)}[sign]
    for match in TOKEN.finditer(text):
        depth += bool(match.group("open")) - bool(match.group("close"))
        if depth or not match.group("sign"):
            continue
        if match.group("sign") in weaker:
            return [text.strip()]
        if match.group("sign") == sign:
            found.append(text[start : match.start()].strip())
            start = match.end()
    return [*found, text[start:].strip()]


def outcome(flow: Flow, text: str, view: View) -> Outcome:
    """Judge an expression, and say what it waits for, over any depth of `&&`, `||` and brackets."""
    bare = _unwrapped(text)
    alternatives = split(bare, "||")
    if len(alternatives) > 1:
        return _any([outcome(flow, one, view) for one in alternatives])
    parts = split(bare, "&&")
    if len(parts) > 1:
        return _all([outcome(flow, one, view) for one in parts])
    return _single(flow, bare, view)


def _any(found: list[Outcome]) -> Outcome:
    """Judge alternatives: only those that can still come are waited for."""
    hopes = [one for one in found if one.may_come] or found
    return Outcome(
        any(one.holds for one in found), " or ".join(one.waits_for for one in hopes), any(one.may_come for one in found)
    )


def _all(found: list[Outcome]) -> Outcome:
    lacking = [one for one in found if not one.holds]
    return Outcome(not lacking, " and ".join(one.waits_for for one in lacking), all(one.may_come for one in lacking))


def _unwrapped(text: str) -> str:
    """Take off brackets that are around all of it."""
    bare = text.strip()
    while bare.startswith("(") and _closes_at(bare) == len(bare) - 1:
        bare = bare[1:-1].strip()
    return bare


def _closes_at(text: str) -> int:
    depth = 0
    for match in TOKEN.finditer(text):
        depth += bool(match.group("open")) - bool(match.group("close"))
        if match.group("close") and not depth:
            return match.start()
    return -1


def _single(flow: Flow, text: str, view: View) -> Outcome:
    formula = formula_of(flow, text)
    if formula is None:
        return Outcome(holds=False, waits_for=f"`{text}`")
    try:
        holds = formula.holds(view)
    except BadValue as error:
        return Outcome(holds=False, waits_for=error.message)
    is_fixed = bool(formula.ways) and all(way is None for way in formula.ways)
    if is_fixed:
        role = ROLE.fullmatch(text)
        return Outcome(holds, f"a system with the role {role.group(1)[1:-1]}" if role else f"`{text}`", may_come=holds)
    return Outcome(holds, *_words(flow, text, view)) if not holds else Outcome(holds=True)


def formula_of(flow: Flow, text: str) -> Formula | None:
    """Compile a part of a condition; None for what cannot stand alone."""
    found = joint(text, flow.source, flow.relatives)
    if isinstance(found, tuple):
        return None
    ways: list[Way | None] = []
    for variable, *path in found.fields:
        way = None if variable == HUB else resolve(".".join((variable, *path)), flow.source, flow.relatives)
        if isinstance(way, NoWay):
            return None
        ways.append(way)
    return Formula(found, tuple(ways))


def _reads(flow: Flow, text: str, view: View) -> Iterator[tuple[str, Way | None, Any]]:
    formula = formula_of(flow, text)
    if formula is not None:
        for path, way, value in zip(formula.expression.fields, formula.ways, formula.reads(view), strict=True):
            yield ".".join(path), way, value


def _words(flow: Flow, text: str, view: View) -> tuple[str, bool]:
    """Put a part that does not hold into words, and tell whether it can still come to hold."""
    for pattern in (EQUALS, AMONG):
        match = pattern.fullmatch(text)
        if match is not None:
            return _to_be(flow, match.group(1), [one[1:-1] for one in re.findall(TEXT, match.group(2))], view)
    match = FILLED.fullmatch(text)
    if match is not None:
        entity, _, path = match.group(1).rpartition(".")
        return f"{entity} to have {path}", True
    match = THERE.fullmatch(text)
    return (f"{match.group(1)} to be there", True) if match is not None else (f"`{text}`", True)


def _to_be(flow: Flow, path: str, values: list[str], view: View) -> tuple[str, bool]:
    """Say that something is to have one of some values; of a status it is known whether it can still come to one."""
    way = resolve(path, flow.source, flow.relatives)
    wanted = " or ".join(values)
    if isinstance(way, NoWay) or way.path != "status":
        return f"{path} to be {wanted}", True
    name = path.rpartition(".")[0] or flow.source
    entity = way.hops[-1].entity if way.hops else flow.source
    if way.hops and way.hops not in view.others:
        return f"a {name} that is {wanted}", True
    now = view.value(way)
    ahead = reachable(entity, str(now or "")) if entity in MACHINES else frozenset(values)
    return f"{name} to be {wanted} (it is {now or 'without a status'})", bool(ahead & set(values))

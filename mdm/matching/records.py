"""The records that are matched: in memory, from a CSV file, or from a folder with labelled pairs to measure on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from ltc.core.errors import Fault, Misconfigured

Task: TypeAlias = Literal["link", "dedupe"]
"""``link`` looks for pairs between sources only, ``dedupe`` for pairs within a source too."""

Pair: TypeAlias = tuple[int, int]
"""The places of two records in their list, the lower first."""

_ENTITIES: Final = {"customer": "customer", "contact": "contact", "person": "contact", "product": "product"}
_MAX_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """A record of a source; ``fields`` holds text under canonical names, and no empty values."""

    source: str
    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """How sure it is that two records of a list are the same thing, from 0 to 1.

    ``vetoed`` if a strong identifier contradicts: the two are never put together but by a person. ``doubted`` if something else
    that tells things apart does, such as the number of a house: they are not merged without being asked.
    """

    left: int
    right: int
    score: float
    vetoed: bool = False
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Records whose true pairs are known; ``free`` names the sources that are free of duplicates."""

    name: str
    entity: str
    task: Task
    free: frozenset[str]
    records: tuple[MatchRecord, ...]
    truth: frozenset[Pair]


def entity_named(name: str) -> str:
    """Find an entity that can be matched by its name; persons are contacts.

    >>> entity_named("person")
    'contact'
    """
    if name not in _ENTITIES:
        known = ", ".join(sorted(_ENTITIES))
        raise Misconfigured(f"Records of {name!r} cannot be matched.", remedy=f"Name one of {known}.", code="matching.entity")
    return _ENTITIES[name]


def pair(left: int, right: int) -> Pair:
    """Name a pair of records by their places, the lower first.

    >>> pair(7, 3)
    (3, 7)
    """
    return (left, right) if left < right else (right, left)


def read_rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a CSV file in UTF-8 row by row, each with its line; what is wrong has an error with its place."""
    try:
        with path.open("rb") as file:
            yield from _rows(path, csv.reader(_decoded(path, file), strict=True), needed)
    except OSError as error:
        remedy = "Give the path of a file that can be read."
        raise _fault(path, 0, "matching.file", f"The file cannot be read: {error.strerror}.", remedy) from error


def _decoded(path: Path, lines: Iterable[bytes]) -> Iterator[str]:
    """Decode line by line, so that a wrong byte has a place."""
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            message = f"The file is not in UTF-8: byte {error.start + 1} of the line is {line[error.start]:#04x}."
            raise _fault(path, number, "matching.encoding", message, "Save it as CSV in UTF-8.") from error


def _rows(path: Path, reader: Any, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        header = next(reader, None)
        if not header:
            raise _fault(path, 1, "matching.empty", "The file is empty.", "Its first line names the columns.")
        _check_header(path, header, needed)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                message = f"The row has {len(row)} values for {len(header)} columns."
                raise _fault(path, reader.line_num, "matching.row", message, "Quote values that contain commas.")
            yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        remedy = "Quote values that contain commas, quotes or line breaks; cut values that are longer than the limit."
        raise _fault(path, reader.line_num, "matching.csv", f"This is not CSV: {error}.", remedy) from error


def _check_header(path: Path, header: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in header]
    if missing:
        message = f"The file has no column {' and no column '.join(missing)}."
        raise _fault(path, 1, "matching.columns", message, f"It has {', '.join(header)}.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise _fault(path, 1, "matching.columns", f"The column {twice[0]} is there twice.", "Name every column once.")


def _fault(path: Path, line: int, code: str, message: str, remedy: str) -> Misconfigured:
    return Misconfigured(code=code, faults=[Fault(code, message, remedy, file=str(path), line=line)])


def read_records(path: Path) -> tuple[MatchRecord, ...]:
    """Read records from a CSV file with the columns source and id, and fields under canonical names."""
    seen: dict[tuple[str, str], int] = {}
    records: list[MatchRecord] = []
    faults: list[Fault] = []
    for line, row in read_rows(path, ("source", "id")):
        source, identity = row.pop("source"), row.pop("id")
        first = seen.setdefault((source, identity), line)
        if first != line and len(faults) < _MAX_FAULTS:
            message = f"The record {source} {identity} is there twice, first in line {first}."
            faults.append(
                Fault("matching.twice", message, "Give every record of a source an id of its own.", file=str(path), line=line)
            )
        records.append(MatchRecord(source, identity, {name: value for name, value in row.items() if value.strip()}))
    if faults:
        raise Misconfigured(code="matching.twice", faults=faults)
    if not records:
        raise _fault(path, 2, "matching.empty", "The file has no records.", "A record is a line below the names of the columns.")
    return tuple(records)


def read_set(folder: Path) -> LabelledSet:
    """Read a folder with meta.json, records.csv and pairs.csv."""
    meta = _read_meta(folder / "meta.json")
    records = read_records(folder / "records.csv")
    places = {(record.source, record.id): place for place, record in enumerate(records)}
    truth = set()
    for line, row in read_rows(folder / "pairs.csv", ("source_a", "id_a", "source_b", "id_b")):
        ends = [(row["source_a"], row["id_a"]), (row["source_b"], row["id_b"])]
        strange = [end for end in ends if end not in places]
        if strange or ends[0] == ends[1]:
            message = f"There is no record {' '.join(strange[0])}." if strange else "A record is paired with itself."
            raise _fault(folder / "pairs.csv", line, "matching.pair", message, "Pairs name two records of records.csv.")
        truth.add(pair(places[ends[0]], places[ends[1]]))
    sources = {record.source for record in records}
    return LabelledSet(
        name=folder.resolve().name,
        entity=entity_named(meta["entity"]),
        task=meta["task"],
        free=_free(meta.get("duplicate_free_sources", False), sources),
        records=records,
        truth=frozenset(truth),
    )


def _free(said: Any, sources: set[str]) -> frozenset[str]:
    """Read which sources are free of duplicates: all or none, a list of them, or yes and no for each."""
    if isinstance(said, bool):
        return frozenset(sources if said else ())
    chosen = {source for source, free in said.items() if free} if isinstance(said, dict) else set(said)
    return frozenset(sources & chosen)


def _read_meta(path: Path) -> dict[str, Any]:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = "A set is a folder with meta.json, records.csv and pairs.csv."
        raise _fault(path, 0, "matching.file", f"The file cannot be read: {error.strerror}.", remedy) from error
    except ValueError as error:
        raise _fault(
            path, getattr(error, "lineno", 0), "matching.meta", f"This is not JSON: {error}.", "Mend the file."
        ) from error
    known = {"entity": sorted(_ENTITIES), "task": ["dedupe", "link"]}
    for name, values in known.items():
        if not isinstance(meta, dict) or meta.get(name) not in values:
            remedy = f"Give one of {', '.join(values)}."
            raise _fault(path, 0, "matching.meta", f"The {name} is missing or not known.", remedy)
    if not isinstance(meta.get("duplicate_free_sources", False), bool | list | dict):
        remedy = "Give true, false or a list of sources."
        raise _fault(path, 0, "matching.meta", "duplicate_free_sources is none of what it may be.", remedy)
    return dict(meta)

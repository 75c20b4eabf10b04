"""Records in files: all of them are matched, and what belongs together comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ltc.app.mdm.pairs import reason_document
from ltc.core.errors import Fault, Misconfigured
from mdm.matching.found import Found, find
from mdm.matching.records import MatchRecord, ScoredPair, Task, entity_named, read_records, read_rows, read_set


def matched(
    path: Path, name: str, *, task: Task = "dedupe", free: frozenset[str] = frozenset(), limit: int = 1000
) -> dict[str, Any]:
    """Match the records of a CSV file, or of a folder with such files: ``{entity, records, clusters, likely, pairs, totals}``.

    ``clusters`` may be merged without asking, ``likely`` are groups that are rather one thing than not, ``pairs`` are for a
    person, the surest first and no more than ``limit``.
    """
    entity = entity_named(name)
    if (path / "meta.json").is_file():
        known = read_set(path)
        if known.entity != entity:
            message = f"meta.json says that these are records of the entity {known.entity}, and not {entity}."
            raise Misconfigured(message, remedy="Name the entity that they are of.", code="matching.entity")
        records, task, free = known.records, known.task, known.free
    else:
        records = _folder(path) if path.is_dir() else read_records(path)
    strange = free - {record.source for record in records}
    if strange:
        message = f"No record is of the source {', '.join(sorted(strange))}."
        remedy = f"Sources: {', '.join(sorted({record.source for record in records})[:20])}."
        raise Misconfigured(message, remedy=remedy, code="matching.source")
    return found_document(find(entity, records, task, free), limit)


def _folder(path: Path) -> tuple[MatchRecord, ...]:
    """Read every CSV file of a folder; one without a column for the source is a source itself."""
    files = sorted(path.glob("*.csv"))
    if not files:
        fault = Fault("matching.file", "The folder has no CSV file.", "Name a folder with files *.csv.", file=str(path))
        raise Misconfigured(code="matching.file", faults=[fault])
    records: list[MatchRecord] = []
    places: dict[tuple[str, str], str] = {}
    for file in files:
        before = len(records)
        for line, row in read_rows(file, ("id",)):
            source, identity = row.pop("source", file.stem), row.pop("id")
            place = places.setdefault((source, identity), f"{file.name}, line {line}")
            if place != f"{file.name}, line {line}":
                message = f"The record {source} {identity} is there twice, first in {place}."
                remedy = "Give every record of a source an id of its own."
                fault = Fault("matching.twice", message, remedy, file=str(file), line=line)
                raise Misconfigured(code="matching.twice", faults=[fault])
            records.append(MatchRecord(source, identity, {field: value for field, value in row.items() if value.strip()}))
        if len(records) == before:
            remedy = "A record is a line below the names of the columns."
            raise Misconfigured(
                code="matching.empty",
                faults=[Fault("matching.empty", "The file has no records.", remedy, file=str(file), line=2)],
            )
    return tuple(records)


def found_document(found: Found, limit: int) -> dict[str, Any]:
    """Write what was found as a document."""
    merged, reviews = found.merged(), found.reviews()

    def named(place: int) -> dict[str, str]:
        return {"source": found.records[place].source, "id": found.records[place].id}

    def scored(one: ScoredPair) -> dict[str, Any]:
        ends = (one.left, one.right)
        return {
            "left": named(one.left), "right": named(one.right), "score": round(one.score, 6), "decision": found.decision(one),
            "why": [reason_document(reason) for reason in found.reasons(ends)], "doubts": found.doubts(ends),
        }  # fmt: skip

    return {
        "entity": found.entity,
        "records": len(found.records),
        "clusters": [[named(place) for place in group] for group in merged],
        "likely": [[named(place) for place in group] for group in found.likely()],
        "pairs": [scored(one) for one in reviews[:limit]],
        "totals": {
            "clusters": len(merged), "clustered": sum(map(len, merged)), "review": len(reviews), "candidates": len(found.pairs),
        },
    }  # fmt: skip

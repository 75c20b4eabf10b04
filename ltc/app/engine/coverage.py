"""What the store knows of how mappings fare: the lines' work over the records as they were last read, and how long values are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine.state import from_json
from ltc.core.errors import LtcError, Untranslatable
from ltc.core.mapping.covering import Coverage
from ltc.core.models.leaves import generic
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.core.contract import Connector, Raw
    from ltc.core.mapping import Mapping as ObjectMapping
    from ltc.core.store import Store, Tx

EMPTY = (b"", b"{}")
LIVE = ("live", "untranslated")


def cover_kept(store: Store, connector: Connector, system: str, mapping: ObjectMapping, limit: int) -> Coverage:
    """Let a mapping's lines look at the records that the hub keeps of its object, the latest changed first."""
    coverage = Coverage(mapping)
    with store.reading() as tx:
        for ext_id, body, known in _kept(tx, system, mapping, limit):
            _look(coverage, mapping, ext_id, connector.decode(mapping.object, body), known)
    return coverage


def cover_fresh(connector: Connector, mapping: ObjectMapping, limit: int) -> Coverage:
    """Let a mapping's lines look at records that are read from the system now; nothing is kept."""
    coverage = Coverage(mapping)
    cursor, more = "", True
    while more and coverage.records < limit:
        page = connector.read(mapping.object, cursor, mapping.source_fields, limit - coverage.records)
        for body in page.bodies[: limit - coverage.records]:
            _look(coverage, mapping, "", connector.decode(mapping.object, body), None)
        cursor, more = page.cursor, page.more
    return coverage


def _look(coverage: Coverage, mapping: ObjectMapping, ext_id: str, raw: Raw, known: Mapping[str, Any] | None) -> None:
    """Look at one record, unless the guard does not take it."""
    try:
        if not mapping.applies(raw):
            coverage.out_of_scope += 1
            return
    except Untranslatable:
        coverage.out_of_scope += 1  # the guard itself does not fit: the record is parked, and no line sees it
        return
    coverage.add(ext_id or _name(mapping, raw), raw, known)


def _name(mapping: ObjectMapping, raw: Raw) -> str:
    try:
        return mapping.key_of(raw)
    except (LtcError, ValueError):
        return "?"


def _kept(tx: Tx, system: str, mapping: ObjectMapping, limit: int) -> Iterator[tuple[str, bytes, dict[str, Any] | None]]:
    """Give the records of an object with what the hub knows of each."""
    r, g, s = t.record.c, t.golden.c, t.scope.c
    scope_id = tx.scalar(select(s.id).where(s.system == system, s.object == mapping.object))
    if scope_id is None:
        return
    rows = tx.execute(
        select(r.ext_id, r.raw, g.leaves)
        .select_from(t.record.outerjoin(t.golden, r.hub_id == g.hub_id))
        .where(r.scope_id == scope_id, r.state.in_(LIVE))
        .order_by(r.last_changed.desc(), r.ext_id)
        .limit(limit)
    )
    for row in rows:
        if row[1] in EMPTY:
            continue
        yield row[0], row[1], None if row[2] is None else from_json(row[2])


def longest(store: Store, entity: str, limit: int) -> dict[str, int]:
    """Say how long the texts are that the hub knows of an entity, by canonical path."""
    found: dict[str, int] = {}
    g = t.golden.c
    with store.reading() as tx:
        for (leaves,) in tx.execute(
            select(g.leaves).where(g.entity == entity, g.state == "live").order_by(g.hub_id).limit(limit)
        ):
            for path, value in (from_json(leaves) or {}).items():
                if isinstance(value, str):
                    name = generic(path)
                    found[name] = max(found.get(name, 0), len(value))
    return found


def covered(coverage: Coverage) -> dict[str, Any]:
    """Say what the lines did, in the shape of a mapping of `ltc mapping coverage --json`."""
    return {
        "records": coverage.records, "out_of_scope": coverage.out_of_scope,
        "lines": [
            {
                "path": one.line.path, "source": one.line.source, "operation": one.line.operation, "state": one.line.state,
                "tried": one.tried, "fired": one.fired, "null": one.null, "missing": one.missing, "defaulted": one.defaulted,
                "faults": one.faults, "values": len(one.values), "verdict": one.verdict, "unused_codes": one.unused,
                "would_change": one.changes, "samples": one.samples, "file": one.line.file, "line": one.line.line,
                "column": one.line.column,
            }
            for one in coverage.lines.values()
        ],
    }  # fmt: skip

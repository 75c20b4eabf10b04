"""The sync log: what happened to each record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from ltc.core.store.queries.paging import Document, page, plain
from ltc.core.store.queries.search import find, spellings
from ltc.core.store.tables import golden, log, record, scope

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Table
    from sqlalchemy.sql import ColumnElement

    from ltc.core.store.door import Tx

FOUND = "found"
"""What is said of a record that the hub saw for the first time, and had not made itself."""


def entries(
    tx: Tx, *, record_id: str = "", system: str = "", obj: str = "", entity: str = "", run: int = 0, action: str = "",
    after: int = 0, limit: int = 100, newest_first: bool = True,
) -> list[Document]:  # fmt: skip
    """List entries; ``record_id`` is a hub id, any system's own id or a business number, and finds the whole golden record."""
    joined = log.outerjoin(scope, scope.c.id == log.c.scope_id)
    statement = select(log, scope.c.system, scope.c.object).select_from(joined)
    if record_id:
        statement = statement.where(_about(tx, record_id, log))
    if run:
        statement = statement.where(log.c.run_id == run)
    for column, wanted in ((scope.c.system, system), (scope.c.object, obj), (log.c.entity, entity), (log.c.action, action)):
        if wanted:
            statement = statement.where(column == wanted)
    rows = page(tx, statement, log.c.id, after=after, limit=limit, newest_first=newest_first)
    return [
        {
            "id": row["id"], "at": row["at"], "run": row["run_id"], "system": row["system"], "object": row["object"],
            "record_id": row["ext_id"], "entity": row["entity"], "hub_id": row["hub_id"], "action": row["action"],
            "label": row["label"], "detail": plain(row["detail"]), "actor": row["actor"],
            "trace": row["trace"] or "",
        }
        for row in rows
    ]  # fmt: skip


def found(
    tx: Tx, record_id: str, *, system: str = "", obj: str = "", own: Collection[str] = (), limit: int = 100
) -> list[Document]:  # fmt: skip
    """Say when the records that an id names were first seen, the newest first, in the form of entries.

    It stands in the records themselves, since nearly all that is ever seen is seen for the first time once, in a first read. What
    the hub made is not found: its evidence is among ``own``.
    """
    joined = record.join(scope, scope.c.id == record.c.scope_id).outerjoin(golden, golden.c.hub_id == record.c.hub_id)
    r, s = record.c, scope.c
    shown = (r.first_seen, s.system, s.object, r.ext_id, s.entity, r.hub_id, golden.c.label)
    statement = select(*shown).select_from(joined).where(_about(tx, record_id, record), r.evidence.not_in(own))
    for column, wanted in ((s.system, system), (s.object, obj)):
        if wanted:
            statement = statement.where(column == wanted)
    rows = tx.execute(statement.order_by(r.first_seen.desc(), r.scope_id, r.ext_id).limit(limit)).all()
    return [
        {
            "id": 0, "at": at, "run": 0, "system": its_system, "object": its_object, "record_id": ext_id, "entity": entity,
            "hub_id": hub_id, "action": FOUND, "label": label or "", "detail": {}, "actor": "hub", "trace": "",
        }
        for at, its_system, its_object, ext_id, entity, hub_id, label in rows
    ]  # fmt: skip


def _about(tx: Tx, any_id: str, table: Table) -> ColumnElement[bool]:
    """Say which rows are about what an id names; also what never got a hub id has entries."""
    hub_ids = [one["hub_id"] for one in find(tx, any_id)]
    scopes = [row[0] for row in tx.execute(select(scope.c.id))]
    return or_(table.c.hub_id.in_(hub_ids), and_(table.c.scope_id.in_(scopes), table.c.ext_id.in_(spellings(any_id))))

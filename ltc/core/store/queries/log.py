"""The sync log: what happened to each record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from ltc.core.store.queries.paging import Document, page, plain
from ltc.core.store.queries.search import find, spellings
from ltc.core.store.tables import log, scope

if TYPE_CHECKING:
    from sqlalchemy.sql import ColumnElement

    from ltc.core.store.door import Tx


def entries(
    tx: Tx, *, record_id: str = "", system: str = "", obj: str = "", entity: str = "", run: int = 0, action: str = "",
    after: int = 0, limit: int = 100, newest_first: bool = True,
) -> list[Document]:  # fmt: skip
    """List entries; ``record_id`` is a hub id, any system's own id or a business number, and finds the whole golden record."""
    joined = log.outerjoin(scope, scope.c.id == log.c.scope_id)
    statement = select(log, scope.c.system, scope.c.object).select_from(joined)
    if record_id:
        statement = statement.where(_about(tx, record_id))
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
        }
        for row in rows
    ]  # fmt: skip


def _about(tx: Tx, any_id: str) -> ColumnElement[bool]:
    """Say which entries are about what an id names; also what never got a hub id has entries."""
    hub_ids = [found["hub_id"] for found in find(tx, any_id)]
    scopes = [row[0] for row in tx.execute(select(scope.c.id))]
    return or_(log.c.hub_id.in_(hub_ids), and_(log.c.scope_id.in_(scopes), log.c.ext_id.in_(spellings(any_id))))

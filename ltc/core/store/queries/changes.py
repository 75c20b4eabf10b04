"""Changes: what the hub wants systems to come to, and what each waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ltc.core.store.queries.paging import Document, page, plain
from ltc.core.store.queries.search import find
from ltc.core.store.tables import change as c
from ltc.core.store.tables import golden as g
from ltc.core.store.tables import scope as s
from ltc.core.store.tables import wait as w

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.core.store.door import Tx

OPEN = ("shadow", "due", "waiting", "held", "writing", "parked")


def changes(
    tx: Tx, *, states: Sequence[str] = OPEN, system: str = "", obj: str = "", entity: str = "", record_id: str = "",
    after: int = 0, limit: int = 100, newest_first: bool = False,
) -> list[Document]:  # fmt: skip
    """List changes of some states, with their reason and what they wait for; ``record_id`` is any id of the golden record.

    A create that was not begun wants what its golden record says, which is shown as its ``after``.
    """
    joined = c.join(s, s.c.id == c.c.scope_id).outerjoin(g, g.c.hub_id == c.c.hub_id)
    statement = select(c, s.c.system, s.c.object, g.c.label, g.c.leaves).select_from(joined).where(c.c.state.in_(states))
    if record_id:
        statement = statement.where(c.c.hub_id.in_([found["hub_id"] for found in find(tx, record_id)]))
    for column, wanted in ((s.c.system, system), (s.c.object, obj), (c.c.entity, entity)):
        if wanted:
            statement = statement.where(column == wanted)
    rows = page(tx, statement, c.c.id, after=after, limit=limit, newest_first=newest_first)
    waits = _waits(tx, [row["id"] for row in rows if row["state"] == "waiting"])
    return [
        {
            "id": row["id"], "system": row["system"], "object": row["object"], "record_id": row["ext_id"],
            "entity": row["entity"], "hub_id": row["hub_id"], "label": row["label"] or "", "verb": row["verb"],
            "state": row["state"], "reason": row["reason"], "error": row["error"], "waits_for": waits.get(row["id"], []),
            "before": plain(row["before"]), "after": _after(row), "attempts": row["attempts"],
            "not_before": row["not_before"], "run": row["run_id"], "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
        for row in rows
    ]  # fmt: skip


def _after(row: Document) -> Document:
    """Say what a change brings; a create that waits to be begun is kept without values."""
    if row["after"] or row["verb"] != "create" or row["state"] not in OPEN:
        return dict(plain(row["after"]))
    return {leaf: value for leaf, value in plain(row["leaves"] or "").items() if value is not None}


def open_changes(tx: Tx) -> list[Document]:
    """Count open changes by scope and state, and say since when the oldest is there."""
    joined = c.join(s, s.c.id == c.c.scope_id)
    columns = (s.c.system, s.c.object, c.c.entity, c.c.state)
    figures = (func.count().label("number"), func.min(c.c.created_at).label("since"))
    statement = select(*columns, *figures).select_from(joined).where(c.c.state.in_(OPEN)).group_by(*columns).order_by(*columns)
    return [dict(row) for row in tx.execute(statement).mappings()]


def _waits(tx: Tx, numbers: Sequence[int]) -> dict[int, list[Document]]:
    """Say for each waiting change which golden records have to be in which system first."""
    rows = tx.select_in(w, ("change_id", "system", "entity", "target"), "change_id", numbers)
    labels: dict[str, str] = dict(tx.select_in(g, ("hub_id", "label"), "hub_id", {row[3] for row in rows}))
    waits: dict[int, list[Document]] = {}
    for number, system, entity, target in sorted(rows):
        shown = {"system": system, "entity": entity, "hub_id": target, "label": labels.get(target, "")}
        waits.setdefault(number, []).append(shown)
    return waits

"""Scopes: how each object of each system stands: its mode, its freshness, its last run, what is open."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ltc.core.store.queries.paging import Document, plain
from ltc.core.store.tables import change, exception, review
from ltc.core.store.tables import run as r
from ltc.core.store.tables import scope as s

if TYPE_CHECKING:
    from ltc.core.store.door import Tx

HUB = "hub"


def scopes(tx: Tx, now: datetime, *, system: str = "", entity: str = "") -> list[Document]:
    """Say how each scope stands; ages are in seconds before ``now``, None if it was never read."""
    statement = select(s).where(s.c.system != HUB).order_by(s.c.system, s.c.entity, s.c.object)
    for column, wanted in ((s.c.system, system), (s.c.entity, entity)):
        if wanted:
            statement = statement.where(column == wanted)
    rows = [dict(row) for row in tx.execute(statement).mappings()]
    changes = _grouped(tx, change.c.scope_id, change.c.state, change.c.state.in_(_OPEN))
    parked = _grouped(tx, exception.c.scope_id, exception.c.state, exception.c.state != "resolved")
    oldest = {row[0]: row[1] for row in tx.execute(_OLDEST)}
    reviews = {row[0]: int(row[1]) for row in tx.execute(_REVIEWS)}
    last = _last_runs(tx)
    return [
        {
            "system": row["system"], "object": row["object"], "entity": row["entity"], "mode": row["mode"],
            "stopped": row["stopped"], "epoch": row["epoch"], "read_at": row["updated_at"],
            "read_age": _age(row["updated_at"] if row["cursor"] else None, now), "full_read_at": row["full_read_at"],
            "baseline_at": row["baseline_at"], "last_run": last.get((row["system"], row["entity"])),
            "exceptions": sum(parked.get(row["id"], {}).values()), "changes": changes.get(row["id"], {}),
            "waiting": changes.get(row["id"], {}).get("waiting", 0), "waiting_age": _age(oldest.get(row["id"]), now),
            "reviews": reviews.get(row["entity"], 0),
        }
        for row in rows
    ]  # fmt: skip


_OPEN = ("shadow", "due", "waiting", "held", "writing", "parked")
_OLDEST = select(change.c.scope_id, func.min(change.c.created_at)).where(change.c.state == "waiting").group_by(change.c.scope_id)
_REVIEWS = select(review.c.entity, func.count()).where(review.c.state == "open").group_by(review.c.entity)


def _grouped(tx: Tx, scope_id: Any, state: Any, where: Any) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for number, name, count in tx.execute(select(scope_id, state, func.count()).where(where).group_by(scope_id, state)):
        found.setdefault(number, {})[name] = int(count)
    return found


def _last_runs(tx: Tx) -> dict[tuple[str, str], Document]:
    last = select(func.max(r.c.id)).where(r.c.started_at.is_not(None)).group_by(r.c.system, r.c.entity)
    rows = tx.execute(select(r).where(r.c.id.in_(last))).mappings()
    return {
        (row["system"], row["entity"]): {
            "id": row["id"], "job": row["job"], "status": row["status"], "started_at": row["started_at"],
            "finished_at": row["finished_at"], "counts": plain(row["counts"]), "error": row["error"],
        }
        for row in rows
    }  # fmt: skip


def _age(instant: str | None, now: datetime) -> float | None:
    return (now - datetime.fromisoformat(instant)).total_seconds() if instant else None

"""The inbox: webhooks are kept before they are answered, taken up record by record, and closed with what they led to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from ltc.core.store.hook_table import hook as h

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ltc.core.store.door import Tx
    from ltc.core.store.selection import Row

COLUMNS = ("system", "event", "object", "ext_id", "occurred_at", "received_at", "carried")
KEY = ("system", "event", "object", "ext_id")
LONGEST = 255
"""What a vendor's event or record may be named with at most."""


class Waiting(NamedTuple):
    """One hint that waits: its number, the record that it names, how often it failed, and its arrival's span."""

    id: int
    ext_id: str
    attempts: int
    carried: str = ""


def keep(tx: Tx, rows: Iterable[Row]) -> set[Row]:
    """Store what arrived, as tuples of :data:`COLUMNS`; give the keys of those that had not arrived before."""
    return tx.insert_new(h, COLUMNS, rows, key=KEY)


def objects(tx: Tx, system: str, now: str) -> list[str]:
    """Name the objects about which a hint of a system is due."""
    due = (h.c.system == system, h.c.state == "pending", h.c.not_before <= now)
    return [row[0] for row in tx.execute(select(h.c.object).where(*due).group_by(h.c.object))]


def waiting(tx: Tx, system: str, obj: str, now: str, limit: int) -> list[Waiting]:
    """Give the hints about an object that are due, the oldest first."""
    due = (h.c.system == system, h.c.state == "pending", h.c.object == obj, h.c.not_before <= now)
    rows = tx.execute(select(h.c.id, h.c.ext_id, h.c.attempts, h.c.carried).where(*due).order_by(h.c.id).limit(limit))
    return [Waiting(*row) for row in rows]


def close(tx: Tx, ids: Sequence[int], state: str, now: str, run_id: int) -> None:
    """Say what became of hints: done, dropped or parked."""
    tx.update_in(h, "id", ids, {"state": state, "done_at": now, "run_id": run_id})


def put_off(tx: Tx, ids: Sequence[int], until: str, error: str) -> None:
    """Let hints rest that failed, and count the attempt."""
    tx.update_in(h, "id", ids, {"attempts": h.c.attempts + 1, "not_before": until, "error": error})


def reopen(tx: Tx, system: str, obj: str, ext_ids: Sequence[str]) -> None:
    """Let the parked hints of records be tried again, as if they had just come."""
    parked = (h.c.system == system, h.c.object == obj, h.c.state == "parked")
    tx.update_in(h, "ext_id", ext_ids, {"state": "pending", "attempts": 0, "not_before": "", "done_at": None}, parked)


def pending(tx: Tx) -> int:
    """Count the hints that wait."""
    return int(tx.scalar(select(func.count()).select_from(h).where(h.c.state == "pending")) or 0)

"""Standing: the figures by which one sees from afar how a hub is doing; few rows each, whatever the hub holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select, text

from ltc.core.store.leases import NOW
from ltc.core.store.queries.changes import OPEN
from ltc.core.store.tables import change as c
from ltc.core.store.tables import exception as e
from ltc.core.store.tables import intent as i
from ltc.core.store.tables import scope as s

if TYPE_CHECKING:
    from ltc.core.store.door import Tx


class OpenChanges(NamedTuple):
    """The open changes of one object in one state, and since when the oldest is there."""

    system: str
    object: str
    entity: str
    state: str
    number: int
    since: str


class OpenExceptions(NamedTuple):
    """The exceptions of one object at one stage that nobody has dealt with."""

    system: str
    object: str
    stage: str
    number: int


def changes(tx: Tx) -> list[OpenChanges]:
    """Count open changes; by the index, which begins with the scope, since done creates stay for ever."""
    open_ones = (c.c.scope_id.in_(select(s.c.id)), c.c.state.in_(OPEN))
    counted = (
        select(c.c.scope_id, c.c.state, func.count().label("number"), func.min(c.c.created_at).label("since"))
        .where(*open_ones).group_by(c.c.scope_id, c.c.state).subquery()
    )  # fmt: skip
    columns = (s.c.system, s.c.object, s.c.entity, counted.c.state, counted.c.number, counted.c.since)
    return [OpenChanges(*row) for row in tx.execute(select(*columns).join(counted, counted.c.scope_id == s.c.id))]


def exceptions(tx: Tx) -> list[OpenExceptions]:
    """Count what waits for a person."""
    counted = (
        select(e.c.scope_id, e.c.stage, func.count().label("number")).where(e.c.state.in_(("open", "retrying")))
        .group_by(e.c.scope_id, e.c.stage).subquery()
    )  # fmt: skip
    columns = (s.c.system, s.c.object, counted.c.stage, counted.c.number)
    return [OpenExceptions(*row) for row in tx.execute(select(*columns).join(counted, counted.c.scope_id == s.c.id))]


def intents(tx: Tx) -> dict[str, int]:
    """Count writes whose outcome is not known yet, by system."""
    joined = i.join(s, s.c.id == i.c.scope_id)
    open_ones = (i.c.scope_id.in_(select(s.c.id)), i.c.state == "open")
    return {
        row[0]: int(row[1])
        for row in tx.execute(select(s.c.system, func.count()).select_from(joined).where(*open_ones).group_by(s.c.system))
    }


def leases(tx: Tx) -> dict[str, int]:
    """Count the leases that are held now, by what they are for: the first part of their name."""
    held: dict[str, int] = {}
    for (name,) in tx.execute(text(f'SELECT name FROM "lease" WHERE until > {NOW[tx.dialect]}')):  # noqa: S608 - a constant of ours
        kind = str(name).partition("/")[0]
        held[kind] = held.get(kind, 0) + 1
    return held


def size(tx: Tx) -> int:
    """Give the bytes that the store takes on its disk."""
    if tx.dialect == "sqlite":
        pages, each = (tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size"))
        return int(pages or 0) * int(each or 0)
    return int(tx.scalar(text("SELECT pg_database_size(current_database())")) or 0)

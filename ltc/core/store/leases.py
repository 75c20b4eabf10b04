"""Leases with fencing tokens: who may write, by the database's clock; one that was taken over writes nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from ltc.core.errors import Fenced

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ltc.core.store.store import Store

NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
}
"""The database's own time, in microseconds since 1970: clocks of workers may differ, and jump."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one thing alone until it lapses; every take-over has a higher token."""

    store: Store
    name: str
    token: int
    holder: str
    seconds: float

    def renew(self) -> None:
        """Hold on for another term; raise :class:`Fenced` if it was taken over."""
        with self.store.engine.begin() as connection:
            self.check(connection)

    def check(self, connection: Connection) -> None:
        """Renew within a transaction: it takes the row's lock, so that nobody takes over before the transaction ends."""
        sql = f'UPDATE "lease" SET until = {NOW[connection.dialect.name]} + :term WHERE name = :name AND token = :token'  # noqa: S608
        parameters = {"term": int(self.seconds * 1e6), "name": self.name, "token": self.token}
        if connection.execute(text(sql), parameters).rowcount != 1:
            raise Fenced(f"{self.holder} lost the lease {self.name!r} (token {self.token}) to another worker.")

    def release(self) -> None:
        """Give it back; a lease that was taken over is left alone."""
        with self.store.engine.begin() as connection:
            sql = 'UPDATE "lease" SET until = 0 WHERE name = :name AND token = :token'
            connection.execute(text(sql), {"name": self.name, "token": self.token})


def acquire(store: Store, name: str, holder: str, seconds: float) -> Lease | None:
    """Take a lease that is free or has lapsed; None if another worker holds it."""
    with store.engine.begin() as connection:
        now = NOW[connection.dialect.name]
        sql = (
            'INSERT INTO "lease" (name, token, until, holder) '  # noqa: S608 - the clock's expression is a constant of ours
            f"VALUES (:name, 1, {now} + :term, :holder) "
            'ON CONFLICT (name) DO UPDATE SET token = "lease".token + 1, until = excluded.until, holder = excluded.holder '
            f'WHERE "lease".until < {now} RETURNING token'
        )
        row = connection.execute(text(sql), {"name": name, "term": int(seconds * 1e6), "holder": holder}).first()
    return Lease(store, name, int(row[0]), holder, seconds) if row is not None else None

"""Leases with fencing tokens: who may write, by the database's clock; one that was taken over writes nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy import text

from ltc.core.errors import Fenced, Later

if TYPE_CHECKING:
    from sqlalchemy import TextClause
    from sqlalchemy.engine import Connection

    from ltc.core.store.store import Store

NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
}
"""The database's own time, in microseconds since 1970: clocks of workers may differ, and jump."""

FIRST = "first"
"""Nobody takes this lease: its token is what those begin at that are new to the store, which a restored one has higher."""

_RELEASE = text('UPDATE "lease" SET until = 0 WHERE name = :name AND token = :token')

BEATS = 4
"""How often in a term a right is renewed: two beats in a row may be lost."""
LONG_SECONDS = 10.0
"""The beats of so long a term may begin late."""
FIRST_SECONDS = 1.0
"""So long such a right is held before a thread is begun that renews it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A right that somebody holds until it lapses; every take-over has a higher token."""

    store: Store
    name: str
    token: int
    holder: str
    seconds: float

    def check(self, connection: Connection) -> None:
        """Renew within a transaction: it takes the row's lock, so that nobody takes over before the transaction ends."""
        raise AssertionError(connection)

    def renew(self) -> None:
        """Hold on for another term; raise :class:`Fenced` if it was taken over."""
        with self.store.writing() as connection:
            self.check(connection)

    @contextmanager
    def kept_alive(self) -> Iterator[Event]:
        """Renew in the background while something takes long outside of transactions; the event tells that it was lost.

        Nothing needs to look at the event for safety: the next transaction raises :class:`Fenced` by itself.
        """
        done, lost = Event(), Event()
        thread = Thread(target=self._keep_alive, args=(done, lost), name=f"lease {self.name}", daemon=True)
        number = None
        if self.seconds < LONG_SECONDS:
            thread.start()
        else:  # mostly it is given back before it has to be renewed
            number = self.store.soon.begin(FIRST_SECONDS, thread.start)
        try:
            yield lost
        finally:
            done.set()
            if number is not None:
                self.store.soon.call_off(number)
            if thread.ident is not None:
                thread.join()

    def _keep_alive(self, done: Event, lost: Event) -> None:
        pause = self.seconds / BEATS
        while not done.wait(pause):
            try:
                self.renew()
            except Fenced:
                lost.set()
                return
            except Later:  # a transaction of our own holds the row, and has renewed it; or the database is away
                pause = self.seconds / 10
            else:
                pause = self.seconds / BEATS


@dataclass(frozen=True, slots=True)
class Lease(Held):
    """The right to do one thing alone; ``under`` is the right to work on the run for which it is done, if there is one."""

    under: Held | None = None

    def check(self, connection: Connection) -> None:
        """Renew within a transaction, the right to the run first: always in this order, so that nobody waits in a circle."""
        if self.under is not None:
            self.under.check(connection)
        parameters = {"term": int(self.seconds * 1e6), "name": self.name, "token": self.token}
        if connection.execute(_renew(NOW[connection.dialect.name]), parameters).rowcount != 1:
            raise Fenced(f"{self.holder} lost the lease {self.name!r} (token {self.token}) to another worker.")

    def release(self) -> None:
        """Give it back; a lease that was taken over is left alone."""
        with self.store.writing() as connection:
            connection.execute(_RELEASE, {"name": self.name, "token": self.token})


def acquire(store: Store, name: str, holder: str, seconds: float) -> Lease | None:
    """Take a lease that is free or has lapsed; None if another worker holds it, or is just writing under it.

    After a jump of the clock everything seems to have lapsed: for one term only what was given back is free.
    """
    with store.writing() as connection:
        if _is_locked(connection, name):
            return None
        now = NOW[connection.dialect.name]
        store.clock.hear(connection)
        statement = _acquire(now, f"< {now}" if store.clock.is_steady(seconds) else "= 0")
        row = connection.execute(statement, {"name": name, "term": int(seconds * 1e6), "holder": holder}).first()
    return Lease(store, name, int(row[0]), holder, seconds) if row is not None else None


def _is_locked(connection: Connection, name: str) -> bool:
    """Tell whether a transaction holds the lease's row; SQLite has one writer at a time, so that there it is never so."""
    if connection.dialect.name == "sqlite":
        return False
    known = connection.execute(text('SELECT 1 FROM "lease" WHERE name = :name'), {"name": name}).first()
    free = connection.execute(text('SELECT 1 FROM "lease" WHERE name = :name FOR UPDATE SKIP LOCKED'), {"name": name}).first()
    return known is not None and free is None


@cache
def _renew(now: str) -> TextClause:
    """Say that a lease is held for another term, by the clock's expression."""
    return text(f'UPDATE "lease" SET until = {now} + :term WHERE name = :name AND token = :token')  # noqa: S608


@cache
def _acquire(now: str, free: str) -> TextClause:
    """Say that a lease is taken if it is new, or if its end is what is free."""
    return text(
        'INSERT INTO "lease" (name, token, until, holder) '  # noqa: S608 - both expressions are ours
        f"VALUES (:name, 1 + COALESCE((SELECT token FROM \"lease\" WHERE name = '{FIRST}'), 0), {now} + :term, :holder) "
        'ON CONFLICT (name) DO UPDATE SET token = "lease".token + 1, until = excluded.until, holder = excluded.holder '
        f'WHERE "lease".until {free} RETURNING token'
    )

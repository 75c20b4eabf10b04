"""The store: where the hub keeps what it knows, on SQLite by default and on PostgreSQL in production."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, DisconnectionError

from ltc.core.errors import LtcError, Misconfigured
from ltc.core.store.clock import StoreClock
from ltc.core.store.crash import AFTER_COMMIT, BEFORE_COMMIT, Hooks, nowhere
from ltc.core.store.door import Tx
from ltc.core.store.faults import AILMENTS, translated
from ltc.core.store.leases import Held, Lease, acquire
from ltc.core.store.selection import SQLITE
from ltc.core.store.soon import Soon

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

Synchronous = Literal["normal", "full"]
HEAD = "0010"
"""The newest migration: a database that has it needs no Alembic, which is slow to import."""

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA page_size = 32768",
    "PRAGMA synchronous = {synchronous}",
    "PRAGMA wal_autocheckpoint = 2500",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
)
SWITCHES = 200
RESTED = 1.0
"""A connection that rested so many seconds is asked whether its server is still there, before something is begun on it."""
USED = "ltc.used"
POSTGRESQL_SETTINGS = "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=5000 -c timezone=UTC"


class Store:
    """One database.

    ``synchronous`` is SQLite's: with "normal", the last commits before a power cut may be missing, and are then read again;
    with "full", each commit waits for the disk. ``crash`` is called at named points, where tests let the process die.
    """

    def __init__(self, url: str, crash: Hooks | None = None, *, synchronous: Synchronous = "normal") -> None:
        self.url = url
        self.crash: Hooks = crash or nowhere
        self.engine = _engine(url, synchronous)
        self.dialect = self.engine.dialect.name
        where = self.engine.url
        self.place = where.database or "" if self.dialect == SQLITE else f"{where.database} at {where.host or 'its socket'}"
        self.soon = Soon()
        self._ails = False

    @cached_property
    def clock(self) -> StoreClock:
        """Tell what time it is for all who share the database."""
        return StoreClock(self)

    def migrate(self) -> None:
        """Bring the database's tables up to this version of the hub; nothing happens if they are."""
        if self.revision() == HEAD:
            return
        from ltc.core.store.migrating import upgrade  # noqa: PLC0415 - half a second that only a first start needs

        with self.writing() as connection:
            upgrade(connection)

    def revision(self) -> str:
        """Name the migration that the database is at; "" for an empty one."""
        with self.reading() as tx:
            known = inspect(tx.connection).has_table("alembic_version")
            return str(tx.scalar(text("SELECT version_num FROM alembic_version")) or "") if known else ""

    @contextmanager
    def transaction(self, lease: Held | None = None) -> Iterator[Tx]:
        """Do everything or nothing; with a lease, only while it is held."""
        with self.writing() as connection:
            if lease is not None:
                lease.check(connection)
            tx = Tx(connection)
            yield tx
            self.crash(BEFORE_COMMIT)
        self.crash(AFTER_COMMIT)
        for tell in tx.afterwards:
            tell()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that has no crash points; :meth:`prove` learns if the store does not take it."""
        try:
            with translated(self.place), self.engine.begin() as connection:
                yield connection
        except LtcError as fault:
            self._ails = self._ails or fault.code in AILMENTS
            raise

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Look without changing anything; all that is read belongs to one moment."""
        with translated(self.place), self.engine.connect() as connection:
            yield Tx(connection.execution_options(**_READING[self.dialect]))

    def prove(self) -> None:
        """Raise if the store cannot be read, or took nothing the last time and still takes nothing."""
        with self.reading() as tx:
            tx.scalar(text("SELECT 1"))
        if self._ails:
            with self.transaction() as tx:
                tx.execute(text("UPDATE hub SET value = value WHERE key = 'short_key_seed'"))
            self._ails = False  # only now: a transaction that changed nothing was no proof

    def lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """Take a lease for some seconds; None if another worker holds it."""
        return acquire(self, name, holder, seconds)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


_READING: dict[str, dict[str, Any]] = {
    SQLITE: {"reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def _engine(url: str, synchronous: Synchronous) -> Engine:
    if url.startswith("sqlite:"):
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", partial(_prepare_sqlite, synchronous))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql:"):
        target = url.replace("postgresql:", "postgresql+psycopg:", 1)
        options = {"options": POSTGRESQL_SETTINGS, "prepare_threshold": 5}
        try:
            engine = create_engine(target, connect_args=options, hide_parameters=True)
        except ModuleNotFoundError:
            raise Misconfigured("PostgreSQL needs its driver.", remedy="Install ltc-hub[postgres].") from None
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_insist_on_an_answer, engine))
        return engine
    scheme = url.partition(":")[0]
    raise Misconfigured(f"The store cannot be on {scheme!r}.", remedy="Use sqlite:///path or postgresql://…")


def _note_use(connection: object, record: ConnectionPoolEntry) -> None:
    del connection
    record.info[USED] = time.monotonic()


def _insist_on_an_answer(engine: Engine, connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """Ask a connection that has rested whether it is still there, else have another; to always ask is a fifth of all work."""
    del proxy
    if time.monotonic() - record.info.get(USED, -RESTED) < RESTED:
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as fault:
        raise DisconnectionError(str(fault)) from fault


def _prepare_sqlite(synchronous: Synchronous, connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None  # the hub begins its transactions itself, see below
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma.format(synchronous=synchronous))
    _switch_to_wal(connection)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Let readers go on beside the writer; SQLite itself does not wait for a process that is making the file just now."""
    for attempt in range(SWITCHES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as fault:
            if attempt == SWITCHES - 1 or not fault.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that read first could not get it later without losing what it read."""
    reading = connection.get_execution_options().get("reading", False)
    driver: Any = connection.connection.driver_connection  # asked itself: this is done before every look and every change
    begin = "BEGIN" if reading else "BEGIN IMMEDIATE"
    try:
        driver.execute(f"PRAGMA query_only = {int(reading)}")
        driver.execute(begin)
    except sqlite3.Error as fault:
        raise DBAPIError.instance(begin, None, fault, sqlite3.Error, hide_parameters=True) from fault

"""The store: where the hub keeps what it knows, on SQLite by default and on PostgreSQL in production."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from ltc.core import resources
from ltc.core.errors import Later, Misconfigured
from ltc.core.store.door import SQLITE, Tx
from ltc.core.store.leases import Lease, acquire

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 30000",
    "PRAGMA wal_autocheckpoint = 20000",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
)
POSTGRES_SETTINGS = "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=5000 -c timezone=UTC"
TRANSIENT = ("40001", "40P01", "55P03", "57P01")
"""Serialisation failure, deadlock, lock not available, the server going down: the same transaction may pass next time."""


class Store:
    """One database; ``crash`` is called at named points, where tests let the process die."""

    def __init__(self, url: str, crash: Callable[[str], None] | None = None) -> None:
        self.url = url
        self.crash = crash
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name

    def migrate(self) -> None:
        """Bring the database's tables up to this version of the hub."""
        config = Config()
        config.set_main_option("script_location", str(resources.migrations()).replace("%", "%%"))
        with self._guarded(), self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def transaction(self, lease: Lease | None = None) -> Iterator[Tx]:
        """Do everything or nothing; with a lease, only while it is held."""
        with self._guarded():
            with self.engine.begin() as connection:
                if lease is not None:
                    lease.check(connection)
                yield Tx(connection)
                if self.crash is not None:
                    self.crash("tx.before_commit")
            if self.crash is not None:
                self.crash("tx.after_commit")

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Look without changing anything."""
        with self._guarded(), self.engine.connect().execution_options(reading=True) as connection:
            yield Tx(connection)

    def lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """Take a lease for some seconds; None if another worker holds it."""
        with self._guarded():
            return acquire(self, name, holder, seconds)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn what may pass next time into :class:`Later`."""
        try:
            yield
        except (OperationalError, InterfaceError) as fault:
            raise Later(f"The store cannot take this now: {_reason(fault)}", after=1.0) from fault
        except DBAPIError as fault:
            if getattr(fault.orig, "sqlstate", "") in TRANSIENT:
                raise Later(f"The store cannot take this now: {_reason(fault)}", after=0.2) from fault
            raise


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql"):
        target = url.replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            return create_engine(target, connect_args={"options": POSTGRES_SETTINGS, "prepare_threshold": 5}, pool_pre_ping=True)
        except ModuleNotFoundError as fault:
            raise Misconfigured("PostgreSQL needs its driver.", remedy="Install ltc-hub[postgres].") from fault
    scheme = url.partition(":")[0]
    raise Misconfigured(f"The store cannot be on {scheme!r}.", remedy="Use sqlite:///path or postgresql://…")


def _prepare_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # the hub begins its transactions itself, see below
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that read first could not get it later without losing what it read."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _reason(fault: DBAPIError) -> str:
    """Give the driver's own first line, without statement and parameters: those may hold personal data."""
    return str(fault.orig).splitlines()[0] if str(fault.orig) else SQLITE

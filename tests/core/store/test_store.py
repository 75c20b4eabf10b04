"""The store as a whole: migrations, crash points and what a kill leaves behind."""

from __future__ import annotations

import subprocess
import sys
from threading import Thread

import pytest
from sqlalchemy import func, inspect, select, text

from ltc.core import resources
from ltc.core.errors import Later, Misconfigured
from ltc.core.store import Store, crash
from ltc.core.store import store as module
from ltc.core.store import tables as t
from ltc.core.store.migrating import head


@pytest.fixture
def empty_url(request, tmp_path, store_url):
    """The address of a database without any table."""
    if store_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/empty.db"
    postgres = request.getfixturevalue("postgres")
    with postgres.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS hub_empty WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE hub_empty")
    return store_url.replace("/postgres?", "/hub_empty?")


@pytest.fixture
def empty(empty_url):
    """A store without any table."""
    store = Store(empty_url)
    yield store
    store.close()


def plain(index):
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def shape(store):
    """Everything about the tables that matters."""
    with store.reading() as tx:
        seen = inspect(tx.connection)
        names = sorted(set(seen.get_table_names()) - {"alembic_version"})
        rowless = "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'"
        return {
            "without rowid": sorted(row[0] for row in tx.execute(text(rowless))) if store.dialect == "sqlite" else [],
            **{
                name: {
                    "columns": [{**one, "type": str(one["type"])} for one in seen.get_columns(name)],
                    "key": seen.get_pk_constraint(name),
                    "unique": sorted(seen.get_unique_constraints(name), key=lambda one: str(one["name"])),
                    "indexes": sorted(str({**one, "dialect_options": plain(one)}) for one in seen.get_indexes(name)),
                }
                for name in names
            },
        }


def count(store):
    with store.reading() as tx:
        return tx.scalar(select(func.count()).select_from(t.hub))


def test_migrations_lead_to_the_tables_of_the_code(empty):
    assert empty.revision() == ""
    empty.migrate()
    assert empty.revision() == module.HEAD == head()
    migrated = shape(empty)
    with empty.transaction() as tx:
        t.metadata.drop_all(tx.connection)
        assert inspect(tx.connection).get_table_names() == ["alembic_version"]
        t.metadata.create_all(tx.connection)
    assert migrated == shape(empty)
    assert len(migrated) == len(t.metadata.tables) + 1


def test_migrating_again_changes_nothing(empty, monkeypatch):
    empty.migrate()
    with empty.transaction() as tx:
        tx.insert_one(t.hub, {"key": "a", "value": "b"})
    empty.migrate()
    monkeypatch.setattr(module, "HEAD", "another, so that Alembic looks for itself")
    before = shape(empty)
    empty.migrate()
    assert count(empty) == 1
    assert shape(empty) == before


def test_two_that_start_at_once_migrate_once(empty_url):
    faults = []

    def start():
        store = Store(empty_url)
        try:
            store.migrate()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test shall say it
            faults.append(fault)
        finally:
            store.close()

    threads = [Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_store_of_a_newer_version_is_left_alone(empty):
    empty.migrate()
    with empty.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="9999") as caught:
        empty.migrate()
    assert caught.value.code == "store.newer"


def test_migrations_are_found_in_the_package():
    assert {path.name for path in resources.migrations().glob("*")} >= {"env.py", "script.py.mako", "versions"}


def test_a_store_at_the_newest_migration_needs_no_alembic(store_url):
    program = f"""
import sys
from ltc.core.store import Store
store = Store({store_url!r})
store.migrate()
print(sorted({{"alembic", "pydantic"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


class DiedError(BaseException):
    pass


@pytest.mark.parametrize(("point", "kept"), [(crash.BEFORE_COMMIT, 0), (crash.AFTER_COMMIT, 1)])
def test_dying_at_a_point(store, point, kept):
    def die(at):
        if at == point:
            raise DiedError

    store.crash = die
    with pytest.raises(DiedError), store.transaction() as tx:
        tx.insert_one(t.hub, {"key": "a", "value": "b"})
    store.crash = crash.nowhere
    assert count(store) == kept
    with store.transaction() as tx:
        tx.insert_one(t.hub, {"key": "b", "value": "b"})


@pytest.mark.parametrize(("point", "kept"), [(crash.BEFORE_COMMIT, 0), (crash.AFTER_COMMIT, 1)])
@pytest.mark.parametrize("synchronous", ["normal", "full"])
def test_a_process_that_is_gone_leaves_whole_transactions(store, store_url, point, kept, synchronous):
    program = f"""
import os
from ltc.core.store import Store, tables as t
store = Store({store_url!r}, crash=lambda point: os._exit(9) if point == {point!r} else None, synchronous={synchronous!r})
with store.transaction() as tx:
    tx.insert_one(t.hub, {{"key": "a", "value": "b"}})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (9, "")
    assert count(store) == kept


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("rested", [True, False])
def test_a_connection_that_was_cut_is_replaced(store, postgres, monkeypatch, rested):
    def number():
        with store.reading() as tx:
            return tx.scalar(text("SELECT pg_backend_pid()"))

    first = number()
    assert number() == first, "connections are kept"
    monkeypatch.setattr("ltc.core.store.store.RESTED", 0.0 if rested else 60.0)
    with postgres.connect() as admin:
        admin.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (first,))
    if not rested:
        with pytest.raises(Later) as caught:
            number()
        assert caught.value.code == "store.away"
    assert number() != first

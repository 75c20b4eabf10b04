"""Migrations run while others write: from every revision, on both databases, with data in the tables and a writer at work."""

from __future__ import annotations

import re
from threading import Event, Thread

import pytest
from sqlalchemy import text

from ltc.core import resources
from ltc.core.store import Store
from ltc.core.store import store as module
from ltc.core.store.migrating import revisions, upgrade
from tests.core.store.test_store import empty as empty  # noqa: PLC0414 - a store without any table, and its address
from tests.core.store.test_store import empty_url as empty_url  # noqa: PLC0414

ROWS = 500
LOG = text("INSERT INTO \"log\" (run_id, at, scope_id, ext_id, entity, action) VALUES (:n, '2026', 1, :word, 'order', 'created')")
RUN = text("INSERT INTO \"run\" (job, slot, status) VALUES (:word, '2026', 'done')")
CHEAP = {"create_table", "create_index", "drop_index", "add_column", "get_bind"}


def fill(store, first):
    """Write what the first version of the hub could write."""
    with store.transaction() as tx:
        rows = [{"n": number, "word": f"w{number}"} for number in range(first, first + ROWS)]
        tx.connection.execute(LOG, rows)
        tx.connection.execute(RUN, rows)


@pytest.mark.parametrize("revision", revisions()[:-1])
def test_every_revision_is_brought_up_to_date_while_a_writer_works(empty, empty_url, revision):
    with empty.engine.begin() as connection:
        upgrade(connection, revision)
    assert empty.revision() == revision
    fill(empty, 0)
    writer, stop, faults, written = Store(empty_url), Event(), [], []

    def write():
        while not stop.is_set():
            number = 10_000 + len(written)
            try:
                with writer.transaction() as tx:
                    tx.connection.execute(LOG, {"n": number, "word": f"w{number}"})
                    tx.connection.execute(RUN, {"word": f"w{number}"})
            except Exception as fault:  # noqa: BLE001 - whatever it is, the test shall say it
                faults.append(fault)
                return
            written.append(number)

    thread = Thread(target=write)
    thread.start()
    try:
        while len(written) < 3:
            assert not faults, faults
        empty.migrate()
        reached = len(written)
        while len(written) < reached + 3:
            assert not faults, faults
    finally:
        stop.set()
        thread.join()
        writer.close()
    assert empty.revision() == module.HEAD
    with empty.reading() as tx:
        assert tx.scalar(text('SELECT count(*) FROM "log"')) == ROWS + len(written)
        assert tx.scalar(text('SELECT count(*) FROM "run"')) == ROWS + len(written)


def test_migrations_do_nothing_that_looks_at_every_row():
    done = set()
    for path in resources.migrations().glob("versions/0*.py"):
        text_of = path.read_text(encoding="utf-8")
        done |= set(re.findall(r"\b(?:op|batch_op)\.(\w+)\(", text_of)) - {"f", "batch_alter_table"}
        assert "recreate" not in text_of, path.name
    assert done == CHEAP

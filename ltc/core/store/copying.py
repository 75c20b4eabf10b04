"""Copying a whole store: to a SQLite file while the hub works, and from such a file into a store on either database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, text

from ltc.core.errors import Misconfigured
from ltc.core.store.leases import FIRST
from ltc.core.store.references import lay_down
from ltc.core.store.schema import metadata
from ltc.core.store.selection import SQLITE
from ltc.core.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from ltc.core.store.door import Tx

AT_ONCE: Final = 2_000
FENCE: Final = 1_000_000
"""So much higher begin the tokens of a restored store's leases, also of those that are new to it: nobody of before holds one."""


def save(store: Store, path: Path) -> dict[str, int]:
    """Write what a store holds at one moment to a new SQLite file; others go on reading and writing. Give the rows by table."""
    store.migrate()
    if store.dialect == SQLITE:
        _save_sqlite(store, path)
    else:
        _save_rows(store, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    return counted(path)


def counted(path: Path) -> dict[str, int]:
    """Look whether a SQLite file is whole, and count its rows by table."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            known = [name for name in sorted(names) if name in metadata.tables]
            rows = {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in known}  # noqa: S608
        except sqlite3.DatabaseError as fault:
            raise Misconfigured(
                f"The store's copy is damaged: {fault}.", remedy="Use another backup.", code="backup.damaged"
            ) from None
    if said != "ok":
        raise Misconfigured(f"The store's copy is damaged: {said}.", remedy="Use another backup.", code="backup.damaged")
    return rows


def load(path: Path, store: Store, also: Callable[[Tx], None]) -> dict[str, int]:
    """Put what a SQLite file holds in the place of all that a store holds, in one transaction, and do something more in it.

    The file is brought to this version's tables first. Leases are free afterwards, and whoever held one holds it no more.
    """
    source = Store(f"sqlite:///{path}")
    try:
        source.migrate()
        store.migrate()
        with source.reading() as old, store.transaction() as tx:
            rows = {name: _replace(old, tx, name) for name in metadata.tables}
            lay_down(tx)  # the other database may keep them otherwise
            tx.insert_new(metadata.tables["lease"], ("name", "token"), [(FIRST, 0)], key=("name",))
            tx.execute(text(f'UPDATE "lease" SET until = 0, token = token + {FENCE}'))  # noqa: S608 - a number of ours
            also(tx)
    finally:
        source.close()
    return rows


def is_empty(tx: Tx) -> bool:
    """Tell whether a store holds no record and has done nothing yet."""
    tables = (metadata.tables[name] for name in ("record", "golden", "run", "change"))
    return all(tx.scalar(select(func.count()).select_from(select(table).limit(1).subquery())) == 0 for table in tables)


def _save_sqlite(store: Store, path: Path) -> None:
    """Use SQLite's own online backup, in one step: writers are not held up, and none can make it begin again."""
    with store.engine.connect() as connection, closing(sqlite3.connect(path)) as target:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(driver)
        driver.backup(target)


def _save_rows(store: Store, path: Path) -> None:
    target = Store(f"sqlite:///{path}")
    try:
        target.migrate()
        with store.reading() as old, target.transaction() as tx:
            for name in metadata.tables:
                _copy(old, tx, name)
    finally:
        target.close()


def _replace(old: Tx, tx: Tx, name: str) -> int:
    tx.execute(metadata.tables[name].delete())
    copied = _copy(old, tx, name)
    table = metadata.tables[name]
    if tx.dialect != SQLITE and table.autoincrement_column is not None:
        key = table.autoincrement_column.name
        sequence = tx.scalar(select(func.pg_get_serial_sequence(f'"{name}"', key)))
        if sequence is not None:
            highest = select(func.setval(sequence, func.coalesce(func.max(table.c[key]), 0) + 1, False))  # noqa: FBT003 - SQL's
            tx.execute(highest.select_from(table))
    return copied


def _copy(old: Tx, tx: Tx, name: str) -> int:
    table, copied = metadata.tables[name], 0
    columns = list(table.columns.keys())
    rows = old.connection.execution_options(yield_per=AT_ONCE).execute(select(table))
    for some in rows.partitions(AT_ONCE):
        tx.insert(table, columns, [tuple(row) for row in some])
        copied += len(some)
    return copied

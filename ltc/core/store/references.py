"""References: who refers to a golden record, in two tables, so that what is written does not grow with what is known.

Those who refer to one record lie together, where they are found quickly. But a new document refers to records that lie anywhere,
so in one large table hardly any two references of a page share a page of the file, and SQLite would write all of these again for
each page of records that comes in. So fresh references are kept in a small table of their own, and are laid to the others many at
a time. PostgreSQL, which writes what changed in a page and not the whole of it, has no use for that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, text

from ltc.core.store.selection import SQLITE
from ltc.core.store.tables import fresh_reference, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

    from ltc.core.store.door import Tx
    from ltc.core.store.selection import Row

COLUMNS: Final = ("target", "hub_id", "leaf")
KEY: Final = COLUMNS[:2]
FRESH: Final = 100_000
"""So many fresh references are kept apart; they take about 8 MB."""

_BOTH: Final = (
    "WITH wanted AS (SELECT value FROM json_each(?)) "
    "SELECT target, hub_id, leaf FROM fresh_reference WHERE target IN wanted UNION ALL "
    "SELECT target, hub_id, leaf FROM reference WHERE target IN wanted"
)
_COUNTED: Final = select(func.count()).select_from(fresh_reference)
_LAY_DOWN: Final = "INTO reference (target, hub_id, leaf) SELECT target, hub_id, leaf FROM fresh_reference"
"""SQLite is told so in a way that cannot fail half way: else it would keep all pages in memory as they were before."""


def referring(tx: Tx, targets: Iterable[str]) -> set[tuple[str, str, str]]:
    """Say who refers to these golden records, as (target, who, the first leaf that names the target)."""
    wanted = sorted(set(targets))
    if not wanted:
        return set()
    if tx.dialect == SQLITE:
        rows: Iterable[Row] = tx.connection.exec_driver_sql(_BOTH, (json.dumps(wanted),)).all()
    else:
        rows = tx.select_in(reference, COLUMNS, "target", wanted)
    return {(row[0], row[1], row[2]) for row in rows}


def keep(tx: Tx, gone: Iterable[tuple[str, str]], rows: Iterable[tuple[str, str, str]]) -> None:
    """Forget references, each given as (target, who), then note others, which come in order."""
    ended, tables = list(gone), _tables(tx)
    for table in tables:
        tx.delete_many(table, KEY, ended)
    tx.put_in_order(tables[0], COLUMNS, rows, key=KEY)


def lay_down_many(tx: Tx, most: int = FRESH) -> None:
    """Lay fresh references to the others, if there are more than so many."""
    if tx.dialect == SQLITE and (tx.scalar(_COUNTED) or 0) > most:
        lay_down(tx)


def lay_down(tx: Tx) -> None:
    """Lay all fresh references to the others."""
    tx.execute(text(f"INSERT OR IGNORE {_LAY_DOWN}" if tx.dialect == SQLITE else f"INSERT {_LAY_DOWN} ON CONFLICT DO NOTHING"))
    tx.execute(fresh_reference.delete())


def _tables(tx: Tx) -> tuple[Table, ...]:
    """Name the tables, the one first that takes what is new."""
    return (fresh_reference, reference) if tx.dialect == SQLITE else (reference,)

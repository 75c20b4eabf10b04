"""Totals: how much was done since the first day, kept by the transaction that did it; they outlive processes and retention."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Table, select

from ltc.core.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.core.store.door import Tx

Key: TypeAlias = tuple[str, str, str, str]
"""What is counted, the system, its object or the job, and what came of it; all of few values, never an id."""

total = Table(
    "total",
    metadata,
    Column("name", String(32), nullable=False),  # runs | records | jobs
    Column("system", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "system", "subject", "outcome"),
    sqlite_with_rowid=False,
)


def add(tx: Tx, more: Mapping[Key, int]) -> None:
    """Count on, in the keys' order, so that two transactions never wait for each other crosswise."""
    rows = [(*key, number) for key, number in sorted(more.items()) if number]
    mark = "?" if tx.dialect == "sqlite" else "%s"
    statement = (
        f'INSERT INTO "total" (name, system, subject, outcome, value) VALUES ({", ".join([mark] * 5)}) '  # noqa: S608 - marks
        'ON CONFLICT (name, system, subject, outcome) DO UPDATE SET value = "total".value + excluded.value'
    )
    if rows:
        tx.connection.exec_driver_sql(statement, rows)


def totals(tx: Tx) -> Counter[Key]:
    """Give all totals."""
    return Counter({(row[0], row[1], row[2], row[3]): int(row[4]) for row in tx.execute(select(total))})

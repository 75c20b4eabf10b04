"""The bulk door: rows as tuples in and out, in statements that both databases run well.

Rows go straight to the driver (`executemany`), sorted by key, so that a batch touches neighbouring pages and two batches never
lock rows crosswise. Look-ups pass all values as one parameter: a JSON array on SQLite, an array on PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Table, column, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import any_, bindparam

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, CursorResult
    from sqlalchemy.sql import ColumnElement, Executable
    from sqlalchemy.sql.elements import BindParameter

Row = tuple[Any, ...]
SQLITE = "sqlite"
VALUES_AT_ONCE = 20_000


class Tx:
    """One transaction's door; ``columns`` name what the tuples hold, in their order."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self._mark = "?" if self.dialect == SQLITE else "%s"

    def execute(self, statement: Executable) -> CursorResult[Any]:
        """Run any statement."""
        return self.connection.execute(statement)

    def scalar(self, statement: Executable) -> Any:
        """Run a statement and give the first column of its first row; None if there is no row."""
        return self.connection.execute(statement).scalar()

    def insert(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert rows."""
        self._many(self._insert(table, columns), rows)

    def insert_one(self, table: Table, values: dict[str, Any]) -> int:
        """Insert one row and give its number."""
        key = self.connection.execute(table.insert().values(**values)).inserted_primary_key
        return int(key[0]) if key else 0

    def insert_new(self, table: Table, columns: Sequence[str], rows: Iterable[Row], key: Sequence[str]) -> set[Row]:
        """Insert the rows whose key is not there yet, and give the keys of those that were inserted.

        A key that another transaction is inserting is waited for; then that one's row stays.
        """
        places = [columns.index(name) for name in key]
        by_key = {tuple(row[place] for place in places): row for row in rows}
        if not by_key:
            return set()
        present = self._present(table, key, list(by_key))
        absent = {found: row for found, row in by_key.items() if found not in present}
        conflict = f" ON CONFLICT ({', '.join(key)}) DO NOTHING"
        if self.dialect == SQLITE:  # one writer at a time: nobody can come between
            self._many(self._insert(table, columns) + conflict, absent.values())
            return set(absent)
        returning = f" RETURNING {', '.join(key)}"
        inserted: set[Row] = set()
        for found in sorted(absent, key=_order):
            answer = self.connection.exec_driver_sql(self._insert(table, columns) + conflict + returning, absent[found])
            inserted |= {tuple(row) for row in answer}
        return inserted

    def upsert(
        self, table: Table, columns: Sequence[str], rows: Iterable[Row], key: Sequence[str], update: Sequence[str] | None = None
    ) -> None:
        """Insert rows, or bring the columns ``update`` (all but the key, if not given) of those that are there up to date."""
        places = [columns.index(name) for name in key]
        by_key = {tuple(row[place] for place in places): row for row in rows}
        renewed = [name for name in (columns if update is None else update) if name not in key]
        action = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in renewed) if renewed else "NOTHING"
        statement = f"{self._insert(table, columns)} ON CONFLICT ({', '.join(key)}) DO {action}"
        self._many(statement, (by_key[found] for found in sorted(by_key, key=_order)))

    def update_many(self, table: Table, key_columns: Sequence[str], value_columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Update rows by key; each tuple holds the key's columns, then the values."""
        number = len(key_columns)
        sets = ", ".join(f"{name} = {self._mark}" for name in value_columns)
        where = " AND ".join(f"{name} = {self._mark}" for name in key_columns)
        ordered = sorted(rows, key=lambda row: _order(row[:number]))
        self._many(f"UPDATE {_quoted(table)} SET {sets} WHERE {where}", ((*row[number:], *row[:number]) for row in ordered))

    def select_in(
        self, table: Table, columns: Sequence[str], key_column: str, values: Iterable[Any],
        where: Sequence[ColumnElement[bool]] = (), *, lock: bool = False,
    ) -> list[Row]:  # fmt: skip
        """Give the rows whose key is one of the values; ``lock`` holds them until the transaction ends, in key order."""
        found: list[Row] = []
        wanted = list(dict.fromkeys(values))
        statement = select(*(table.c[name] for name in columns)).where(self._among(table.c[key_column]), *where)
        if lock and self.dialect != SQLITE:
            statement = statement.order_by(table.c[key_column]).with_for_update()
        for start in range(0, len(wanted), VALUES_AT_ONCE):
            answer = self.connection.execute(statement, {"wanted": self._array(wanted[start : start + VALUES_AT_ONCE])})
            found += [tuple(row) for row in answer]
        return found

    def delete_in(self, table: Table, key_column: str, values: Iterable[Any], where: Sequence[ColumnElement[bool]] = ()) -> None:
        """Delete the rows whose key is one of the values."""
        wanted = list(dict.fromkeys(values))
        statement = table.delete().where(self._among(table.c[key_column]), *where)
        for start in range(0, len(wanted), VALUES_AT_ONCE):
            self.connection.execute(statement, {"wanted": self._array(wanted[start : start + VALUES_AT_ONCE])})

    def _among(self, key: ColumnElement[Any]) -> ColumnElement[bool]:
        """Say that a column is one of the values of the one parameter ``wanted``."""
        parameter: BindParameter[Any] = bindparam("wanted")
        if self.dialect == SQLITE:
            each = func.json_each(sql_cast(parameter, String)).table_valued(column("value"))
            return key.in_(select(each.c.value))
        return key == any_(sql_cast(parameter, postgresql.ARRAY(key.type)))

    def _array(self, values: Sequence[Any]) -> Any:
        if self.dialect != SQLITE:
            return list(values)
        return json.dumps(values)

    def _present(self, table: Table, key: Sequence[str], wanted: Sequence[Row]) -> set[Row]:
        """Find which keys are there: looked up by their last column, which tells them apart best."""
        chosen = max(range(len(key)), key=lambda place: len({row[place] for row in wanted}))
        rows = self.select_in(table, key, key[chosen], [row[chosen] for row in wanted])
        return {tuple(row) for row in rows} & set(wanted)

    def _insert(self, table: Table, columns: Sequence[str]) -> str:
        return f"INSERT INTO {_quoted(table)} ({', '.join(columns)}) VALUES ({', '.join(self._mark for _ in columns)})"

    def _many(self, statement: str, rows: Iterable[Row]) -> None:
        batch = list(rows)
        if batch:
            self.connection.exec_driver_sql(statement, batch)


def _quoted(table: Table) -> str:
    return f'"{table.name}"'


def _order(key: Row) -> tuple[Any, ...]:
    """Order keys, None before everything."""
    return tuple((part is not None, part) for part in key)

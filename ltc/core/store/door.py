"""The bulk door: rows as tuples in and out, in statements that both databases run well.

Rows go straight to the driver, sorted by key, so that a batch touches neighbouring pages and two batches never lock rows
crosswise: as `executemany` on SQLite, as one statement over arrays on PostgreSQL. Look-ups pass all values as one parameter: a
JSON array on SQLite, arrays on PostgreSQL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from ltc.core.store.schema import Json
from ltc.core.store.selection import SQLITE, Row, among, array_type, deletion_of, pairs_of, selection_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, CursorResult
    from sqlalchemy.sql import ColumnElement, Executable

VALUES_AT_ONCE = 20_000
ROWS_AT_ONCE = 5_000
ROWS_IN_CACHE = 64
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Tx:
    """One transaction's door; ``columns`` name what the tuples hold, in their order."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.afterwards: list[Callable[[], None]] = []
        """What is done once the transaction is committed: to tell of it, for example. It must not fail."""

    def execute(self, statement: Executable, values: Mapping[str, Any] = NOTHING) -> CursorResult[*tuple[Any, ...]]:
        """Run any statement; one that is run often is put together once, and given the values of its parameters."""
        return self.connection.execute(statement, values)

    def scalar(self, statement: Executable, values: Mapping[str, Any] = NOTHING) -> Any:
        """Run a statement and give the first column of its first row; None if there is no row."""
        return self.connection.execute(statement, values).scalar()

    def insert(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert rows."""
        self._write(table, columns, _fitting_rows(rows), "")

    def insert_one(self, table: Table, values: dict[str, Any]) -> int:
        """Insert one row and give its number; 0 if the table's key is not a number."""
        key = self.connection.execute(table.insert(), values).inserted_primary_key
        return key[0] if key and isinstance(key[0], int) else 0

    def insert_new(self, table: Table, columns: Sequence[str], rows: Iterable[Row], key: Sequence[str]) -> set[Row]:
        """Insert the rows whose key is not there yet, and give the keys of those that were inserted.

        A key that another transaction is inserting is waited for; then that one's row stays. Of two rows with one key the last
        counts.
        """
        by_key = _by_key(columns, rows, key)
        present = {tuple(row) for row in self.select_pairs(table, key, key, by_key)}
        absent = _in_order(found for found in by_key if found not in present)
        conflict = f" ON CONFLICT ({', '.join(key)}) DO NOTHING"
        if self.dialect == SQLITE:  # one writer at a time: nobody can come between
            self._write(table, columns, (by_key[found] for found in absent), conflict)
            return set(absent)
        returning = f"{conflict} RETURNING {', '.join(key)}"
        return {tuple(row) for row in self._write(table, columns, (by_key[found] for found in absent), returning)}

    def upsert(
        self, table: Table, columns: Sequence[str], rows: Iterable[Row], key: Sequence[str], update: Sequence[str] | None = None
    ) -> None:
        """Insert rows, or bring the columns ``update`` (all but the key, if not given) of those that are there up to date."""
        by_key = _by_key(columns, rows, key)
        self._write(table, columns, map(by_key.__getitem__, _in_order(by_key)), _conflict(columns, key, update))

    def put_in_order(
        self, table: Table, columns: Sequence[str], rows: Iterable[Row], key: Sequence[str] = (),
        update: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Insert or upsert rows that come in the key's order, each key once.

        On SQLite they are taken a few at a time: wide ones are still in the processor's cache when they are written.
        """
        if self.dialect != SQLITE:
            self._write(table, columns, _fitting_rows(rows), _conflict(columns, key, update) if key else "")
            return
        statement, texts = _insertion(table, tuple(columns), tuple(key), None if update is None else tuple(update))
        cursor = self.connection.connection.cursor()  # SQLAlchemy wants all rows at once
        few = (_fitting_rows(some, texts) for some in _slices(rows, ROWS_IN_CACHE))
        try:
            cursor.executemany(statement, chain.from_iterable(few))  # type: ignore[arg-type]  # sqlite3 takes any iterable
        except sqlite3.Error as fault:
            raise DBAPIError.instance(statement, None, fault, sqlite3.Error, hide_parameters=True) from fault
        finally:
            cursor.close()

    def update_many(self, table: Table, key_columns: Sequence[str], value_columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Update rows by key, in the key's order; each tuple holds the key's columns, then the values."""
        number, mark = len(key_columns), "?" if self.dialect == SQLITE else "%s"
        sets = ", ".join(f"{name} = {mark}" for name in value_columns)
        where = " AND ".join(f"{name} = {mark}" for name in key_columns)
        ordered = sorted(rows, key=lambda row: _order(row[:number]))
        if ordered:
            statement = f"UPDATE {_quoted(table)} SET {sets} WHERE {where}"  # noqa: S608 - names of our own tables
            self.connection.exec_driver_sql(statement, [_fitting((*row[number:], *row[:number])) for row in ordered])

    def update_in(
        self, table: Table, key_column: str, values: Iterable[Any], setting: Mapping[str, Any],
        where: Sequence[ColumnElement[bool]] = (),
    ) -> int:  # fmt: skip
        """Set the same values in all rows whose key is one of the values, and tell how many there were."""
        statement = table.update().where(among(self.dialect, table.c[key_column]), *where).values(**setting)
        return sum(
            self.connection.execute(statement, {"wanted": self._array(some)}).rowcount
            for some in _slices(dict.fromkeys(values), VALUES_AT_ONCE)
        )

    def select_in(
        self, table: Table, columns: Sequence[str], key_column: str, values: Iterable[Any],
        where: Sequence[ColumnElement[bool]] = (), *, equal: Mapping[str, Any] = NOTHING, lock: bool = False,
    ) -> list[Row]:  # fmt: skip
        """Give the rows whose key is one of the values; ``lock`` holds them until the transaction ends, in key order.

        ``equal`` names what other columns hold, a tuple of values for one of them. It says no more than ``where`` could, in a
        statement that is put together once.
        """
        wanted = sorted(set(values)) if lock else dict.fromkeys(values)
        if not wanted:
            return []
        shape, given = _given(equal)
        selection = selection_of(self.dialect, table, tuple(columns), key_column, shape, lock=lock)
        rows: list[Row] = []
        for some in _slices(wanted, VALUES_AT_ONCE):
            rows += selection.ask(self.connection, {"wanted": self._array(some), **given}, where)
        return rows

    def select_pairs(
        self, table: Table, columns: Sequence[str], keys: Sequence[str], wanted: Iterable[Row],
        where: Sequence[ColumnElement[bool]] = (),
    ) -> list[Row]:  # fmt: skip
        """Give the rows whose key, of one or more columns, is one of the tuples; it uses an index that begins with these."""
        if len(keys) == 1:
            return self.select_in(table, columns, keys[0], (row[0] for row in wanted), where)
        selection = pairs_of(self.dialect, table, tuple(columns), tuple(keys))
        rows: list[Row] = []
        for some in _slices(dict.fromkeys(wanted), VALUES_AT_ONCE):
            rows += selection.ask(self.connection, self._columns(some), where)
        return rows

    def delete_in(self, table: Table, key_column: str, values: Iterable[Any], where: Sequence[ColumnElement[bool]] = ()) -> int:
        """Delete the rows whose key is one of the values, and tell how many there were."""
        statement = deletion_of(self.dialect, table, key_column)
        if where:
            statement = statement.where(*where)
        return sum(
            self.connection.execute(statement, {"wanted": self._array(some)}).rowcount
            for some in _slices(dict.fromkeys(values), VALUES_AT_ONCE)
        )

    def delete_many(self, table: Table, key_columns: Sequence[str], keys: Iterable[Row]) -> None:
        """Delete rows by keys of several columns, in their order."""
        mark = "?" if self.dialect == SQLITE else "%s"
        where = " AND ".join(f"{name} = {mark}" for name in key_columns)
        ordered = _in_order(keys)
        if ordered:
            statement = f"DELETE FROM {_quoted(table)} WHERE {where}"  # noqa: S608 - names of our own tables
            self.connection.exec_driver_sql(statement, [_fitting(key) for key in ordered])

    def _array(self, values: Sequence[Any]) -> Any:
        fitting = list(_fitting(tuple(values)))
        return fitting if self.dialect != SQLITE else json.dumps(fitting)

    def _columns(self, rows: Sequence[Row]) -> dict[str, Any]:
        if self.dialect == SQLITE:
            return {"wanted": json.dumps([_fitting(row) for row in rows])}
        return {f"wanted_{place}": list(_fitting(values)) for place, values in enumerate(zip(*rows, strict=True))}

    def _write(self, table: Table, columns: Sequence[str], rows: Iterable[Row], ending: str) -> list[Row]:
        """Insert rows with a clause at the statement's end; give what it returns, on PostgreSQL."""
        into = f"INSERT INTO {_quoted(table)} ({', '.join(columns)})"
        if self.dialect == SQLITE:
            batch = list(rows)
            if batch:
                self.connection.exec_driver_sql(f"{into} VALUES ({', '.join('?' for _ in columns)}){ending}", batch)
            return []
        arrays = ", ".join(f"%b::{array_type(table.c[name].type).compile(POSTGRESQL)}[]" for name in columns)
        statement = f"{into} SELECT * FROM unnest({arrays}){ending}"  # noqa: S608 - names of our own tables
        returned: list[Row] = []
        for some in _slices(rows, ROWS_AT_ONCE):
            answer = self.connection.exec_driver_sql(statement, tuple(_arrays(table, columns, some)))
            returned += [tuple(row) for row in answer] if answer.returns_rows else []
        return returned


POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def _given(equal: Mapping[str, Any]) -> tuple[tuple[tuple[str, int], ...], dict[str, Any]]:
    """Give the shape of conditions: of how many values each column holds one, 0 for just one; and their parameters."""
    shape: list[tuple[str, int]] = []
    given: dict[str, Any] = {}
    for name, value in equal.items():
        several = value if isinstance(value, tuple) else ()
        shape.append((name, len(several)))
        given |= {f"{name}_{place}": one for place, one in enumerate(several)} or {name: value}
    return tuple(shape), given


def _conflict(columns: Sequence[str], key: Sequence[str], update: Sequence[str] | None) -> str:
    """Say what becomes of a row whose key is there: the columns ``update`` (all but the key, if not given) are renewed."""
    renewed = [name for name in (columns if update is None else update) if name not in key]
    action = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in renewed) if renewed else "NOTHING"
    return f" ON CONFLICT ({', '.join(key)}) DO {action}"


def _arrays(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[list[Any]]:
    """Turn rows into one array for each column; JSON that came as bytes is text again."""
    for name, values in zip(columns, zip(*rows, strict=True), strict=True):
        if isinstance(table.c[name].type, Json):
            yield [value.decode() if isinstance(value, bytes) else value for value in values]
        else:
            yield list(values)


def _by_key(columns: Sequence[str], rows: Iterable[Row], key: Sequence[str]) -> dict[Row, Row]:
    places = [columns.index(name) for name in key]
    fitting = _fitting_rows(rows)
    if len(places) == 1:
        return {(row[places[0]],): row for row in fitting}
    return dict(zip(map(itemgetter(*places), fitting), fitting, strict=True))


@lru_cache(maxsize=64)
def _insertion(
    table: Table, columns: tuple[str, ...], key: tuple[str, ...], update: tuple[str, ...] | None
) -> tuple[str, tuple[int, ...]]:
    """Say how :meth:`Tx.put_in_order` inserts on SQLite, and which columns may hold NUL.

    JSON writes NUL otherwise, and a column with a limit of length holds the hub's own words.
    """
    kinds = [table.c[name].type for name in columns]
    marks = ", ".join("CAST(? AS TEXT)" if isinstance(kind, Json) else "?" for kind in kinds)
    texts = tuple(place for place, kind in enumerate(kinds) if isinstance(kind, Text) and not isinstance(kind, Json))
    ending = _conflict(columns, key, update) if key else ""
    return f"INSERT INTO {_quoted(table)} ({', '.join(columns)}) VALUES ({marks}){ending}", texts  # noqa: S608


def _fitting_rows(rows: Iterable[Row], texts: Sequence[int] | None = None) -> list[Row]:
    """Make rows fit; they are looked through column by column, since hardly any row ever needs it."""
    whole = list(rows)
    columns = list(zip(*whole, strict=True))
    wanted = columns if texts is None or not columns else [columns[place] for place in texts]
    if any("\0" in _joined(values) for values in wanted):
        return [_fitting(row) for row in whole]
    return whole


def _joined(values: Row) -> str:
    """Put the texts of a column together; most columns hold nothing else, or none."""
    try:
        return "".join(values)
    except TypeError:
        return "".join([value for value in values if value.__class__ is str])


def _fitting(values: Row) -> Row:
    """Replace what text in a database cannot hold, the character NUL: one such name shall not stop a whole page."""
    for value in values:
        if isinstance(value, str) and "\0" in value:
            return tuple([one.replace("\0", "\ufffd") if isinstance(one, str) else one for one in values])
    return values


def _slices(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    each = iter(values)
    while some := list(islice(each, size)):
        yield some


def _quoted(table: Table) -> str:
    return f'"{table.name}"'


def _in_order(keys: Iterable[Row]) -> list[Row]:
    """Sort keys, None before everything."""
    found = list(keys)
    try:
        return sorted(found)
    except TypeError:  # there is a None among them
        return sorted(found, key=_order)


def _order(key: Row) -> tuple[Any, ...]:
    """Order keys, None before everything."""
    return tuple([(part is not None, part) for part in key])

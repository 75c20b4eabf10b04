"""Selections: which rows a look-up gives, as statements that are put together once.

To put a statement together, to find its compiled form and to wrap what it answers takes SQLAlchemy five times as long as SQLite
needs to answer it, and small transactions do little else. So SQLite's driver is given the compiled text itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, String, Table, Text, and_, column, func, literal_column, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import any_, bindparam

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement, Delete, Select
    from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]
SQLITE = "sqlite"
_DIALECT = sqlite.dialect()


@dataclass(frozen=True, slots=True)
class Selection:
    """A look-up's statement; for SQLite also its text, the parameters in its order, and what reads some columns."""

    statement: Select[Any]
    text: str = ""
    wanted: Sequence[str] = ()
    reading: Sequence[tuple[int, Callable[[Any], Any]]] = ()

    def ask(self, connection: Connection, values: Mapping[str, Any], where: Sequence[ColumnElement[bool]] = ()) -> list[Row]:
        """Give the rows; ``where`` says more than the statement does, which is then put together anew."""
        if where or not self.text:
            return [tuple(row) for row in connection.execute(self.statement.where(*where), values).all()]
        driver: Any = connection.connection.driver_connection
        try:
            rows: list[Row] = driver.execute(self.text, [values[name] for name in self.wanted]).fetchall()
        except sqlite3.Error as fault:
            raise DBAPIError.instance(self.text, None, fault, sqlite3.Error, hide_parameters=True) from fault
        return [self._read(row) for row in rows] if self.reading else rows

    def _read(self, row: Row) -> Row:
        values = list(row)
        for place, read in self.reading:
            values[place] = read(values[place])
        return tuple(values)


@lru_cache(maxsize=512)
def selection_of(
    dialect: str, table: Table, columns: tuple[str, ...], key_column: str, shape: tuple[tuple[str, int], ...], *, lock: bool
) -> Selection:
    """Say which rows :meth:`Tx.select_in` gives; ``shape`` says of how many values each column holds one, 0 for just one."""
    statement = select(*(table.c[name] for name in columns)).where(among(dialect, table.c[key_column]))
    for name, number in shape:
        kind = table.c[name].type
        several = [bindparam(f"{name}_{place}", type_=kind) for place in range(number)]
        statement = statement.where(table.c[name].in_(several) if several else table.c[name] == bindparam(name, type_=kind))
    if lock and dialect != SQLITE:
        statement = statement.order_by(table.c[key_column]).with_for_update()
    return _ready(dialect, statement, table, columns)


@lru_cache(maxsize=128)
def pairs_of(dialect: str, table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> Selection:
    """Say which rows :meth:`Tx.select_pairs` gives."""
    names = [table.c[name] for name in keys]
    sought = _tuples(dialect, names).subquery("sought")  # joined, since SQLite looks pairs of a list up by their first half only
    same = and_(*(name == column for name, column in zip(names, sought.c, strict=True)))
    return _ready(dialect, select(*(table.c[name] for name in columns)).select_from(sought).join(table, same), table, columns)


@lru_cache(maxsize=64)
def deletion_of(dialect: str, table: Table, key_column: str) -> Delete:
    """Say which rows :meth:`Tx.delete_in` deletes."""
    return table.delete().where(among(dialect, table.c[key_column]))


def _ready(dialect: str, statement: Select[Any], table: Table, columns: Sequence[str]) -> Selection:
    if dialect != SQLITE:
        return Selection(statement)
    compiled = statement.compile(dialect=_DIALECT)
    readers = [table.c[name].type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for name in columns]
    reading = [(place, read) for place, read in enumerate(readers) if read is not None]
    return Selection(statement, str(compiled), compiled.positiontup or (), reading)


def _tuples(dialect: str, keys: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Say the tuples of the parameter, one column for each key."""
    if dialect == SQLITE:
        each = func.json_each(sql_cast(bindparam("wanted"), String)).table_valued(column("value"))
        paths: list[ColumnElement[Any]] = [literal_column(f"'$[{place}]'") for place in range(len(keys))]
        return select(*(func.json_extract(each.c.value, path).label(f"key_{place}") for place, path in enumerate(paths)))
    arrays = [sql_cast(bindparam(f"wanted_{place}"), postgresql.ARRAY(array_type(key.type))) for place, key in enumerate(keys)]
    names = [f"key_{place}" for place in range(len(keys))]
    each = func.unnest(*arrays).table_valued(*names).render_derived()
    return select(*(each.c[name] for name in names))


def among(dialect: str, key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say that a column is one of the values of the one parameter ``wanted``."""
    if dialect == SQLITE:
        each = func.json_each(sql_cast(bindparam("wanted"), String)).table_valued(column("value"))
        return key.in_(select(each.c.value))
    return key == any_(sql_cast(bindparam("wanted"), postgresql.ARRAY(array_type(key.type))))


def array_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Give the type of an array's elements; text is not cut to a column's length, since that would change what is asked for."""
    for plain in (BigInteger, Integer, Boolean, LargeBinary):
        if isinstance(kind, plain):
            return plain()
    return Text()

"""Answers to SOQL: a parsed query against the rows of the org, and records as the API prints them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from connectors.crm.salesforce.org.rows import Org
from connectors.crm.salesforce.org.schema import NUMERIC, Field, Table
from connectors.crm.salesforce.org.soql import Compare, Condition, Junction, Literal, Order, Query, SoqlError
from connectors.crm.salesforce.org.values import Row, long_id, stamp, time_of

Test: TypeAlias = Callable[[Row], bool]
Reach: TypeAlias = Callable[[Row], Any]

_ID_SHORT: Final = 15
_MOST_OFFSET: Final = 2000


class Reader:
    """Runs queries for one version of the API."""

    def __init__(self, org: Org, version: str) -> None:
        """Look at the org; the version shows in the records' URLs."""
        self._org = org
        self._version = version
        self._deleted = False

    def find(self, query: Query, *, deleted: bool = False) -> list[str]:
        """List the ids that a query selects, in its order."""
        table = self._table(query.source)
        rows: Sequence[Row] = list(self._org.tables[table.name].values()) if deleted else list(self._org.live(table.name))
        return [row["Id"] for row in self._chosen(table, rows, query)]

    def shape(self, query: Query, *, deleted: bool = False) -> Callable[[Row], dict[str, Any]]:
        """Prepare the printing of the records that a query selects; ``deleted`` lets child rows in the bin show, too."""
        self._deleted = deleted
        return self._shape(self._table(query.source), query.fields)

    def print(self, table: Table, names: Sequence[str]) -> Callable[[Row], dict[str, Any]]:
        """Prepare the printing of plain fields, the same as for a query."""
        return self._shape(table, names)

    def record(self, table: Table, row: Row) -> dict[str, Any]:
        """Print all fields of one row."""
        return self._shape(table, list(table.fields))(row)

    # -- selection ----------------------------------------------------------------------------------------------

    def _chosen(self, table: Table, rows: Sequence[Row], query: Query) -> Sequence[Row]:
        if query.where is not None:
            rows = list(filter(self._test(table, query.where), rows))
        for key in reversed(query.order):
            rows = self._sorted(table, rows, key)
        if query.offset > _MOST_OFFSET:
            message = f"Maximum SOQL offset allowed is {_MOST_OFFSET}"
            raise SoqlError(message, "NUMBER_OUTSIDE_VALID_RANGE")
        end = None if query.limit is None else query.offset + query.limit
        return rows[query.offset : end]

    def _sorted(self, table: Table, rows: Sequence[Row], key: Order) -> Sequence[Row]:
        reach, one = self._reach(table, key.path)
        text = one.type not in NUMERIC | {"boolean", "id", "reference", "datetime", "date"}
        held = [(reach(row), row) for row in rows]
        empty = [row for value, row in held if value is None]
        full = [pair for pair in held if pair[0] is not None]
        full.sort(key=lambda pair: pair[0].casefold() if text else pair[0], reverse=key.descending)
        ordered = [row for _, row in full]
        return ordered + empty if key.nulls_last else empty + ordered

    def _test(self, table: Table, condition: Condition) -> Test:
        if isinstance(condition, Compare):
            return self._compare(table, condition)
        return self._junction(table, condition)

    def _junction(self, table: Table, junction: Junction) -> Test:
        tests = [self._test(table, part) for part in junction.parts]
        if junction.word == "NOT":
            return lambda row: not tests[0](row)
        if junction.word == "AND":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

    def _compare(self, table: Table, compare: Compare) -> Test:
        reach, one = self._reach(table, compare.path)
        wanted = [_literal(one, literal) for literal in compare.values]
        first = wanted[0]
        if compare.sign == "LIKE":
            return _like(reach, str(first))
        if compare.sign == "IN":
            held = frozenset(wanted)
            return lambda row: _folded(one, reach(row)) in held
        if compare.sign == "=":
            return lambda row: bool(_folded(one, reach(row)) == first)
        if compare.sign == "!=":
            return lambda row: bool(_folded(one, reach(row)) != first)
        if first is None:
            message = f"invalid operator on null: {compare.path} {compare.sign} null"
            raise SoqlError(message, "INVALID_QUERY_FILTER_OPERATOR")
        return _range(one, reach, compare.sign, first)

    # -- paths --------------------------------------------------------------------------------------------------

    def _table(self, name: str) -> Table:
        table = self._org.schema.folded.get(name.casefold())
        if table is None:
            message = f"sObject type '{name}' is not supported."
            raise SoqlError(message, "INVALID_TYPE")
        return table

    def _field(self, table: Table, name: str) -> Field:
        one = table.folded.get(name.casefold())
        if one is None:
            message = f"No such column '{name}' on entity '{table.name}'."
            raise SoqlError(message, "INVALID_FIELD")
        return one

    def _reach(self, table: Table, path: str) -> tuple[Reach, Field]:
        parent, dot, rest = path.partition(".")
        if not dot:
            one = self._field(table, path)
            name = one.name
            return (lambda row: row[name]), one
        above, reference = self._above(table, parent)
        inner, one = self._reach(above, rest)
        rows, link = self._org.tables[above.name], reference.name

        def reach(row: Row) -> Any:
            target = rows.get(row[link]) if row[link] else None
            return None if target is None else inner(target)

        return reach, one

    def _above(self, table: Table, relationship: str) -> tuple[Table, Field]:
        reference = table.parents.get(relationship.casefold())
        if reference is None:
            message = f"Didn't understand relationship '{relationship}' in field path on entity '{table.name}'."
            raise SoqlError(message, "INVALID_FIELD")
        return self._org.schema.tables[reference.target], reference

    # -- printing -----------------------------------------------------------------------------------------------

    def _shape(self, table: Table, fields: Sequence[str | Query]) -> Callable[[Row], dict[str, Any]]:
        plain: dict[str, Field] = {}
        nested: dict[str, list[str]] = {}
        below: dict[str, Query] = {}
        order: dict[str, str] = {}
        for path in fields:
            if isinstance(path, Query):
                below[path.source] = path
                order[path.source] = "below"
                continue
            parent, dot, rest = path.partition(".")
            if dot:
                nested.setdefault(parent, []).append(rest)
                order[parent] = "above"
            else:
                plain[path] = self._field(table, path)
                order[plain[path].name] = "plain"
        above = {name: self._printed_above(table, name, paths) for name, paths in nested.items()}
        children = {name: self._printed_below(table, query) for name, query in below.items()}
        url = f"/services/data/v{self._version}/sobjects/{table.name}/"

        def shown(row: Row) -> dict[str, Any]:
            record: dict[str, Any] = {"attributes": {"type": table.name, "url": url + row["Id"]}}
            for name, kind in order.items():
                record[name] = row[name] if kind == "plain" else above[name](row) if kind == "above" else children[name](row)
            return record

        return shown

    def _printed_above(self, table: Table, relationship: str, paths: Sequence[str]) -> Reach:
        above, reference = self._above(table, relationship)
        shape = self._shape(above, paths)
        rows, link = self._org.tables[above.name], reference.name

        def shown(row: Row) -> dict[str, Any] | None:
            target = rows.get(row[link]) if row[link] else None
            return None if target is None else shape(target)

        return shown

    def _printed_below(self, table: Table, query: Query) -> Reach:
        found = self._org.schema.by_child.get((table.name, query.source.casefold()))
        if found is None:
            message = f"Didn't understand relationship '{query.source}' in FROM part of query call."
            raise SoqlError(message, "INVALID_TYPE")
        child, reference = found
        shape = self._shape(child, query.fields)
        deleted = self._deleted

        def shown(row: Row) -> dict[str, Any] | None:
            below = self._org.children(child.name, reference.name, row["Id"], deleted=deleted)
            rows = self._chosen(child, below, query)
            return {"totalSize": len(rows), "done": True, "records": [shape(line) for line in rows]} if rows else None

        return shown


def _folded(one: Field, value: Any) -> Any:
    return value.casefold() if isinstance(value, str) and one.type not in {"id", "reference", "datetime", "date"} else value


def _literal(one: Field, literal: Literal) -> Any:
    wanted = {"text": "text", "time": "time", "number": "number", "boolean": "boolean"}.get(literal.kind)
    kind = "number" if one.type in NUMERIC else "time" if one.type in {"date", "datetime"} else one.type
    if wanted is None:
        return None
    if wanted != (kind if kind in {"number", "time", "boolean"} else "text"):
        message = (
            f"value of filter criterion for field '{one.name}' must be of type {one.type} and should not be enclosed in quotes"
        )
        raise SoqlError(message, "INVALID_FIELD")
    if kind == "number":
        return Decimal(literal.text)
    if kind == "boolean":
        return literal.text == "TRUE"
    if one.type == "datetime":
        return stamp(time_of(literal.text))
    if one.type in {"id", "reference"}:
        return long_id(literal.text) if len(literal.text) == _ID_SHORT else literal.text
    return literal.text if one.type == "date" else literal.text.casefold()


def _like(reach: Reach, pattern: str) -> Test:
    escaped = "".join({"%": "*", "_": "?"}.get(letter, f"[{letter}]" if letter in "*?[" else letter) for letter in pattern)
    match = re.compile(fnmatch.translate(escaped), re.IGNORECASE | re.DOTALL).match
    return lambda row: match(str(reach(row) or "")) is not None


def _range(one: Field, reach: Reach, sign: str, limit: Any) -> Test:
    tests: Mapping[str, Callable[[Any], bool]] = {
        "<": lambda value: bool(value < limit),
        "<=": lambda value: bool(value <= limit),
        ">": lambda value: bool(value > limit),
        ">=": lambda value: bool(value >= limit),
    }
    test = tests[sign]

    def compared(row: Row) -> bool:
        value = _folded(one, reach(row))
        return value is not None and test(value)

    return compared

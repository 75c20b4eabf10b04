"""The database of the simulated system: what is committed, row by row, with its number ranges."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from connectors.erp.sap_rfc.backend.dictionary import INITIAL_DATE, INITIAL_TIME, TABLES, Field
from connectors.erp.sap_rfc.backend.values import CLIENT, Row

Key: TypeAlias = tuple[str, ...]

RANGES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "customer": 100_001,
        "address": 20_001,
        "order": 1,
        "delivery": 80_000_001,
        "billing": 90_000_001,
        "accounting": 100_000_001,
        "payment": 1_400_000_001,
        "clearing": 2_000_000_001,
        "change": 1,
    }
)
"""Where each number range starts."""


class Tables:
    """Rows by table and key; whoever gets a row gets a copy and puts it back to change it."""

    def __init__(self) -> None:
        """Start with empty tables."""
        self.prices: dict[str, dict[str, Decimal]] = {}
        self._rows: dict[str, dict[Key, Row]] = {name: {} for name in TABLES}
        self._order: dict[str, list[Key]] = {name: [] for name in TABLES}
        self._indexes: dict[str, dict[Key, dict[Key, set[Key]]]] = {name: {} for name in TABLES}
        self._numbers: dict[str, int] = dict(RANGES)

    def rows(self, table: str) -> list[Row]:
        """Give all rows of a table in the order of their keys."""
        return [row.copy() for row in self.scan(table)]

    def scan(self, table: str) -> Iterable[Row]:
        """Run over the rows themselves in the order of their keys; only to look at."""
        rows = self._rows[table]
        return (rows[key] for key in self._order[table])

    def get(self, table: str, *key: str) -> Row | None:
        """Give one row by its key without the client, or None."""
        row = self._rows[table].get(key)
        return None if row is None else row.copy()

    def find(self, table: str, **equal: str) -> list[Row]:
        """Give the rows with these values in the order of their keys; the first search makes an index."""
        names = tuple(sorted(equal))
        return [row.copy() for row in self.among(table, names, {tuple(equal[name] for name in names)})]

    def among(self, table: str, names: Key, values: Iterable[Key]) -> list[Row]:
        """Give the rows themselves in which the named columns have one of the values, in the order of their keys."""
        index, rows = self._index(table, names), self._rows[table]
        found: set[Key] = set()
        for value in values:
            found |= index.get(value, set())
        return [rows[key] for key in sorted(found)]

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """Insert a row, or replace the one with the same key; what is not given becomes initial, texts are cut."""
        fields = TABLES[table].fields
        strange = row.keys() - TABLES[table].by_name.keys()
        if strange:
            text = f"Table {table} has no field {', '.join(sorted(strange))}."
            raise KeyError(text)
        kept: Row = {field.name: stored(field, row.get(field.name)) for field in fields}
        kept[fields[0].name] = CLIENT
        key = self._key(table, kept)
        old = self._rows[table].get(key)
        if old is None:
            insort(self._order[table], key)
        else:
            self._unindex(table, key, old)
        self._rows[table][key] = kept
        for names, index in self._indexes[table].items():
            index.setdefault(tuple(kept[name] for name in names), set()).add(key)

    def delete(self, table: str, *key: str) -> None:
        """Delete a row; one that is not there is no matter."""
        old = self._rows[table].pop(key, None)
        if old is not None:
            del self._order[table][bisect_left(self._order[table], key)]
            self._unindex(table, key, old)

    def next_number(self, range_name: str) -> str:
        """Draw a number of ten digits; a number that was drawn is never given again."""
        number = self._numbers[range_name]
        self._numbers[range_name] = number + 1
        return f"{number:010d}"

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON values."""
        tables = {
            name: {
                "fields": [field.name for field in table.fields],
                "rows": [[_plain(value) for value in row.values()] for row in self.scan(name)],
            }
            for name, table in TABLES.items()
        }
        prices = {number: {name: _plain(price) for name, price in given.items()} for number, given in self.prices.items()}
        return {"tables": tables, "numbers": dict(self._numbers), "prices": prices}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take everything from what ``dump`` said."""
        fresh = Tables()
        for name, table in state["tables"].items():
            for row in table["rows"]:
                fresh.put(name, dict(zip(table["fields"], row, strict=True)))
        self._rows, self._order, self._indexes = fresh._rows, fresh._order, fresh._indexes
        self._numbers = {**RANGES, **state["numbers"]}
        self.prices = {
            number: {name: Decimal(price) for name, price in given.items()} for number, given in state["prices"].items()
        }

    def _key(self, table: str, row: Row) -> Key:
        return tuple(str(row[name]) for name in TABLES[table].key)

    def _index(self, table: str, names: Key) -> dict[Key, set[Key]]:
        found = self._indexes[table].get(names)
        if found is None:
            found = self._indexes[table][names] = {}
            for key, row in self._rows[table].items():
                found.setdefault(tuple(row[name] for name in names), set()).add(key)
        return found

    def _unindex(self, table: str, key: Key, row: Row) -> None:
        for names, index in self._indexes[table].items():
            value = tuple(row[name] for name in names)
            index[value].discard(key)
            if not index[value]:
                del index[value]


def stored(field: Field, value: Any) -> str | Decimal:
    """Give a value as its column keeps it: initial if there is none, cut or padded or rounded to the column's type."""
    if field.kind == "P":
        amount = value if isinstance(value, Decimal) else Decimal(str(value or 0))
        return amount.quantize(Decimal(1).scaleb(-field.decimals), rounding=ROUND_HALF_UP)
    text = "" if value is None else str(value).rstrip()
    if field.kind == "D":
        return text.replace("-", "") or INITIAL_DATE
    if field.kind == "T":
        return text.replace(":", "") or INITIAL_TIME
    if field.kind == "N":
        return text.zfill(field.length)[-field.length :]
    return text[: field.length].rstrip()


def _plain(value: str | Decimal) -> str:
    return format(value, "f") if isinstance(value, Decimal) else value

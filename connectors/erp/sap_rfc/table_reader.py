"""Reading tables by RFC_READ_TABLE: typed rows out of fixed-width text, by keys or by conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from connectors.erp.shared.codecs import INITIAL_DATE, round_amount, shift_out

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session

Row: TypeAlias = dict[str, Any]

AT_ONCE: Final = 500
"""Values in one call: an OR chain of a few hundred is what ABAP's SQL takes without complaint."""

WIDEST: Final = 512
NOTHING: Final[Mapping[str, Decimal]] = MappingProxyType(
    dict.fromkeys(("KBMENG", "NETPR", "KPEIN", "RFMNG", "ZBD1T", "KLIMK", "NTGEW"), Decimal(0))
)
"""Numbers that are zero, not blank, where a system does not have their columns."""

_NUMERIC: Final = frozenset("PIbs8")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a system that is no ECC names tables and columns: by ECC's table, its own name and its columns by ECC's.

    ``constants`` are the values of columns that ECC has and that are the same in all of the system's rows.
    """

    tables: Mapping[str, tuple[str, Mapping[str, str]]]
    constants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class TableReader:
    """Reads tables through one session; the widths of fields are asked once for each table."""

    session: Session
    dialect: Dialect | None = None
    widths: dict[str, dict[str, int]] = field(default_factory=dict)

    def has(self, table: str) -> bool:
        """Tell whether the system has the table at all."""
        return self.dialect is None or table in self.dialect.tables

    def by(
        self, table: str, column: str, values: Iterable[str], names: Sequence[str], *further: str
    ) -> dict[str, list[Row]]:  # fmt: skip
        """Read the rows whose column holds one of these values, grouped by it; ``further`` conditions narrow them."""
        grouped: dict[str, list[Row]] = defaultdict(list)
        wanted = sorted({value for value in values if value})
        for start in range(0, len(wanted), AT_ONCE):
            options = [*_either(column, wanted[start : start + AT_ONCE]), *(f"AND {condition}" for condition in further)]
            for row in self.rows(table, [column, *names], options):
                grouped[row[column]].append(row)
        return grouped

    def one_by(self, table: str, column: str, values: Iterable[str], names: Sequence[str], *further: str) -> dict[str, Row]:
        """Read the first row for each value."""
        return {value: rows[0] for value, rows in self.by(table, column, values, names, *further).items()}

    def rows(self, table: str, names: Sequence[str], options: Sequence[str] = (), *, count: int = 0) -> list[Row]:
        """Read the rows that fit the conditions, in the order of the table's keys; ``count`` caps them."""
        names = list(dict.fromkeys(names))
        if self.dialect is not None:
            return self._foreign(self.dialect, table, names, options, count)
        parts = list(self._portions(table, names))
        if len(parts) == 1:
            return self._read(table, names, options, count)
        merged: dict[tuple[Any, ...], Row] = {}
        keys, _ = self._described(table)
        for part in parts:
            for row in self._read(table, [*keys, *part], options, count):
                merged.setdefault(tuple(row[key] for key in keys), {}).update(row)
        return [row for row in merged.values() if len(row) >= len(names)]

    def statuses_of(self, head: str) -> str:
        """Name the table that holds the statuses of a document: ECC keeps them apart."""
        return "VBUK" if self.dialect is None else head

    def meant(self, amount: Decimal, currency: str) -> Decimal:
        """Give an amount as it is meant: SAP's tables shift the decimals of currencies that do not have two."""
        if self.dialect is None:
            return shift_out(amount, currency)
        return round_amount(amount, currency)

    def _portions(self, table: str, names: Sequence[str]) -> Iterator[list[str]]:
        """Split fields so that each call's row fits into 512 characters."""
        keys, lengths = self._described(table)
        room = WIDEST - sum(lengths.get(key, 0) for key in keys)
        part: list[str] = []
        used = 0
        for name in names:
            length = lengths.get(name, 0)
            if part and used + length > room:
                yield part
                part, used = [], 0
            part.append(name)
            used += length
        yield part

    def _described(self, table: str) -> tuple[list[str], dict[str, int]]:
        known = self.widths.get(table)
        if known is None:
            told = self.session.call("DDIF_FIELDINFO_GET", TABNAME=table)["DFIES_TAB"]
            known = {str(one["FIELDNAME"]): int(one["LENG"]) for one in told}
            known |= {f"*{one['FIELDNAME']}": 0 for one in told if one["KEYFLAG"] and one["FIELDNAME"] != "MANDT"}
            self.widths[table] = known
        return [name[1:] for name in known if name.startswith("*")], known

    def _read(self, table: str, names: Sequence[str], options: Sequence[str], count: int, **more: str) -> list[Row]:
        answer = self.session.call(
            "RFC_READ_TABLE",
            QUERY_TABLE=table,
            ROWCOUNT=count,
            OPTIONS=[{"TEXT": line} for line in options],
            FIELDS=[{"FIELDNAME": name} for name in dict.fromkeys(names)],
            **({"GET_SORTED": "X"} if self.dialect is None else {}),
            **more,
        )
        places = [
            (str(one["FIELDNAME"]), int(one["OFFSET"]), int(one["OFFSET"]) + int(one["LENGTH"]), str(one["TYPE"]))
            for one in answer["FIELDS"]
        ]
        return [{name: _value(row["WA"][start:end], kind) for name, start, end, kind in places} for row in answer["DATA"]]

    def _foreign(
        self, dialect: Dialect, table: str, names: Sequence[str], options: Sequence[str], count: int
    ) -> list[Row]:  # fmt: skip
        """Read a table of another name; columns that it does not have are empty."""
        if table not in dialect.tables:
            return []
        own, columns = dialect.tables[table]
        translated = [" ".join(columns.get(word, word) for word in line.split(" ")) for line in _known(options, columns)]
        asked = list(dict.fromkeys(columns[name] for name in names if name in columns))
        rows = self._read(own, asked, translated, count)
        filled = {name: NOTHING.get(name, "") for name in names} | dict(dialect.constants.get(table, {}))
        return [{name: row[columns[name]] if name in columns else filled[name] for name in names} for row in rows]


def _either(column: str, values: Sequence[str]) -> list[str]:
    """Write that a column holds one of these values, a line of OPTIONS for each.

    >>> _either("KUNNR", ["1", "O'N"])
    ["( KUNNR = '1'", "OR KUNNR = 'O''N' )"]
    """
    lines = [f"{'OR ' if number else '( '}{column} = {literal(value)}" for number, value in enumerate(values)]
    return [*lines[:-1], f"{lines[-1]} )"]


def _known(options: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """Leave out conditions on columns that the table does not have."""
    left = [line for line in options if not line.startswith("AND ") or line.split(" ")[1] in columns]
    return [left[0].removeprefix("AND "), *left[1:]] if left and left[0].split(" ")[0] == "AND" else left


def literal(value: str) -> str:
    """Write a text literal of ABAP."""
    return "'" + value.replace("'", "''") + "'"


def _value(text: str, kind: str) -> str | Decimal:
    """Take a value out of the text that ABAP made of it; an initial date is empty.

    >>> _value("    100.50-", "P"), _value("00000000", "D"), _value("ACME      ", "C")
    (Decimal('-100.50'), '', 'ACME')
    """
    if kind in _NUMERIC:
        text = text.strip()
        return Decimal(f"-{text[:-1]}" if text.endswith("-") else text or "0")
    text = text.rstrip()
    return "" if kind == "D" and text == INITIAL_DATE else text

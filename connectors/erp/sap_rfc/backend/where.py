"""The WHERE clause of RFC_READ_TABLE: its tokens, its tree, and how rows are found by it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from connectors.erp.sap_rfc.backend.dictionary import Field, Table
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import AbapError, Row

Test: TypeAlias = Callable[[Row], bool]

_TOKEN: Final = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(<>|<=|>=|=|<|>)|([()])(?=\s|$)|([A-Za-z][A-Za-z0-9_]*)(?=\s|$)|(-?\d+(?:\.\d+)?)(?=\s|$))"
)
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
)
_WORDS: Final = MappingProxyType({"EQ": "=", "NE": "<>", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="})


class OptionError(AbapError):
    """SAP cannot parse the selection."""

    def __init__(self, text: str) -> None:
        """Say what is wrong, in the words of the exception that RFC_READ_TABLE raises."""
        super().__init__(5, "OPTION_NOT_VALID", f"Selection entries (e.g. syntax) incorrect: {text}")


@dataclass(frozen=True, slots=True)
class Among:
    """A column has one of some values."""

    column: str
    values: frozenset[str | Decimal]

    def test(self, row: Row) -> bool:
        """Say whether the row does."""
        return row[self.column] in self.values


@dataclass(frozen=True, slots=True)
class Compared:
    """A column compares so with a value; LIKE is a pattern."""

    column: str
    compare: Callable[[Any, Any], bool]
    value: Any

    def test(self, row: Row) -> bool:
        """Say whether the row does."""
        return self.compare(row[self.column], self.value)


@dataclass(frozen=True, slots=True)
class Combined:
    """All or any of some conditions hold, or (with one part) not."""

    how: str
    parts: tuple[Node, ...]

    def test(self, row: Row) -> bool:
        """Say whether the row fits."""
        if self.how == "NOT":
            return not self.parts[0].test(row)
        found = (part.test(row) for part in self.parts)
        return all(found) if self.how == "AND" else any(found)


Node: TypeAlias = Among | Compared | Combined


def select(tables: Tables, table: Table, lines: Sequence[str]) -> Iterable[Row]:
    """Give the rows themselves that fit the lines of a selection, in the order of their keys."""
    tokens = [token for line in lines for token in _tokens(line)]
    if not tokens:
        return tables.scan(table.name)
    node = _Parser(table, tokens).parse()
    parts = node.parts if isinstance(node, Combined) and node.how == "AND" else (node,)
    sets = [part for part in parts if isinstance(part, Among) and table.by_name[part.column].kind != "P"]
    if not sets:
        return (row for row in tables.scan(table.name) if node.test(row))
    narrow = min(sets, key=lambda part: len(part.values))
    rows = tables.among(table.name, (narrow.column,), [(str(value),) for value in narrow.values])
    rest = [part for part in parts if part is not narrow]
    return [row for row in rows if all(part.test(row) for part in rest)] if rest else rows


def _tokens(line: str) -> list[str]:
    """Cut one line; words, brackets and values stand apart by blanks, and no literal runs over a line's end."""
    found, place, text = [], 0, line.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise OptionError(repr(text[place : place + 30].strip()))
        found.append(match.group().strip())
        place = match.end()
    return found


class _Parser:
    """Turns tokens into a tree: OR of AND of NOT of comparisons."""

    def __init__(self, table: Table, tokens: list[str]) -> None:
        self.table = table
        self.tokens = tokens
        self.place = 0

    def parse(self) -> Node:
        node = self._any()
        if self.place < len(self.tokens):
            raise OptionError(f"{self.tokens[self.place]!r} is not expected")
        return node

    def _next(self) -> str:
        if self.place >= len(self.tokens):
            raise OptionError("it ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def _follows(self, word: str) -> bool:
        if self.place < len(self.tokens) and self.tokens[self.place].upper() == word:
            self.place += 1
            return True
        return False

    def _any(self) -> Node:
        parts = [self._all()]
        while self._follows("OR"):
            parts.append(self._all())
        return _gathered(parts)

    def _all(self) -> Node:
        parts = [self._not()]
        while self._follows("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Combined("AND", tuple(parts))

    def _not(self) -> Node:
        if self._follows("NOT"):
            return Combined("NOT", (self._not(),))
        if self._follows("("):
            node = self._any()
            if not self._follows(")"):
                raise OptionError("a bracket is not closed")
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        name = self._next().upper()
        field = self.table.by_name.get(name)
        if field is None:
            raise OptionError(f"{name} is no field of {self.table.name}")
        negated = self._follows("NOT")
        word = self._next().upper()
        sign = _WORDS.get(word, word)
        if sign == "LIKE":
            node = Compared(name, _like, _pattern(_literal(self._next(), field)))
            return Combined("NOT", (node,)) if negated else node
        if negated or sign not in _COMPARE:
            raise OptionError(f"{word} is no operator")
        value = _value(_literal(self._next(), field), field)
        return Among(name, frozenset({value})) if sign == "=" else Compared(name, _COMPARE[sign], value)


def _gathered(parts: list[Node]) -> Node:
    """Make one set of the equalities of one column, so that long chains of OR stay quick."""
    values: dict[str, set[str | Decimal]] = {}
    rest: list[Node] = []
    for part in parts:
        if isinstance(part, Among):
            values.setdefault(part.column, set()).update(part.values)
        else:
            rest.append(part)
    together: list[Node] = [Among(column, frozenset(found)) for column, found in values.items()] + rest
    return together[0] if len(together) == 1 else Combined("OR", tuple(together))


def _literal(token: str, field: Field) -> str:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'").rstrip()
    if field.kind in {"P", "N"} and token.lstrip("-").replace(".", "", 1).isdigit():
        return token
    raise OptionError(f"{token} is no literal; texts stand in apostrophes")


def _value(text: str, field: Field) -> str | Decimal:
    if field.kind == "P":
        try:
            return Decimal(text or "0")
        except InvalidOperation as error:
            raise OptionError(f"{text!r} is no number for {field.name}") from error
    return text.zfill(field.length) if field.kind == "N" else text


def _like(value: object, pattern: re.Pattern[str]) -> bool:
    return pattern.fullmatch(str(value)) is not None


def _pattern(text: str) -> re.Pattern[str]:
    parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in text)
    return re.compile("".join(parts), re.DOTALL)

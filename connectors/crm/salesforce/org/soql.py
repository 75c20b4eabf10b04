"""SOQL, as far as the simulated org speaks it: text to a tree.

Covers fields with parent dots, child subqueries, COUNT(), WHERE with = != < <= > >= IN NOT IN LIKE AND OR NOT and
parentheses, ORDER BY with NULLS, LIMIT and OFFSET. AND and OR may not be mixed without parentheses, as in the real language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<time>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2}))?)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES: Final = re.compile(r"\\(.)")
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class SoqlError(Exception):
    """The query is not SOQL, or not the SOQL that this org speaks."""

    def __init__(self, message: str, code: str = "MALFORMED_QUERY") -> None:
        """Carry the vendor's error code."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Literal:
    """One value in a condition; ``kind`` is text, time, number, boolean or null."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against one value (or several, for IN)."""

    path: str
    sign: str
    values: Sequence[Literal]


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by AND, OR, or one of them negated."""

    word: str
    parts: Sequence[Condition]


Condition: TypeAlias = Compare | Junction


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY."""

    path: str
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT; ``fields`` are paths or child subqueries; none of them means COUNT()."""

    fields: Sequence[str | Query]
    source: str
    where: Condition | None
    order: Sequence[Order]
    limit: int | None
    offset: int


def parse(text: str) -> Query:
    """Read one query.

    >>> parse("SELECT Id, Owner.Name FROM Account WHERE Name LIKE 'A%' AND Rating != null LIMIT 5").fields
    ('Id', 'Owner.Name')
    """
    reader = _Reader(_tokens(text))
    query = reader.query()
    reader.end()
    return query


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            message = f"unexpected token: {text[position : position + 20]!r}"
            raise SoqlError(message)
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


def _unquote(text: str) -> str:
    return _ESCAPES.sub(lambda match: _NAMED.get(match[1], match[1]), text[1:-1])


class _Reader:
    """Reads tokens by recursive descent."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> str:
        return self._tokens[self._at][1].upper() if self._at < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            message = "unexpected end of query"
            raise SoqlError(message)
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _take(self, *words: str) -> bool:
        """Step over these words if they all come next."""
        found = [token[1].upper() for token in self._tokens[self._at : self._at + len(words)]]
        if found != list(words):
            return False
        self._at += len(words)
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            message = f"unexpected token: {self._peek() or 'end of query'!r}, expecting {word!r}"
            raise SoqlError(message)

    def _word(self) -> str:
        if self._kind() != "word":
            message = f"unexpected token: {self._peek() or 'end of query'!r}"
            raise SoqlError(message)
        return self._next()

    def end(self) -> None:
        if self._at < len(self._tokens):
            message = f"unexpected token: {self._tokens[self._at][1]!r}"
            raise SoqlError(message)

    def query(self) -> Query:
        self._expect("SELECT")
        fields: list[str | Query] = []
        if not self._take("COUNT", "(", ")"):
            fields.append(self._field())
            while self._take(","):
                fields.append(self._field())
        self._expect("FROM")
        source = self._word()
        where = self._condition() if self._take("WHERE") else None
        order = self._order() if self._take("ORDER", "BY") else []
        limit = int(self._next()) if self._take("LIMIT") else None
        offset = int(self._next()) if self._take("OFFSET") else 0
        return Query(tuple(fields), source, where, tuple(order), limit, offset)

    def _field(self) -> str | Query:
        if not self._take("("):
            return self._word()
        inner = self.query()
        self._expect(")")
        return inner

    def _order(self) -> list[Order]:
        keys: list[Order] = []
        while True:
            path = self._word()
            descending = self._take("DESC")
            if not descending:
                self._take("ASC")
            last = self._take("NULLS", "LAST")
            if not last:
                self._take("NULLS", "FIRST")
            keys.append(Order(path, descending, last))
            if not self._take(","):
                return keys

    def _condition(self) -> Condition:
        first = self._term()
        word = self._peek()
        if word not in {"AND", "OR"}:
            return first
        parts = [first]
        while self._take(word):
            parts.append(self._term())
        if self._peek() in {"AND", "OR"}:
            message = f"unexpected token: {self._peek()!r}; AND and OR need parentheses between them"
            raise SoqlError(message)
        return Junction(word, tuple(parts))

    def _term(self) -> Condition:
        if self._take("NOT"):
            return Junction("NOT", (self._term(),))
        if self._take("("):
            inner = self._condition()
            self._expect(")")
            return inner
        path = self._word()
        if self._take("LIKE"):
            return Compare(path, "LIKE", (self._literal(),))
        if self._take("NOT", "IN"):
            return Junction("NOT", (Compare(path, "IN", self._values()),))
        if self._take("IN"):
            return Compare(path, "IN", self._values())
        sign = self._next()
        if sign not in {"=", "!=", "<>", "<", "<=", ">", ">="}:
            message = f"unexpected token: {sign!r}"
            raise SoqlError(message)
        return Compare(path, "!=" if sign == "<>" else sign, (self._literal(),))

    def _values(self) -> tuple[Literal, ...]:
        self._expect("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return tuple(values)

    def _literal(self) -> Literal:
        kind = self._kind()
        text = self._next()
        if kind == "text":
            return Literal("text", _unquote(text))
        if kind in {"time", "number"}:
            return Literal(kind, text)
        if text.upper() in {"TRUE", "FALSE"}:
            return Literal("boolean", text.upper())
        if text.upper() == "NULL":
            return Literal("null", "")
        message = f"unexpected token: {text!r}"
        raise SoqlError(message)

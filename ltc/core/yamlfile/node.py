"""What was read from YAML: values that know their file, line and column."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any, Final, Literal, TypeAlias

from ltc.core.errors import Fault

MAX_FAULTS: Final = 100
"""Nobody mends more at once, and looking for more than that only costs time."""
_MOST_CHOICES: Final = 2_000
_LONGEST_WORD: Final = 200
Scalar: TypeAlias = str | int | bool | Decimal | None
Kind: TypeAlias = Literal["mapping", "sequence", "scalar"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a YAML file and where it stands; a mapping also knows where its keys stand.

    ``value`` is a dict of nodes, a list of nodes, or a str, int, Decimal, bool or None. ``text`` is a scalar's text, and
    ``source`` what stands in the file where that is written otherwise: in quotes, or over several lines.
    """

    kind: Kind
    value: Any
    file: str = ""
    line: int = 0
    column: int = 0
    text: str = ""
    keys: Mapping[str, Place] = field(default_factory=dict)
    source: str = ""

    @property
    def place(self) -> Place:
        """Where the value begins."""
        return Place(self.file, self.line, self.column)

    def inside(self, offset: int) -> Node:
        """Give the place of one character of a scalar's text, also where the text is quoted or folded over lines."""
        line, column = _position(self.source, self.text[:offset]) if self.source else (0, offset)
        return replace(self, line=self.line + line, column=column + (1 if line else self.column))

    def holding(self, text: str) -> Node | None:
        """Find the scalar that holds a text, here or below."""
        if self.kind == "scalar":
            return self if self.text == text else None
        inner = self.value.values() if self.kind == "mapping" else self.value
        return next((found for one in inner if (found := one.holding(text)) is not None), None)

    def plain(self) -> Any:
        """Give the value without places: dict, list, str, int, Decimal, bool or None.

        >>> Node("mapping", {"name": Node("scalar", "Acme")}).plain()
        {'name': 'Acme'}
        """
        if self.kind == "mapping":
            return {key: child.plain() for key, child in self.value.items()}
        if self.kind == "sequence":
            return [child.plain() for child in self.value]
        return self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """Walk the keys and values of a mapping; anything else has none."""
        if self.kind == "mapping":
            yield from self.value.items()

    def get(self, key: str) -> Node | None:
        """Find a key's value; None if it is not there or says null."""
        child = self.value.get(key) if self.kind == "mapping" else None
        return None if child is None or (child.kind == "scalar" and child.value is None) else child

    def key_place(self, key: str) -> Place:
        """Say where a key stands; a key that is not there stands where the mapping begins."""
        return self.keys.get(key, self.place)

    def fault(self, code: str, message: str, remedy: str = "", *, key: str = "", path: str = "") -> Fault:
        """Make a fault that stands at this value, or at one of its keys."""
        place = self.key_place(key) if key else self.place
        return Fault(code, message, remedy, file=place.file, line=place.line, column=place.column, path=path)


def _position(source: str, before: str) -> tuple[int, int]:
    """Find where a scalar goes on after some text, in lines and columns from its beginning; blanks do not count."""
    left = sum(not letter.isspace() for letter in before)
    at = len(source.partition("\n")[0]) if source[0] in "|>" else int(source[0] in "\"'")
    while at < len(source) and (left or source[at].isspace()):
        escaped = source[at] == "\\" if source[0] == '"' else source[0] == "'" and source[at : at + 2] == "''"
        left -= not source[at].isspace()
        at += 2 if escaped else 1
    line = source.count("\n", 0, at)
    return line, at - (source.rfind("\n", 0, at) + 1)


def overlay(nodes: Sequence[Node]) -> Node:
    """Lay nodes over one another, key by key: the later wins, lists are replaced, every value keeps its origin.

    >>> shipped = Node("mapping", {"a": Node("scalar", 1), "b": Node("mapping", {"c": Node("scalar", 2)})})
    >>> own = Node("mapping", {"b": Node("mapping", {"c": Node("scalar", 3), "d": Node("scalar", 4)})})
    >>> overlay([shipped, own]).plain()
    {'a': 1, 'b': {'c': 3, 'd': 4}}
    """
    result = nodes[0]
    for node in nodes[1:]:
        result = _lay(result, node)
    return result


def _lay(below: Node, above: Node) -> Node:
    if below.kind != "mapping" or above.kind != "mapping":
        return above
    merged = dict(below.value)
    for key, child in above.value.items():
        merged[key] = _lay(merged[key], child) if key in merged else child
    return replace(above, value=merged, keys={**below.keys, **above.keys})


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Suggest the nearest choice as a sentence; "" if none is near.

    >>> did_you_mean("stret", ["street", "city"]), did_you_mean("xyz", ["street"])
    ("Did you mean 'street'?", '')
    """
    known = list(islice(choices, _MOST_CHOICES)) if len(word) <= _LONGEST_WORD else []
    folded = {choice.casefold(): choice for choice in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {folded[near[0]]!r}?"
    inside = [choice for choice in known if word and choice.rpartition(".")[2] == word]
    return f"Did you mean {inside[0]!r}?" if inside else ""

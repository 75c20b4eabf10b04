"""What a line expects of a field of its system: which type, how long a text, which codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ltc.core.mapping.operations.amounts import Amount, Measure, Price
from ltc.core.mapping.operations.calendar import Date, DayOfMoment, Moment, MomentOfDay
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.operations.codes import ANY, Codes, TupleCodes
from ltc.core.mapping.operations.fixed import Case, Computed, Default
from ltc.core.mapping.operations.names import Split
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number
from ltc.core.mapping.operations.text import Anything
from ltc.core.mapping.rules import Leaf

_TYPES: Final = """
    text: string text textarea email phone url id reference char encryptedstring picklist combobox multipicklist choice
    number: currency double percent int integer decimal number long
    boolean: boolean bool
    date: date
    moment: datetime timestamp
    object: object address location
    list: list
"""
_FAMILIES: Final[Mapping[str, str]] = {
    word: name.strip()
    for name, _, words in (line.partition(":") for line in _TYPES.strip().splitlines())
    for word in words.split()
}
_TEXTS: Final = frozenset({"text", "number"})
_WORDS: Final[Mapping[str, str]] = {
    "text": "text", "number": "a number", "boolean": "true or false", "date": "a day", "moment": "a moment",
    "object": "an object", "list": "a list",
}  # fmt: skip


def family(kind: str) -> str:
    """Give what a system's word for a type comes to; "" for a type that nobody knows.

    >>> family("picklist"), family("currency"), family("datetime"), family("anyType")
    ('text', 'number', 'moment', '')
    """
    return _FAMILIES.get(kind.lower(), "")


def fitting(codec: Any) -> frozenset[str]:
    """Say of which families the first field of an operation may be; empty where anything may."""
    if isinstance(codec, Default):
        return fitting(codec.inner)
    return next((families(codec) for kinds, families in _FITTING if isinstance(codec, kinds)), _TEXTS)


def _numbers(codec: Any) -> frozenset[str]:
    return _TEXTS if codec.as_text else frozenset({"number"})


def _days(codec: Any) -> frozenset[str]:
    del codec
    return frozenset({"date", "text"})


def _moments(codec: Any) -> frozenset[str]:
    return frozenset({"number"} if codec.form.startswith("epoch") else {"moment", *_TEXTS})


def _codes(codec: Any) -> frozenset[str]:
    return frozenset({"boolean"} if set(codec.table) <= {"true", "false"} else {*_TEXTS, "boolean"})


def _anything(codec: Any) -> frozenset[str]:
    del codec
    return frozenset()


_FITTING: Final[tuple[tuple[Any, Callable[[Any], frozenset[str]]], ...]] = (
    (Computed | Case | TupleCodes | Anything | None, _anything),
    (Integer | Number | Amount | Measure | Price, _numbers),
    (Boolean, lambda codec: frozenset({"boolean"} if isinstance(codec.true, bool) else _TEXTS)),
    (Date | MomentOfDay, _days),
    (Moment | DayOfMoment, _moments),
    (Codes, _codes),
)


def told(families: frozenset[str]) -> str:
    """Name families for people.

    >>> told(frozenset({"number", "text"}))
    'a number or text'
    """
    return " or ".join(_WORDS[name] for name in sorted(families))


def widths(leaf: Leaf) -> list[int]:
    """Say how long a text the line itself expects each of its fields to hold; 0 where it says nothing."""
    codec: Any = leaf.codec.inner if isinstance(leaf.codec, Default) else leaf.codec
    if isinstance(codec, Split):
        return list(codec.widths)
    width = max(getattr(codec, "width", 0), getattr(codec, "pad", 0))
    return [width, *[0] * (len(leaf.sources) - 1)] if leaf.sources else []


def codes_of_field(codec: Any, index: int) -> Iterator[str] | None:
    """Name the codes that a line knows of one of its fields; None if it takes any."""
    if isinstance(codec, Default):
        return codes_of_field(codec.inner, index)
    if isinstance(codec, Codes):
        return None if codec.keep or codec.rest is not MISSING or index else iter(codec.table)
    if isinstance(codec, TupleCodes):
        rows = [key.split("/") for key in codec.codes.table] + [list(pattern) for pattern, _ in codec.patterns]
        parts = [row[index] for row in rows if index < len(row)]
        return None if ANY in parts or codec.codes.keep else iter(dict.fromkeys(parts))
    return None


def written_codes(codec: Any, index: int) -> frozenset[str]:
    """Name the raw codes that a line writes to one of its fields."""
    if isinstance(codec, Default):
        return written_codes(codec.inner, index)
    if isinstance(codec, Codes):
        return frozenset(str(raw) for raw in codec.back.values() if index == 0 and raw not in ("", None))
    if isinstance(codec, TupleCodes):
        rows = [str(raw).split("/") for raw in codec.codes.back.values()]
        return frozenset(row[index] for row in rows if index < len(row) and row[index])
    return frozenset()

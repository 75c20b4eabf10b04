"""Guessing which field of a system holds which canonical path: by name, by type, and by what sample records hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ltc.core.contract.records import FieldSchema
from ltc.core.mapping.expectations import family
from ltc.core.mapping.glossary import SAP
from ltc.core.mapping.likeness import alike
from ltc.core.models import PathInfo
from ltc.core.models.isocodes import COUNTRIES, LANGUAGE, MINOR_UNITS

_NUMBERS: Final = frozenset({"money", "quantity", "unit_price", "integer", "decimal"})
_FITTING: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_NUMBERS, frozenset({"number"})), "date": frozenset({"date", "moment", "text", "number"}),
    "time": frozenset({"moment", "date", "text", "number"}), "boolean": frozenset({"boolean", "text"}),
    "choice": frozenset({"text", "boolean"}), **dict.fromkeys(("country", "currency", "language"), frozenset({"text"})),
    "text": frozenset({"text"}),
}  # fmt: skip
"""Of which families a field may be, for each canonical kind."""

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE: Final = re.compile(r"[+0(][-0-9 ()/.]{5,}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d|[12]\d{7}|0{8}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT.*|\d{10,13}|/Date\(\d+\)/")
_SITE: Final = re.compile(r"(https?://|www\.)?[\w-]+(\.[\w-]+)+(/.*)?")
_LANGUAGE: Final = re.compile(LANGUAGE)
_BIAS: Final = 0.02
_SEEN: Final = 0.25
"""What values that look as they should add to a name."""
_SHOWN: Final = 0.5
"""What is less alike is not even a candidate."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A field that may hold a canonical path, and how likely that is, from 0 to 1."""

    path: str
    info: PathInfo
    field: FieldSchema
    score: float


def guesses(
    fields: Sequence[FieldSchema], shape: Sequence[tuple[str, PathInfo]], samples: Mapping[str, Sequence[Any]], of: str = ""
) -> list[Guess]:  # fmt: skip
    """Score every field for every path of an entity, the likeliest first."""
    found = [
        Guess(path, info, field, score)
        for order, (path, info) in enumerate(shape)
        for field in fields
        if (score := likelihood(path, info, field, samples.get(field.name, ()), of) - order * 0.0001) >= _SHOWN
    ]
    return sorted(found, key=lambda one: -one.score)


def likelihood(path: str, info: PathInfo, field: FieldSchema, values: Sequence[Any], of: str = "") -> float:
    """Say how likely a field holds what a path means.

    >>> street, field = PathInfo("text"), FieldSchema("BillingStreet", "string")
    >>> likelihood("billing_address.street", street, field, ()) > likelihood("shipping_address.street", street, field, ())
    True
    """
    kind = family(field.type)
    if kind and info.type in _FITTING and kind not in _FITTING[info.type]:
        return 0.0
    name = _by_name(path, info, field, of)
    filled = [value for value in values if value not in (None, "")]
    if not filled:
        return name
    verdict = _by_values(path, info, field, filled)
    if verdict is None:
        return name
    return min(1.0, name + _SEEN) if verdict else name * 0.5


def _by_name(path: str, info: PathInfo, field: FieldSchema, of: str) -> float:
    """Compare names: the path's last part alone, with what it is in, and with whose it is; a reference by what it refers to."""
    bare = field.name.removesuffix("Id") if info.ref and field.type == "reference" else field.name
    meaning = SAP.get(field.name, bare)
    head, _, tail = path.rpartition(".")
    names = [tail, *([f"{head.removesuffix('_address')}_{tail}"] if head else [])]
    names += [info.ref] if info.ref else [f"{of}_{tail}"] if of and not head else []
    best = max(alike(meaning, name) - (_BIAS if head and name == tail else 0) for name in names)
    if info.ref and family(field.type) == "text" and field.type != "reference" and field.name not in SAP:
        best *= 0.7  # a plain text is seldom a reference
    return best if (field.type == "reference") is bool(info.ref) or field.type != "reference" else best * 0.4


def _by_values(path: str, info: PathInfo, field: FieldSchema, values: Sequence[Any]) -> bool | None:
    """Say whether sample values speak for the path or against it; None if they say nothing."""
    tail = path.rpartition(".")[2]
    test = _TESTS.get(tail) or _TESTS.get(info.type)
    texts = [str(value) for value in values if not isinstance(value, bool | list | dict)]
    if test is None:
        marked = family(field.type) == "text" and info.type == "text" and not info.ref
        return False if marked and texts and any(_all(one, texts) for one in (_EMAIL.fullmatch, _MOMENT.fullmatch)) else None
    return bool(texts) and _all(test, texts)


def _all(test: Callable[[str], Any], texts: Sequence[str]) -> bool:
    return all(test(text) for text in texts)


_TESTS: Final[Mapping[str, Callable[[str], Any]]] = {
    "email": _EMAIL.fullmatch, "phone": _PHONE.fullmatch, "website": _SITE.fullmatch, "country": COUNTRIES.__contains__,
    "currency": MINOR_UNITS.__contains__, "date": lambda text: _DAY.fullmatch(text) or _MOMENT.fullmatch(text),
    "time": lambda text: _DAY.fullmatch(text) or _MOMENT.fullmatch(text),
    "language": lambda text: len(text) <= 2 or _LANGUAGE.fullmatch(text),
}  # fmt: skip


def chosen(found: Sequence[Guess], *, least: float) -> Iterator[Guess]:
    """Take the likeliest field for each path, each field and each path once."""
    paths: set[str] = set()
    fields: set[str] = set()
    for one in found:
        if one.score >= least and one.path not in paths and one.field.name not in fields:
            paths.add(one.path)
            fields.add(one.field.name)
            yield one

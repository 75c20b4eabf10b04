"""Records to try a mapping's laws on: its examples, each with one field changed to something that the field may hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

from ltc.core.contract.records import Raw
from ltc.core.mapping.mapping import Mapping
from ltc.core.mapping.operations.amounts import WHOLE, Amount, Measure, Price
from ltc.core.mapping.operations.calendar import Date
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.operations.codes import ANY, Codes, TupleCodes
from ltc.core.mapping.operations.fixed import Case, Default
from ltc.core.mapping.operations.named import Named
from ltc.core.mapping.operations.names import First, Join, Split
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number
from ltc.core.mapping.operations.places import Country, Currency
from ltc.core.mapping.operations.text import Alpha, Anything, Text
from ltc.core.mapping.rules import Block, Pick, RawPath, Rows, bury, dig, matches

_NUMBERS: Final = (Decimal(0), Decimal(7), Decimal("1234.50"), Decimal("-0.25"), None)
_OTHER: Final = "Z"
"""A code that no table names."""
_TEXTS: Final = ("A", "Müller & Söhne", "李", "0012", "x y", "", None)


def generated(mapping: Mapping, more: Sequence[Raw] = ()) -> list[Raw]:
    """Make the examples, and more records, and their variations, one changed field each; the same every time."""
    records = [*(example.system for example in mapping.examples), *more]
    return [record for raw in records for record in variations(mapping.block, raw)]


def variations(block: Block, raw: Raw) -> Iterator[Raw]:
    """Give a record or row, and copies of it in each of which one field differs."""
    yield raw
    for leaf in block.leaves:
        for source, values in zip(leaf.sources, _samples(leaf.codec, len(leaf.sources)), strict=True):
            for value in values if not source.root else ():
                if _reachable(raw, source.path):
                    changed = deepcopy(raw)
                    bury(changed, source.path, value)
                    yield changed
    tables: list[Rows | Pick] = [*block.lists, *block.picks]
    for rows in tables:
        found: list[Raw] = (dig(raw, rows.path) if _reachable(raw, rows.path) else None) or []
        chosen = next((index for index, row in enumerate(found) if matches(row, rows.where)), None)
        if chosen is not None:
            yield from (_with_row(raw, rows.path, chosen, row) for row in variations(rows.block, found[chosen]))


def _with_row(raw: Raw, path: RawPath, index: int, row: Raw) -> Raw:
    changed = deepcopy(raw)
    dig(changed, path)[index] = row
    return changed


def _reachable(raw: Any, path: RawPath) -> bool:
    """Tell whether the objects on the way are there."""
    return all(isinstance(dig(raw, path[:size]), dict) for size in range(1, len(path)))


def _samples(codec: Any, fields: int) -> list[tuple[Any, ...]]:
    """Give values that each field of a line may hold."""
    if isinstance(codec, Default):
        return _samples(codec.inner, fields)
    if isinstance(codec, Amount | Measure | Price):
        numbers = tuple(int(number) for number in (7, 105)) if isinstance(codec, Amount) and codec.units in WHOLE else _NUMBERS
        return [numbers, *[()] * (fields - 1)]
    if isinstance(codec, Split | Join | First):
        return [("A", "Werk Nord", "", None)] * fields
    if isinstance(codec, TupleCodes):
        known = [*(key.split("/") for key in codec.codes.table), *(pattern for pattern, _ in codec.patterns)]
        return [
            tuple(dict.fromkeys("Z" if key[index] == ANY else key[index] or None for key in known)) for index in range(fields)
        ]
    if isinstance(codec, Case):
        return [(), *[("A", None)] * (fields - 1)]
    return [_single(codec), *[()] * (fields - 1)] if fields else []


def _part(code: str) -> str | None:
    return _OTHER if code == ANY else code or None


def _single(codec: Any) -> tuple[Any, ...]:
    if isinstance(codec, Codes):
        others = () if codec.rest is MISSING else (_OTHER,)
        return (*({"true": True, "false": False}.get(raw, raw) for raw in codec.table), *others, None)
    if isinstance(codec, Named):
        return tuple(codec.samples)
    if isinstance(codec, Boolean):
        return (codec.true, codec.false)
    if isinstance(codec, Text):
        return tuple(text[: codec.width] if text and codec.width else text for text in _TEXTS)
    plain: dict[type, tuple[Any, ...]] = {
        Alpha: ("12", "AB-1", "", None),
        Anything: ("A", True, 7, None),
        Integer: (0, 7, None),
        Number: _NUMBERS,
        Date: ("20260131", "00000000", None) if getattr(codec, "form", "") == "sap" else ("2026-01-31", None),
        Country: ("DE", "US", None),
        Currency: ("EUR", "JPY", None),
    }
    return plain.get(type(codec), (None,))

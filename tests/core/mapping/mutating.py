"""Records as no system should send them, and canonical ones as nobody should want them: spoiled alike for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from ltc.core.contract import JsonNumber
from ltc.core.mapping import Mapping, generated
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.reference import rows_at
from ltc.core.mapping.rules import Block, bury, dig
from tests.core.mapping.conftest import ODD_WORDS

NUMBERS = (
    *(0, 1, -7, 10**12, 10**80, True, False),
    *map(
        Decimal,
        ("0", "0.0", "-0.00", "7", "1.5", "-12.5", "100.0", "12.345", "10.500", "0.005", "1E+3", "1.5E+30", "1.2E+5", "1E-10"),
    ),
    *map(Decimal, ("NaN", "sNaN", "NaN5", "Infinity", "-Infinity", "9" * 80 + ".50", "1E+70", "0E-7")),
    *(1.5, float("nan"), float("inf")),
)
"""Numbers that systems send, and some that none should."""

WORDS = (
    *ODD_WORDS,
    *("12.50", "007", "1_000", "٣", "1e5", ".5", "5.", "-0", "-1.50", "NaN", "Infinity", "9" * 70),
    *("USD", "CLF", "XXX", "eur", " DE ", "KGM", "c62", "1", "100", "open", "active", "confirmed", "draft"),
    *("2026-02-30", "2026-W01-1T00:00:00", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000+0000", "2026-03-01T24:00:00Z"),
    *(
        "2026-03-01 10:00:00Z",
        "0999-01-01T00:00:00Z",
        "2026-03-01T10:00:00.5Z",
        "0999-01-01",
        "Ä" * 300,
        "ß" * 40,
        "a\nb",
        "\x00",
    ),
)
"""Texts that mean something in the wrong field, and forms that nearly fit."""

PARTS = {
    "currency": ("EUR", "USD", "JPY", "KWD", "CLF", "XXX", "eur", ""),
    "unit": ("C62", "KGM", "kgm", "ST", "TOOLONG", ""),
    "per": ("1", "100", "0", "2.5"),
    "amount": ("12.50", "1.2E+5", "-0.00", "0.005", "7", "1.23456", ".5", "5.", "-3.10", "1" * 61),
    "value": ("12.50", "1.2E+5", "-0", "0.005", "7", ".5", "5.", "-3.1", "1" * 61),
}
"""What may stand in the parts of money, quantities and prices."""

SHAPES = (None, [], {}, [1], [None], [{}], {"a": 1}, {"amount": "1.00", "currency": "EUR"}, {"value": "2", "unit": "C62"}, b"x")


class Spoiler:
    """Spoils records by chance, which is decided by a seed."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self.random = Random(seed)  # no secret

    def spoiled(self, record: dict[str, Any]) -> dict[str, Any]:
        """Copy a record, and spoil up to three places of it; one in ten stays as it is."""
        result = copied(record)
        for _ in range(self.random.choice((0, 1, 1, 1, 1, 1, 2, 2, 2, 3))):
            self._spoil(result)
        return result

    def _spoil(self, record: dict[str, Any]) -> None:
        here: Any = record
        while here:
            key = self.random.choice(list(here)) if isinstance(here, dict) else self.random.randrange(len(here))
            inside = here[key]
            if isinstance(inside, dict | list) and inside and self.random.random() < 0.75:
                here = inside
                continue
            self._spoil_at(here, key)
            return

    def _spoil_at(self, here: Any, key: Any) -> None:
        inside, chance = here[key], self.random.random()
        part = next((part for part in PARTS if part in str(key).lower()), "") if isinstance(inside, str) else ""
        if part and chance < 0.7:
            here[key] = self.random.choice(PARTS[part])
            return
        if chance < 0.2:
            del here[key]
        elif chance < 0.55:
            here[key] = self.random.choice(WORDS)
        elif chance < 0.8:
            here[key] = self.random.choice(NUMBERS)
        elif chance < 0.93 or not inside:
            here[key] = copied(self.random.choice(SHAPES))
        elif isinstance(inside, list):
            inside.append(copied(self.random.choice(inside)))
            self.random.shuffle(inside)
        else:
            here[key] = [inside] if chance < 0.97 else {"inside": inside}


def copied(value: Any) -> Any:
    """Copy what a record is made of."""
    if isinstance(value, dict):
        return {name: copied(inside) for name, inside in value.items()}
    return [copied(inside) for inside in value] if isinstance(value, list) else value


def in_json(value: Any) -> Any:
    """Copy a record, with numbers that have a fraction or an exponent as JSON writes them."""
    if isinstance(value, dict):
        return {name: in_json(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [in_json(inside) for inside in value]
    if isinstance(value, Decimal) and value.is_finite() and not str(value).lstrip("-").isdigit():
        return JsonNumber(str(value).replace("E", "e"))
    return value


def exactly(one: Any, other: Any) -> bool:
    """Compare down to the types and the digits of numbers: True is not 1, and 1.0 is not 1.00."""
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(exactly(inside, other[name]) for name, inside in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(exactly, one, other))
    return str(one) == str(other) if isinstance(one, Decimal | float) else bool(one == other)


def clean_records(mapping: Mapping) -> list[dict[str, Any]]:
    """Give the mapping's examples and their variations, each as it is and with every field that it lacks there and empty."""
    records = generated(mapping)
    return [*records, *(_filled(mapping.block, copied(record)) for record in records)]


def _filled(block: Block, raw: dict[str, Any]) -> dict[str, Any]:
    for path in _paths(block):
        if _is_open(raw, path) and dig(raw, path, MISSING) is MISSING:
            bury(raw, path, None)
    for part in (*block.lists, *block.picks):
        if _is_open(raw, part.path):
            rows = rows_at(raw, part.path)
            for row in rows if isinstance(rows, list) else ():
                _filled(part.block, row)
    return raw


def _paths(block: Block) -> Iterator[tuple[str, ...]]:
    for leaf in block.leaves:
        yield from (source.path for source in leaf.sources if not source.root)
    yield from (part.path for part in (*block.lists, *block.picks))


def _is_open(raw: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Tell whether something can be put at a path."""
    return all(isinstance(dig(raw, path[:size], {}), dict) for size in range(1, len(path)))

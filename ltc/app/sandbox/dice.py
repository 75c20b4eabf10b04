"""Chance that depends on what is asked about, never on when: each answer is a hash of (seed, key)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_SPAN = 1 << 64


class Dice:
    """Answers the same question with the same number, whatever was asked before."""

    def __init__(self, seed: int) -> None:
        """Take the seed that all answers hang on."""
        self.seed = seed

    def _hash(self, key: tuple[object, ...]) -> int:
        text = "\x1f".join(str(part) for part in (self.seed, *key))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")

    def number(self, below: int, *key: object) -> int:
        """Give a whole number from 0 up to, but not including, ``below``."""
        return self._hash(key) % below

    def between(self, low: int, high: int, *key: object) -> int:
        """Give a whole number from ``low`` to ``high``, both included."""
        return low + self.number(high - low + 1, *key)

    def share(self, *key: object) -> float:
        """Give a number from 0 up to, but not including, 1."""
        return self._hash(key) / _SPAN

    def chance(self, probability: float, *key: object) -> bool:
        """Say yes with the given probability."""
        return self.share(*key) < probability

    def pick(self, options: Sequence[T], *key: object) -> T:
        """Choose one of the options."""
        return options[self.number(len(options), *key)]

    def digits(self, count: int, *key: object) -> str:
        """Give a string of decimal digits that does not begin with 0."""
        first = str(self.between(1, 9, *key, "first"))
        return first + "".join(str(self.number(10, *key, place)) for place in range(1, count))

    def shuffle(self, items: Sequence[T], *key: object) -> list[T]:
        """Give the items in an order of their own."""
        order = sorted(range(len(items)), key=lambda place: self._hash((*key, place)))
        return [items[place] for place in order]

"""Likeness: how sure one is that two names are one company's, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SURE: Final = 0.93
"""From here on two names are spellings of one."""

LIKELY: Final = 0.6
"""From here on a person should look."""

GOOD: Final = 0.75
"""From here on it counts what else the names say of the two."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two names are, 0.00 to 1.00, and what speaks for and against it."""

    score: float
    why: tuple[str, ...]

    def at_most(self, score: float, why: str) -> Likeness:
        """Be no more sure than this, and say why."""
        return Likeness(min(self.score, score), (*self.why, why))


def listed(words: Iterable[str]) -> str:
    """Say some words, in order.

    >>> listed({"pumps", "beer"}), listed(())
    ('beer pumps', 'nothing')
    """
    return " ".join(sorted(words)) or "nothing"

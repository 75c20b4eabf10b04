"""The Fellegi-Sunter model: how much each level of each comparison says, and what it says about a pair.

A comparison has levels, the closest first; a pair takes the first that holds. ``m`` is how often the pairs that are one thing
take the level, ``u`` how often two other records do. The weight of a level is log2(m / u) bits; where a value is common, the
share of records that have it takes the place of ``u``. The numbers and their sum are those of Splink, to the last digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import Any, Final, TypeAlias

Columns: TypeAlias = Mapping[str, Any]
"""The standardised values of a record: text, whole numbers, tuples of text, or None where nothing is known."""

NOTHING: Final = -1
"""The level of a pair of which one record lacks the value; it says nothing."""

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Level:
    """A level: what it is called, its condition in SQL, the column whose common values count less, and its frequencies."""

    name: str
    sql: str
    m: float
    u: float
    common: str = ""
    learned: bool = True
    """Whether m and u are learned; if not, they stay as they are assumed, because records without labels would mislead."""
    doubt: bool = False
    """Whether a pair at this level is put before a person, however sure the rest is."""
    settles: bool = False
    """Whether a pair at this level is beyond such doubts."""

    @property
    def bits(self) -> float:
        """Weigh the level when no value's frequency is known."""
        return log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison: the place of a pair's level, or NOTHING where ``missing`` holds in SQL; the last level is the rest."""

    name: str
    missing: str
    level: Callable[[Columns, Columns], int]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What one comparison says about a pair, in bits: above nought for the same thing, below it against."""

    comparison: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Model:
    """Comparisons, how likely it is that two records drawn at random are one thing, and how common values are."""

    comparisons: tuple[Comparison, ...]
    prior: float
    common: Mapping[str, Mapping[str, float]]
    rarest: float

    @property
    def prior_bits(self) -> float:
        """Weigh two records of which nothing is known."""
        return log2(self.prior / (1 - self.prior))

    def levels(self, left: Columns, right: Columns) -> tuple[int, ...]:
        """Find the level that a pair takes in each comparison."""
        return tuple(comparison.level(left, right) for comparison in self.comparisons)

    def parts(self, left: Columns, right: Columns) -> list[Part]:
        """Say what each comparison says about a pair."""
        found = []
        for comparison in self.comparisons:
            index = comparison.level(left, right)
            if index == NOTHING:
                found.append(Part(comparison.name, "not known", 0.0))
            else:
                level = comparison.levels[index]
                found.append(Part(comparison.name, level.name, level.bits + self._rarity(level, left, right)))
        return found

    def bits(self, left: Columns, right: Columns) -> float:
        """Add up what the comparisons say about a pair."""
        total = self.prior_bits
        for comparison in self.comparisons:
            index = comparison.level(left, right)
            if index != NOTHING:
                level = comparison.levels[index]
                total += level.bits
                if level.common:
                    total += self._rarity(level, left, right)
        return total

    def doubts(self, left: Columns, right: Columns) -> list[str]:
        """Say what tells two things apart, unless something settles it."""
        taken = self._taken(left, right)
        if any(level.settles for _, level in taken):
            return []
        return [f"{name}: {level.name}" for name, level in taken if level.doubt]

    def settled(self, left: Columns, right: Columns) -> bool:
        """Say whether a pair is beyond doubts of that kind."""
        return any(level.settles for _, level in self._taken(left, right))

    def _taken(self, left: Columns, right: Columns) -> list[tuple[str, Level]]:
        indices = zip(self.comparisons, self.levels(left, right), strict=True)
        return [(comparison.name, comparison.levels[index]) for comparison, index in indices if index != NOTHING]

    def score(self, left: Columns, right: Columns) -> float:
        """Say how likely it is, from 0 to 1, that two records are one thing."""
        return probability(self.bits(left, right))

    def _rarity(self, level: Level, left: Columns, right: Columns) -> float:
        """Correct a level's weight by how common the value is: twice as common, one bit less."""
        if not level.common:
            return 0.0
        shares = self.common.get(level.common, {})
        known = [share for columns in (left, right) if (share := shares.get(columns[level.common])) is not None]
        return log2(level.u) - log2(max(*known, self.rarest)) if known else 0.0

    def with_frequencies(self, frequencies: Mapping[str, Sequence[tuple[float, float]]], prior: float) -> Model:
        """Make the same model with other frequencies, m and u per level, and another prior."""
        comparisons = tuple(
            replace(
                comparison,
                levels=tuple(
                    replace(level, m=m, u=u)
                    for level, (m, u) in zip(comparison.levels, frequencies[comparison.name], strict=True)
                ),
            )
            for comparison in self.comparisons
        )
        return replace(self, comparisons=comparisons, prior=prior)

    def to_json(self) -> str:
        """Write down what was learned."""
        learned = {
            "format": _FORMAT,
            "prior": self.prior,
            "rarest": self.rarest,
            "comparisons": {
                comparison.name: {level.name: [level.m, level.u] for level in comparison.levels}
                for comparison in self.comparisons
            },
            "common": self.common,
        }
        return json.dumps(learned, ensure_ascii=False, indent=1, sort_keys=True)

    def from_json(self, text: str) -> Model:
        """Take over what a model with the same comparisons had learned."""
        learned = json.loads(text)
        frequencies = {
            comparison.name: [tuple(learned["comparisons"][comparison.name][level.name]) for level in comparison.levels]
            for comparison in self.comparisons
        }
        model = self.with_frequencies(frequencies, learned["prior"])
        return replace(model, common=learned["common"], rarest=learned["rarest"])


def probability(bits: float) -> float:
    """Turn bits into a probability.

    >>> probability(0.0), probability(2000.0), probability(-2000.0)
    (0.5, 1.0, 0.0)
    """
    if bits < -1000:
        return 0.0
    return 1 / (1 + 2.0**-bits) if bits < 1000 else 1.0

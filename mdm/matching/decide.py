"""Decide what happens with a scored pair: merged, put before a person, or left apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mdm.identity import Outcome
from mdm.matching.records import ScoredPair


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which pairs of an entity are reviewed, are rather the same than not, and are merged without being asked."""

    review: float
    likely: float
    same: float


THRESHOLDS: Final[Mapping[str, Thresholds]] = {
    "customer": Thresholds(review=0.1, likely=0.5, same=0.99),
    "contact": Thresholds(review=0.1, likely=0.5, same=0.99),
    "product": Thresholds(review=0.1, likely=0.5, same=0.99),
}
"""One setting for every set of an entity; what was measured with it stands in docs/reference/matching.md."""


def decide(pair: ScoredPair, thresholds: Thresholds) -> Outcome:
    """Decide about a pair; one in which something contradicts is never merged without being asked.

    >>> limits = Thresholds(review=0.1, likely=0.5, same=0.99)
    >>> [decide(ScoredPair(0, 1, score), limits) for score in (0.995, 0.6, 0.05)]
    ['same', 'review', 'different']
    >>> decide(ScoredPair(0, 1, 0.995, vetoed=True), limits)
    'review'
    """
    if pair.score < thresholds.review:
        return "different"
    return "same" if pair.score >= thresholds.same and not (pair.vetoed or pair.doubted) else "review"


def for_merging(pairs: Iterable[ScoredPair]) -> list[ScoredPair]:
    """Make of every doubt a veto, so that no group that is merged without being asked has a doubted pair in it."""
    return [replace(pair, vetoed=True) if pair.doubted else pair for pair in pairs]

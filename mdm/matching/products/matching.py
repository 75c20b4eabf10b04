"""Match products: text views bring up pairs, boosted trees score them, and how they stand among their neighbours decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mdm.matching.products.calibration import balanced, confidence
from mdm.matching.products.candidates import candidates, space
from mdm.matching.products.features import Table, features, matrix
from mdm.matching.products.learning import DOUBT, Model, log_odds, reranked, self_taught
from mdm.matching.products.neighbours import Standing, chosen, group_keys, standing
from mdm.matching.products.text import Product, product
from mdm.matching.products.vectors import Floats, Places
from mdm.matching.products.witnesses import doubts
from mdm.matching.records import MatchRecord, Pair, ScoredPair, Task, pair

_SEED: Final = 1
_AUTOMATIC: Final = 0.995
"""What a pair scores at least that all witnesses confirm and nothing speaks against."""

_BEATEN: Final = 0.45
"""The most that a pair scores of which a better one is there."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for (above 0) or against a pair, in log odds, with the value that was seen."""

    feature: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Every pair that was looked at, with its score and what that came from.

    ``above`` and ``likely`` are how far it stands above its neighbours and what the texts alone say, both without labels.
    """

    products: tuple[Product, ...]
    left: Places
    right: Places
    scores: Floats
    sure: NDArray[np.bool_]
    table: Table
    model: Model
    above: Floats
    likely: Floats

    def columns(self) -> tuple[Places, Places, Floats, NDArray[np.bool_]]:
        """Give the pairs' left and right records, their scores, and whether they may be merged without being asked."""
        return self.left, self.right, self.scores, self.sure

    def why(self, place: int) -> list[Reason]:
        """Say what a pair's score came from, the weightiest first; rarely asked, so it is computed then."""
        weights = self.model.reasons(matrix(self.table), place)
        reasons = [
            Reason(name, float(values[place]), float(weight))
            for (name, values), weight in zip(self.table.items(), weights[:-1], strict=True)
            if abs(weight) >= 0.01
        ]
        return sorted(reasons, key=lambda reason: -abs(reason.weight))

    def doubts(self, place: int) -> list[str]:
        """Say why a person should look at a pair, in sentences; nothing if it may be merged without being asked."""
        left, right = self.products[self.left[place]], self.products[self.right[place]]
        return doubts(left, right, float(self.above[place]), float(self.likely[place]))


def match(
    records: Sequence[MatchRecord],
    entity: str,  # noqa: ARG001  # one matcher knows products alone
    task: Task,
    free: frozenset[str],
    labels: Mapping[Pair, bool],
) -> list[ScoredPair]:
    """Score every candidate; a pair that a steward decided scores 1 or 0, and one that not all witnesses confirm is doubted."""
    scored = score(records, task, free, labels)
    found: dict[Pair, ScoredPair] = {}
    for left, right, value, sure in zip(*(each.tolist() for each in scored.columns()), strict=True):
        ends = pair(left, right)
        found[ends] = ScoredPair(*ends, value, doubted=not sure)
    found |= {ends: ScoredPair(*ends, float(same)) for ends, same in labels.items()}
    return [found[ends] for ends in sorted(found)]


def score(records: Sequence[MatchRecord], task: Task, free: frozenset[str], labels: Mapping[Pair, bool]) -> Scored:
    """Find candidates and score them: without labels by what stands out, with labels by what was decided too."""
    products = tuple(product(record.fields) for record in records)
    sources = [record.source for record in records]
    within = space(products)
    left, right = candidates(within, sources, task, free)
    if not len(left):
        return _nothing(products)
    kinds = np.unique(sources, return_inverse=True)[1].astype(np.int64)
    near, far = group_keys(left, right, kinds)
    single = np.array([source in free for source in sources], bool)
    single = single[left] & single[right]
    table = features(within, left, right)
    model = self_taught(table, near, far, _SEED)
    likely = model.predict(matrix(table))
    odds = log_odds(likely)
    found = standing(odds, near, far)
    above = found.above
    best = chosen(odds, near, far, single)
    scores = _ranked(balanced(confidence(odds, near, far, kinds), best), found, best)
    sure = found.mutual & best
    for place in np.flatnonzero(sure).tolist():
        sure[place] = not doubts(products[left[place]], products[right[place]], float(above[place]), float(likely[place]))
    if labels:
        ends = zip(left.tolist(), right.tolist(), strict=True)
        decided = [labels.get(pair(one, other)) for one, other in ends]
        yes, no = (np.array([same is value for same in decided], bool) for value in (True, False))
        known = np.where(sure, 1.0, np.where(scores < DOUBT, 0.0, np.nan))
        table, model = reranked(table, odds, known, yes, no, near, far, _SEED)
        learned = model.predict(matrix(table))
        learned[yes], learned[no] = 1.0, 0.0
        odds = log_odds(learned)
        found = standing(odds, near, far)
        best = chosen(odds, near, far, single)
        scores = _ranked(balanced(learned, best), found, best)
        sure &= best & ~no
    scores[sure] = np.maximum(scores[sure], _AUTOMATIC)
    return Scored(products, left, right, scores, sure, table, model, above, likely)


def _nothing(products: tuple[Product, ...]) -> Scored:
    """Say that no two products have anything in common."""
    none, nowhere = np.empty(0), np.empty(0, np.int64)
    model = Model((), nowhere)
    return Scored(products, nowhere, nowhere, none, np.empty(0, bool), {}, model, none, none)


def _ranked(sure: Floats, found: Standing, best: NDArray[np.bool_]) -> Floats:
    """Let a pair that is beaten score less, the less the further it stands below what beats it."""
    return np.where(best, sure, sure * 2 * _BEATEN / (1 + np.exp(-np.minimum(found.above, 0.0))))

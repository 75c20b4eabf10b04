"""Learn what the same product looks like: from pairs that stand out, or from what stewards decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from mdm.matching.products.candidates import VIEWS
from mdm.matching.products.features import Table, matrix
from mdm.matching.products.neighbours import neighbourhood, standing
from mdm.matching.products.vectors import Floats, Places

DOUBT: Final = 0.1
"""Below this score, pairs are known to differ for all that learning needs."""

_SETTINGS: Final = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_TREES: Final = 120
_FOLDS: Final = 3
_ROUNDS: Final = 2
_TAUGHT: Final = {"num_leaves": 7, "min_data_in_leaf": 10, "learning_rate": 0.05, "lambda_l2": 5.0}
_BAGS: Final = 3
_LEAST: Final = 1e-6
"""Probabilities are kept so far from 0 and 1, so that their log odds stay finite."""


@dataclass(frozen=True, slots=True)
class Model:
    """Boosted trees that score pairs; each pair is scored by ``trees[fold[pair]]``, which has not seen it."""

    trees: tuple[Any, ...]
    fold: Places

    def predict(self, values: Floats) -> Floats:
        """Score every pair: a probability."""
        scores = np.empty(len(values))
        for number, trees in enumerate(self.trees):
            mine = self.fold == number
            if mine.any():
                scores[mine] = trees.predict(values[mine], num_threads=1)
        return scores

    def reasons(self, values: Floats, pair: int) -> Floats:
        """Split a pair's log odds among the features; the last value is what is said of any pair."""
        trees = self.trees[int(self.fold[pair])]
        return np.asarray(trees.predict(values[pair : pair + 1], pred_contrib=True, num_threads=1), np.float64).ravel()


class _Bag:
    """Several models that vote by their log odds."""

    def __init__(self, trees: tuple[Any, ...]) -> None:
        self._trees = trees

    def predict(self, values: Floats, *, pred_contrib: bool = False, num_threads: int = 1) -> Floats:
        """Ask every model, and take the mean of what they say: a probability, or the reasons for it."""
        if pred_contrib:
            said = [trees.predict(values, pred_contrib=True, num_threads=num_threads) for trees in self._trees]
            return np.asarray(np.mean(said, axis=0), np.float64)
        odds = np.mean([trees.predict(values, raw_score=True, num_threads=num_threads) for trees in self._trees], axis=0)
        return np.asarray(1 / (1 + np.exp(-odds)), np.float64)


def fitted(values: Floats, wanted: Floats, weights: Floats, seed: int, settings: dict[str, Any] | None = None) -> Any:
    """Grow trees on pairs and what is wanted of each: 1 if they are the same, else 0."""
    data = lightgbm.Dataset(values, wanted, weight=weights, free_raw_data=True)
    return lightgbm.train({**_SETTINGS, **(settings or {}), "seed": seed}, data, _TREES)


def cross_fitted(values: Floats, wanted: Floats, groups: Places, seed: int) -> Model:
    """Fit so that no pair is scored by trees that were grown on pairs of its group."""
    drawn = np.random.default_rng(seed).integers(0, _FOLDS, int(groups.max(initial=0)) + 1)
    fold = drawn[groups].astype(np.int64)
    trees = []
    for number in range(_FOLDS):
        seen = fold != number if (fold != number).any() else fold == number
        trees.append(fitted(values[seen], wanted[seen], np.ones(int(seen.sum())), seed + number))
    return Model(tuple(trees), fold)


def log_odds(probabilities: Floats) -> Floats:
    """Turn probabilities into log odds above those of one in a million, so that none is below 0."""
    bounded = np.clip(probabilities, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(bounded / (1 - bounded)) - np.log(_LEAST / (1 - _LEAST)), np.float64)


def stand_out(scores: Floats, near: Places, far: Places) -> Floats:
    """Take for the same what is the best pair of both of its records, and strictly so; for different all others."""
    found = standing(scores, near, far)
    return (found.mutual & (found.above > 0)).astype(np.float64)


def self_taught(table: Table, near: Places, far: Places, seed: int) -> Model:
    """Learn without labels: pairs that stand out in all views teach the first round, its own best pairs the second.

    Neighbourhood features are kept from this model: it learns what the same product looks like, not how it was chosen.
    """
    values = matrix(table)
    scores = np.sum([table[f"alike: {view}"] for view in VIEWS], axis=0)
    model = Model((), np.empty(0, np.int64))
    for number in range(_ROUNDS):
        model = cross_fitted(values, stand_out(scores, near, far), near, seed + 100 * number)
        scores = model.predict(values)
    return model


def with_neighbours(table: Table, name: str, odds: Floats, near: Places, far: Places) -> Table:
    """Add scores, and how pairs stand by them and in each view, as features."""
    wide = table | {f"{name}: log odds": odds} | neighbourhood(name, odds, near, far)
    for view in VIEWS:
        wide |= neighbourhood(f"alike: {view}", table[f"alike: {view}"], near, far)
    return wide


def reranked(
    table: Table,
    odds: Floats,
    known: Floats,
    yes: NDArray[np.bool_],
    no: NDArray[np.bool_],
    near: Places,
    far: Places,
    seed: int,
) -> tuple[Table, Model]:
    """Learn from the pairs of which a steward said yes or no, and from those that are ``known`` (1 or 0) without.

    The doubtful ones (NaN) that nobody decided teach nothing; a decision stands for as many of them as there are per decision.
    """
    wide = with_neighbours(table, "without labels", odds, near, far)
    labelled = yes | no
    doubtful = np.isnan(known)
    wanted = np.where(labelled, yes, known == 1).astype(np.float64)
    weights = np.where(labelled, max(1.0, doubtful.sum() / max(1, labelled.sum())), 1.0)
    taught = ~doubtful | labelled
    values = matrix(wide)
    trees = [fitted(values[taught], wanted[taught], weights[taught], seed + number, _TAUGHT) for number in range(_BAGS)]
    return wide, Model((_Bag(tuple(trees)),), np.zeros(len(values), np.int64))

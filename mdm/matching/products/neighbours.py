"""How a pair stands among the other pairs of its two records: what no pair shows by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mdm.matching.products.features import Table
from mdm.matching.products.vectors import Floats, Places


@dataclass(frozen=True, slots=True)
class Standing:
    """How far each pair stands above the best other pair of its left and right record (below: negative), and its ranks from 0."""

    above_left: Floats
    above_right: Floats
    rank_left: Places
    rank_right: Places

    @property
    def above(self) -> Floats:
        """How far a pair stands above the best other pair of either record."""
        return np.minimum(self.above_left, self.above_right)

    @property
    def mutual(self) -> NDArray[np.bool_]:
        """Whether a pair is the best of both of its records."""
        return np.asarray((self.rank_left == 0) & (self.rank_right == 0), np.bool_)


def group_keys(left: Places, right: Places, kinds: Places) -> tuple[Places, Places]:
    """Name the group in which each pair competes for its left and for its right record: a record and the source of the other.

    ``kinds`` is the number of each record's source: a record may have a partner in each of several sources.

    >>> [keys.tolist() for keys in group_keys(np.array([0, 0]), np.array([1, 2]), np.array([0, 1, 2]))]
    [[1, 2], [3, 6]]
    """
    count = int(kinds.max(initial=0)) + 1
    return left * count + kinds[right], right * count + kinds[left]


def standing(scores: Floats, near: Places, far: Places) -> Standing:
    """Compare every pair's score with those of the other pairs of its groups (``group_keys``) on the left and on the right.

    A record that stands on both sides (where one source is searched for duplicates) is compared with all of its pairs.
    """
    count = len(scores)
    ends = np.concatenate([near, far])
    above, rank = _among(np.concatenate([scores, scores]), ends)
    return Standing(above[:count], above[count:], rank[:count], rank[count:])


def _among(scores: Floats, groups: Places) -> tuple[Floats, Places]:
    """Compare each score with the best other one of its group; alone, it is compared with 0."""
    count = len(scores)
    order = np.lexsort((-scores, groups))
    sorted_groups, sorted_scores = groups[order], scores[order]
    first = np.r_[True, sorted_groups[1:] != sorted_groups[:-1]][:count]
    start = np.maximum.accumulate(np.where(first, np.arange(count), 0))
    second = np.where(np.r_[~first[1:], False][:count], np.r_[sorted_scores[1:], 0.0][:count], 0.0)
    other = np.where(first, second, sorted_scores[start])
    above = np.empty(count)
    rank = np.empty(count, np.int64)
    above[order] = sorted_scores - other
    rank[order] = np.arange(count) - start
    return above, rank


def neighbourhood(name: str, scores: Floats, near: Places, far: Places) -> Table:
    """Turn how pairs stand among their neighbours into features."""
    found = standing(scores, near, far)
    return {
        f"{name}: above other pairs of left": found.above_left,
        f"{name}: above other pairs of right": found.above_right,
        f"{name}: above all other pairs": found.above,
        f"{name}: rank for left": found.rank_left.astype(np.float64),
        f"{name}: rank for right": found.rank_right.astype(np.float64),
        f"{name}: worse rank": np.maximum(found.rank_left, found.rank_right).astype(np.float64),
    }


def chosen(scores: Floats, near: Places, far: Places, single: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose the best pairs: mutual best ones, and, where both records' sources are free of duplicates, the best of what is left.

    ``single`` says of each pair whether both sources are free of duplicates.
    """
    keep = standing(scores, near, far).mutual
    taken = {*near[keep].tolist(), *far[keep].tolist()}
    order = np.argsort(-scores, kind="stable")
    for pair in order[single[order]].tolist():
        here, there = int(near[pair]), int(far[pair])
        if here not in taken and there not in taken:
            keep[pair] = True
            taken |= {here, there}
    return keep

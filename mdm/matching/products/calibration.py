"""How sure the best pairs are, without labels: by what a record's best pair would be, if its true partner were missing.

Such a stand-in (a decoy) is certainly wrong, and looks as the wrong best pairs do of records that have no partner. How many
records have none follows from how many have no mutual best pair, so that the share of wrong ones at every score can be told.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mdm.matching.products.neighbours import standing
from mdm.matching.products.vectors import Floats, Places


def increasing(values: Floats) -> Floats:
    """Fit the closest values that never fall (pool adjacent violators).

    >>> increasing(np.array([1.0, 3.0, 2.0, 4.0])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, size = float(value), 1
        while pools and pools[-1][0] >= mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    return np.concatenate([np.empty(0), *(np.full(size, mean) for mean, size in pools)])


def balanced(probabilities: Floats, best: NDArray[np.bool_]) -> Floats:
    """Shift the odds of all pairs so that taking the best ones from one half on promises the best F1.

    What is expected to be right among the pairs taken follows from their own probabilities; the cut is at one half or below.

    >>> balanced(np.array([0.9, 0.4, 0.1]), np.array([True, True, True])).round(2).tolist()
    [0.93, 0.5, 0.14]
    """
    chances = np.sort(probabilities[best])[::-1]
    if not len(chances) or chances.sum() <= 0:
        return probabilities
    promised = 2 * np.cumsum(chances) / (np.arange(1, len(chances) + 1) + chances.sum())
    cut = float(np.clip(chances[np.argmax(promised)], 0.1, 0.5))
    return probabilities * (1 - cut) / (probabilities * (1 - cut) + (1 - probabilities) * cut)


def without_partner(records: int, best: int, decoys: int) -> float:
    """Estimate the share of a source's records that have no partner, from how many have a mutual best pair or a decoy.

    >>> without_partner(1000, 600, 0), without_partner(1000, 700, 350)
    (0.4, 0.6)
    """
    if not best or best >= records:
        return 0.0
    return min(1.0, (records - best) / (records * (1 - min(decoys / best, 0.95))))


def confidence(scores: Floats, near: Places, far: Places, kinds: Places) -> Floats:
    """Estimate of every pair the probability that it is right, if it is the best of both of its records.

    ``near`` and ``far`` are its groups (``group_keys``), ``kinds`` the number of each record's source.
    """
    found = standing(scores, near, far)
    owners = np.concatenate([near, far])
    own = np.concatenate([found.rank_left, found.rank_right])
    opposite = np.concatenate([found.rank_right, found.rank_left])
    both = np.concatenate([scores, scores])
    best = (own == 0) & (opposite == 0)
    decoys = (own == 1) & (opposite == 0) & np.isin(owners, owners[best])
    count = int(kinds.max(initial=0)) + 1
    sizes = np.bincount(kinds, minlength=count)
    ways = kinds[owners // count] * count + owners % count
    wrong = np.zeros(len(owners))
    for way in np.unique(ways).tolist():
        mine = ways == way
        records = int(sizes[way // count])
        wrong[mine] = _wrong(both[mine], both[mine & best], both[mine & decoys], records)
    return 1 - np.maximum(wrong[: len(scores)], wrong[len(scores) :])


def _wrong(scores: Floats, best: Floats, decoys: Floats, records: int) -> Floats:
    """Estimate the probability that a best pair of such a score is wrong, seen from so many records of one source."""
    missing = without_partner(records, len(best), len(decoys))
    if not len(best) or not len(decoys) or not missing:
        return np.zeros(len(scores))
    pooled = np.concatenate([best, decoys])
    order = np.argsort(pooled, kind="stable")
    share = increasing((order < len(best)).astype(np.float64))
    with np.errstate(divide="ignore"):
        rate = np.clip(missing * records / len(best) * (1 - share) / share, 0, 1)
    return np.interp(scores, pooled[order], rate)

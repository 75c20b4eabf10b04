"""Rivals: where a source is free of duplicates, a record has one counterpart there at most: candidates weaken each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mdm.matching.model import probability
from mdm.matching.records import Pair

_MOST = 900.0


def against_rivals(pairs: Sequence[Pair], bits: Sequence[float], sources: Sequence[str], free: Collection[str]) -> list[float]:
    """Turn the bits of pairs into probabilities; among those of which only one can be true, by how they stand to each other.

    >>> pairs = [(0, 1), (0, 2)]
    >>> against_rivals(pairs, [10.0, 10.0], ["a", "b", "b"], {"b"})[0] < 0.5 < against_rivals(pairs, [10.0, 0.0], "abb", {"b"})[0]
    True
    >>> [round(score, 3) for score in against_rivals(pairs, [10.0, 10.0], ["a", "b", "b"], ())]
    [0.999, 0.999]
    """
    odds = [2.0 ** min(max(value, -_MOST), _MOST) for value in bits]
    sums: dict[tuple[int, str], float] = {}
    for (one, other), share in zip(pairs, odds, strict=True):
        for end, across in ((one, other), (other, one)):
            if (source := sources[across]) in free:
                sums[end, source] = sums.get((end, source), 0.0) + share
    scores = []
    for (one, other), value, share in zip(pairs, bits, odds, strict=True):
        rivals = sum(max(sums.get((end, sources[across]), share) - share, 0.0) for end, across in ((one, other), (other, one)))
        scores.append(share / (1 + share + rivals) if rivals > 0 else probability(value))
    return scores

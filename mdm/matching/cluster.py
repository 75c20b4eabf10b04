"""Correlation clustering: groups of records that are one thing, weighing every pair in a group and not only a chain of pairs.

Greedy additive contraction: the two groups with the most evidence for each other are joined first, and only while the evidence
for a join outweighs that against it. One wrong pair therefore does not chain two customers together.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final

from mdm.matching.records import Pair, ScoredPair

_MOST: Final = 8.0
"""No pair weighs more than this (in log odds), so that several others can outvote it."""

_UNSEEN: Final = -2.0
"""What a pair weighs that no key brought up as a candidate."""

_EDGE: Final = 1e-12


@dataclass(slots=True)
class _Group:
    """Records that are one thing so far, and the evidence towards other groups: its sum, and from how many pairs."""

    members: list[int]
    taken: set[str]
    towards: dict[int, tuple[float, int]] = field(default_factory=dict)
    never: set[int] = field(default_factory=set)


def cluster(
    sources: Sequence[str],
    pairs: Iterable[ScoredPair],
    threshold: float,
    *,
    free: Collection[str] = frozenset(),
    must: Collection[Pair] = (),
    cannot: Collection[Pair] = (),
) -> list[tuple[int, ...]]:
    """Group records, given the source of each; a pair speaks for a join from ``threshold`` on, and against it below.

    ``must`` and ``cannot`` are pairs that a person decided; two records of a source in ``free`` never meet, unless they must.
    Groups of one are left out; the order depends on nothing but the input.

    >>> chain = [ScoredPair(0, 1, 0.99), ScoredPair(1, 2, 0.8), ScoredPair(0, 2, 0.001)]
    >>> cluster(["a", "b", "c"], chain, 0.5), cluster(["a", "b", "a"], [ScoredPair(1, 2, 0.95)], 0.5, must=[(0, 2)])
    ([(0, 1)], [(0, 1, 2)])
    """
    return _Clustering(sources, list(pairs), threshold, free, must, cannot).run()


def weight(score: float, threshold: float) -> float:
    """Weigh a pair by its log odds against those of the threshold.

    >>> weight(0.5, 0.5), weight(1.0, 0.5), weight(0.0, 0.5)
    (0.0, 8.0, -8.0)
    """
    return max(-_MOST, min(_MOST, _log_odds(score) - _log_odds(threshold)))


def _log_odds(score: float) -> float:
    bounded = min(max(score, _EDGE), 1 - _EDGE)
    return log(bounded / (1 - bounded))


class _Clustering:
    def __init__(
        self,
        sources: Sequence[str],
        pairs: Sequence[ScoredPair],
        threshold: float,
        free: Collection[str],
        must: Collection[Pair],
        cannot: Collection[Pair],
    ) -> None:
        self._groups: dict[int, _Group] = {}
        self._at: dict[int, int] = {}
        self._heap: list[tuple[float, int, int]] = []
        alive = {end for pair in pairs if pair.score >= threshold for end in (pair.left, pair.right)}
        alive.update(end for pair in must for end in pair)
        for place in sorted(alive):
            source = sources[place]
            self._groups[place] = _Group([place], {source} if source in free else set())
            self._at[place] = place
        decided = {*must, *cannot}
        for one, other in cannot:
            self._forbid(one, other)
        for scored in pairs:
            if scored.left not in alive or scored.right not in alive or (scored.left, scored.right) in decided:
                continue
            if scored.vetoed:
                self._forbid(scored.left, scored.right)
            else:
                self._add(scored.left, scored.right, weight(scored.score, threshold), 1)
        for one, other in sorted(must):
            if self._at[one] != self._at[other]:
                self._join(self._at[one], self._at[other])

    def _forbid(self, one: int, other: int) -> None:
        if one in self._groups and other in self._groups:
            self._groups[one].never.add(other)
            self._groups[other].never.add(one)

    def _add(self, one: int, other: int, evidence: float, count: int) -> None:
        total, known = self._groups[one].towards.get(other, (0.0, 0))
        self._groups[one].towards[other] = self._groups[other].towards[one] = (total + evidence, known + count)

    def run(self) -> list[tuple[int, ...]]:
        for one, group in self._groups.items():
            for other in group.towards:
                if one < other:
                    self._offer(one, other)
        while self._heap:
            worth, one, other = heapq.heappop(self._heap)
            if one in self._groups and other in self._groups and -worth == self._worth(one, other):
                for neighbour in self._join(one, other):
                    self._offer(self._at[one], neighbour)
        return sorted(tuple(sorted(group.members)) for group in self._groups.values() if len(group.members) > 1)

    def _worth(self, one: int, other: int) -> float:
        """Add up the evidence for joining two groups; nothing if they may not be joined."""
        here, there = self._groups[one], self._groups[other]
        if other in here.never or not here.taken.isdisjoint(there.taken):
            return 0.0
        total, known = here.towards.get(other, (0.0, 0))
        return total + _UNSEEN * (len(here.members) * len(there.members) - known)

    def _offer(self, one: int, other: int) -> None:
        worth = self._worth(one, other)
        if worth > 0:
            heapq.heappush(self._heap, (-worth, min(one, other), max(one, other)))

    def _join(self, one: int, other: int) -> list[int]:
        """Join two groups under the lower number; name the groups that the joined one has evidence towards."""
        stays, goes = min(one, other), max(one, other)
        kept, gone = self._groups[stays], self._groups.pop(goes)
        kept.members += gone.members
        kept.taken |= gone.taken
        for place in gone.members:
            self._at[place] = stays
        kept.towards.pop(goes, None)
        gone.towards.pop(stays, None)
        for neighbour, (total, known) in gone.towards.items():
            del self._groups[neighbour].towards[goes]
            self._add(stays, neighbour, total, known)
        for neighbour in gone.never:
            self._groups[neighbour].never.discard(goes)
            if neighbour != stays:
                self._groups[neighbour].never.add(stays)
                kept.never.add(neighbour)
        kept.never.discard(goes)
        return sorted(kept.towards)

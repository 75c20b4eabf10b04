"""Candidates: the pairs of records that share a key which is not a crowd's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from mdm.matching.records import Pair, Task

CROWD = 50
"""A key that more records have brings up no pairs: it says too little, and its pairs would be too many."""


def candidates(
    keys: Iterable[Sequence[str]], sources: Sequence[str], task: Task, free: frozenset[str], crowd: int = CROWD
) -> list[Pair]:
    """List the pairs that share a key, in order; where sources are linked, or one is free of duplicates, not those within it.

    >>> candidates([["a"], ["a", "b"], ["b"]], ["x", "y", "y"], "dedupe", frozenset())
    [(0, 1), (1, 2)]
    >>> candidates([["a"], ["a", "b"], ["b"]], ["x", "y", "y"], "link", frozenset())
    [(0, 1)]
    """
    members: dict[str, list[int]] = {}
    for place, own in enumerate(keys):
        for key in dict.fromkeys(own):
            members.setdefault(key, []).append(place)
    found: set[Pair] = set()
    for places in members.values():
        if 1 < len(places) <= crowd:
            found.update(combinations(places, 2))
    return sorted(
        (left, right)
        for left, right in found
        if sources[left] != sources[right] or (task == "dedupe" and sources[left] not in free)
    )

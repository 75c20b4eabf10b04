"""Learn a model's frequencies from records without labels, by expectation and maximisation.

Every pair that no key brings up is taken to be two things. What is assumed beforehand weighs as much as a hundred pairs, so
that a field that is rare in the records, or a set that is small, does not lead to wild weights. How common a value is, is counted
in groups and not in records: five copies of one customer do not make its telephone number common.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log2
from typing import Final

from mdm.matching.model import NOTHING, Columns, Model, probability
from mdm.matching.records import Pair, Task, pair

_ROUNDS: Final = 25
_STEPS: Final = 4
_SETTLED: Final = 1e-4
_DRAWN: Final = 40_000
_MOST_PAIRS: Final = 200_000
_ASSUMED_M: Final = 100.0
_ASSUMED_U: Final = 200.0
_ASSUMED_GROUPS: Final = 2_000.0
_ONE_MORE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Population:
    """The records to learn from: their columns, their sources, and which of their pairs are looked at."""

    columns: Sequence[Columns]
    sources: Sequence[str]
    task: Task

    def pairs(self) -> int:
        """Count the pairs that could be one thing."""
        count = len(self.columns)
        every = count * (count - 1) // 2
        if self.task == "dedupe":
            return max(every, 1)
        return max(every - sum(size * (size - 1) // 2 for size in Counter(self.sources).values()), 1)

    def others(self, but: Collection[Pair], seed: int) -> list[Pair]:
        """List all pairs but those named or, where these are too many, so many drawn at random."""
        size = len(self.columns)
        if size * (size - 1) // 2 <= _DRAWN:
            every: Iterable[Pair] = combinations(range(size), 2)
        else:
            dice = random.Random(seed)  # noqa: S311  # a sample, not a secret
            drawn = ((dice.randrange(size), dice.randrange(size)) for _ in range(_DRAWN))
            every = (pair(one, other) for one, other in drawn if one != other)
        linked = self.task == "link"
        return [
            (one, other)
            for one, other in every
            if (one, other) not in but and not (linked and self.sources[one] == self.sources[other])
        ]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a model learns from: pairs with the levels that they take, and how often pairs that share no key take each level.

    ``total`` is the number of all pairs; each of ``pairs`` stands for ``scale`` candidates.
    """

    pairs: Sequence[tuple[Columns, tuple[int, ...]]]
    apart: Sequence[Mapping[int, float]]
    total: int
    scale: float


def gather(model: Model, population: Population, pairs: Sequence[Pair], seed: int = 1) -> Evidence:
    """Compare the candidates, or a part of them where there are very many, and pairs that are none."""
    rows = population.columns
    others = [model.levels(rows[one], rows[other]) for one, other in population.others(set(pairs), seed)]
    apart = [_shares(Counter(levels[place] for levels in others)) for place in range(len(model.comparisons))]
    chosen = sorted(random.Random(seed).sample(pairs, _MOST_PAIRS)) if len(pairs) > _MOST_PAIRS else pairs  # noqa: S311
    compared = [(rows[one], model.levels(rows[one], rows[other])) for one, other in chosen]
    return Evidence(compared, apart, population.pairs(), len(pairs) / len(chosen) if chosen else 1.0)


def learn(model: Model, evidence: Evidence) -> Model:
    """Learn how often levels are taken by pairs that are one thing and by others; ``model`` says what is assumed beforehand."""
    vectors: Counter[tuple[tuple[int, ...], float]] = Counter()
    for left, levels in evidence.pairs:
        vectors[levels, round(_rarity(model, levels, left) * _STEPS) / _STEPS] += 1
    current = model
    for _ in range(_ROUNDS):
        following = _round(model, current, vectors, evidence)
        moved = max(
            abs(new.m - old.m)
            for after, before in zip(following.comparisons, current.comparisons, strict=True)
            for new, old in zip(after.levels, before.levels, strict=True)
        )
        current = following
        if moved < _SETTLED:
            break
    return current


def _shares(counts: Mapping[int, int]) -> dict[int, float]:
    known = sum(count for level, count in counts.items() if level != NOTHING)
    return {level: count / known for level, count in counts.items() if level != NOTHING}


def _rarity(model: Model, levels: Sequence[int], left: Columns) -> float:
    """Add up the bits that depend on the values themselves: where a value's share is known it takes the place of u."""
    total = 0.0
    for comparison, index in zip(model.comparisons, levels, strict=True):
        if index != NOTHING and (column := comparison.levels[index].common):
            share = model.common.get(column, {}).get(left[column])
            if share is not None:
                total -= log2(max(share, model.rarest))
    return total


def _round(
    assumed: Model,
    current: Model,
    vectors: Mapping[tuple[tuple[int, ...], float], int],
    evidence: Evidence,
) -> Model:
    """Share every pair out between the two cases by what is believed now, and believe anew."""
    same: list[Counter[int]] = [Counter() for _ in current.comparisons]
    other: list[Counter[int]] = [Counter() for _ in current.comparisons]
    weights = [
        [log2(level.m) if _replaced(current, level.common) else level.bits for level in comparison.levels]
        for comparison in current.comparisons
    ]
    matches = 0.0
    for (levels, rarity), count in vectors.items():
        bits = current.prior_bits + rarity
        for place, index in enumerate(levels):
            if index != NOTHING:
                bits += weights[place][index]
        share = probability(bits) * count * evidence.scale
        matches += share
        for place, index in enumerate(levels):
            if index != NOTHING:
                same[place][index] += share  # type: ignore[assignment]  # a Counter adds up fractions as well
                other[place][index] += count * evidence.scale - share  # type: ignore[assignment]
    frequencies = {}
    for place, comparison in enumerate(assumed.comparisons):
        here, there = sum(same[place].values()), sum(other[place].values())
        # The share of pairs with both values among candidates stands for that among all.
        beyond = max((evidence.total - matches) * _known(levels=vectors, place=place) - there, 0.0)
        rows = []
        for index, level in enumerate(comparison.levels):
            m = (same[place][index] + _ASSUMED_M * level.m) / (here + _ASSUMED_M)
            seen = other[place][index] + beyond * evidence.apart[place].get(index, 0.0)
            u = (seen + _ASSUMED_U * level.u) / (there + beyond + _ASSUMED_U)
            rows.append((m, u) if level.learned else (level.m, level.u))
        frequencies[comparison.name] = monotone(rows, [level.learned for level in comparison.levels])
    prior = min(max(matches, 1.0) / evidence.total, 0.5)
    return current.with_frequencies(frequencies, prior)


def monotone(rows: Sequence[tuple[float, float]], learned: Sequence[bool]) -> list[tuple[float, float]]:
    """Let no level say less than one that is less close: where the records suggest so, both say what they say together.

    >>> monotone([(0.2, 0.1), (0.4, 0.1), (0.4, 0.8)], [True, True, True])
    [(0.30000000000000004, 0.1), (0.30000000000000004, 0.1), (0.4, 0.8)]
    """
    blocks: list[tuple[float, float, list[int]]] = []
    for place, (m, u) in enumerate(rows):
        if not learned[place]:
            continue
        block = (m, u, [place])
        while blocks and blocks[-1][0] * block[1] < block[0] * blocks[-1][1]:
            before = blocks.pop()
            block = (before[0] + block[0], before[1] + block[1], before[2] + block[2])
        blocks.append(block)
    result = list(rows)
    for m, u, places in blocks:
        if len(places) > 1:
            for place in places:
                result[place] = (rows[place][1] * (m / u), rows[place][1])
    return result


def bound_common(model: Model) -> Model:
    """Let an equal value that is common say no less than the next level does, whose values may be as common."""
    common = dict(model.common)
    for comparison in model.comparisons:
        for level, following in zip(comparison.levels, comparison.levels[1:], strict=False):
            if level.common in common and following.learned:
                most = level.m * following.u / following.m
                common[level.common] = {value: min(share, most) for value, share in common[level.common].items()}
    return replace(model, common=common)


def _known(levels: Mapping[tuple[tuple[int, ...], float], int], place: int) -> float:
    every = sum(levels.values())
    known = sum(count for (found, _), count in levels.items() if found[place] != NOTHING)
    return known / every if every else 1.0


def _replaced(model: Model, column: str) -> bool:
    return bool(column) and column in model.common


def common_values(
    columns: Sequence[Columns], names: Sequence[str], groups: Sequence[tuple[int, ...]]
) -> dict[str, dict[str, float]]:
    """Count in how many groups a value occurs, as the share of other groups that are likely to have it too.

    >>> rows = [{"name": "acme"}, {"name": "acme"}, {"name": "bolt"}]
    >>> shares = common_values(rows, ["name"], [(0, 1)])["name"]
    >>> shares["acme"] == shares["bolt"]
    True
    """
    group_of = list(range(len(columns)))
    for group in groups:
        for place in group:
            group_of[place] = group[0]
    entities = len(set(group_of))
    shares = {}
    for name in names:
        seen = {(row[name], group_of[place]) for place, row in enumerate(columns) if row[name] is not None}
        counts = Counter(value for value, _ in seen)
        shares[name] = {
            value: (count - 1) / entities + _ONE_MORE / (entities + _ASSUMED_GROUPS) for value, count in sorted(counts.items())
        }
    return shares


def with_common(model: Model, shares: Mapping[str, Mapping[str, float]]) -> Model:
    """Let a model know how common values are."""
    return replace(model, common=shares)

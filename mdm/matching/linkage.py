"""Match the records of one entity by the Fellegi-Sunter model: standardise, find candidates, learn, score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mdm.matching.candidates import candidates
from mdm.matching.cluster import cluster
from mdm.matching.learn import Population, bound_common, common_values, gather, learn, with_common
from mdm.matching.model import Columns, Model
from mdm.matching.records import MatchRecord, Pair, ScoredPair, Task
from mdm.matching.rivals import against_rivals

Weigh: TypeAlias = Callable[[Sequence[Columns]], list[Columns]]

_WORTH: Final = 0.01
"""Below this score nobody looks at what else speaks against a pair."""

_EVEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """What is special about an entity: how its records are standardised, weighed, found, compared and told apart."""

    columns: Callable[[Mapping[str, str]], Columns]
    weigh: Weigh
    keys: Callable[[Columns], list[str]]
    assumed: Model
    common: tuple[str, ...]
    vetoed: Callable[[Columns, Columns], bool]
    doubts: Callable[[Columns, Columns], list[str]]
    """Why a person should look at a pair, beyond what its levels say; an equal identifier settles these doubts as well."""


@dataclass(frozen=True, slots=True)
class Linkage:
    """The records of an entity with their standardised columns."""

    kind: Kind
    columns: Sequence[Columns]
    sources: Sequence[str]
    task: Task
    free: frozenset[str]

    def candidates(self) -> list[Pair]:
        """List the pairs that are worth a comparison."""
        return candidates(map(self.kind.keys, self.columns), self.sources, self.task, self.free)

    def train(self, pairs: Sequence[Pair], seed: int = 1) -> Model:
        """Learn a model without labels: once without knowing which values are common, then knowing it from the groups found."""
        evidence = gather(self.kind.assumed, Population(self.columns, self.sources, self.task), pairs, seed)
        first = learn(self.kind.assumed, evidence)
        groups = cluster(self.sources, self.score(first, pairs), _EVEN, free=self.free)
        shares = common_values(self.columns, self.kind.common, groups)
        return bound_common(learn(with_common(self.kind.assumed, shares), evidence))

    def score(self, model: Model, pairs: Sequence[Pair]) -> list[ScoredPair]:
        """Score pairs, rivals against each other where a source is free of duplicates."""
        bits = [model.bits(self.columns[one], self.columns[other]) for one, other in pairs]
        scores = against_rivals(pairs, bits, self.sources, self.free)
        return [
            self._looked_at(model, one, other, score) if score >= _WORTH else ScoredPair(one, other, score)
            for (one, other), score in zip(pairs, scores, strict=True)
        ]

    def _looked_at(self, model: Model, one: int, other: int, score: float) -> ScoredPair:
        left, right = self.columns[one], self.columns[other]
        return ScoredPair(one, other, score, vetoed=self.kind.vetoed(left, right), doubted=bool(self.doubts(model, left, right)))

    def doubts(self, model: Model, left: Columns, right: Columns) -> list[str]:
        """Say why a person should look at two records, however high they score."""
        if model.settled(left, right):
            return []
        return model.doubts(left, right) or self.kind.doubts(left, right)


def linkage(kind: Kind, records: Sequence[MatchRecord], task: Task, free: frozenset[str]) -> Linkage:
    """Standardise records for being matched."""
    columns = kind.weigh([kind.columns(record.fields) for record in records])
    return Linkage(kind, columns, [record.source for record in records], task, free)


def match_by(kind: Kind, records: Sequence[MatchRecord], task: Task, free: frozenset[str]) -> list[ScoredPair]:
    """Find, learn from and score the pairs of records that may be the same thing."""
    linked = linkage(kind, records, task, free)
    pairs = linked.candidates()
    return linked.score(linked.train(pairs), pairs)

"""Found: the pairs among some records, what to do about each and why, and the groups that they make."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from ltc.core.errors import Misconfigured
from mdm.identity import Outcome
from mdm.matching.cluster import cluster
from mdm.matching.decide import THRESHOLDS, decide, for_merging
from mdm.matching.given import Reason
from mdm.matching.linkage import Kind, linkage
from mdm.matching.records import MatchRecord, Pair, ScoredPair, Task, pair

_KINDS: Final[Mapping[str, str]] = {
    "contact": "mdm.matching.contacts.matching",
    "customer": "mdm.matching.customers.matching",
}
_PRODUCTS: Final = "mdm.matching.products.matching"


@dataclass(frozen=True, slots=True)
class Found:
    """Scored pairs of records, with what people decided of some: ``must`` are one thing, ``cannot`` are two."""

    entity: str
    records: Sequence[MatchRecord]
    free: frozenset[str]
    pairs: Sequence[ScoredPair]
    reasons: Callable[[Pair], list[Reason]]
    doubts: Callable[[Pair], list[str]]
    must: Collection[Pair]
    cannot: Collection[Pair]

    def decision(self, scored: ScoredPair) -> Outcome:
        """Say what is to happen with a pair; what a person decided holds."""
        ends = (scored.left, scored.right)
        if ends in self.must or ends in self.cannot:
            return "same" if ends in self.must else "different"
        return decide(scored, THRESHOLDS[self.entity])

    def reviews(self) -> list[ScoredPair]:
        """List the pairs that a person is to look at and that no group holds already, the surest first."""
        group = {place: number for number, members in enumerate(self.merged()) for place in members}
        asked = [one for one in self.pairs if self.decision(one) == "review"]
        apart = [one for one in asked if group.get(one.left, -1) != group.get(one.right, -2)]
        return sorted(apart, key=lambda one: (-one.score, one.left, one.right))

    def merged(self) -> list[tuple[int, ...]]:
        """Group what may be merged without asking."""
        return self._groups(for_merging(self.pairs), THRESHOLDS[self.entity].same)

    def likely(self) -> list[tuple[int, ...]]:
        """Group what is rather one thing than not."""
        return self._groups(self.pairs, THRESHOLDS[self.entity].likely)

    def _groups(self, pairs: Sequence[ScoredPair], threshold: float) -> list[tuple[int, ...]]:
        sources = [record.source for record in self.records]
        return cluster(sources, pairs, threshold, free=self.free, must=self.must, cannot=self.cannot)


def find(
    entity: str,
    records: Sequence[MatchRecord],
    task: Task = "dedupe",
    free: frozenset[str] = frozenset(),
    labels: Mapping[Pair, bool] | None = None,
) -> Found:
    """Find and score the pairs among records of one entity."""
    known = labels or {}
    must, cannot = ({ends for ends, same in known.items() if same is wanted} for wanted in (True, False))
    try:
        how = _products if entity == "product" else _by_weights
        pairs, reasons, doubts = how(entity, records, task, free, known)
    except ModuleNotFoundError as error:
        message = f"What matches records is not installed: {error}."
        raise Misconfigured(message, remedy="Install it: pip install 'ltc-hub[mdm]'.", code="matching.not_installed") from error
    return Found(entity, records, free, pairs, reasons, doubts, must, cannot)


_Parts = tuple[list[ScoredPair], Callable[[Pair], list[Reason]], Callable[[Pair], list[str]]]


def _by_weights(
    entity: str, records: Sequence[MatchRecord], task: Task, free: frozenset[str], labels: Mapping[Pair, bool]
) -> _Parts:
    """Score by weights per field that are learned from the records at hand."""
    del labels  # the weights are learned without labels
    kind: Kind = import_module(_KINDS[entity]).KIND
    linked = linkage(kind, records, task, free)
    pairs = linked.candidates()
    model = linked.train(pairs)

    def reasons(ends: Pair) -> list[Reason]:
        left, right = (linked.columns[end] for end in ends)
        first = Reason("any pair", "drawn at random", model.prior_bits)
        parts = [part for part in model.parts(left, right) if part.level != "not known"]
        return [first, *(Reason(part.comparison, part.level, part.bits) for part in parts)]

    def doubts(ends: Pair) -> list[str]:
        left, right = (linked.columns[end] for end in ends)
        vetoed = ["strong identifiers contradict"] if kind.vetoed(left, right) else []
        return [*vetoed, *linked.doubts(model, left, right)]

    return linked.score(model, pairs), reasons, doubts


def _products(
    entity: str, records: Sequence[MatchRecord], task: Task, free: frozenset[str], labels: Mapping[Pair, bool]
) -> _Parts:
    """Score by boosted trees."""
    del entity
    scored = import_module(_PRODUCTS).score(records, task, free, labels)
    place: dict[Pair, int] = {}
    pairs: dict[Pair, ScoredPair] = {}
    for number, (left, right, value, sure) in enumerate(zip(*(each.tolist() for each in scored.columns()), strict=True)):
        ends = pair(left, right)
        place[ends] = number
        pairs[ends] = ScoredPair(*ends, value, doubted=not sure)

    def reasons(ends: Pair) -> list[Reason]:
        if ends not in place:
            return []
        return [Reason(one.feature, f"{one.value:.3g}", one.weight) for one in scored.why(place[ends])]

    def doubts(ends: Pair) -> list[str]:
        return list(scored.doubts(place[ends])) if ends in place else []

    return [pairs[ends] for ends in sorted(pairs)], reasons, doubts

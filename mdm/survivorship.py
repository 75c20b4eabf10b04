"""Survivorship: of what several records say about one thing, which value wins; pure, total and independent of order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ltc.core.models.leaves import generic, list_of, row_of
from ltc.core.models.states import is_on_the_way, may_write
from mdm.claims import (
    Claim,
    Contribution,
    Origin,
    RecordKey,
    agree,
    best_of,
    claim_of,
    decide,
    describe,
    joint_claim,
    oldest,
    pool_of,
    recency,
    rows_claim,
)
from mdm.policy import STATUS, EntityPolicy, Policy, Ruling, Standing, Tiers, load_policy, plain_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "PINNED",
    "Conflict",
    "Contribution",
    "Merged",
    "Origin",
    "Policy",
    "RecordKey",
    "load_policy",
    "merge",
    "plain_policy",
]

PINNED: Final[RecordKey] = (0, "pin")
"""The origin of a value that a steward pinned."""

HUB: Final = "hub"
"""The role of the hub's own records: what flows derived and rolled up."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two records hold different values of a leaf, and the loser's is not merely the old one."""

    path: str
    winner: RecordKey
    loser: RecordKey
    value: Any
    lost: Any
    rule: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The golden leaves, where each came from, what disagreed, and which leaves differ from before."""

    leaves: dict[str, Any]
    provenance: dict[str, Origin]
    conflicts: tuple[Conflict, ...] = ()
    changed: tuple[str, ...] = ()


def merge(
    entity: str,
    policy: Policy,
    contributions: Sequence[Contribution],
    previous: Mapping[str, Any] | None = None,
    pins: Mapping[str, Any] | None = None,
    stage: str = "",
) -> Merged:
    """Merge what records say; the values depend on records, policy and pins only, never on order or on what was before.

    ``previous`` are the golden leaves from before: they tell what changed, and which difference is only an old value.
    A pin always wins; in a row it holds as long as the row is there. ``stage`` is how far the record's deal has come.
    """
    before = previous or {}
    if len(contributions) == 1 and not pins:
        leaves, origins = _alone(contributions[0])
        return Merged(leaves, origins, (), _changed(before, leaves))
    merged = _Merge(entity, policy.of(entity), contributions, pins or {}, previous, stage).run()
    return replace(merged, changed=_changed(before, merged.leaves))


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the leaves that differ."""
    if not before:
        return tuple(after)
    changed = [path for path, value in after.items() if path not in before or before[path] != value]
    return (*changed, *(path for path in before if path not in after))


def _alone(only: Contribution) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Merge one record: all of it wins."""
    record, stamps, first = only.record, only.stamps, only.first_seen
    if stamps:
        origins = {path: Origin(record, stamps.get(path, first)) for path in only.leaves}
    else:
        origins = dict.fromkeys(only.leaves, Origin(record, first))
    return dict(only.leaves), origins


@lru_cache(maxsize=65536)
def _place(policy: EntityPolicy, path: str) -> tuple[str, str, Ruling | None]:
    """Say where a leaf stands: its row, the group that it moves with, and its ruling; rows and lists have none here."""
    row, general = row_of(path), generic(path)
    if path == row or path in policy.lists:
        return row, "", None
    return row, policy.groups.get(general, ""), policy.ruling(general)


class _Merge:
    """One merge of several records, leaf by leaf."""

    def __init__(
        self,
        entity: str,
        policy: EntityPolicy,
        contributions: Sequence[Contribution],
        pins: Mapping[str, Any],
        previous: Mapping[str, Any] | None,
        stage: str,
    ) -> None:
        self.entity = entity
        self.policy = policy
        self.contributions = sorted(contributions, key=lambda contribution: contribution.record)
        self.pins = pins
        self.previous = previous
        self.standing = Standing(None, stage)
        self.leaves: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        self.conflicts: list[Conflict] = []
        self.tiers: dict[Tiers, list[list[Contribution]]] = {}

    def run(self) -> Merged:
        """Resolve status first, then the rows of lists, then every leaf."""
        policy = self.policy
        covered: dict[str, None] = {}
        for contribution in self.contributions:
            covered.update(dict.fromkeys(contribution.leaves))
        self.standing = Standing(self._status(), self.standing.stage)
        absent = self._rows(covered)
        done: set[str] = set()
        for path in covered:
            row, group, ruling = _place(policy, path)
            if ruling is None or row in absent:  # rows themselves are decided already
                continue
            if group:
                if group not in done:
                    done.add(group)
                    self._group(group, covered)
            elif path not in self.pins:
                self._leaf(path, ruling)
        self._pin(absent)
        order = {path: self.leaves[path] for path in (*covered, *self.pins) if path in self.leaves}
        order |= self.leaves  # lists that have lost their last row
        return Merged(order, self.origins, tuple(self.conflicts))

    def _status(self) -> Any:
        path = STATUS
        if path in self.pins:
            return self.pins[path]
        claims = [claim_of(holder, path) for holder in self._holders(path)]
        return decide(self.policy.ruling(path), Standing(), claims).value if claims else None

    def _holders(self, path: str) -> list[Contribution]:
        """List the records that cover a leaf; the hub's own word on a status counts only if a step leads there.

        So a document that the hub derived late cannot take back what the ERP has done, but it can still cancel what it has not.
        """
        holders = [contribution for contribution in self.contributions if path in contribution.leaves]
        if path != STATUS or len(holders) == 1:
            return holders
        ours = [holder.leaves[path] for holder in holders if holder.role == HUB]
        if len(ours) > 1:  # what the hub has ended is ended, whatever it goes on to hear of what is left of it
            holders = [
                holder for holder in holders
                if holder.role != HUB or not any(is_on_the_way(self.entity, holder.leaves[path], end) for end in ours)
            ]  # fmt: skip
        facts = [claim_of(holder, path) for holder in holders if holder.role != HUB]
        if not facts:
            return holders
        now = decide(self.policy.ruling(path), Standing(), facts).value
        return [holder for holder in holders if holder.role != HUB or may_write(self.entity, now, holder.leaves[path])]

    def _leaf(self, path: str, ruling: Ruling) -> None:
        holders = self._holders(path) if path == STATUS else [one for one in self.contributions if path in one.leaves]
        value = holders[0].leaves[path]
        if len(holders) > 1:
            if value is None or [None for holder in holders if holder.leaves[path] != value]:
                claims = [claim_of(contribution, path) for contribution in holders]
                winner = decide(ruling, self.standing, claims)
                self._dispute(path, ruling, winner, claims)
                self.leaves[path] = winner.value
                self.origins[path] = Origin(winner.by.record, winner.at)
                return
            if ruling.owners or ruling.owners_by_status or ruling.owners_by_stage:
                holders = self._owned(ruling.owners_at(self.standing), holders)
        self.leaves[path] = value
        self.origins[path] = oldest(holders, path)

    def _owned(self, owners: Tiers, holders: list[Contribution]) -> list[Contribution]:
        """Keep the first owner's records, if there are any."""
        if owners not in self.tiers:
            by_owner = [[one for one in self.contributions if one.role in tier or one.system in tier] for tier in owners]
            self.tiers[owners] = [tier for tier in by_owner if tier]
        for tier in self.tiers[owners]:
            if len(holders) == len(self.contributions):
                return tier
            own = [holder for holder in tier if holder in holders]
            if own:
                return own
        return holders

    def _dispute(self, path: str, ruling: Ruling, winner: Claim, claims: Iterable[Claim]) -> None:
        known = self.previous is not None and path in self.previous
        for claim in claims:
            if claim.empty or claim.value == winner.value:
                continue
            if known and self.previous is not None and claim.value == self.previous[path]:
                continue
            rule = describe(ruling, self.standing, winner)
            self.conflicts.append(Conflict(path, winner.by.record, claim.by.record, winner.value, claim.value, rule))

    def _group(self, first: str, covered: Iterable[str]) -> None:
        """Take the values of a group from one record, and what that record does not cover from one that agrees with it."""
        members = tuple(path for path in covered if self.policy.groups.get(path) == first and path not in self.pins)
        if not members:
            return
        ruling = self.policy.ruling(first)
        if self._unanimous(members):
            for path in members:
                self._leaf(path, ruling)
            return
        claims = [
            claim for claim in (joint_claim(contribution, members) for contribution in self.contributions) if claim is not None
        ]
        winner = claims[0] if len(claims) == 1 else decide(ruling, self.standing, claims)
        fillers = [claim for claim in claims if claim is not winner and agree(winner.by.leaves, claim.by.leaves, members)]
        for path in members:
            source = winner
            if path not in winner.by.leaves:
                source = max(
                    (claim for claim in fillers if path in claim.by.leaves),
                    key=lambda claim: (claim.by.leaves[path] is not None, *recency(claim)),
                    default=winner,
                )
            self.leaves[path] = source.by.leaves.get(path)
            self.origins[path] = Origin(source.by.record, source.by.stamps.get(path, source.by.first_seen))
            if len(claims) > 1:
                single = [claim_of(claim.by, path) for claim in claims if path in claim.by.leaves]
                self._dispute(path, ruling, claim_of(source.by, path) if path in source.by.leaves else winner, single)

    def _unanimous(self, members: Sequence[str]) -> bool:
        """Tell whether all records cover all of these values and hold the same."""
        first, *others = self.contributions
        missing = object()
        values = [first.leaves.get(path, missing) for path in members]
        return missing not in values and all([other.leaves.get(path) for path in members] == values for other in others)

    def _rows(self, covered: Iterable[str]) -> frozenset[str]:
        """Decide which rows each list has; return the rows that are out."""
        lists: dict[str, dict[str, None]] = {}
        for path in covered:
            if path[-1] == "]":
                lists.setdefault(list_of(path), {})[path] = None
            elif path in self.policy.lists:
                lists.setdefault(path, {})
        absent: list[str] = []
        for path, rows in lists.items():
            absent += self._list(path, tuple(rows))
        return frozenset(absent)

    def _list(self, path: str, rows: Sequence[str]) -> Sequence[str]:
        claims = [claim for claim in (rows_claim(contribution, path, rows) for contribution in self.contributions) if claim]
        ruling = self.policy.ruling(path)
        pool = pool_of(ruling, self.standing, claims)
        if ruling.prefer == "union":
            holders = [claim for claim in pool if not claim.empty] or pool
            kept = frozenset(row for claim in holders for row in claim.value)
            winner = max(holders, key=recency)
        else:
            winner = best_of(ruling, pool)
            kept = winner.value
        for row in rows:
            if row in kept:
                origin = next((claim for claim in (winner, *pool) if row in claim.value), winner)
                self.leaves[row] = True
                self.origins[row] = Origin(origin.by.record, origin.by.stamps.get(row, origin.by.first_seen))
        if not kept:
            self.leaves[path] = []
            self.origins[path] = Origin(winner.by.record, winner.at)
        return [row for row in rows if row not in kept]

    def _pin(self, absent: frozenset[str]) -> None:
        for path, value in self.pins.items():
            row = row_of(path)
            if row in absent or (row and row not in self.leaves):
                continue
            self.leaves[path] = value
            self.origins[path] = Origin(PINNED, "")

"""Claims: what one record says of a leaf, a group or a list, and which of several claims is the best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ltc.core.models.leaves import list_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mdm.policy import Ruling, Standing

RecordKey: TypeAlias = tuple[int, str]
"""Which record: its scope's number and its id in that system."""


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """What one record says: its leaves, references already as hub ids.

    ``stamps`` tells when the hub first saw a leaf's present value, where that is later than ``first_seen``. Only an edit makes a
    stamp, so an empty leaf with a stamp is one that was emptied. A row that came or went has a stamp too, its list need not.
    The heavier record wins a tie.
    """

    record: RecordKey
    system: str
    leaves: Mapping[str, Any]
    stamps: Mapping[str, str] = field(default_factory=dict)
    first_seen: str = ""
    weight: int = 0
    role: str = ""


class Origin(NamedTuple):
    """Where a golden value came from, and when the hub first saw it there."""

    record: RecordKey
    at: str


class Claim(NamedTuple):
    """One record's claim to a leaf or to a group of leaves."""

    by: Contribution
    value: Any
    at: str
    empty: bool
    news: bool  # the stamp is of an edit that the hub saw
    size: int


def oldest(holders: Sequence[Contribution], path: str) -> Origin:
    """Name the record that has held its value for longest."""
    best = holders[0]
    at = best.stamps.get(path, best.first_seen)
    for other in holders[1:]:
        since = other.stamps.get(path, other.first_seen)
        if (since, -other.weight) < (at, -best.weight):
            best, at = other, since
    return Origin(best.record, at)


def claim_of(contribution: Contribution, path: str) -> Claim:
    """Make a record's claim to a leaf that it covers."""
    value = contribution.leaves[path]
    at = contribution.stamps.get(path, contribution.first_seen)
    empty = value is None
    return Claim(contribution, value, at, empty, empty and path in contribution.stamps, 0 if empty else len(str(value)))


def joint_claim(contribution: Contribution, members: Sequence[str]) -> Claim | None:
    """Make a record's claim to a group of leaves; None if it covers none of them."""
    leaves, stamps = contribution.leaves, contribution.stamps
    held = [path for path in members if path in leaves]
    if not held:
        return None
    value = tuple((path, leaves[path]) for path in held)
    at = max(stamps.get(path, contribution.first_seen) for path in held)
    empty = all(item is None for _, item in value)
    news = empty and any(path in stamps for path in held)
    return Claim(contribution, value, at, empty, news, sum(len(str(item)) for _, item in value if item is not None))


def rows_claim(contribution: Contribution, path: str, rows: Sequence[str]) -> Claim | None:
    """Make a record's claim to say which rows a list has; None if it does not cover the list."""
    held = frozenset(row for row in rows if row in contribution.leaves)
    if not held and path not in contribution.leaves:
        return None
    stamps = contribution.stamps
    changes = [at for leaf, at in stamps.items() if leaf == path or (leaf[-1] == "]" and list_of(leaf) == path)]
    at = max(changes, default=contribution.first_seen)
    return Claim(contribution, held, at, not held, not held and bool(changes), len(held))


def agree(left: Mapping[str, Any], right: Mapping[str, Any], members: Iterable[str]) -> bool:
    """Tell whether two records say the same wherever both say something, and do so somewhere."""
    shared = [path for path in members if left.get(path) is not None and right.get(path) is not None]
    return bool(shared) and all(left[path] == right[path] for path in shared)


def recency(claim: Claim) -> tuple[str, int, tuple[int, str]]:
    """Order claims by age, then weight, then record: a total order, so that no tie is left to chance."""
    scope, ext_id = claim.by.record
    return claim.at, claim.by.weight, (-scope, ext_id)


def pool_of(ruling: Ruling, standing: Standing, claims: Sequence[Claim]) -> Sequence[Claim]:
    """Keep the claims of the first owner that holds a value; without any, all claims."""
    for tier in ruling.owners_at(standing):
        own = [claim for claim in claims if claim.by.role in tier or claim.by.system in tier]
        if any(_holds(ruling, claim) for claim in own):
            return own
    return claims


def _holds(ruling: Ruling, claim: Claim) -> bool:
    return not claim.empty or ruling.empty == "counts" or (claim.news and ruling.empty == "news")


def best_of(ruling: Ruling, pool: Sequence[Claim]) -> Claim:
    """Pick the best claim of the pool, then the record that held this value first."""
    holders = [claim for claim in pool if _holds(ruling, claim)] or pool
    if ruling.prefer == "first":
        return min(holders, key=lambda claim: (claim.at, -claim.by.weight, claim.by.record))
    if ruling.prefer == "longest":
        best = max(holders, key=lambda claim: (claim.size, *recency(claim)))
    elif ruling.prefer == "most_complete":
        best = max(holders, key=lambda claim: (_completeness(claim), *recency(claim)))
    else:
        best = max(holders, key=recency)
    same = [claim for claim in holders if claim.value == best.value]
    return min(same, key=lambda claim: (claim.at, -claim.by.weight, claim.by.record))


def _completeness(claim: Claim) -> int:
    """Count the values that the claim brings: of a group its own, of a single leaf those of the whole record."""
    values = [value for _, value in claim.value] if isinstance(claim.value, tuple) else claim.by.leaves.values()
    return sum(value is not None for value in values)


def decide(ruling: Ruling, standing: Standing, claims: Sequence[Claim]) -> Claim:
    """Pick the claim that wins by the ruling, while the record stands so."""
    return best_of(ruling, pool_of(ruling, standing, claims))


def describe(ruling: Ruling, standing: Standing, winner: Claim) -> str:
    """Say by which rule a claim has won."""
    for tier in ruling.owners_at(standing):
        for owner in tier:
            if owner in (winner.by.role, winner.by.system):
                return f"owner {owner}"
    return ruling.prefer

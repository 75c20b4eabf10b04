"""What every stage needs: store, clock, scopes, policies, flows, connectors and the run that it works for."""

from __future__ import annotations

import hashlib
import random
from base64 import b32encode
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ltc.app.engine.births import birth_mark, mark_of
from ltc.app.engine.recovery import Recovery
from ltc.app.telemetry.tracing import SILENT, Tracing
from ltc.core.errors import Later
from ltc.core.models import is_complete, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import Clock, Connector, Kit
    from ltc.core.models import Schema
    from ltc.core.store import Held, Store, Tx
    from mdm.survivorship import Policy

T = TypeVar("T")

PASSING = frozenset({"store.busy", "store.race"})
"""What the store says when another transaction was in the way: nothing was kept, and the next attempt may well succeed."""

PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds before a transaction is tried again, each half as long to half as long again by chance."""


NAP_SECONDS = 0.5
"""A worker that waits looks so often whether it shall stop."""


def instant(moment: datetime) -> str:
    """Write a moment as the store keeps it.

    >>> instant(datetime(2026, 1, 1, tzinfo=UTC))
    '2026-01-01T00:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read a moment from the store."""
    return datetime.fromisoformat(text)


def no_crash(point: str) -> None:
    """Pass a crash point: only tests put something else here."""
    del point


def never() -> bool:
    """Say that a slice is not over: what is not worked on in slices."""
    return False


class SliceOver(Exception):
    """A slice has come to a place where its run can be put down and taken up again."""


@dataclass(frozen=True, slots=True)
class HubIdentity:
    """Who this hub is: the tag that it writes before its ids in other systems, and the seed of its short keys."""

    tag: str
    secret: str
    epoch: str = ""
    """What tells the writes of a hub that was restored from those of before: its first life has none."""

    def mark_for(self, system: str, obj: str, ext_id: str) -> str:
        """Give the birth mark of a golden record that is minted for this record."""
        return mark_of(self.secret, system, obj, ext_id)

    def hub_key(self, hub_id: str) -> str:
        """Write a hub id as it is stored in other systems."""
        return f"{self.tag}:{hub_id}"

    def own_id(self, key: str) -> str:
        """Read our own hub id back; "" for a key that another hub minted."""
        tag, _, hub_id = key.partition(":")
        return hub_id if tag == self.tag and len(hub_id) == 32 else ""

    def short_key(self, system: str, obj: str, hub_id: str) -> str:
        """Give the 12-character key for reference fields: the same for every attempt to create this record there."""
        seed = f"{self.secret}/{system}/{obj}/{birth_mark(hub_id)}".encode()
        return b32encode(hashlib.blake2b(seed, digest_size=8).digest()).decode()[:12]


@dataclass(slots=True)
class Counts:
    """What a run did in one scope; the names are those of the sync log."""

    tally: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, number: int = 1) -> None:
        """Count something."""
        self.tally[name] += number


@dataclass(slots=True)
class Context:
    """One run's surroundings; ``schemas`` are the entities that have custom fields in this hub.

    A run that must not write what others planned says in ``planned_by`` how the jobs are named whose changes it delivers, and
    in ``let_through`` what the brakes let it write before. A run that is worked on in slices has its ``hold``, under which all
    leases are, and ``enough`` says when a slice is over.
    """

    store: Store
    clock: Clock
    identity: HubIdentity
    scopes: dict[int, Scope]
    policy: Policy
    flows: Sequence[Flow]
    connectors: Mapping[str, Connector]
    kits: Mapping[str, Kit]
    crash: Callable[[str], None] = no_crash
    run_id: int = 0
    lease: Held | None = None
    hold: Held | None = None
    enough: Callable[[], bool] = never
    counts: dict[int, Counts] = field(default_factory=dict)
    new_id: Callable[[str], str] = field(default=lambda mark: mark)
    options: Mapping[str, Any] = field(default_factory=dict)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    random: random.Random = field(default_factory=random.Random)
    planned_by: str = ""
    let_through: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    tracing: Tracing = SILENT
    recovery: Recovery = field(default_factory=Recovery)

    def now(self) -> str:
        """Tell the time as the store keeps it."""
        return instant(self.clock.now())

    def transact(self, work: Callable[[Tx], T]) -> T:
        """Do some work in one transaction under the lease, and do it again if another transaction was in the way.

        So ``work`` starts each time from what the store holds; what it counted in vain is taken back.
        """
        counted = {scope_id: counts.tally.copy() for scope_id, counts in self.counts.items()}
        attempt = 0
        while True:
            try:
                with self.store.transaction(self.lease) as tx:
                    return work(tx)
            except Later as fault:
                for scope_id, counts in self.counts.items():
                    counts.tally = counted.get(scope_id, Counter()).copy()
                if fault.code not in PASSING or attempt == len(PAUSES):
                    raise
            self.clock.sleep(PAUSES[attempt] * self.random.uniform(0.5, 1.5))
            attempt += 1

    def pause_here(self) -> None:
        """End the slice if it is over: whoever takes the run up goes on from what the store holds."""
        if self.enough():
            raise SliceOver

    def nap(self, seconds: float) -> None:
        """Let time pass, in steps between which the slice may end."""
        if self.enough is never:
            self.clock.sleep(seconds)
            return
        left = seconds  # not a moment to come: the clock may be set meanwhile
        while left > 0:
            self.pause_here()
            self.clock.sleep(min(left, NAP_SECONDS))
            left -= NAP_SECONDS

    def validate(self, entity: str, nested: dict[str, Any], *, proven: bool = False) -> None:
        """Check a canonical record, the hub's own fields included; raise Untranslatable with every problem.

        What a proven mapping has read is looked at only for what is required, unless the hub has fields of its own.
        """
        schema = self.schemas.get(entity)
        if schema is not None:
            schema.validate(nested)
        elif not proven or not is_complete(entity, nested):
            validate(entity, nested)

    def count(self, scope: Scope, name: str, number: int = 1) -> None:
        """Count something for a scope."""
        self.counts.setdefault(scope.id, Counts()).add(name, number)

    def scopes_of(self, system: str, entity: str) -> list[Scope]:
        """Find the objects of a system that hold an entity."""
        return [scope for scope in self.scopes.values() if scope.system == system and scope.entity == entity]

    def targets_of(self, entity: str) -> list[Scope]:
        """Find every object of a real system that holds an entity."""
        return [scope for scope in self.scopes.values() if scope.entity == entity and not scope.is_hub]

"""Turns: whoever works on a system holds its lease, settles what is open there first, and then reads or writes.

There is one lease for reading each object, `read/system/object`, and one for writing to each system, `write/system`. Syncs and
webhooks take the same ones, in this process and in others, so that no record is taken in or written by two at once.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ltc.app.engine.deliver import deliver, scopes_with_due
from ltc.app.engine.recovery import insist_on_this_life
from ltc.app.engine.settle import scopes_with_open_intents, wait_for_intents
from ltc.app.telemetry.surroundings import about
from ltc.core.errors import Later
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.store import Lease

LEASE_SECONDS = 12.0
"""How long a dead worker can hold up others; a live one renews its lease every quarter of it."""

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
"""Seconds between attempts to take a lease: webhooks hold one for a moment, and again and again."""

TAKEN = "lease.taken"
WRITE = "write/"


def unsettled(ctx: Context, systems: Collection[str]) -> set[str]:
    """Name the systems of these to which something was written that may not be known yet.

    An intent is open there, or somebody holds the lease: what another worker has begun comes to its end before this one goes on.
    """
    mine = _scopes_in(ctx, systems)
    with ctx.store.reading() as tx:
        opened = {mine[scope_id] for scope_id in scopes_with_open_intents(tx, [*mine])}
        leases = tx.select_in(t.lease, ("name", "until"), "name", [f"{WRITE}{system}" for system in systems])
    return opened | {name.removeprefix(WRITE) for name, until in leases if until}


def with_something_due(ctx: Context, systems: Collection[str]) -> set[str]:
    """Name the systems of these to which something is to be written now: mostly there is none, and nobody needs their leases."""
    mine = _scopes_in(ctx, systems)
    with ctx.store.reading() as tx:
        return {mine[scope_id] for scope_id in scopes_with_due(ctx, tx, [*mine])}


def _scopes_in(ctx: Context, systems: Collection[str]) -> dict[int, str]:
    return {scope.id: scope.system for scope in ctx.scopes.values() if scope.system in systems}


@dataclass(slots=True)
class Turns:
    """One worker's turns; ``runs`` says by scope for which run it works. One that is not patient never waits.

    ``follows`` are the spans that led to this turn.
    """

    ctx: Context
    runs: Mapping[int, int] = field(default_factory=dict)
    holder: str = "hub"
    patience: timedelta = timedelta(minutes=5)
    waits: bool = True
    follows: Sequence[str] = ()

    @contextmanager
    def leased(self, name: str, scope: Scope) -> Iterator[Context]:
        """Hold a lease while working; wait for one that a dead run left behind, for as long as it can last."""
        lease, kind = self._acquire(name), name.partition("/")[0]
        try:
            insist_on_this_life(self.ctx)
            run_id, known = self.runs[scope.id], {"object": scope.object, "entity": scope.entity}
            turn = {"run": run_id, "system": scope.system, **(known if kind == "read" else {})}
            with lease.kept_alive(), self._told_of("pull" if kind == "read" else kind, turn):
                yield replace(self.ctx, lease=lease, run_id=run_id)  # a page may take longer than a term
        finally:
            lease.release()

    def settle_first(self, scope: Scope) -> None:
        """Settle a system's open intents before it is read, else its own new records would look like a stranger's."""
        with self.leased(f"{WRITE}{scope.system}", scope) as ctx:
            wait_for_intents(ctx, scope.system, self.patience)

    def deliver_to(self, scope: Scope) -> int:
        """Write what is due in a scope's system, and count its calls there that nobody counted; return how many writes."""
        kit = self.ctx.kits[scope.system]
        calls = kit.calls
        counted = sum(counts.tally["api_calls"] for counts in self.ctx.counts.values())
        try:
            with self.leased(f"{WRITE}{scope.system}", scope) as ctx:
                wait_for_intents(ctx, scope.system, self.patience)
                return deliver(ctx, scope.system)
        finally:
            elsewhere = sum(counts.tally["api_calls"] for counts in self.ctx.counts.values()) - counted
            self.ctx.count(scope, "api_calls", kit.calls - calls - elsewhere)

    @contextmanager
    def _told_of(self, name: str, known: Mapping[str, object]) -> Iterator[None]:
        """Let lines and spans say what this turn is about."""
        with about(**known), self.ctx.tracing.span(name, carried=self.follows):
            yield

    def _acquire(self, name: str) -> Lease:
        ttl = float(self.ctx.options.get("lease_seconds", LEASE_SECONDS))
        waited, attempt = 0.0, 0
        while True:
            lease = self.ctx.store.lease(name, self.holder, ttl)
            if lease is not None:
                return replace(lease, under=self.ctx.hold)
            if not self.waits or waited > ttl + 1:
                break
            pause = PAUSES[min(attempt, len(PAUSES) - 1)]
            self.ctx.options.get("pause", _real_pause)(pause)
            waited, attempt = waited + pause, attempt + 1
        message = f"Another run holds {name}."
        raise Later(message, remedy="Wait for it to end, or look at `ltc status`.", code=TAKEN)


def _real_pause(seconds: float) -> None:
    """Wait for a lease in real time: leases live by the database's clock, not by the sandbox's."""
    time.sleep(seconds)

"""The gate of one system: every call passes it, and waits there until its token's time has come.

Tokens are taken from the store some at a time, as many as a quarter of a second is good for, so that a call is hardly ever
made slower by a statement. What was taken and not used is given back.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from ltc.app.engine.quota.period import period
from ltc.app.engine.quota.priority import ORDINARY, present
from ltc.core.contract import SystemClock
from ltc.core.errors import Later, QuotaSpent
from ltc.core.store import quotas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.core.contract import Kit, Limits
    from ltc.core.errors import LtcError
    from ltc.core.store import Store
    from ltc.core.store.quotas import Grant, State, Wish

BLOCK_SECONDS: Final = 0.25
MOST_AT_ONCE: Final = 50
PARTS_OF_A_BUDGET: Final = 500
LAPSE_SECONDS: Final = 1.0
"""How long a token that nobody used is kept beyond its time: a heap of old ones would be a burst that nobody allowed."""

PATIENCE_SECONDS: Final = 5.0
KEPT: Final = "quota.kept"
"""The code of what this gate itself refuses: the system was not asked."""

ASKED_ANEW: Final = timedelta(hours=1)


def instant_of(microseconds: int) -> datetime:
    """Read a moment of the store's quotas."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def budget_of(limits: Limits, told_limit: int) -> int | None:
    """Give the calls of a day or an hour: what the system says there is, unless an admin allows less."""
    said, told = limits.budget, told_limit if limits.gauged else 0
    if not told:
        return said
    return told if said is None or limits.usual else min(said, told)


@dataclass(slots=True)
class Gate:
    """What a kit asks before each call; ``priority`` is that of work that belongs to no job."""

    store: Store
    system: str
    limits: Limits
    kit: Kit
    priority: int = ORDINARY
    _tokens: deque[float] = field(default_factory=deque)
    _taken_for: int = 0
    _heard: datetime | None = None
    _told_limit: int = 0
    _ready: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        """Wait until a call may be made; raise ``QuotaSpent`` if none is left, ``Later`` if too many wait."""
        priority = present(self.priority)
        with self._lock:
            now = self.kit.clock.now().timestamp()
            if not self._has_some(now) or priority < self._taken_for:
                self._take(priority)
            at = self._tokens.popleft()
        pause = at - self.kit.clock.now().timestamp()
        if pause > 0:
            self.kit.clock.sleep(min(pause, self._patience))

    def close(self) -> None:
        """Give back what was not used, and keep what the system said last; a store that is away keeps nobody from ending."""
        with self._lock, suppress(Later):
            if self._ready:
                with self.store.transaction() as tx:
                    quotas.note(tx, self._wish(0, self.priority))
                self._tokens.clear()

    # -- taking ----------------------------------------------------------------------------------------------------

    def _has_some(self, now: float) -> bool:
        """Tell whether there are tokens of now: not of long ago, nor of a clock that was set back since."""
        return bool(self._tokens) and self._tokens[0] - self._patience <= now <= self._tokens[-1] + LAPSE_SECONDS

    @property
    def _patience(self) -> float:
        return max(PATIENCE_SECONDS, 2 / self.limits.per_second) if self.limits.per_second else PATIENCE_SECONDS

    @property
    def _virtual(self) -> int | None:
        """Give a virtual clock's time; tokens of real systems live by the database's, since clocks of workers differ."""
        return None if isinstance(self.kit.clock, SystemClock) else int(self.kit.clock.now().timestamp() * 1e6)

    def _take(self, priority: int) -> None:
        with self.store.transaction() as tx:
            if not self._ready:
                quotas.prepare(tx, self.system)
                self._told_limit = quotas.look(tx, self.system, self._virtual).told_limit
                self._ready = True
            heard = self.kit.quota_at
            wish = self._wish(self._block(), priority)
            grant = quotas.take(tx, wish, self._virtual)
            if grant is None and wish.number > 1:
                grant = quotas.take(tx, replace(wish, number=1), self._virtual)
            if grant is None:
                quotas.note(tx, wish)
                grant = quotas.ask_again(tx, self.system, self._virtual) if self.limits.gauged else None
            state = quotas.look(tx, self.system, self._virtual) if grant is None else None
        self._heard = heard
        self._tokens.clear()
        if state is not None:
            raise self._refusal(state, wish)
        if grant is not None:
            self._keep(grant, priority)

    def _keep(self, grant: Grant, priority: int) -> None:
        now = self.kit.clock.now().timestamp()
        offset = now - grant.now / 1e6
        times = (offset + (grant.first_at + place * grant.interval) / 1e6 for place in range(grant.number))
        self._tokens = deque(max(now, at) for at in times)
        self._taken_for = priority

    def _wish(self, number: int, priority: int) -> Wish:
        """Say what to take, what was not used of the last block, and what the system said meanwhile."""
        begun = period(self.limits, self.kit.clock.now())[0]
        told, told_limit, heard = self.kit.quota.get("used", -1), self.kit.quota.get("limit", 0), self.kit.quota_at
        fresh = self.limits.gauged and heard is not None and heard != self._heard and heard >= begun
        if fresh:
            self._told_limit = told_limit or self._told_limit
        interval = round(1e6 / self.limits.per_second) if self.limits.per_second else 0
        budget = self.budget
        return quotas.Wish(
            self.system, number, interval, interval * self.limits.most_at_once if interval else 0,
            period=int(begun.timestamp() * 1e6),
            most=-1 if budget is None else self.limits.open_to(priority, budget),
            told=told if fresh else -1, told_limit=told_limit if fresh else 0,
            told_at=int(heard.timestamp() * 1e6) if fresh and heard is not None else 0,
            given_back=len(self._tokens), patience=int(self._patience * 1e6),
        )  # fmt: skip

    @property
    def budget(self) -> int | None:
        """Give the calls of a day or an hour, as far as this gate has heard."""
        return budget_of(self.limits, self._told_limit)

    def _block(self) -> int:
        sizes = [MOST_AT_ONCE]
        if self.limits.per_second:
            sizes.append(int(self.limits.per_second * BLOCK_SECONDS))
        if self.budget is not None:
            sizes.append(self.budget // PARTS_OF_A_BUDGET)
        return max(1, min(sizes))

    # -- refusing --------------------------------------------------------------------------------------------------

    def _refusal(self, state: State, wish: Wish) -> Later:
        now = instant_of(state.now)
        if state.rests_until > state.now:
            until = instant_of(state.rests_until)
            fault = QuotaSpent(f"{self.system} is left alone until {_told(until)}: {state.why}", until=until)
            fault.code = KEPT
            return fault
        budget = self.budget
        if wish.most >= 0 and budget is not None and state.used_since(wish.period) + 1 > wish.most:
            return self._spent(state, wish, budget, now)
        after = max(0.1, (state.full_at + wish.interval - wish.burst - state.now) / 1e6)
        message = f"{self.system} takes {self.limits.per_second:g} calls a second, and others wait for theirs already."
        return Later(message, after=after, code="system.crowded")

    def _spent(self, state: State, wish: Wish, budget: int, now: datetime) -> QuotaSpent:
        until = period(self.limits, now)[1]
        goes_on = f"It goes on at {_told(until)}."
        if self.limits.gauged and state.told_at:
            until = min(until, max(now, instant_of(state.told_at) + ASKED_ANEW))
            goes_on = f"The system is asked at {_told(until)} how it stands then."
        unit = "hour" if self.limits.hourly else "day"
        used = state.used_since(wish.period)
        kept = f"; the last {budget - wish.most:,} are kept for what is more urgent" if wish.most < budget else ""
        message = f"{self.system}: {used:,} of the {budget:,} calls of this {unit} are used{kept}. {goes_on}"
        remedy = "See `ltc status`; `limits` in config/systems.yaml says how much there is, and who may use the last of it."
        fault = QuotaSpent(message, until=until, remedy=remedy)
        fault.code = KEPT
        return fault


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def gates_of(store: Store, limits: Mapping[str, Limits], kits: Mapping[str, Kit], priority: int = ORDINARY) -> list[Gate]:
    """Put a gate before each system that has limits, and give the gates to close at the end."""
    gates = []
    for system, kit in kits.items():
        if limits[system].per_second is not None or limits[system].budget is not None or limits[system].gauged:
            kit.admit = gate = Gate(store, system, limits[system], kit, priority)
            gates.append(gate)
    return gates


def leave_alone(store: Store, system: str, fault: LtcError, now: datetime) -> None:
    """Remember for all workers that a system said that its quota is spent; what a gate refused is known already."""
    if isinstance(fault, QuotaSpent) and fault.code != KEPT:
        until = fault.until or now + ASKED_ANEW
        with store.transaction() as tx:
            quotas.rest(tx, system, int(until.timestamp() * 1e6), fault.message)

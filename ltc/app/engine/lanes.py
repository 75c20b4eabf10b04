"""A lane: what webhooks set in motion at one system, as one worker after another does it.

It reads the records that hints name, under the lease `read/system/object`, and takes them in; a hint is done in the transaction
that takes its record in, so that it needs no claim: a worker that dies leaves it pending. It then writes to its system, under the
lease `write/system`, what the hints of any system led to; what a sync planned is left to the sync, whose brakes look at the
whole of it. A lease that another worker holds is not waited for: the lane comes back.
"""

from __future__ import annotations

import enum
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine import trouble
from ltc.app.engine.batch import Batch
from ltc.app.engine.bind import BACK_OFF_SECONDS
from ltc.app.engine.brakes import money_due
from ltc.app.engine.context import Counts, instant
from ltc.app.engine.deliver import scopes_with_due
from ltc.app.engine.door import read_hints
from ltc.app.engine.exceptions import park, resolve
from ltc.app.engine.fields import Fields
from ltc.app.engine.ledger import JOBS, Ledger
from ltc.app.engine.quota.gate import leave_alone
from ltc.app.engine.scope import rank
from ltc.app.engine.state import RecordState
from ltc.app.engine.turns import TAKEN, Turns
from ltc.core.errors import Braked, Fenced, Later, LtcError, Misconfigured, QuotaSpent, Unauthorised
from ltc.core.store import inbox
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltc.app.config import HubConfig
    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.store import Tx
    from ltc.core.store.inbox import Waiting

_LOG = logging.getLogger(__name__)

STAGE = "hook"
MOST_AT_ONCE = 2_000
PARKED_AFTER = 5
"""A record that failed so often, read alone and while its system answered, is for a person to look at."""

BRAKED_SECONDS = 60.0
MOST_CARRIED = 50
"""So many webhooks are told of as what a write followed from; the sync log knows them all."""


class Came(enum.Enum):
    """What came of a turn: nothing was to do, something was done, or something waits for another worker."""

    IDLE = 0
    WORKED = 1
    BLOCKED = 2


class _Resting(Exception):
    """The system is left alone for a while."""


@dataclass(slots=True)
class Lane:
    """One system's lane; a turn is done by one thread at a time."""

    ctx: Context
    system: str
    scopes: dict[str, Scope]
    ledger: Ledger
    fields: Fields | None = None
    rests_until: datetime | None = None
    rest: timedelta = timedelta(0)
    failures: int = 0
    found: int = 0
    carried: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    money: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, system: str, holder: str, config: HubConfig | None = None) -> Lane:
        """Make the lane of a system, with counts of its own."""
        ctx = replace(context, counts={}, planned_by=f"{JOBS}:")
        scopes = {
            scope.object: scope for scope in context.scopes.values() if scope.system == system and scope.mapping is not None
        }
        return cls(ctx, system, scopes, Ledger(ctx, system, holder), Fields(config, ctx) if config is not None else None)

    def turn(self) -> Came:
        """Read what hints name, then write what is due; a system that failed is left alone until its time."""
        self.found, self.carried = 0, ()
        if self.ledger.turn_page():
            self.money.clear()
        if not self.scopes or self._is_resting(self.ctx.clock.now()):
            return Came.IDLE
        self.rests_until = None
        try:
            came = [self._read(), self._write()]
        except _Resting:
            came = [Came.IDLE]
        except Fenced:
            came = [Came.BLOCKED]
        self.ledger.keep()
        return Came.WORKED if Came.WORKED in came else Came.BLOCKED if Came.BLOCKED in came else Came.IDLE

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self) -> Came:
        with self.ctx.store.reading() as tx:
            objects = inbox.objects(tx, self.system, self.ctx.now())
            stopped = self._stopped(tx) if objects else ()
        came = Came.IDLE
        for obj in sorted(objects, key=self._place):
            if obj not in self.scopes:
                self._drop(obj)
                came = Came.WORKED
            elif not stopped:
                scope = self.scopes[obj]
                self.scopes[obj] = scope if self.fields is None else self.fields.restored(scope)
                came = max(came, self._read_object(self.scopes[obj]), key=lambda one: one.value)
        return came

    def _place(self, obj: str) -> tuple[int, str]:
        """Put parents before children."""
        return (rank(self.scopes[obj].entity) if obj in self.scopes else 0, obj)

    def _stopped(self, tx: Tx) -> list[str]:
        s = t.scope
        wanted = [scope.id for scope in self.scopes.values()]
        return [row[0] for row in tx.execute(select(s.c.object).where(s.c.id.in_(wanted), s.c.stopped != ""))]

    def _drop(self, obj: str) -> None:
        """Close hints about what no mapping of this system knows."""
        run_id = self.ledger.run_id  # opened before: it is a transaction of its own

        def drop(tx: Tx) -> int:
            ids = [hint.id for hint in inbox.waiting(tx, self.system, obj, self.ctx.now(), MOST_AT_ONCE)]
            inbox.close(tx, ids, "dropped", self.ctx.now(), run_id)
            return len(ids)

        self.ledger.count("dropped", self.ctx.transact(drop))

    def _read_object(self, scope: Scope) -> Came:
        """Read the records that hints about one object name, many hints of one record once."""
        try:
            with self._turns().leased(f"read/{self.system}/{scope.object}", scope) as ctx:
                hints, held_back = self._hints(scope)
                for chunk in _chunks(hints, scope):
                    carried = tuple(dict.fromkeys(hint.carried for hint in chunk if hint.carried))
                    with ctx.tracing.span("hints", carried=carried):
                        self._read_chunk(ctx, scope, chunk)
                    self.carried = self.follows = tuple(dict.fromkeys((*self.carried, *carried)))[-MOST_CARRIED:]
        except Later as fault:
            if fault.code == TAKEN:
                return Came.BLOCKED
            self._rest(fault)
        self.found += len(hints)
        return Came.WORKED if hints else Came.BLOCKED if held_back else Came.IDLE

    def _hints(self, scope: Scope) -> tuple[list[Waiting], int]:
        """Pick hints; while a create in this system is not settled, a record that nobody knows may be ours, and waits.

        All is seen at one moment: the intent of a create is stored before the record exists, and so before a hint can name it.
        """
        i, mine = t.intent, [one.id for one in self.scopes.values()]
        with self.ctx.store.reading() as tx:
            hints = inbox.waiting(tx, self.system, scope.object, self.ctx.now(), MOST_AT_ONCE)
            creating = select(i.c.key).where(i.c.scope_id.in_(mine), i.c.state == "open", i.c.verb == "create").limit(1)
            if not hints or tx.scalar(creating) is None:
                return hints, 0
            names = {hint.ext_id for hint in hints}
            known = {row[0] for row in tx.select_in(t.record, ("ext_id",), "ext_id", names, (t.record.c.scope_id == scope.id,))}
        taken = [hint for hint in hints if hint.ext_id in known]
        return taken, len(hints) - len(taken)

    def _read_chunk(self, ctx: Context, scope: Scope, hints: Sequence[Waiting]) -> None:
        """Read some records; if that fails because of one of them, find out which by halving."""
        reason = self._attempt(ctx, scope, hints)
        narrowed = self.fields.narrow(scope, reason) if reason is not None and self.fields is not None else None
        if narrowed is not None:  # the system has lost a field: its line is left out, and the others go on
            self.scopes[scope.object] = scope = narrowed
            reason = self._attempt(ctx, scope, hints)
        if reason is None:
            return
        if isinstance(reason, Later) and reason.code.startswith("store."):
            self._rest(reason)
        if self._concerns_all(reason, hints):
            self._put_off(hints, reason)
            self._rest(reason)
        names = list(dict.fromkeys(hint.ext_id for hint in hints))
        if len(names) > 1:
            for half in (set(names[: len(names) // 2]), set(names[len(names) // 2 :])):
                self._read_chunk(ctx, scope, [hint for hint in hints if hint.ext_id in half])
        elif max(hint.attempts for hint in hints) + 1 < PARKED_AFTER or not self._answers():
            self._put_off(hints, reason)
        else:
            ctx.transact(partial(self._park, ctx=ctx, scope=scope, hints=hints, fault=reason))

    def _attempt(self, ctx: Context, scope: Scope, hints: Sequence[Waiting]) -> LtcError | None:
        """Read the records of some hints and take them in; give the reason if that failed."""
        by_id: dict[str, list[int]] = {}
        for hint in hints:
            by_id.setdefault(hint.ext_id, []).append(hint.id)

        def done(tx: Tx, ext_ids: Sequence[str]) -> None:
            numbers = [number for ext_id in ext_ids for number in by_id[ext_id]]
            inbox.close(tx, numbers, "done", ctx.now(), ctx.run_id)
            resolve(Batch(ctx, tx, ctx.now()), scope, ext_ids, stage=STAGE)

        kit = ctx.kits[self.system]
        calls = kit.calls
        try:
            read_hints(ctx, scope, list(by_id), done)
        except Fenced:
            raise
        except LtcError as fault:
            return fault
        except Exception as fault:  # noqa: BLE001 - whatever a record makes of the code: the others go on, a person learns of it
            _LOG.error("A webhook about %s.%s could not be worked on.", self.system, scope.object, exc_info=fault)
            return LtcError(f"The hub failed on it: {type(fault).__name__}.", remedy="See the hub's log.", code="hook.failed")
        finally:
            ctx.count(scope, "api_calls", kit.calls - calls)
        if self.failures:
            self.ctx.transact(lambda tx: trouble.forget(tx, [self.system]))
        self.failures = 0
        self.ledger.count("hints", len(hints))
        return None

    def _concerns_all(self, reason: LtcError, hints: Sequence[Waiting]) -> bool:
        """Tell a failure of the system from one that may be a single record's: that one fails again while the system is well."""
        if isinstance(reason, Unauthorised | Misconfigured | QuotaSpent):
            return True
        return isinstance(reason, Later) and (min(hint.attempts for hint in hints) < PARKED_AFTER or not self._answers())

    def _park(self, tx: Tx, ctx: Context, scope: Scope, hints: Sequence[Waiting], fault: LtcError) -> None:
        batch = Batch(ctx, tx, ctx.now())
        fault.remedy = fault.remedy or "`ltc exceptions retry` reads the record again."
        park(batch, scope, [(RecordState(scope.id, hints[0].ext_id), fault)], stage=STAGE)
        batch.keep()
        inbox.close(tx, [hint.id for hint in hints], "parked", ctx.now(), ctx.run_id)

    def _put_off(self, hints: Sequence[Waiting], fault: LtcError) -> None:
        """Let hints wait, longer each time."""
        attempts = min(hint.attempts for hint in hints)
        pause = BACK_OFF_SECONDS[min(attempts, len(BACK_OFF_SECONDS) - 1)]
        until = instant(self.ctx.clock.now() + timedelta(seconds=pause))
        told = f"{fault.code}: {fault.message}"
        self.ctx.transact(lambda tx: inbox.put_off(tx, [hint.id for hint in hints], until, told))

    def _answers(self) -> bool:
        """Ask whether the system as a whole is well."""
        with suppress(LtcError):
            return self.ctx.connectors[self.system].check().ok
        return False

    # -- writing ---------------------------------------------------------------------------------------------------

    def _write(self) -> Came:
        """Write what hints led to, and settle what a worker that died left open."""
        own = next(iter(self.scopes.values()))
        with self.ctx.store.reading() as tx:
            if not self._something_to_write(tx) or self._stopped(tx):
                return Came.IDLE
            money = {scope.id: money_due(tx, scope) for scope in self.scopes.values() if scope.brakes.max_money}
        turns = self._turns()
        turns.ctx, turns.follows, self.follows = replace(self.ctx, let_through=self._let_through()), self.follows, ()
        try:
            written = turns.deliver_to(own)
        except Later as fault:
            if fault.code == TAKEN:
                return Came.BLOCKED
            self._rest(fault)
        except Braked as fault:
            self._rest(fault, BRAKED_SECONDS)
        except Fenced:
            raise
        except LtcError as fault:
            self._rest(fault)
        for scope_id, moved in money.items():
            spent = self.money.setdefault(scope_id, {})
            for currency, amount in moved.items():
                spent[currency] = spent.get(currency, 0) + amount
        with self.ctx.store.reading() as tx:  # what was settled counts as work: hints that waited for it can go on
            return Came.WORKED if written or not self._something_to_write(tx) else Came.BLOCKED

    def _something_to_write(self, tx: Tx) -> bool:
        mine = [scope.id for scope in self.scopes.values()]
        if scopes_with_due(self.ctx, tx, mine):
            return True
        settle = max((scope.spec.settle_seconds for scope in self.scopes.values() if scope.spec is not None), default=0)
        ripe = instant(self.ctx.clock.now() - timedelta(seconds=settle))
        i = t.intent
        return tx.scalar(select(i.c.key).where(i.c.scope_id.in_(mine), i.c.state == "open", i.c.deadline < ripe)) is not None

    def _let_through(self) -> dict[int, dict[str, Any]]:
        """Say what was written in this run before, for the brakes."""
        tallies = {scope.id: self.ctx.counts.get(scope.id, Counts()).tally for scope in self.scopes.values()}
        return {
            scope_id: {"creates": tally["created"], "amends": tally["updated"], "money": self.money.get(scope_id, {})}
            for scope_id, tally in tallies.items()
        }

    # -- both ------------------------------------------------------------------------------------------------------

    def _is_resting(self, now: datetime) -> bool:
        """Tell whether it is not time yet; a rest that became longer than it was to be is over, since the clock was set back."""
        return self.rests_until is not None and now < self.rests_until and self.rests_until - now <= self.rest

    def _turns(self) -> Turns:
        runs = dict.fromkeys((scope.id for scope in self.scopes.values()), self.ledger.run_id)
        return Turns(self.ctx, runs, self.ledger.holder, timedelta(0), waits=False)

    def _rest(self, fault: LtcError, seconds: float = 0.0) -> None:
        """Leave the system alone, for as long as it asked or longer each time, and say why."""
        pause = seconds or BACK_OFF_SECONDS[min(self.failures, len(BACK_OFF_SECONDS) - 1)]
        if isinstance(fault, Later) and fault.after is not None:
            pause = max(0.2, fault.after)
        self.failures += 1
        until = fault.until if isinstance(fault, QuotaSpent) else None
        now = self.ctx.clock.now()
        self.rests_until = until or now + timedelta(seconds=pause)
        self.rest = self.rests_until - now
        self.ledger.fail(str(fault))
        leave_alone(self.ctx.store, self.system, fault, self.ctx.clock.now())
        self.ctx.transact(lambda tx: trouble.note(tx, self.system, fault, self.ctx.now()))
        raise _Resting


def _chunks(hints: Sequence[Waiting], scope: Scope) -> Iterator[list[Waiting]]:
    """Put hints together by record, as many records as one call takes; those that failed before come last and by themselves."""
    size = scope.spec.fetch_size if scope.spec is not None else 1
    by_id: dict[str, list[Waiting]] = {}
    for hint in hints:
        by_id.setdefault(hint.ext_id, []).append(hint)
    groups = sorted(by_id.values(), key=_tried)
    new = sum(not _tried(group) for group in groups)
    if new > size:  # more come: what does not fill a call is the first of the next turn
        del groups[new - new % size : new]
    chunk: list[list[Waiting]] = []
    for group in groups:
        if chunk and (len(chunk) == size or (group[0].attempts > 0) != (chunk[0][0].attempts > 0)):
            yield [hint for one in chunk for hint in one]
            chunk = []
        chunk.append(group)
    if chunk:
        yield [hint for one in chunk for hint in one]


def _tried(hints: Sequence[Waiting]) -> int:
    return min(hint.attempts for hint in hints)

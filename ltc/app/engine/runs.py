"""Runs: a sync reads every object parents first, then delivers system by system until nothing more follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, func, or_, select, update

from ltc.app.engine import trouble
from ltc.app.engine.brakes import end_release
from ltc.app.engine.by_line import proposals_of, warnings_of
from ltc.app.engine.context import Context, Counts, SliceOver, instant, moment, never
from ltc.app.engine.counting import add_records, add_run
from ltc.app.engine.deals.whole import insist_on_deals
from ltc.app.engine.door import READ, read_changes, read_span
from ltc.app.engine.plan import OPEN_STATES
from ltc.app.engine.quota.gate import leave_alone
from ltc.app.engine.recovery import advance
from ltc.app.engine.scope import rank
from ltc.app.engine.settle import scopes_with_open_intents
from ltc.app.engine.starting import free_slot
from ltc.app.engine.state import to_json
from ltc.app.engine.telling import tell_of_runs
from ltc.app.engine.turns import TAKEN, Turns, unsettled, with_something_due
from ltc.core.errors import Braked, Fault, Fenced, Later, LtcError, Misconfigured, QuotaSpent, Unauthorised
from ltc.core.store import tables as t
from ltc.core.store.queue import Hold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.app.engine.fields import Fields
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.span import Span
    from ltc.core.store import Tx

ROUNDS = 25
"""A sync that still writes after so many rounds is going in circles; what is left stays due for the next one."""

COME_BACK_SECONDS = 10.0
"""A run that found an object in another's hands comes back for it after so long."""

_ACTIVE = select(t.run.c.id).where(t.run.c.until.is_not(None))
_INTERRUPT = (
    update(t.run)
    .where(t.run.c.status == "running", t.run.c.job.in_(bindparam("jobs", expanding=True)))
    .where(or_(t.run.c.parent.is_(None), t.run.c.parent.not_in(_ACTIVE)))
    .values(status="failed", error="interrupted", finished_at=bindparam("at"))
)
_DUE = (t.change.c.state == "due", t.change.c.scope_id.in_(bindparam("scopes", expanding=True)))
_READY = select(t.change.c.id).where(*_DUE, t.change.c.not_before <= bindparam("now")).limit(1)
_NEXT = select(func.min(t.change.c.not_before)).where(*_DUE, t.change.c.not_before > bindparam("now"))
_WAITING = select(func.count()).where(t.change.c.scope_id == bindparam("scope"), t.change.c.state == "waiting")

COUNTED = ("read", "unchanged", "created", "updated", "waiting", "parked", "writes", "api_calls")


@dataclass(slots=True)
class Sync:
    """One sync: which scopes it works on, its runs, and what went wrong per system.

    A context with a hold is that of one slice of a run: the runs of its objects are found again in the store, and what was read
    to the end is not read again; ``closed`` is what an earlier slice counted that could not end the run itself. With a ``span``
    it is a back-fill. ``paused`` says that there is more to do, after ``wait`` seconds.
    """

    ctx: Context
    scopes: Sequence[Scope]
    job: str = "sync"
    full: bool = False
    span: Span | None = None
    patience: timedelta = timedelta(minutes=5)
    holder: str = "hub"
    tell: Callable[[str], None] | None = None
    runs: dict[int, int] = field(default_factory=dict)
    failures: dict[str, LtcError] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    renewed: set[str] = field(default_factory=set)
    fields: Fields | None = None
    read: set[int] = field(default_factory=set)
    closed: dict[int, Counter[str]] = field(default_factory=dict)
    paused: bool = False
    wait: float = 0.0

    def go(self) -> dict[str, Any]:
        """Run it, and report in the shape of `ltc sync --json`; a lost lease stops all of it, since another worker is at it."""
        started = self.ctx.now()
        self._begin(started)
        try:
            insist_on_deals(self.ctx)
            self._read()
            while advance(self.ctx):
                self.read.clear()
                self._read()
            self._deliver()
        except SliceOver:
            self.paused = True
        except Fenced as fault:
            if self._parent is not None:  # should the run itself be lost too, the transaction that puts it down says so
                self.paused, self.wait = True, COME_BACK_SECONDS
            self._fail_all(fault)
        except BaseException as fault:
            self._fail_all(Later(f"The sync was broken off ({type(fault).__name__}).", code="run.broken_off"))
            raise
        finally:
            self.paused = self.paused or self._comes_back()
            report = self._pause() if self.paused else self._end(started)
        return report

    def _systems(self) -> list[str]:
        return list(dict.fromkeys(scope.system for scope in self.scopes))

    def _begin(self, started: str) -> None:
        self.runs = self.ctx.transact(partial(self._open_runs, started=started))

    def _open_runs(self, tx: Tx, started: str) -> dict[int, int]:
        """Begin a run for each object, or go on with it; others that never ended and belong to no active run were interrupted."""
        r = t.run
        tx.execute(_INTERRUPT, {"jobs": [self._name(scope) for scope in self.scopes], "at": started})
        begun, runs = self._begun(tx), {}
        for scope in self.scopes:
            if self._name(scope) in begun:
                runs[scope.id] = self._take_up(scope, *begun[self._name(scope)])
                continue
            row = {
                "job": self._name(scope), "slot": free_slot(tx, self._name(scope), started), "system": scope.system,
                "entity": scope.entity, "status": "running", "started_at": started, "parent": self._parent,
            }  # fmt: skip
            runs[scope.id] = tx.insert_one(r, row)
        return runs

    @property
    def _parent(self) -> int | None:
        return self.ctx.hold.run_id if isinstance(self.ctx.hold, Hold) else None

    def _begun(self, tx: Tx) -> dict[str, tuple[int, str, str, str]]:
        """Find the runs that earlier slices began, by their names."""
        if self._parent is None:
            return {}
        r = t.run
        rows = tx.execute(select(r.c.job, r.c.id, r.c.stage, r.c.counts, r.c.status).where(r.c.parent == self._parent)).all()
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def _take_up(self, scope: Scope, run_id: int, stage: str, counts: str, status: str) -> int:
        """Go on with the run of an object where an earlier slice put it down."""
        if stage == READ:
            self.read.add(scope.id)
        kept = Counter[str](msgspec.json.decode(counts))
        if status != "running":
            self.closed[scope.id] = kept.copy()
        self.ctx.counts[scope.id] = Counts(kept)
        return run_id

    def _name(self, scope: Scope) -> str:
        return f"{self.job}:{scope.system}.{scope.object}"

    def _read(self) -> None:
        for scope in sorted(self.scopes, key=lambda one: (rank(one.entity), one.system)):
            if scope.system in self.failures or scope.id in self.read:
                continue
            self.ctx.pause_here()
            self._say(f"Reading {scope.object} from {scope.system}")
            kit = self.ctx.kits[scope.system]
            calls = kit.calls
            while not self._has_read(self.ctx.scopes[scope.id]):
                pass
            self.ctx.count(scope, "api_calls", kit.calls - calls)

    def _has_read(self, scope: Scope) -> bool:
        """Read one object, or note why that failed; False if it is worth another try."""
        try:
            self._settle_first(scope)
            with self._turns().leased(f"read/{scope.system}/{scope.object}", scope) as ctx:
                if self.span is None:
                    read_changes(ctx, scope, full=self.full)
                else:
                    read_span(ctx, scope, self.span)
        except Fenced:
            raise
        except LtcError as fault:
            if self._signs_in_again(scope.system, fault) or self._goes_without(scope, fault):
                return False
            self._fail(scope.system, fault)
        return True

    def _fail(self, system: str, fault: LtcError) -> None:
        """Note that a system cannot be worked on for the rest of this sync."""
        self.failures[system] = fault
        leave_alone(self.ctx.store, system, fault, self.ctx.clock.now())
        self.ctx.transact(lambda tx: trouble.note(tx, system, fault, self.ctx.now()))

    def _fail_all(self, fault: LtcError) -> None:
        """Note what ended the sync, for the systems that had not failed before."""
        self.failures |= {system: fault for system in self._systems() if system not in self.failures}

    def _goes_without(self, scope: Scope, fault: LtcError) -> bool:
        """Tell whether to read again without the lines whose fields the system does not have any more."""
        narrowed = self.fields.narrow(scope, fault) if self.fields is not None else None
        if narrowed is None:
            return False
        self.scopes = [narrowed if one.id == scope.id else one for one in self.scopes]
        return True

    def _signs_in_again(self, system: str, fault: LtcError) -> bool:
        """Tell whether to go on after a session that ended as soon as it was renewed: once per sync, not with a wrong secret."""
        if not isinstance(fault, Unauthorised) or not fault.renewed or system in self.renewed:
            return False
        self.renewed.add(system)
        return True

    def _settle_first(self, scope: Scope) -> None:
        """Settle a system's open intents before it is read, else its own new records would look like a stranger's."""
        if scope.system in self.settled:
            return
        if unsettled(self.ctx, [scope.system]):
            self._turns().settle_first(scope)
        self.settled.add(scope.system)

    def _deliver(self) -> None:
        for _ in range(ROUNDS):
            systems = [system for system in self._systems() if system not in self.failures]
            busy = with_something_due(self.ctx, systems) | unsettled(self.ctx, systems)
            written = sum([self._deliver_system(system) for system in systems if system in busy])
            if not written and not self._wait_for_later():
                return

    def _deliver_system(self, system: str) -> int:
        self._say(f"Writing to {system}")
        own = next(scope for scope in self.scopes if scope.system == system)
        try:
            return self._turns().deliver_to(own)
        except Fenced:
            raise
        except LtcError as fault:
            if not self._signs_in_again(system, fault):
                self._fail(system, fault)
            return 0

    def _turns(self) -> Turns:
        return Turns(self.ctx, self.runs, self.holder, self.patience)

    def _wait_for_later(self) -> bool:
        """Wait for what systems put off, if it comes due within the sync's patience; tell whether there is such a thing."""
        scopes = [scope.id for scope in self.scopes if scope.system not in self.failures]
        wanted = {"scopes": scopes, "now": self.ctx.now()}
        with self.ctx.store.reading() as tx:
            if tx.scalar(_READY, wanted) or scopes_with_open_intents(tx, scopes):
                return True
            due_at = tx.scalar(_NEXT, wanted)
        if not due_at:
            return False
        pause = (moment(due_at) - self.ctx.clock.now()).total_seconds()
        if pause > self._patience_left().total_seconds():
            return False
        self.ctx.nap(max(0.0, pause) + 0.001)
        return True

    def _patience_left(self) -> timedelta:
        """Say how long this sync still waits for something; a run of many slices counts from its first one."""
        hold = self.ctx.hold
        if not isinstance(hold, Hold) or not hold.begun:
            return self.patience
        return min(self.patience, self.patience - (self.ctx.clock.now() - moment(hold.begun)))

    def _comes_back(self) -> bool:
        """Tell whether all that is left to do is in another run's hands, and worth to come back for."""
        taken = [isinstance(fault, Later) and fault.code == TAKEN for fault in self.failures.values()]
        if self.ctx.enough is never or not taken or not all(taken):
            return False
        self.wait = COME_BACK_SECONDS
        return self.full or self.span is not None or self._patience_left() > timedelta(0)

    def _pause(self) -> dict[str, Any]:
        """Put the runs down: what was counted is kept, the rest is in the store anyway."""
        self.ctx.transact(self._keep_counts)
        return {"runs": [], "totals": {}}

    def _keep_counts(self, tx: Tx) -> None:
        for scope in self.scopes:
            counts = dict(self.ctx.counts.get(scope.id, Counts()).tally)
            tx.update_in(t.run, "id", [self.runs[scope.id]], {"counts": to_json(counts) or "{}"})

    def _end(self, started: str) -> dict[str, Any]:
        runs = self.ctx.transact(partial(self._close_runs, started=started))
        tell_of_runs(runs)
        totals = {name: sum(int(str(run[name])) for run in runs) for name in COUNTED}
        return {"runs": runs, "totals": totals}

    def _close_runs(self, tx: Tx, started: str) -> list[dict[str, Any]]:
        """Note how each run ended."""
        finished, runs = self.ctx.now(), []
        trouble.forget(tx, [system for system in self._systems() if system not in self.failures])
        for scope in self.scopes:
            fault = self.failures.get(scope.system)
            status = _status(fault)
            counts = self.ctx.counts.get(scope.id, Counts()).tally
            waiting = tx.scalar(_WAITING, {"scope": scope.id})
            numbers = {name: int(counts[name]) for name in COUNTED} | {"waiting": int(waiting or 0)}
            kept, error = to_json({**dict(counts), **numbers}) or "{}", str(fault) if fault else ""
            ended = [(self.runs[scope.id], status, finished, kept, error)]
            tx.update_many(t.run, ("id",), ("status", "finished_at", "counts", "error"), ended)
            if scope.id in self.closed:
                add_records(tx, scope, counts - self.closed[scope.id])
            else:
                add_run(tx, scope, status, counts)
            if fault is None:
                end_release(tx, scope)
            runs.append(
                {
                    "id": self.runs[scope.id], "job": self.job, "system": scope.system, "object": scope.object,
                    "entity": scope.entity, "status": status, **numbers, "started_at": started, "finished_at": finished,
                    "error": asdict(_first_fault(fault)) if fault else None, "until": _until(fault),
                    "warnings": [asdict(one) for one in (*self.warnings(scope), *warnings_of(scope, counts))],
                    "proposed": proposals_of(counts),
                }
            )  # fmt: skip
        return runs

    def warnings(self, scope: Scope) -> list[Fault]:
        """Say what a run found in its mapping that somebody should look at."""
        return list(self.fields.warnings.get(scope.id, ())) if self.fields is not None else []

    def _say(self, text: str) -> None:
        if self.tell is not None:
            self.tell(text)


def _first_fault(error: LtcError) -> Fault:
    """Tell an error in the shape of every fault; of several, the first."""
    if isinstance(error, Misconfigured) and error.faults:
        return error.faults[0]
    return Fault(error.code, error.message, error.remedy, path=getattr(error, "field", ""))


def _status(fault: LtcError | None) -> str:
    """Say in a word how a run ended."""
    if fault is None:
        return "done"
    if isinstance(fault, QuotaSpent):
        return "spent"
    return "braked" if isinstance(fault, Braked) else "stopped" if isinstance(fault, Fenced) else "failed"


def _until(fault: LtcError | None) -> str | None:
    """Say when a run that stopped early can go on."""
    return instant(fault.until) if isinstance(fault, QuotaSpent) and fault.until is not None else None


def still_open(ctx: Context) -> dict[str, int]:
    """Count the changes that are open, by state."""
    with ctx.store.reading() as tx:
        rows = tx.execute(
            select(t.change.c.state, func.count()).where(t.change.c.state.in_(OPEN_STATES)).group_by(t.change.c.state)
        ).all()
    return {row[0]: int(row[1]) for row in rows}

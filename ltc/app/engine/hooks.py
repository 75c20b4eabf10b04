"""Webhooks: they are kept before they are answered, and each system's lane is woken at once to do what follows from them."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ltc.app.engine import starting
from ltc.app.engine.bodies import without_bodies
from ltc.app.engine.context import instant
from ltc.app.engine.lanes import Came, Lane
from ltc.app.engine.ledger import JOBS
from ltc.app.engine.pace import Pace
from ltc.app.telemetry.surroundings import about
from ltc.core.contract import Ear
from ltc.core.errors import Later, LtcError, Rejected
from ltc.core.store import inbox
from scheduler import Outage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltc.app.config import HubConfig
    from ltc.app.engine.context import Context
    from ltc.core.contract import Hint
    from ltc.core.store import Store, Tx
    from ltc.core.store.queue import Waiting
    from ltc.core.store.selection import Row
    from scheduler import Job

_LOG = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
"""How often a lane looks by itself: for what was put off, and what a process that died left."""

BLOCKED_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, slots=True)
class Heard:
    """The hints of one request, and the span in which it came."""

    system: str
    hints: Sequence[Hint]
    carried: str = ""


def checked(hints: Sequence[Hint]) -> Sequence[Hint]:
    """Refuse hints that cannot be stored, so that one bad request does not fail those that are stored with it."""
    for hint in hints:
        for text in (hint.event, hint.object, hint.id):
            if not text or len(text) > inbox.LONGEST or not _is_plain(text):
                raise Rejected("The webhook names its event or its record in an impossible way.", code="hook.unreadable")
    return hints


def _is_plain(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def untold(one: Waiting) -> None:
    """Leave a run to those who look into the store by themselves."""
    del one


class Hooks:
    """The ears of a hub's systems, its inbox, and one lane for each system."""

    def __init__(
        self,
        context: Context,
        inbox_store: Store | None = None,
        config: HubConfig | None = None,
        *,
        jobs: Sequence[Job] = (),
        tell: Callable[[Waiting], None] = untold,
    ) -> None:
        """Take a context of its own, the store of the inbox (what is answered must be on disk), and the files.

        Of the jobs some may start by webhooks; ``tell`` lets workers know of a run that was queued.
        """
        holder = f"hooks {socket.gethostname()[:32]} {os.getpid()}"
        self.context = context
        self.ears: dict[str, Ear] = {name: one for name, one in context.connectors.items() if isinstance(one, Ear)}
        self.lanes = {name: Lane.of(context, name, holder, config) for name in context.connectors}
        self._inbox = replace(context, store=inbox_store or context.store, counts={})
        self._jobs, self._tell = jobs, tell
        self._woken = {name: threading.Event() for name in self.lanes}
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # -- at the door -----------------------------------------------------------------------------------------------

    def hear(self, system: str, headers: Mapping[str, str], body: bytes) -> Heard:
        """Let a system's ear check a request; raise what it raises."""
        hints = checked(self.ears[system].hear(headers, body))
        return Heard(system, hints, self.context.tracing.present())

    def receive(self, requests: Sequence[Heard]) -> list[int | LtcError]:
        """Store the hints of several requests in one transaction; give for each how many were new, or why it was not stored."""
        try:
            answers: list[int | LtcError] = [*self._keep(requests)]
        except Later as fault:
            answers = [fault for _ in requests]
        except Exception as fault:  # noqa: BLE001 - one of them cannot be stored, whyever: it must not fail the others
            if len(requests) > 1:
                return [answer for one in requests for answer in self.receive([one])]
            _LOG.error("A webhook of %s could not be stored.", requests[0].system, exc_info=fault)
            answers = [fault if isinstance(fault, LtcError) else LtcError("The webhook could not be stored.", code="hook.failed")]
        self.wake(*{one.system for one, answer in zip(requests, answers, strict=True) if answer and isinstance(answer, int)})
        return answers

    def _keep(self, requests: Sequence[Heard]) -> list[int]:
        now = self._inbox.now()
        rows = [
            (one.system, hint.event, hint.object, hint.id, hint.occurred_at and instant(hint.occurred_at), now, one.carried)
            for one in requests for hint in one.hints
        ]  # fmt: skip
        new, begun = self._inbox.transact(lambda tx: self._stored(tx, rows, now)) if rows else (set(), [])
        self._tell_of(begun)
        counts = []
        for one in requests:
            keys = {(one.system, hint.event, hint.object, hint.id) for hint in one.hints} & new
            new -= keys
            counts.append(len(keys))
        return counts

    def _stored(self, tx: Tx, rows: Sequence[Row], now: str) -> tuple[set[Row], list[Waiting]]:
        """Store hints, and queue the jobs that new ones start; give the keys of the new ones, and the runs."""
        new = inbox.keep(tx, rows)
        return new, starting.start(tx, self._jobs, {(system, obj) for system, _, obj, _ in new}, now)

    def _tell_of(self, begun: Sequence[Waiting]) -> None:
        for one in begun:
            try:
                self._tell(one)
            except Exception as fault:  # noqa: BLE001 - the broker may be away: the run is queued, and the sweep tells of it again
                _LOG.warning("Workers could not be told of run %s: %s", one.run_id, fault, extra={"run": one.run_id})

    def is_well(self) -> bool:
        """Tell whether the store can be reached, and takes what is written."""
        try:
            self._inbox.store.prove()
            self.context.store.prove()
        except LtcError:
            return False
        return True

    # -- the work --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work, one thread for each system; what an earlier process left is taken up."""
        for name in self.lanes:
            thread = threading.Thread(target=self._work, args=(name,), name=f"ltc-hooks-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self, *systems: str) -> None:
        """Let the lanes of systems look at once."""
        for name in systems:
            self._woken[name].set()

    def stop(self, timeout: float = 30.0) -> bool:
        """Let each lane come to the end of its turn; tell whether all did."""
        self._stop.set()
        self.wake(*self.lanes)
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Stop, and give the inbox's connections back."""
        self.stop()
        if self._inbox.store is not self.context.store:
            self._inbox.store.close()

    def drain(self, turns: int = 1_000) -> int:
        """Work in this thread until nothing is left that could be done now; return how many turns did something."""
        worked = 0
        for _ in range(turns):
            came = []
            for lane in self.lanes.values():
                came.append(lane.turn())
                self._pass_on(lane)
            worked += came.count(Came.WORKED)
            if Came.WORKED not in came:
                break
        self._close_ledgers()
        return worked

    def _work(self, name: str) -> None:
        """Take turns until the end."""
        with about(job=f"{JOBS}:{name}", system=name):
            self._take_turns(self.lanes[name], self._woken[name])

    def _take_turns(self, lane: Lane, woken: threading.Event) -> None:
        name, blocked = lane.system, 0
        away = Outage(_LOG, f"The webhooks of {name} wait", longest=IDLE_SECONDS)
        pace, looked = Pace(), time.monotonic()
        while not self._stop.is_set():
            now = time.monotonic()
            self._stop.wait(pace.pause(lane.found, now - looked, lane.ctx.kits[name].quota))
            looked = now
            woken.clear()
            came = self._turn(lane, away)
            if came is Came.WORKED:
                self._pass_on(lane)
                self.wake(*self.lanes)
            blocked = blocked + 1 if came is Came.BLOCKED else 0
            if blocked:
                self._stop.wait(BLOCKED_SECONDS[min(blocked, len(BLOCKED_SECONDS)) - 1])
            else:
                woken.wait(IDLE_SECONDS)
        try:
            lane.ledger.close()
        except LtcError as fault:
            _LOG.warning("The counts of the webhooks of %s were not kept: %s", name, fault)

    def _pass_on(self, lane: Lane) -> None:
        """Let the other lanes know what they are woken for: what this one read may be theirs to write."""
        for other in self.lanes.values():
            if lane.carried and other is not lane:
                other.follows = lane.carried

    def _turn(self, lane: Lane, away: Outage) -> Came:
        """Take a turn; what keeps it from that is told when it is news, and now and then."""
        try:
            came = lane.turn()
        except LtcError as fault:
            pause = away.note(without_bodies(fault.message))
        except Exception as fault:  # noqa: BLE001 - a lane that dies would leave its webhooks lying until the next start
            pause = away.note(f"{type(fault).__name__}: {without_bodies(str(fault))}", bug=fault)
        else:
            away.over()
            return came
        self._stop.wait(pause)
        return Came.IDLE

    def _close_ledgers(self) -> None:
        for lane in self.lanes.values():
            lane.ledger.close()

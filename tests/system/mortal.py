"""Processes that sync once each, and are killed at a moment that somebody chose; they are forked, so that a death costs little.

python -m tests.system.mortal reads a life from each line, and answers with what it came to.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

import requests

from ltc.core.simulation import Simulator, VirtualClock
from ltc.core.store import Store
from tests.app.engine.fakes import World
from tests.app.engine.vendors import VendorHub
from tests.system import rules

SEND = requests.Session.send
CALLED, ANSWERED = "call.sent", "call.answered"
"""The process is about to call a vendor; the vendor has done what it was asked for, and the answer is there."""


@dataclass(frozen=True)
class Life:
    """One process: what it syncs with what, and when it dies; it lives on if ``nth`` is 0.

    The moment is the nth of those whose name begins with ``point``: before or after each commit, each call and each step of
    the engine. ``broken`` lets it settle as the rule forbids.
    """

    rule: str
    store: str
    address: str
    credentials: Mapping[str, str]
    begun: str
    shop: Mapping[str, Any]
    point: str = ""
    nth: int = 0
    broken: bool = False


@dataclass(frozen=True)
class Death:
    """What became of a life: its exit code and, if it came to its end, what it did and the moments that it lived through."""

    code: int
    report: Mapping[str, Any] = field(default_factory=dict)


def shop_of(world: World) -> dict[str, Any]:
    """Say what a process has to know of an invented system."""
    return {"rows": world.rows, "clock": world.clock, "numbers": world.numbers}


class Elsewhere:
    """A vendor's system that another process simulates."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        """Take what it is called by."""
        self._credentials = dict(credentials)

    def credentials(self) -> dict[str, str]:
        """Give the credentials that it accepts."""
        return self._credentials


class Moments:
    """Counts the moments of a life, and ends it at one of them."""

    def __init__(self, point: str, nth: int) -> None:
        """Take the moment to die at."""
        self.point, self.left = point, nth
        self.seen: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        """Live through a moment, or do not: nothing is tidied up, no handler runs, and no answer is sent."""
        self.seen[point] += 1
        if point.startswith(self.point):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def live(life: Life) -> dict[str, Any]:
    """Sync once."""
    moments = Moments(life.point, life.nth)
    store = Store(life.store, moments)
    hub = hub_of(life, store)
    hub.crash = moments
    watch_calls(moments)
    if life.broken:
        rules.RULES[life.rule].break_it()
    report = hub.sync()
    errors = [run["error"] for run in report["runs"] if run["error"]]
    store.close()
    return {"writes": report["totals"]["writes"], "errors": errors, "moments": moments.seen}


def hub_of(life: Life, store: Any) -> VendorHub:
    """Assemble the hub of a life, as each new process does."""
    hub = rules.RULES[life.rule].hub(store, VirtualClock(datetime.fromisoformat(life.begun)))
    hub.simulator = cast("Simulator", Elsewhere(life.credentials))
    hub.address = life.address
    numbers = Counter(life.shop["numbers"])
    hub.left = World("L", rows=dict(life.shop["rows"]), clock=life.shop["clock"], numbers=numbers)
    return hub


def watch_calls(moments: Moments) -> None:
    """Let each call to a vendor be two moments."""

    def watched(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        what = f"{request.method} {urlsplit(str(request.url)).path.rpartition('/')[2]}"
        moments(f"{CALLED} {what}")
        answer = SEND(self, request, **how)
        moments(f"{ANSWERED} {what}")
        return answer

    requests.Session.send = watched  # type: ignore[method-assign]


def fork(life: Life) -> Death:
    """Let a life be lived in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            os.write(writing, json.dumps(live(life)).encode())
        except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return Death(os.waitstatus_to_exitcode(status), json.loads(told) if told else {})


def main() -> None:
    """Live one life after another: the first of each rule here, so that the next ones have what it had to import and compile."""
    known = set[str]()
    for line in sys.stdin:
        life = Life(**json.loads(line))
        is_first = life.rule not in known and not life.nth and not life.broken
        death = Death(0, live(life)) if is_first else fork(life)
        known.add(life.rule)
        sys.stdout.write(json.dumps(vars(death)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

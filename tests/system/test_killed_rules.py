"""Forty processes per settle rule die at random moments: the vendor ends in the state that it has without a death."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ltc.core.simulation import VirtualClock, serve
from ltc.core.store import Store
from ltc.core.store import tables as t
from tests.app.engine.vendors import PAUSE
from tests.system.mortal import Death, Life, shop_of
from tests.system.rules import RULES

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
DATABASES = ("sqlite", "postgresql")
MANY = int(os.environ.get("LTC_KILLS", "100"))
"""At full size; `make chaos KILLS=1000` wants more."""
KILLS = [("sqlite", 30), ("postgresql", 10), *(pytest.param(database, MANY, marks=pytest.mark.slow) for database in DATABASES)]
AROUND = ("deliver.", "settle.", "call.", "tx.", "")
"""Where processes die: at the engine's points around a write, at the vendor's door, around a commit, or anywhere."""

LATE = 5
"""So often the next process comes late: when a system has forgotten what it recognised repeated calls by, if it ever does."""


class Here:
    """A hub of one settle rule, whose vendor is served, and the processes that sync it one after the other."""

    def __init__(self, name: str, store: Store, mother: subprocess.Popen[str], most: int) -> None:
        """Bring it up, ready for so many things to do."""
        self.name, self.rule, self.store, self.mother = name, RULES[name], store, mother
        self.hub = self.rule.hub(store, VirtualClock(START))
        self.running = serve({self.hub.system: self.hub.simulator})
        self.hub.address = self.running.base_urls[self.hub.system]
        self.hub.go_live()
        self.rule.begin(self.hub, most)
        self.live()

    def live(self, point: str = "", nth: int = 0, *, after: float = PAUSE, broken: bool = False) -> Death:
        """Let a process sync, some time after the last one; the lease of one that is dead has lapsed by then."""
        begun = self.hub.clock.advance(after - PAUSE).isoformat()
        self.hub.clock.advance(PAUSE)
        with self.store.transaction() as tx:
            tx.execute(update(t.lease).values(until=0))
        said = self.hub.simulator.credentials(), begun, shop_of(self.hub.left)
        life = Life(self.name, self.store.url, self.hub.address, *said, point, nth, broken)
        assert self.mother.stdin is not None
        assert self.mother.stdout is not None
        self.mother.stdin.write(json.dumps(vars(life)) + "\n")
        self.mother.stdin.flush()
        death = Death(**json.loads(self.mother.stdout.readline()))
        assert death.code in (0, -signal.SIGKILL)
        assert not death.report.get("errors")
        return death

    def rest(self) -> Any:
        """Let the last processes live, and give what is there when nothing is left to do."""
        self.live()
        self.live()
        assert self.live().report["writes"] == 0
        assert (self.hub.open_intents(), self.hub.exceptions()) == (0, [])
        return self.rule.outcome(self.hub)


@pytest.fixture(scope="session")
def mother() -> Iterator[subprocess.Popen[str]]:
    """Start the process that the others are forked from."""
    command = [sys.executable, "-m", "tests.system.mortal"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.fixture
def up(mother: subprocess.Popen[str]) -> Iterator[Callable[[str, Store, int], Here]]:
    """Bring hubs up, and down at the end."""
    made: list[Here] = []

    def bring_up(name: str, store: Store, most: int) -> Here:
        made.append(Here(name, store, mother, most))
        return made[-1]

    yield bring_up
    for here in made:
        here.running.stop()


@pytest.fixture
def other(sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """Open a second empty store."""
    shutil.copyfile(sqlite, tmp_path / "other.db")
    store = Store(f"sqlite:///{tmp_path}/other.db")
    yield store
    store.close()


@pytest.mark.parametrize(("store_url", "kills"), KILLS, indirect=["store_url"])
@pytest.mark.parametrize("name", RULES)
def test_whenever_processes_die_the_vendor_ends_in_the_same_state(name, kills, up, store, other) -> None:
    dice, most = random.Random(f"{name} {kills}"), 2 * kills
    here = up(name, store, most)
    here.rule.add(here.hub, 0)
    ordinary, number, deaths, half_written = here.live().report["moments"], 0, 0, 0
    while deaths < kills:
        number += 1
        assert number < most, "too many processes came to their end"
        here.rule.add(here.hub, number)
        point = dice.choice(AROUND)
        usual = sum(count for moment, count in ordinary.items() if moment.startswith(point))
        pause = here.rule.patience if dice.random() < LATE / kills else PAUSE
        if here.live(point, dice.randint(1, usual or 2), after=pause).code:
            deaths += 1
            half_written += here.hub.open_intents() > 0
    assert half_written >= kills // 4, "hardly any of the deaths left a write open"
    unkilled = up(name, other, most)
    for each in range(number + 1):
        unkilled.rule.add(unkilled.hub, each)
    assert here.rest() == unkilled.rest()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", RULES)
def test_a_process_that_breaks_the_rule_is_caught(name, up, store, other) -> None:
    kept, broken = (outcome_after_a_death(up(name, one, 2), is_broken) for one, is_broken in ((store, False), (other, True)))
    assert kept != broken


def outcome_after_a_death(here: Here, is_broken: bool) -> Any:
    """Let a process die where the rule counts, and the next one keep to it or not."""
    here.rule.add(here.hub, 0)
    assert here.live(here.rule.caught_at, 1).code == -signal.SIGKILL
    here.live(after=here.rule.patience, broken=is_broken)
    here.live()
    return here.rule.outcome(here.hub)

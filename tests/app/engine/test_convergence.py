"""Two-way convergence: whatever people edit, whatever fails and whenever the hub dies, all systems end alike and no edit is lost.

An edit may only give way to a later one, to one made elsewhere before the hub knew of it, or to the word of the field's owner.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from mdm.survivorship import Policy
from tests.app.engine.converging import FIELDS, People, tidy
from tests.app.engine.fakes import World
from tests.app.engine.hubs import CUSTOMER, SmallHub
from tests.app.engine.killing import Killed, kill_at
from tests.app.engine.test_write_protocol import POINTS

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
REST, EXAMPLES = 8, 50
FAULTS = ("before", "after", "later", "read_later", "fetch_later", "")
SYSTEMS = {2: ("left", "right"), 3: ("left", "right", "third")}


class Converging(RuleBasedStateMachine):
    """A hub between some systems, people in each of them, and everything that goes wrong between them."""

    systems: ClassVar[tuple[str, ...]]
    fresh: ClassVar[Callable[[], SmallHub]]

    @initialize(at=st.sampled_from(["left", "right"]))
    def begin(self, at: str) -> None:
        """Start with a hub that is live, and a customer."""
        self.hub = type(self).fresh()
        self.people = People(self.hub.worlds())
        self.last = 0, "phone"
        self._disturbances = 0
        for world in self.hub.worlds().values():
            world.during = self._take_a_second
        self.people.create(at)

    @precondition(lambda self: len(self.people.customers) < 3)
    @rule(at=st.integers(0, 5))
    def create(self, at: int) -> None:
        """Somebody enters a customer."""
        self.people.create(self._system(at))

    @rule(at=st.integers(0, 5), customer=st.integers(0, 2), name=st.sampled_from(list(FIELDS)))
    def edit(self, at: int, customer: int, name: str) -> None:
        """Somebody changes a field."""
        self.people.edit(self._system(at), customer, name)
        self.last = customer, name

    @rule(at=st.integers(0, 5), faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6))
    def trouble(self, at: int, faults: list[str]) -> None:
        """The next calls to a system go wrong."""
        self.hub.worlds()[self._system(at)].faults = faults

    @rule()
    def sync(self) -> None:
        """The hub syncs."""
        self._sync()

    @rule(point=st.sampled_from([*POINTS, "tx.before_commit", "tx.after_commit"]), nth=st.integers(1, 3))
    def die(self, point: str, nth: int) -> None:
        """The hub dies in the middle of a sync."""
        self.hub.crash = kill_at(point, nth)
        self._sync()
        self.hub.crash = lambda _point: None

    @rule(
        reading=st.integers(0, 5), nth=st.sampled_from([1, 1, 1, 2]), at=st.integers(0, 5), customer=st.integers(0, 2),
        name=st.sampled_from(list(FIELDS)), same=st.sampled_from([True, True, True, False]),
    )  # fmt: skip
    def sync_while_somebody_edits(self, reading: int, nth: int, at: int, customer: int, name: str, same: bool) -> None:
        """Somebody changes a field while the hub reads, often just the one that somebody else has changed."""
        customer, name = self.last if same else (customer, name)
        calls, said = Counter[str](), []

        def during(call: str) -> None:
            self.hub.clock.advance(1)
            calls[call] += 1
            if call == "read" and calls[call] == nth:
                said.append(self.people.edit(self._system(at), customer, name))

        self.hub.worlds()[self._system(reading)].during = during
        disturbed = self._disturbances
        self._sync()
        self.hub.worlds()[self._system(reading)].during = self._take_a_second
        is_late = reading % len(self.systems) > at % len(self.systems)  # its own system had been read already
        if is_late and disturbed == self._disturbances and any(said):
            said[0].has_last_word(self._system(at))

    def teardown(self) -> None:
        """Let all come to rest: the systems are alike, and what each edit came to is right."""
        if not hasattr(self, "hub"):
            return
        try:
            for world in self.hub.worlds().values():
                world.faults = []
            assert self._rest(), "the hub writes and writes"
            assert self.people.complaints() == []
            assert self.hub.exceptions() == []
            with self.hub.store.reading() as tx:
                assert tx.scalar(select(func.count()).select_from(t.intent).where(t.intent.c.state == "open")) == 0
        finally:
            self.hub.store.close()

    def _rest(self) -> bool:
        """Sync until twice nothing more is written, and tell whether it came to that."""
        writes = [1]
        while len(writes) < REST and writes[-2:] != [0, 0]:
            report = self._sync()
            writes.append(report["totals"]["writes"] if report else 1)
        return writes[-2:] == [0, 0]

    def _system(self, number: int) -> str:
        return self.systems[number % len(self.systems)]

    def _take_a_second(self, call: str) -> None:
        """Let time go on with every call, so that what is heard later is younger."""
        del call
        self.hub.clock.advance(1)

    def _sync(self) -> dict[str, Any] | None:
        """Sync; what people said before is known to the hub if nothing came between."""
        before = self.people.unheard()
        quiet = not any(world.faults for world in self.hub.worlds().values())
        try:
            report = self.hub.sync()
        except Killed:
            self._disturbances += 1
            return None
        if quiet and not [run for run in report["runs"] if run["error"]]:
            self.people.heard(before)
        else:
            self._disturbances += 1
        return report


@pytest.fixture(scope="module")
def lived_in(sqlite: Path, policy: Policy) -> Iterator[dict[int, Callable[[], SmallHub]]]:
    """Give hubs that are live between two and between three empty systems, each with a store of its own."""
    memory = Path("/dev/shm")  # a store is closed after each history, and disks take their time for that
    folder = Path(tempfile.mkdtemp(prefix="ltc-converging-", dir=memory if memory.is_dir() else None))
    makers = {}
    for number in SYSTEMS:
        place, loaded = folder / str(number), {}
        place.mkdir()
        shutil.copyfile(sqlite, place / "live.db")

        def open_hub(name: str, number: int = number, place: Path = place, loaded: dict[Any, Any] = loaded) -> SmallHub:
            hooks: list[SmallHub] = []
            store = Store(f"sqlite:///{place / name}", lambda point: hooks[0].crash(point) if hooks else None)
            third = World("T", tidy) if number == 3 else None
            hub = SmallHub(store, VirtualClock(START), place, policy, third=third, objects={"Customer": CUSTOMER}, loaded=loaded)
            hooks.append(hub)
            return hub

        first = open_hub("live.db")
        first.go_live()
        first.store.close()

        def fresh(place: Path = place, open_hub: Callable[[str], SmallHub] = open_hub) -> SmallHub:
            for old in place.glob("hub.db*"):
                old.unlink()
            shutil.copyfile(place / "live.db", place / "hub.db")
            hub = open_hub("hub.db")
            hub.clock.advance(86_400)
            return hub

        makers[number] = fresh
    yield makers
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("part", [*range(5), *(pytest.param(part, marks=pytest.mark.slow) for part in range(5, 20))])
@pytest.mark.parametrize("number", SYSTEMS)
def test_all_systems_end_alike_and_no_edit_is_lost(lived_in: dict[int, Callable[[], SmallHub]], number: int, part: int) -> None:
    machine = type(
        f"Converging{number}x{part}", (Converging,), {"systems": SYSTEMS[number], "fresh": staticmethod(lived_in[number])}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)),
    )

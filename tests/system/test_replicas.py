"""Several `ltc run` on one database: one is killed, frozen or told to stop, and the others go on with what it did."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from ltc.app.engine.pausing import pause
from tests.system.orgs import NO_BRAKES, Orgs, company
from tests.system.replicas import BRISK, Gate, Replica, Replicas, same, trading, wait_until


@pytest.fixture
def shop(connect: Callable[..., Orgs]) -> Iterator[tuple[Orgs, Replicas]]:
    """A live hub between two orgs, whose processes are not started yet."""
    orgs = connect(brakes=NO_BRAKES + BRISK)
    with trading(orgs) as replicas:
        yield orgs, replicas


def run(replicas: Replicas) -> Replica:
    return replicas.start("run", "--no-hooks", "--workers", "1")


def test_what_a_killed_process_did_another_goes_on_with(shop: tuple[Orgs, Replicas]) -> None:
    orgs, replicas = shop
    first, second = run(replicas), run(replicas)
    killed: list[int] = []

    def kill() -> None:
        holder = replicas.holder()
        assert holder is not None
        killed.append(holder.pid)
        os.kill(holder.pid, signal.SIGKILL)

    Gate(orgs.east, kill, after=True)
    for number in range(100, 105):
        orgs.west.insert("Account", company(number), "seed")
    wait_until(lambda: killed)
    wait_until(lambda: same(orgs, 11))
    left = second if killed == [first.pid] else first
    wait_until(lambda: not replicas.runs("changes")[-1].until or replicas.holder() is left)
    broken = [row for row in replicas.runs("changes") if row.slices > 1]
    assert broken, "the run that was broken off was taken up, and not begun anew"
    wait_until(lambda: {row.status for row in replicas.runs("changes") if row.id <= broken[0].id} == {"done"})
    assert "has lost its worker" in left.said()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_process_that_is_told_to_stop_ends_with_0_and_leaves_the_rest_to_others(shop: tuple[Orgs, Replicas]) -> None:
    orgs, replicas = shop
    first = run(replicas)
    asked = threading.Event()

    def stop() -> None:
        asked.set()
        os.kill(first.pid, signal.SIGTERM)

    Gate(orgs.east, stop, after=False)
    orgs.west.insert("Account", company(100), "seed")
    wait_until(asked.is_set)
    assert first.process.wait(60) == 0
    assert "Stopping" in first.said()
    assert all(row.status in {"done", "queued"} for row in replicas.runs("changes"))
    orgs.west.insert("Account", company(101), "seed")
    run(replicas)
    wait_until(lambda: same(orgs, 8))
    assert "has lost its worker" not in "".join(one.said() for one in replicas.all)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_process_that_wakes_after_its_lease_has_gone_writes_nothing(shop: tuple[Orgs, Replicas]) -> None:
    orgs, replicas = shop
    sleeper = run(replicas)
    asleep = threading.Event()

    def freeze() -> None:
        sleeper.freeze()
        asleep.set()

    Gate(orgs.west, freeze, after=True)
    orgs.east.insert("Account", company(100), "seed")
    wait_until(asleep.is_set)
    orgs.west.insert("Account", company(101), "seed")
    second = run(replicas)
    wait_until(lambda: same(orgs, 8))
    with replicas.store.transaction() as tx:
        pause(tx, "changes", at="2026-03-02T06:00:00.000000Z", actor="test", why="so that nobody begins anything new")
    wait_until(lambda: all(row.until is None for row in replicas.runs("changes")))
    assert second.stop() == 0
    written = orgs.written_by_hub()
    orgs.east.insert("Account", company(102), "seed")
    sleeper.thaw()
    wait_until(lambda: "is left to others" in sleeper.said())
    assert sleeper.stop() == 0
    assert orgs.written_by_hub() == written

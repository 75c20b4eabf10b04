"""A run that is put down and taken up at every page ends as one that went on without a break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from ltc.app.engine.context import instant
from ltc.app.engine.runs import COME_BACK_SECONDS, Sync
from ltc.core.errors import Fenced
from ltc.core.store import queue
from ltc.core.store import tables as t
from ltc.core.store.queue import Hold
from ltc.core.store.totals import totals
from tests.app.engine.hubs import SmallHub
from tests.app.engine.killing import Killed, kill_at
from tests.app.engine.test_leases import steal
from tests.app.engine.test_write_protocol import check, seed

JOB = "changes"


def queued(hub: SmallHub) -> None:
    """Queue a run."""
    hub.clock.advance(600)
    with hub.store.transaction() as tx:
        assert queue.put(tx, {"job": JOB, "slot": instant(hub.clock.now())})


def take(hub: SmallHub, holder: str = "one", seconds: float = 60) -> Hold:
    hold = queue.take(hub.store, holder, seconds, instant(hub.clock.now()))
    assert hold is not None
    return hold


def sync_of(hub: SmallHub, hold: Hold, enough: Callable[[], bool], **how: Any) -> Sync:
    ctx = replace(hub.context(), hold=hold, lease=hold, enough=enough)
    return Sync(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub], job=JOB, **how)


def at_the(nth: int) -> Callable[[], bool]:
    """Have enough at the nth place where a slice may end."""
    left = [nth]

    def enough() -> bool:
        left[0] -= 1
        return left[0] <= 0

    return enough


def in_slices(hub: SmallHub, nth: int, **how: Any) -> tuple[int, dict[str, Any]]:
    """Do a whole run, in slices that end at the nth place; give how many there were, and the report."""
    queued(hub)
    for number in range(1, 100):
        hold = take(hub, f"worker {number}")
        sync = sync_of(hub, hold, at_the(nth), **how)
        report = sync.go()
        with hub.store.transaction(hold) as tx:
            if not sync.paused:
                queue.end(tx, hold, status="done", error="", counts="{}", at=instant(hub.clock.now()))
                return number, report
            queue.hand_on(tx, hold)
    raise AssertionError("It never comes to its end.")


def parts(hub: SmallHub) -> list[tuple[str, str, str]]:
    """List the runs of the objects of the newest run."""
    r = t.run
    with hub.store.reading() as tx:
        newest = select(r.c.id).where(r.c.job == JOB).order_by(r.c.id.desc()).limit(1).scalar_subquery()
        rows = tx.execute(select(r.c.job, r.c.status, r.c.stage).where(r.c.parent == newest).order_by(r.c.job)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def grow(hub: SmallHub) -> None:
    """Have customers of many pages on both sides."""
    for number in range(10):
        hub.left.put("Customer", {"Name": f"Left {number}", "Status": "active", "City": "Köln"})
        hub.right.put("Customer", {"Name": f"Right {number}", "Status": "active", "City": "Bonn"})


@pytest.mark.parametrize("nth", [2, 3, 5])
def test_slices_end_as_one_run(live: SmallHub, nth: int) -> None:
    grow(live)
    slices, report = in_slices(live, nth)
    assert slices > 5 // nth
    assert report["totals"]["read"] == 40, "what earlier slices counted is counted: 20 by pages, and 20 that were written"
    assert report["totals"]["created"] == report["totals"]["writes"] == 20
    names = {row["Name"].upper() for row in live.left.rows["Customer"].values()}
    assert names == {row["Name"] for row in live.right.rows["Customer"].values()}
    assert len(live.left.effects) == len(live.right.effects) == 10
    assert [part[1:] for part in parts(live)] == [("done", "read")] * 6, "one run for each object, whatever the number of slices"


def test_the_same_is_counted_without_slices(live: SmallHub) -> None:
    grow(live)
    assert live.sync()["totals"]["read"] == 40


@pytest.mark.parametrize("nth", [2, 3])
def test_a_sweep_in_slices_takes_nothing_for_gone(hub: SmallHub, nth: int) -> None:
    hub.left.deletes = hub.right.deletes = "sweep"
    hub.go_live()
    grow(hub)
    hub.sync()
    gone = next(iter(hub.left.rows["Customer"]))
    del hub.left.rows["Customer"][gone]
    hub.brakes = replace(hub.brakes, max_disappeared_share=None)
    slices, _ = in_slices(hub, nth, full=True)
    assert slices > 3
    with hub.store.reading() as tx:
        dead = tx.execute(select(t.record.c.ext_id).where(t.record.c.state != "live")).scalars().all()
    assert dead[:1] == [gone]
    assert {row["Status"] for row in hub.right.rows["Customer"].values()} == {"active", "inactive"}
    assert sum(row["Status"] == "inactive" for row in hub.right.rows["Customer"].values()) == 1


def test_what_was_read_to_its_end_is_not_read_again_after_a_kill(live: SmallHub) -> None:
    seed(live)
    queued(live)
    reads: list[str] = []
    live.left.during = live.right.during = reads.append
    live.crash = kill_at("deliver.after_call")
    with pytest.raises((Killed, Fenced)):
        sync_of(live, take(live, seconds=0.001), at_the(1000)).go()
    live.crash = lambda _point: None
    before = reads.count("read")
    assert before >= 6
    while not queue.sweep(live.store, instant(live.clock.now())).waiting:
        live.clock.advance(1)
    live.clock.advance(600)
    sync = sync_of(live, take(live, "two"), at_the(1000))
    sync.go()
    assert not sync.paused
    assert reads.count("read") == before
    check(live)


def test_a_worker_that_lost_its_run_writes_nothing_more(live: SmallHub) -> None:
    """It still holds the lease of what it reads, but not the run: each of its transactions is refused."""
    seed(live)
    queued(live)
    hold = take(live)
    taken: list[Hold] = []

    def lose(call: str) -> None:
        if call == "read" and not taken:
            with live.store.transaction() as tx:
                tx.execute(t.run.update().where(t.run.c.id == hold.run_id).values(until=1))
            queue.sweep(live.store, instant(live.clock.now()))
            taken.append(take(live, "two"))

    live.left.during = lose
    with pytest.raises(Fenced, match="one lost run"):
        sync_of(live, hold, at_the(1000)).go()
    live.left.during = lambda _call: None
    assert live.left.effects == live.right.effects == []
    with live.store.reading() as tx:
        assert tx.scalar(select(t.record.c.ext_id).limit(1)) is None
    sync = sync_of(live, taken[0], at_the(1000))
    assert {run["status"] for run in sync.go()["runs"]} == {"done"}
    check(live)


def test_a_run_comes_back_for_what_another_reads_just_now(live: SmallHub) -> None:
    seed(live, ("LEFT",))
    queued(live)
    other = live.store.lease("read/left/Customer", "another run", 60)
    assert other is not None
    live.lease_seconds = 0.01
    sync = sync_of(live, take(live), at_the(1000))
    sync.go()
    assert (sync.paused, sync.wait) == (True, COME_BACK_SECONDS)
    patient = sync_of(live, sync.ctx.hold, at_the(1000), full=True)  # type: ignore[arg-type]
    live.clock.advance(600)
    patient.go()
    assert patient.paused, "who reads everything waits for as long as it takes"
    impatient = sync_of(live, sync.ctx.hold, at_the(1000))  # type: ignore[arg-type]
    assert {(run["error"] or {}).get("code") for run in impatient.go()["runs"] if run["system"] == "left"} == {"lease.taken"}
    assert not impatient.paused


def test_a_lost_lease_of_an_object_puts_the_run_down_for_a_moment(live: SmallHub) -> None:
    seed(live, ("LEFT",))
    queued(live)
    stolen: list[Any] = []

    def lose(call: str) -> None:
        if call == "read" and not stolen:
            stolen.append(steal(live, "read/left/Customer"))

    live.left.during = lose
    sync = sync_of(live, take(live), at_the(1000))
    sync.go()
    assert (sync.paused, sync.wait) == (True, COME_BACK_SECONDS)


@pytest.mark.parametrize(("slept", "written"), [(0, 1), (600, 0)])
def test_a_run_waits_for_what_was_put_off_no_longer_than_its_patience_in_all_slices(
    live: SmallHub, slept: int, written: int
) -> None:
    live.left.put("Customer", {"Name": "One", "Status": "active"})
    queued(live)
    hold = take(live)
    live.clock.advance(slept)  # so long did the slices before this one take
    live.right.faults = ["", "", "", "later"]
    sync = sync_of(live, hold, at_the(1000))
    report = sync.go()
    assert not sync.paused
    assert live.right.faults == []
    assert report["totals"]["writes"] == len(live.right.effects) == written


@pytest.mark.parametrize("bug", [RuntimeError, KeyboardInterrupt])
def test_what_broke_off_is_not_called_done(live: SmallHub, bug: type[BaseException]) -> None:
    seed(live)

    def breaks(point: str) -> None:
        if point == "read.after_page_commit":
            raise bug

    with live.store.reading() as tx:
        before = max(tx.execute(select(t.run.c.id)).scalars())
    live.crash = breaks
    with pytest.raises(bug):
        live.sync()
    with live.store.reading() as tx:
        ended = tx.execute(select(t.run.c.status, t.run.c.error).where(t.run.c.id > before)).all()
    assert set(ended) == {("failed", f"The sync was broken off ({bug.__name__}).")}


def counted(hub: SmallHub) -> Counter[tuple[str, str, str, str]]:
    with hub.store.reading() as tx:
        return Counter({key: number for key, number in totals(tx).items() if key[0] in {"records", "runs"}})


def test_what_is_counted_is_counted_once_although_the_run_itself_could_not_be_ended(live: SmallHub) -> None:
    grow(live)
    queued(live)
    before = counted(live)
    report = sync_of(live, take(live), lambda: False).go()  # and then the store is away: nobody ends the run
    once = counted(live)
    assert once != before
    assert report["totals"]["writes"] > 0
    with live.store.transaction() as tx:
        tx.execute(update(t.run).where(t.run.c.until.is_not(None)).values(until=1))
        tx.execute(update(t.lease).values(until=0))
    assert queue.sweep(live.store, instant(live.clock.now())).lost
    sync_of(live, take(live, "two"), lambda: False).go()
    assert {key[3] for key in counted(live) - once} <= {"api_calls"}, "it was looked once more what is due, and nothing was"

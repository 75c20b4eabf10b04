"""Offers, claims and the order of work."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from scheduler import After, ByHand, Every, Job, LocalExecutor, Scheduler

SLOT = datetime(2026, 1, 1, tzinfo=UTC)
OFTEN = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(minutes=2))
NEXT = Job("next", After("often"))


class Inline:
    """Runs at once, in the caller."""

    def __init__(self, well=True):
        self.well = well
        self.runs = []

    def start(self):
        self.runs.append("start")

    def submit(self, run_id, *, priority=0, done=None):
        self.runs.append((run_id, priority))
        done(self.well)

    def drain(self, timeout=None):
        return timeout is None


class Store:
    """Gives each slot of a job to the first who asks."""

    def __init__(self):
        self.taken = {}

    def claim(self, job, slot):
        if (job.name, slot) in self.taken:
            return None
        self.taken[job.name, slot] = len(self.taken) + 1
        return self.taken[job.name, slot]


def offer(scheduler, name, times):
    ended = []
    scheduler._offer(name, times, lambda: ended.append(1))
    return ended


def test_two_replicas_run_a_slot_once():
    store, first, second = Store(), Inline(), Inline()
    one = Scheduler([OFTEN], store.claim, first, now=lambda: SLOT)
    two = Scheduler([OFTEN], store.claim, second, now=lambda: SLOT)
    assert offer(one, "often", [SLOT]) == [1]
    assert offer(two, "often", [SLOT]) == [1]
    assert (first.runs, second.runs) == ([(1, 0)], [])


def test_a_slot_that_comes_too_late_is_missed_and_told():
    missed, executor = [], Inline()
    late = Scheduler(
        [OFTEN],
        Store().claim,
        executor,
        now=lambda: SLOT + timedelta(minutes=3),
        missed=lambda job, slot: missed.append((job.name, slot)),
    )
    assert offer(late, "often", [SLOT, SLOT + timedelta(minutes=2)]) == [1]
    assert missed == [("often", SLOT)]
    assert executor.runs == [(1, 0)]


def test_a_job_after_another_runs_in_its_slot_if_that_ended_well():
    store = Store()
    offer(Scheduler([OFTEN, NEXT], store.claim, Inline(), now=lambda: SLOT), "often", [SLOT])
    assert list(store.taken) == [("often", SLOT), ("next", SLOT)]
    store = Store()
    offer(Scheduler([OFTEN, NEXT], store.claim, Inline(well=False), now=lambda: SLOT), "often", [SLOT])
    assert list(store.taken) == [("often", SLOT)]


def test_a_job_by_hand_runs_when_it_is_asked_for():
    store, executor = Store(), Inline()
    scheduler = Scheduler([Job("hand", ByHand(), priority=7)], store.claim, executor, now=lambda: SLOT)
    assert scheduler.fire("hand")
    assert not scheduler.fire("hand")
    assert executor.runs == [(1, 7)]


def test_apscheduler_offers_nominal_times_and_stops():
    slots, ran = [], threading.Event()

    def claim(job, slot):
        slots.append(slot)
        return len(slots) if job.name == "tick" else None

    executor = LocalExecutor(lambda run_id: ran.set() or run_id > 0)
    scheduler = Scheduler([Job("tick", Every(timedelta(seconds=1)))], claim, executor)
    scheduler.start()
    assert ran.wait(20)
    assert scheduler.stop(20)
    assert slots[0].microsecond == 0
    assert slots[0].tzinfo is UTC


def test_the_most_urgent_run_goes_first_and_a_bug_ends_nothing(caplog):
    order, gate, finished = [], threading.Event(), threading.Event()

    def work(run_id):
        order.append(run_id)
        if run_id == 1:
            gate.wait(20)
        if run_id == 2:
            raise LookupError("a bug")
        if run_id == 4:
            finished.set()
        return True

    told = {}
    executor = LocalExecutor(work, workers=1)
    executor.start()
    executor.submit(1)
    while not order:
        gate.wait(0.01)
    for run_id, priority in ((4, 0), (2, 5), (3, 9)):
        executor.submit(run_id, priority=priority, done=lambda well, run_id=run_id: told.setdefault(run_id, well))
    gate.set()
    assert finished.wait(20)
    assert executor.drain(20)
    assert order == [1, 3, 2, 4]
    assert told == {3: True, 2: False, 4: True}
    assert "broke off" in caplog.text


def test_what_waits_is_left_to_others_when_the_process_stops():
    started, gate, order = threading.Event(), threading.Event(), []

    def work(run_id):
        order.append(run_id)
        started.set()
        return gate.wait(20)

    executor = LocalExecutor(work, workers=1)
    executor.start()
    executor.submit(1)
    executor.submit(2)
    assert started.wait(20)
    assert not executor.drain(0.01)
    gate.set()
    executor.submit(3)
    assert order == [1]

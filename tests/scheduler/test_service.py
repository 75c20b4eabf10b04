"""Offers and claims; what was missed, what is owed, and who works."""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import After, Every, Job, LocalExecutor, Scheduler, Sweeper

SLOT = datetime(2026, 1, 1, tzinfo=UTC)
OFTEN = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(minutes=12), priority=7)
NEXT = Job("next", After("often"))


class Told:
    """Remembers what it was told."""

    def __init__(self):
        self.runs = []

    def start(self):
        self.runs.append("start")

    def submit(self, run_id, *, priority=0):
        self.runs.append((run_id, priority))

    def drain(self, timeout=None):
        return timeout is None


class Store:
    """Gives each slot of a job to the first who asks."""

    def __init__(self):
        self.taken = {}
        self.away = False

    def claim(self, job, slot):
        if self.away:
            raise ConnectionError("the store is away")
        if (job.name, slot) in self.taken:
            return None
        self.taken[job.name, slot] = len(self.taken) + 1
        return self.taken[job.name, slot]


def test_two_replicas_run_a_slot_once():
    store, first, second = Store(), Told(), Told()
    Scheduler([OFTEN], store.claim, first, now=lambda: SLOT)._offer("often", [SLOT])
    Scheduler([OFTEN], store.claim, second, now=lambda: SLOT)._offer("often", [SLOT])
    assert (first.runs, second.runs) == ([(1, 7)], [])


def test_a_slot_that_comes_too_late_is_missed_and_told():
    missed, executor = [], Told()
    late = Scheduler(
        [OFTEN],
        Store().claim,
        executor,
        now=lambda: SLOT + timedelta(minutes=13),
        missed=lambda job, slot: missed.append((job.name, slot)),
    )
    late._offer("often", [SLOT, SLOT + timedelta(minutes=2)])
    assert missed == [("often", SLOT)]
    assert executor.runs == [(1, 7)]


def test_a_slot_that_the_store_could_not_take_is_offered_again():
    store, executor = Store(), Told()
    scheduler = Scheduler([OFTEN], store.claim, executor, now=lambda: SLOT)
    store.away = True
    scheduler._offer("often", [SLOT])
    scheduler.offer_owed()
    assert executor.runs == []
    store.away = False
    scheduler.offer_owed()
    scheduler.offer_owed()
    assert executor.runs == [(1, 7)]


def test_a_run_whose_message_cannot_be_sent_stays_claimed():
    def away(run_id, *, priority):
        raise ConnectionError(run_id, priority)

    store, executor = Store(), Told()
    executor.submit = away
    Scheduler([OFTEN], store.claim, executor, now=lambda: SLOT)._offer("often", [SLOT])
    assert list(store.taken) == [("often", SLOT)]


@pytest.mark.parametrize(
    ("oldest", "coalesce", "offered"),
    [
        (None, True, []),
        (-60, True, [0]),
        (-60, False, [-10, -5, 0]),
        (-7, False, [-5, 0]),
        (0, True, []),
    ],
)
def test_what_came_while_nobody_was_there_is_made_up_for_within_its_grace(oldest, coalesce, offered):
    """Minutes from the present moment; the grace is twelve of them."""
    store, now = Store(), SLOT + timedelta(seconds=30)
    job = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(minutes=12), coalesce=coalesce)
    before = None if oldest is None else SLOT + timedelta(minutes=oldest)
    Scheduler([job], store.claim, Told(), now=lambda: now, oldest=lambda _job: before)._catch_up(job)
    assert [slot for _, slot in store.taken] == [SLOT + timedelta(minutes=minutes) for minutes in offered]


def test_the_schedule_begins_although_the_store_is_away(caplog):
    def away(job):
        raise ConnectionError(job.name)

    scheduler = Scheduler([OFTEN, NEXT], Store().claim, Told(), oldest=away)
    scheduler.start()
    scheduler.stop()
    assert [record.job for record in caplog.records] == [OFTEN.name, NEXT.name], "each is told of, and none keeps the others"


@pytest.mark.parametrize(("coalesce", "offered"), [(False, [5, 10, 15, 20, 25, 30]), (True, [5, 20, 25, 30])])
def test_a_clock_that_jumps_ahead_and_is_set_back_brings_each_slot_once_and_leaves_none_out(coalesce, offered):
    """The clock is looked at, in minutes: what was taken while it was ahead is offered again, and refused."""
    store, now = Store(), [SLOT]
    job = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(hours=1), coalesce=coalesce)
    scheduler = Scheduler([job], store.claim, Told(), now=lambda: now[0])
    for minutes in (0, 5, 21, 1, 6, 22, 26, 31):
        now[0] = SLOT + timedelta(minutes=minutes)
        scheduler.look()
    assert [(slot - SLOT) / timedelta(minutes=1) for _, slot in store.taken] == offered


def test_after_a_clock_was_set_back_the_next_slot_comes_in_its_time():
    store, now = Store(), [SLOT]
    scheduler = Scheduler([OFTEN], store.claim, Told(), now=lambda: now[0])
    for minutes in (0, 181, 2, 6):
        now[0] = SLOT + timedelta(minutes=minutes)
        scheduler.look()
    assert [(slot - SLOT) / timedelta(minutes=1) for _, slot in store.taken] == [180, 5]


@pytest.mark.parametrize(("coalesce", "told", "offered"), [(True, 0, 1), (False, 1, 3)])
def test_a_clock_that_jumps_ahead_by_years_offers_what_a_grace_lets_start_and_tells_once_what_is_missed(coalesce, told, offered):
    missed, store, now = [], Store(), [SLOT]
    job = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(minutes=12), coalesce=coalesce)
    scheduler = Scheduler([job], store.claim, Told(), now=lambda: now[0], missed=lambda _job, slot: missed.append(slot))
    for days in (0, 9_000):
        now[0] = SLOT + timedelta(days=days)
        scheduler.look()
    assert missed == [SLOT + timedelta(minutes=5)] * told
    assert len(store.taken) == offered


def test_of_the_slots_that_a_store_that_was_away_is_owed_a_job_that_coalesces_gets_the_newest(caplog):
    store, executor = Store(), Told()
    scheduler = Scheduler([OFTEN], store.claim, executor, now=lambda: SLOT + timedelta(minutes=10))
    store.away = True
    for minutes in (0, 5, 10):
        scheduler._offer("often", [SLOT + timedelta(minutes=minutes)])
    scheduler.offer_owed()
    assert len(caplog.records) == 1, "an outage is told of once"
    store.away = False
    scheduler.offer_owed()
    assert [slot for _, slot in store.taken] == [SLOT + timedelta(minutes=10)]


def test_slots_are_offered_as_they_come_with_their_nominal_times_until_it_stops():
    slots, came = [], threading.Event()

    def claim(job, slot):
        slots.append((job.name, slot))
        came.set()

    scheduler = Scheduler([Job("tick", Every(timedelta(seconds=1))), NEXT], claim, Told())
    scheduler.start()
    assert came.wait(20)
    scheduler.stop()
    assert {name for name, _ in slots} == {"tick"}
    assert slots[0][1].microsecond == 0
    assert slots[0][1].tzinfo is UTC


def test_workers_take_what_waits_and_a_bug_ends_nothing(caplog):
    waiting, done, finished = deque([1, 2, 3]), [], threading.Event()

    def work(run_id):
        if run_id == 2:
            raise LookupError("a bug")
        done.append(run_id)
        if run_id == 9:
            finished.set()

    executor = LocalExecutor(lambda: waiting.popleft() if waiting else None, work, 1, look_seconds=3600)
    executor.start()
    while done != [1, 3]:
        time.sleep(0.01)
    waiting.append(9)
    executor.submit(9)
    assert finished.wait(20)
    assert executor.drain(20)
    assert "broke off" in caplog.text


def test_all_workers_work_at_once():
    waiting, met = deque(range(4)), threading.Barrier(4, timeout=20)
    executor = LocalExecutor(lambda: waiting.popleft() if waiting else None, lambda _run: met.wait() and None, 4)
    executor.start()
    while waiting:
        time.sleep(0.01)
    assert executor.drain(20)
    assert not met.broken


def test_a_worker_outlives_a_store_that_is_away():
    asked, taken = [], threading.Event()

    def take():
        asked.append(1)
        if len(asked) == 1:
            raise ConnectionError("the store is away")
        taken.set()

    executor = LocalExecutor(take, lambda _run: None, 1, look_seconds=0.01)
    executor.start()
    assert taken.wait(20)
    assert executor.drain(20)


def test_what_waits_is_left_to_others_when_the_process_stops():
    started, gate, done, waiting = threading.Event(), threading.Event(), [], deque([1, 2])

    def work(run_id):
        done.append(run_id)
        started.set()
        gate.wait(20)

    executor = LocalExecutor(lambda: waiting.popleft() if waiting else None, work, 1)
    executor.start()
    assert started.wait(20)
    assert not executor.drain(0.01)
    gate.set()
    assert executor.drain(20)
    assert (done, list(waiting)) == ([1], [2])


class Asked:
    """One that waits."""

    run_id, priority = 5, 3


def test_the_sweeper_asks_for_what_waits_and_comes_back_after_a_fault():
    executor, found, asked = Told(), threading.Event(), []

    def look():
        asked.append(1)
        if len(asked) == 1:
            return [Asked()], 0.01
        found.set()
        raise ConnectionError("the store is away")

    sweeper = Sweeper(look, executor)
    sweeper.start()
    assert found.wait(20)
    sweeper.stop()
    assert executor.runs == [(5, 3)]

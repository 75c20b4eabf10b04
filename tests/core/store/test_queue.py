"""The queue of runs: one worker at a time, nothing forgotten, nothing tried for ever."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import select, text, update

from ltc.core.errors import Fenced
from ltc.core.store import Store, queue
from ltc.core.store import tables as t

AT = "2026-06-01T12:00:00.000000Z"


def queued(store: Store, job: str = "changes", slot: str = AT, **more) -> int | None:
    most, wait = more.pop("most", 0), more.pop("wait", 0.0)
    with store.transaction() as tx:
        return queue.put(tx, {"job": job, "slot": slot, **more}, most=most, wait=wait)


def take(store: Store, run_id: int = 0, holder: str = "one", seconds: float = 60) -> queue.Hold | None:
    return queue.take(store, holder, seconds, AT, run_id)


def lapse(store: Store, run_id: int) -> None:
    """Let the time of a run's holder, or of those who might take it, be over."""
    with store.transaction() as tx:
        tx.execute(update(t.run).where(t.run.c.id == run_id).values(until=1))


def row(store: Store, run_id: int):
    with store.reading() as tx:
        return tx.execute(select(t.run).where(t.run.c.id == run_id)).one()


def end(store: Store, hold: queue.Hold) -> None:
    with store.transaction(hold) as tx:
        queue.end(tx, hold, status="done", error="", counts="{}", at=AT)


def test_a_slot_is_queued_once(store):
    assert queued(store) is not None
    assert queued(store) is None
    assert queued(store, slot="2026-06-01T12:05:00.000000Z") is not None


def test_no_more_runs_of_a_job_are_queued_than_may_overlap(store):
    first = queued(store, most=1)
    assert queued(store, slot="2026-06-01T12:05:00.000000Z", most=1) is None
    assert queued(store, job="other", most=1) is not None
    end(store, take(store, first))
    assert queued(store, slot="2026-06-01T12:10:00.000000Z", most=1) is not None


def test_the_most_urgent_is_taken_first_and_each_by_one(store):
    runs = [queued(store, slot=f"2026-06-01T12:0{number}:00.000000Z", priority=number % 2) for number in range(4)]
    assert [take(store).run_id for _ in runs] == [runs[1], runs[3], runs[0], runs[2]]
    assert take(store) is None
    assert take(store, runs[0]) is None


def test_what_must_wait_is_not_taken_before(store):
    run_id = queued(store, wait=60)
    with store.reading() as tx:
        assert not queue.is_anything_waiting(tx)
    assert take(store) is None
    assert queue.sweep(store, AT).waiting == []
    assert take(store, run_id).run_id == run_id, "who names it takes it all the same"


def test_a_taken_run_knows_what_it_is_about(store):
    run_id = queued(store, options='{"full": true}')
    hold = take(store)
    assert (hold.run_id, hold.job, hold.slot, hold.options, hold.slices, hold.token) == (
        run_id,
        "changes",
        AT,
        '{"full": true}',
        1,
        1,
    )
    found = row(store, run_id)
    assert (found.status, found.holder, found.started_at) == ("running", "one", AT)


def test_what_nobody_takes_is_asked_for_again_each_time_later(store):
    run_id = queued(store, priority=7)
    assert queue.sweep(store, AT).waiting == []
    pauses = []
    for _ in range(7):
        lapse(store, run_id)
        swept = queue.sweep(store, AT)
        assert (swept.waiting, swept.lost) == ([queue.Waiting(run_id, 7)], [])
        with store.reading() as tx:
            now = tx.scalar(text(f"SELECT {queue.NOW[tx.dialect]}"))
        pauses.append(round((row(store, run_id).until - now) / 15e6))
    assert pauses == [1, 2, 4, 8, 16, 32, 32]
    assert take(store).run_id == run_id


def test_a_run_whose_worker_is_lost_goes_to_another_and_the_lost_one_writes_nothing(store):
    run_id = queued(store)
    old = take(store, seconds=60)
    assert queue.sweep(store, AT).waiting == [], "it lives"
    lapse(store, run_id)
    with store.transaction(old):
        pass
    assert queue.sweep(store, AT).waiting == [], "its transaction has renewed it"
    lapse(store, run_id)
    swept = queue.sweep(store, AT)
    assert (swept.waiting, swept.lost) == ([queue.Waiting(run_id)], [(run_id, "changes", "one")])
    with pytest.raises(Fenced, match="lost run"), store.transaction(old):
        pass
    new = take(store, holder="two")
    assert (new.run_id, new.slices) == (run_id, 2)
    with pytest.raises(Fenced):
        old.renew()
    end(store, new)
    with pytest.raises(Fenced):
        old.renew()
    assert row(store, run_id).status == "done"


def test_a_run_that_loses_every_worker_fails_for_good_and_says_so(store):
    run_id = queued(store)
    with store.transaction() as tx:
        part = tx.insert_one(t.run, {"job": "changes:sap.customer", "slot": AT, "status": "running", "parent": run_id})
    for number in range(queue.MOST_ATTEMPTS):
        assert take(store, holder=f"worker {number}") is not None
        lapse(store, run_id)
        swept = queue.sweep(store, AT)
    assert (swept.waiting, swept.given_up) == ([], [(run_id, "changes", "worker 4")])
    found = row(store, run_id)
    assert (found.status, found.finished_at, found.until) == ("failed", AT, None)
    assert found.error == "Given up: 5 workers were lost while they worked on it, the last one was worker 4."
    assert (row(store, part).status, row(store, part).error) == ("failed", "interrupted")


def test_a_run_that_comes_on_may_lose_workers_anew(store):
    run_id = queued(store)
    for _ in range(queue.MOST_ATTEMPTS - 1):
        take(store)
        lapse(store, run_id)
        queue.sweep(store, AT)
    hold = take(store)
    with store.transaction(hold) as tx:
        queue.hand_on(tx, hold)
    take(store)
    lapse(store, run_id)
    assert queue.sweep(store, AT).given_up == []


def test_the_sweep_says_when_to_look_again(store):
    assert queue.sweep(store, AT).seconds == queue.LOOK_SECONDS
    queued(store)
    hold = take(store, seconds=4)
    assert 3 < queue.sweep(store, AT).seconds <= 4.1
    with store.transaction(hold) as tx:
        queue.hand_on(tx, hold, wait=2)
    assert 1 < queue.sweep(store, AT).seconds <= 2.1


def test_sweeps_at_once_ask_for_a_run_once(store, store_url):
    runs = [queued(store, slot=f"2026-06-01T12:00:0{number}.000000Z") for number in range(8)]
    for run_id in runs:
        lapse(store, run_id)
    found: list[int] = []

    def look() -> None:
        own = Store(store_url)
        try:
            found.extend(waiting.run_id for waiting in queue.sweep(own, AT).waiting)
        finally:
            own.close()

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(runs)

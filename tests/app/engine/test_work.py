"""Work as the processes of a hub share it: what is claimed is done once, whoever dies, and what follows it follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import create_hub
from ltc.app.engine import resting
from ltc.app.engine.api import Engine
from ltc.app.engine.context import instant, never
from ltc.app.engine.outcome import Done
from ltc.app.engine.span import Span
from ltc.app.engine.work import Work
from ltc.core.errors import Later, Rejected
from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import tables as t
from tests.core.store.jumping import Clockmaker

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
JOBS = """
changes: {every: 5 minutes}
bills: {after: changes, priority: 3}
letters: {after: bills}
both: {every: 5 minutes, max_instances: 2}
"""


@pytest.fixture
def engine(tmp_path: Path, store_url: str) -> Iterator[Engine]:
    """A hub without systems, whose jobs follow each other."""
    create_hub(tmp_path / "hub", HubSettings(id="acme", title="Acme"))
    (tmp_path / "hub" / "config" / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    with (tmp_path / "hub" / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndatabase:\n  url: {store_url}\n")
    engine = Engine(open_hub(tmp_path / "hub").require_sound(), clock=VirtualClock(NOW))
    yield engine
    engine.close()


def workers(engine: Engine, do: Callable[..., Done]) -> Work:
    """Another process on the same store, in which jobs do something else."""
    return Work(engine.config, engine.store, engine.clock, do)


def does(**outcome: Any) -> Callable[..., Done]:
    return lambda *_: Done(**outcome)


def standing(engine: Engine) -> list[tuple[str, str, str]]:
    """Say how the jobs' runs stand."""
    r = t.run
    with engine.store.reading() as tx:
        return [tuple(row) for row in tx.execute(select(r.c.job, r.c.status, r.c.error).order_by(r.c.id))]


def lapse(engine: Engine) -> None:
    with engine.store.transaction() as tx:
        tx.execute(update(t.run).where(t.run.c.until.is_not(None)).values(until=1))


def slot(minutes: int = 0) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_followers_follow_through_the_store_in_the_slot_of_the_first(engine: Engine) -> None:
    one, other = workers(engine, does()), workers(engine, does())
    assert one.claim(engine.config.jobs["changes"], slot()) is not None
    first = one.work()
    assert first is not None
    assert first.well
    assert [waiting.priority for waiting in first.waiting] == [3]
    second = other.work()  # another process: the one that did the first may be gone
    assert second is not None
    third = other.work(second.waiting[0].run_id)
    assert third is not None
    assert third.waiting == ()
    assert standing(engine) == [("changes", "done", ""), ("bills", "done", ""), ("letters", "done", "")]
    with engine.store.reading() as tx:
        assert set(tx.execute(select(t.run.c.slot)).scalars()) == {instant(slot())}
    assert one.work() is None


def test_nothing_follows_a_failure_or_a_pause(engine: Engine) -> None:
    work = workers(engine, does(error="SAP is away."))
    work.claim(engine.config.jobs["changes"], slot())
    worked = work.work()
    assert worked is not None
    assert (worked.well, worked.waiting) == (False, ())
    engine.pause_job(engine.config.jobs["bills"], actor="ann")
    work = workers(engine, does())
    work.claim(engine.config.jobs["changes"], slot(5))
    assert work.work() is not None
    assert standing(engine) == [("changes", "failed", "SAP is away."), ("changes", "done", "")]


def test_a_follower_that_still_runs_is_not_started_anew(engine: Engine) -> None:
    work = workers(engine, does())
    for minutes in (0, 5):
        work.claim(engine.config.jobs["changes"], slot(minutes))
        hold = work.take(_newest(engine))
        assert hold is not None
        assert work.go_on(hold).well
    assert standing(engine) == [("changes", "done", ""), ("bills", "queued", ""), ("changes", "done", "")]


def test_a_message_brings_what_is_most_urgent_and_else_what_it_names(engine: Engine) -> None:
    work = workers(engine, does())
    named = work.claim(engine.config.jobs["changes"], slot())
    assert named is not None
    with engine.store.transaction() as tx:
        tx.execute(update(t.run).where(t.run.c.id == named).values(not_before=2**60))
    assert work.work() is None
    other = work.claim(engine.config.jobs["both"], slot())
    assert [worked.run_id for worked in (work.work(named), work.work(named)) if worked is not None] == [other, named]


def _newest(engine: Engine) -> int:
    with engine.store.reading() as tx:
        return int(tx.scalar(select(t.run.c.id).order_by(t.run.c.id.desc()).limit(1)))


def test_so_many_runs_of_a_job_overlap_as_it_declares(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    jobs = engine.config.jobs
    work = workers(engine, does())
    assert work.claim(jobs["changes"], slot()) is not None
    assert work.claim(jobs["changes"], slot(5)) is None
    assert "its slot 2026-06-01T04:05:00+00:00 is left out" in caplog.text
    caplog.clear()
    assert work.claim(jobs["changes"], slot()) is None, "another process has it"
    assert caplog.text == ""
    assert [work.claim(jobs["both"], slot(minutes)) is None for minutes in (0, 5, 10)] == [False, False, True]
    assert work.oldest_slot(jobs["both"]) == slot(0)
    assert work.oldest_slot(jobs["letters"]) is None


def test_a_slice_is_handed_on_and_the_run_ends_once(engine: Engine) -> None:
    outcomes = [Done(paused=True), Done(paused=True, wait=0.2), Done({"read": 3})]
    seen: list[tuple[int, int]] = []

    def do(_job: Any, hold: Any, _enough: Any) -> Done:
        seen.append((hold.run_id, hold.slices))
        return outcomes[hold.slices - 1]

    work = workers(engine, do)
    run_id = work.claim(engine.config.jobs["changes"], slot())
    assert run_id is not None
    first = work.work()
    assert first is not None
    assert (first.well, [one.run_id for one in first.waiting]) == (None, [run_id])
    second = work.work(run_id)
    assert second is not None
    assert (second.well, second.waiting) == (None, ()), "it waits a moment"
    assert work.work() is None
    third = work.work(run_id)
    assert third is not None
    assert third.well
    assert seen == [(run_id, 1), (run_id, 2), (run_id, 3)]
    assert standing(engine)[0] == ("changes", "done", "")


def test_a_worker_that_lost_its_run_changes_nothing_and_lets_nothing_follow(engine: Engine) -> None:
    thieves: list[Any] = []

    def slow(*_: Any) -> Done:
        lapse(engine)
        waiting, _ = engine.work.sweep()
        assert [one.run_id for one in waiting] == [run_id]
        thieves.append(workers(engine, does()).take(run_id))
        return Done({"read": 1})

    work = workers(engine, slow)
    run_id = work.claim(engine.config.jobs["changes"], slot())
    worked = work.work()
    assert worked is not None
    assert (worked.well, worked.waiting) == (None, ())
    assert standing(engine) == [("changes", "running", "")]
    assert workers(engine, does()).go_on(thieves[0]).well
    assert [row[:2] for row in standing(engine)] == [("changes", "done"), ("bills", "queued")]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Rejected("The number is taken.", remedy="Choose another."), "The number is taken. Choose another."),
        (LookupError("a bug"), "This should not happen (LookupError: a bug). See the hub's log."),
    ],
)
def test_what_goes_wrong_fails_the_run_and_says_so(
    engine: Engine, caplog: pytest.LogCaptureFixture, fault: Exception, said: str
) -> None:
    def fails(*_: Any) -> Done:
        raise fault

    work = workers(engine, fails)
    work.claim(engine.config.jobs["changes"], slot())
    worked = work.work()
    assert worked is not None
    assert worked.well is False
    assert standing(engine) == [("changes", "failed", said)]
    told = [record.getMessage() for record in caplog.records]
    assert any("The job changes failed: " in line for line in told)
    assert not any("a bug" in line for line in told), "what an error that is not ours says may be a record's value"


def test_a_run_whose_end_the_store_could_not_keep_goes_on_elsewhere(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    work = workers(engine, does())
    run_id = work.claim(engine.config.jobs["changes"], slot())

    def away(*_: Any) -> None:
        raise Later("The store is away.", code="store.away")

    monkeypatch.setattr(work, "_keep", away)
    worked = work.work()
    assert worked is not None
    assert worked.well is None
    lapse(engine)
    assert [one.run_id for one in engine.work.sweep()[0]] == [run_id]
    again = workers(engine, does()).work(run_id)
    assert again is not None
    assert again.well


def test_a_run_of_a_job_that_is_no_more_fails_and_says_so(engine: Engine) -> None:
    work = workers(engine, does())
    run_id = work.claim(engine.config.jobs["changes"], slot())
    with engine.store.transaction() as tx:
        tx.execute(update(t.run).values(job="gone"))
    assert work.work(run_id) is not None
    assert standing(engine) == [("gone", "failed", "jobs.yaml has no job 'gone' any more.")]


def test_a_process_that_drains_takes_nothing_more_and_ends_its_slice(engine: Engine) -> None:
    def puts_down(_job: Any, _hold: Any, enough: Callable[[], bool]) -> Done:
        assert not enough()
        work.drain()
        return Done(paused=enough())

    work = workers(engine, puts_down)
    work.claim(engine.config.jobs["changes"], slot())
    worked = work.work()
    assert worked is not None
    assert worked.well is None
    assert work.work(worked.run_id) is None
    assert standing(engine) == [("changes", "queued", "")]


def test_a_run_by_hand_is_nobody_elses_and_says_if_it_was_broken_off(engine: Engine) -> None:
    def breaks(_job: Any, _hold: Any, enough: Any) -> Done:
        assert enough is never
        assert engine.work.take() is None
        raise KeyboardInterrupt

    work = workers(engine, breaks)
    with engine.store.transaction() as tx:
        hold = work.by_hand(tx, engine.config.jobs["changes"])
    assert hold is not None
    with pytest.raises(KeyboardInterrupt):
        work.finish(hold)
    assert standing(engine) == [("changes", "failed", "Broken off by hand.")]


def test_a_process_for_some_jobs_leaves_the_others(engine: Engine) -> None:
    work = workers(engine, does())
    work.claim(engine.config.jobs["changes"], slot())
    work.only = ("both",)
    assert work.work() is None
    work.claim(engine.config.jobs["both"], slot())
    worked = work.work()
    assert worked is not None
    assert [row[:2] for row in standing(engine)] == [("changes", "queued"), ("both", "done")]


def test_a_back_fill_whose_calls_are_spent_goes_on_by_itself_and_says_nothing_of_the_job(engine: Engine) -> None:
    span = Span(slot(-60), slot(-30))
    outcomes = [Done(error="Spent.", until=instant(slot(10))), Done()]
    work = workers(engine, lambda _job, hold, _enough: outcomes[hold.slices - 1])
    job = engine.config.jobs["changes"]
    work.claim(job, slot(-90))
    assert workers(engine, does()).work() is not None
    while workers(engine, does()).work() is not None:
        pass
    with engine.store.transaction() as tx:
        hold = work.by_hand(tx, job, span.options())
    assert hold is not None
    first = work.finish(hold)
    assert (first.well, first.waiting) == (None, ())
    assert standing(engine)[-1][:2] == ("changes", "queued")
    assert work.rested() == {}, "the job itself does not rest"
    assert work.work() is None, "nobody takes it before its time"
    told = {one["job"]: one for one in engine.jobs()["jobs"]}["changes"]
    assert (told["status"], told["late"] is not None) == ("done", True), "a back-fill makes up for no slot"
    assert work.oldest_slot(job) == slot(-90)
    assert work.claim(job, slot(5)) is not None, "it is in the way of no slot"
    assert work.claim(job, slot(10)) is None
    again = work.take(hold.run_id)
    assert again is not None
    assert Span.of(again.options) == span
    assert work.go_on(again).well


def test_who_lives_by_the_store_waits_for_nothing_after_its_clock_was_set_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, maker = engine.store, Clockmaker(engine.store, monkeypatch)
    maker.wind(store)
    lives = Work(engine.config, store, store.clock, does())
    lives.sweep()
    maker.jump(3 * 3_600)
    lives.sweep()
    run_id = lives.claim(engine.config.jobs["both"], store.clock.now())
    with store.transaction() as tx:
        resting.keep(tx, "changes", instant(store.clock.now() + timedelta(hours=1)), "Its calls were spent.")
        tx.execute(update(t.run).where(t.run.c.id == run_id).values(not_before=t.run.c.until))
    maker.jump(-3 * 3_600)
    assert lives.sweep()[1] < 60
    lives.sweep()
    with store.reading() as tx:
        assert not resting.resting(tx)
    taken = lives.take()
    assert taken is not None
    assert taken.run_id == run_id


def test_a_hub_that_is_given_no_time_to_live_in_lives_by_its_store(engine: Engine) -> None:
    alone = Engine(engine.config)
    assert alone.clock is alone.store.clock
    alone.close()

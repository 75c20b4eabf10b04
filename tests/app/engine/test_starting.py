"""Jobs that webhooks start: none is lost, many that come together are one run, and none begins out of its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import create_hub
from ltc.app.engine import pausing, resting, starting
from ltc.app.engine.context import instant
from ltc.app.engine.hooks import Hooks
from ltc.app.engine.outcome import Done
from ltc.app.engine.work import Work
from ltc.core.store import queue
from ltc.core.store import tables as t
from ltc.core.store.queue import Waiting
from scheduler import Job, OnWebhook, read_window
from tests.app.engine.hubs import SmallHub
from tests.app.engine.posting import customer, post, states

PAID = Job("paid", OnWebhook(("left.Customer",)), priority=7)
ANY = Job("any", OnWebhook(("right", "left")))


@dataclass
class Desk:
    """A hub that is posted to, and its workers."""

    hub: SmallHub
    folder: Path
    jobs: tuple[Job, ...] = (PAID,)

    def hooks(self, tell: Callable[[Waiting], None] = lambda _one: None) -> Hooks:
        return Hooks(self.hub.context(), jobs=self.jobs, tell=tell)

    def work(self, do: Callable[..., Done] = lambda *_: Done()) -> Work:
        config = replace(open_hub(self.folder), jobs={job.name: job for job in self.jobs})
        return Work(config, self.hub.store, self.hub.clock, do)

    def runs(self) -> list[tuple[str, str]]:
        r = t.run
        with self.hub.store.reading() as tx:
            names = [job.name for job in self.jobs]
            return [tuple(row) for row in tx.execute(select(r.c.job, r.c.status).where(r.c.job.in_(names)).order_by(r.c.id))]

    def asked(self) -> list[str]:
        with self.hub.store.reading() as tx:
            return starting.asked(tx)

    def post(self, hooks: Hooks, event: str = "") -> None:
        assert isinstance(post(hooks, "left", "LC0001", event=event), int)


@pytest.fixture
def desk(heard: SmallHub, tmp_path: Path) -> Desk:
    create_hub(tmp_path / "files", HubSettings(id="acme", title="Acme"))
    customer(heard.left, "Alpha")
    return Desk(heard, tmp_path / "files")


def test_many_webhooks_are_one_run_while_it_waits_to_begin(desk: Desk) -> None:
    told: list[Waiting] = []
    hooks = desk.hooks(told.append)
    for _ in range(5):
        desk.post(hooks)
    assert desk.runs() == [("paid", "queued")]
    assert [one.priority for one in told] == [7]
    worked = desk.work().work(told[0].run_id)
    assert worked is not None
    assert (worked.run_id, worked.well, worked.waiting) == (told[0].run_id, True, ())
    desk.post(hooks)
    assert desk.runs() == [("paid", "done"), ("paid", "queued")], "the next one, at the same moment of this clock"


def test_only_what_the_job_names_starts_it_and_each_event_once(desk: Desk) -> None:
    desk.jobs = (PAID, ANY)
    hooks = desk.hooks()
    post(hooks, "left", "X1", obj="Product")
    assert desk.runs() == [("any", "queued")]
    assert desk.work().work() is not None
    post(hooks, "left", "X1", obj="Product", event="one")
    assert desk.work().work() is not None
    assert post(hooks, "left", "X1", obj="Product", event="one") == 0
    assert desk.runs() == [("any", "done")] * 2
    desk.post(hooks)
    assert desk.runs()[2:] == [("paid", "queued"), ("any", "queued")]


def test_webhooks_during_a_run_make_one_more_when_it_ends(desk: Desk) -> None:
    hooks = desk.hooks()

    def do(_job: Any, hold: Any, _enough: Any) -> Done:
        if hold.slices == 1 and len(desk.runs()) == 1:
            desk.post(hooks)
            return Done(paused=True)
        desk.post(hooks)  # a run that was put down has begun: it may have read past what this one tells of
        return Done(error="SAP is away.")

    desk.post(hooks)
    work = desk.work(do)
    assert work.work() is not None
    ended = work.work()
    assert ended is not None
    assert (ended.well, len(ended.waiting)) == (False, 1)
    assert desk.runs() == [("paid", "failed"), ("paid", "queued")]
    assert desk.asked() == []
    last = desk.work().work(ended.waiting[0].run_id)
    assert last is not None
    assert last.waiting == ()
    assert desk.runs() == [("paid", "failed"), ("paid", "done")]


def test_so_many_runs_are_under_way_as_the_job_may_have(desk: Desk) -> None:
    desk.jobs = (replace(PAID, max_instances=2),)
    hooks, work = desk.hooks(), desk.work()
    for _ in range(2):
        desk.post(hooks)
        assert work.take() is not None
    desk.post(hooks)
    assert desk.runs() == [("paid", "running")] * 2
    assert desk.asked() == ["paid"]


def test_what_was_asked_for_during_a_run_that_is_given_up_begins_by_the_sweep(desk: Desk) -> None:
    hooks, work = desk.hooks(), desk.work()
    desk.post(hooks)
    assert work.take() is not None
    desk.post(hooks)
    assert work.sweep()[0] == []
    assert desk.asked() == ["paid"], "its worker may be well"
    with desk.hub.store.transaction() as tx:
        tx.execute(update(t.run).where(t.run.c.until.is_not(None)).values(until=1, attempts=queue.MOST_ATTEMPTS - 1))
    waiting, _ = work.sweep()
    assert desk.runs() == [("paid", "failed"), ("paid", "queued")]
    assert len(waiting) == 1
    assert desk.asked() == []


def test_a_job_that_is_paused_or_rests_is_not_started(desk: Desk) -> None:
    hooks, now = desk.hooks(), desk.hub.clock.now()
    with desk.hub.store.transaction() as tx:
        pausing.pause(tx, "paid", at=instant(now), actor="ann", why="")
    desk.post(hooks)
    assert desk.runs() == []
    with desk.hub.store.transaction() as tx:
        pausing.resume(tx, "paid")
        resting.keep(tx, "paid", instant(now + timedelta(hours=1)), "Its calls are spent.")
    desk.post(hooks)
    assert desk.runs() == []
    desk.hub.clock.advance(3_601)
    desk.work().sweep()
    assert desk.runs() == [("paid", "queued")], "the end of the rest begins a run"
    desk.post(hooks)
    assert desk.runs() == [("paid", "queued")]


def test_in_a_quiet_window_the_run_waits_for_its_end(desk: Desk) -> None:
    desk.jobs = (replace(PAID, quiet=(read_window("00:00-12:00"),)),)
    told: list[Waiting] = []
    desk.post(desk.hooks(told.append))
    assert desk.runs() == [("paid", "queued")]
    assert told == []
    assert desk.work().take() is None
    with desk.hub.store.reading() as tx:
        wait = tx.scalar(select(t.run.c.until - t.run.c.not_before).where(t.run.c.job == "paid"))
    assert abs(wait / 1_000_000 - queue.UNCLAIMED_SECONDS) < 1, "it is asked for when its time has come"


def test_run_and_webhook_are_stored_together_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = desk.hooks()

    def breaks(*_: Any, **__: Any) -> int:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(queue, "put", breaks)
        assert not isinstance(post(hooks, "left", "LC0001", event="one"), int)
    assert (states(desk.hub), desk.runs()) == ({}, [])
    assert post(hooks, "left", "LC0001", event="one") == 1, "the vendor tries again"
    assert (states(desk.hub), desk.runs()) == ({"pending": 1}, [("paid", "queued")])


def test_a_broker_that_is_away_fails_no_webhook(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def away(one: Waiting) -> None:
        raise ConnectionError(one)

    desk.post(desk.hooks(away))
    assert desk.runs() == [("paid", "queued")]
    assert "Workers could not be told of run" in caplog.text


def test_processes_that_hear_at_once_queue_one_run(desk: Desk) -> None:
    doors = [desk.hooks() for _ in range(4)]
    begin = threading.Barrier(len(doors))

    def hear(number: int) -> None:
        begin.wait()
        for turn in range(5):
            desk.post(doors[number], f"{number}-{turn}")

    threads = [threading.Thread(target=hear, args=(number,)) for number in range(len(doors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(desk.hub) == {"pending": 20}
    assert desk.runs() == [("paid", "queued")]


def test_no_webhook_is_forgotten_while_runs_begin_and_end(desk: Desk) -> None:
    """After the last webhook a run begins, however the two meet."""
    hooks, seen, posted = desk.hooks(), [0], 30

    def do(*_: Any) -> Done:
        seen[0] = sum(states(desk.hub).values())
        return Done()

    work = desk.work(do)
    poster = threading.Thread(target=lambda: [desk.post(hooks, f"e{number}") for number in range(posted)])
    poster.start()
    while poster.is_alive():
        work.work()
    while work.work() is not None:
        pass
    assert seen == [posted]
    assert desk.asked() == []

"""Jobs stop before a system's calls are spent, say until when, and go on by themselves."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from ltc.app.engine.api import Engine
from ltc.app.engine.freshness import schedule
from ltc.core.store import tables as t
from tests.system.orgs import Orgs

TOMORROW = "2026-03-03T00:00:00.000000Z"


def claimed(engine, name, clock):
    run_id = engine.work.claim(engine.config.jobs[name], clock.now())
    assert run_id is not None
    return run_id


@pytest.fixture
def served(tmp_path, store_url):
    made = Orgs(tmp_path / "hub", store_url)
    made.fill(3)
    yield made
    made.close()


def job(engine, name, clock):
    with engine.store.reading() as tx:
        return {one["job"]: one for one in schedule(tx, engine.config.jobs, clock.now())}[name]


def test_a_nightly_read_leaves_the_last_fifth_and_goes_on_by_itself(served, caplog):
    engine, clock, org = served.engine, served.clock, served.west
    org.daily_limit, org.used = 1000, 900
    engine.sync(systems=["west"], entities=["customer"])  # the hub hears how much is used
    assert engine.work.work(claimed(engine, "everything", clock)).well is False
    [run] = [run for run in engine.status()["jobs"] if run["job"] == "everything"]
    assert (run["status"], run["finished_at"] is not None) == ("spent", True)
    assert "the last 200 are kept for what is more urgent" in run["error"]
    told = job(engine, "everything", clock)
    until = told["rests_until"]
    assert (told["late"], until) == (None, "2026-03-02T07:00:00.000000Z")
    assert engine.work.rested() == {}
    assert engine.work.work(claimed(engine, "changes", clock)).well is True
    clock.advance(3601)
    org.used = 10
    assert list(engine.work.rested()) == ["everything"]
    slot = engine.work.rested()["everything"]
    other = engine.work.claim(engine.config.jobs["everything"], clock.now())
    caplog.clear()
    assert engine.work.sweep()[0] == []
    assert caplog.text == "", "that another of its runs has not ended is no news at each sweep"
    with engine.store.transaction() as tx:
        tx.execute(delete(t.run).where(t.run.c.id == other))
    run_id = engine.work.claim(engine.config.jobs["everything"], slot)
    assert engine.work.claim(engine.config.jobs["everything"], slot) is None, "another replica does not go on too"
    assert engine.work.work(run_id).well is True
    assert engine.work.rested() == {}
    assert job(engine, "everything", clock)["rests_until"] is None


def test_a_system_that_refuses_does_not_stop_the_others_and_is_not_called_again(served):
    engine, clock = served.engine, served.clock
    served.west.daily_limit = served.west.used + 3
    report = engine.sync()
    assert {run["system"]: run["status"] for run in report["runs"]} == {"west": "spent", "east": "done"}
    [quota] = [one for one in engine.status()["quotas"] if one["system"] == "west"]
    assert quota["rests_until"] is not None
    calls = served.west.calls.total()
    other = Engine(engine.config, clock=clock)
    assert {run["system"]: run["status"] for run in other.sync()["runs"]}["west"] == "spent"
    other.close()
    assert served.west.calls.total() == calls
    clock.advance(3600)
    served.west.daily_limit = 1_000_000
    assert {run["status"] for run in engine.sync()["runs"]} == {"done"}


def test_a_limit_of_the_admin_is_kept(served):
    path = served.folder / "config" / "systems.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("west:\n", "west:\n  limits: {per_second: 1, per_day: 500}\n"), encoding="utf-8")
    engine = served.open()
    began = served.clock.now()
    assert {run["status"] for run in engine.sync()["runs"]} == {"done"}
    calls = served.west.calls.total()
    assert (served.clock.now() - began).total_seconds() >= calls - 2
    [west] = [one for one in engine.status()["quotas"] if one["system"] == "west"]
    assert (west["budget"], west["per_second"]) == (500, 1)
    assert west["resets"] == TOMORROW
    engine.close()

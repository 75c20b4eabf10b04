"""The hub's daily cleaning: a job like any other, which deletes what is older than the hub keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import create_hub
from ltc.app.engine.api import Engine
from ltc.app.engine.context import instant
from ltc.core.errors import Misconfigured
from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import tables as t

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path, store_url: str) -> Iterator[Engine]:
    """A hub that has no system and keeps its calls for three days."""
    create_hub(tmp_path / "hub", HubSettings(id="acme", title="Acme"))
    with (tmp_path / "hub" / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndatabase:\n  url: {store_url}\nretention:\n  log: 365000 days\n  calls: 3 days\n")
    engine = Engine(open_hub(tmp_path / "hub").require_sound(), clock=VirtualClock(NOW))
    yield engine
    engine.close()


def test_the_job_cleans_by_what_the_hub_says(engine: Engine) -> None:
    columns = ("run_id", "at", "system", "method", "target", "status", "milliseconds")
    ages = {"new": 2, "old": 4, "older": 30}
    rows = [(1, instant(NOW - timedelta(days=age)), "sap", "GET", name, "200", 1) for name, age in ages.items()]
    with engine.store.transaction() as tx:
        tx.insert(t.call, columns, sorted(rows, key=lambda row: row[1]))
    run_id = engine.work.claim(engine.config.jobs["cleaning"], NOW)
    assert run_id is not None
    assert engine.work.claim(engine.config.jobs["cleaning"], NOW) is None
    worked = engine.work.work(run_id)
    assert worked is not None
    assert worked.well
    assert engine.work.work(run_id) is None
    with engine.store.reading() as tx:
        assert [row[0] for row in tx.execute(select(t.call.c.target))] == ["new"]
        status, counts, finished = tx.execute(select(t.run.c.status, t.run.c.counts, t.run.c.finished_at)).one()
    assert (status, finished) == ("done", instant(NOW))
    assert json.loads(counts)["calls"] == 2
    assert "context" not in vars(engine)


def test_a_paused_job_is_started_by_nobody_but_by_hand(engine: Engine) -> None:
    job = engine.config.jobs["cleaning"]
    assert engine.pause_job(job, actor="ann", why="the disk is slow")
    assert engine.work.claim(job, NOW) is None
    done = engine.run_job(job, actor="ann")
    assert (done["job"], done["status"], done["error"]) == ("cleaning", "done", "")
    assert engine.resume_job(job, actor="ann")
    assert engine.work.claim(job, NOW + timedelta(days=1)) is not None
    with engine.store.reading() as tx:
        told = [(row.actor, row.action, row.subject) for row in tx.execute(select(t.audit).order_by(t.audit.c.id))]
    assert told == [("ann", f"job.{action}", "cleaning") for action in ("pause", "run", "resume")]


def test_a_slot_that_is_taken_is_not_run_by_hand_too(engine: Engine) -> None:
    job = engine.config.jobs["cleaning"]
    assert engine.work.claim(job, NOW) is not None
    with pytest.raises(Misconfigured, match="was started at this very moment"):
        engine.run_job(job, actor="ann")

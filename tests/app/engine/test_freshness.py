"""Whether jobs ran when they were due: late ones are told, those that nobody schedules are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ltc.app.engine.context import instant
from ltc.app.engine.freshness import schedule
from ltc.app.engine.pausing import pause, resume
from ltc.core.store import Store
from ltc.core.store import tables as t
from scheduler import After, ByHand, Every, Job, read_window

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OFTEN = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(minutes=2))
NEXT = Job("next", After("often"), misfire_grace=timedelta(minutes=2))
HAND = Job("hand", ByHand())


def ran(store: Store, job: str, slot: datetime, status: str = "done", error: str = "") -> None:
    """Note a run of a slot, which ended a minute later."""
    ended = instant(slot + timedelta(minutes=1)) if status in {"done", "failed"} else None
    with store.transaction() as tx:
        tx.insert_one(t.run, {"job": job, "slot": instant(slot), "status": status, "error": error, "finished_at": ended})


def told(store: Store, *jobs: Job, now: datetime = NOON) -> dict[str, dict[str, Any]]:
    """Say how jobs stand, by name."""
    with store.reading() as tx:
        return {one["job"]: one for one in schedule(tx, {job.name: job for job in jobs}, now)}


def test_a_job_that_nobody_schedules_is_not_late(store: Store) -> None:
    assert told(store, OFTEN)["often"] == {
        "job": "often",
        "when": "every 0:05:00",
        "due": None,
        "done": None,
        "next": instant(NOON + timedelta(minutes=5)),
        "status": "never",
        "late": None,
        "error": "",
        "paused": None,
        "rests_until": None,
    }
    assert told(store, HAND)["hand"]["next"] is None


def test_a_job_is_late_once_its_grace_is_over(store: Store) -> None:
    ran(store, "often", NOON - timedelta(minutes=10))
    at = [told(store, OFTEN, now=NOON + timedelta(minutes=more))["often"]["late"] for more in (-5, -3, -2, 0)]
    assert at == [None, None, 180, 300]


def test_what_runs_is_not_late_and_what_failed_is_due_still(store: Store) -> None:
    ran(store, "often", NOON - timedelta(minutes=10))
    ran(store, "often", NOON - timedelta(minutes=5), "running")
    assert told(store, OFTEN)["often"]["late"] is None
    ran(store, "often", NOON, "failed", "SAP is away.")
    found = told(store, OFTEN)["often"]
    assert (found["late"], found["status"], found["error"]) == (300, "failed", "SAP is away.")
    assert found["done"] == instant(NOON - timedelta(minutes=9))


def test_a_job_that_never_ended_well_is_late_since_its_first_slot(store: Store) -> None:
    ran(store, "often", NOON - timedelta(minutes=5), "failed", "SAP is away.")
    assert told(store, OFTEN)["often"]["late"] == 300


@pytest.mark.parametrize(("minutes", "late"), [(0, None), (10, 300)])
def test_a_follower_is_late_when_the_one_before_it_went_on_without_it(store: Store, minutes: int, late: int | None) -> None:
    ran(store, "often", NOON - timedelta(minutes=10))
    ran(store, "next", NOON - timedelta(minutes=10))
    if minutes:
        ran(store, "often", NOON - timedelta(minutes=5))
    assert told(store, OFTEN, NEXT)["next"]["late"] == late


def test_silence_is_no_delay(store: Store) -> None:
    quiet = Job("often", Every(timedelta(minutes=5)), misfire_grace=timedelta(minutes=2), quiet=(read_window("09:00-12:00"),))
    ran(store, "often", NOON.replace(hour=8, minute=55))
    assert told(store, quiet, now=NOON - timedelta(minutes=1))["often"]["late"] is None
    assert told(store, quiet, now=NOON + timedelta(minutes=3))["often"]["late"] == 180


def test_a_paused_job_is_not_late_and_comes_no_more(store: Store) -> None:
    ran(store, "often", NOON - timedelta(minutes=20))
    with store.transaction() as tx:
        assert pause(tx, "often", at=instant(NOON), actor="ann", why="SAP is moved")
        assert not pause(tx, "often", at=instant(NOON), actor="bob", why="")
    found = told(store, OFTEN)["often"]
    assert (found["late"], found["next"]) == (None, None)
    assert found["paused"] == {"at": instant(NOON), "actor": "ann", "why": "SAP is moved"}
    with store.transaction() as tx:
        assert resume(tx, "often")
        assert not resume(tx, "often")
    assert told(store, OFTEN)["often"]["late"] == 900

"""The first connection of two systems that have lived apart: what an admin fears most."""

from __future__ import annotations

import pytest

NUMBER = 300


@pytest.mark.parametrize("number", [NUMBER, pytest.param(5_000, marks=pytest.mark.slow)])
def test_observing_writes_nothing_and_going_live_doubles_nobody(connect, number):
    orgs = connect()
    orgs.fill(number)
    orgs.sync()
    assert orgs.written_by_hub() == 0
    assert orgs.settle() == number // 2, "an equal tax number, or name and postal code, is a proposal and no more"
    orgs.live()
    assert orgs.sync()["totals"]["created"] == number
    expected = sorted(f"FIRMA {count} GMBH" for count in range(number + number // 2))
    assert orgs.names() == {"west": expected, "east": expected}
    written = orgs.written_by_hub()
    for _ in range(3):
        orgs.clock.advance(3600)
        assert orgs.sync()["totals"]["writes"] == 0
    assert orgs.written_by_hub() == written


def test_pairs_that_nobody_decided_wait_rather_than_double(connect):
    orgs = connect()
    orgs.fill(40)
    orgs.sync()
    orgs.live()
    orgs.sync()
    names = orgs.names()
    assert len(names["west"]) == len(set(names["west"]))
    assert len(names["east"]) == len(set(names["east"]))
    assert orgs.engine.reviews()["reviews"]
    orgs.settle("same")
    orgs.sync()
    assert orgs.names()["west"] == orgs.names()["east"]


def test_a_brake_of_a_hundred_creates_stops_before_the_first_write(connect):
    orgs = connect(brakes="\nbrakes: {max_creates: 100, max_changed_share: null, max_disappeared_share: null}\n")
    orgs.fill(NUMBER)
    orgs.sync()
    orgs.settle()
    orgs.live()
    report = orgs.engine.sync()
    assert {run["status"] for run in report["runs"] if run["entity"] == "customer"} == {"braked"}
    assert orgs.written_by_hub() == 0
    for system in ("west", "east"):
        orgs.engine.rollout_release(system, "customer", actor="admin")
    assert orgs.sync()["totals"]["created"] == NUMBER
    assert orgs.names()["west"] == orgs.names()["east"]

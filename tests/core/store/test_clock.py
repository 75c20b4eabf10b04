"""The store's clock: the database's time, whatever the machine's clock does meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from ltc.core.contract import SystemClock
from ltc.core.errors import Later
from ltc.core.store import Store, clock
from ltc.core.store.clock import StoreClock
from ltc.core.store.leases import NOW
from tests.core.store.jumping import HOURS, Clockmaker

A_MOMENT = timedelta(seconds=30)  # machines are slow at times, and never by hours


def real(store: Store) -> datetime:
    with store.reading() as tx:
        return datetime.fromtimestamp(tx.scalar(text(f"SELECT {NOW[tx.dialect]}")) / 1e6, UTC)


def test_a_machine_whose_clock_jumps_does_not_move_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(clock, "ASKED_EVERY_SECONDS", 0.0)
    hubs = StoreClock(store)
    for hours in (HOURS, HOURS, -HOURS, -HOURS):
        wrong = timedelta(seconds=hours)
        monkeypatch.setattr(SystemClock, "now", lambda _self, wrong=wrong: datetime.now(UTC) + wrong)
        for _ in range(3):
            assert abs(hubs.now() - real(store)) < A_MOMENT
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(" ")[5] for line in said] == ["ahead", "behind"], "each is told once"
    assert hubs.is_steady(1e9)
    assert not hubs.was_set_back


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_a_store_whose_clock_is_set_is_followed_and_told_of(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, hours: int
) -> None:
    maker = Clockmaker(store, monkeypatch)
    maker.wind(store)
    before = store.clock.now()
    maker.jump(hours)
    assert store.clock.now() == before, "it is not asked each time"
    maker.wait(clock.ASKED_EVERY_SECONDS)
    assert abs(store.clock.now() - before - timedelta(seconds=hours + clock.ASKED_EVERY_SECONDS)) < A_MOMENT
    assert f"The store's clock jumped {'forward' if hours > 0 else 'back'} by " in caplog.text
    assert store.clock.was_set_back == (hours < 0)
    assert not store.clock.is_steady(12.0)
    maker.wait(12.0)
    assert store.clock.is_steady(12.0)


def test_whoever_asks_the_database_lets_it_hear_of_a_jump(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Clockmaker(store, monkeypatch)
    maker.wind(store)
    maker.jump(HOURS)
    store.lease("write/sap", "one", 12)
    assert not store.clock.is_steady(12.0)


def test_a_process_that_was_frozen_while_it_asked_does_not_take_that_for_a_jump(store: Store) -> None:
    steady = iter([0.0, 0.0, 0.0, 0.0, *[100.0] * 4, *[400.0] * 10])
    hubs = StoreClock(store, steady=lambda: next(steady))
    hubs.now()
    hubs.now()
    assert hubs.is_steady(12.0)


def test_time_goes_on_while_the_store_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Clockmaker(store, monkeypatch)
    maker.wind(store)
    before = store.clock.now()

    def away() -> Any:
        raise Later(code="store.away")

    monkeypatch.setattr(store, "reading", away)
    maker.wait(1000.0)
    assert store.clock.now() - before == timedelta(seconds=1000)

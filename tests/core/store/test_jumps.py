"""The database's clock is set by hours: no right is lost, none is held for ever, and nothing that was put off waits for hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ltc.core.errors import Fenced
from ltc.core.store import Store, queue, quotas, righting
from ltc.core.store import tables as t
from ltc.core.store.alert_tables import notice
from ltc.core.store.hook_table import hook
from tests.core.store.jumping import HOURS, Clockmaker

AT = "2026-06-01T12:00:00.000000Z"
TERM = 12.0


def instant(store: Store, seconds: float = 0.0) -> str:
    return f"{store.clock.now() + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.fixture
def maker(store: Store, monkeypatch: pytest.MonkeyPatch) -> Clockmaker:
    """Somebody who sets the clock of the store, to which this process listens."""
    maker = Clockmaker(store, monkeypatch)
    maker.wind(store)
    return maker


@pytest.fixture
def other(store_url: str, maker: Clockmaker) -> Iterator[Store]:
    """Another process's store, on the same database."""
    other = Store(store_url)
    maker.wind(other)
    yield other
    other.close()


def put(store: Store, slot: str = AT) -> int:
    with store.transaction() as tx:
        run_id = queue.put(tx, {"job": "changes", "slot": slot})
    assert run_id is not None
    return run_id


def take(store: Store, run_id: int = 0) -> queue.Hold | None:
    return queue.take(store, "one", TERM, AT, run_id)


def set_right(store: Store) -> None:
    with store.transaction() as tx:
        righting.hold_to(tx, instant(store, 60), instant(store, 60), term=TERM, far=0)
        righting.release(tx, instant(store))


def test_a_clock_that_jumps_ahead_takes_no_lease_from_who_is_alive(store: Store, other: Store, maker: Clockmaker) -> None:
    lease = store.lease("write/sap", "one", TERM)
    assert lease is not None
    maker.jump(HOURS)
    assert other.lease("write/sap", "two", TERM) is None
    maker.wait(TERM / 4)
    lease.renew()
    maker.wait(TERM - 1)
    assert other.lease("write/sap", "two", TERM) is None, "it has renewed it, as each does within a quarter of a term"


def test_who_is_dead_loses_a_lease_one_term_after_a_jump_ahead(store: Store, other: Store, maker: Clockmaker) -> None:
    lease = store.lease("write/sap", "one", TERM)
    assert lease is not None
    maker.jump(HOURS)
    assert other.lease("write/sap", "two", TERM) is None
    maker.wait(TERM)
    assert other.lease("write/sap", "two", TERM) is not None
    with pytest.raises(Fenced):
        lease.renew()


def test_what_was_given_back_is_free_at_once_after_a_jump(store: Store, other: Store, maker: Clockmaker) -> None:
    lease = store.lease("write/sap", "one", TERM)
    assert lease is not None
    lease.release()
    maker.jump(HOURS)
    assert other.lease("write/sap", "two", TERM) is not None


def test_a_clock_that_jumps_ahead_takes_no_run_from_who_is_alive(store: Store, maker: Clockmaker) -> None:
    alive = take(store, put(store))
    assert alive is not None
    maker.jump(HOURS)
    assert not queue.sweep(store, AT, term=TERM).lost
    maker.wait(TERM)
    alive.renew()
    assert not queue.sweep(store, AT, term=TERM).lost
    alive.renew()


def test_a_clock_that_is_set_back_keeps_nothing_from_anybody_for_hours(store: Store, other: Store, maker: Clockmaker) -> None:
    maker.jump(HOURS)
    maker.wait(TERM)
    dead, waits = put(store), put(store, "2026-06-01T12:05:00.000000Z")
    assert take(store, dead) is not None
    assert store.lease("write/sap", "one", TERM) is not None
    wish = quotas.Wish("sap", interval=1_000_000, burst=1_000_000)
    far = {"not_before": instant(store, HOURS)}
    with store.transaction() as tx:
        quotas.prepare(tx, "sap")
        quotas.rest(tx, "sap", int((datetime.fromisoformat(instant(store)).timestamp() + 60) * 1e6), "Enough.")
        tx.execute(t.change.insert().values(
            id=1, scope_id=1, entity="customer", hub_id="h" * 32, verb="update", desire=1, before="{}", after="{}",
            state="due", created_at=AT, updated_at=AT, **far))  # fmt: skip
        tx.execute(t.intent.insert().values(
            key="k", change_id=1, scope_id=1, hub_id="h" * 32, verb="update", desire=1, payload=b"", sent="{}",
            state="open", deadline=instant(store, 60), token=1, run_id=1, created_at=AT))  # fmt: skip
        tx.execute(hook.insert().values(system="sap", event="e", object="o", ext_id="1", received_at=AT, **far))
        tx.execute(notice.insert().values(channel="ops", events="[]", created_at=AT, **far))
    maker.jump(-HOURS)
    assert take(other, waits) is not None, "what waits for nothing is taken at once"
    assert other.lease("write/sap", "two", TERM) is None
    assert not queue.sweep(store, AT, term=TERM).lost
    assert store.clock.was_set_back
    set_right(store)
    maker.wait(TERM + 1)
    assert other.lease("write/sap", "two", TERM) is not None
    assert {run_id for run_id, _, _ in queue.sweep(store, AT, term=TERM).lost} == {dead, waits}
    with store.transaction() as tx:
        assert quotas.take(tx, wish) is not None
        soon = instant(store, 65)
        for found in (t.intent.c.deadline, t.change.c.not_before, hook.c.not_before, notice.c.not_before):
            assert tx.scalar(select(found)) <= soon


@pytest.mark.parametrize("interval", [0, 200_000])
def test_a_clock_that_is_set_back_takes_no_call_from_anybody(store: Store, maker: Clockmaker, interval: int) -> None:
    wish = quotas.Wish("sap", interval=interval, burst=interval)
    maker.jump(HOURS)
    with store.transaction() as tx:
        quotas.prepare(tx, "sap")
        assert quotas.take(tx, wish) is not None
    maker.jump(-HOURS)
    with store.transaction() as tx:
        grant = quotas.take(tx, wish)
    assert grant is not None
    assert grant.first_at <= grant.now + interval


def test_to_set_right_what_is_right_changes_nothing(store: Store, other: Store, maker: Clockmaker) -> None:
    lease, hold = store.lease("write/sap", "one", TERM), take(store, put(store))
    assert lease is not None
    assert hold is not None
    set_right(other)
    maker.wait(1)
    lease.renew()
    hold.renew()
    assert other.lease("write/sap", "two", TERM) is None

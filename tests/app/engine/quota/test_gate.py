"""The gate before a system: what all workers take together, who may have the last of a budget, what the system says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from ltc.app.engine.quota.gate import KEPT, Gate, leave_alone
from ltc.app.engine.quota.priority import WEBHOOKS, working_at
from ltc.app.engine.quota.telling import told
from ltc.core.contract import Kit, Limits, Reserve
from ltc.core.errors import Later, QuotaSpent
from ltc.core.simulation import VirtualClock
from ltc.core.store import quotas

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


def gate_of(store, clock, limits, **more):
    return Gate(store, "crm", limits, Kit(clock=clock), **more)


def asked(gate, most=100_000):
    """Ask until the gate refuses; say how often it let through, and why it does not any more."""
    for count in range(most):
        try:
            gate()
        except Later as fault:
            return count, fault
    return most, None


def state(store, limits, clock, system="crm"):
    with store.reading() as tx:
        return told(tx, {system: limits}, clock)[0]


@pytest.mark.parametrize(("per_second", "burst"), [(5, 5), (5, 20), (200, 10), (0.5, 1)])
def test_two_workers_share_a_rate(store, clock, per_second, burst):
    limits = Limits(per_second=per_second, burst=burst)
    gates = [gate_of(store, clock, limits), gate_of(store, clock, limits)]
    began, calls = clock.now(), 400
    for count in range(calls):
        gates[count % 2]()
    seconds = (clock.now() - began).total_seconds()
    block = max(1, int(per_second / 4))
    assert (calls - burst - 1) / per_second <= seconds + 1e-6
    assert seconds <= (calls - burst + 2 * block) / per_second + 1


def test_a_burst_fills_up_again_only_with_time(store, clock):
    gate = gate_of(store, clock, Limits(per_second=4, burst=10))
    for _ in range(2):
        began = clock.now()
        for _ in range(10):
            gate()
        assert clock.now() == began
        gate()
        assert clock.now() > began
        clock.advance(60)


def test_tokens_that_nobody_used_do_not_pile_up(store, clock):
    gate = gate_of(store, clock, Limits(per_second=100, burst=25))
    gate()
    clock.advance(60)
    began = clock.now()
    for _ in range(50):
        gate()
    assert clock.now() - began >= timedelta(seconds=0.24)


def test_whoever_would_wait_too_long_is_told_so(store, clock):
    limits = Limits(per_second=1, burst=1)
    with store.transaction() as tx:
        quotas.prepare(tx, "crm")
        virtual = int(clock.now().timestamp() * 1e6)
        for _ in range(9):
            quotas.take(tx, quotas.Wish("crm", interval=1_000_000, burst=1_000_000, patience=60_000_000), virtual)
    with pytest.raises(Later) as caught:
        gate_of(store, clock, limits)()
    assert not isinstance(caught.value, QuotaSpent)
    assert caught.value.code == "system.crowded"
    assert caught.value.after == pytest.approx(9, abs=0.1)


def test_two_processes_share_a_rate(store_url):
    per_second, burst, seconds = 10, 5, 1.5
    words = [sys.executable, "-m", "tests.app.engine.quota.asking", store_url, str(seconds), str(per_second), str(burst)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(words, **pipes) for _ in range(2)]
    assert [one.stdout.readline() for one in running] == ["ready\n"] * 2
    begin = f"{time.time() + 0.2}\n"
    for one in running:
        one.stdin.write(begin)
        one.stdin.flush()
    let = [json.loads(one.communicate(timeout=60)[0]) for one in running]
    within = [at for one in let for at in one if at <= seconds]
    assert all(let), "both were let through"
    assert per_second * seconds * 0.6 <= len(within) <= per_second * seconds + burst + 1


def test_the_last_of_a_budget_is_for_what_is_urgent(store, clock):
    limits = Limits(per_day=1000)
    gate = gate_of(store, clock, limits)
    with working_at(-10):
        count, fault = asked(gate)
    assert (count, fault.code, fault.until) == (800, KEPT, MIDNIGHT)
    assert "800 of the 1,000 calls of this day are used; the last 200 are kept" in fault.message
    assert "2026-03-03 00:00 UTC" in fault.message
    assert asked(gate)[0] == 150
    with working_at(WEBHOOKS):
        assert asked(gate)[0] == 50
    clock.advance(16 * 3600)
    with working_at(-10):
        assert asked(gate)[0] == 800


def test_an_admin_says_who_leaves_what(store, clock):
    gate = gate_of(store, clock, Limits(per_hour=100, reserve=(Reserve(0.5, below=10),)))
    count, fault = asked(gate)
    assert (count, fault.until) == (50, clock.now() + timedelta(hours=1))
    with working_at(10):
        assert asked(gate)[0] == 50


def test_what_was_not_used_is_given_back(store, clock):
    limits = Limits(per_day=10_000)
    first = gate_of(store, clock, limits)
    first()
    assert state(store, limits, clock)["used"] == 20
    first.close()
    assert state(store, limits, clock)["used"] == 1
    first()
    clock.advance(60)
    first()
    first.close()
    assert state(store, limits, clock)["used"] == 3


def test_nobody_waits_for_calls_of_a_clock_that_was_set_back(store, clock):
    gate = gate_of(store, clock, Limits(per_second=100, burst=25))
    gate()
    gate.kit.clock = clock = VirtualClock(clock.now() - timedelta(hours=3))
    began = clock.now()
    for _ in range(20):
        gate()
    assert clock.now() - began < timedelta(seconds=1)


def test_a_statement_is_not_needed_for_every_call(store, clock, monkeypatch):
    gate, taken = gate_of(store, clock, Limits(per_second=1000, burst=1000)), []
    take = quotas.take
    monkeypatch.setattr(quotas, "take", lambda *words: taken.append(words) or take(*words))
    for _ in range(1000):
        gate()
    assert len(taken) == 20


def test_what_the_system_says_corrects_our_own_count(store, clock):
    limits = Limits(per_day=100_000, gauged=True)
    gate = gate_of(store, clock, limits)
    gate()
    gate.kit.quota.update(used=900, limit=1000)
    gate.kit.quota_at = clock.now()
    gate.close()
    now = state(store, limits, clock)
    assert (now["budget"], now["used"], now["left"]) == (1000, 900, 100)
    count, fault = asked(gate)
    assert count == 50
    assert fault.until == clock.now() + timedelta(hours=1)
    other = gate_of(store, clock, limits, priority=WEBHOOKS)
    assert asked(other)[0] == 50


def test_a_system_that_called_its_budget_spent_is_asked_again_after_an_hour(store, clock):
    limits = Limits(per_day=100, gauged=True)
    gate = gate_of(store, clock, limits, priority=WEBHOOKS)
    gate.kit.quota.update(used=100, limit=100)
    gate.kit.quota_at = clock.now()
    assert asked(gate)[0] == 0
    clock.advance(3601)
    assert asked(gate, 5)[0] == 3
    gate.kit.quota.update(used=40)
    gate.kit.quota_at = clock.now()
    assert asked(gate)[0] == 60


def test_what_was_said_in_the_last_hour_says_nothing_of_this_one(store, clock):
    gate = gate_of(store, clock, Limits(per_hour=100, gauged=True), priority=WEBHOOKS)
    gate()
    gate.kit.quota.update(used=100, limit=100)
    gate.kit.quota_at = clock.now()
    clock.advance(3600)
    assert asked(gate)[0] == 100


def test_a_system_that_refuses_is_left_alone_by_all(store, clock):
    limits, until = Limits(per_second=100), clock.now() + timedelta(minutes=20)
    gate = gate_of(store, clock, limits)
    gate()
    leave_alone(store, "crm", QuotaSpent("TotalRequests Limit exceeded.", until=until), clock.now())
    clock.advance(2)
    count, fault = asked(gate_of(store, clock, limits))
    assert (count, fault.until) == (0, until)
    assert "TotalRequests" in fault.message
    assert state(store, limits, clock)["rests_until"] == "2026-03-02T08:20:00.000000Z"
    leave_alone(store, "crm", fault, clock.now())
    clock.advance(20 * 60)
    assert asked(gate, 10)[0] == 10


def test_a_fresh_system_stands_as_good_as_new(store, clock):
    assert state(store, Limits(per_day=10), clock)["left"] == 10
    assert state(store, Limits(per_second=3), clock)["budget"] is None


def test_the_pace_of_the_day_says_when_it_is_spent(store):
    clock = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))
    limits = Limits(per_day=1000)
    gate = gate_of(store, clock, limits, priority=WEBHOOKS)
    clock.advance(8 * 3600)
    asked(gate, 500)
    gate.close()
    assert state(store, limits, clock)["spent_at"] == "2026-03-02T16:00:00.000000Z"

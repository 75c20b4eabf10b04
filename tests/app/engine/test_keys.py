"""Exactly one effect in a system that recognises repeated calls by their keys, tried against Stripe's simulator."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import select

from connectors.payment.stripe.simulator import StripeSimulator
from ltc.app.engine.stewards import retry
from ltc.core.simulation import VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from tests.app.engine.vendors import VendorHub, stripe_hub

POINTS = (
    "deliver.before_intents_commit", "deliver.after_intents_commit", "deliver.before_call", "deliver.after_step.invoice",
    "deliver.after_step.items", "deliver.after_step.finalise", "deliver.after_call", "deliver.before_bind_commit",
    "deliver.after_bind_commit",
)  # fmt: skip
NUMBER = 3
PRICES = {"EUR": "10.50", "JPY": "1050", "KWD": "1.125"}
DUE = ("2026-03-01", None, "2026-04-01")
"""The first bill is due already, which Stripe does not take, and so its due date there is another one."""
CENTS = {"eur": 1050, "jpy": 1050, "kwd": 1125}


@pytest.fixture
def hub(store: Store, clock: VirtualClock) -> VendorHub:
    """An ERP with bills in three currencies, and an empty Stripe account."""
    made = stripe_hub(store, clock)
    for number, (currency, price) in enumerate(PRICES.items(), start=1):
        buyer = made.left.put("Customer", {"Name": f"Acme {number}", "Email": f"pay{number}@acme.example"})
        bill(made, number, buyer, currency, Decimal(price))
    made.go_live()
    return made


def bill(hub: VendorHub, number: int, buyer: str, currency: str, price: Decimal) -> str:
    """Write a bill of two lines and a tax."""
    lines = [
        {"No": "10", "Text": "Pump", "Amount": str(price)},
        {"No": "20", "Text": "Seal", "Amount": str(price * 2)},
    ]
    head = {"Number": f"9000000{number}", "Customer": buyer, "Status": "open", "Currency": currency, "Due": DUE[number - 1]}
    return hub.left.put("Bill", {**head, "Total": str(price * 4), "Tax": str(price), "Lines": lines})


def check(hub: VendorHub) -> None:
    """Demand by the account's own state that nothing is lost, doubled or left half-way, to the minor unit."""
    account = hub.simulator
    assert isinstance(account, StripeSimulator)
    found = sorted((one["number"], one["status"], one["total"], one["currency"]) for one in account.rows("invoice"))
    expected = [(f"9000000{number}", "open", 4 * CENTS[code], code) for number, code in enumerate(CENTS, start=1)]
    assert found == expected
    assert len(account.rows("invoiceitem")) == 3 * NUMBER
    assert Counter(one["name"] for one in account.rows("customer")) == Counter(f"Acme {number + 1}" for number in range(NUMBER))
    assert hub.open_intents() == 0
    assert hub.exceptions() == []


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_changes_nothing(hub: VendorHub, point: str) -> None:
    assert hub.sync_killed_at(point, 1 if "step" in point else 2)
    hub.sync()
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


@pytest.mark.parametrize("point", ["deliver.after_step.invoice", "deliver.after_step.items", "deliver.after_call"])
def test_a_key_that_is_too_old_is_looked_up(hub: VendorHub, point: str) -> None:
    assert hub.sync_killed_at(point)
    hub.clock.advance(30 * 3600)
    hub.sync()
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


@pytest.mark.parametrize(("nth", "half_done"), [(1, True), (4, True), (4, False), (5, True), (8, False)])
def test_a_failure_that_is_stored_under_the_key_is_got_over(hub: VendorHub, nth: int, half_done: bool) -> None:
    account = hub.simulator
    assert isinstance(account, StripeSimulator)
    account.half_done = half_done
    disturb(account, nth, 1, "partial")
    hub.sync()
    hub.sync()  # settled before anything else is read or written
    assert hub.open_intents() == 0
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


@pytest.mark.parametrize(("nth", "kind"), [(1, "drop_after_commit"), (4, "truncate"), (5, "drop_before"), (8, "lock")])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(hub: VendorHub, nth: int, kind: str) -> None:
    account = hub.simulator
    assert isinstance(account, StripeSimulator)
    disturb(account, nth, 4, kind)
    hub.sync()
    hub.sync()
    check(hub)
    calls = Counter(entry.verb for entry in account.journal if entry.object == "invoice" and entry.verb == "insert")
    assert calls["insert"] == NUMBER


@pytest.mark.parametrize("point", ["settle.before_repeat", "settle.after_lookup", "deliver.after_step.items"])
def test_a_kill_while_settling_changes_nothing(hub: VendorHub, point: str) -> None:
    account = hub.simulator
    assert isinstance(account, StripeSimulator)
    account.half_done = True
    disturb(account, 4, 1, "partial")
    hub.sync()
    killed = [hub.sync_killed_at(point) for _ in range(2)]
    hub.sync()
    hub.sync()
    check(hub)
    assert any(killed) or hub.open_intents() == 0


def test_a_key_that_is_given_up_is_journalled_before_the_next_one_is_used(hub: VendorHub) -> None:
    assert hub.sync_killed_at("deliver.after_step.invoice")
    hub.clock.advance(30 * 3600)
    assert hub.sync_killed_at("settle.before_repeat")
    with hub.store.reading() as tx:
        journals = [json.loads(row[0]) for row in tx.execute(select(t.intent.c.journal).where(t.intent.c.state == "open"))]
    assert {journal["key"]["number"] for journal in journals} == {1}
    drafted = {one["id"] for one in hub.simulator.rows("invoice")}  # type: ignore[attr-defined]
    assert {journal["key"]["id"] for journal in journals} == {*drafted, ""}
    hub.sync()
    check(hub)


def test_a_refused_bill_is_retried_under_a_key_of_its_own(hub: VendorHub) -> None:
    bills = hub.left.rows["Bill"]
    wrong = next(key for key, row in bills.items() if row["Currency"] == "JPY")
    hub.left.put("Bill", {"Total": "4201"}, wrong)
    hub.sync()
    assert [code for code, _ in hub.exceptions()] == ["stripe.other_total"]
    assert len(hub.simulator.rows("invoice")) == NUMBER - 1  # type: ignore[attr-defined]
    hub.left.put("Bill", {"Total": "4200"}, wrong)
    hub.sync()
    hub.sync()
    check(hub)


def test_a_retry_without_a_change_is_refused_again_and_not_answered_from_the_key(hub: VendorHub) -> None:
    wrong = next(key for key, row in hub.left.rows["Bill"].items() if row["Currency"] == "KWD")
    hub.left.put("Bill", {"Total": "4.501"}, wrong)
    hub.sync()
    with hub.store.reading() as tx:
        numbers = [row[0] for row in tx.execute(select(t.exception.c.id).where(t.exception.c.state == "open"))]
    retry(hub.context(), numbers, actor="anna")
    hub.sync()
    assert [code for code, _ in hub.exceptions()] == ["stripe.other_total"]
    assert len(hub.simulator.rows("invoice")) == NUMBER - 1  # type: ignore[attr-defined]


def test_a_draft_that_was_taken_back_without_an_answer_is_begun_anew_and_not_gone_on_with(hub: VendorHub) -> None:
    wrong = next(key for key, row in hub.left.rows["Bill"].items() if row["Currency"] == "KWD")
    hub.left.put("Bill", {"Total": "4.501"}, wrong)
    account = hub.simulator
    assert isinstance(account, StripeSimulator)
    decide, lost = account.faults.decide, iter(["drop_after_commit"])

    def decided(point, key, kinds=()):
        return next(lost, None) if key.startswith("DELETE") else decide(point, key, kinds)

    account.faults.decide = decided  # type: ignore[method-assign, assignment]
    hub.sync()
    hub.sync()
    assert [code for code, _ in hub.exceptions()] == ["stripe.other_total"]
    assert (hub.open_intents(), len(account.rows("invoice"))) == (0, NUMBER - 1)
    hub.left.put("Bill", {"Total": "4.5"}, wrong)
    hub.sync()
    hub.sync()
    check(hub)


def disturb(account: StripeSimulator, nth: int, times: int, kind: str) -> None:
    """Disturb the nth write from now on, and those that repeat it."""
    decide, seen = account.faults.decide, Counter[str]()

    def decided(point, key, kinds=()):
        seen[point] += 1
        if point == "write" and nth <= seen[point] < nth + times:
            return kind
        return decide(point, key, kinds)

    account.faults.decide = decided  # type: ignore[method-assign]


@pytest.mark.parametrize("point", ["", "deliver.before_call", "deliver.after_call"])
def test_what_becomes_of_a_bill_is_followed_once(hub: VendorHub, point: str) -> None:
    hub.sync()
    first, second, _ = hub.left.rows["Bill"]
    hub.left.put("Bill", {"Status": "paid"}, first)
    hub.left.put("Bill", {"Status": "cancelled"}, second)
    assert hub.sync_killed_at(point) == bool(point)
    hub.sync()
    account = hub.simulator
    assert isinstance(account, StripeSimulator)
    assert sorted((row["number"], row["status"], row["metadata"]["bill_status"]) for row in account.rows("invoice")) == [
        ("90000001", "paid", "paid"), ("90000002", "void", "cancelled"), ("90000003", "open", "open"),
    ]  # fmt: skip
    assert not account.rows("payment_intent")
    assert hub.sync()["totals"]["writes"] == 0
    assert (hub.open_intents(), hub.exceptions()) == (0, [])

"""Payers: what each of them does hangs on the seed and on the invoice, and over weeks everything that can happen does."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ltc.app.config.new import add_systems
from ltc.app.sandbox import doors
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.payers import Payers
from ltc.app.sandbox.service import make
from ltc.core.simulation import VirtualClock

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY = 86_400
CURRENCIES = ("eur", "jpy", "kwd")


def asked(numbers: list[int], seed: int = 7) -> tuple[Any, VirtualClock, Payers]:
    clock = VirtualClock(START)
    account: Any = doors.simulator("stripe", clock, seed, "calm")
    for number in numbers:
        buyer = account.insert("customer", {"name": f"Acme {number % 20}"})
        head = {"customer": buyer, "currency": CURRENCIES[number % 3], "collection_method": "send_invoice", "days_until_due": 14}
        invoice = account.insert("invoice", {**head, "number": f"9{number:07d}"})
        account.insert(
            "invoiceitem", {"customer": buyer, "invoice": invoice, "currency": head["currency"], "amount": 1000 + 10 * number}
        )
        account.update("invoice", invoice, {"finalize": True})
    return account, clock, Payers(doors.stripe_door(account), Dice(7))


def live(payers: Payers, clock: VirtualClock, days: int) -> Counter[str]:
    done: Counter[str] = Counter()
    for _ in range(days):
        day = clock.now().date()
        done += Counter(pay=payers.pay(day), regret=payers.regret(day), pay_out=payers.pay_out())
        clock.advance(DAY)
    return done


def ends(account: Any) -> dict[str, tuple[Any, ...]]:
    def told(invoice: dict[str, Any]) -> tuple[Any, ...]:
        intents = [row["payment"]["payment_intent"] for row in account.rows("invoice_payment") if row["invoice"] == invoice["id"]]
        back = [row["amount"] for row in account.rows("refund") if row["payment_intent"] in intents]
        disputes = [row["status"] for row in account.rows("dispute") if row["payment_intent"] in intents]
        return invoice["status"], invoice["amount_paid"], invoice["attempt_count"], back, disputes

    return {row["number"]: told(row) for row in account.rows("invoice")}


def test_over_weeks_payers_do_all_that_people_do() -> None:
    account, clock, payers = asked(list(range(120)))
    done = live(payers, clock, 30)
    statuses = Counter(row["status"] for row in account.rows("invoice"))
    assert statuses["paid"] > 90
    assert 0 < statuses["open"] < 30
    intents = account.rows("payment_intent")
    in_parts = Counter(row["invoice"] for row in account.rows("invoice_payment"))
    assert 2 in in_parts.values(), "some pay in parts"
    assert any(row["status"] == "requires_payment_method" for row in intents), "some cards are declined"
    again = [row for row in intents if str(row["description"]).startswith("Again")]
    assert again, "some pay twice"
    refunded = {row["payment_intent"] for row in account.rows("refund")}
    assert {row["id"] for row in again} & refunded, "who paid twice gets the second one back"
    assert {row["status"] for row in account.rows("dispute")} >= {"won", "lost"}
    assert done["pay_out"] == len(account.rows("payout")) > 0
    assert min(done["pay"], done["regret"]) > 5


def test_late_ones_pay_after_the_day_on_which_they_should() -> None:
    account, clock, payers = asked(list(range(120)))
    live(payers, clock, 14)
    before = sum(row["status"] == "paid" for row in account.rows("invoice"))
    live(payers, clock, 20)
    assert sum(row["status"] == "paid" for row in account.rows("invoice")) > before


def test_what_payers_do_hangs_on_the_invoice_and_not_on_ids_or_order() -> None:
    numbers = list(range(40))
    one, clock, first = asked(numbers)
    other, its_clock, second = asked(numbers[::-1], seed=8)
    live(first, clock, 20)
    live(second, its_clock, 20)
    assert {row["id"] for row in one.rows("invoice")}.isdisjoint(row["id"] for row in other.rows("invoice"))
    assert ends(one) == ends(other)
    assert len({str(end) for end in ends(one).values()}) > 4


def test_nobody_pays_by_bank_what_stripe_collects() -> None:
    account, clock, payers = asked([1, 2])
    assert payers.collected() == {"90000001", "90000002"}
    account.void_invoice(account.rows("invoice")[0]["id"])
    assert payers.collected() == {"90000002"}
    assert Payers(None, Dice(7)).collected() == frozenset()
    assert Payers(None, Dice(7)).pay(clock.now().date()) == 0


def test_a_sandbox_has_payers_and_takes_their_account_up_again(tmp_path: Path) -> None:
    sandbox = make(seed=7, scale=0.1, state_dir=tmp_path)
    account: Any = sandbox.simulators["stripe"]
    buyer = account.insert("customer", {"name": "Acme"})
    for number in range(10):
        invoice = account.insert("invoice", {"customer": buyer, "collection_method": "send_invoice", "days_until_due": 1})
        account.insert("invoiceitem", {"customer": buyer, "invoice": invoice, "amount": 1000 + 10 * number})
        account.update("invoice", invoice, {"finalize": True})
    assert sandbox.act(2)["done"]["collect"] > 0
    sandbox.save()
    again = make(state_dir=tmp_path)
    assert again.digest() == sandbox.digest()
    assert again.simulators["stripe"].credentials() == account.credentials()


def test_a_hub_that_is_connected_collects_the_bills_of_some_terms_only(tmp_path: Path) -> None:
    sandbox = make(seed=7, scale=0.1)
    (tmp_path / "config").mkdir()
    said = add_systems(tmp_path, sandbox.systems()).read_text(encoding="utf-8")
    assert f"invoice.payment_terms == '{doors.BY_STRIPE}'" in said
    assert "${file:var/secrets/stripe_api_key}" in said
    assert sandbox.simulators["stripe"].credentials()["api_key"] not in said

"""Credits of bills that Stripe collects: told once, to the minor unit, before and after the customer has paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from connectors.payment.stripe.connector import StripeConnector
from connectors.payment.stripe.settings import StripeSettings
from connectors.payment.stripe.simulator import StripeSimulator
from ltc.core import resources
from ltc.core.contract import Finding, Kit, Outcome, Verb, WriteItem
from ltc.core.errors import Unknown
from ltc.core.mapping import load
from ltc.core.simulation import InProcessAdapter
from tests.connectors.stripe.conftest import Steps, create, made, open_invoice

MAPPING = load([resources.mappings() / "stripe" / "credit_note.yaml"])
NUMBER = "90000002"


def credit(invoice: str, currency: str = "EUR", price: str = "1.00", **more: Any) -> dict[str, Any]:
    """Say a credit of two lines with a tax in the hub's terms."""

    def money(factor: int) -> dict[str, str]:
        return {"amount": str(Decimal(price) * factor), "currency": currency}

    lines = [
        {"number": "10", "description": "Pump", "line_total": money(1)},
        {"number": "20", "description": "Seal", "line_total": money(2)},
    ]
    said = {"number": NUMBER, "invoice": invoice, "status": "open", "reason": "order_change", "currency": currency}
    return {**said, "total": money(4), "tax_total": money(1), "lines": lines, **more}


def item(invoice: str, number: int = 1, journal: Mapping[str, Any] | None = None, **more: Any) -> WriteItem:
    """Make a create of a credit as the engine does."""
    return create(number, dict(journal or {}), **MAPPING.put(None, credit(invoice, **more)))


def status_of(key: str, status: str) -> WriteItem:
    """Make an amendment that says what has become of a credit."""
    return WriteItem(f"amend-{key}", "", Verb.AMEND, key, {"metadata.bill_status": status}, before={})


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("EUR", "10.50", 1050), ("JPY", "1050", 1050), ("KWD", "1.120", 1120), ("ISK", "10", 1000)]
)
def test_a_credit_is_told_to_the_minor_unit_and_read_as_it_was_given(
    account: StripeSimulator, connector: StripeConnector, currency: str, price: str, minor: int
) -> None:
    invoice = open_invoice(account, amount=10 * minor, currency=currency.lower())
    note = account.row("credit_note", made(connector, "credit_note", item(invoice, currency=currency, price=price)))
    assert (note["total"], note["pre_payment_amount"], note["type"], note["reason"]) == (
        4 * minor, 4 * minor, "pre_payment", "order_change"
    )  # fmt: skip
    assert [line["amount"] for line in note["lines"]["data"]] == [minor, 2 * minor, minor]
    assert account.row("invoice", invoice)["amount_remaining"] == 6 * minor
    (record,) = connector.fetch("credit_note", [note["id"]], MAPPING.source_fields)
    read = MAPPING.get(connector.decode("credit_note", record.body))
    wanted = credit(invoice, currency, price)
    assert {name: read[name] for name in wanted} == wanted
    assert read["collection_status"] == "issued"


@pytest.mark.parametrize(
    ("way", "shown"), [("out_of_band", "out_of_band_amount"), ("refund", "refunds"), ("balance", "customer_balance_transaction")]
)
def test_what_was_paid_goes_back_as_the_settings_say(account: StripeSimulator, way: str, shown: str) -> None:
    invoice = open_invoice(account, amount=1000)
    account.pay_invoice(invoice, 800)
    settings = {"base_url": "http://stripe.test", **account.credentials(), "credit_of_paid": way}
    connector = StripeConnector(
        StripeSettings.model_validate(settings), Kit(clock=account.clock), inner=InProcessAdapter(account)
    )
    note = account.row("credit_note", made(connector, "credit_note", item(invoice)))
    assert (note["pre_payment_amount"], note["post_payment_amount"], note["type"]) == (200, 200, "mixed")
    assert [name for name in ("out_of_band_amount", "refunds", "customer_balance_transaction") if note[name]] == [shown]
    assert [one["amount"] for one in account.rows("refund")] == ([200] if way == "refund" else [])
    held = account.row("invoice", invoice)
    assert (held["status"], held["amount_remaining"], held["total"]) == ("paid", 0, 1000)
    buyer = account.row("customer", held["customer"])
    assert buyer["balance"] == (-200 if way == "balance" else 0)
    connector.close()


def test_what_is_held_for_a_customer_is_taken_off_the_next_invoice(account: StripeSimulator) -> None:
    first = open_invoice(account, amount=1000)
    account.pay_invoice(first)
    account.credit(first, 300, "credit_amount")
    head = {"customer": account.row("invoice", first)["customer"], "currency": "eur"}
    second = account.insert("invoice", {**head, "collection_method": "send_invoice", "days_until_due": 14})
    account.insert("invoiceitem", {**head, "invoice": second, "amount": 1000})
    account.update("invoice", second, {"finalize": True})
    held = account.row("invoice", second)
    assert (held["total"], held["amount_due"], held["starting_balance"], held["ending_balance"]) == (1000, 700, -300, 0)


def test_an_unanswered_credit_is_said_again_in_the_same_words_and_made_once(
    account: StripeSimulator, connector: StripeConnector
) -> None:
    invoice, steps = open_invoice(account, amount=1000), Steps()
    account.pay_invoice(invoice, 800)
    first = item(invoice)
    made(connector, "credit_note", first, steps)
    journal = steps.of[first.key]
    assert journal == {"left": {"number": 0, "amount": 200}}
    (again,) = connector.write("credit_note", [item(invoice, journal=journal)], Steps())
    assert (again.outcome, len(account.rows("credit_note"))) == (Outcome.CREATED, 1)
    (found,) = connector.settle("credit_note", [first])
    assert (found.finding, found.id) == (Finding.DONE, again.id)


def test_a_customer_who_pays_meanwhile_makes_it_begin_anew(account: StripeSimulator, connector: StripeConnector) -> None:
    invoice, steps = open_invoice(account, amount=1000), Steps()
    seen = {"left": {"number": 0, "amount": 1000}}
    account.pay_invoice(invoice)
    (result,) = connector.write("credit_note", [item(invoice, journal=seen)], steps)
    assert (result.outcome, isinstance(result.error, Unknown)) == (Outcome.UNKNOWN, True)
    assert steps.of[result.key]["spent"] == {"number": 0}
    (found,) = connector.settle("credit_note", [item(invoice)])
    assert found.finding is Finding.ABSENT
    made(connector, "credit_note", item(invoice, journal={**seen, "key": {"number": 1}}))
    (note,) = account.rows("credit_note")
    assert (note["total"], note["out_of_band_amount"], note["type"]) == (400, 400, "post_payment")


def test_a_credit_that_is_cancelled_is_void_while_its_invoice_is_open(
    account: StripeSimulator, connector: StripeConnector
) -> None:
    invoice, paid = open_invoice(account, amount=1000), open_invoice(account, 2, amount=1000)
    key, late = made(connector, "credit_note", item(invoice)), made(connector, "credit_note", item(paid, 2))
    account.pay_invoice(paid)
    gone, kept = connector.write("credit_note", [status_of(key, "cancelled"), status_of(late, "cancelled")], Steps())
    assert (gone.outcome, kept.outcome) == (Outcome.UPDATED, Outcome.REJECTED)
    assert getattr(kept.error, "code", "") == "stripe.credited"
    assert (account.row("credit_note", key)["status"], account.row("invoice", invoice)["amount_remaining"]) == ("void", 1000)
    (again,) = connector.write("credit_note", [status_of(key, "cancelled")], Steps())
    assert again.outcome is Outcome.UPDATED
    (record,) = connector.fetch("credit_note", [key], MAPPING.source_fields)
    read = MAPPING.get(connector.decode("credit_note", record.body))
    assert (read["status"], read["collection_status"]) == ("cancelled", "void")


Spoil = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"total": {"amount": "4.01", "currency": "EUR"}}, "stripe.other_total"),
        ({"price": "0.003", "currency": "KWD"}, "stripe.third_decimal"),
        ({"price": "99.00"}, ""),
    ],
)
def test_a_credit_that_is_not_right_is_refused_and_leaves_nothing(
    account: StripeSimulator, connector: StripeConnector, more: dict[str, Any], code: str
) -> None:
    invoice = open_invoice(account, amount=1000, currency=str(more.get("currency", "eur")).lower())
    (result,) = connector.write("credit_note", [item(invoice, **more)], Steps())
    assert result.outcome is Outcome.REJECTED
    assert getattr(result.error, "code", "").startswith(code or "stripe.")
    assert (account.rows("credit_note"), account.row("invoice", invoice)["amount_remaining"]) == ([], 1000)


def test_a_credit_made_in_stripe_is_read_by_its_events(account: StripeSimulator, connector: StripeConnector) -> None:
    cursor = connector.read("credit_note", "", MAPPING.source_fields).cursor
    account.clock.sleep(3600)
    key = account.credit(open_invoice(account, amount=1000), 250)
    page = connector.read("credit_note", cursor, MAPPING.source_fields)
    (body,) = page.bodies
    read = MAPPING.get(connector.decode("credit_note", body))
    assert (read["collection_status"], read.get("status")) == ("issued", None)
    assert read["total"] == {"amount": "2.50", "currency": "EUR"}
    account.clock.sleep(3600)
    account.void_credit_note(key)
    (body,) = connector.read("credit_note", page.cursor, MAPPING.source_fields).bodies
    assert MAPPING.get(connector.decode("credit_note", body))["collection_status"] == "void"
    assert [row["type"] for row in account.rows("event") if row["type"].startswith("credit_note")] == [
        "credit_note.created", "credit_note.voided"
    ]  # fmt: skip


def test_invoices_less_credits_are_what_the_customer_is_asked_for(account: StripeSimulator, connector: StripeConnector) -> None:
    invoice = open_invoice(account, amount=10_000)
    for number in range(1, 6):
        made(connector, "credit_note", item(invoice, number, price=f"0.{number}1"))
    credits_ = sum(note["total"] for note in account.rows("credit_note"))
    held = account.row("invoice", invoice)
    assert credits_ == sum(4 * int(f"{number}1") for number in range(1, 6))
    assert held["amount_remaining"] == held["amount_due"] == 10_000 - credits_ == held["total"] - credits_
    assert held["pre_payment_credit_notes_amount"] == credits_
    intent = account.row("payment_intent", account.pay_invoice(invoice))
    assert intent["amount_received"] == 10_000 - credits_
    assert account.row("invoice", invoice)["status"] == "paid"


def test_a_credit_of_all_that_is_left_ends_the_invoice(account: StripeSimulator, connector: StripeConnector) -> None:
    invoice = open_invoice(account, amount=1000)
    made(connector, "credit_note", item(invoice, price="2.50"))
    held = account.row("invoice", invoice)
    assert (held["status"], held["amount_paid"], held["amount_remaining"]) == ("paid", 0, 0)

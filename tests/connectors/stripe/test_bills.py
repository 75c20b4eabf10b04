"""Bills that Stripe collects: made to the minor unit, and following what becomes of them elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.payment.stripe.connector import StripeConnector
from connectors.payment.stripe.simulator import StripeSimulator
from ltc.core import resources
from ltc.core.contract import Kit, Outcome, Verb, WriteItem, WriteResult
from ltc.core.errors import Untranslatable
from ltc.core.mapping import Mapping, load
from ltc.core.simulation import InProcessAdapter
from tests.connectors.stripe.conftest import Steps, create, customer, made, open_invoice

PRICES = {
    "EUR": ("10.50", 1050),
    "JPY": ("1050", 1050),
    "KWD": ("1.125", 1125),
    "ISK": ("1050", 105_000),
    "UGX": ("1050", 105_000),
    "MGA": ("1050.00", 1050),
}
"""Prices, and what they are in Stripe's whole numbers: by ISO 4217, save for the last three."""


def mapping(name: str) -> Mapping:
    """Load a mapping of Stripe's."""
    return load([resources.mappings() / "stripe" / f"{name}.yaml"])


def bill(buyer: str, currency: str, price: str) -> dict[str, Any]:
    """Say a bill of two lines with a tax in the hub's terms."""

    def money(factor: int) -> dict[str, str]:
        return {"amount": str(Decimal(price) * factor), "currency": currency}

    return {
        "number": "90000001",
        "customer": buyer,
        "status": "open",
        "currency": currency,
        "due_date": "2026-04-01",
        "total": money(4),
        "tax_total": money(1),
        "lines": [
            {"number": "10", "description": "Pump", "line_total": money(1)},
            {"number": "20", "description": "Seal", "line_total": money(2)},
        ],
    }


@pytest.mark.parametrize("currency", PRICES)
def test_a_bill_becomes_a_claim_of_the_same_money(account: StripeSimulator, connector: StripeConnector, currency: str) -> None:
    price, minor = PRICES[currency]
    wanted = bill(customer(account), currency, price)
    fields = mapping("invoice").put(None, wanted)
    invoice = account.row("invoice", made(connector, "invoice", create(1, **fields)))
    assert (invoice["status"], invoice["total"], invoice["number"]) == ("open", 4 * minor, "90000001")
    assert [line["amount"] for line in invoice["lines"]["data"]] == [minor, 2 * minor, minor]
    (record,) = connector.fetch("invoice", [invoice["id"]], mapping("invoice").source_fields)
    read = mapping("invoice").get(connector.decode("invoice", record.body))
    assert {name: read[name] for name in wanted} == wanted
    assert (read["collection_status"], read["payment_url"]) == ("open", invoice["hosted_invoice_url"])


def test_a_bill_whose_third_decimal_stripe_cannot_take_is_refused(account: StripeSimulator, connector: StripeConnector) -> None:
    fields = mapping("invoice").put(None, bill(customer(account), "KWD", "1.126"))
    (result,) = connector.write("invoice", [create(1, **fields)], Steps())
    assert (result.outcome, getattr(result.error, "code", "")) == (Outcome.REJECTED, "stripe.third_decimal")
    assert account.rows("invoice") == []


def test_a_bill_that_is_finer_than_stripes_unit_is_not_rounded(account: StripeSimulator) -> None:
    with pytest.raises(Untranslatable, match="finer than Stripe"):
        mapping("invoice").put(None, bill(customer(account), "MGA", "10.10"))


@pytest.mark.parametrize(("days", "kept"), [(-3, False), (-1, False), (0, True), (1, True), (10, True)])
def test_a_bill_that_is_due_already_is_due_in_stripe_on_the_next_day(
    account: StripeSimulator, connector: StripeConnector, days: int, kept: bool
) -> None:
    due = (account.clock.now() + timedelta(days=days)).date()
    fields = mapping("invoice").put(None, {**bill(customer(account), "EUR", "10.50"), "due_date": due.isoformat()})
    steps = Steps()
    key = made(connector, "invoice", create(1, **fields), steps)
    held = datetime.fromtimestamp(account.row("invoice", key)["due_date"], UTC)
    assert held == (datetime(due.year, due.month, due.day, 12, tzinfo=UTC) if kept else account.clock.now() + timedelta(days=1))
    account.clock.sleep(20 * 3600)
    again = {"due": steps.of[create(1).key]["due"]} if "due" in steps.of[create(1).key] else {}
    assert made(connector, "invoice", create(1, again, **fields)) == key, "the same call says the same, hours later"


def amend(connector: StripeConnector, key: str, status: str) -> WriteResult:
    """Say what has become of the bill."""
    item = WriteItem("f" * 32, "KEY", Verb.AMEND, key, {"metadata": {"bill_status": status}}, before={})
    (result,) = connector.write("invoice", [item], Steps())
    return result


def test_a_part_that_stripe_collected_is_no_news_to_it(account: StripeSimulator, connector: StripeConnector) -> None:
    key = open_invoice(account)
    account.pay_invoice(key, 100)
    assert amend(connector, key, "partially_paid").outcome is Outcome.UPDATED
    assert account.row("invoice", key)["metadata"]["bill_status"] == "partially_paid"


def test_a_part_that_was_paid_elsewhere_is_for_a_person_since_stripe_would_ask_for_it_again(
    account: StripeSimulator, connector: StripeConnector
) -> None:
    key = open_invoice(account)
    result = amend(connector, key, "partially_paid")
    assert (result.outcome, getattr(result.error, "code", "")) == (Outcome.REJECTED, "stripe.paid_in_part")
    assert amend(connector, key, "paid").outcome is Outcome.UPDATED


@pytest.mark.parametrize(("status", "end"), [("paid", "paid"), ("cancelled", "void")])
def test_an_invoice_follows_its_bill(account: StripeSimulator, connector: StripeConnector, status: str, end: str) -> None:
    key = open_invoice(account)
    for _ in range(2):
        assert amend(connector, key, status).outcome is Outcome.UPDATED
    invoice = account.row("invoice", key)
    assert (invoice["status"], invoice["metadata"]["bill_status"]) == (end, status)
    assert not account.rows("payment_intent")


def test_a_draft_of_a_cancelled_bill_is_deleted(account: StripeSimulator, connector: StripeConnector) -> None:
    key = account.insert("invoice", {"customer": customer(account), "collection_method": "send_invoice", "days_until_due": 3})
    assert amend(connector, key, "cancelled").outcome is Outcome.UPDATED
    assert account.rows("invoice") == []


def test_a_bill_that_the_customer_paid_already_is_not_cancelled_in_silence(
    account: StripeSimulator, connector: StripeConnector
) -> None:
    key = open_invoice(account)
    account.pay_invoice(key)
    result = amend(connector, key, "cancelled")
    assert (result.outcome, getattr(result.error, "code", "")) == (Outcome.REJECTED, "stripe.collected")
    assert amend(connector, key, "paid").outcome is Outcome.UPDATED


@pytest.mark.parametrize("wanted", [True, False])
def test_an_invoice_is_sent_if_that_is_wanted(account: StripeSimulator, wanted: bool) -> None:
    settings = StripeConnector.Settings.model_validate(
        {"base_url": "http://stripe.test", "send_invoices": wanted, "api_key": account.api_key}
    )
    connector = StripeConnector(settings, Kit(clock=account.clock), inner=InProcessAdapter(account))
    fields = mapping("invoice").put(None, bill(customer(account), "EUR", "10.50"))
    steps = Steps()
    made(connector, "invoice", create(1, **fields), steps)
    sent = [event for event in account.rows("event") if event["type"] == "invoice.sent"]
    assert len(sent) == int(wanted)
    assert ("send" in steps.of[create(1).key]) == wanted


@pytest.mark.parametrize("won", [True, False, None])
def test_a_payment_says_what_it_settles_what_it_cost_and_if_it_is_lost(
    account: StripeSimulator, connector: StripeConnector, won: bool | None
) -> None:
    invoice = open_invoice(account, amount=2000)
    key = account.pay_invoice(invoice)
    if won is not None:
        account.decide(account.dispute(key), won=won)
    fields = mapping("payment_intent").source_fields
    (record,) = connector.fetch("payment_intent", [key], fields)
    read = mapping("payment_intent").get(connector.decode("payment_intent", record.body))
    assert read["allocations"] == [{"invoice": invoice, "amount": {"amount": "20.00", "currency": "EUR"}}]
    assert read["fee"] == {"amount": "0.55", "currency": "EUR"}
    assert read["status"] == ("reversed" if won is False else "posted")


def test_a_payment_is_not_taken_in_before_its_fee_is_known(account: StripeSimulator, connector: StripeConnector) -> None:
    key = account.pay_invoice(open_invoice(account))
    (record,) = connector.fetch("payment_intent", [key], mapping("payment_intent").source_fields)
    read = connector.decode("payment_intent", record.body)
    assert mapping("payment_intent").applies(read)
    assert not mapping("payment_intent").applies(
        {**read, "latest_charge": {**read["latest_charge"], "balance_transaction": None}}
    )
    assert not mapping("payment_intent").applies({**read, "latest_charge": None})
    assert not mapping("payment_intent").applies({**read, "status": "processing"})


def test_the_lines_of_a_payout_explain_the_banks_line(account: StripeSimulator, connector: StripeConnector) -> None:
    intents = [account.pay_invoice(open_invoice(account, number, amount=10_000)) for number in (1, 2, 3)]
    refund = account.refund(intents[0], 500)
    dispute = account.dispute(intents[1])
    account.clock.sleep(3 * 86_400)
    (key,) = account.pay_out()
    (record,) = connector.fetch("payout", [key], mapping("payout").source_fields)
    read = mapping("payout").get(connector.decode("payout", record.body))
    lines = read["lines"]
    assert sum(Decimal(line["net_amount"]["amount"]) for line in lines) == Decimal(read["amount"]["amount"])
    assert [line["kind"] for line in lines].count("payment") == 3
    assert [(line["refund"], line["payment"]) for line in lines if line["kind"] == "refund"] == [(refund, intents[0])]
    assert [(line["dispute"], line["fee"]["amount"]) for line in lines if line["kind"] == "dispute"] == [(dispute, "20.00")]

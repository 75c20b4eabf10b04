"""The scenarios that a deal's way has to bear, on both databases, judged by what the simulated systems hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from ltc.app.sandbox.doors import BY_STRIPE
from ltc.app.sandbox.story import settle_reviews
from ltc.core.store import tables as t
from tests.conftest import EMPTIED, address_of
from tests.system.desk import SELLER, Desk


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One sandbox and hub for all scenarios on a database; each scenario has a deal of its own."""
    folder: Path = tmp_path_factory.mktemp("desk")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite"), folder / "hub.db")
        url = f"sqlite:///{folder}/hub.db"
    else:
        server: Engine = request.getfixturevalue("postgres")
        with server.connect() as connection:
            connection.exec_driver_sql(EMPTIED)
        url = address_of(server)
    made = Desk(folder / "hub", url)
    yield made
    made.close()


def test_an_order_that_the_erp_has_follows_its_deal_until_goods_leave(desk: Desk) -> None:
    deal = desk.deal(3, 4)
    desk.sign(deal)
    assert desk.quantities(deal) == [[3, 4]]
    desk.order_more(deal, 0, 5)
    desk.sync()
    assert desk.quantities(deal) == [[5, 4]]
    desk.ship(desk.orders(deal)[0]["VBELN"], 2)
    desk.order_more(deal, 0, 9)
    desk.sync()
    desk.sync()
    assert desk.quantities(deal) == [[5, 4], [4]]
    assert len(desk.envelopes(deal)) == 1
    desk.quiet()


def test_a_deal_reopened_lost_and_won_again_orders_what_was_not_delivered(desk: Desk) -> None:
    deal = desk.deal(6)
    desk.sign(deal)
    desk.ship(desk.orders(deal)[0]["VBELN"], 2)
    for stage in ("Negotiation/Review", "Closed Lost", "Closed Won"):
        desk.change(deal, StageName=stage)
        desk.sync()
    assert desk.quantities(deal) == [[]]
    desk.sign(deal)
    desk.sync()
    assert desk.quantities(deal) == [[], [4]]
    assert [row["status"] for row in desk.envelopes(deal)] == ["completed", "completed"]
    desk.quiet()


def test_partial_deliveries_and_invoices_add_up_and_are_told(desk: Desk) -> None:
    deal = desk.deal(5, 2)
    desk.sign(deal)
    (order,) = desk.orders(deal)
    first = desk.bill(desk.ship(order["VBELN"], 3))
    second = desk.bill(desk.ship(order["VBELN"], 2, 2))
    billed = desk.owed(first).total + desk.owed(second).total
    shown = desk.opportunity(deal)
    assert shown["Invoiced_Value__c"] == billed
    assert shown["Delivered_Value__c"] == desk.orders(deal)[0]["NETWR"]
    assert shown["Order_Status__c"] == "Invoiced"
    desk.quiet()


def test_what_the_erp_confirms_less_does_not_flow_back(desk: Desk) -> None:
    deal = desk.deal(7)
    desk.sign(deal)
    (order,) = desk.orders(deal)
    desk.erp.confirm(order["VBELN"], {order["items"][0]["POSNR"]: Decimal(4)}, "PLANNER")
    desk.quiet()
    assert [line["Quantity"] for line in desk.lines(deal)] == [7]
    assert desk.quantities(deal) == [[7]]
    (made,) = [row["Id"] for row in desk.crm.rows("Order") if row["OpportunityId"] == deal]
    (item,) = [row for row in desk.crm.rows("OrderItem") if row["OrderId"] == made]
    assert item["Confirmed_Quantity__c"] == 4
    assert item["Quantity"] == 7


def test_the_price_that_was_quoted_is_the_price_that_is_ordered(desk: Desk) -> None:
    deal = desk.deal(2, stage="Negotiation/Review")
    (line,) = desk.lines(deal)
    quoted = line["UnitPrice"] - 1
    quote = desk.crm.insert(
        "Quote", {"Name": "Offer", "OpportunityId": deal, "Pricebook2Id": desk.crm.standard_pricebook}, SELLER
    )
    row = {"QuoteId": quote, "PricebookEntryId": line["PricebookEntryId"], "Quantity": 2, "UnitPrice": quoted}
    desk.crm.insert("QuoteLineItem", row, SELLER)
    desk.crm.update("Quote", quote, {"Status": "Accepted"}, SELLER)
    desk.sign(deal)
    assert desk.orders(deal) == [], "it is not won yet"
    desk.change(deal, StageName="Closed Won")
    desk.order_more(deal, 0, 2, UnitPrice=line["UnitPrice"] + 5)
    desk.sync()
    desk.sync()
    (order,) = desk.orders(deal)
    assert order["NETWR"] == quoted * 2
    desk.quiet()


def test_a_credit_note_is_told_and_leaves_the_order_as_it_is(desk: Desk) -> None:
    deal = desk.deal(2)
    desk.sign(deal)
    bill = desk.delivered_bill(deal)
    credit = desk.sandbox.sap.credit(bill)
    desk.sync()
    desk.quiet()
    assert credit.lstrip("0") in {str(row["Name"]).lstrip("0") for row in desk.crm.rows("Credit_Note__c")}
    assert desk.quantities(deal) == [[2]]


def test_credits_of_what_stripe_collects_are_told_before_and_after_payment(desk: Desk) -> None:
    deals = [desk.deal(2, 3, currency=currency, terms=BY_STRIPE) for currency in ("EUR", "JPY", "EUR")]
    for deal in deals:
        desk.sign(deal)
    early, late, other = (desk.delivered_bill(deal) for deal in deals)
    desk.stripe.pay_invoice(desk.asked(late)["id"])
    desk.sync()
    for bill in (early, late):
        desk.sandbox.sap.credit(bill)
    desk.sync()
    desk.sync()
    notes = {note["invoice"]: note for note in desk.stripe.rows("credit_note")}
    assert notes.keys() >= {desk.asked(early)["id"], desk.asked(late)["id"]}
    assert notes[desk.asked(early)["id"]]["type"] == "pre_payment"
    after = notes[desk.asked(late)["id"]]
    assert (after["type"], after["out_of_band_amount"]) == ("post_payment", after["total"])
    assert desk.asked(early)["amount_remaining"] == desk.asked(early)["total"] - notes[desk.asked(early)["id"]]["total"]
    sums = desk.sums((early, late, other))
    assert sums["sap"] == sums["hub"] == sums["stripe"]
    desk.stripe.pay_invoice(desk.asked(early)["id"])
    desk.sync()
    assert desk.payments([early])[0].total < desk.owed(early).total
    desk.quiet()


def test_a_credit_of_what_nobody_collects_waits_for_nothing(desk: Desk) -> None:
    deal = desk.deal(2)
    desk.sign(deal)
    before = len(desk.stripe.rows("credit_note"))
    desk.sandbox.sap.credit(desk.delivered_bill(deal))
    desk.quiet()
    with desk.hub._engine.store.reading() as tx:
        waiting = tx.scalar(select(func.count()).select_from(t.change).where(t.change.c.state == "waiting"))
    assert (waiting, len(desk.stripe.rows("credit_note"))) == (0, before)


def test_one_payment_for_two_invoices_and_two_for_one(desk: Desk) -> None:
    deal = desk.deal(2, 2)
    desk.sign(deal)
    (order,) = desk.orders(deal)
    bills = [desk.bill(desk.ship(order["VBELN"], 2)), desk.bill(desk.ship(order["VBELN"], 0, 2))]
    first, second = (desk.owed(bill) for bill in bills)
    half = (second.open / 2).quantize(second.open)
    desk.sandbox.sap.receive(first.customer, {first.number: first.open, second.number: half})
    desk.sync()
    desk.sandbox.sap.receive(second.customer, {second.number: second.open - half})
    desk.sync()
    assert [desk.invoice(bill)["Status__c"] for bill in bills] == ["Paid", "Paid"]
    assert desk.opportunity(deal)["Paid_Value__c"] == first.total + second.total
    desk.quiet()


def test_a_payment_that_is_reversed_leaves_its_invoice_open(desk: Desk) -> None:
    deal = desk.deal(3)
    desk.sign(deal)
    bill = desk.owed(desk.delivered_bill(deal))
    payment = desk.sandbox.sap.receive(bill.customer, {bill.number: bill.open})
    desk.sync()
    assert desk.invoice(bill.number)["Status__c"] == "Paid"
    desk.sandbox.sap.reverse(payment)
    desk.sync()
    assert desk.invoice(bill.number)["Status__c"] == "Open"
    assert not desk.opportunity(deal)["Paid_Value__c"]
    desk.quiet()


def test_a_contract_that_was_declined_is_sent_again_and_then_ordered_once(desk: Desk) -> None:
    deal = desk.deal(1)
    desk.sync()
    desk.esign.decline(desk.envelopes(deal)[0]["id"], "Customer", "Not on these terms.")
    desk.quiet()
    (contract,) = desk.contracts(deal)
    assert (contract["Status"], desk.opportunity(deal)["Signature_Status__c"]) == ("Draft", "Declined")
    assert desk.orders(deal) == []
    desk.sandbox.clock.advance(60)
    desk.crm.update("Contract", contract["Id"], {"Status": "In Signature"}, SELLER)
    desk.sign(deal)
    desk.sync()
    assert [row["status"] for row in desk.envelopes(deal)] == ["declined", "completed"]
    assert desk.quantities(deal) == [[1]]
    desk.quiet()


def test_a_contract_that_is_taken_back_is_voided_and_can_be_sent_again(desk: Desk) -> None:
    deal = desk.deal(1)
    desk.sync()
    (contract,) = desk.contracts(deal)
    for status in ("Draft", "In Signature"):
        desk.sandbox.clock.advance(60)
        desk.crm.update("Contract", contract["Id"], {"Status": status}, SELLER)
        desk.sync()
        desk.sync()
    assert [row["status"] for row in desk.envelopes(deal)] == ["voided", "sent"]
    desk.sign(deal)
    assert len(desk.orders(deal)) == 1
    desk.quiet()


def test_a_deal_that_is_lost_while_it_is_signed_is_voided_and_never_ordered(desk: Desk) -> None:
    deal = desk.deal(1)
    desk.sync()
    desk.change(deal, StageName="Closed Lost")
    desk.quiet()
    assert [row["status"] for row in desk.envelopes(deal)] == ["voided"]
    assert [row["Status"] for row in desk.contracts(deal)] == ["Cancelled"]
    assert desk.orders(deal) == []


def test_a_signer_who_changes_is_corrected_in_the_envelope_that_is_out(desk: Desk) -> None:
    deal = desk.deal(1)
    desk.sync()
    contact = desk.opportunity(deal)["ContactId"]
    desk.sandbox.clock.advance(60)
    desk.crm.update("Contact", contact, {"Email": "grace@buyer.example", "FirstName": "Grace"}, SELLER)
    desk.sync()
    desk.sync()
    (envelope,) = desk.envelopes(deal)
    people = {one["role"]: (one["name"], one["email"]) for one in envelope["recipients"]}
    assert people["Customer"] == ("Grace Buyer", "grace@buyer.example")
    desk.sign(deal)
    desk.quiet()


def test_a_signer_who_changes_having_signed_leaves_nothing_to_do(desk: Desk) -> None:
    deal = desk.deal(1)
    desk.sync()
    (envelope,) = desk.envelopes(deal)
    desk.esign.sign(envelope["id"], "Customer")
    desk.sync()
    desk.crm.update("Contact", desk.opportunity(deal)["ContactId"], {"Email": "late@buyer.example"}, SELLER)
    desk.quiet()
    assert [one["email"] for one in desk.envelopes(deal)[0]["recipients"]][:1] == ["ada@buyer.example"]
    desk.esign.sign(envelope["id"], "Seller")
    desk.quiet()
    assert len(desk.orders(deal)) == 1


def test_a_signer_who_changes_when_all_have_signed_changes_nothing(desk: Desk) -> None:
    deal = desk.deal(1)
    desk.sync()
    (envelope,) = desk.envelopes(deal)
    for role in ("Customer", "Seller"):
        desk.esign.sign(envelope["id"], role)
    desk.crm.update("Contact", desk.opportunity(deal)["ContactId"], {"Email": "late@buyer.example"}, SELLER)
    desk.quiet()
    assert [one["email"] for one in desk.envelopes(deal)[0]["recipients"]][:1] == ["ada@buyer.example"]
    assert len(desk.orders(deal)) == 1


def test_a_customer_who_is_merged_while_an_order_is_under_way(desk: Desk) -> None:
    deal = desk.deal(2)
    desk.sign(deal)
    loser = desk.opportunity(deal)["AccountId"]
    (order,) = desk.orders(deal)
    master = desk.enter_again(loser)
    desk.crm.merge("Account", master, [loser], "clerk")
    desk.sync()
    desk.quiet()
    assert [row["KUNNR"] for row in desk.orders(deal)] == [order["KUNNR"]]
    bill = desk.owed(desk.delivered_bill(deal))
    assert desk.invoice(bill.number)["Account__c"] == master


def test_a_customer_whom_a_steward_merges_while_an_order_is_under_way(desk: Desk) -> None:
    deal = desk.deal(2)
    desk.sign(deal)
    first = desk.opportunity(deal)["AccountId"]
    (order,) = desk.orders(deal)
    settle_reviews(desk.hub, desk.sandbox.truth)  # of contacts that other scenarios left
    again = desk.enter_again(first)
    customers = len(desk.erp.rows("customers"))
    desk.sync()
    assert settle_reviews(desk.hub, desk.sandbox.truth) == 1
    desk.quiet()
    assert len(desk.erp.rows("customers")) == customers, "nobody was made while it was in doubt, or after"
    assert [row["KUNNR"] for row in desk.orders(deal)] == [order["KUNNR"]]
    bill = desk.owed(desk.delivered_bill(deal))
    assert desk.invoice(bill.number)["Account__c"] in {first, again}
    desk.quiet()


def test_an_order_that_the_erp_cancels_stays_cancelled(desk: Desk) -> None:
    deal = desk.deal(2)
    desk.sign(deal)
    (order,) = desk.orders(deal)
    desk.sandbox.sap.cancel(order["VBELN"])
    desk.quiet()
    assert desk.quantities(deal) == [[]]
    assert desk.opportunity(deal)["Order_Status__c"] == "Cancelled"
    desk.order_more(deal, 0, 5)
    desk.sync()
    assert desk.quantities(deal) == [[]]
    assert desk.codes() == ["flow.too_late"]
    desk.order_more(deal, 0, 2)
    desk.quiet()


@pytest.mark.parametrize("currency", ["JPY", "KWD", "EUR"])
def test_money_is_the_same_all_the_way_in_every_currency(desk: Desk, currency: str) -> None:
    deal = desk.deal(3, 1, currency=currency, terms="NT14")
    for place, quantity in enumerate((3, 1)):
        desk.order_more(deal, place, quantity, UnitPrice=Decimal(100))  # Stripe takes no third decimal but 0
    desk.sign(deal)
    agreed = sum((line["TotalPrice"] for line in desk.lines(deal)), Decimal(0))
    (order,) = desk.orders(deal)
    assert order["NETWR"] == agreed == desk.contracts(deal)[0]["Total__c"]
    bill = desk.owed(desk.delivered_bill(deal))
    (asked,) = [row for row in desk.stripe.rows("invoice") if row["number"] == bill.number.lstrip("0")]
    minor = {"JPY": 0, "KWD": 3, "EUR": 2}[currency]
    assert asked["total"] == int(bill.total.scaleb(minor))
    desk.stripe.pay_invoice(asked["id"])
    desk.sync()
    desk.sync()
    (payment,) = desk.payments([bill.number])
    assert (payment.total, payment.currency) == (bill.total, currency)
    assert desk.owed(bill.number).open == 0
    assert desk.opportunity(deal)["Paid_Value__c"] == bill.total
    desk.quiet()

"""Orders: draft, products, activation; each step journalled, and resumed from wherever the process ended."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Finding, Outcome, Raw, SettleRule, Verb, WriteItem
from tests.connectors.salesforce.conftest import Connect, Steps, amend, catalogue, create


def order(account: str, rows: list[Raw], **more: object) -> Raw:
    head = {"AccountId": account, "EffectiveDate": "2026-03-02", "CurrencyIsoCode": "EUR", "Status": "Activated"}
    return {**head, **more, "OrderItems": {"records": rows}}


def rows(entry: str, product: str) -> list[Raw]:
    return [
        {"Line_Number__c": "10", "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": Decimal("9.99")},
        {"Line_Number__c": "20", "Product2Id": product, "Quantity": Decimal("1.5")},
    ]


def test_an_order_is_drafted_filled_and_activated(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    steps = Steps()
    items = [create(number, order(account, rows(entry, product))) for number in range(3)]
    results = connector.write("Order", items, steps)
    assert [result.outcome for result in results] == [Outcome.CREATED] * 3
    assert [(row["Status"], str(row["TotalAmount"])) for row in org.rows("Order")] == [("Activated", "35.73")] * 3
    assert list(steps.kept["intent-0"]) == ["draft", "items", "activate"]
    assert [step.settle for step in connector.objects["Order"].verbs[Verb.CREATE]] == [SettleRule.RESEND] * 3


@pytest.mark.parametrize("step", ["draft", "items", "activate"])
def test_an_order_is_resumed_from_each_step(
    org: SalesforceSimulator, connector: SalesforceConnector, connect: Connect, step: str
) -> None:
    account, product, entry = catalogue(org)
    fields = order(account, rows(entry, product))
    steps = Steps(die_after=step)
    with pytest.raises(InterruptedError):
        connector.write("Order", [create(1, fields)], steps)
    for journal in (steps.kept["intent-1"], {}):
        (result,) = connect().write("Order", [create(1, fields, journal=journal)], Steps())
        assert result.error is None
    assert [(row["Status"], str(row["TotalAmount"]), row["Id"]) for row in org.rows("Order")] == [
        ("Activated", "35.73", result.id)
    ]
    assert len(org.rows("OrderItem")) == 2


def test_an_earlier_write_is_given_what_a_later_one_says(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    with pytest.raises(InterruptedError):
        connector.write("Order", [create(1, order(account, rows(entry, product)))], Steps(die_after="items"))
    later = [{**row, "Quantity": 3} for row in rows(entry, product)]
    (result,) = connector.write("Order", [create(1, order(account, later, PoNumber="4711"))], Steps())
    assert result.error is None
    assert [(row["PoNumber"], row["Status"]) for row in org.rows("Order")] == [("4711", "Activated")]
    assert [row["Quantity"] for row in org.rows("OrderItem")] == [3, 3]


@pytest.mark.parametrize("call", [0, 1, 2])
def test_a_call_that_is_cut_after_it_took_effect(
    org: SalesforceSimulator, connector: SalesforceConnector, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    account, product, entry = catalogue(org)
    decide, seen = org.faults.decide, []

    def cut(point: str, key: str, kinds: tuple[str, ...] = ()) -> str | None:
        if point == "write":
            seen.append(key)
            if len(seen) == call + 1:
                return "drop_after_commit"
        return decide(point, key, kinds)  # type: ignore[arg-type]

    monkeypatch.setattr(org.faults, "decide", cut)
    (result,) = connector.write("Order", [create(1, order(account, rows(entry, product)))], Steps())
    assert result.error is None
    assert [row["Status"] for row in org.rows("Order")] == ["Activated"]
    assert len(org.rows("OrderItem")) == 2


def test_one_bad_order_does_not_stop_the_others(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    broken = [{"Line_Number__c": "10", "PricebookEntryId": entry, "Quantity": 0}]
    items = [
        create(1, order("0015g0000099999AAA", rows(entry, product))),
        create(2, order(account, broken)),
        create(3, order(account, rows(entry, product))),
    ]
    results = connector.write("Order", items, Steps())
    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.REJECTED, Outcome.CREATED]
    mended = [create(2, order(account, rows(entry, product)))]
    (result,) = connector.write("Order", mended, Steps())
    assert result.error is None
    assert [row["Status"] for row in org.rows("Order")] == ["Activated", "Activated"]


def test_quantities_move_on_an_activated_order_without_opening_it(
    org: SalesforceSimulator, connector: SalesforceConnector
) -> None:
    account, product, entry = catalogue(org)
    (made,) = connector.write("Order", [create(1, order(account, rows(entry, product)))], Steps())
    line = org.rows("OrderItem")[0]["Id"]
    change = {
        "Status": "Partially Delivered",
        "OrderItems": {"records": [{"_row": "update", "Id": line, "Delivered_Quantity__c": 1}]},
    }
    steps = Steps()
    (result,) = connector.write("Order", [amend(made.id, change)], steps)
    assert (result.outcome, steps.kept) == (Outcome.UPDATED, {})
    assert org.row("Order", made.id)["Status"] == "Partially Delivered"
    assert org.row("OrderItem", line)["Delivered_Quantity__c"] == 1


def test_an_activated_order_is_opened_to_change_its_products(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    (made,) = connector.write("Order", [create(1, order(account, rows(entry, product)))], Steps())
    first, second = (row["Id"] for row in org.rows("OrderItem"))
    changes = [
        {"_row": "update", "Id": first, "Quantity": 5},
        {"_row": "delete", "Id": second},
        {"_row": "insert", "Line_Number__c": "30", "PricebookEntryId": entry, "Quantity": 1},
    ]
    steps = Steps()
    item = amend(made.id, {"PoNumber": "4500", "OrderItems": {"records": changes}}, before={"LTC_Id__c": "hub-1"})
    (result,) = connector.write("Order", [item], steps)
    assert result.outcome is Outcome.UPDATED
    assert [(row["Line_Number__c"], int(row["Quantity"]), row["LTC_Id__c"]) for row in org.rows("OrderItem")] == [
        ("10", 5, "hub-1-10"),
        ("30", 1, "hub-1-30"),
    ]
    assert (org.row("Order", made.id)["Status"], org.row("Order", made.id)["PoNumber"]) == ("Activated", "4500")
    assert steps.kept[item.key] == {"reopen": {"status": "Activated"}}


def test_an_order_without_products_stays_a_draft(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, _, _ = catalogue(org)
    (result,) = connector.write("Order", [create(1, order(account, []))], Steps())
    assert (result.outcome, org.rows("Order")[0]["Status"]) == (Outcome.CREATED, "Draft")


def test_cancel_and_settle(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    (made,) = connector.write("Order", [create(1, order(account, rows(entry, product)))], Steps())
    (result,) = connector.write("Order", [WriteItem("k", "", Verb.CANCEL, made.id, {})], Steps())
    assert (result.outcome, org.row("Order", made.id)["Status"]) == (Outcome.UPDATED, "Cancelled")
    assert connector.settle("Order", [create(1, {})])[0].finding is Finding.PARTIAL


def test_a_draft_takes_its_products_before_it_is_activated(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    (made,) = connector.write("Order", [create(1, order(account, [], Pricebook2Id=org.standard_pricebook))], Steps())
    added = [{"_row": "insert", **row} for row in rows(entry, product)]
    (result,) = connector.write("Order", [amend(made.id, {"Status": "Submitted", "OrderItems": {"records": added}})], Steps())
    assert (result.error, org.row("Order", made.id)["Status"], len(org.rows("OrderItem"))) == (None, "Submitted", 2)


def test_the_product_of_a_line_stays(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    (made,) = connector.write("Order", [create(1, order(account, rows(entry, product)))], Steps())
    change = [{"_row": "update", "Id": org.rows("OrderItem")[0]["Id"], "Product2Id": product}]
    (result,) = connector.write("Order", [amend(made.id, {"OrderItems": {"records": change}})], Steps())
    assert result.outcome is Outcome.REJECTED
    assert "add another" in str(result.error)

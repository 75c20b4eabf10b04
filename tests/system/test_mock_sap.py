"""The main job against mock-sap, a server that others wrote, judged by what mock-sap itself holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from ltc.app.cli.root import run
from ltc.app.sandbox.checker import wrote_nothing
from ltc.app.sandbox.hub import EngineHub, open_hub
from ltc.app.sandbox.mock_sap.books import Books
from ltc.app.sandbox.mock_sap.plot import LIMITS, MockSapPlot
from ltc.app.sandbox.mock_sap.running import MockSapSandbox, up_with_mock_sap
from ltc.app.sandbox.mock_sap.server import HUB_USER, LEDGER, ORDERS, PEOPLE
from ltc.app.sandbox.picture import Picture
from ltc.app.sandbox.story import play
from ltc.app.sandbox.world import Size

SEED, SCALE, DEALS = 24, 0.05, 6
STAGES = ("won", "ordered", "delivered", "billed", "paid")


class Told:
    """The sandbox, the hub and the report after the story, and the picture from before it."""

    def __init__(self, sandbox: MockSapSandbox, hub: EngineHub) -> None:
        self.sandbox, self.hub = sandbox, hub
        self.before: Picture = sandbox.picture()
        self.plot = MockSapPlot(sandbox)
        self.report: dict[str, Any] = play(sandbox, hub, DEALS, silent, self.plot)
        self.after: Picture = sandbox.picture()

    def codes(self) -> set[str]:
        """Judge the systems as they are now."""
        return {finding.code for finding in self.plot.judge(self.before, self.sandbox.picture(), DEALS)}

    def won(self) -> dict[str, Any]:
        return {deal.id: deal for deal in self.after.salesforce.deals.values() if deal.status == "won"}


def silent(text: str) -> None:
    """Tell nobody."""
    del text


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    sandbox = up_with_mock_sap(SEED, Size.shared(SCALE))
    hub = open_hub(tmp_path_factory.mktemp("mock-sap") / "hub", sandbox)
    try:
        yield Told(sandbox, hub)
    finally:
        hub.close()
        sandbox.stop()


def test_every_won_deal_is_ordered_delivered_and_paid_and_none_is_billed(told):
    assert told.report["check"] == {"passed": True, "findings": []}
    assert told.report["exceptions"] == []
    reached = {name: told.report["stages"][name]["count"] for name in STAGES}
    dinars = sum(deal.total != deal.total.quantize(Decimal("0.01")) for deal in told.won().values())
    assert reached == {"won": DEALS, "ordered": DEALS, "delivered": DEALS, "billed": 0, "paid": DEALS - dinars}
    assert told.report["stages"]["ordered"]["money"] == told.report["stages"]["won"]["money"]
    assert len(told.report["stages"]["won"]["money"]) == 5
    assert dinars
    assert [deal for deal in told.after.salesforce.deals.values() if deal.status == "lost"]


def test_a_second_sync_writes_nothing_by_mock_saps_own_log(told):
    assert told.report["second_sync"]["writes"] == 0
    told.hub.sync()
    assert wrote_nothing(told.sandbox.picture(), told.after.marks()) == []


def test_orders_are_the_hubs_by_mock_saps_own_word_and_deliveries_the_warehouses(told):
    deeds = told.after.journals["sap"]
    assert {(deed.verb, deed.kind, deed.actor) for deed in deeds} == {
        ("create", "sales_order", HUB_USER),
        ("create", "delivery", PEOPLE),
        ("create", "incoming_payment", HUB_USER),
        ("create", "incoming_payment", PEOPLE),
    }
    assert sum(deed.kind == "sales_order" for deed in deeds) == DEALS


def test_what_was_delivered_and_paid_is_told_to_salesforce_by_number(told):
    crm = told.sandbox.salesforce
    orders = {row["Id"]: row for row in crm.rows("Order")}
    assert {row["Status"] for row in orders.values()} == {"Delivered"}
    items = crm.rows("OrderItem")
    assert items
    assert all(row["Delivered_Quantity__c"] == row["Quantity"] for row in items)
    assert {row["Name"] for row in crm.rows("Delivery__c")} == {one.number for one in told.after.sap.deliveries}
    assert {row["Name"] for row in crm.rows("Payment__c")} == {one.number for one in told.after.sap.payments}


def test_what_a_clerk_changes_in_mock_sap_is_told_to_salesforce_once(told):
    known = told.sandbox.truth.companies
    number, key = next(iter(known["sap"].items()))
    account = next(account for account, company in known["salesforce"].items() if company == key)
    told.sandbox.clock.advance(3600)
    told.sandbox.sap.edit_customer(number, "phone", "+49 221 4711", "CLERK")
    journal = told.sandbox.simulators["salesforce"].journal
    mark = len(journal)
    told.hub.sync()
    assert [(deed.verb, deed.object, deed.id) for deed in journal[mark:]] == [("update", "Account", account)]
    assert told.sandbox.salesforce.row("Account", account)["Phone"] == "+49 221 4711"
    told.hub.sync()
    assert len(journal) == mark + 1


def first_order(told: Told) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return told.sandbox.books.orders()[0]


def order_like(told: Told, customer: str, currency: str, lines: list[tuple[str, str, str]]) -> None:
    """Let a person enter an order by hand, as nobody should."""
    items = [
        {"ITM_NUMBER": f"{place * 10:06d}", "MATERIAL": product, "TARGET_QTY": quantity, "COND_VALUE": value}
        for place, (product, quantity, value) in enumerate(lines, 1)
    ]
    told.sandbox.server.call(
        "BAPI_SALESORDER_CREATEFROMDAT2",
        ORDER_HEADER_IN={"DOC_TYPE": "TA", "CURRENCY": currency},
        ORDER_PARTNERS=[{"PARTN_ROLE": "AG", "PARTN_NUMB": customer}],
        ORDER_ITEMS_IN=items,
    )


def plant_second_order(told: Told) -> None:
    order, items = first_order(told)
    lines = [(item["Material"], item["RequestedQuantity"], item["NetAmount"]) for item in items]
    order_like(told, order["SoldToParty"], order["TransactionCurrency"], lines)


def plant_order_of_nobody(told: Told) -> None:
    order, items = first_order(told)
    order_like(told, order["SoldToParty"], "EUR", [(items[0]["Material"], "77", "77")])


def plant_order_of_a_lost_deal(told: Told) -> None:
    deal = next(deal for deal in told.after.salesforce.deals.values() if deal.status == "lost" and deal.lines)
    company = told.sandbox.truth.companies["salesforce"][deal.customer]
    customer = next(number for number, key in told.sandbox.truth.companies["sap"].items() if key == company)
    lines = [(line.product, str(line.quantity), str(line.total)) for line in deal.lines]
    order_like(told, customer, deal.currency, lines)


def plant_fils(told: Told) -> None:
    """Change the value of an item by the smallest unit that mock-sap can hold."""
    _, items = told.sandbox.books.orders()[1]
    entity = f"A_SalesOrderItem(SalesOrder='{items[0]['SalesOrder']}',SalesOrderItem='{items[0]['SalesOrderItem']}')"
    value = Decimal(items[0]["NetAmount"]) + Decimal("0.001")
    told.sandbox.server.change(ORDERS, entity, {"NetAmount": str(value)})


def plant_second_payment(told: Told) -> None:
    order = next(iter(told.plot.paid))
    customer = next(row["SoldToParty"] for row, _ in told.sandbox.books.orders() if row["SalesOrder"].lstrip("0") == order)
    told.sandbox.sap.receive(customer, {order: told.plot.paid[order]})


def plant_payment_for_nothing(told: Told) -> None:
    order = next(row for row, _ in told.sandbox.books.orders() if row["SalesOrder"].lstrip("0") not in told.plot.paid)
    told.sandbox.sap.receive(order["SoldToParty"], {order["SalesOrder"].lstrip("0"): Decimal(1)})


def plant_forgotten_delivery(told: Told) -> None:
    """Let Salesforce lose a delivery that it was told of."""
    crm = told.sandbox.salesforce
    crm.delete("Delivery__c", crm.rows("Delivery__c")[0]["Id"], "clerk")


def plant_other_amount(told: Told) -> None:
    """Let somebody change in Salesforce what was paid."""
    crm = told.sandbox.salesforce
    crm.update("Payment__c", crm.rows("Payment__c")[0]["Id"], {"Amount__c": Decimal("0.01")}, "clerk")


@pytest.mark.parametrize(
    ("plant", "code"),
    [
        (plant_second_order, "order.doubled"),
        (plant_order_of_nobody, "order.unfounded"),
        (plant_order_of_a_lost_deal, "order.not_won"),
        (plant_fils, "order.amount"),
        (plant_second_payment, "payment.doubled"),
        (plant_payment_for_nothing, "payment.unfounded"),
        (plant_forgotten_delivery, "delivery.missing"),
        (plant_other_amount, "payment.amount"),
    ],
)
def test_the_checker_catches_what_is_wrong_in_mock_sap(told, plant: Callable[[Told], None], code: str):
    assert code not in told.codes()
    plant(told)
    assert code in told.codes()


def test_a_write_after_the_end_is_seen_in_mock_saps_log(told):
    """Without our connector's help: a call that the hub's user makes stands in the log under that name."""
    mark = told.sandbox.picture()
    order, items = first_order(told)
    body = {
        "ORDER_HEADER_IN": {"CURRENCY": "EUR"},
        "ORDER_PARTNERS": [{"PARTN_ROLE": "AG", "PARTN_NUMB": order["SoldToParty"]}],
        "ORDER_ITEMS_IN": [{"MATERIAL": items[0]["Material"], "TARGET_QTY": "1", "COND_VALUE": "1"}],
    }
    url = f"{told.sandbox.server.base_url}/sap/bc/rfc/BAPI_SALESORDER_CREATEFROMDAT2"
    assert requests.post(url, json=body, auth=(HUB_USER, told.sandbox.server.password), timeout=10).ok
    (finding,) = wrote_nothing(told.sandbox.picture(), mark.marks())
    assert finding.code == "sync.wrote"


def test_the_books_count_what_mock_sap_refused_as_nothing(told):
    books = Books(told.sandbox.server)
    count = len(books.journal())
    told.sandbox.server._ask("POST", "/sap/bc/rfc/BAPI_ACC_DOCUMENT_POST", json={})
    assert len(books.journal()) == count
    assert told.sandbox.server.rows(LEDGER, "A_JournalEntry")


def test_the_report_has_the_shape_of_every_demo(told):
    assert set(told.report) == {
        "deals", "stages", "first_sync", "second_sync", "matches_settled", "digest", "webhooks", "exceptions", "check", "trace",
    }  # fmt: skip
    assert told.report["digest"]["sap.orders"].startswith(f"{DEALS} rows ")
    assert told.report["matches_settled"] >= len(told.after.sap.customers)
    assert {"opportunity", "order", "delivery"} <= {document["entity"] for document in told.report["trace"]["documents"]}


def test_the_command_runs_and_says_what_is_left_out(capsys):
    assert run(["demo", "--sap", "mock-sap", "--scale", "0.01", "--deals", "2"]) == 0
    said = capsys.readouterr().out
    assert [line for line in LIMITS if f"- {line}" not in said] == []
    assert "The independent check passed" in said


def test_without_the_package_the_command_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "mocksap", None)
    assert run(["demo", "--sap", "mock-sap", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["remedy"]) == ("demo.mock_sap_missing", "Install it beside the hub: pip install mock-sap")

"""Flows at work on both databases: two invented systems, a deal here and its orders there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.stewards import retry
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from ltc.core.store.queries import exceptions as parked
from tests.app.engine.hubs import CUSTOMER, ORDER, PRODUCT, SmallHub

DEAL = """
system: invented
object: Deal
entity: opportunity
key: Id
version: Mod
{hub_key}
fields:
  name: Name
  customer: {{from: Customer, ref: customer}}
  status: {{from: Status, codes: {{open: open, won: won, lost: lost}}}}
  close_date: Date
  stage: Revision
  order_status:
    from: OrderStatus
    codes: {{submitted: submitted, confirmed: confirmed, partial: partially_delivered, off: cancelled}}
  lines:
    each: Lines
    key: Id
    one_way: in
    fields:
      id: Id
      product: {{from: Product, ref: product}}
      description: Plant
      quantity: {{from: Qty, as: quantity, unit: Unit}}
"""
AGREEMENT = """
system: invented
object: Contract
entity: contract
key: Id
version: Mod
{hub_key}
fields:
  name: Name
  customer: {{from: Customer, ref: customer}}
  opportunity: {{from: Deal, ref: opportunity}}
  status: {{from: Status, codes: {{draft: draft, active: active, terminated: terminated}}}}
"""
QUOTE = """
system: invented
object: Quote
entity: quote
key: Id
version: Mod
{hub_key}
fields:
  name: Name
  opportunity: {{from: Deal, ref: opportunity}}
  status: {{from: Status, codes: {{sent: sent, accepted: accepted}}}}
  lines:
    each: Lines
    key: Id
    one_way: in
    fields:
      number: Id
      product: {{from: Product, ref: product}}
      quantity: {{from: Qty, as: quantity, unit: Unit}}
"""
ORDERS = ORDER.replace("cancelled: cancelled}}}}", "partial: partially_delivered, cancelled: cancelled}}}}").replace(
    "ordered_quantity: {{from: Qty, as: quantity, unit: Unit}}",
    "ordered_quantity: {{from: Qty, as: quantity, unit: Unit}}\n"
    "      delivered_quantity: {{from: Done, as: quantity, unit: Unit, one_way: in}}",
)
FLOW = """
from: opportunity
to: order
when: "opportunity.status == 'won'"
fields:
  opportunity: hub_id
  customer: customer
  purchase_order: name
  status: {const: submitted}
  lines: {each: lines, fields: {product: product, ordered_quantity: quantity}}
policy: {lines: follow until partially_delivered}
on_retract: cancel
roll_up: {opportunity.order_status: latest(order.status)}
"""


class Deals:
    """A small hub in which deals are won on the left and ordered on the right."""

    def __init__(self, hub: SmallHub, flow: str = FLOW, **more: str) -> None:
        """Set the systems up, and read them."""
        hub.objects = {"Customer": CUSTOMER, "Product": PRODUCT, "Deal": DEAL, "Contract": AGREEMENT, "Quote": QUOTE}
        hub.objects |= {"Order": ORDERS, **more}
        file = hub.tmp / "deal_to_order.yaml"
        file.write_text(flow, encoding="utf-8")
        hub.flows = [load_flow([file])]
        hub.add_line("left", "Order", "opportunity: {from: Deal, ref: opportunity, optional: true}")
        self.hub = hub
        self.customer = hub.left.put("Customer", {"Name": "Acme", "Status": "active"})
        self.product = hub.left.put("Product", {"Number": "P-1", "Name": "Pump"})
        hub.go_live()
        hub.sync()

    def deal(self, *quantities: int, status: str = "won", **more: Any) -> str:
        """Make a deal."""
        lines = [self.line(number, quantity) for number, quantity in enumerate(quantities)]
        row = {"Name": "Pumps", "Customer": self.customer, "Status": status, "Date": "2026-03-01", "Lines": lines}
        return self.hub.left.put("Deal", row | more)

    def line(self, number: int, quantity: int, plant: str = "") -> dict[str, Any]:
        """Make a line of a deal."""
        return {"Id": f"l{number}", "Product": self.product, "Qty": quantity, "Unit": "C62", "Plant": plant}

    def change(self, deal: str, *quantities: int | None, **fields: Any) -> None:
        """Change a deal's lines; None leaves a line out."""
        lines = [self.line(number, quantity) for number, quantity in enumerate(quantities) if quantity is not None]
        self.hub.left.put("Deal", ({"Lines": lines} if quantities else {}) | fields, deal)

    def orders(self, side: str = "right") -> list[tuple[str, list[int]]]:
        """Give the orders of a side, as (status, quantities)."""
        world = getattr(self.hub, side)
        rows = sorted(world.rows.get("Order", {}).values(), key=lambda row: row["Id"])
        return [(row["Status"], [int(float(item["Qty"])) for item in row.get("Items", ())]) for row in rows]

    def report(self, number: int, status: str, *done: int) -> None:
        """Let the right side say how far an order is."""
        order = sorted(self.hub.right.rows["Order"])[number]
        items = [dict(item) for item in self.hub.right.rows["Order"][order]["Items"]]
        for item, quantity in zip(items, done, strict=False):
            item["Done"] = quantity
        self.hub.right.put("Order", {"Status": status, "Items": items}, order)

    def told(self, deal: str) -> object:
        """Give what the deal was told of its orders."""
        return self.hub.left.rows["Deal"][deal].get("OrderStatus")

    def slots(self) -> list[tuple[str, str]]:
        """List derivations as (slot, state)."""
        d = t.derivation
        with self.hub.store.reading() as tx:
            return [(row[0], row[1]) for row in tx.execute(select(d.c.slot, d.c.state).order_by(d.c.created_at, d.c.slot))]


def test_a_deal_gives_one_order_however_often_it_is_read(hub: SmallHub) -> None:
    deals = Deals(hub)
    deal = deals.deal(3, 4)
    hub.sync()
    hub.sync()
    assert deals.orders() == [("submitted", [3, 4])]
    assert deals.told(deal) == "submitted"
    effects = list(hub.right.effects), list(hub.left.effects)
    hub.sync(full=True)
    assert (list(hub.right.effects), list(hub.left.effects)) == effects


def test_an_open_order_follows_its_deal_and_what_is_late_is_told(hub: SmallHub) -> None:
    deals = Deals(hub)
    deal = deals.deal(3, 4)
    hub.sync()
    deals.change(deal, 5, None, 6)
    hub.sync()
    assert deals.orders() == [("submitted", [5, 6])]
    deals.report(0, "partial", 2)
    hub.sync()
    deals.change(deal, 9, None, 6)
    hub.sync()
    assert deals.orders() == [("partial", [5, 6])]
    assert [(stage, code) for _, stage, code in hub.exceptions()] == [("flow", "flow.too_late")]
    deals.change(deal, 5, None, 6)
    hub.sync()
    assert hub.exceptions() == []


def test_what_is_wanted_more_is_ordered_by_a_change_order(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "amend: {then: change_order}\n")
    deal = deals.deal(3, 4)
    hub.sync()
    deals.report(0, "partial", 2)
    hub.sync()
    deals.change(deal, 10, 4, 1)
    hub.sync()
    assert deals.orders() == [("partial", [3, 4]), ("submitted", [7, 1])]
    deals.change(deal, 5, 4)
    hub.sync()
    assert deals.orders() == [("partial", [3, 4]), ("submitted", [2])]
    deals.change(deal, 3, 4)
    hub.sync()
    assert [status for status, _ in deals.orders()] == ["partial", "cancelled"]
    assert hub.exceptions() == []
    deals.change(deal, 1, 4)
    hub.sync()
    assert [code for *_, code in hub.exceptions()] == ["flow.too_much"]
    deals.change(deal, 4, 4)
    hub.sync()
    assert [status for status, _ in deals.orders()] == ["partial", "cancelled", "submitted"]
    assert deals.orders()[2][1] == [1]
    assert hub.exceptions() == []
    assert deals.slots() == [("", "derived"), ("#2", "retracted"), ("#3", "derived")]


@pytest.mark.parametrize("again", [False, True], ids=["changed", "won again"])
def test_a_quote_that_is_accepted_after_the_order_does_not_order_anything_twice(hub: SmallHub, *, again: bool) -> None:
    """Which list an order's rows came from is settled with the order: rows of another list are not more of the same."""
    lines = "{each: lines, fields: {product: product, ordered_quantity: quantity}}"
    either = f"\n    first_of:\n      - {lines.replace('each: lines', 'each: quote.lines')}\n      - {lines}"
    quoted = FLOW.replace(lines, either).replace("when:", "with: {quote: \"quote.status == 'accepted'\"}\nwhen:")
    deals = Deals(hub, quoted + "amend: {then: change_order}\n")
    deal = deals.deal(3, 4)
    offer = {"Name": "Offer", "Deal": deal, "Status": "sent", "Lines": [deals.line(7, 3), deals.line(8, 4)]}
    quote = hub.left.put("Quote", offer)
    hub.sync()
    deals.report(0, "partial", 2, 4)
    hub.sync()
    hub.left.put("Quote", {"Status": "accepted"}, quote)
    hub.sync()
    assert deals.orders() == [("partial", [3, 4])]
    deals.change(deal, 5, 4)
    hub.sync()
    assert deals.orders() == [("partial", [3, 4]), ("submitted", [2])]
    if again:
        deals.change(deal, Status="lost")
        hub.sync()
        deals.change(deal, Status="won")
        hub.sync()
        assert [quantities for status, quantities in deals.orders() if status == "submitted"] == [[3]]
    assert hub.exceptions() == []


def test_a_deal_reopened_lost_and_won_again_orders_what_is_not_delivered(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "amend: {then: change_order}\n")
    deal = deals.deal(3, 4)
    hub.sync()
    deals.report(0, "partial", 2)
    hub.sync()
    deals.change(deal, Status="open")
    hub.sync()
    assert deals.slots() == [("", "retracted")]
    deals.change(deal, Status="lost")
    hub.sync()
    deals.change(deal, Status="won")
    hub.sync()
    assert deals.orders()[1:] == [("submitted", [1, 4])]
    hub.sync()
    assert len(deals.orders()) == 2


def test_an_order_cancelled_over_there_is_not_made_again(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "amend: {then: change_order}\n")
    deal = deals.deal(3)
    hub.sync()
    deals.report(0, "cancelled")
    hub.sync()
    hub.sync()
    assert deals.orders() == [("cancelled", [3])]
    assert deals.told(deal) == "off"
    deals.change(deal, 5)
    hub.sync()
    assert deals.orders() == [("cancelled", [3])]
    assert [code for *_, code in hub.exceptions()] == ["flow.too_late"]


@pytest.mark.parametrize(("on_retract", "exceptions"), [("ignore", []), ("exception", ["flow.retracted"])])
def test_what_is_not_cancelled_is_left_or_asked_about(hub: SmallHub, on_retract: str, exceptions: list[str]) -> None:
    deals = Deals(hub, FLOW.replace("on_retract: cancel", f"on_retract: {on_retract}"))
    deal = deals.deal(3)
    hub.sync()
    deals.change(deal, Status="lost")
    hub.sync()
    assert deals.orders() == [("submitted", [3])]
    assert [code for *_, code in hub.exceptions()] == exceptions
    deals.change(deal, Status="won")
    hub.sync()
    assert deals.orders() == [("submitted", [3])]
    assert hub.exceptions() == []


def test_a_deal_without_lines_that_is_won_again_is_ordered_once_more_and_no_more_often(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "amend: {then: change_order}\n")
    deal = deals.deal()
    hub.sync()
    deals.change(deal, Status="open")
    hub.sync()
    deals.change(deal, Status="won")
    hub.sync()
    hub.sync()
    assert deals.slots() == [("", "retracted"), ("#2", "derived")]
    deals.change(deal, 3)
    hub.sync()
    assert deals.orders() == [("cancelled", []), ("submitted", [3])]


def test_a_flow_that_was_mended_looks_again_when_it_is_retried(hub: SmallHub) -> None:
    broken = FLOW.replace("purchase_order: name", 'purchase_order: {compute: "string(int(opportunity.name) + 1)"}')
    deals = Deals(hub, broken)
    deals.deal(3)
    hub.sync()
    assert [code for *_, code in hub.exceptions()] == ["flow.compute"]
    numbers = [one["id"] for one in exceptions(hub)]
    retry(hub.context(), numbers, actor="anna")
    assert [code for *_, code in hub.exceptions()] == ["flow.compute"]
    file = hub.tmp / "deal_to_order.yaml"
    file.write_text(FLOW, encoding="utf-8")
    hub.flows = [load_flow([file])]
    assert retry(hub.context(), numbers, actor="anna")["retried"] == 1
    assert exceptions(hub) == []
    hub.sync()
    assert deals.orders() == [("submitted", [3])]


def exceptions(hub: SmallHub) -> list[dict[str, Any]]:
    """List what is open or retrying."""
    with hub.store.reading() as tx:
        return [one for one in parked.exceptions(tx, state="all") if one["state"] != "resolved"]


def test_rows_go_to_a_document_for_each_slot(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "slot: lines[].description\n")
    deal = deals.deal()
    lines = [deals.line(0, 3, "A"), deals.line(1, 4, "B"), deals.line(2, 5, "A")]
    deals.change(deal, Lines=lines)
    hub.sync()
    assert deals.orders() == [("submitted", [3, 5]), ("submitted", [4])]
    deals.change(deal, Lines=[deals.line(0, 3, "A"), deals.line(2, 5, "C")])
    hub.sync()
    assert deals.orders() == [("submitted", [3]), ("cancelled", [4]), ("submitted", [5])]


def test_another_revision_takes_the_place_of_the_one_before(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "slot: stage\n")
    deal = deals.deal(3, Revision="1")
    hub.sync()
    deals.change(deal, 5, Revision="2")
    hub.sync()
    assert deals.orders() == [("cancelled", [3]), ("submitted", [5])]


def test_a_relative_that_changes_lets_the_flow_look_again(hub: SmallHub) -> None:
    flow = FLOW.replace(
        "'won'\"", "'won' && contract.status == 'active'\"\nwith: {contract: any}\nwhile: \"opportunity.status == 'won'\""
    )
    deals = Deals(hub, flow)
    deal = deals.deal(3)
    hub.sync()
    assert deals.orders() == []
    contract = hub.left.put("Contract", {"Name": "A", "Customer": deals.customer, "Deal": deal, "Status": "draft"})
    hub.sync()
    assert deals.orders() == []
    hub.left.put("Contract", {"Status": "active"}, contract)
    hub.sync()
    assert deals.orders() == [("submitted", [3])]
    hub.left.put("Contract", {"Status": "terminated"}, contract)
    hub.sync()
    assert deals.orders() == [("submitted", [3])]


def test_what_is_older_than_the_flow_is_linked_and_never_derived(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "live_from: 2026-02-01\nadopt: {crm: Order}\n")
    old = deals.deal(3, Date="2026-01-31")
    hub.sync()
    assert deals.orders() == []
    deals.change(old, Name="Renamed")
    hub.sync()
    assert deals.orders() == []
    young = deals.deal(4, Date="2026-02-01")
    hub.sync()
    assert deals.orders() == [("submitted", [4])]
    assert deals.told(young) == "submitted"


def test_an_order_that_a_person_made_is_taken_and_not_doubled(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "adopt: {crm: Order}\n")
    deal = deals.deal(3, status="open")
    hub.sync()
    items = [{"No": "10", "Product": deals.product, "Qty": 3, "Unit": "C62"}]
    made = {"Name": "By hand", "Customer": deals.customer, "Deal": deal, "Status": "draft", "Items": items}
    hub.left.put("Order", made)
    hub.sync()
    deals.change(deal, Status="won")
    hub.sync()
    hub.sync()
    assert len(deals.orders()) == len(deals.orders("left")) == 1
    assert deals.slots() == [("", "adopted")]


@pytest.mark.parametrize("late", [False, True])
def test_an_order_made_by_a_person_while_the_deal_is_won_is_not_doubled(hub: SmallHub, late: bool) -> None:
    deals = Deals(hub, FLOW + "adopt: {crm: Order}\n")
    deal = deals.deal(3, status="open")
    hub.sync()
    items = [{"No": "10", "Product": deals.product, "Qty": 4, "Unit": "C62"}]
    made = {"Name": "By hand", "Customer": deals.customer, "Deal": deal, "Status": "draft", "Items": items}
    deals.change(deal, Status="won")
    if late:
        hub.sync()  # the hub has ordered already: two orders are what people see, and what they have to settle
    hub.left.put("Order", made)
    hub.sync()
    hub.sync()
    if late:
        assert deals.slots() == [("", "derived")]
        assert len(deals.orders("left")) == 2
        ((_, stage, code),) = hub.exceptions()
        assert (stage, code) == ("flow", "flow.double")
    else:
        assert deals.slots() == [("", "adopted")]
        assert len(deals.orders()) == len(deals.orders("left")) == 1
        assert hub.exceptions() == []


@pytest.mark.parametrize("which", ["made", "derived"])
def test_a_double_is_told_until_one_of_both_is_cancelled(hub: SmallHub, which: str) -> None:
    deals = Deals(hub, FLOW + "adopt: {crm: Order}\n")
    deal = deals.deal(3)
    hub.sync()
    items = [{"No": "10", "Product": deals.product, "Qty": 4, "Unit": "C62"}]
    made = hub.left.put("Order", {"Name": "By hand", "Customer": deals.customer, "Deal": deal, "Status": "draft", "Items": items})
    hub.sync()
    (derived,) = {*hub.left.rows["Order"]} - {made}
    with hub.store.reading() as tx:
        (told,) = parked.exceptions(tx, stage="flow")
    message = told["error"]["message"]
    assert message.startswith("There is more than one order for this opportunity: ")
    assert message.endswith("Cancel what is not meant.")
    assert f"left {derived}" in message
    assert f"left {made}" in message
    hub.sync(full=True)
    assert [code for _, _, code in hub.exceptions()] == ["flow.double"]
    number = 0 if which == "derived" else 1
    deals.report(number, "cancelled")
    hub.sync()
    assert hub.exceptions() == []


def test_customers_merged_while_an_order_is_under_way(hub: SmallHub, tmp_path: Path) -> None:
    del tmp_path
    deals = Deals(hub)
    other = hub.left.put("Customer", {"Name": "Acme Inc", "Status": "active"})
    hub.sync()
    deal = deals.deal(3, Customer=other)
    hub.sync()
    hub.left.remove("Customer", other, deals.customer)
    hub.left.put("Deal", {"Customer": deals.customer}, deal)
    hub.sync()
    hub.sync()
    assert deals.orders() == [("submitted", [3])]
    assert hub.exceptions() == []


def test_what_would_be_taken_back_at_once_is_not_begun(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "while: \"opportunity.name == 'Pumps'\"\n")
    deal = deals.deal(3, Name="Valves")
    hub.sync()
    hub.sync()
    assert deals.slots() == []
    deals.change(deal, Name="Pumps")
    hub.sync()
    assert deals.slots() == [("", "derived")]


def test_a_deal_of_which_something_cannot_be_computed_stops_no_other(hub: SmallHub) -> None:
    computed = "{compute: \"opportunity.stage == 'broken' ? string(int(opportunity.name)) : opportunity.name\"}"
    deals = Deals(hub, FLOW.replace("purchase_order: name", f"purchase_order: {computed}"))
    deal = deals.deal(3, Revision="broken")
    deals.deal(4)
    hub.sync()
    assert deals.orders() == [("submitted", [4])]
    assert [(stage, code) for _, stage, code in hub.exceptions()] == [("flow", "flow.compute")]
    deals.change(deal, Revision="mended")
    hub.sync()
    assert deals.orders() == [("submitted", [4]), ("submitted", [3])]
    assert hub.exceptions() == []


def test_new_rows_of_the_same_product_are_the_same_want(hub: SmallHub) -> None:
    deals = Deals(hub, FLOW + "amend: {then: change_order}\n")
    deal = deals.deal(6)
    hub.sync()
    deals.report(0, "partial", 2)
    hub.sync()
    deals.change(deal, Lines=[{**deals.line(0, 7), "Id": "made anew"}])
    hub.sync()
    assert deals.orders() == [("partial", [6]), ("submitted", [1])]
    assert hub.exceptions() == []


def test_what_is_taken_back_before_a_system_has_it_is_made_nowhere(hub: SmallHub) -> None:
    deals = Deals(hub)
    hub.right.refuse["PUMPS"] = hub.right.refuse["Pumps"] = Rejected("Not now.", field="Name")
    deal = deals.deal(3)
    hub.sync()
    assert len(hub.exceptions()) == 2, "the deal and its order"
    deals.change(deal, Status="lost")
    hub.sync()
    assert len(hub.exceptions()) == 1, "the deal"
    hub.right.refuse.clear()
    deals.change(deal, Date="2026-03-02")
    hub.sync()
    assert deals.orders() == []
    assert [row["Status"] for row in hub.right.rows["Deal"].values()] == ["lost"]


DEAL_OF_CONTRACT = """
from: contract
to: opportunity
roll_up:
  contract.status: {of: latest(opportunity.status), codes: {won: active, lost: terminated}}
"""


def test_a_source_hears_of_what_it_refers_to_whichever_comes_first(hub: SmallHub) -> None:
    deals = Deals(hub, DEAL_OF_CONTRACT)
    deal = deals.deal(1, status="open")
    agreement = {"Name": "Frame", "Customer": deals.customer, "Status": "draft", "Deal": deal}
    first = hub.left.put("Contract", agreement)
    hub.sync()
    assert hub.left.rows["Contract"][first]["Status"] == "draft"
    deals.change(deal, Status="won")
    hub.sync()
    second = hub.left.put("Contract", {**agreement, "Name": "Later"})
    hub.sync()
    assert [hub.left.rows["Contract"][key]["Status"] for key in (first, second)] == ["active", "active"]
    assert hub.exceptions() == []

"""Who owns what of an order changes when its deal has come to delivery."""

from __future__ import annotations

from typing import Any

import pytest

from ltc.app.engine.stewards import retry
from ltc.app.engine.trace import trace
from ltc.core.errors import Rejected
from ltc.core.store.queries import deals as told
from ltc.core.store.queries import exceptions
from tests.app.engine.deals.conftest import OBJECTS, Deals
from tests.app.engine.flow.test_derive import FLOW
from tests.app.engine.flow.test_derive import Deals as Sales
from tests.app.engine.hubs import SmallHub


@pytest.fixture
def ordered(deals: Deals) -> tuple[Deals, str, str]:
    """An order of three in both systems; give its ids."""
    hub = deals.hub
    product = hub.left.put("Product", {"Number": "P-1", "Name": "Pump"})
    hub.go_live()
    items = [{"No": "10", "Product": product, "Qty": 3, "Unit": "C62"}]
    order = deals.put("Order", "confirmed", Items=items)
    hub.sync()
    return deals, order, next(iter(hub.right.rows["Order"]))


def quantity(world: Any, order: str) -> int:
    """Say how much is ordered."""
    return int(float(world.rows["Order"][order]["Items"][0]["Qty"]))


def reduce(world: Any, order: str) -> None:
    """Let a person order less."""
    items = [{**world.rows["Order"][order]["Items"][0], "Qty": 2}]
    world.put("Order", {"Items": items}, order)


def test_until_delivery_the_erp_is_corrected(ordered: tuple[Deals, str, str]) -> None:
    deals, order, booked = ordered
    reduce(deals.hub.right, booked)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.right, booked)) == (3, 3)


def test_from_delivery_on_the_erp_says_what_is_ordered(ordered: tuple[Deals, str, str]) -> None:
    deals, order, booked = ordered
    deals.billed("Delivery", "shipped", order)
    deals.hub.sync()
    reduce(deals.hub.left, order)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.right, booked)) == (3, 3)
    reduce(deals.hub.right, booked)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.right, booked)) == (2, 2)


def test_a_delivery_that_is_planned_decides_nothing(ordered: tuple[Deals, str, str]) -> None:
    deals, order, booked = ordered
    deals.billed("Delivery", "planned", order)
    deals.hub.sync()
    reduce(deals.hub.right, booked)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.right, booked)) == (3, 3)


def test_a_delivery_that_is_read_after_the_order_settles_who_is_right(ordered: tuple[Deals, str, str]) -> None:
    deals, order, booked = ordered
    reduce(deals.hub.right, booked)
    deals.billed("Delivery", "shipped", order)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.right, booked)) == (2, 2)


def test_another_order_of_the_deal_is_not_decided_by_a_delivery(ordered: tuple[Deals, str, str]) -> None:
    deals, order, booked = ordered
    quote = deals.put("Quote", "accepted")
    items = deals.hub.left.rows["Order"][order]["Items"]
    deals.put("Order", "confirmed", order, Quote=quote)
    other = deals.put("Order", "confirmed", Quote=quote, Items=[dict(item) for item in items])
    deals.billed("Delivery", "shipped", order)
    deals.hub.sync()
    (further,) = {*deals.hub.right.rows["Order"]} - {booked}
    reduce(deals.hub.right, booked)
    reduce(deals.hub.right, further)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.left, other)) == (2, 3)


def test_a_delivery_that_is_cancelled_gives_the_word_back(ordered: tuple[Deals, str, str]) -> None:
    deals, order, booked = ordered
    deals.billed("Delivery", "shipped", order)
    deals.hub.sync()
    (delivery,) = deals.hub.right.rows["Delivery"]
    deals.hub.right.put("Delivery", {"Status": "cancelled"}, delivery)
    reduce(deals.hub.right, booked)
    deals.hub.sync()
    assert (quantity(deals.hub.left, order), quantity(deals.hub.right, booked)) == (3, 3)


def test_a_trace_says_how_far_the_deal_is_and_where_it_is_stuck(ordered: tuple[Deals, str, str]) -> None:
    deals, order, _ = ordered
    hub = deals.hub
    delivery = deals.billed("Delivery", "shipped", order)
    other = deals.put("Order", "confirmed")
    hub.sync()
    bill = deals.billed("Invoice", "open", order, other)
    hub.right.refuse[""] = Rejected("No such customer.")
    hub.sync()
    one, both = trace(hub.context(), order), trace(hub.context(), bill)
    (deal,) = one["deals"]
    assert (deal["stage"], deal["is_lost"], deal["documents"]) == ("invoice", False, 3)
    assert [document["entity"] for document in one["documents"]] == ["order", "delivery", "invoice"]
    assert len(both["deals"]) == 2, "a bill for two orders leads to both"
    assert [document["hub_id"] for document in trace(hub.context(), delivery)["documents"]] == [
        document["hub_id"] for document in one["documents"]
    ]
    with hub.store.reading() as tx:
        assert told.stages(tx) == [{"stage": "invoice", "deals": 2, "lost": 0, "stuck": 2}]
        assert [one["id"] for one in told.deals(tx, stuck=True)] == [one["id"] for one in both["deals"]]
        assert told.deals(tx, stage="invoice", limit=1) == both["deals"][:1]
        assert told.deals(tx, stage="quote") == []
    assert [(stuck["entity"], stuck["system"], stuck["state"]) for stuck in deal["stuck"]] == [("invoice", "right", "asked")]


def test_what_is_wanted_more_after_goods_have_left_is_ordered_again_even_if_the_order_does_not_say_so_yet(hub: SmallHub) -> None:
    sales = Sales(hub, FLOW + "amend: {then: change_order}\n", Delivery=OBJECTS["Delivery"])
    deal = sales.deal(3)
    hub.sync()
    (order,) = hub.right.rows["Order"]
    hub.right.put("Delivery", {"Status": "shipped", "Lines": [{"No": "1", "Order": order}]})
    hub.sync()
    sales.change(deal, 5)
    hub.sync()
    hub.sync()
    assert sales.orders() == [("submitted", [3]), ("submitted", [2])]
    assert hub.exceptions() == []


def test_what_was_wanted_before_goods_left_still_gets_through(hub: SmallHub) -> None:
    sales = Sales(hub, FLOW + "amend: {then: change_order}\n", Delivery=OBJECTS["Delivery"])
    deal = sales.deal(3)
    hub.sync()
    (order,) = hub.right.rows["Order"]
    hub.right.refuse[""] = Rejected("The period is closed.")
    sales.change(deal, 5)
    hub.sync()
    hub.right.refuse.clear()
    hub.right.put("Delivery", {"Status": "shipped", "Lines": [{"No": "1", "Order": order}]})
    hub.sync()
    with hub.store.reading() as tx:
        (parked,) = exceptions.exceptions(tx)
    retry(hub.context(), [parked["id"]], actor="test")
    hub.sync()
    assert sales.orders() == [("submitted", [5])]
    reduce(hub.right, order)
    hub.sync()
    assert (sales.orders(), hub.exceptions()) == ([("submitted", [2])], []), "what the ERP changes from then on stands"

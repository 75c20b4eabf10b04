"""Documents find their deals as they are seen, in whatever order, and a deal worked out anew is the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ltc.app.engine.deals.whole import rebuild
from tests.app.engine.deals.conftest import Deals

ENDS = {
    "Deal": ("open", "open", "lost"), "Lead": ("working", "qualified"), "Quote": ("sent", "accepted", "declined"),
    "Order": ("confirmed", "partially_delivered", "invoiced", "cancelled"), "Delivery": ("planned", "shipped", "cancelled"),
    "Invoice": ("open", "paid", "cancelled"), "Payment": ("posted", "reversed"),
}  # fmt: skip


def test_a_deal_goes_from_its_lead_to_what_was_cleared(deals: Deals) -> None:
    lead = deals.put("Lead", "working")
    deals.hub.sync()
    assert deals.kept() == {frozenset({lead}): ("lead", False)}
    deal = deals.put("Deal", "open")
    deals.put("Lead", "qualified", lead, Deal=deal)
    quote = deals.put("Quote", "sent", Deal=deal)
    deals.hub.sync()
    assert deals.kept() == {frozenset({lead, deal, quote}): ("quote", False)}
    order = deals.put("Order", "confirmed", Quote=quote)
    delivery = deals.billed("Delivery", "shipped", order)
    invoice = deals.billed("Invoice", "open", order)
    deals.hub.sync()
    before = frozenset({lead, deal, quote, order, delivery, invoice})
    assert deals.kept() == {before: ("invoice", False)}
    payment = deals.paid(invoice)
    deals.hub.sync()
    assert deals.kept() == {before | {payment}: ("payment", False)}
    deals.put("Order", "invoiced", order)
    deals.billed("Invoice", "paid", order, ext_id=invoice)
    deals.hub.sync()
    assert deals.kept() == {before | {payment}: ("cleared", False)}


def test_what_a_flow_derives_belongs_to_the_deal_of_its_source(deals: Deals) -> None:
    deal = deals.put("Deal", "won")
    deals.hub.sync()
    assert deals.kept() == {frozenset({deal, "order"}): ("order", False)}
    deals.put("Deal", "lost", deal)
    deals.hub.sync()
    assert deals.kept() == {frozenset({deal, "order"}): ("order", True)}


def test_what_is_derived_belongs_to_its_deal_even_if_it_does_not_refer_to_it(hub: Any) -> None:
    deals = Deals(hub, "from: lead\nto: opportunity\nwhen: \"lead.status == 'qualified'\"\nfields: {status: {const: open}}\n")
    lead = deals.put("Lead", "qualified")
    hub.sync()
    assert deals.kept() == {frozenset({lead, "opportunity"}): ("opportunity", False)}
    deals.forget()
    rebuild(hub.context())
    assert deals.kept() == {frozenset({lead, "opportunity"}): ("opportunity", False)}


def test_a_bill_for_two_orders_belongs_to_both_deals_and_makes_them_not_one(deals: Deals) -> None:
    first, second = deals.put("Order", "confirmed"), deals.put("Order", "confirmed")
    invoice = deals.billed("Invoice", "open", first, second)
    payment = deals.paid(invoice)
    deals.hub.sync()
    both = frozenset({invoice, payment})
    assert deals.kept() == {both | {first}: ("payment", False), both | {second}: ("payment", False)}
    deals.billed("Invoice", "open", second, ext_id=invoice)
    deals.hub.sync()
    assert deals.kept() == {frozenset({first}): ("order", False), both | {second}: ("payment", False)}


def test_two_deals_that_turn_out_to_be_one(deals: Deals) -> None:
    order = deals.put("Order", "confirmed")
    invoice = deals.billed("Invoice", "open", order)
    deals.hub.sync()
    deal = deals.put("Deal", "open")
    deals.hub.sync()
    assert len(deals.kept()) == 2
    deals.put("Order", "confirmed", order, Deal=deal)
    deals.hub.sync()
    assert deals.kept() == {frozenset({order, invoice, deal}): ("invoice", False)}
    deals.put("Order", "confirmed", order, Deal=None)
    deals.hub.sync()
    assert deals.kept() == {frozenset({order, invoice}): ("invoice", False), frozenset({deal}): ("opportunity", False)}


def test_an_order_that_a_person_made_is_adopted_into_the_deal(deals: Deals) -> None:
    deal = deals.put("Deal", "open")
    made = deals.put("Order", "draft", Deal=deal)
    deals.hub.sync()
    deals.put("Deal", "won", deal)
    deals.hub.sync()
    assert deals.kept() == {frozenset({deal, made}): ("order", False)}


def test_a_document_that_is_merged_away_leaves_its_deal_to_what_it_has_become(deals: Deals) -> None:
    one, other = deals.put("Deal", "open"), deals.put("Deal", "open")
    quote = deals.put("Quote", "sent", Deal=other)
    deals.hub.sync()
    deals.hub.left.remove("Deal", other, one)
    deals.put("Quote", "accepted", quote, Deal=one)
    deals.hub.sync()
    (found,) = deals.kept()
    assert quote in found
    assert len(found) == 2


def test_a_hub_without_flows_keeps_no_deals_until_it_has_one(deals: Deals) -> None:
    flows, deals.hub.flows = deals.hub.flows, []
    order = deals.put("Order", "confirmed")
    invoice = deals.billed("Invoice", "open", order)
    deals.hub.sync()
    assert deals.kept() == {}
    deals.hub.flows = flows
    deals.hub.sync()
    assert deals.kept() == {frozenset({order, invoice}): ("invoice", False)}


@pytest.mark.parametrize("seed", range(3))
def test_deals_do_not_depend_on_the_order_in_which_documents_come(deals: Deals, seed: int) -> None:
    dice = random.Random(seed)
    ids: dict[str, list[str]] = {name: [] for name in ENDS}
    for _ in range(8):
        for _ in range(5):
            step(deals, dice, ids)
        deals.hub.sync()
        kept = deals.rows()
        rebuild(deals.hub.context())
        assert deals.rows() == kept, "working them out anew changes nothing"
        deals.forget()
        rebuild(deals.hub.context())
        assert deals.rows() == kept, "working them out of nothing gives the same"


def step(deals: Deals, dice: random.Random, ids: dict[str, list[str]]) -> None:
    """Let somebody make, change, merge or delete a document."""
    name = dice.choice(list(ENDS))
    old = dice.choice(ids[name]) if ids[name] and dice.random() < 0.5 else ""
    if old and dice.random() < 0.2:
        ids[name].remove(old)
        deals.hub.left.remove(name, old, dice.choice([*ids[name], ""]))
        return
    status = dice.choice(ENDS[name])
    if name in ("Delivery", "Invoice"):
        made = deals.billed(name, status, *some(dice, ids["Order"], 2), ext_id=old)
    elif name == "Payment":
        made = deals.paid(*some(dice, ids["Invoice"], 2), status=status, ext_id=old)
    else:
        refs = {"Lead": ("Deal",), "Quote": ("Deal",), "Order": ("Deal", "Quote")}.get(name, ())
        made = deals.put(name, status, old, **{ref: (some(dice, ids[ref], 1) or [None])[0] for ref in refs})
    if not old:
        ids[name].append(made)


def some(dice: random.Random, ids: list[str], most: int) -> list[str]:
    """Pick up to so many of these."""
    return dice.sample(ids, min(len(ids), dice.randint(0, most)))

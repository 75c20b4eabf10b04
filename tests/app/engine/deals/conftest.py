"""A hub in which documents of a whole deal hang together, with a flow from opportunities to orders."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ltc.app.engine.flow.files import load_flow
from ltc.core.store import tables as t
from tests.app.engine.hubs import CUSTOMER, PRODUCT, SmallHub

HEAD = "system: invented\nobject: {name}\nentity: {entity}\nkey: Id\nversion: Mod\n{{hub_key}}\nfields:\n"
STATUS = "  status: {{{{from: Status, codes: {{{{{codes}}}}}}}}}\n"
LINES = """  lines:
    each: Lines
    key: No
    fields:
      number: No
      order: {{from: Order, ref: order, optional: true}}
"""
ALLOCATIONS = """  allocations:
    each: Paid
    key: Invoice
    fields:
      invoice: {{from: Invoice, ref: invoice}}
      amount: {{from: Amount, as: money, currency: Currency}}
"""
ITEMS = """  lines:
    each: Items
    key: No
    fields:
      number: No
      product: {{from: Product, ref: product}}
      ordered_quantity: {{from: Qty, as: quantity, unit: Unit}}
"""
FLOW = """
from: opportunity
to: order
when: "opportunity.status == 'won'"
adopt: {crm: Order}
fields: {opportunity: hub_id, purchase_order: name, status: {const: submitted}}
on_retract: cancel
"""


def _object(name: str, entity: str, codes: str, *refs: str, rest: str = "") -> str:
    lines = [
        f"  {leaf}: {{{{from: {field}, ref: {ref}, optional: true}}}}\n" for leaf, field, ref in (one.split() for one in refs)
    ]
    named = {"opportunity": "  name: Name\n", "order": "  purchase_order: Name\n"}.get(entity, "")
    shown = ", ".join(f"{code}: {code}" for code in codes.split())
    return HEAD.format(name=name, entity=entity) + named + STATUS.format(codes=shown) + "".join(lines) + rest


OBJECTS = {
    "Customer": CUSTOMER, "Product": PRODUCT,
    "Deal": _object("Deal", "opportunity", "open won lost"),
    "Lead": _object("Lead", "lead", "working qualified", "converted_opportunity Deal opportunity"),
    "Quote": _object("Quote", "quote", "sent accepted declined", "opportunity Deal opportunity"),
    "Order": _object(
        "Order", "order", "draft submitted confirmed partially_delivered delivered invoiced closed cancelled",
        "opportunity Deal opportunity", "quote Quote quote", rest=ITEMS,
    ),
    "Delivery": _object("Delivery", "delivery", "planned shipped cancelled", rest=LINES),
    "Invoice": _object("Invoice", "invoice", "open partially_paid paid cancelled", rest=LINES),
    "Payment": _object("Payment", "payment", "posted reversed", rest=ALLOCATIONS),
}  # fmt: skip


class Deals:
    """Documents on the left side, and what the hub keeps of the deals that they make."""

    def __init__(self, hub: SmallHub, flow: str = FLOW) -> None:
        """Set the systems up."""
        hub.objects = dict(OBJECTS)
        file = hub.tmp / "deal_to_order.yaml"
        file.write_text(flow, encoding="utf-8")
        hub.flows = [load_flow([file])]
        self.hub = hub
        self.names: dict[str, str] = {}

    def put(self, name: str, status: str, ext_id: str = "", **fields: Any) -> str:
        """Make a document, or change it."""
        return self.hub.left.put(name, {"Status": status, "Name": "Pumps", **fields}, ext_id)

    def billed(self, name: str, status: str, *orders: str, ext_id: str = "") -> str:
        """Make a document with one line for each order."""
        lines = [{"No": str(number), "Order": order} for number, order in enumerate(orders)]
        return self.put(name, status, ext_id, Lines=lines)

    def paid(self, *invoices: str, status: str = "posted", ext_id: str = "") -> str:
        """Make a payment of invoices."""
        rows = [{"Invoice": invoice, "Amount": "1.00", "Currency": "EUR"} for invoice in invoices]
        return self.put("Payment", status, ext_id, Paid=rows)

    def kept(self) -> dict[frozenset[str], tuple[str, bool]]:
        """Say how far each deal is, by its documents' ids on the left; one that only the hub has is called by its entity."""
        d, r, s = t.deal, t.record, t.scope
        left = select(r.c.hub_id, r.c.ext_id).join(s, s.c.id == r.c.scope_id).where(s.c.system == "left")
        with self.hub.store.reading() as tx:
            stages = {row[0]: (row[1], bool(row[2])) for row in tx.execute(select(d.c.deal_id, d.c.stage, d.c.is_lost))}
            ids = {row[0]: row[1] for row in tx.execute(left)}
            rows = tx.execute(select(t.deal_document)).all()
        return {
            frozenset(ids.get(row.hub_id, row.entity) for row in rows if row.deal_id == deal): found
            for deal, found in stages.items()
        }

    def rows(self) -> tuple[list[Any], list[Any]]:
        """Give what is stored of deals, but for when."""
        with self.hub.store.reading() as tx:
            deals = tx.execute(select(t.deal.c.deal_id, t.deal.c.stage, t.deal.c.is_lost).order_by(t.deal.c.deal_id)).all()
            return list(deals), sorted(tuple(row) for row in tx.execute(select(t.deal_document)))

    def forget(self) -> None:
        """Forget all deals."""
        with self.hub.store.transaction() as tx:
            tx.execute(t.deal.delete())
            tx.execute(t.deal_document.delete())


@pytest.fixture
def deals(hub: SmallHub) -> Deals:
    """The documents of deals."""
    return Deals(hub)

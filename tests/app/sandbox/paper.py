"""SAP's departments on paper: enough of an ERP to watch what the sandbox's people do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ltc.app.sandbox import doors
from ltc.app.sandbox.beings import Entry, Product
from ltc.app.sandbox.doors import Bill, OrderItem, Receipt, Shipment
from ltc.app.sandbox.picture import Side
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.seed_salesforce import seed_salesforce
from ltc.app.sandbox.seed_sap import seed_sap
from ltc.app.sandbox.world import Size, Truth, build
from ltc.core.simulation import Simulator, VirtualClock


class PaperSap:
    """Keeps documents in lists; every item costs ten a piece; numbers can start anywhere."""

    def __init__(self, first: int = 1) -> None:
        self.next = first
        self.known: dict[str, dict[str, Any]] = {}
        self.order_items: list[OrderItem] = []
        self.deliveries: list[tuple[Shipment, dict[str, Decimal]]] = []
        self.invoices: list[Bill] = []
        self.payments: list[tuple[Receipt, dict[str, Decimal]]] = []
        self.credits: list[str] = []

    def number(self) -> str:
        self.next += 1
        return f"{self.next:010d}"

    def add_order(self, reference: str, customer: str, quantities: Mapping[str, Decimal]) -> None:
        order = self.number()
        for place, (product, quantity) in enumerate(quantities.items(), start=1):
            self.order_items.append(OrderItem(order, str(place * 10), reference, customer, product, quantity, Decimal(0)))

    def add_customer(self, entry: Entry) -> str:
        number = self.number()
        self.known[number] = {"name": entry.name}
        return number

    def add_material(self, product: Product) -> str:
        return product.number

    def customers(self) -> set[str]:
        return set(self.known)

    def edit_customer(self, number: str, field: str, value: str, actor: str) -> None:
        self.known[number] |= {field: value, "by": actor}

    def items(self) -> list[OrderItem]:
        return list(self.order_items)

    def shipments(self) -> list[Shipment]:
        return [shipment for shipment, _ in self.deliveries]

    def bills(self) -> list[Bill]:
        return list(self.invoices)

    def receipts(self) -> list[Receipt]:
        return [receipt for receipt, _ in self.payments]

    def ship(self, order: str, quantities: Mapping[str, Decimal]) -> str:
        for place, item in enumerate(self.order_items):
            if item.order == order and item.item in quantities:
                assert 0 < quantities[item.item] <= item.quantity - item.delivered
                self.order_items[place] = replace(item, delivered=item.delivered + quantities[item.item])
        number = self.number()
        reference = next(item.reference for item in self.order_items if item.order == order)
        self.deliveries.append((Shipment(number, order, reference, billed=False), dict(quantities)))
        return number

    def bill(self, shipment: str) -> str:
        place = next(place for place, (one, _) in enumerate(self.deliveries) if one.number == shipment)
        delivery, quantities = self.deliveries[place]
        assert not delivery.billed
        self.deliveries[place] = (replace(delivery, billed=True), quantities)
        number, total = self.number(), sum(quantities.values(), Decimal(0)) * 10
        customer = next(item.customer for item in self.order_items if item.order == delivery.order)
        self.invoices.append(Bill(number, delivery.reference, customer, "EUR", total, total, credited=False))
        return number

    def credit(self, bill: str) -> str:
        self.credits.append(bill)
        return self.number()

    def receive(self, customer: str, amounts: Mapping[str, Decimal]) -> str:
        references = []
        for place, bill in enumerate(self.invoices):
            if bill.number in amounts:
                assert bill.customer == customer
                assert 0 < amounts[bill.number] <= bill.open
                self.invoices[place] = replace(bill, open=bill.open - amounts[bill.number])
                references.append(bill.reference)
        number = self.number()
        self.payments.append((Receipt(number, tuple(references), reversed=False), dict(amounts)))
        return number

    def cancel(self, order: str) -> None:
        self.order_items = [item for item in self.order_items if item.order != order or item.delivered]

    def reverse(self, receipt: str) -> str:
        place = next(place for place, (one, _) in enumerate(self.payments) if one.number == receipt)
        one, amounts = self.payments[place]
        self.payments[place] = (replace(one, reversed=True), amounts)
        return receipt

    def side(self) -> Side:
        return Side()


class PaperSystem(Simulator):
    """A system with no API at all: the journal and the state of what is on paper."""

    def __init__(self, clock: VirtualClock, paper: PaperSap) -> None:
        super().__init__("sap", clock)
        self.paper = paper

    def state(self) -> dict[str, Any]:
        return {
            "customers": sorted(self.paper.known.values(), key=str),
            "items": sorted([item.reference, item.product, str(item.delivered)] for item in self.paper.order_items),
        }

    def credentials(self) -> dict[str, str]:
        return {"user": "HUB"}

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        return f"{object_name} {row}"


def paper_sandbox(scale: float = 0.1, seed: int = 7, first: int = 1, state_dir: Path | None = None) -> RunningSandbox:
    """Make a sandbox with a simulated Salesforce and SAP on paper."""
    size = Size.scaled(scale)
    world, truth, paper = build(seed, size), Truth(), PaperSap(first)
    clock = VirtualClock(world.start)
    org = doors.simulator("salesforce", clock, seed, "calm")
    sandbox = RunningSandbox(
        world,
        clock,
        {"salesforce": org, "sap": PaperSystem(clock, paper)},
        truth,
        salesforce=doors.salesforce_door(org),
        sap=paper,
        hub_users=frozenset({"HUB"}),
        shape={"seed": seed, "size": asdict(size)},
        state_dir=state_dir,
    )
    seed_salesforce(world, sandbox.salesforce, truth)
    seed_sap(world, paper, truth)
    return sandbox

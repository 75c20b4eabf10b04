"""Warehouses, billing and payers: everything is done in the end, in parts on the way, whatever numbers documents have."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.warehouse import Warehouse
from tests.app.sandbox.paper import PaperSap

START = date(2026, 3, 3)


def landscape(first: int, orders: list[int]) -> tuple[PaperSap, Warehouse]:
    sap = PaperSap(first)
    for number in orders:
        sap.add_order(f"Deal {number:04d}", f"C{number % 7}", {"A": Decimal(number % 9 + 1), "B": Decimal("2.5")})
    return sap, Warehouse(sap, Dice(7))


def test_a_hurried_business_finishes_everything() -> None:
    sap, warehouse = landscape(1, list(range(40)))
    for left in range(11, -1, -1):
        warehouse.hurry(START + timedelta(days=11 - left), left)
    assert all(item.delivered == item.quantity for item in sap.items())
    assert all(shipment.billed for shipment in sap.shipments())
    assert all(bill.open == 0 for bill in sap.bills())
    assert max(Counter(shipment.order for shipment in sap.shipments()).values()) > 1
    assert any(len(amounts) > 1 for _, amounts in sap.payments)
    assert any(count > 1 for count in Counter(number for _, amounts in sap.payments for number in amounts).values())


def test_what_happens_depends_neither_on_numbers_nor_on_the_order_of_documents() -> None:
    one, first = landscape(1, list(range(40)))
    other, second = landscape(5000, list(reversed(range(40))))
    for day in range(6):
        for warehouse in (first, second):
            warehouse.ship(START + timedelta(days=day))
            warehouse.bill(START + timedelta(days=day))
            warehouse.pay(START + timedelta(days=day))

    def shipped(sap: PaperSap) -> Counter[tuple[str, str, Decimal]]:
        return Counter((item.reference, item.product, item.delivered) for item in sap.items())

    def owed(sap: PaperSap) -> Counter[tuple[str, Decimal, Decimal]]:
        return Counter((bill.reference, bill.total, bill.open) for bill in sap.bills())

    assert shipped(one) == shipped(other)
    assert owed(one) == owed(other)
    assert sum(bill.open for bill in one.bills()) > 0


def test_some_paid_invoices_are_credited_and_some_payments_reversed() -> None:
    sap, warehouse = landscape(1, list(range(40)))
    warehouse.ship(START, 2.0)
    warehouse.bill(START, 2.0)
    warehouse.pay(START, 2.0, in_full=True)
    assert warehouse.credit(START, 0.2) == len(sap.credits) > 0
    assert warehouse.reverse(START, 0.2) == sum(receipt.reversed for receipt in sap.receipts()) > 0

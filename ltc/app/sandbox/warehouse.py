"""What happens in SAP after an order: warehouses ship in parts, SAP bills and credits, customers pay, late or in part."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from ltc.app.sandbox.trade import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import Bill, OrderItem, SapDoor

CERTAIN = 1.1
SHIP_BY, BILL_BY, PAY_BY = 5, 3, 1
"""Days before the end by which everything is shipped, billed and paid when the business is in a hurry."""


class Warehouse:
    """Warehouse, billing and accounts; a document's business key is the customer's purchase order and what went before."""

    def __init__(self, door: SapDoor, dice: Dice, collected: Callable[[], Collection[str]] = frozenset) -> None:
        """Take the door that these departments use; ``collected`` names the bills that somebody else collects."""
        self._door = door
        self._collected = collected
        self._dice = dice

    def ship(self, day: date, share: float = 0.4) -> int:
        """Ship some of what is open, now and then only a part of it: one delivery per order and day."""
        by_order: dict[str, list[OrderItem]] = defaultdict(list)
        for item in self._door.items():
            if item.delivered < item.quantity:
                by_order[item.order].append(item)
        count = 0
        for order, items in by_order.items():
            quantities = {
                item.item: self._portion(item, day, certain=share >= CERTAIN)
                for item in items
                if self._dice.chance(share, item.reference, item.item, item.product, day, "ship")
            }
            if quantities:
                self._door.ship(order, quantities)
                count += 1
        return count

    def bill(self, day: date, share: float = 0.6) -> int:
        """Bill some of the deliveries that are not billed yet."""
        numbered: dict[str, int] = defaultdict(int)
        count = 0
        for shipment in self._door.shipments():
            numbered[shipment.order] += 1
            if not shipment.billed and self._dice.chance(share, shipment.reference, numbered[shipment.order], day, "bill"):
                self._door.bill(shipment.number)
                count += 1
        return count

    def credit(self, day: date, share: float = 0.02) -> int:
        """Give credit for an item of some invoices that were paid."""
        count = 0
        for key, bill in self._numbered(self._door.bills()):
            if not bill.open and not bill.credited and self._dice.chance(share, key, day, "credit"):
                self._door.credit(bill.number)
                count += 1
        return count

    def credit_collected(self, day: date, share: float = 0.05) -> int:
        """Give credit for an item of some invoices that somebody else collects, whether they were paid or not."""
        count, elsewhere = 0, self._collected()
        for key, bill in self._numbered(self._door.bills()):
            is_theirs = bill.number.lstrip("0") in elsewhere and not bill.credited
            if is_theirs and self._dice.chance(share, key, day, "credit what is collected"):
                self._door.credit(bill.number)
                count += 1
        return count

    def pay(self, day: date, share: float = 0.3, *, in_full: bool = False) -> int:
        """Let customers pay: in full or in part, one invoice or, with one payment, all that they settle today."""
        settled: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
        elsewhere = self._collected()
        for key, bill in self._numbered(self._door.bills()):
            if bill.open <= 0 or bill.number.lstrip("0") in elsewhere or not self._dice.chance(share, key, day, "pay"):
                continue
            together = self._dice.chance(0.5, key.rpartition(" ")[0], day, "one payment")
            amount = bill.open if in_full or self._dice.chance(0.8, key, day, "in full") else _half(bill)
            settled[bill.customer if together else f"{bill.customer} {bill.number}", bill.currency][bill.number] = amount
        for (payer, _), amounts in settled.items():
            self._door.receive(payer.partition(" ")[0], amounts)
        return len(settled)

    def reverse(self, day: date, share: float = 0.01) -> int:
        """Reverse some payments that the bank took back."""
        count = 0
        for receipt in self._door.receipts():
            if not receipt.reversed and self._dice.chance(share, *sorted(receipt.references), day, "reverse"):
                self._door.reverse(receipt.number)
                count += 1
        return count

    def hurry(self, day: date, left: int) -> dict[str, int]:
        """Take payment, ship and bill so that everything is done when no days are left; nobody pays what was billed today."""
        return {
            "pay": self.pay(day, CERTAIN if left <= PAY_BY else 0.3, in_full=left <= PAY_BY),
            "ship": self.ship(day, CERTAIN if left <= SHIP_BY else 0.4),
            "bill": self.bill(day, CERTAIN if left <= BILL_BY else 0.6),
        }

    def _portion(self, item: OrderItem, day: date, *, certain: bool) -> Decimal:
        left = item.quantity - item.delivered
        if certain or left <= 1 or not self._dice.chance(0.35, item.reference, item.item, day, "in part"):
            return left
        return (left / 2).to_integral_value(ROUND_CEILING)

    def _numbered(self, bills: Iterable[Bill]) -> list[tuple[str, Bill]]:
        """Give each invoice its business key: the purchase order and how many came before it."""
        seen: dict[str, int] = defaultdict(int)
        keyed = []
        for bill in bills:
            seen[bill.reference] += 1
            keyed.append((f"{bill.reference} {seen[bill.reference]}", bill))
        return keyed


def _half(bill: Bill) -> Decimal:
    """Give half of what is open, rounded down to the currency's minor unit; all of it if there is no half."""
    unit = Decimal(1).scaleb(-MINOR_UNITS.get(bill.currency, 2))
    return (bill.open / 2 // unit) * unit or bill.open

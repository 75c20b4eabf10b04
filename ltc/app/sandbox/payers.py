"""Customers who pay by Stripe: most of them at once, others late, in part, twice or not at all; some want their money back.

What a customer does with an invoice hangs on who it is, what it is about and how many of the same came before, never on ids.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ltc.app.sandbox.picture import Asked, Credited, Paid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import StripeDoor

HABITS: Final[Mapping[str, float]] = MappingProxyType(
    {"in full": 0.5, "in part": 0.15, "late": 0.1, "declined first": 0.1, "twice": 0.05, "never": 0.1}
)
"""What customers do with an invoice, and the share of invoices with which they do it."""
REGRETS: Final[Mapping[str, float]] = MappingProxyType({"refund": 0.06, "refund in part": 0.04, "dispute": 0.06})
"""What becomes of some payments afterwards, by share; the rest stay."""
WINS: Final = 0.4
"""The share of disputes that end for us."""
CARD: Final = "pm_card_visa"
OPEN_DISPUTES: Final = frozenset({"needs_response", "under_review"})
LEAST: Final = 400
"""Minor units from which on an invoice is paid in parts."""


class Payers:
    """Everybody who gets an invoice from Stripe, and their banks."""

    def __init__(self, door: StripeDoor | None, dice: Dice) -> None:
        """Take the door at which people pay; without one nobody is asked to."""
        self._door = door
        self._dice = dice

    def collected(self) -> frozenset[str]:
        """Give the numbers of the bills that are collected here, so that nobody pays them by bank."""
        if self._door is None:
            return frozenset()
        return frozenset(str(row["number"]) for row in self._door.rows("invoice") if row["status"] not in {"draft", "void"})

    def requests(self) -> tuple[Asked, ...]:
        """Give what is asked for, in the checker's words."""
        rows = self._door.rows("invoice") if self._door is not None else []
        return tuple(
            Asked(row["id"], str(row["number"]), row["currency"].upper(), row["total"], row["amount_remaining"], row["status"])
            for row in rows
            if row["status"] != "draft"
        )

    def receipts(self) -> tuple[Paid, ...]:
        """Give what came in, in the checker's words."""
        if self._door is None:
            return ()
        lost = {row["payment_intent"] for row in self._door.rows("dispute") if row["status"] == "lost"}
        return tuple(
            Paid(row["id"], row["currency"].upper(), row["amount_received"], row["id"] not in lost, _bill(row["description"]))
            for row in self._door.rows("payment_intent")
            if row["status"] == "succeeded"
        )

    def credits(self) -> tuple[Credited, ...]:
        """Give what was taken off, in the checker's words."""
        if self._door is None:
            return ()
        bills = {row["id"]: str(row["number"]) for row in self._door.rows("invoice")}
        return tuple(
            Credited(
                row["id"],
                str(row["metadata"].get("number", "")),
                bills[row["invoice"]],
                row["currency"].upper(),
                row["total"],
                row["status"],
            )
            for row in self._door.rows("credit_note")
        )

    def hurry(self) -> int:
        """Let everybody pay what is still asked for."""
        if self._door is None:
            return 0
        left = [row["id"] for row in self._door.rows("invoice") if row["status"] == "open" and row["amount_remaining"]]
        for invoice in left:
            self._door.pay_invoice(invoice)
        return len(left)

    def pay(self, day: date, share: float = 0.5) -> int:
        """Let some of those who are asked for money pay; say how many payments came in, in full or in part."""
        if self._door is None:
            return 0
        count = 0
        for key, invoice in list(self._keyed("invoice", "customer_name", "currency", "total")):
            if invoice["status"] == "open" and invoice["amount_remaining"] and self._dice.chance(share, key, day, "pays"):
                count += self._pay(self._door, key, invoice, day)
        return count

    def _pay(self, door: StripeDoor, key: str, invoice: Mapping[str, Any], day: date) -> int:
        habit, number = _choose(HABITS, self._dice.share(key, "habit")), str(invoice["id"])
        if habit == "never" or (habit == "late" and not _overdue(invoice, day)):
            return 0
        if habit == "declined first" and not invoice["attempt_count"]:
            door.fail_invoice(number)
            return 0
        if habit == "in part" and not invoice["amount_paid"] and invoice["amount_remaining"] >= LEAST:
            door.pay_invoice(number, _round(invoice["amount_remaining"] // 2))
            return 1
        door.pay_invoice(number)
        if habit != "twice":
            return 1
        again = {"amount": invoice["total"], "currency": invoice["currency"], "customer": invoice["customer"]}
        door.insert("payment_intent", {**again, "confirm": True, "payment_method": CARD, "description": f"Again {key}"}, "payer")
        return 2

    def regret(self, day: date, share: float = 0.5) -> int:
        """Let some of those who paid have their money back: we refund it, or their bank takes it; some disputes are decided."""
        if self._door is None:
            return 0
        disputed = {row["payment_intent"]: row for row in self._door.rows("dispute")}
        refunded = {row["payment_intent"] for row in self._door.rows("refund")}
        count = 0
        for key, intent in list(self._keyed("payment_intent", "_payer", "currency", "amount")):
            if intent["status"] != "succeeded" or not self._dice.chance(share, key, day, "regrets"):
                continue
            if intent["id"] in disputed:
                count += self._decide(self._door, disputed[intent["id"]], key)
            elif intent["id"] not in refunded:
                count += self._take_back(self._door, key, intent)
        return count

    def _decide(self, door: StripeDoor, dispute: Mapping[str, Any], key: str) -> int:
        if dispute["status"] not in OPEN_DISPUTES:
            return 0
        door.decide(dispute["id"], won=self._dice.chance(WINS, key, "decided"))
        return 1

    def _take_back(self, door: StripeDoor, key: str, intent: Mapping[str, Any]) -> int:
        regret = _choose(REGRETS, self._dice.share(key, "regret"))
        if str(intent["description"]).startswith("Again"):
            regret = "refund"
        if regret == "refund" or (regret == "refund in part" and intent["amount"] < LEAST):
            door.refund(intent["id"])
        elif regret == "refund in part":
            door.refund(intent["id"], _round(intent["amount"] // 4))
        elif regret == "dispute":
            door.dispute(intent["id"])
        return int(bool(regret))

    def pay_out(self) -> int:
        """Let Stripe pay out what has become available; say how many payouts that makes."""
        return len(self._door.pay_out()) if self._door is not None else 0

    def _keyed(self, kind: str, *names: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Give each object its business key: what it says by these names, and how many before it said the same."""
        if self._door is None:
            return
        payers = {row["id"]: row["name"] for row in self._door.rows("customer")}
        numbered: dict[str, int] = defaultdict(int)
        for row in self._door.rows(kind):
            known = {**row, "_payer": payers.get(row["customer"], "")}
            said = " ".join(str(known[name]) for name in names)
            numbered[said] += 1
            yield f"{said} {numbered[said]}", row


def _choose(shares: Mapping[str, float], number: float) -> str:
    """Choose by a number from 0 to 1; "" if it is beyond all shares.

    >>> [_choose({"one": 0.5, "two": 0.25}, number) for number in (0.1, 0.6, 0.9)]
    ['one', 'two', '']
    """
    for name, share in shares.items():
        if number < share:
            return name
        number -= share
    return ""


def _bill(description: object) -> str:
    """Read which bill a payment is for.

    >>> _bill("Payment for invoice 90000046"), _bill("Again Acme eur 100 1")
    ('90000046', '')
    """
    text = str(description)
    return text.rpartition(" ")[2] if text.startswith("Payment for invoice ") else ""


def _round(amount: int) -> int:
    """Round down to what can be paid in any currency: some have no last digits.

    >>> _round(12_345)
    12300
    """
    return amount // 100 * 100


def _overdue(invoice: Mapping[str, Any], day: date) -> bool:
    due = invoice["due_date"]
    return due is None or datetime.fromtimestamp(due, UTC).date() < day

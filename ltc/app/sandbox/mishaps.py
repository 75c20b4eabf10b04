"""What people do at the worst moment: to deals that are won, and whose orders are on their way in SAP.

On some days each act happens to one victim, chosen by hash of seed, business key and day.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.salesforce_view import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import Bill, OrderItem, SalesforceDoor, SapDoor
    from ltc.app.sandbox.world import Truth

_COPIED = (
    "Name",
    "BillingStreet",
    "BillingCity",
    "BillingPostalCode",
    "BillingCountryCode",
    "CurrencyIsoCode",
    "Type",
    "Status__c",
)

SHARE = 0.3
"""How likely each act is on a day."""


class Mishaps:
    """Sellers, clerks and accountants who come in between."""

    def __init__(self, truth: Truth, salesforce: SalesforceDoor, sap: SapDoor, dice: Dice) -> None:
        """Take what is known to be true, and both doors."""
        self._truth = truth
        self._salesforce = salesforce
        self._sap = sap
        self._dice = dice

    def acts(self) -> dict[str, Callable[..., int]]:
        """Name the acts, in the order of a working day."""
        return {
            "reopen_won": self.reopen,
            "lose_won": self.lose,
            "amend_won": self.amend,
            "merge_ordered": self.merge,
            "cancel_ordered": self.cancel,
            "pay_together": self.pay,
            "reverse_payment": self.reverse,
        }

    def reopen(self, day: date, share: float = SHARE) -> int:
        """Reopen a won deal whose order is on its way."""
        return self._of_deal(day, share, "reopen", {"StageName": "Negotiation/Review"})

    def lose(self, day: date, share: float = SHARE) -> int:
        """Lose a won deal whose order is on its way."""
        return self._of_deal(day, share, "lose", {"StageName": "Closed Lost", "Loss_Reason__c": "Timing"})

    def amend(self, day: date, share: float = SHARE) -> int:
        """Sell more of one line of a won deal whose order is on its way."""
        deal = self._victim(day, share, "amend", self._in_flight())
        if deal is None:
            return 0
        lines = [line for line in self._salesforce.rows("OpportunityLineItem") if line["OpportunityId"] == deal["Id"]]
        lines.sort(key=lambda line: (line["ProductCode"], line["Quantity"]))
        line = self._dice.pick(lines, deal["Name"], day, "which line")
        more = line["Quantity"] + self._dice.between(1, 4, deal["Name"], day, "how much")
        self._truth.amended.add(deal["Name"])
        self._salesforce.update("OpportunityLineItem", line["Id"], {"Quantity": more}, "sales")
        return 1

    def merge(self, day: date, share: float = SHARE) -> int:
        """Enter the customer of an order that is on its way a second time, and merge the first account into the new one."""
        known = self._truth.companies["salesforce"]
        deal = self._victim(day, share, "merge", (row for row in self._in_flight() if row["AccountId"] in known))
        if deal is None:
            return 0
        account = self._salesforce.row("Account", deal["AccountId"])
        double = self._salesforce.insert("Account", {name: account[name] for name in _COPIED}, "clerk")
        known[double] = known[account["Id"]]
        self._salesforce.merge("Account", double, [account["Id"]], "clerk")
        return 1

    def cancel(self, day: date, share: float = SHARE) -> int:
        """Cancel in SAP an order of which nothing is delivered."""
        orders = self._orders()
        deals = [row for row in self._in_flight() if not any(item.delivered for item in orders[row["Id"]])]
        deal = self._victim(day, share, "cancel", deals)
        if deal is None:
            return 0
        self._truth.cancelled.add(deal["Name"])
        self._sap.cancel(orders[deal["Id"]][0].order)
        return 1

    def pay(self, day: date, share: float = SHARE) -> int:
        """Pay two invoices of one customer by one payment, the second in part only."""
        owed: dict[tuple[str, str], list[Bill]] = defaultdict(list)
        for bill in self._sap.bills():
            if bill.open > 0:
                owed[bill.customer, bill.currency].append(bill)
        pairs = [sorted(bills, key=lambda bill: (bill.reference, bill.open))[:2] for bills in owed.values() if len(bills) > 1]
        if not pairs or not self._dice.chance(share, day, "pay together"):
            return 0
        pairs.sort(key=lambda pair: self._dice.share(*(bill.reference for bill in pair), day, "pay together"))
        first, second = pairs[0]
        half = (second.open / 2).quantize(second.open, rounding="ROUND_UP")
        self._sap.receive(first.customer, {first.number: first.open, second.number: half or second.open})
        return 1

    def reverse(self, day: date, share: float = SHARE) -> int:
        """Reverse a payment, rather one of several invoices."""
        standing = [receipt for receipt in self._sap.receipts() if not receipt.reversed and receipt.references]
        if not standing or not self._dice.chance(share, day, "reverse one"):
            return 0
        several = [receipt for receipt in standing if len(receipt.references) > 1] or standing
        chosen = min(several, key=lambda one: self._dice.share(*sorted(one.references), day, "reverse one"))
        self._sap.reverse(chosen.number)
        return 1

    def _of_deal(self, day: date, share: float, what: str, fields: dict[str, Any]) -> int:
        deal = self._victim(day, share, what, self._in_flight())
        if deal is None:
            return 0
        self._truth.amended.add(deal["Name"])
        self._salesforce.update("Opportunity", deal["Id"], fields, "sales")
        return 1

    def _victim(self, day: date, share: float, what: str, deals: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
        if not self._dice.chance(share, day, what):
            return None
        return min(deals, key=lambda row: (self._dice.share(row["Name"], day, what), row["Name"]), default=None)

    def _in_flight(self) -> list[dict[str, Any]]:
        """List the won deals that SAP has an order of, not all of which is delivered."""
        orders = self._orders()
        touched = self._truth.amended | self._truth.cancelled
        return [
            row
            for row in self._salesforce.rows("Opportunity")
            if row["IsWon"]
            and row["Name"] not in touched
            and any(item.delivered < item.quantity for item in orders.get(row["Id"], ()))
        ]

    def _orders(self) -> dict[str, list[OrderItem]]:
        """Give the items of SAP's orders by the deal that Salesforce says they are of."""
        items: dict[str, list[OrderItem]] = defaultdict(list)
        for item in self._sap.items():
            items[plain_number(item.order)].append(item)
        return {
            row["OpportunityId"]: items[plain_number(row["ERP_Number__c"])]
            for row in self._salesforce.rows("Order")
            if row["OpportunityId"] and row["ERP_Number__c"]
        }

"""What happens in the demo with mock-sap, and how its end is judged.

Orders, deliveries and payments only: mock-sap has no BAPI that bills. A customer pays the order when it was delivered in full,
half of them to a seller, whose entry in Salesforce the hub posts in mock-sap, half to the accounts department, whose posting in
mock-sap the hub tells Salesforce.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.findings import Finding
from ltc.app.sandbox.salesforce_view import plain_number
from ltc.app.sandbox.story import all_there
from ltc.app.sandbox.warehouse import CERTAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.mock_sap.running import MockSapSandbox
    from ltc.app.sandbox.picture import Document, Picture

LIMITS = (
    "It makes no customers and no materials by BAPI: both systems know all of them before, and the hub only reads them there.",
    "It keeps no tax numbers: customers are matched by name and place, and the steward confirms each pair.",
    "It bills nothing by BAPI, so no deal reaches 'billed'; customers pay their orders, and the money stands on their accounts.",
    "It has no BAPI for clearing and for reversals, and its BAPI for changing orders lacks what the hub changes in one.",
    "It posts payments with two decimals in every currency: an amount in dinars that has three is not paid here.",
    "It has no prices and no price conditions: the hub gives an item's value, and reads the price back from value and quantity.",
    "Its BAPIs are committed at once, so nothing is learnt of COMMIT and ROLLBACK.",
    "It has no change documents, so the hub reads everything each time.",
)
"""What mock-sap does not do, for the output of the command."""

SELLER = "sales"
PLACES = Decimal("0.01")


class MockSapPlot:
    """Delivers and pays what was ordered, for some days; nothing is billed."""

    doing = "Delivering and paying"
    days = 5
    all_shipped = 3

    def __init__(self, sandbox: MockSapSandbox) -> None:
        """Take the sandbox in which it happens."""
        self._sandbox = sandbox
        self._dice = Dice(sandbox.world.seed)
        self.paid: dict[str, Decimal] = {}

    def day(self, day: int) -> None:
        """Let a night pass, deliver, and let those pay who know that they have everything."""
        sandbox = self._sandbox
        sandbox.sleep()
        sandbox.business.warehouse.ship(sandbox.clock.now().date(), CERTAIN if day >= self.all_shipped else 0.5)
        self.pay()

    def pay(self) -> None:
        """Take the money for each order that Salesforce shows as delivered."""
        for order in self._sandbox.salesforce.rows("Order"):
            number = plain_number(order["ERP_Number__c"] or "")
            if order["Status"] != "Delivered" or number in self.paid or not payable(order["Net_Total__c"]):
                continue
            self.paid[number] = order["Net_Total__c"]
            if self._dice.chance(0.5, order["PoNumber"], "to whom"):
                self._sandbox.salesforce.insert("Payment__c", self._entry(order, number), SELLER)
            else:
                customer = self._customers()[order["AccountId"]]
                self._sandbox.sap.receive(customer, {number: order["Net_Total__c"]})

    def _entry(self, order: Mapping[str, Any], number: str) -> dict[str, Any]:
        return {
            "Name": f"For order {number}",
            "Account__c": order["AccountId"],
            "Amount__c": order["Net_Total__c"],
            "CurrencyIsoCode": order["CurrencyIsoCode"],
            "Paid_Date__c": self._sandbox.clock.now().date().isoformat(),
            "Reference__c": number,
            "Status__c": "Posted",
        }

    def _customers(self) -> dict[str, str]:
        """Give the customer in mock-sap of each account, as the world knows it."""
        known = self._sandbox.truth.companies
        numbers = {key: number for number, key in known["sap"].items()}
        return {account: numbers[key] for account, key in known["salesforce"].items() if key in numbers}

    def judge(self, before: Picture, after: Picture, won: int) -> list[Finding]:
        """Say what is wrong in the end."""
        truth = self._sandbox.truth
        findings = check(before, after, truth, tell=("deliveries", "payments"))
        deals = [deal for deal in after.salesforce.deals.values() if deal.status == "won" and deal.id not in _won(before)]
        able = sum(payable(deal.total) for deal in deals)
        findings += all_there(before, after, truth, {"won": won, "ordered": won, "delivered": won, "paid": able})
        return findings + paid_once(after, self.paid)


def payable(amount: Decimal | None) -> bool:
    """Tell whether mock-sap can post an amount as it is."""
    return amount is not None and amount == amount.quantize(PLACES)


def paid_once(after: Picture, paid: Mapping[str, Decimal]) -> list[Finding]:
    """Check that SAP has, for each order that was paid, one payment of what was paid, and no other."""
    postings: dict[str, list[Document]] = defaultdict(list)
    for payment in after.sap.payments:
        postings[payment.sources[0] if payment.sources else ""].append(payment)
    findings = []
    for order, amount in paid.items():
        found = postings.pop(order, [])
        numbers = tuple(one.number for one in found)
        if not found:
            findings.append(Finding("payment.unposted", f"Order {order} was paid and SAP has no payment for it.", (order,)))
        elif len(found) > 1:
            message = f"Order {order} was paid once and SAP has {len(found)} payments for it."
            findings.append(Finding("payment.doubled", message, (order, *numbers)))
        elif found[0].total != amount:
            message = f"{amount} was paid for order {order}, and SAP has {found[0].total} in payment {found[0].number}."
            findings.append(Finding("payment.amount", message, (order, *numbers)))
    for found in postings.values():
        for payment in found:
            message = f"SAP has payment {payment.number}, which nobody made."
            findings.append(Finding("payment.unfounded", message, (payment.number,)))
    return findings


def _won(picture: Picture) -> set[str]:
    return {deal.id for deal in picture.salesforce.deals.values() if deal.status == "won"}

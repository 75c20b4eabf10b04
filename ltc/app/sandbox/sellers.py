"""What sellers do in Salesforce: win, lose, reopen and amend deals, and find new ones."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.names import DEAL_WORDS
from ltc.app.sandbox.offers import Offers
from ltc.app.sandbox.seed_salesforce import buyer, users_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import SalesforceDoor
    from ltc.app.sandbox.world import Truth, World

REASONS = ("Price", "Competitor", "No budget", "Timing")


class Sellers:
    """The sales team; a deal's business key is its name, which carries the deal's own number."""

    def __init__(self, world: World, truth: Truth, door: SalesforceDoor, dice: Dice) -> None:
        """Take the world that they know and the door that they use."""
        self._world = world
        self._truth = truth
        self._door = door
        self._dice = dice
        self._offers = Offers(door, dice)

    def win(self, day: date, share: float = 0.05) -> int:
        """Win some of the open deals, and soon all those of which the customer accepted a quote."""
        accepted = self._offers.accepted()
        chosen = [
            row for row in self._open() if self._dice.chance(0.5 if row["Id"] in accepted else share, row["Name"], day, "win")
        ]
        return self.win_these(chosen, day)

    def win_these(self, deals: Collection[dict[str, Any]], day: date) -> int:
        """Win these deals; only what has lines can be ordered."""
        won = [row for row in deals if row["HasOpportunityLineItem"]]
        self._offers.close((row["Id"] for row in won), won=True)
        for row in won:
            self._change(row, {"StageName": "Closed Won", "CloseDate": day.isoformat()})
        return len(won)

    def win_count(self, count: int, day: date) -> int:
        """Win that many of the open deals, chosen by hash; make new ones if there are too few."""
        missing = count - sum(row["HasOpportunityLineItem"] for row in self._open())
        for number in range(max(missing, 0)):
            self._new_deal(day, f"extra {number}")
        able = [row for row in self._open() if row["HasOpportunityLineItem"]]
        able.sort(key=lambda row: (self._dice.share(row["Name"], "order of winning"), row["Name"]))
        return self.win_these(able[:count], day)

    def lose(self, day: date, share: float = 0.02) -> int:
        """Lose some of the open deals."""
        accepted = self._offers.accepted()
        lost = [row for row in self._open() if row["Id"] not in accepted and self._dice.chance(share, row["Name"], day, "lose")]
        self._offers.close((row["Id"] for row in lost), won=False)
        for row in lost:
            self._change(row, {"StageName": "Closed Lost", "Loss_Reason__c": self._dice.pick(REASONS, row["Name"], "reason")})
        return len(lost)

    def lose_count(self, count: int) -> int:
        """Lose that many of the open deals, chosen by hash."""
        lost = sorted(self._open(), key=lambda row: (self._dice.share(row["Name"], "order of losing"), row["Name"]))[:count]
        for row in lost:
            self._change(row, {"StageName": "Closed Lost", "Loss_Reason__c": self._dice.pick(REASONS, row["Name"], "reason")})
        return len(lost)

    def reopen(self, day: date, share: float = 0.01) -> int:
        """Take up lost deals again, and now and then one that was won already."""
        chosen = [
            row for row in self._closed() if self._dice.chance(share / (3 if row["IsWon"] else 1), row["Name"], day, "reopen")
        ]
        for row in chosen:
            if row["IsWon"]:
                self._truth.amended.add(row["Name"])
            self._change(row, {"StageName": "Negotiation/Review", "Loss_Reason__c": None})
        return len(chosen)

    def amend(self, day: date, share: float = 0.03) -> int:
        """Change the quantity of a line, mostly of open deals, seldom of one that was won."""
        chosen = [
            row
            for row in self._door.rows("Opportunity")
            if row["HasOpportunityLineItem"]
            and self._dice.chance(share / (10 if row["IsClosed"] else 1), row["Name"], day, "amend")
        ]
        by_deal: dict[str, list[dict[str, Any]]] = {}
        for line in self._door.rows("OpportunityLineItem"):
            by_deal.setdefault(line["OpportunityId"], []).append(line)
        for row in chosen:
            lines = sorted(by_deal[row["Id"]], key=lambda line: (line["ProductCode"], line["Quantity"]))
            line = self._dice.pick(lines, row["Name"], day, "line")
            if row["IsClosed"]:
                self._truth.amended.add(row["Name"])
            quantity = line["Quantity"] + self._dice.between(1, 4, row["Name"], day, "more")
            self._door.update("OpportunityLineItem", line["Id"], {"Quantity": quantity}, self._owner(row))
        return len(chosen)

    def send_again(self, day: date, share: float = 0.3) -> int:
        """Send contracts out again that a customer declined, with better words: they are set in signature once more."""
        won = [row for row in self._door.rows("Opportunity") if row["IsWon"]]
        deals = {row["Id"]: row for row in won if row["Signature_Status__c"] == "Declined"}
        chosen = [
            row
            for row in self._door.rows("Contract")
            if row["Opportunity__c"] in deals
            and row["Status"] == "Draft"
            and self._dice.chance(share, row["Name"], day, "send again")
        ]
        for row in chosen:
            self._door.update("Contract", row["Id"], {"Status": "In Signature"}, self._owner(deals[row["Opportunity__c"]]))
        return len(chosen)

    def find(self, day: date, most: int = 4) -> int:
        """Open new deals."""
        count = self._dice.number(most + 1, day, "new deals")
        return sum(self._new_deal(day, str(number)) for number in range(count))

    def _open(self) -> list[dict[str, Any]]:
        return [row for row in self._door.rows("Opportunity") if not row["IsClosed"]]

    def _closed(self) -> list[dict[str, Any]]:
        return [row for row in self._door.rows("Opportunity") if row["IsClosed"]]

    def _owner(self, row: dict[str, Any]) -> str:
        key = self._dice.pick(self._world.employees, row["Name"], "seller").key
        return users_name(self._world, key)

    def _change(self, row: dict[str, Any], fields: dict[str, Any]) -> None:
        self._door.update("Opportunity", row["Id"], fields, self._owner(row))

    def _new_deal(self, day: date, which: str) -> bool:
        """Open a deal with a customer of the world, over one product in that customer's currency."""
        accounts = [row for row in self._door.rows("Account") if row["Id"] in self._truth.companies["salesforce"]]
        accounts.sort(key=lambda row: (self._truth.companies["salesforce"][row["Id"]], row["Name"]))
        account = self._dice.pick(accounts, day, which, "customer")
        prices = [
            row
            for row in self._door.rows("PricebookEntry")
            if row["CurrencyIsoCode"] == account["CurrencyIsoCode"] and row["ProductCode"] in self._sold
        ]
        prices.sort(key=lambda row: row["ProductCode"])
        price = self._dice.pick(prices, day, which, "product")
        name = f"{self._dice.pick(DEAL_WORDS, day, which)} – N{day:%Y%m%d}-{which}"
        fields = {
            "Name": name,
            "AccountId": account["Id"],
            "ContactId": self._buyer(account["Id"]),
            "StageName": "Qualification",
            "CloseDate": (day + timedelta(days=30)).isoformat(),
            "CurrencyIsoCode": account["CurrencyIsoCode"],
            "Pricebook2Id": self._door.standard_pricebook,
        }
        deal = self._door.insert("Opportunity", fields, "sales")
        line = {
            "OpportunityId": deal,
            "PricebookEntryId": price["Id"],
            "Quantity": Decimal(self._dice.between(1, 9, day, which)),
            "SortOrder": 1,
        }
        self._door.insert("OpportunityLineItem", line, "sales")
        return True

    def _buyer(self, account: str) -> str:
        """Find somebody at a customer who can be written to, or write down whom the seller deals with."""
        known = [row for row in self._door.rows("Contact") if row["AccountId"] == account and row["Email"]]
        if known:
            return str(min(known, key=lambda row: (row["Email"], row["Id"]))["Id"])
        return self._door.insert("Contact", buyer(account, self._truth.companies["salesforce"][account]), "sales")

    @property
    def _sold(self) -> frozenset[str]:
        return frozenset(product.number for product in self._world.products if "salesforce" in product.names)

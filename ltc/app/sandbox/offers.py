"""What sellers do with quotes: offer what a deal is about, now and then cheaper, and hear what the customer says."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.trade import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import SalesforceDoor

DRAFT, PRESENTED, ACCEPTED, DENIED, SUPERSEDED = "Draft", "Presented", "Accepted", "Denied", "Superseded"
VALID_DAYS = 30


class Offers:
    """The quotes of one sales team; a quote's business key is its name, which carries the deal's own number and its revision."""

    def __init__(self, door: SalesforceDoor, dice: Dice) -> None:
        """Take the door that they use."""
        self._door = door
        self._dice = dice

    def make(self, day: date, share: float = 0.1) -> int:
        """Offer some of the open deals that have no quote yet."""
        quoted = {row["OpportunityId"] for row in self._door.rows("Quote")}
        chosen = [
            row
            for row in self._door.rows("Opportunity")
            if not row["IsClosed"]
            and row["HasOpportunityLineItem"]
            and row["Id"] not in quoted
            and self._dice.chance(share, row["Name"], day, "quote")
        ]
        for row in chosen:
            self._offer(row, day, 1)
        return len(chosen)

    def revise(self, day: date, share: float = 0.05) -> int:
        """Let some quotes that customers look at be replaced by a cheaper revision."""
        deals = {row["Id"]: row for row in self._door.rows("Opportunity") if not row["IsClosed"]}
        chosen = [
            row
            for row in self._door.rows("Quote")
            if row["Status"] == PRESENTED
            and row["OpportunityId"] in deals
            and self._dice.chance(share, row["Name"], day, "revise")
        ]
        for row in chosen:
            self._offer(deals[row["OpportunityId"]], day, int(row["Revision__c"]) + 1, row)
        return len(chosen)

    def answer(self, day: date, share: float = 0.2) -> int:
        """Let customers accept some of the quotes that they were shown, and deny a few."""
        chosen = [
            row
            for row in self._door.rows("Quote")
            if row["Status"] == PRESENTED and self._dice.chance(share, row["Name"], day, "answer")
        ]
        for row in chosen:
            self._say(row, DENIED if self._dice.chance(0.15, row["Name"], "deny") else ACCEPTED)
        return len(chosen)

    def accepted(self) -> frozenset[str]:
        """Name the deals of which a quote is accepted."""
        return frozenset(row["OpportunityId"] for row in self._door.rows("Quote") if row["Status"] == ACCEPTED)

    def close(self, deals: Iterable[str], *, won: bool) -> None:
        """Let the quotes of deals that are being won or lost be answered before."""
        wanted = set(deals)
        for row in self._door.rows("Quote"):
            if row["OpportunityId"] in wanted and row["Status"] == PRESENTED:
                self._say(row, ACCEPTED if won else DENIED)

    def _offer(self, deal: dict[str, Any], day: date, revision: int, former: dict[str, Any] | None = None) -> None:
        """Make a quote with the deal's lines, sync it with the deal and show it to the customer."""
        fields = {
            "OpportunityId": deal["Id"],
            "Name": f"Offer {revision} – {deal['Name']}",
            "Status": DRAFT,
            "Revision__c": revision,
            "Supersedes__c": former["Id"] if former is not None else None,
            "Pricebook2Id": deal["Pricebook2Id"],
            "ExpirationDate": (day + timedelta(days=VALID_DAYS)).isoformat(),
        }
        quote = self._door.insert("Quote", fields, "sales")
        for line in self._lines()[deal["Id"]]:
            row = {
                "QuoteId": quote,
                "PricebookEntryId": line["PricebookEntryId"],
                "Quantity": line["Quantity"],
                "UnitPrice": self._price(line, deal, revision),
                "SortOrder": line["SortOrder"],
            }
            self._door.insert("QuoteLineItem", row, "sales")
        if former is not None:
            self._say(former, SUPERSEDED)
        self._door.update("Opportunity", deal["Id"], {"SyncedQuoteId": quote, "StageName": "Proposal/Price Quote"}, "sales")
        self._door.update("Quote", quote, {"Status": PRESENTED}, "sales")

    def _lines(self) -> dict[str, list[dict[str, Any]]]:
        by_deal: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in self._door.rows("OpportunityLineItem"):
            by_deal[line["OpportunityId"]].append(line)
        for lines in by_deal.values():
            lines.sort(key=lambda line: (line["SortOrder"] or 0, line["ProductCode"], line["Quantity"]))
        return by_deal

    def _price(self, line: dict[str, Any], deal: dict[str, Any], revision: int) -> Decimal:
        """Come down by a twentieth, to a price of which half a piece is a whole amount, too."""
        price: Decimal = line["UnitPrice"]
        if revision == 1 and not self._dice.chance(0.3, deal["Name"], line["ProductCode"], "cheaper"):
            return price
        unit = Decimal(1).scaleb(-MINOR_UNITS[deal["CurrencyIsoCode"]]) * 2
        return (price * Decimal("0.95") // unit) * unit or price

    def _say(self, quote: dict[str, Any], status: str) -> None:
        self._door.update("Quote", quote["Id"], {"Status": status}, "sales")

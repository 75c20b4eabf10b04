"""Price books in the org: which entry a line is priced by, and what a line costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from connectors.crm.salesforce.org.values import Row, RowError, money

if TYPE_CHECKING:
    from connectors.crm.salesforce.org.rows import Org

_HUNDRED: Final = Decimal(100)
_TAKES_A_BOOK: Final = frozenset({"Opportunity", "Quote"})
"""Parents that get the price book of their first line, if they have none."""


def _entry(org: Org, row: Row, parent: Row, what: str) -> Row:
    """Find the price book entry of a line and see that it suits the line's parent."""
    entry = org.get("PricebookEntry", row["PricebookEntryId"])
    if entry is None:
        raise RowError("REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]", "PricebookEntryId")
    if entry["CurrencyIsoCode"] != parent["CurrencyIsoCode"]:
        message = f"The currency of the price book entry differs from the {what}'s: {entry['CurrencyIsoCode']}"
        raise RowError("FIELD_INTEGRITY_EXCEPTION", message, "PricebookEntryId")
    if parent["Pricebook2Id"] is None and what in _TAKES_A_BOOK:
        org.touch(what, parent["Id"], Pricebook2Id=entry["Pricebook2Id"])
    elif parent["Pricebook2Id"] != entry["Pricebook2Id"]:
        message = f"Pricebook entry is in a different pricebook than the one assigned to the {what}"
        raise RowError("FIELD_INTEGRITY_EXCEPTION", message, "PricebookEntryId")
    return entry


def priced(org: Org, old: Row | None, row: Row, parent: Row, what: str) -> None:
    """Take a line's product, list price and currency over from the price book."""
    row["CurrencyIsoCode"] = parent["CurrencyIsoCode"]
    if old is None:
        entry = _entry(org, row, parent, what)
        row["Product2Id"], row["ListPrice"] = entry["Product2Id"], entry["UnitPrice"]
        if row["UnitPrice"] is None and (what == "Order" or row["TotalPrice"] is None):
            row["UnitPrice"] = entry["UnitPrice"]
        if "ProductCode" in row:
            row["ProductCode"], row["Name"] = entry["ProductCode"], f"{parent['Name'] or ''} {entry['Name'] or ''}".strip()
    if row["Quantity"] == 0:
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "Quantity must be nonzero.", "Quantity")


def total_price(row: Row) -> Decimal | None:
    """Work out what a line costs, less its discount."""
    share = 1 - (row["Discount"] or Decimal(0)) / _HUNDRED
    return money(money(row["UnitPrice"], row["CurrencyIsoCode"]) * row["Quantity"] * share, row["CurrencyIsoCode"])

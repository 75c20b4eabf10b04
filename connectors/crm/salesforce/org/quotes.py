"""Quotes of opportunities: totals, and the sync by which one quote of a deal and the deal's own lines stay the same.

To sync is to name the quote in the opportunity (SyncedQuoteId): its lines take the place of the opportunity's, and from then on a
change of a line on either side is made on the other, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.crm.salesforce.org.pricing import priced, total_price
from connectors.crm.salesforce.org.values import Row, RowError, money

if TYPE_CHECKING:
    from connectors.crm.salesforce.org.rows import Org

DEAL_LINE, QUOTE_LINE = "OpportunityLineItem", "QuoteLineItem"
_SYSTEM: Final = "sync"
_SAME: Final = ("Quantity", "UnitPrice", "Discount", "ServiceDate", "Description")


def before(org: Org, old: Row | None, row: Row, _changed: frozenset[str]) -> None:
    """Take account, currency and price book over from the opportunity, and work out the totals."""
    deal = org.get("Opportunity", row["OpportunityId"])
    if deal is None:
        return
    row["AccountId"], row["CurrencyIsoCode"] = deal["AccountId"], deal["CurrencyIsoCode"]
    row["Pricebook2Id"] = row["Pricebook2Id"] or deal["Pricebook2Id"]
    if old is None:
        row["QuoteNumber"] = f"{len(org.tables['Quote']) + 1:08d}"
    if row["Status"] == "Accepted" and row["Accepted_At__c"] is None:
        row["Accepted_At__c"] = org.now()  # a flow of this org
    row |= _totals(row, org.children(QUOTE_LINE, "QuoteId", str(row["Id"] or "")))


def before_line(org: Org, old: Row | None, row: Row, _changed: frozenset[str]) -> None:
    """Price a line by the quote's price book."""
    quote = org.get("Quote", row["QuoteId"])
    if quote is None or row["Quantity"] is None:
        return
    if old is None:
        row["LineNumber"] = f"{len(org.tables[QUOTE_LINE]) + 1:08d}"
        row["Line_Number__c"] = row["Line_Number__c"] or _next_line(org, quote["Id"])  # a flow of this org
    priced(org, old, row, quote, "Quote")
    row["Subtotal"] = money(money(row["UnitPrice"], row["CurrencyIsoCode"]) * row["Quantity"], row["CurrencyIsoCode"])
    row["TotalPrice"] = total_price(row)


def lines_changed(org: Org, old: Row | None, row: Row | None) -> None:
    """Roll a quote's lines up, and pass the change on to the opportunity if the two are synced."""
    quote = org.get("Quote", (row or old or {})["QuoteId"])
    if quote is None:
        return
    org.touch("Quote", quote["Id"], **_totals(quote, org.children(QUOTE_LINE, "QuoteId", quote["Id"])))
    if not quote["IsSyncing"] or quote["IsDeleted"]:
        return
    line = row or old or {}
    twin = _live(org, DEAL_LINE, line["OpportunityLineItemId"])
    if row is None or row["IsDeleted"]:
        if twin is not None:
            org.delete(org.schema.tables[DEAL_LINE], twin["Id"], _SYSTEM)
    elif twin is not None:
        _alike(org, DEAL_LINE, twin, row)
    else:
        _link(org, row, _fresh(org, quote, row) or _deal_line(org, quote, row))


def deal_line_changed(org: Org, old: Row | None, row: Row | None) -> None:
    """Pass a change of an opportunity's line on to the quote that it is synced with."""
    line = row or old or {}
    deal = org.get("Opportunity", line["OpportunityId"])
    quote = _live(org, "Quote", deal["SyncedQuoteId"]) if deal is not None and not deal["IsDeleted"] else None
    if quote is None:
        return
    held = org.children(QUOTE_LINE, "QuoteId", quote["Id"])
    twin = next((one for one in held if one["OpportunityLineItemId"] == line["Id"]), None)
    if row is None or row["IsDeleted"]:
        if twin is not None:
            org.delete(org.schema.tables[QUOTE_LINE], twin["Id"], _SYSTEM)
    elif twin is not None:
        _alike(org, QUOTE_LINE, twin, row)
    elif not any(one["OpportunityLineItemId"] is None and _matches(one, line) for one in held):
        fields = {"QuoteId": quote["Id"], **_copied(line)}
        made = org.insert(org.schema.tables[QUOTE_LINE], fields, _SYSTEM)
        org.touch(QUOTE_LINE, made, OpportunityLineItemId=line["Id"])


def may_sync(org: Org, row: Row) -> None:
    """Refuse to sync an opportunity with the quote of another one."""
    quote = org.get("Quote", row["SyncedQuoteId"])
    if quote is not None and quote["OpportunityId"] != row["Id"]:
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "The quote belongs to another opportunity.", "SyncedQuoteId")


def sync(org: Org, old: Row | None, row: Row | None) -> None:
    """Let the lines of the quote that an opportunity names now take the place of its own."""
    if row is None or old is None or row["SyncedQuoteId"] == old["SyncedQuoteId"]:
        return
    chosen = row["SyncedQuoteId"]
    if old["SyncedQuoteId"]:
        org.touch("Quote", old["SyncedQuoteId"], IsSyncing=False)
    if chosen is None:
        return
    for line in org.children(DEAL_LINE, "OpportunityId", row["Id"]):
        org.touch("Opportunity", row["Id"], SyncedQuoteId=None)
        org.delete(org.schema.tables[DEAL_LINE], line["Id"], _SYSTEM)
    org.touch("Opportunity", row["Id"], SyncedQuoteId=chosen)
    org.touch("Quote", chosen, IsSyncing=True)
    for line in org.children(QUOTE_LINE, "QuoteId", chosen):
        org.touch(QUOTE_LINE, line["Id"], OpportunityLineItemId=None)
        _link(org, line, _deal_line(org, org.get("Quote", chosen) or {}, line))


def _deal_line(org: Org, quote: Mapping[str, Any], line: Row) -> str:
    fields = {"OpportunityId": quote["OpportunityId"], **_copied(line)}
    return org.insert(org.schema.tables[DEAL_LINE], fields, _SYSTEM)


def _fresh(org: Org, quote: Row, line: Row) -> str:
    """Find the opportunity's line that a quote's new line was made for."""
    held = {one["OpportunityLineItemId"] for one in org.children(QUOTE_LINE, "QuoteId", quote["Id"])}
    found = org.children(DEAL_LINE, "OpportunityId", quote["OpportunityId"])
    return next((str(one["Id"]) for one in found if one["Id"] not in held and _matches(one, line)), "")


def _link(org: Org, line: Row, deal_line: str) -> None:
    org.touch(QUOTE_LINE, line["Id"], OpportunityLineItemId=deal_line)


def _alike(org: Org, table: str, twin: Row, line: Row) -> None:
    """Make a line say what its twin says."""
    differing = {name: line[name] for name in _SAME if line[name] != twin[name]}
    if differing:
        org.update(org.schema.tables[table], twin["Id"], differing, _SYSTEM)


def _matches(one: Row, other: Row) -> bool:
    return all(one[name] == other[name] for name in ("PricebookEntryId", "Quantity", "UnitPrice"))


def _copied(line: Row) -> dict[str, Any]:
    return {name: line[name] for name in ("PricebookEntryId", *_SAME, "SortOrder")}


def _live(org: Org, table: str, key: str | None) -> Row | None:
    row = org.get(table, key)
    return row if row is not None and not row["IsDeleted"] else None


def _totals(quote: Row, lines: list[Row]) -> dict[str, Any]:
    """Add a quote's lines up; tax and freight come on top."""
    currency = quote["CurrencyIsoCode"]
    subtotal, total = (sum((line[name] for line in lines), Decimal(0)) for name in ("Subtotal", "TotalPrice"))
    extras = sum((quote[name] or Decimal(0) for name in ("Tax", "ShippingHandling")), Decimal(0))
    return {
        "Subtotal": money(subtotal, currency),
        "TotalPrice": money(total, currency),
        "GrandTotal": money(total + extras, currency),
        "LineItemCount": len(lines),
    }


def _next_line(org: Org, quote: str) -> str:
    numbers = [
        int(line["Line_Number__c"]) for line in org.children(QUOTE_LINE, "QuoteId", quote) if line["Line_Number__c"].isdigit()
    ]
    return str(max(numbers, default=0) // 10 * 10 + 10)

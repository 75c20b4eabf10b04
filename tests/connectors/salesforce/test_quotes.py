"""Quotes: totals, the sync with their opportunity, and how the hub writes and reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.org.values import RowError
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Outcome
from tests.connectors.salesforce.conftest import Steps, amend, catalogue, create


@pytest.fixture
def deal(org: SalesforceSimulator) -> str:
    """A deal over two pieces at 10.50."""
    account, _, entry = catalogue(org)
    fields = {"AccountId": account, "Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-01"}
    made = org.insert("Opportunity", fields, "rep")
    org.insert("OpportunityLineItem", {"OpportunityId": made, "PricebookEntryId": entry, "Quantity": 2, "SortOrder": 1}, "rep")
    return made


def offer(org: SalesforceSimulator, deal: str, *lines: dict[str, Any], **fields: Any) -> str:
    """Let a seller make a quote with lines over the deal's own product."""
    quote = org.insert("Quote", {"OpportunityId": deal, "Name": "Offer", **fields}, "rep")
    entry = org.rows("PricebookEntry")[0]["Id"]
    for place, line in enumerate(lines, start=1):
        org.insert("QuoteLineItem", {"QuoteId": quote, "PricebookEntryId": entry, "SortOrder": place, **line}, "rep")
    return quote


def sold(org: SalesforceSimulator, table: str = "OpportunityLineItem") -> list[tuple[Decimal, Decimal]]:
    return sorted((row["Quantity"], row["UnitPrice"]) for row in org.rows(table))


def test_a_quote_is_its_opportunitys_and_adds_up(org: SalesforceSimulator, deal: str) -> None:
    quote = offer(org, deal, {"Quantity": 3, "Discount": 10}, {"Quantity": 1, "UnitPrice": 5}, Tax=Decimal("2.5"))
    row, account = org.row("Quote", quote), org.row("Opportunity", deal)["AccountId"]
    assert (row["AccountId"], row["QuoteNumber"], row["Status"], row["LineItemCount"]) == (account, "00000001", "Draft", 2)
    assert (row["Subtotal"], row["TotalPrice"], row["GrandTotal"]) == (Decimal("36.50"), Decimal("33.35"), Decimal("35.85"))
    assert [line["Line_Number__c"] for line in org.rows("QuoteLineItem")] == ["10", "20"]
    assert org.row("Opportunity", deal)["Amount"] == Decimal("21.00")


def test_a_synced_quote_takes_the_place_of_the_lines_and_stays_the_same(org: SalesforceSimulator, deal: str) -> None:
    before = {row["Id"] for row in org.rows("OpportunityLineItem")}
    quote = offer(org, deal, {"Quantity": 3, "UnitPrice": 9}, {"Quantity": 1, "UnitPrice": 5})
    other = offer(org, deal, {"Quantity": 7})
    org.update("Opportunity", deal, {"SyncedQuoteId": quote}, "rep")
    assert sold(org) == [(1, 5), (3, 9)]
    assert before.isdisjoint(row["Id"] for row in org.rows("OpportunityLineItem"))
    assert [row["IsSyncing"] for row in org.rows("Quote")] == [True, False]
    assert org.row("Opportunity", deal)["Amount"] == 32

    line = org.rows("QuoteLineItem")[0]
    org.update("QuoteLineItem", line["Id"], {"Quantity": 4}, "rep")
    assert sold(org) == [(1, 5), (4, 9)]
    org.update("OpportunityLineItem", line["OpportunityLineItemId"], {"UnitPrice": 8}, "rep")
    assert (org.row("QuoteLineItem", line["Id"])["UnitPrice"], org.row("Quote", quote)["TotalPrice"]) == (8, 37)
    entry = line["PricebookEntryId"]
    org.insert("QuoteLineItem", {"QuoteId": quote, "PricebookEntryId": entry, "Quantity": 6}, "rep")
    org.insert("OpportunityLineItem", {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 8}, "rep")
    assert sold(org) == [(1, 5), (4, 8), (6, Decimal("10.5")), (8, Decimal("10.5"))]
    assert sum(row["QuoteId"] == quote for row in org.rows("QuoteLineItem")) == 4
    org.delete("QuoteLineItem", line["Id"], "rep")
    org.delete("OpportunityLineItem", next(row["Id"] for row in org.rows("OpportunityLineItem") if row["Quantity"] == 8), "rep")
    assert sold(org) == [(1, 5), (6, Decimal("10.5"))]
    assert org.row("Quote", quote)["LineItemCount"] == 2

    org.update("Opportunity", deal, {"SyncedQuoteId": other}, "rep")
    assert sold(org) == [(7, Decimal("10.5"))]
    assert [row["IsSyncing"] for row in org.rows("Quote")] == [False, True]
    assert org.row("Quote", quote)["LineItemCount"] == 2


def test_what_a_quote_may_not_be(org: SalesforceSimulator, deal: str) -> None:
    quote = offer(org, deal, {"Quantity": 1})
    fields = {name: org.row("Opportunity", deal)[name] for name in ("AccountId", "StageName", "CloseDate")}
    other = org.insert("Opportunity", {**fields, "Name": "Other"}, "rep")
    with pytest.raises(RowError, match="another opportunity"):
        org.update("Opportunity", other, {"SyncedQuoteId": quote}, "rep")
    org.update("Opportunity", deal, {"SyncedQuoteId": quote}, "rep")
    with pytest.raises(RowError, match="synced"):
        org.delete("Quote", quote, "rep")
    org.delete("Opportunity", deal, "rep")
    assert (org.rows("Quote"), org.rows("OpportunityLineItem")) == ([], [])


def test_accepting_says_when(org: SalesforceSimulator, deal: str) -> None:
    quote = offer(org, deal, {"Quantity": 1})
    assert org.row("Quote", quote)["Accepted_At__c"] is None
    org.update("Quote", quote, {"Status": "Accepted"}, "rep")
    assert org.row("Quote", quote)["Accepted_At__c"] == org.org.now()


def test_the_hub_makes_and_changes_a_quote_with_its_lines(
    org: SalesforceSimulator, connector: SalesforceConnector, deal: str
) -> None:
    product = org.rows("Product2")[0]["Id"]
    rows = [{"Line_Number__c": "10", "Product2Id": product, "Quantity": 3, "Discount": 10}]
    fields = {"OpportunityId": deal, "Name": "Offer", "Status": "Presented", "QuoteLineItems": {"records": rows}}
    for _ in range(2):
        (result,) = connector.write("Quote", [create(1, fields)], Steps())
        assert result.error is None
    (quote,), (line,) = org.rows("Quote"), org.rows("QuoteLineItem")
    assert (quote["TotalPrice"], line["PricebookEntryId"]) == (Decimal("28.35"), org.rows("PricebookEntry")[0]["Id"])
    org.update("Opportunity", deal, {"SyncedQuoteId": quote["Id"]}, "rep")
    edited = [
        {"_row": "update", "Id": line["Id"], "Line_Number__c": "10", "Quantity": 4},
        {"_row": "insert", "Line_Number__c": "20", "Product2Id": product, "Quantity": 1},
    ]
    items = [amend(quote["Id"], {"Status": "Accepted", "QuoteLineItems": {"records": edited}})]
    (result,) = connector.write("Quote", items, Steps())
    assert result.outcome is Outcome.UPDATED
    assert org.row("Quote", quote["Id"])["Status"] == "Accepted"
    assert sold(org, "QuoteLineItem") == sold(org) == [(1, Decimal("10.5")), (4, Decimal("10.5"))]

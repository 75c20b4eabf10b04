"""Draw the checker's picture of Salesforce from the rows that its simulator holds."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.picture import Deal, Document, Line, Party, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.sandbox.doors import SalesforceDoor
    from ltc.app.sandbox.picture import DealStatus

HUB_PREFIX = "api:"
"""Whoever came through the API is the hub: people use the other door."""


def salesforce_side(door: SalesforceDoor) -> Side:
    """Give everything that the checker looks at."""
    products = {row["Id"]: plain_number(row["ProductCode"] or "") for row in door.rows("Product2", deleted=True)}
    deal_lines = _lines(door.rows("OpportunityLineItem"), "OpportunityId", products)
    order_lines = _lines(door.rows("OrderItem"), "OrderId", products)
    agreed = {row["OpportunityId"] for row in door.rows("Quote") if row["Status"] == "Accepted"}
    return Side(
        customers={row["Id"]: _party(row) for row in door.rows("Account")},
        deals={row["Id"]: _deal(row, deal_lines[row["Id"]], is_agreed=row["Id"] in agreed) for row in door.rows("Opportunity")},
        orders=tuple(_order(row, order_lines[row["Id"]]) for row in door.rows("Order")),
        deliveries=tuple(
            Document(row["Id"], plain_number(row["Name"]), row["Account__c"] or "", "", Decimal(0))
            for row in door.rows("Delivery__c")
        ),
        invoices=tuple(_bill(row) for row in door.rows("Invoice__c")),
        credit_notes=tuple(_bill(row) for row in door.rows("Credit_Note__c")),
        payments=tuple(_payment(row) for row in door.rows("Payment__c")),
    )


def plain_number(number: str) -> str:
    """Give a number as both systems mean it: upper case, without SAP's leading zeros.

    >>> plain_number("000000000000100234"), plain_number("ltc-7")
    ('100234', 'LTC-7')
    """
    return number.strip().upper().lstrip("0")


def compact(number: str | None) -> str:
    """Give a tax number without what people put between its digits."""
    return "".join(character for character in (number or "").upper() if character.isalnum())


def _party(row: dict[str, Any]) -> Party:
    numbers = frozenset({compact(row["Tax_Number__c"]), compact(row["VAT_Number__c"])} - {""})
    return Party(row["Id"], row["Name"], row["BillingPostalCode"] or "", numbers, row["LTC_Id__c"] or "")


def _status(row: dict[str, Any]) -> DealStatus:
    if not row["IsClosed"]:
        return "open"
    return "won" if row["IsWon"] else "lost"


def _deal(row: dict[str, Any], lines: tuple[Line, ...], *, is_agreed: bool) -> Deal:
    total = row["Amount"] if row["Amount"] is not None else Decimal(0)
    return Deal(row["Id"], row["Name"], row["AccountId"] or "", _status(row), row["CurrencyIsoCode"], total, lines, is_agreed)


def _lines(rows: Iterable[dict[str, Any]], parent: str, products: dict[str, str]) -> dict[str, tuple[Line, ...]]:
    found: dict[str, tuple[Line, ...]] = defaultdict(tuple)
    for row in rows:
        product = products.get(row["Product2Id"] or "", "")
        found[row[parent]] += (Line(product, row["Quantity"] or Decimal(0), row["TotalPrice"] or Decimal(0)),)
    return found


def _order(row: dict[str, Any], lines: tuple[Line, ...]) -> Document:
    return Document(
        row["Id"],
        plain_number(row["ERP_Number__c"] or row["OrderReferenceNumber"] or ""),
        row["AccountId"] or "",
        row["CurrencyIsoCode"],
        row["TotalAmount"] or Decimal(0),
        deal=row["OpportunityId"] or "",
        lines=lines,
        reversed=row["Status"] == "Cancelled",
    )


def _bill(row: dict[str, Any]) -> Document:
    return Document(
        row["Id"],
        plain_number(row["Name"] or ""),
        row["Account__c"] or "",
        row["CurrencyIsoCode"],
        row["Total__c"] or Decimal(0),
        net=row["Net_Total__c"],
        reversed=row["Status__c"] == "Cancelled",
    )


def _payment(row: dict[str, Any]) -> Document:
    return Document(
        row["Id"],
        plain_number(row["Name"] or ""),
        row["Account__c"] or "",
        row["CurrencyIsoCode"],
        row["Amount__c"] or Decimal(0),
        reversed=row["Status__c"] == "Reversed",
        sources=(plain_number(row["Reference__c"]),) if row["Reference__c"] else (),
    )

"""What the org does beyond its columns: stages, lines and roll-ups, price books, orders, contracts, leads."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.crm.salesforce.org import quotes
from connectors.crm.salesforce.org.pricing import priced, total_price
from connectors.crm.salesforce.org.values import Row, RowError, money, number

if TYPE_CHECKING:
    from connectors.crm.salesforce.org.rows import Org
    from connectors.crm.salesforce.org.schema import Table

OWNED: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId")),
        "Opportunity": (
            ("OpportunityLineItem", "OpportunityId"),
            ("OpportunityHistory", "OpportunityId"),
            ("Quote", "OpportunityId"),
        ),
        "Quote": (("QuoteLineItem", "QuoteId"),),
        "Order": (("OrderItem", "OrderId"),),
        "Product2": (("PricebookEntry", "Product2Id"),),
    }
)
STAGES: Final[Mapping[str, tuple[int, str, bool, bool]]] = MappingProxyType(
    {
        "Prospecting": (10, "Pipeline", False, False),
        "Qualification": (10, "Pipeline", False, False),
        "Needs Analysis": (20, "Pipeline", False, False),
        "Value Proposition": (50, "Pipeline", False, False),
        "Proposal/Price Quote": (75, "Best Case", False, False),
        "Negotiation/Review": (90, "Commit", False, False),
        "Closed Won": (100, "Closed", True, True),
        "Closed Lost": (0, "Omitted", True, False),
    }
)
CONTRACT_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Draft": "Draft",
        "Cancelled": "Draft",
        "In Approval Process": "InApproval",
        "In Signature": "InApproval",
        "Signed": "InApproval",
        "Activated": "Activated",
        "Expired": "Activated",
        "Terminated": "Activated",
    }
)
"""The category (StatusCode) of each status of contracts."""
_HISTORIC: Final = ("StageName", "Amount", "Probability", "CloseDate")
_FROZEN_ORDER: Final = frozenset({"AccountId", "Pricebook2Id", "CurrencyIsoCode", "ContractId", "EffectiveDate"})
_FROZEN_ITEM: Final = frozenset({"Quantity", "UnitPrice", "ServiceDate"})
_HUNDRED: Final = Decimal(100)


def before(org: Org, table: Table, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    """Complete a row before it is kept, or refuse it."""
    rule = _BEFORE.get(table.name)
    if rule is not None:
        rule(org, old, row, changed)


def after(org: Org, table: Table, old: Row | None, row: Row | None) -> None:
    """Let the change of one row show in others."""
    rule = _AFTER.get(table.name)
    if rule is not None:
        rule(org, old, row)


def before_delete(org: Org, table: Table, row: Row) -> None:
    """Refuse deletions that the org does not allow."""
    if table.name == "Order" and row["StatusCode"] != "Draft":
        raise RowError("DELETE_FAILED", "Activated orders can't be deleted.")
    if table.name == "Contract" and row["StatusCode"] == "Activated":
        raise RowError("DELETE_FAILED", "Activated contracts can't be deleted.")
    if table.name == "Quote" and row["IsSyncing"]:
        raise RowError("DELETE_FAILED", "A quote that is synced with its opportunity can't be deleted.")
    if table.name == "OrderItem":
        _need_draft(org, row)
    if table.name == "Account" and (
        org.children("Order", "AccountId", row["Id"]) or org.children("Contract", "AccountId", row["Id"])
    ):
        raise RowError(
            "DELETE_FAILED", "Your attempt to delete the account could not be completed because it has orders or contracts."
        )
    if table.name == "Product2" and any(row["Id"] == line["Product2Id"] for line in org.live("OrderItem")):
        raise RowError("DELETE_FAILED", "This product is on an order and can't be deleted.")


def _name(row: Row) -> None:
    row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part) or None


def _person(_org: Org, _old: Row | None, row: Row, _changed: frozenset[str]) -> None:
    _name(row)


def _lead(_org: Org, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    if old and old["IsConverted"] and changed:
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    _name(row)


def _opportunity(org: Org, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    if old and old["HasOpportunityLineItem"]:
        row["Amount"] = old["Amount"]
        if row["CurrencyIsoCode"] != old["CurrencyIsoCode"]:
            raise RowError(
                "FIELD_INTEGRITY_EXCEPTION", "Currency can't be changed while the opportunity has products", "CurrencyIsoCode"
            )
    quotes.may_sync(org, row)
    chance, forecast, closed, won = STAGES.get(row["StageName"], (0, "Pipeline", False, False))
    if old is None or row["StageName"] != old["StageName"]:
        row["LastStageChangeDate"] = org.now()
        if "Probability" not in changed:
            row["Probability"] = number(Decimal(chance))
    row["IsClosed"], row["IsWon"], row["ForecastCategoryName"] = closed, won, forecast
    _expect(row)


def _expect(row: Row) -> None:
    amount, chance = row["Amount"], row["Probability"]
    row["ExpectedRevenue"] = None if amount is None else money(amount * (chance or 0) / _HUNDRED, row["CurrencyIsoCode"])


def _history(org: Org, old: Row | None, row: Row | None) -> None:
    if row is None or (old and all(old[name] == row[name] for name in _HISTORIC)):
        return
    org.add(
        "OpportunityHistory",
        OpportunityId=row["Id"],
        StageName=row["StageName"],
        Amount=row["Amount"],
        ExpectedRevenue=row["ExpectedRevenue"],
        CloseDate=row["CloseDate"],
        Probability=row["Probability"],
        ForecastCategory=row["ForecastCategoryName"],
        CurrencyIsoCode=row["CurrencyIsoCode"],
    )


def _opportunity_line(org: Org, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    parent = org.get("Opportunity", row["OpportunityId"])
    if parent is None or row["Quantity"] is None:
        return
    if {"UnitPrice", "TotalPrice"} <= changed and row["UnitPrice"] is not None and row["TotalPrice"] is not None:
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "Specify either TotalPrice or UnitPrice, not both", "TotalPrice")
    priced(org, old, row, parent, "Opportunity")
    share = 1 - (row["Discount"] or Decimal(0)) / _HUNDRED
    if "TotalPrice" in changed and row["TotalPrice"] is not None:
        row["UnitPrice"] = money(row["TotalPrice"] / row["Quantity"] / share, row["CurrencyIsoCode"])
    row["TotalPrice"] = total_price(row)


def _opportunity_lines(org: Org, old: Row | None, row: Row | None) -> None:
    key = (row or old or {})["OpportunityId"]
    parent = org.get("Opportunity", key)
    if parent is None:
        return
    lines = org.children("OpportunityLineItem", "OpportunityId", key)
    total = sum((line["TotalPrice"] for line in lines), Decimal(0))
    new = parent | {"Amount": money(total, parent["CurrencyIsoCode"]), "HasOpportunityLineItem": bool(lines)}
    _expect(new)
    org.touch("Opportunity", key, **{name: new[name] for name in ("Amount", "HasOpportunityLineItem", "ExpectedRevenue")})
    _history(org, parent, org.get("Opportunity", key))
    quotes.deal_line_changed(org, old, row)


def _opportunity_changed(org: Org, old: Row | None, row: Row | None) -> None:
    _history(org, old, row)
    quotes.sync(org, old, row)


def _price(org: Org, old: Row | None, row: Row, _changed: frozenset[str]) -> None:
    product, book = org.get("Product2", row["Product2Id"]), org.get("Pricebook2", row["Pricebook2Id"])
    if product is None or book is None:
        return
    row["Name"], row["ProductCode"] = product["Name"], product["ProductCode"]
    row["Price_Unit__c"] = row["Price_Unit__c"] or product["QuantityUnitOfMeasure"]  # a flow of this org
    if old is not None:
        return
    same = [
        other
        for other in org.children("PricebookEntry", "Product2Id", product["Id"])
        if other["CurrencyIsoCode"] == row["CurrencyIsoCode"]
    ]
    if any(other["Pricebook2Id"] == book["Id"] for other in same):
        holder = next(other["Id"] for other in same if other["Pricebook2Id"] == book["Id"])
        message = f"duplicate value found: This price definition already exists in this price book: {holder[:15]}"
        raise RowError("DUPLICATE_VALUE", f"{message} duplicates value on record with id: {holder[:15]}", "Pricebook2Id")
    if not book["IsStandard"] and not any((org.get("Pricebook2", o["Pricebook2Id"]) or {}).get("IsStandard") for o in same):
        raise RowError("STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")


def _order(org: Org, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    row["StatusCode"] = "Draft" if row["Status"] in {"Draft", None} else "Activated"
    if old is None:
        row["OrderNumber"] = f"{len(org.tables['Order']) + 1:08d}"
        if row["StatusCode"] != "Draft":
            raise RowError(
                "FAILED_ACTIVATION", "Choose a valid order status and save your changes: new orders are drafts.", "Status"
            )
        if row["AccountId"] is None and row["ContractId"] is None:
            raise RowError("REQUIRED_FIELD_MISSING", "Required fields are missing: [AccountId]", "AccountId")
        return
    frozen = sorted(name for name in changed & _FROZEN_ORDER if row[name] != old[name])
    if frozen and old["StatusCode"] != "Draft":
        raise RowError("FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: {frozen[0]} (the order is activated)", *frozen)
    if row["StatusCode"] != "Draft" and old["StatusCode"] == "Draft":
        if not org.children("OrderItem", "OrderId", row["Id"]):
            raise RowError("FAILED_ACTIVATION", "An order must have at least one product.", "Status")
        row["ActivatedDate"] = org.now()
    if frozen and "Pricebook2Id" in frozen and org.children("OrderItem", "OrderId", row["Id"]):
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "the price book of an order with products can't change", "Pricebook2Id")


def _need_draft(org: Org, row: Row) -> None:
    order = org.get("Order", row["OrderId"])
    if order is not None and order["StatusCode"] != "Draft":
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "unable to modify the products of an activated order", "OrderId")


def _order_item(org: Org, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    order = org.get("Order", row["OrderId"])
    if order is None or row["Quantity"] is None:
        return
    if old is None or any(row[name] != old[name] for name in changed & _FROZEN_ITEM):
        _need_draft(org, row)
    if old is None:
        row["OrderItemNumber"] = f"{len(org.tables['OrderItem']) + 1:010d}"
        row["Line_Number__c"] = row["Line_Number__c"] or _next_line(org, order["Id"])  # a flow of this org
    priced(org, old, row, order | {"Name": ""}, "Order")
    row["TotalPrice"] = money(money(row["UnitPrice"], row["CurrencyIsoCode"]) * row["Quantity"], row["CurrencyIsoCode"])


def _next_line(org: Org, order: str) -> str:
    numbers = [
        int(line["Line_Number__c"]) for line in org.children("OrderItem", "OrderId", order) if line["Line_Number__c"].isdigit()
    ]
    return str(max(numbers, default=0) // 10 * 10 + 10)


def _order_items(org: Org, old: Row | None, row: Row | None) -> None:
    key = (row or old or {})["OrderId"]
    total = sum((line["TotalPrice"] for line in org.children("OrderItem", "OrderId", key)), Decimal(0))
    order = org.get("Order", key)
    if order is not None:
        org.touch("Order", key, TotalAmount=money(total, order["CurrencyIsoCode"]))


def _contract(org: Org, old: Row | None, row: Row, changed: frozenset[str]) -> None:
    row["StatusCode"] = CONTRACT_CODES.get(row["Status"], "Draft")
    active = row["StatusCode"] == "Activated"
    if old is None:
        row["ContractNumber"] = f"{len(org.tables['Contract']) + 1:08d}"
        if active:
            raise RowError("FAILED_ACTIVATION", "New contracts are drafts.", "Status")
    elif active and old["StatusCode"] != "Activated":
        others = sorted(changed - {"Status"})
        if others:
            raise RowError(
                "FAILED_ACTIVATION", f"Only Status can be updated when a contract is activated, not {others[0]}", *others
            )
        row["ActivatedDate"] = org.now()
    elif not active and old["StatusCode"] == "Activated":
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "The status of an activated contract can't go back", "Status")
    if row["StartDate"] and row["ContractTerm"]:
        row["EndDate"] = _end(row["StartDate"], row["ContractTerm"])


def _end(start: str, months: int) -> str:
    """Tell the last day of a term of whole months.

    >>> _end("2026-01-15", 12)
    '2027-01-14'
    """
    first = date.fromisoformat(start)
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    day = min(first.day, monthrange(year, month)[1])
    return (date(year, month, day) - timedelta(days=1)).isoformat()


_BEFORE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Contact": _person,
        "User": _person,
        "Lead": _lead,
        "Opportunity": _opportunity,
        "OpportunityLineItem": _opportunity_line,
        "PricebookEntry": _price,
        "Order": _order,
        "OrderItem": _order_item,
        "Contract": _contract,
        "Quote": quotes.before,
        "QuoteLineItem": quotes.before_line,
    }
)
_AFTER: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Opportunity": _opportunity_changed,
        "OpportunityLineItem": _opportunity_lines,
        "OrderItem": _order_items,
        "QuoteLineItem": quotes.lines_changed,
    }
)

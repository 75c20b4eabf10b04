"""What the org's people call things and do: business keys, normal form for checkers, lead conversion, the first rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.crm.salesforce.org.rows import Org
from connectors.crm.salesforce.org.schema import Schema
from connectors.crm.salesforce.org.tokens import USERNAME
from connectors.crm.salesforce.org.values import Row, RowError

_SYSTEM: Final = "setup"
_CURRENCIES: Final = MappingProxyType(
    {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "CNY": 2, "JPY": 0, "KWD": 3, "PLN": 2, "SEK": 2, "AUD": 2}
)
_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Account": ("Name", "BillingPostalCode", "BillingCity"),
        "Contact": ("Email", "FirstName", "LastName"),
        "Lead": ("Email", "LastName", "Company"),
        "Opportunity": ("Name",),
        "OpportunityLineItem": ("OpportunityId", "Product2Id", "SortOrder", "Quantity"),
        "OpportunityHistory": ("OpportunityId", "StageName", "Amount"),
        "Product2": ("ProductCode",),
        "PricebookEntry": ("Product2Id", "Pricebook2Id", "CurrencyIsoCode"),
        "Quote": ("OpportunityId", "Name"),
        "QuoteLineItem": ("QuoteId", "Product2Id", "SortOrder", "Quantity"),
        "Order": ("OpportunityId", "AccountId", "PoNumber"),
        "OrderItem": ("OrderId", "Line_Number__c", "Product2Id"),
        "Contract": ("AccountId", "StartDate"),
        "User": ("Username",),
        "Delivery__c": ("Order__c", "Account__c", "Status__c"),
        "Invoice__c": ("Order__c", "Account__c", "Total__c", "CurrencyIsoCode"),
        "Credit_Note__c": ("Order__c", "Account__c", "Total__c", "CurrencyIsoCode"),
        "Payment__c": ("Invoice__c", "Account__c", "Amount__c", "CurrencyIsoCode"),
        "CurrencyType": ("IsoCode",),
    }
)
_RUNNING: Final = frozenset(
    {
        "Id",
        "LTC_Id__c",
        "IsDeleted",
        "AccountNumber",
        "OrderNumber",
        "ContractNumber",
        "QuoteNumber",
        "LineNumber",
        "OrderItemNumber",
        "ERP_Number__c",
        "Reference__c",
    }
)
_NUMBERED: Final = frozenset({"Delivery__c", "Invoice__c", "Credit_Note__c", "Payment__c"})
_LEFT_OUT: Final = frozenset({"CurrencyType", "Organization", "User", "OpportunityHistory"})


def set_up(org: Org) -> None:
    """Give a new org what each has from the start."""
    tables = org.schema.tables
    user = {"FirstName": "Integration", "LastName": "User", "Username": USERNAME, "Email": USERNAME, "IsActive": True}
    org.insert(tables["User"], user, _SYSTEM)
    organisation = {"Name": "Sandbox Org", "DefaultCurrencyIsoCode": "EUR", "OrganizationType": "Enterprise Edition"}
    org.insert(tables["Organization"], organisation, _SYSTEM, seeded=True)
    for code, places in _CURRENCIES.items():
        currency = {"IsoCode": code, "DecimalPlaces": places, "ConversionRate": 1, "IsActive": True, "IsCorporate": code == "EUR"}
        org.insert(tables["CurrencyType"], currency, _SYSTEM)
    book = {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True}
    org.insert(tables["Pricebook2"], book, _SYSTEM, seeded=True)


def convert(org: Org, lead_id: str, actor: str, opportunity: str, account: str) -> dict[str, str]:
    """Turn a lead into account, unless there is one, contact and perhaps opportunity; give their ids by object."""
    lead = org.get("Lead", lead_id)
    if lead is None or lead["IsDeleted"] or lead["IsConverted"]:
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "the lead is converted or gone")
    tables = org.schema.tables
    shared = {"CurrencyIsoCode": lead["CurrencyIsoCode"], "OwnerId": lead["OwnerId"]}
    firm = {"Name": lead["Company"], "Phone": lead["Phone"], "AccountSource": lead["LeadSource"], **shared}
    made = {"Account": account or org.insert(tables["Account"], firm, actor)}
    person = {name: lead[name] for name in ("FirstName", "LastName", "Title", "Email", "Phone")}
    made["Contact"] = org.insert(tables["Contact"], {**person, "AccountId": made["Account"], **shared}, actor)
    if account:
        shared["CurrencyIsoCode"] = (org.get("Account", account) or shared)["CurrencyIsoCode"]
    if opportunity:
        deal = {"Name": opportunity, "AccountId": made["Account"], "StageName": "Prospecting", "CloseDate": org.now()[:10]}
        made["Opportunity"] = org.insert(tables["Opportunity"], {**deal, "LeadSource": lead["LeadSource"], **shared}, actor)
    org.touch(
        "Lead",
        lead_id,
        IsConverted=True,
        Status="Closed - Converted",
        ConvertedDate=org.now()[:10],
        ConvertedAccountId=made["Account"],
        ConvertedContactId=made["Contact"],
        ConvertedOpportunityId=made.get("Opportunity"),
    )
    return made


def key_of(org: Org, table: str, row: Mapping[str, Any]) -> str:
    """Name a row by what the business knows it by; a row that is only referred to is looked up first."""
    held = org.get(table, str(row.get("Id") or row.get("id") or "")) or org.get(table, _by_hub_key(org, table, row))
    known: dict[str, Any] = {**(held or {}), **row}
    parts = [_said(org, table, name, known.get(name)) for name in _KEYS.get(table, ("Name",))]
    return f"{table}:" + "|".join(part for part in parts if part)


def state(org: Org) -> dict[str, Any]:
    """Give the live rows of each object in a form that does not depend on ids, times or running numbers."""
    return {name: _normal(org, name) for name in org.schema.tables if name not in _LEFT_OUT}


def described_all(schema: Schema) -> dict[str, Any]:
    """List the objects in the vendor's words."""
    objects = [
        {
            "name": table.name,
            "keyPrefix": table.prefix,
            "custom": table.name.endswith("__c"),
            "queryable": True,
            "createable": True,
        }
        for table in schema.tables.values()
    ]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}


def _by_hub_key(org: Org, table: str, row: Mapping[str, Any]) -> str | None:
    value, one = row.get("LTC_Id__c"), org.schema.tables[table].fields.get("LTC_Id__c")
    found = org.matches(org.schema.tables[table], one, value) if value and one else []
    return found[0] if found else None


def _said(org: Org, table: str, name: str, value: Any) -> str:
    one = org.schema.tables[table].fields[name]
    if one.type == "reference" and value:
        target = org.get(one.target, str(value))
        return key_of(org, one.target, target).partition(":")[2] if target else ""
    return "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def _normal(org: Org, table: str) -> list[dict[str, Any]]:
    fields = org.schema.tables[table].fields.values()
    skipped = _RUNNING | ({"Name"} if table in _NUMBERED else set())
    kept = [one for one in fields if one.name not in skipped and one.type != "datetime" and not one.name.endswith("ById")]

    def normal(row: Row) -> dict[str, Any]:
        said = {one.name: row[one.name] if one.type == "boolean" else _said(org, table, one.name, row[one.name]) for one in kept}
        return {"_key": key_of(org, table, row)} | {name: value for name, value in said.items() if value not in {"", None}}

    return sorted(
        (normal(row) for row in org.live(table)), key=lambda row: sorted((name, str(value)) for name, value in row.items())
    )

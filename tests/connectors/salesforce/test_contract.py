"""The Salesforce connector keeps the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Raw
from ltc.core.simulation.suite import ConnectorContract, Sample
from tests.connectors.salesforce.conftest import catalogue

NOBODY = "0015g0000099999AAA"
Create = Callable[[SalesforceSimulator, int], Raw]
LINE = ["OrderItems.records.Line_Number__c", "OrderItems.records.Quantity"]


def plain(**fields: Any) -> Create:
    """Make records that refer to nothing."""

    def create(_org: SalesforceSimulator, number: int) -> Raw:
        return {name: value.format(number) if isinstance(value, str) else value for name, value in fields.items()}

    return create


def of_account(parent: str = "AccountId", **fields: Any) -> Create:
    """Make records of an account."""

    def create(org: SalesforceSimulator, number: int) -> Raw:
        return {**plain(**fields)(org, number), parent: org.insert("Account", {"Name": f"Acme {number}"}, "rep")}

    return create


def price(org: SalesforceSimulator, number: int) -> Raw:
    product = org.insert("Product2", {"Name": f"Pump {number}", "ProductCode": f"P-{number}", "IsActive": True}, "rep")
    return {"Product2Id": product, "Pricebook2Id": org.standard_pricebook, "UnitPrice": Decimal("10.50"), "IsActive": True,
            "CurrencyIsoCode": "EUR"}  # fmt: skip


def order(org: SalesforceSimulator, number: int) -> Raw:
    customer, product, entry = catalogue(org)
    rows = [
        {"Line_Number__c": "10", "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": Decimal("9.99")},
        {"Line_Number__c": "20", "Product2Id": product, "Quantity": number},
    ]
    return {
        "AccountId": customer, "EffectiveDate": "2026-03-02", "CurrencyIsoCode": "EUR", "Status": "Activated",
        "OrderItems": {"records": rows},
    }  # fmt: skip


def quote(org: SalesforceSimulator, number: int) -> Raw:
    customer, product, entry = catalogue(org)
    deal = {"AccountId": customer, "Name": f"Deal {number}", "StageName": "Prospecting", "CloseDate": "2026-05-01"}
    rows = [
        {"Line_Number__c": "10", "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": Decimal("9.99")},
        {"Line_Number__c": "20", "Product2Id": product, "Quantity": number, "Discount": 10},
    ]
    made = org.insert("Opportunity", {**deal, "CurrencyIsoCode": "EUR"}, "rep")
    return {"Name": f"Offer {number}", "OpportunityId": made, "Status": "Presented", "QuoteLineItems": {"records": rows}}


def of_order(org: SalesforceSimulator, number: int) -> Raw:
    customer = org.insert("Account", {"Name": "Acme"}, "rep")
    placed = org.insert("Order", {"AccountId": customer, "EffectiveDate": "2026-03-02", "Status": "Draft"}, "rep")
    return {"Account__c": customer, "Order__c": placed, "Name": f"8000{number}"}


class TestContract(ConnectorContract):
    connector = SalesforceConnector
    simulator = SalesforceSimulator
    samples: ClassVar = {
        "Account": Sample(plain(Name="Acme {} GmbH", Phone="1"), amend={"Phone": "2"}, refused={"Name": "x" * 300}),
        "Contact": Sample(of_account(LastName="Ms {}", Phone="1"), amend={"Phone": "2"}, refused={"AccountId": NOBODY}),
        "Lead": Sample(plain(LastName="Ms {}", Company="Acme"), amend={"Phone": "2"}, refused={"LastName": "x" * 90}),
        "Opportunity": Sample(
            of_account(Name="Deal {}", StageName="Prospecting", CloseDate="2026-05-01"),
            amend={"StageName": "Qualification"}, refused={"AccountId": NOBODY},
        ),
        "Product2": Sample(plain(Name="Pump {}", ProductCode="P-{}"), amend={"Name": "Valve"}, refused={"Name": "x" * 300}),
        "PricebookEntry": Sample(price, amend={"UnitPrice": Decimal("11.25")}, refused={"Product2Id": NOBODY}),
        "Order": Sample(order, amend={"Description": "soon"}, refused={"AccountId": NOBODY}, fields=LINE),
        "Quote": Sample(
            quote, amend={"Status": "Accepted"}, refused={"Status": "Lost"},
            fields=["QuoteLineItems.records.Line_Number__c", "QuoteLineItems.records.Quantity"],
        ),
        "Contract": Sample(
            of_account(Status="Draft", StartDate="2026-03-02", ContractTerm=12),
            amend={"ContractTerm": 24}, refused={"AccountId": NOBODY},
        ),
        "Delivery__c": Sample(of_order, amend={"Status__c": "Shipped"}, refused={"Status__c": "Lost"}),
        "Invoice__c": Sample(of_order, amend={"Status__c": "Paid"}, refused={"Status__c": "Lost"}),
        "Credit_Note__c": Sample(of_order, amend={"Status__c": "Paid"}, refused={"Status__c": "Lost"}),
        "Payment__c": Sample(
            of_account("Account__c", Name="Payment {}", Amount__c=Decimal("10.50")),
            amend={"Reference__c": "R"}, refused={"Status__c": "Lost"},
        ),
    }  # fmt: skip

    def people(self, simulator: SalesforceSimulator) -> Mapping[str, list[str]]:
        account = simulator.insert("Account", {"Name": "Acme"}, "rep")
        deal = {"AccountId": account, "Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-01"}
        simulator.insert("Opportunity", deal, "rep")
        return {name: [str(row["Id"]) for row in simulator.rows(name)] for name in ("User", "Pricebook2", "OpportunityHistory")}

"""The record of all benchmarks: a Salesforce order of 2.1 KB, 29 fields and 3 lines of 8, of which 58 values are mapped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import orjson

from ltc.core.mapping import Mapping, load

PARENTS = 500
"""So many customers, products, opportunities and contracts there are, which the orders refer to."""

YAML = """
system: salesforce
object: Order
entity: order
key: Id
version: SystemModstamp
fields:
  number: OrderNumber
  customer: AccountId
  ship_to: Ship_To__c
  bill_to: Bill_To__c
  payer: Payer__c
  opportunity: OpportunityId
  contract: ContractId
  sales_org: Sales_Org__c
  channel: Channel__c
  division: Division__c
  purchase_order: PoNumber
  currency: CurrencyIsoCode
  order_date: EffectiveDate
  requested_date: Requested_Date__c
  payment_terms: Payment_Terms__c
  incoterms: Incoterms__c
  status: {from: Status, codes: {Draft: draft, Submitted: submitted, Activated: confirmed}}
  total: {from: TotalAmount, currency: CurrencyIsoCode}
  net_total: {from: Net__c, currency: CurrencyIsoCode}
  tax_total: {from: Tax__c, currency: CurrencyIsoCode}
  billing_address: {street: BillingStreet, city: BillingCity, postal_code: BillingPostalCode, country: BillingCountryCode}
  shipping_address: {street: ShippingStreet, city: ShippingCity, postal_code: ShippingPostalCode, country: ShippingCountryCode}
  created_at: {from: CreatedDate, format: salesforce}
  confirmed_at: {from: ActivatedDate, format: salesforce}
  custom.region: Region__c
  custom.partner: {from: Partner__c, as: boolean}
  custom.score: {from: Score__c, as: integer}
  custom.channel: Web__c
  lines:
    each: OrderItems.records
    key: Line__c
    id: Id
    fields:
      number: Line__c
      product: Product2Id
      description: Description
      ordered_quantity: {from: Quantity, unit: {from: Unit__c, else: C62}}
      unit_price: {from: UnitPrice, currency: /CurrencyIsoCode, unit: {from: Unit__c, else: C62}}
      line_total: {from: TotalPrice, currency: /CurrencyIsoCode}
      requested_date: ServiceDate
      status: {from: Status__c, codes: {Open: open, Delivered: delivered}}
"""


def order(number: int) -> dict[str, Any]:
    """Make one order with three lines; amounts, days and texts differ from order to order."""
    day = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    moment = f"{day}T{number % 24:02d}:{number % 60:02d}:00.000+0000"
    address = {"Street": f"Hauptstraße {number}", "City": "Köln", "PostalCode": f"{number:05d}", "CountryCode": "DE"}
    line = {
        "Product2Id": f"01t5g000000{number % PARENTS:04d}AAA",
        "Description": "Kreiselpumpe",
        "Unit__c": "KGM",
        "ServiceDate": day,
        "Status__c": "Open",
    }
    lines = [
        {
            **_attributes("OrderItem", f"8025g{number:05d}{row}"),
            **line,
            "Id": f"8025g{number:05d}{row}",
            "Line__c": str(10 * row),
            "Quantity": number % 90 + 0.5,
            "UnitPrice": number + 0.25 * row,
        }
        | {"TotalPrice": round((number % 90 + 0.5) * (number + 0.25 * row), 2)}
        for row in (1, 2, 3)
    ]
    parent = number % PARENTS
    return {
        **dict.fromkeys(("AccountId", "Ship_To__c", "Bill_To__c", "Payer__c"), f"0015g000000{parent:04d}AAA"),
        "OpportunityId": f"0065g000000{parent:04d}AAA",
        "ContractId": f"8005g000000{parent:04d}AAA",
        **{f"{kind}{name}": value for kind in ("Billing", "Shipping") for name, value in address.items()},
        **_attributes("Order", f"8015g{number:010d}AAA"),
        "Id": f"8015g{number:010d}AAA",
        "OrderNumber": f"{number:010d}",
        "SystemModstamp": moment,
        "CreatedDate": moment,
        "Sales_Org__c": "1000",
        "Channel__c": "10",
        "Division__c": "00",
        "PoNumber": f"Pumps {number}",
        "CurrencyIsoCode": "EUR",
        "EffectiveDate": day,
        "Requested_Date__c": day,
        "Payment_Terms__c": "NT30",
        "Incoterms__c": "DAP",
        "Status": "Activated",
        "TotalAmount": number + 0.19,
        "Net__c": float(number),
        "Tax__c": 0.19,
        "ActivatedDate": None,
        "Region__c": "North",
        "Partner__c": number % 2 == 0,
        "Score__c": number,
        "Web__c": "web",
        "OrderItems": {"totalSize": 3, "done": True, "records": lines},
    }


def _attributes(kind: str, ident: str) -> dict[str, Any]:
    """Write what Salesforce puts before every record."""
    return {"attributes": {"type": kind, "url": f"/services/data/v66.0/sobjects/{kind}/{ident}"}}


def mapping() -> Mapping:
    """Load the benchmark's mapping."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "order.yaml"
        path.write_text(YAML, encoding="utf-8")
        return load([path])


def order_body(number: int) -> bytes:
    """Write an order as the query answers with it."""
    return orjson.dumps(order(number))


def parent_bodies() -> dict[str, list[bytes]]:
    """Make the records that orders refer to, by object."""
    numbers = range(PARENTS)
    stamp = {"SystemModstamp": "2026-01-01T00:00:00.000+0000"}
    rows: dict[str, list[dict[str, Any]]] = {
        "Account": [{"Id": f"0015g000000{n:04d}AAA", "Name": f"Customer {n}", **stamp} for n in numbers],
        "Product2": [{"Id": f"01t5g000000{n:04d}AAA", "Name": f"Pump {n}", "ProductCode": str(n), **stamp} for n in numbers],
        "Opportunity": [
            {"Id": f"0065g000000{n:04d}AAA", "Name": f"Deal {n}", "StageName": "Won", "IsWon": True, "IsClosed": True, **stamp}
            for n in numbers
        ],
        "Contract": [
            {"Id": f"8005g000000{n:04d}AAA", "ContractNumber": str(n), "AccountId": f"0015g000000{n:04d}AAA", **stamp}
            for n in numbers
        ],
    }
    return {name: [orjson.dumps(row) for row in some] for name, some in rows.items()}

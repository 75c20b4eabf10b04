"""Time the mapping: an order of 58 values read and written, as ratios to decoding its JSON in the same run.

python benchmarks/mapping.py [--json] [--check]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import orjson

from ltc.core.mapping import Mapping, load
from ltc.core.mapping.reference import read_record
from ltc.core.models.leaves import flatten

RECORDS = 500
ROUNDS = 7
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
        "Product2Id": f"01t5g000000{number:04d}AAA",
        "Description": "Kreiselpumpe",
        "Unit__c": "KGM",
        "ServiceDate": day,
        "Status__c": "Open",
    }
    lines = [
        {
            **line,
            "Id": f"8025g{number:05d}{row}",
            "Line__c": str(10 * row),
            "Quantity": number % 90 + 0.5,
            "UnitPrice": number + 0.25 * row,
        }
        | {"TotalPrice": round((number % 90 + 0.5) * (number + 0.25 * row), 2)}
        for row in (1, 2, 3)
    ]
    references = ("AccountId", "Ship_To__c", "Bill_To__c", "Payer__c", "OpportunityId", "ContractId")
    return {
        **dict.fromkeys(references, f"0015g000000{number:04d}AAA"),
        **{f"{kind}{name}": value for kind in ("Billing", "Shipping") for name, value in address.items()},
        "Id": f"8015g000000{number:04d}AAA",
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


def mapping() -> Mapping:
    """Load the benchmark's mapping."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "order.yaml"
        path.write_text(YAML, encoding="utf-8")
        return load([path])


def rate(work: Callable[[Any], object], records: list[Any]) -> float:
    """Measure records per CPU-second of the process, the median of some rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for record in records:
            work(record)
        rates.append(len(records) * 1e9 / (time.process_time_ns() - start))
    return statistics.median(rates)


def measure() -> list[dict[str, object]]:
    """Take all figures in one run."""
    bodies = [orjson.dumps(order(number)) for number in range(1, RECORDS + 1)]
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    raws = [decode(body) for body in bodies]
    m = mapping()
    read = [m.get(raw) for raw in raws]
    values = len([path for path in flatten("order", read[0]) if not path.endswith("]")]) + 3
    due = [(raw, {**nested, "purchase_order": "changed"}) for raw, nested in zip(raws, read, strict=True)]
    baseline = rate(orjson.loads, bodies)
    fast, slow = rate(m.get, raws), rate(lambda raw: read_record(m.block, raw), raws[:50])
    rows = [
        (f"read {values} values, generated", fast, fast / baseline, 0.18),
        ("generated against readable engine", slow, fast / slow, 4.0),
        ("write one change of an order", rate(lambda pair: m.put(*pair), due[:100]), 0.0, 0.01),
        ("write a new order", rate(lambda nested: m.put(None, nested), read[:100]), 0.0, 0.006),
    ]
    figures = [(name, value, ratio or value / baseline, limit) for name, value, ratio, limit in rows]
    return [
        {
            "name": name,
            "value": round(value),
            "unit": "records/CPU-s",
            "baseline": round(baseline),
            "ratio": round(ratio, 3),
            "limit": limit,
        }
        | {"ok": ratio >= limit}
        for name, value, ratio, limit in figures
    ]


def main() -> int:
    """Print the figures; with --check fail if one is below its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    rows = measure()
    shown = [f"{row['name']}: {row['value']} {row['unit']}, ratio {row['ratio']} (at least {row['limit']})" for row in rows]
    print(json.dumps(rows) if options.json else "\n".join(shown))
    return 0 if all(row["ok"] for row in rows) or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())

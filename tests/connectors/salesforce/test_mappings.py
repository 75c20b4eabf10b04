"""Every shipped mapping fits the org as it describes itself, keeps its laws, and comes back from the org as it was sent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.mapping import check_laws, explains, load, run_examples
from tests.connectors.salesforce.conftest import Steps, create

FOLDER = Path(__file__).parents[3] / "mappings" / "salesforce"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_mapping_fits_the_described_object(path: Path, connector: SalesforceConnector) -> None:
    name = load([path]).object
    mapping = load([path], schema=connector.describe(name))
    assert mapping.system == connector.kind
    assert run_examples(mapping) == []
    assert check_laws(mapping, [example.system for example in mapping.examples]) == []
    connector.read(name, "", mapping.source_fields)


def test_what_is_written_is_what_is_read_then(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    """Create one record of each kind from its canonical form, and read it back: nothing differs, so nothing is due."""
    customer = told(
        connector, "account", {"name": "Łódź Sp. z o.o.", "tax_id": "725-18-01-126", "currency": "PLN", "status": "active"}
    )
    product = told(connector, "product2", {"number": "100234", "name": "Pump", "unit": "KGM", "status": "active"})
    per_hundred = {"amount": "12.50", "currency": "KWD", "per": "1", "unit": "KGM"}
    price = told(connector, "pricebookentry", {"product": product, "price": per_hundred, "status": "active"})
    line = {
        "number": "10",
        "product": product,
        "ordered_quantity": {"value": "2.5", "unit": "KGM"},
        "delivered_quantity": {"value": "1", "unit": "KGM"},
        "unit_price": {"amount": "1.125", "currency": "KWD", "per": "1", "unit": "KGM"},
        "status": "partially_delivered",
    }
    head = {"number": "4711", "customer": customer, "currency": "KWD", "order_date": "2026-03-02", "status": "confirmed"}
    order = told(
        connector, "order", {**head, "total": {"amount": "2.813", "currency": "KWD"}, "lines": [line, {**line, "number": "20"}]}
    )
    bill = {"customer": customer, "order": order, "currency": "KWD", "total": {"amount": "2.813", "currency": "KWD"}}
    invoice = told(connector, "invoice", {"number": "90000001", "status": "open", "issue_date": "2026-03-09", **bill})
    told(connector, "credit_note", {"number": "91000001", "status": "open", "invoice": invoice, **bill})
    told(connector, "delivery", {"number": "80000001", "order": order, "status": "shipped", "shipped_at": "2026-03-05T08:00:00Z"})
    paid = {"amount": {"amount": "1200", "currency": "JPY"}, "paid_date": "2026-03-20", "status": "posted"}
    told(connector, "payment", {"number": "1400000001", "customer": customer, **paid})
    term = {"start_date": "2026-01-01", "term_months": 12, "currency": "KWD", "total": {"amount": "2.813", "currency": "KWD"}}
    signed = {"status": "active", "signed_at": "2026-01-01T00:00:00Z", "name": "Pumps", "payment_terms": "NT30"}
    told(connector, "contract", {"customer": customer, **term, **signed})
    told(connector, "contact", {"customer": customer, "last_name": "李", "email": "li@example.cn", "status": "active"})
    told(connector, "lead", {"last_name": "Nowak", "company": "Nowak", "status": "working"})
    told(connector, "opportunity", {"name": "D", "customer": customer, "stage": "Prospecting", "close_date": "2026-04-01"})
    deal = org.insert("Opportunity", deal_of(customer), "rep")
    offered = {"number": "10", "product": product, "quantity": {"value": "2.5", "unit": "KGM"}, "discount_percent": "10",
               "unit_price": {"amount": "1.125", "currency": "KWD", "per": "1", "unit": "KGM"}}  # fmt: skip
    address = {"street": "1 Gulf Road", "city": "Kuwait", "region": "Capital", "postal_code": "13001", "country": "KW"}
    offer = {"name": "Offer", "opportunity": deal, "revision": 2, "status": "accepted", "accepted_at": "2026-03-09T08:00:00Z"}
    told(connector, "quote", {**offer, "billing_address": address, "valid_until": "2026-04-30", "lines": [offered]})
    assert [(row["AccountId"], row["GrandTotal"]) for row in org.rows("Quote")] == [(customer, Decimal("2.531"))]
    assert {line["PricebookEntryId"] for line in org.rows("OrderItem")} == {price}
    assert [row["Status"] for row in org.rows("Order")] == ["Activated"]


def deal_of(customer: str) -> dict[str, Any]:
    return {"Name": "Q", "AccountId": customer, "StageName": "Prospecting", "CloseDate": "2026-04-01", "CurrencyIsoCode": "KWD"}


def told(connector: SalesforceConnector, name: str, desired: dict[str, Any]) -> str:
    """Create a record from its canonical form, check that it reads the same and that writing it again is nothing to do."""
    mapping = load([FOLDER / f"{name}.yaml"])
    key = f"{name}-{desired.get('number', '')}"
    (result,) = connector.write(mapping.object, [create(key, mapping.put(None, desired))], Steps())
    assert result.error is None, result.error
    (record,) = connector.fetch(mapping.object, [result.id], mapping.source_fields)
    raw = connector.decode(mapping.object, record.body)
    read = mapping.get(raw)
    differing = {path: (value, read.get(path)) for path, value in desired.items() if not explains(value, read.get(path))}
    assert {path: pair for path, pair in differing.items() if path != "lines"} == {}
    assert mapping.put(raw, {**read, **desired}) == {}
    return result.id

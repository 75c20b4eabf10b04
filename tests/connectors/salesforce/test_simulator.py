"""The simulated org satisfies simple-salesforce as it comes from the index, and keeps Salesforce's own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import bulk2
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceMoreThanOneRecord
from simple_salesforce.format import format_soql

from connectors.crm.salesforce import simulator as folder
from connectors.crm.salesforce.org.schema import load
from connectors.crm.salesforce.org.values import RowError
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Kit
from ltc.core.http import adapter
from ltc.core.simulation import serve
from tests.connectors.salesforce.conftest import catalogue

FIXTURES = Path(folder.__file__).parent / "fixtures"


@pytest.fixture
def client(org: SalesforceSimulator) -> Iterator[Any]:
    """Reach the org over a real port, as any client would."""
    running = serve({"salesforce": org})
    address = running.base_urls["salesforce"]
    form = {"grant_type": "client_credentials"} | {k: v for k, v in org.credentials().items() if k.startswith("client_")}
    token = requests.post(f"{address}/services/oauth2/token", data=form, timeout=5).json()
    with requests.Session() as session:
        session.mount(address.replace("http", "https"), adapter(Kit()))
        yield Salesforce(session_id=token["access_token"], instance_url=token["instance_url"], session=session, version="62.0")
    running.stop()


def test_unmodified_client_reads_and_writes(client: Any, org: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    made = client.Account.create({"Name": "O'Neill & Söhne", "LTC_Id__c": "k 1", "Credit_Limit__c": 12.5})
    assert made["success"]
    assert client.Account.get(made["id"])["Credit_Limit__c"] == 12.5
    assert client.Account.upsert("LTC_Id__c/k%201", {"Phone": "1"}) == 200
    assert client.Account.upsert("LTC_Id__c/k2", {"Name": "New"}) == 201
    assert client.Account.update(made["id"], {"Phone": "2"}) == 204
    assert client.Account.get_by_custom_id("LTC_Id__c", "k2")["Name"] == "New"
    found = client.query_all(format_soql("SELECT Id, Owner.Name FROM Account WHERE Name = {}", "O'Neill & Söhne"))
    assert [row["Owner"]["Name"] for row in found["records"]] == ["Integration User"]
    assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 2
    assert "Tax_Number__c" in {field["name"] for field in client.Account.describe()["fields"]}
    assert "Order" in {one["name"] for one in client.describe()["sobjects"]}
    assert client.limits()["DailyApiRequests"]["Max"] == client.api_usage["api-usage"].total
    assert client.Account.delete(made["id"]) == 204
    assert client.query_all("SELECT Id FROM Account", include_deleted=True)["totalSize"] == 2
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Account.create({"Nonsense__c": 1})
    said: Any = refused.value.content
    assert said[0]["errorCode"] == "INVALID_FIELD"
    monkeypatch.setattr(bulk2, "sleep", lambda _seconds: None)
    rows = [{"LTC_Id__c": f"b{n}", "Name": f'"Quoted", {n}'} for n in range(250)]
    done = client.bulk2.Account.upsert(records=rows, external_id_field="LTC_Id__c")
    assert (done[0]["numberRecordsFailed"], done[0]["numberRecordsProcessed"]) == (0, 250)
    text = "".join(client.bulk2.Account.query("SELECT Id, Name FROM Account WHERE LTC_Id__c = 'b7'"))
    assert '"""Quoted"", 7"' in text
    assert {mutation.actor for mutation in org.journal} == {"api:ltc-hub"}


def test_pages_of_two_thousand(client: Any, org: SalesforceSimulator) -> None:
    for number in range(2001):
        org.insert("Lead", {"LastName": f"L{number}", "Company": "C"}, "web")
    first = client.query("SELECT Id FROM Lead")
    assert (first["totalSize"], len(first["records"]), first["done"]) == (2001, 2000, False)
    assert len(client.query_more(first["nextRecordsUrl"], identifier_is_url=True)["records"]) == 1


def test_external_id_of_several_records(client: Any, org: SalesforceSimulator) -> None:
    account, _, _ = catalogue(org)
    for _ in range(2):
        org.insert(
            "Order", {"AccountId": account, "EffectiveDate": "2026-03-02", "Status": "Draft", "ERP_Number__c": "4711"}, "rep"
        )
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Order.upsert("ERP_Number__c/4711", {"PoNumber": "x"})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "x" * 256}, "STRING_TOO_LONG"),
        ({"Name": "x", "Status__c": "Gone"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Name": "x", "ParentId": "nonsense"}, "MALFORMED_ID"),
        ({"Name": "x", "ParentId": "0015g0000099999AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Name": "x", "Email__c": "nonsense"}, "INVALID_EMAIL_ADDRESS"),
        ({"Name": "x", "Credit_Limit__c": "much"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Name": "x", "SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "x", "Nonsense__c": 1}, "INVALID_FIELD"),
        ({"Name": "x", "LTC_Id__c": "TAKEN"}, "DUPLICATE_VALUE"),
    ],
)
def test_refusals(org: SalesforceSimulator, fields: dict[str, object], code: str) -> None:
    org.insert("Account", {"Name": "first", "LTC_Id__c": "taken"}, "rep")
    with pytest.raises(RowError) as refused:
        org.insert("Account", fields, "rep")
    assert refused.value.code == code


def test_opportunity_amount_is_the_sum_of_its_lines(org: SalesforceSimulator) -> None:
    account, _, entry = catalogue(org, "KWD", "1.125")
    deal = {"Name": "D", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-04-01", "CurrencyIsoCode": "KWD"}
    opportunity = org.insert("Opportunity", deal, "rep")
    line = org.insert("OpportunityLineItem", {"OpportunityId": opportunity, "PricebookEntryId": entry, "Quantity": 3}, "rep")
    assert org.row("Opportunity", opportunity)["Amount"] == Decimal("3.375")
    org.update("Opportunity", opportunity, {"Amount": 99, "StageName": "Closed Won"}, "rep")
    row = org.row("Opportunity", opportunity)
    assert (row["Amount"], row["IsWon"], row["Probability"]) == (Decimal("3.375"), True, Decimal("100.0"))
    org.delete("OpportunityLineItem", line, "rep")
    assert org.row("Opportunity", opportunity)["Amount"] == 0
    assert [row["StageName"] for row in org.rows("OpportunityHistory")] == [
        "Prospecting",
        "Prospecting",
        "Closed Won",
        "Closed Won",
    ]


def test_order_lives_from_draft_to_activated(org: SalesforceSimulator) -> None:
    account, _, entry = catalogue(org)
    head = {"AccountId": account, "EffectiveDate": "2026-03-02", "Pricebook2Id": org.standard_pricebook}
    with pytest.raises(RowError, match="drafts"):
        org.insert("Order", {**head, "Status": "Activated"}, "rep")
    order = org.insert("Order", {**head, "Status": "Draft"}, "rep")
    with pytest.raises(RowError, match="at least one product"):
        org.update("Order", order, {"Status": "Activated"}, "rep")
    item = org.insert("OrderItem", {"OrderId": order, "PricebookEntryId": entry, "Quantity": 2}, "rep")
    org.update("Order", order, {"Status": "Activated"}, "rep")
    with pytest.raises(RowError, match="activated order"):
        org.update("OrderItem", item, {"Quantity": 3}, "rep")
    with pytest.raises(RowError, match="can't be deleted"):
        org.delete("Order", order, "rep")
    org.update("OrderItem", item, {"Delivered_Quantity__c": 1}, "rep")
    assert org.row("Order", order)["TotalAmount"] == 21


def test_lead_conversion_and_merge(org: SalesforceSimulator) -> None:
    lead = org.insert("Lead", {"FirstName": "Li", "LastName": "Wei", "Company": "Wei Ltd"}, "web")
    made = org.convert(lead, "rep", opportunity="First deal")
    assert org.row("Lead", lead)["ConvertedOpportunityId"] == made["Opportunity"]
    other = org.insert("Account", {"Name": "Wei Limited"}, "rep")
    org.merge("Account", other, [made["Account"]], "steward")
    assert org.row("Account", made["Account"])["MasterRecordId"] == other
    assert org.row("Contact", made["Contact"])["AccountId"] == other


def test_price_books(org: SalesforceSimulator) -> None:
    _, product, entry = catalogue(org)
    book = org.insert("Pricebook2", {"Name": "Dealers", "IsActive": True}, "rep")
    price = {"Product2Id": product, "UnitPrice": 9, "IsActive": True}
    with pytest.raises(RowError, match="standard price"):
        org.insert("PricebookEntry", {**price, "Pricebook2Id": book, "CurrencyIsoCode": "USD"}, "rep")
    with pytest.raises(RowError, match=entry[:15]):
        org.insert("PricebookEntry", {**price, "Pricebook2Id": org.standard_pricebook}, "rep")


def test_state_survives_the_disk(org: SalesforceSimulator) -> None:
    catalogue(org)
    copy = SalesforceSimulator("salesforce", org.clock, seed=7)
    copy.load(json.loads(json.dumps(org.dump())))
    assert copy.state() == org.state()
    assert copy.insert("Account", {"Name": "next"}, "rep") not in {row["Id"] for row in org.rows("Account")}
    assert len(copy.journal) == len(org.journal) + 1


def test_lengths_are_those_of_a_recorded_org() -> None:
    recorded = json.loads((FIXTURES / "describes.json").read_text())
    schema = load()
    for name, fields in recorded.items():
        for field, (kind, length) in fields.items():
            ours = schema.tables[name].fields.get(field)
            if ours is not None:
                assert (name, field, ours.type, ours.length) == (name, field, kind, length)

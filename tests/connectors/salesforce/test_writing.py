"""Writing: budgets in calls, one result per row, locks, cut connections, adopted records, and rows that spoil a batch."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.crm.salesforce.collections import MOST_ROWS
from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.org.values import RowError
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Finding, Outcome, Verb, WriteItem
from ltc.core.errors import Later, QuotaSpent, Rejected
from tests.connectors.salesforce.conftest import Connect, Steps, amend, catalogue, create

MANY = 100_000
FIELDS = ["Id", "SystemModstamp", "Name", "Phone"]


def writes(org: SalesforceSimulator) -> int:
    return sum(mutation.actor.startswith("api:") for mutation in org.journal)


@pytest.mark.parametrize(("threshold", "most"), [(MANY, 50), (2000, 5)])
def test_ten_thousand_amendments(org: SalesforceSimulator, connect: Connect, threshold: int, most: int) -> None:
    connector = connect(bulk_threshold=threshold)
    ids = [org.insert("Account", {"Name": f"A{number}"}, "seed") for number in range(10_000)]
    connector.check()
    before = connector.kit.calls
    results = connector.write("Account", [amend(key, {"Phone": "1"}) for key in ids], Steps())
    written = connector.kit.calls
    assert {result.outcome for result in results} == {Outcome.UPDATED}
    assert [result.id for result in results] == ids
    assert written - before <= most
    for start in range(0, len(ids), 2000):
        connector.fetch("Account", ids[start : start + 2000], FIELDS)
    assert connector.kit.calls - written == 5
    assert {row["Phone"] for row in org.rows("Account")} == {"1"}


@pytest.mark.parametrize("threshold", [MANY, 3])
def test_results_come_row_by_row_in_order(org: SalesforceSimulator, connect: Connect, threshold: int) -> None:
    connector = connect(bulk_threshold=threshold)
    kept = org.insert("Account", {"Name": "kept", "LTC_Id__c": "hub-2"}, "rep")
    bad = {1: {"Name": "x" * 300}, 3: {"Name": "ok", "ParentId": "0015g0000099999AAA"}}
    items = [create(number, bad.get(number, {"Name": f"N{number}", "Credit_Limit__c": Decimal("1.50")})) for number in range(6)]
    results = connector.write("Account", items, Steps())
    assert [result.outcome.value for result in results] == ["created", "rejected", "updated", "rejected", "created", "created"]
    assert results[2].id == kept
    assert isinstance(results[1].error, Rejected)
    assert (results[1].error.field, results[1].error.code) == ("Name", "salesforce.string_too_long")
    assert [row["LTC_Id__c"] for row in org.rows("Account")] == ["hub-2", "hub-0", "hub-4", "hub-5"]
    again = connector.write("Account", items, Steps())
    assert [result.outcome.value for result in again] == ["updated", "rejected", "updated", "rejected", "updated", "updated"]
    assert len(org.rows("Account")) == 4


@pytest.mark.parametrize("threshold", [MANY, 1])
def test_empty_and_unmentioned_are_two_things(org: SalesforceSimulator, connect: Connect, threshold: int) -> None:
    both = {"Phone": "1", "Website": "w"}
    ids = [org.insert("Account", {"Name": "A", **both}, "rep") for _ in range(2)]
    items = [amend(ids[0], {"Phone": None}), amend(ids[1], {"Website": "new"})]
    connect(bulk_threshold=threshold).write("Account", items, Steps())
    assert [(row["Phone"], row["Website"]) for row in org.rows("Account")] == [(None, "w"), ("1", "new")]


@pytest.mark.parametrize("kind", ["drop_after_commit", "truncate", "drop_before", "503", "429", "expire_token"])
def test_a_call_that_is_cut_makes_one_record(org: SalesforceSimulator, connector: SalesforceConnector, kind: str) -> None:
    org.faults.plan("write", kind=kind)  # type: ignore[arg-type]
    results = connector.write("Account", [create(number, {"Name": f"N{number}"}) for number in range(3)], Steps())
    assert {result.outcome for result in results} <= {Outcome.CREATED, Outcome.UPDATED}
    assert sorted(row["Name"] for row in org.rows("Account")) == ["N0", "N1", "N2"]


def test_an_insert_that_is_cut_makes_one_record(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    _, product, _ = catalogue(org)
    org.faults.plan("write", kind="drop_after_commit")
    price = {"Product2Id": product, "Pricebook2Id": org.standard_pricebook, "CurrencyIsoCode": "USD", "UnitPrice": 1}
    (result,) = connector.write("PricebookEntry", [create(1, price)], Steps())
    assert result.id == org.rows("PricebookEntry")[-1]["Id"]
    assert len(org.rows("PricebookEntry")) == 2


def test_locked_rows_are_sent_again_and_others_are_not(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    org.faults.plan("batch", kind="partial")
    results = connector.write("Account", [create(number, {"Name": f"N{number}"}) for number in range(10)], Steps())
    assert {result.outcome for result in results} == {Outcome.CREATED}
    assert writes(org) == 10
    org.faults.plan("row", times=100, kind="lock")
    (late,) = connector.write("Account", [create("x", {"Name": "X"})], Steps())
    assert late.outcome is Outcome.LATER
    assert isinstance(late.error, Later)


def test_a_duplicate_names_the_record_that_is_taken_instead(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    _, product, entry = catalogue(org)
    price = {"Product2Id": product, "Pricebook2Id": org.standard_pricebook, "CurrencyIsoCode": "EUR", "UnitPrice": 1}
    (result,) = connector.write("PricebookEntry", [create(1, price)], Steps())
    assert (result.outcome, result.id) == (Outcome.UNCHANGED, entry)


def test_an_amendment_never_adopts(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    org.insert("Account", {"Name": "first", "LTC_Id__c": "hub-1"}, "rep")
    other = org.insert("Account", {"Name": "second"}, "rep")
    (result,) = connector.write("Account", [amend(other, {"LTC_Id__c": "hub-1"})], Steps())
    assert result.outcome is Outcome.REJECTED


@pytest.mark.parametrize("threshold", [MANY, 10])
def test_a_row_that_spoils_its_call_stands_alone(org: SalesforceSimulator, connect: Connect, threshold: int) -> None:
    connector = connect(bulk_threshold=threshold)
    items = [create(number, {"Name": f"N{number}", **({"Nonsense__c": 1} if number == 13 else {})}) for number in range(40)]
    results = connector.write("Account", items, Steps())
    assert [result.outcome for result in results].count(Outcome.CREATED) == 39
    assert results[13].outcome is Outcome.REJECTED
    assert "Nonsense__c" in str(results[13].error)
    assert len(org.rows("Account")) == 39


def test_the_same_key_twice_goes_in_two_calls(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    results = connector.write("Account", [create(1, {"Name": "a"}), create(1, {"Name": "b"})], Steps())
    assert [result.outcome for result in results] == [Outcome.CREATED, Outcome.UPDATED]
    assert [row["Name"] for row in org.rows("Account")] == ["b"]


def test_children_of_one_parent_travel_together(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    parents = [org.insert("Account", {"Name": f"A{number}"}, "seed") for number in range(10)]
    items = [create(number, {"LastName": f"C{number}", "AccountId": parents[number % 10]}) for number in range(300)]
    connector.check()
    before = connector.kit.calls
    connector.write("Contact", items, Steps())
    assert connector.kit.calls - before == 2
    first = org.rows("Contact")[: MOST_ROWS - 20]
    assert {row["AccountId"] for row in first} == set(parents[:6])


def test_gone_records_and_standing_verbs(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    gone, kept = (org.insert("Account", {"Name": name}, "rep") for name in ("gone", "kept"))
    org.delete("Account", gone, "rep")
    (result,) = connector.write("Account", [amend(gone, {"Phone": "1"})], Steps())
    assert result.outcome is Outcome.GONE
    (result,) = connector.write("Account", [WriteItem("k", "", Verb.DEACTIVATE, kept, {})], Steps())
    assert (result.outcome, org.row("Account", kept)["Status__c"]) == (Outcome.UPDATED, "Inactive")
    for _ in range(2):
        (result,) = connector.write("Account", [WriteItem("k", "", Verb.DELETE, kept, {})], Steps())
        assert result.error is None


def test_a_spent_quota_stops_before_anything_or_puts_off_the_rest(
    org: SalesforceSimulator, connector: SalesforceConnector
) -> None:
    connector.check()
    org.daily_limit = org.used + 1
    items = [create(number, {"Name": f"N{number}"}) for number in range(250)]
    results = connector.write("Account", items, Steps())
    assert [result.outcome for result in results] == [Outcome.CREATED] * 200 + [Outcome.LATER] * 50
    with pytest.raises(QuotaSpent) as spent:
        connector.write("Account", items[200:], Steps())
    assert spent.value.until is not None


def test_opportunity_lines(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org)
    deal = {"Name": "D", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-04-01", "CurrencyIsoCode": "EUR"}
    rows = [{"PricebookEntryId": entry, "Quantity": 1}, {"Product2Id": product, "Quantity": Decimal("2.5"), "UnitPrice": 4}]
    items = [create(1, {**deal, "OpportunityLineItems": {"records": rows}})]
    for _ in range(2):
        (result,) = connector.write("Opportunity", items, Steps())
        assert result.error is None
    lines = org.rows("OpportunityLineItem")
    assert [(line["OpportunityId"], str(line["TotalPrice"])) for line in lines] == [(result.id, "10.5"), (result.id, "10.0")]
    changes = [
        {"_row": "delete", "Id": lines[0]["Id"]},
        {"_row": "update", "Id": lines[1]["Id"], "Quantity": 3},
        {"_row": "insert", "PricebookEntryId": entry, "Quantity": 1},
    ]
    (result,) = connector.write("Opportunity", [amend(result.id, {"OpportunityLineItems": {"records": changes}})], Steps())
    assert (result.outcome, str(org.row("Opportunity", result.id)["Amount"])) == (Outcome.UPDATED, "22.5")


def test_settle_finds_creates_by_their_key(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    found = org.insert("Account", {"Name": "A", "LTC_Id__c": "hub-1"}, "rep")
    settled = connector.settle("Account", [create(1, {}), create(2, {}), amend("001", {})])
    assert [(one.finding, one.id) for one in settled] == [(Finding.DONE, found), (Finding.ABSENT, ""), (Finding.UNCLEAR, "001")]


def test_a_price_without_a_book_goes_into_the_standard_one(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    _, product, _ = catalogue(org)
    (result,) = connector.write(
        "PricebookEntry", [create(1, {"Product2Id": product, "CurrencyIsoCode": "JPY", "UnitPrice": 100})], Steps()
    )
    assert org.row("PricebookEntry", result.id)["Pricebook2Id"] == org.standard_pricebook


def test_a_contract_is_drafted_then_activated(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, _, _ = catalogue(org)
    items = [create(1, {"AccountId": account, "Status": "Activated", "StartDate": "2026-01-01", "ContractTerm": 12})]
    for _ in range(2):
        (result,) = connector.write("Contract", items, Steps())
        assert result.error is None
    assert [(row["Status"], row["EndDate"]) for row in org.rows("Contract")] == [("Activated", "2026-12-31")]


def test_a_contract_that_is_signed_is_activated_by_its_status_alone(
    org: SalesforceSimulator, connector: SalesforceConnector
) -> None:
    account, _, _ = catalogue(org)
    made = {"AccountId": account, "Status": "In Signature", "StartDate": "2026-01-01", "ContractTerm": 12}
    (result,) = connector.write("Contract", [create(1, made)], Steps())
    assert org.row("Contract", result.id)["StatusCode"] == "InApproval"
    signed = {"Status": "Activated", "CustomerSignedDate": "2026-02-20"}
    with pytest.raises(RowError, match="Only Status can be updated"):
        org.update("Contract", result.id, signed, "rep")
    (result,) = connector.write("Contract", [amend(result.id, signed)], Steps())
    assert result.outcome is Outcome.UPDATED
    row = org.row("Contract", result.id)
    assert (row["Status"], row["CustomerSignedDate"], row["ActivatedDate"]) == ("Activated", "2026-02-20", org.org.now())
    (result,) = connector.write("Contract", [amend(result.id, {"Status": "In Signature", "ContractTerm": 24})], Steps())
    assert result.outcome is Outcome.REJECTED
    assert isinstance(result.error, Rejected)
    assert result.error.field == "Status"
    (result,) = connector.write("Contract", [amend(result.id, {"Status": "Terminated"})], Steps())
    assert (result.outcome, org.row("Contract", result.id)["Status"]) == (Outcome.UPDATED, "Terminated")
    with pytest.raises(RowError, match="can't be deleted"):
        org.delete("Contract", result.id, "rep")


def test_a_contract_that_is_not_taken_keeps_its_status(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, _, _ = catalogue(org)
    (made,) = connector.write("Contract", [create(1, {"AccountId": account, "Status": "Draft"})], Steps())
    (result,) = connector.write("Contract", [amend(made.id, {"Status": "Activated", "Payment_Terms__c": "x" * 21})], Steps())
    assert (result.outcome, org.row("Contract", made.id)["Status"]) == (Outcome.REJECTED, "Draft")

"""Reading by cursor: budgets, ties, overlap, deletions, merges, child rows, and the same bytes whichever way a record is read."""

from __future__ import annotations

import pytest

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.cursor import Cursor
from connectors.crm.salesforce.org.jobs import Job
from connectors.crm.salesforce.query import columns, select
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Presence
from ltc.core.errors import Later, Misconfigured
from ltc.core.simulation import VirtualClock
from tests.connectors.salesforce.conftest import Connect, catalogue, read_all

FIELDS = ["Id", "SystemModstamp", "Name", "Phone"]


def seed(org: SalesforceSimulator, count: int) -> list[str]:
    return [org.insert("Account", {"Name": f"A{number}"}, "seed") for number in range(count)]


def test_ten_thousand_records_cost_five_calls(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    seed(org, 10_000)
    connector.check()
    before = connector.kit.calls
    records, _, cursor = read_all(connector, "Account", FIELDS)
    assert (len(records), len({record["Id"] for record in records})) == (10_000, 10_000)
    assert connector.kit.calls - before == 5
    assert connector.read("Account", cursor, FIELDS).more, "within the overlap"


@pytest.mark.parametrize("limit", [1, 3, 7, 10])
def test_ties_at_the_edge_of_a_page(
    org: SalesforceSimulator, connector: SalesforceConnector, clock: VirtualClock, limit: int
) -> None:
    first = seed(org, 5)
    clock.advance(60)
    second = seed(org, 5)
    records, _, _ = read_all(connector, "Account", FIELDS, limit=limit)
    assert [record["Id"] for record in records] == first + second
    assert len({record["SystemModstamp"] for record in records}) == 2


def test_a_run_reads_again_what_may_have_been_committed_late(
    org: SalesforceSimulator, connect: Connect, clock: VirtualClock
) -> None:
    connector = connect(overlap_seconds=30)
    seed(org, 3)
    clock.advance(300)
    late = seed(org, 1)
    _, _, cursor = read_all(connector, "Account", FIELDS)
    clock.advance(10)
    new = seed(org, 1)
    records, _, cursor = read_all(connector, "Account", FIELDS, cursor)
    assert [record["Id"] for record in records] == late + new
    clock.advance(3600)
    _, _, cursor = read_all(connector, "Account", FIELDS, cursor)
    records, _, _ = read_all(connector, "Account", FIELDS, cursor)
    assert records == [], "an hour later nothing is read again, however many records the last change touched"


def test_a_long_run_leaves_no_gap(org: SalesforceSimulator, connect: Connect, clock: VirtualClock) -> None:
    connector = connect(overlap_seconds=30)
    seed(org, 4)
    clock.advance(100)
    page = connector.read("Account", "", FIELDS, 2)
    clock.advance(900)
    in_between = seed(org, 1)
    clock.advance(900)
    records, _, cursor = read_all(connector, "Account", FIELDS, page.cursor, limit=2)
    assert [record["Id"] for record in records][-1] == in_between[0]
    known, told, silent = Cursor.read(cursor), "WHERE SystemModstamp >= 2026-03-02T06:01:10.000Z", Cursor.read(cursor)
    assert known.condition(30) == told
    silent.server = ""
    assert silent.condition(30) == "WHERE SystemModstamp >= 2026-03-02T05:46:10.000Z"


def test_changes_while_paging_are_read_later_in_the_run(
    org: SalesforceSimulator, connector: SalesforceConnector, clock: VirtualClock
) -> None:
    ids = seed(org, 4)
    page = connector.read("Account", "", FIELDS, 2)
    clock.advance(1)
    org.update("Account", ids[0], {"Phone": "1"}, "rep")
    org.update("Account", ids[3], {"Phone": "2"}, "rep")
    records, _, _ = read_all(connector, "Account", FIELDS, page.cursor)
    assert [(record["Id"], record["Phone"]) for record in records] == [(ids[2], None), (ids[0], "1"), (ids[3], "2")]


def test_deleted_and_merged_records_are_marked(
    org: SalesforceSimulator, connector: SalesforceConnector, clock: VirtualClock
) -> None:
    ids = seed(org, 4)
    _, _, cursor = read_all(connector, "Account", FIELDS)
    clock.advance(60)
    org.delete("Account", ids[0], "rep")
    org.merge("Account", ids[1], [ids[2]], "rep")
    records, marks, _ = read_all(connector, "Account", FIELDS, cursor)
    assert [record["Id"] for record in records] == [ids[3], ids[1]], "the overlap shows ids[3] again"
    assert {(mark.id, mark.presence, mark.merged_into) for mark in marks} == {
        (ids[0], Presence.DELETED, ""),
        (ids[2], Presence.MERGED, ids[1]),
    }
    fetched = connector.fetch("Account", [*ids, "0015g0000099999AAA"], FIELDS)
    assert [record.presence for record in fetched] == [
        Presence.DELETED,
        Presence.LIVE,
        Presence.MERGED,
        Presence.LIVE,
        Presence.DELETED,
    ]


def test_fetch_answers_with_the_bytes_of_a_page_in_one_call(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    ids = seed(org, 2000)
    bodies = connector.read("Account", "", FIELDS).bodies
    before = connector.kit.calls
    fetched = connector.fetch("Account", ids, FIELDS)
    assert connector.kit.calls - before == 1
    assert [record.body for record in fetched] == list(bodies)
    assert [record.id for record in fetched] == ids


def test_lines_come_with_their_parent_and_numbers_are_exact(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    account, product, entry = catalogue(org, "KWD", "0.125")
    deal = {"Name": "D", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-04-01", "CurrencyIsoCode": "KWD"}
    opportunity = org.insert("Opportunity", deal, "rep")
    kept = org.insert("OpportunityLineItem", {"OpportunityId": opportunity, "PricebookEntryId": entry, "Quantity": "1.5"}, "rep")
    gone = org.insert("OpportunityLineItem", {"OpportunityId": opportunity, "PricebookEntryId": entry, "Quantity": 9}, "rep")
    org.delete("OpportunityLineItem", gone, "rep")
    fields = ["Id", "Amount", "Account.Name", "OpportunityLineItems.records", "OpportunityLineItems.records[].TotalPrice"]
    fields += ["OpportunityLineItems.records[].Product2Id"]
    body = connector.read("Opportunity", "", fields).bodies[0]
    record = connector.decode("Opportunity", body)
    assert record["Account"]["Name"] == "Acme GmbH"
    assert str(record["Amount"]) == "0.188"
    assert [(line["Id"], str(line["TotalPrice"]), line["Product2Id"]) for line in record["OpportunityLineItems"]["records"]] == [
        (kept, "0.188", product)
    ]
    assert connector.fetch("Opportunity", [opportunity], fields)[0].body == body


def test_reading_survives_what_a_network_does(org: SalesforceSimulator, connector: SalesforceConnector) -> None:
    ids = seed(org, 6)
    for kind in ("503", "truncate", "drop_before", "expire_token", "429"):
        org.faults.plan("query", kind=kind)
        records, _, _ = read_all(connector, "Account", FIELDS, limit=2)
        assert [record["Id"] for record in records] == ids


def test_a_token_that_expires_between_pages(
    org: SalesforceSimulator, connector: SalesforceConnector, clock: VirtualClock
) -> None:
    ids = seed(org, 4)
    page = connector.read("Account", "", FIELDS, 2)
    clock.advance(3 * 3600)
    records, _, _ = read_all(connector, "Account", FIELDS, page.cursor)
    assert [record["Id"] for record in records] == ids[2:]


def test_a_field_or_object_that_is_not_there(connector: SalesforceConnector) -> None:
    with pytest.raises(Misconfigured, match="No such column 'Nonsense__c'"):
        connector.read("Account", "", ["Nonsense__c"])
    with pytest.raises(Misconfigured, match="Nonsense__c"):
        connector.fetch("Account", ["0015g0000000001AAA"], ["Nonsense__c"])
    with pytest.raises(Misconfigured):
        connector.describe("Nonsense__c")


def test_columns_of_a_mapping() -> None:
    plain, children = columns("Order", ["Id", "Account.Name", "OrderItems.records.Quantity", "OrderItems.records[].UnitPrice"])
    assert plain == ["Id", "SystemModstamp", "IsDeleted", "Account.Name"]
    assert children == {"OrderItems": ["Id", "Quantity", "UnitPrice"]}
    assert select("Lead", ["Name"]) == "SELECT Id, SystemModstamp, IsDeleted, MasterRecordId, Name FROM Lead"


def test_describe_tells_lengths_rights_and_child_rows(connector: SalesforceConnector) -> None:
    schema = connector.describe("Order")
    fields = {field.name: field for field in schema.fields}
    assert (fields["PoNumber"].length, fields["TotalAmount"].writable, fields["EffectiveDate"].required) == (80, False, True)
    assert "Activated" in fields["Status"].values
    rows = {field.name: field for field in fields["OrderItems"].fields[0].fields}
    assert rows["Quantity"].required


def test_check_tells_quota(connect: Connect) -> None:
    health = connect().check()
    assert health.ok
    assert health.quota["limit"] == 1_000_000


def test_very_many_records_come_by_a_bulk_query(org: SalesforceSimulator, connect: Connect) -> None:
    odd = {
        "Name": 'A "quoted", name',
        "Credit_Limit__c": "12.50",
        "Description": "two\nlines",
        "CreatedDate": "2025-01-01T00:00:00Z",
    }
    ids = [org.insert("Account", odd, "seed") for _ in range(2300)]
    fields = ["Id", "Name", "Credit_Limit__c", "Description", "CreatedDate", "NumberOfEmployees", "Phone"]
    plain = [body for page in _pages(connect(), fields) for body in page]
    connector = connect(bulk_read_threshold=100)
    connector.check()
    before = connector.kit.calls
    pages = _pages(connector, fields)
    assert [len(page) for page in pages] == [2000, 300]
    assert [body for page in pages for body in page] == plain
    assert connector.kit.calls - before <= 6
    assert len(plain) == len(ids)


def test_a_bulk_query_that_the_org_forgot_is_read_by_pages(
    org: SalesforceSimulator, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(org, 2300)
    connector = connect(bulk_read_threshold=100)
    first = connector.read("Account", "", FIELDS)
    monkeypatch.setattr(org.jobs, "find", lambda _key: None)
    cursor = first.cursor.replace('"left":300', '"left":300,"job":"7505g0000000009AAA"')
    assert len(connector.read("Account", cursor, FIELDS).bodies) == 300


def test_a_cut_bulk_page_is_not_taken_for_whole(
    org: SalesforceSimulator, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(org, 2300)
    connector = connect(bulk_read_threshold=100)
    first = connector.read("Account", "", FIELDS)
    whole = org.jobs.page

    def cut(job: Job, locator: str, most: int) -> tuple[str, str, int]:
        text, following, count = whole(job, locator, most)
        return text[: text.rindex("\n", 0, len(text) // 2) + 1], following, count

    monkeypatch.setattr(org.jobs, "page", cut)
    with pytest.raises(Later, match="of 300 records"):
        connector.read("Account", first.cursor, FIELDS)
    monkeypatch.undo()
    assert len(connector.read("Account", first.cursor, FIELDS).bodies) == 300


def _pages(connector: SalesforceConnector, fields: list[str]) -> list[list[bytes]]:
    pages, cursor = [], ""
    while True:
        page = connector.read("Account", cursor, fields)
        pages.append(list(page.bodies))
        cursor = page.cursor
        if not page.more:
            return pages

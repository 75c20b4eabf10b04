"""Drafts load as they are: what is sure is a line, what is not is a proposal, and what nobody knows is a remark."""

from __future__ import annotations

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.mapping import build
from ltc.core.mapping.drafting import Wanted, draft
from ltc.core.yamlfile import parse

FIELDS = (
    FieldSchema("Id", "id", writable=False), FieldSchema("Name", "string", required=True), FieldSchema("VAT_No", "string"),
    FieldSchema("Mail", "string"), FieldSchema("Qqq", "string"), FieldSchema("Creation_Date", "string", writable=False),
    FieldSchema("Ccy", "string"), FieldSchema("Credit_Limit", "double"), FieldSchema("Lang", "string"),
    FieldSchema("Blob", "object"),
    FieldSchema("State_Code", "picklist", values=("Active", "On hold")), FieldSchema("AccountManagerId", "reference", length=18),
    FieldSchema("Company_Codes", "list", fields=(FieldSchema("Code", "string"), FieldSchema("Payment_Terms", "string"))),
)  # fmt: skip
RECORD = {
    "Id": "1", "Name": "Acme", "VAT_No": "DE1", "Mail": "a@acme.example", "Qqq": "2020-01-01", "Creation_Date": "20260302",
    "Ccy": "EUR", "Credit_Limit": 7, "Lang": "de", "Company_Codes": [{"Code": "1000", "Payment_Terms": "NT30"}],
}  # fmt: skip


def drafted(fields=FIELDS, entity="customer", records=(RECORD,), **more):
    made = draft(Wanted("crm", ObjectSchema("Account", fields), entity, "Id", samples=list(records), **more))
    return made, build(parse(made.text), schema=ObjectSchema("Account", fields))


def test_a_draft_reads_what_its_samples_hold():
    made, mapping = drafted()
    assert mapping.get(RECORD)["name"] == "Acme"
    lines = {line.path: line for line in mapping.lines}
    assert (lines["email"].source, lines["email"].operation) == ("Mail", "email")
    assert lines["vat_id"].source == "VAT_No"
    assert (lines["credit_limit"].source, lines["currency"].source) == ("Credit_Limit, Ccy", "Ccy")
    assert mapping.get(RECORD)["created_at"] == "2026-03-02T00:00:00Z"
    assert lines["created_at"].direction == "in"
    assert mapping.get(RECORD)["company_codes"] == [{"company_code": "1000", "payment_terms": "NT30"}]
    assert "Blob" not in made.text
    assert "Qqq" in made.unused


def test_names_without_samples_make_proposals():
    made, mapping = drafted(records=())
    states = {line.path: line.state for line in mapping.lines}
    assert states["name"] == "active"
    assert states["created_at"] == "proposed"
    assert "created_at" in made.proposed
    assert "created_at" not in made.sure


def test_values_that_speak_against_a_name_keep_it_out():
    made, mapping = drafted(records=[{**RECORD, "Mail": "by post", "Ccy": "none"}])
    assert {line.path: line.state for line in mapping.lines}.get("email", "proposed") == "proposed"
    assert not any(line.path == "currency" and line.state == "active" for line in mapping.lines)
    assert made.text


def test_codes_are_matched_by_their_names():
    _, mapping = drafted((*FIELDS, FieldSchema("Status", "picklist", values=("Active", "Blocked", "Odd"))))
    (status,) = [line for line in mapping.lines if line.path == "status"]
    assert status.state == "proposed"
    assert (
        "Active: active, Blocked: blocked"
        in drafted((*FIELDS, FieldSchema("Status", "picklist", values=("Active", "Blocked"))))[0].text
    )


def test_what_the_model_requires_is_there_whatever_the_fields():
    made, mapping = drafted((FieldSchema("Id", "string"), FieldSchema("Zzz", "string")), records=())
    assert [line.path for line in mapping.lines if line.path == "name"] == ["name"]
    assert "required" in made.text
    drafted((FieldSchema("Id", "string"),), entity="price", records=())


def test_rows_are_told_apart_by_as_many_fields_as_it_takes():
    rows = FieldSchema("SalesAreas", "list", fields=(FieldSchema("Org", "string"), FieldSchema("Division", "string")))
    record = {**RECORD, "SalesAreas": [{"Org": "1", "Division": "A"}, {"Org": "1", "Division": "B"}]}
    made, mapping = drafted((*FIELDS, rows), records=[record])
    assert "key: [Org, Division]" in made.text
    assert [row["area"] for row in mapping.get(record)["sales_areas"]] == ["1/A", "1/B"]

"""What became of a system's fields is told at the very lines that it concerns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.mapping import build
from ltc.core.mapping.drift import drift
from ltc.core.mapping.expectations import family
from ltc.core.mapping.likeness import alike
from ltc.core.yamlfile import parse

TEXT = """\
system: crm
object: Account
entity: customer
key: Id
version: Stamp
hub_key: Hub__c
create: {Source__c: hub}
fields:
  name: {from: Name, width: 40}
  kind: {const: organisation}
  tax_id: Tax_Number__c
  website: Website
  status: {from: Status__c, codes: {Active: active, Blocked: blocked}}
  credit_limit: {from: Limit__c, as: money, currency: CurrencyIsoCode}
  created_at: {from: Created, format: salesforce}
  company_codes:
    each: Codes
    key: Code
    fields: {company_code: Code, reconciliation_account: Account__c}
"""
FIELDS = {
    "Id": FieldSchema("Id", "id", writable=False, length=18),
    "Stamp": FieldSchema("Stamp", "datetime", writable=False),
    "Hub__c": FieldSchema("Hub__c", "string", length=80),
    "Source__c": FieldSchema("Source__c", "string", required=True, length=80),
    "Name": FieldSchema("Name", "string", required=True, length=255),
    "Tax_Number__c": FieldSchema("Tax_Number__c", "string", length=30),
    "Website": FieldSchema("Website", "url", length=255),
    "Status__c": FieldSchema("Status__c", "picklist", length=255, values=("Active", "Blocked")),
    "Limit__c": FieldSchema("Limit__c", "currency"),
    "CurrencyIsoCode": FieldSchema("CurrencyIsoCode", "picklist", length=3, values=("EUR", "USD")),
    "Created": FieldSchema("Created", "datetime"),
    "Codes": FieldSchema(
        "Codes", "list", fields=(FieldSchema("Code", "string", length=4), FieldSchema("Account__c", "string", length=10))
    ),
    "Unused__c": FieldSchema("Unused__c", "string", length=10),
}  # fmt: skip


def drifted(change=None, *, text=TEXT, **options):
    fields = {**FIELDS, **(change or {})}
    schema = ObjectSchema("Account", tuple(one for one in fields.values() if one is not None))
    return drift(build(parse(text, "account.yaml")), schema, **options)


def told(found):
    return [(one.change, one.source, one.fault.line, one.fault.severity) for one in found]


def test_what_fits_is_silent():
    assert drifted() == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Website": None}, ("removed", "Website", 12, "error")),
        ({"Tax_Number__c": None, "Tax_No__c": FieldSchema("Tax_No__c", "string")}, ("renamed", "Tax_Number__c", 11, "error")),
        ({"Limit__c": FieldSchema("Limit__c", "string")}, ("retyped", "Limit__c", 14, "error")),
        ({"Created": FieldSchema("Created", "boolean")}, ("retyped", "Created", 15, "error")),
        ({"Name": replace(FIELDS["Name"], length=30)}, ("shortened", "Name", 9, "error")),
        ({"Status__c": replace(FIELDS["Status__c"], length=6)}, ("shortened", "Status__c", 13, "error")),
        ({"Website": replace(FIELDS["Website"], writable=False)}, ("not_writable", "Website", 12, "error")),
        ({"Unused__c": replace(FIELDS["Unused__c"], required=True)}, ("newly_required", "Unused__c", 9, "error")),
        ({"Hub__c": None}, ("removed", "Hub__c", 6, "error")),
        ({"Codes": None}, ("removed", "Codes", 17, "error")),
        (
            {"Codes": replace(FIELDS["Codes"], fields=(FIELDS["Codes"].fields[0],))},
            ("removed", "Codes.Account__c", 19, "error"),
        ),
    ],
)  # fmt: skip
def test_each_change_is_told_at_its_line(change, expected):
    assert told(drifted(change)) == [expected]


def test_a_new_name_is_suggested_only_if_it_is_likely():
    (found,) = drifted({"Tax_Number__c": None, "TaxNumber__c": FieldSchema("TaxNumber__c", "string")})
    assert found.suggestion == "TaxNumber__c"
    assert "TaxNumber__c may be its new name" in found.fault.message
    (found,) = drifted({"Limit__c": None, "Limits__c": FieldSchema("Limits__c", "boolean")})
    assert (found.change, found.suggestion) == ("removed", "")
    (found,) = drifted({"Website": None, "Websites": FieldSchema("Websites", "url")}, text=TEXT.replace("Hub__c", "Websites"))[
        -1:
    ]
    assert found.suggestion == ""


def test_codes_that_are_gone_and_new_ones():
    found = drifted({"Status__c": replace(FIELDS["Status__c"], values=("Active", "Sleeping", "On Hold"))})
    assert told(found) == [("values_gone", "Status__c", 13, "error"), ("values_new", "Status__c", 13, "warning")]
    assert [one.values for one in found] == [("Blocked",), ("Sleeping", "On Hold")]
    open_codes = TEXT.replace("codes: {Active: active, Blocked: blocked}", "one_way: in, codes: {Active: active, '*': blocked}")
    assert drifted({"Status__c": replace(FIELDS["Status__c"], values=("Active", "New"))}, text=open_codes) == []


def test_a_field_that_is_too_short_for_what_the_hub_knows():
    assert drifted(longest={"tax_id": 30}) == []
    (found,) = drifted(longest={"tax_id": 31})
    assert told([found]) == [("shortened", "Tax_Number__c", 11, "warning")]


def test_what_need_not_be_written_is_not_missed():
    required = {"Unused__c": replace(FIELDS["Unused__c"], required=True)}
    assert drifted(required, creates=False) == []
    assert drifted(required, filled=["Unused__c"]) == []
    assert drifted(required, text=TEXT.replace("create: {Source__c: hub}", "create: {Source__c: hub, Unused__c: x}")) == []
    assert (
        drifted({"Source__c": FIELDS["Source__c"]}, text=TEXT.replace("create: {Source__c: hub}\n", ""))[0].source == "Source__c"
    )


def test_a_line_that_is_only_read_may_stand_on_what_nobody_writes():
    text = TEXT.replace("website: Website", "website: {from: Website, one_way: in}")
    assert drifted({"Website": replace(FIELDS["Website"], writable=False)}, text=text) == []


def test_a_proposed_line_only_warns():
    text = TEXT.replace("website: Website", "website: {from: Website, state: proposed}")
    assert told(drifted({"Website": None}, text=text)) == [("removed", "Website", 12, "warning")]


def test_a_system_that_describes_nothing_is_not_judged():
    assert drift(build(parse(TEXT)), ObjectSchema("Account", ())) == []


def test_words_of_types():
    assert {family(kind) for kind in ("string", "textarea", "reference", "picklist")} == {"text"}
    assert family("something else") == ""


def test_names_are_alike_by_their_words():
    assert alike("BillingPostalCode", "postal_code") > alike("BillingStreet", "postal_code")
    assert alike("Tax_Number__c", "Rating") < 0.5


def test_codes_of_several_fields_are_compared_part_by_part():
    text = TEXT.replace(
        "{from: Status__c, codes: {Active: active, Blocked: blocked}}", "{from: [Gone, Block], codes: {/: active, /01: blocked}}"
    )
    fields = {"Gone": FieldSchema("Gone", "string", length=1), "Block": FieldSchema("Block", "string", length=2)}
    assert drifted(fields, text=text) == []
    assert told(drifted({**fields, "Block": FieldSchema("Block", "string", length=1)}, text=text)) == [
        ("shortened", "Block", 13, "error")
    ]
    values = {**fields, "Block": FieldSchema("Block", "picklist", length=2, values=("02",))}
    assert [one.change for one in drifted(values, text=text)] == ["values_gone", "values_new"]

"""The hub's own fields are typed: what is not declared, or does not fit its kind, is found at load."""

from __future__ import annotations

import pytest

from ltc.core.errors import Misconfigured, Untranslatable
from ltc.core.mapping import build, run_examples
from ltc.core.mapping.typecheck import over_schema
from ltc.core.models import CustomField, with_custom
from ltc.core.models.leaves import flatten
from ltc.core.yamlfile import parse

DECLARED = {
    "customer": with_custom(
        "customer",
        {
            "segment": CustomField(type="choice", values=("gold", "iron")), "turnover": CustomField(type="money"),
            "founded": CustomField(type="date"), "listed": CustomField(type="boolean"),
            "note": CustomField(type="text", personal=True),
            "area_code": CustomField(type="integer", list="sales_areas"),
        },
    )
}  # fmt: skip
TEXT = """\
system: crm
object: Account
entity: customer
key: Id
fields:
  name: Name
  custom.segment: {from: Segment, codes: {A: gold, B: iron}}
  custom.turnover: {from: Turnover, currency: EUR}
  custom.founded: Founded
  custom.listed: Listed
  custom.note: Note
  sales_areas:
    each: Areas
    key: Area
    fields: {custom.area_code: Code}
examples:
  - system: {Id: "1", Name: Acme, Segment: A, Turnover: 7.5, Founded: 1999-01-31, Listed: true, Note: shy,
             Areas: [{Area: N, Code: 7}]}
    canonical: {name: Acme, custom: {segment: gold, turnover: {amount: "7.50", currency: EUR}, founded: 1999-01-31, listed: true,
                note: shy}, sales_areas: [{area: N, custom: {area_code: 7}}]}
"""


def faults(text):
    with pytest.raises(Misconfigured) as caught:
        build(parse(text, "account.yaml"), declared=DECLARED)
    return [(fault.code, fault.line, fault.path) for fault in caught.value.faults], caught.value.faults[0].remedy


def test_declared_fields_are_read_and_written_by_their_kinds():
    mapping = build(parse(TEXT), declared=DECLARED)
    assert run_examples(mapping) == []
    operations = {line.path: (line.operation, line.personal) for line in mapping.lines}
    assert operations["custom.turnover"] == ("money", False)
    assert operations["custom.founded"] == ("date", False)
    assert operations["custom.note"] == ("text", True)
    assert operations["sales_areas[].custom.area_code"] == ("integer", False)
    (example,) = mapping.examples
    assert mapping.put(example.system, {"custom": {"segment": "iron", "listed": False}}) == {"Segment": "B", "Listed": False}
    leaves = flatten("customer", mapping.get(example.system))
    assert leaves["custom.turnover"] == {"amount": "7.50", "currency": "EUR"}


def test_a_field_that_nobody_declared_is_a_fault():
    found, remedy = faults(TEXT.replace("custom.founded:", "custom.fonded:"))
    assert found == [("mapping.unknown_path", 9, "custom.fonded")]
    assert remedy == "Did you mean 'custom.founded'?"
    found, remedy = faults(TEXT.replace("custom.founded:", "custom.colour:"))
    assert "custom_fields.yaml" in remedy
    with pytest.raises(Misconfigured):
        build(parse(TEXT), declared={})
    assert build(parse("system: s\nobject: O\nentity: customer\nkey: Id\nfields: {name: N, custom.any: X}")).lines


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("{A: gold, B: iron}", "{A: gold, B: tin}", "mapping.type_clash", 7),
        ("custom.turnover: {from: Turnover, currency: EUR}", "custom.turnover: Turnover", "mapping.missing_key", 8),
        ("custom.founded: Founded", "custom.founded: {from: Founded, as: phone}", "mapping.type_clash", 9),
        ("custom.area_code: Code", "custom.area_code: {from: Code, as: date}", "mapping.type_clash", 15),
    ],
)
def test_a_line_that_does_not_fit_the_kind_is_a_fault(before, after, code, line):
    found, _ = faults(TEXT.replace(before, after))
    assert [(one[0], one[1]) for one in found] == [(code, line)]


def test_values_are_checked_and_personal_ones_masked():
    mapping = build(parse(TEXT), declared=DECLARED)
    raw = {**mapping.examples[0].system, "Note": ["shy"], "Founded": "long ago"}
    with pytest.raises(Untranslatable) as caught:
        mapping.get(raw)
    told = {error.path: error.value for error in caught.value.errors}
    assert set(told) == {"custom.note", "custom.founded"}
    assert "shy" not in told["custom.note"]
    with pytest.raises(Untranslatable):
        mapping.validate({"name": "Acme", "custom": {"segment": "tin"}})


def test_another_kind_is_another_meaning():
    other = {"customer": with_custom("customer", {"founded": CustomField(type="text")})}
    same = {"customer": with_custom("customer", {"founded": CustomField(type="date")})}
    text = "system: s\nobject: O\nentity: customer\nkey: Id\nfields: {name: N, custom.founded: F}"
    prints = [build(parse(text), declared=one).fingerprint for one in (same, same, other)]
    assert prints[0] == prints[1] != prints[2]


def test_conditions_know_declared_fields():
    checker = over_schema(DECLARED["customer"])
    assert checker.check("customer.custom.segment == 'gold' && customer.custom.listed") == "BOOL"
    for wrong in ("customer.custom.segmnt == 'gold'", "customer.custom.segment == 'tin'", "customer.custom.listed == 'yes'"):
        assert isinstance(checker.check(wrong), tuple)

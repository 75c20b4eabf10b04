"""What lines did over many records: what never fired, what is always the same, and what a proposed line would change."""

from __future__ import annotations

from ltc.core.mapping import build
from ltc.core.mapping.covering import Coverage
from ltc.core.yamlfile import parse

TEXT = """\
system: crm
object: Account
entity: customer
key: Id
fields:
  name: Name
  kind: {const: organisation}
  website: Website
  email: {from: Email, as: email}
  payment_terms: {from: Terms, default: NT30}
  status: {from: Status, codes: {A: active, B: blocked, C: inactive}}
  credit_limit: {from: Limit, as: money, currency: {const: EUR}}
  industry: {from: Industry, state: proposed}
  duns: {from: Duns, state: deprecated}
  source: {from: Source, one_way: out}
  company_codes:
    each: Codes
    key: Code
    fields: {reconciliation_account: Account}
"""
RECORDS = [
    {
        "Id": str(n),
        "Name": f"Acme {n}",
        "Email": None,
        "Terms": "",
        "Status": "A",
        "Limit": "much",
        "Industry": "Tools",
        "Duns": n,
    }
    for n in range(3)
]


def covered(records=RECORDS, known=None):
    coverage = Coverage(build(parse(TEXT, "account.yaml")))
    for raw in records:
        coverage.add(raw["Id"], raw, known)
    return {one.line.path: one for one in coverage.lines.values()}


def test_each_line_has_its_verdict():
    lines = covered()
    assert {path: one.verdict for path, one in lines.items() if one.verdict} == {
        "website": "never_there", "email": "always_null", "payment_terms": "always_default", "status": "always_same_code",
        "credit_limit": "never_fits", "company_codes": "never_there", "company_codes[].company_code": "no_record",
        "company_codes[].reconciliation_account": "no_record",
    }  # fmt: skip
    assert "source" not in lines
    assert (lines["name"].tried, lines["name"].fired, len(lines["name"].values)) == (3, 3, 3)


def test_codes_that_never_came():
    lines = covered([RECORDS[0], {**RECORDS[1], "Status": "B"}])
    assert (lines["status"].verdict, lines["status"].unused) == ("", ["C"])


def test_rows_are_counted_one_by_one():
    lines = covered([{**RECORDS[0], "Codes": [{"Code": "1", "Account": "14"}, {"Code": "2", "Account": None}]}])
    line = lines["company_codes[].reconciliation_account"]
    assert (line.tried, line.fired, line.null) == (2, 1, 1)


def test_a_proposed_line_says_what_it_would_have_changed():
    line = covered(known={"industry": "Machinery", "name": "Acme"})["industry"]
    assert (line.fired, line.changes) == (3, 3)
    assert line.samples[0] == {"record": "0", "path": "industry", "value": "Tools", "known": "Machinery"}
    same = covered(known={"industry": "Tools"})["industry"]
    assert (same.fired, same.changes, same.samples) == (3, 0, [])


def test_a_deprecated_line_that_still_gives_something():
    assert covered()["duns"].fired == 3


def test_personal_samples_are_masked():
    text = (
        "system: crm\nobject: P\nentity: contact\nkey: Id\nfields:\n  last_name: Last\n  email: {from: Mail, state: proposed}\n"
    )
    coverage = Coverage(build(parse(text)))
    coverage.add("1", {"Id": "1", "Last": "Kunde", "Mail": "ada@acme.example"}, {"email": None})
    (sample,) = next(one for one in coverage.lines.values() if one.line.path == "email").samples
    assert "ada" not in str(sample)

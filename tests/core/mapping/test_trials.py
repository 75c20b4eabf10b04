"""Examples run both ways: every value is compared, and what differs is told with the line that is answerable."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.core.mapping import build, load
from ltc.core.mapping.trials import try_examples, without_examples
from ltc.core.yamlfile import parse

HERE = Path(__file__).parent
MAPPING = """\
system: erp
object: Kunde
entity: customer
key: KUNNR
fields:
  name: {from: NAME, width: 12}
  kind: {const: organisation}
  industry: {from: BRSCH, codes: {T: trade, M: machinery}}
  company_codes:
    each: KNB1
    key: BUKRS
    fields: {reconciliation_account: AKONT}
examples:
  - note: a trader
    system: {KUNNR: "1", NAME: Acme, BRSCH: T, KNB1: [{BUKRS: "1000", AKONT: "14"}]}
    canonical: {name: Acme, industry: trade, company_codes: [{company_code: "1000", reconciliation_account: "14"}]}
"""


def tried(text):
    return try_examples(build(parse(text, "kunde.yaml")))


def wrong(trial):
    return [
        (one.way, one.path, one.expected, one.found, one.line.line if one.line else 0)
        for one in trial.compared
        if not one.is_right
    ]  # fmt: skip


def test_an_example_that_holds_is_compared_both_ways():
    (trial,) = tried(MAPPING)
    assert trial.is_right
    assert trial.note == "a trader"
    assert wrong(trial) == []
    ways = {(one.way, one.path) for one in trial.compared}
    assert {("in", "name"), ("out", "name"), ("out", "company_codes[1000].reconciliation_account")} <= ways


def test_a_value_that_is_read_otherwise_is_told_with_its_line():
    (trial,) = tried(MAPPING.replace("name: Acme, industry: trade", "name: Ajax, industry: machinery"))
    assert not trial.is_right
    assert wrong(trial)[:2] == [("in", "name", "Ajax", "Acme", 6), ("in", "industry", "machinery", "trade", 8)]


def test_a_value_that_cannot_be_read_does_not_hide_the_others():
    (trial,) = tried(MAPPING.replace("BRSCH: T,", "BRSCH: X,").replace("name: Acme,", "name: Ajax,"))
    assert wrong(trial) == [
        ("in", "name", "Ajax", "Acme", 6),
        ("in", "industry", "trade", "✗ is a code that this line does not know", 8),
    ]


def test_what_no_line_maps_is_absent():
    (trial,) = tried(MAPPING.replace("{name: Acme,", "{name: Acme, website: acme.example,"))
    assert wrong(trial) == [("in", "website", "acme.example", "absent", 0)]


def test_a_line_that_loses_something_shows_on_the_way_back():
    (trial,) = tried(MAPPING.replace("width: 12", "width: 3, overflow: truncate"))
    assert wrong(trial) == [("out", "name", "Acme", "Acm", 6)]
    assert [fault.code for fault in trial.faults] == ["mapping.law_put_get"]


def test_a_mapping_without_examples_is_a_warning():
    (fault,) = without_examples(build(parse(MAPPING.partition("examples:")[0], "kunde.yaml")))
    assert (fault.severity, fault.code) == ("warning", "mapping.no_example")
    assert list(without_examples(build(parse(MAPPING)))) == []


@pytest.mark.parametrize("name", ["kunde", "auftrag"])
def test_every_form_of_the_language_comes_back(name):
    for trial in try_examples(load([HERE / f"{name}.yaml"])):
        assert trial.is_right
        assert wrong(trial) == []

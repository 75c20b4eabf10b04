"""The mapping is a lens: proven on records as systems send them, and on records as no system should."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltc.core.errors import Untranslatable
from ltc.core.mapping import apply, check_laws, run_examples
from ltc.core.mapping.generator import generate
from ltc.core.mapping.reference import UNEXPECTED, read_record
from tests.core.mapping.conftest import AUFTRAG, KUNDE, MAPPINGS, clean, dirty

FAST = {name: generate(mapping.block, name) for name, mapping in MAPPINGS.items()}
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def test_the_examples_pass_both_ways(mapping):
    assert run_examples(mapping) == []


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@quick
@given(data=st.data())
def test_all_engines_agree_on_dirty_records(name, data):
    raw = data.draw(dirty(name))
    for fast in (FAST[name].get, FAST[name].careful()):
        try:
            found = fast(raw)
        except UNEXPECTED:
            continue  # the fast engine asks the next one, so they agree
        assert found == read_record(MAPPINGS[name].block, raw)


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@quick
@given(data=st.data())
def test_a_dirty_record_is_read_or_every_problem_is_named(name, data):
    raw = data.draw(dirty(name))
    try:
        MAPPINGS[name].get(raw)
    except Untranslatable as refusal:
        problems = refusal.errors
    else:
        problems = []
    assert all(problem.path and problem.line and problem.file and problem.message for problem in problems)


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@quick
@given(data=st.data())
def test_writing_back_what_was_read_changes_nothing(name, data):
    raw = data.draw(clean(name))
    assert MAPPINGS[name].put(raw, MAPPINGS[name].get(raw)) == {}


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@quick
@given(data=st.data())
def test_what_is_written_is_what_is_read_then(name, data):
    records = [data.draw(clean(name)), data.draw(clean(name))]
    assert check_laws(MAPPINGS[name], records) == []


@quick
@given(data=st.data())
def test_a_patch_is_smallest(data):
    """After a patch, nothing more is due."""
    old, other = data.draw(clean("auftrag")), data.draw(clean("auftrag"))
    desired = AUFTRAG.get(other)
    try:
        after = apply(AUFTRAG, old, AUFTRAG.put(old, desired))
    except Untranslatable:
        return  # for example minor units in a currency that the field cannot hold
    assert AUFTRAG.put(after, AUFTRAG.get(after)) == {}


def test_a_mapping_that_does_not_read_the_same_twice_is_caught_at_the_line_that_would_write():
    mapping, reads = AUFTRAG, iter(range(1_000_000))

    def forgetful(raw):
        return {**mapping.get(raw), "number": str(next(reads))}

    line = next(line for line in mapping.lines if line.path == "number")
    found = check_laws(replace(mapping, _generated=replace(mapping._generated, get=forgetful)), [mapping.examples[0].system])
    assert ("mapping.law_get_put", line.line, "number") in {(fault.code, fault.line, fault.path) for fault in found}


def test_fields_and_rows_that_the_mapping_does_not_mention_survive():
    old = AUFTRAG.examples[0].system
    desired = AUFTRAG.get(old)
    desired["lines"][0]["ordered_quantity"] = {"value": "5", "unit": "C62"}
    after = apply(AUFTRAG, old, AUFTRAG.put(old, desired))
    rows = after["ITEMS"]["records"]
    assert rows[0]["OTHER"] == "kept"
    assert rows[1] == old["ITEMS"]["records"][1]
    assert KUNDE.put(KUNDE.examples[0].system, {"billing_address": {"city": "Bonn"}}) == {
        "ADRC": {"ADDRNUMBER": "22", "CITY1": "Bonn"}
    }

"""A proven mapping never reads what the model would refuse, but for what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltc.core.errors import Untranslatable
from ltc.core.mapping import generated, load, proof
from ltc.core.models import is_complete, paths, validate
from ltc.core.models.leaves import generic
from tests.core.mapping.conftest import DIRT, MAPPINGS, dirty, tamper

SHIPPED = Path(__file__).parents[3] / "mappings"
FILES = sorted(path for path in SHIPPED.glob("*/*.yaml") if path.parent.name not in {"codes", "flows"})


def doubtful(mapping):
    """Name the paths whose lines are not proven."""
    known = paths(mapping.entity)
    leaves = [leaf for leaf in proof.leaves_of(mapping.block) if leaf.reads]
    return {leaf.line.path for leaf in leaves if not proof.is_proven(leaf.codec, leaf.constant, known.get(leaf.line.path))}


def excluded_faults(mapping, raw):
    """Read a record, and list what the full check finds though the proof excludes it; what is not complete is checked in full."""
    try:
        nested = mapping.get(raw)
        if is_complete(mapping.entity, nested):
            validate(mapping.entity, nested)
    except Untranslatable as fault:
        doubts = doubtful(mapping)
        return [] if any(error.source for error in fault.errors) else [e for e in fault.errors if generic(e.path) not in doubts]
    return []


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_dirty_records_of_every_form_keep_the_proof(name, data):
    assert excluded_faults(MAPPINGS[name], data.draw(dirty(name))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_dirty_records_of_every_shipped_mapping_keep_the_proof(path):
    mapping = load([path])
    samples = generated(mapping)

    @settings(max_examples=40, deadline=None, database=None)
    @given(st.sampled_from(samples), st.lists(st.integers(0, 60), min_size=1, max_size=4), DIRT, st.booleans())
    def holds(raw, place, value, drop):
        assert excluded_faults(mapping, tamper(raw, place, value, drop=drop)) == []

    holds()


def test_what_is_computed_is_not_proven(tmp_path):
    path = tmp_path / "order.yaml"
    text = "system: x\nobject: O\nentity: order\nkey: Id\nfields:\n  number: Id\n  customer: C\n  currency: X\n"
    path.write_text(text, encoding="utf-8")
    assert load([path]).proven
    path.write_text(text + "  status: {compute: \"record.S + 'x'\"}\n", encoding="utf-8")
    assert not load([path]).proven


def test_nearly_all_shipped_mappings_are_proven():
    assert [f"{path.parent.name}.{path.stem}" for path in FILES if not load([path]).proven] == [
        "salesforce.opportunity", "stripe.payment_intent",
    ]  # fmt: skip


def test_a_unit_that_is_no_code_parks_the_record_also_where_the_mapping_is_proven(tmp_path):
    path = tmp_path / "order.yaml"
    lines = "  lines: {each: Rows, key: Nr, fields: {product: P, ordered_quantity: {from: Q, unit: U}}}\n"
    path.write_text(f"system: s\nobject: O\nentity: order\nkey: Id\nfields:\n  currency: C\n{lines}", encoding="utf-8")
    mapping = load([path])
    row = {"Nr": "1", "P": "p", "Q": 2}
    assert mapping.get({"Id": "1", "C": "EUR", "Rows": [{**row, "U": "kgm"}]})["lines"][0]["ordered_quantity"]["unit"] == "KGM"
    with pytest.raises(Untranslatable) as caught:
        mapping.get({"Id": "1", "C": "EUR", "Rows": [{**row, "U": "TOOLONG"}]})
    assert [(error.code, error.path) for error in caught.value.errors] == [("value.unit", "lines[1].ordered_quantity")]

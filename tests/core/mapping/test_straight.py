"""What a mapping reads straight into leaves is what it reads in nested form and takes apart, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltc.core.errors import Untranslatable
from ltc.core.mapping import generated, load
from ltc.core.models import is_complete
from ltc.core.models.leaves import flatten, references
from tests.core.mapping.conftest import DIRT, MAPPINGS, dirty, tamper

SHIPPED = Path(__file__).parents[3] / "mappings"
FILES = sorted(path for path in SHIPPED.glob("*/*.yaml") if path.parent.name not in {"codes", "flows"})


def by_its_nested_form(mapping, raw):
    """Read a record the long way: leaves in their order and references; None if it must not pass without a full check."""
    try:
        nested = mapping.get(raw)
    except Untranslatable:
        return None
    if not is_complete(mapping.entity, nested):
        return None
    leaves = flatten(mapping.entity, nested)
    return list(leaves.items()), references(mapping.entity, leaves)


def straight(mapping, raw):
    """Read a record the short way, the leaves in their order."""
    found = mapping.leaves(raw)
    return None if found is None else (list(found[0].items()), found[1])


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_dirty_records_of_every_form(name, data):
    raw = data.draw(dirty(name))
    assert straight(MAPPINGS[name], raw) in (None, by_its_nested_form(MAPPINGS[name], raw))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_records_of_every_shipped_mapping(path):
    mapping = load([path])
    samples = generated(mapping)
    for raw in samples if mapping.proven else ():
        assert straight(mapping, raw) == by_its_nested_form(mapping, raw)

    @settings(max_examples=40, deadline=None, database=None)
    @given(st.sampled_from(samples), st.lists(st.integers(0, 60), min_size=1, max_size=4), DIRT, st.booleans())
    def holds(raw, place, value, drop):
        changed = tamper(raw, place, value, drop=drop)
        assert straight(mapping, changed) in (None, by_its_nested_form(mapping, changed))

    holds()


ROWS = """
system: x
object: O
entity: order
key: Id
fields:
  number: Id
  customer: C
  currency: X
  lines:
    each: Lines
    key: N
    fields:
      number: N
      product: P
"""


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    path = tmp_path_factory.mktemp("straight") / "order.yaml"
    path.write_text(ROWS, encoding="utf-8")
    return load([path])


def test_rows_have_their_own_paths(orders):
    leaves, found = orders.leaves({"Id": "1", "C": "c", "Lines": [{"N": "1[a]", "P": "p"}]})
    assert leaves["lines[1%5Ba%5D]"] is True
    assert leaves["lines[1%5Ba%5D].product"] == "p"
    assert found == [("customer", "customer", "c"), ("lines[1%5Ba%5D].product", "product", "p")]
    assert orders.leaves({"Id": "1", "C": "c", "Lines": []})[0]["lines"] == []


@pytest.mark.parametrize("lines", [[{"N": "1"}, {"N": "1"}], [{"P": "p"}], [{"N": None}], "x"], ids=repr)
def test_what_needs_an_explanation_is_left_to_the_full_check(orders, lines):
    assert orders.leaves({"Id": "1", "C": "c", "Lines": lines}) is None


def test_a_mapping_that_is_not_proven_is_not_read_straight(tmp_path):
    path = tmp_path / "order.yaml"
    path.write_text(ROWS.replace("number: Id\n", "number: {compute: \"record.Id + 'x'\"}\n"), encoding="utf-8")
    assert load([path]).leaves({"Id": "1", "C": "c", "Lines": []}) is None

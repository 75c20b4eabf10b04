"""Every mapping that is shipped loads without a fault, passes its examples both ways and keeps the laws on their variations."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltc.core.errors import Untranslatable
from ltc.core.mapping import apply, check_laws, generated, load, run_examples
from ltc.core.models import model
from tests.mappings.records import records

ROOT = Path(__file__).parents[2] / "mappings"
FILES = sorted(path for path in ROOT.glob("*/*.yaml") if path.parent.name not in {"codes", "flows"})
MAPPINGS = {f"{path.parent.name}.{path.stem}": load([path]) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_shipped_mapping_is_right(path):
    mapping = load([path])
    assert mapping.system == path.parent.name
    assert model(mapping.entity)
    assert mapping.examples, "a shipped mapping shows at least one example"
    assert run_examples(mapping) == []
    assert check_laws(mapping, generated(mapping)) == []


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_shipped_mapping_keeps_the_laws_on_whatever_its_system_may_hold(name, data):
    mapping = MAPPINGS[name]
    found = [data.draw(records(mapping)), data.draw(records(mapping))]
    assert check_laws(mapping, found) == []


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_shipped_mapping_does_not_mention_survives(name, data):
    mapping = MAPPINGS[name]
    old, other = data.draw(records(mapping)), data.draw(records(mapping))
    old["Not_Mapped__x"] = {"kept": [1, "two"]}
    try:
        patch = mapping.put(old, mapping.get(other))
    except Untranslatable:
        return  # refusing is lawful
    assert "Not_Mapped__x" not in patch
    assert apply(mapping, old, patch)["Not_Mapped__x"] == {"kept": [1, "two"]}


def test_shipped_mappings_are_found():
    assert FILES

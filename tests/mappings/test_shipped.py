"""Every mapping that is shipped loads without a fault, passes its examples both ways and keeps the laws on their variations."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.core.mapping import check_laws, generated, load, run_examples
from ltc.core.models import model

ROOT = Path(__file__).parents[2] / "mappings"
FILES = sorted(path for path in ROOT.glob("*/*.yaml") if path.parent.name not in {"codes", "flows"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_shipped_mapping_is_right(path):
    mapping = load([path])
    assert mapping.system == path.parent.name
    assert model(mapping.entity)
    assert mapping.examples, "a shipped mapping shows at least one example"
    assert run_examples(mapping) == []
    assert check_laws(mapping, generated(mapping)) == []


def test_shipped_mappings_are_found():
    assert FILES

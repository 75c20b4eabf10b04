"""Editors are told the truth about mapping files."""

from __future__ import annotations

import jsonschema
import pytest

from ltc.core.mapping import editor_schema, shadow
from ltc.core.yamlfile import load, parse
from tests.core.mapping.conftest import HERE, KUNDE
from tests.core.mapping.test_reference_page import EXAMPLES
from tests.mappings.test_shipped import FILES

VALIDATOR = jsonschema.Draft202012Validator(editor_schema())


@pytest.mark.parametrize("path", [*FILES, HERE / "kunde.yaml", HERE / "auftrag.yaml"], ids=lambda path: path.stem)
def test_good_mappings_are_valid(path):
    assert [error.message for error in VALIDATOR.iter_errors(load(path).plain())] == []


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_reference_are_valid(text):
    VALIDATOR.validate(parse(text).plain())


@pytest.mark.parametrize(
    "wrong",
    [
        "verson: 1",
        "fields: {naem: X}",
        "fields: {name: {form: X, form2: Y}}",
        "fields: {lines: {each: X}}",
        "fields: {name: {as: txt}}",
    ],
)
def test_mistakes_are_shown(wrong):
    text = "system: s\nobject: O\nentity: order\nkey: Id\n" + ("fields: {}\n" if not wrong.startswith("fields") else "") + wrong
    assert not VALIDATOR.is_valid(parse(text).plain())


def test_proposed_lines_are_read_in_the_shadow():
    assert shadow(KUNDE, {**KUNDE.examples[0].system, "KLABC": "A"}) == ({"rating": "A"}, [])
    assert shadow(KUNDE, {"KLABC": []})[1][0].path == "rating"

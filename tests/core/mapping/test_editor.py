"""Editors are told the truth about mapping files."""

from __future__ import annotations

import jsonschema
import pytest

from ltc.core.errors import Misconfigured
from ltc.core.mapping import editor_schema, shadow
from ltc.core.yamlfile import load, parse
from tests.core.mapping.conftest import HERE, KUNDE
from tests.core.mapping.test_broken import FILES as BROKEN
from tests.core.mapping.test_broken import words_of
from tests.core.mapping.test_reference_page import EXAMPLES
from tests.mappings.test_shipped import FILES

VALIDATOR = jsonschema.Draft7Validator(editor_schema())


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


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_what_a_schema_can_see_an_editor_shows(path):
    """A file of the corpus says `editor` in its first line if the schema must reject it; the others it cannot know."""
    try:
        said = parse(path.read_text(encoding="utf-8")).plain()
    except Misconfigured:
        assert path.stem.startswith("yaml_")  # no editor needs a schema to see that
        return
    assert VALIDATOR.is_valid(said) == ("editor" not in words_of(path))


def test_an_editor_shows_most_of_what_is_wrong():
    assert sum("editor" in words_of(path) for path in BROKEN) > 150


def test_a_file_that_says_only_what_differs_is_valid():
    assert VALIDATOR.is_valid(parse("fields: {industry: Kind__c}").plain())
    assert not VALIDATOR.is_valid(parse("entity: customer\nfields: {industry: Kind__c}").plain())


def test_language_servers_can_read_the_schema():
    jsonschema.Draft7Validator.check_schema(editor_schema())
    assert editor_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_proposed_lines_are_read_in_the_shadow():
    assert shadow(KUNDE, {**KUNDE.examples[0].system, "KLABC": "A"}) == ({"rating": "A"}, [])
    assert shadow(KUNDE, {"KLABC": []})[1][0].path == "rating"

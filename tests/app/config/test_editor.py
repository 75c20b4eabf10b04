"""Editors are told the truth about a hub's files: what is shipped is valid, and what a schema can see of a mistake it shows."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from ltc.app.config import HubSettings, find_connectors
from ltc.app.config.editor import KINDS, schema_of, write_schemas
from ltc.app.config.new import TEMPLATE, add_systems, create_hub
from ltc.core import resources
from ltc.core.errors import Misconfigured
from ltc.core.yamlfile import load, parse
from tests.app.config.test_broken import FILES

CATALOGUE = find_connectors()
VALIDATORS = {kind: jsonschema.Draft7Validator(schema_of(kind, CATALOGUE)) for kind in KINDS}
SHIPPED = [
    *(path for path in sorted(resources.config().glob("*.yaml")) if path.stem != "hub"),  # it has no id: every hub has its own
    *sorted((resources.mappings() / "flows").glob("*.yaml")),
    *(path for path in sorted((TEMPLATE / "config").glob("*.yaml")) if path.stem != "hub"),
]


def kind_of(path):
    return "flow" if Path(path).parent.name == "flows" else Path(path).stem


@pytest.mark.parametrize("kind", KINDS)
def test_language_servers_can_read_a_schema(kind):
    jsonschema.Draft7Validator.check_schema(schema_of(kind, CATALOGUE))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_what_is_shipped_is_valid(path):
    assert [error.message for error in VALIDATORS[kind_of(path)].iter_errors(load(path).plain())] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_schema_can_see_an_editor_shows(path):
    _, place, *words = path.read_text(encoding="utf-8").split("\n")[0].split()
    try:
        said = parse(path.read_text(encoding="utf-8")).plain()
    except Misconfigured:
        assert not words  # no editor needs a schema to see that
        return
    assert VALIDATORS[kind_of(place)].is_valid(said) == (words != ["editor"])


def test_the_files_of_a_new_hub_name_their_schemas(tmp_path):
    written = create_hub(tmp_path, HubSettings(id="acme", title="Acme"))
    written.append(add_systems(tmp_path, {"crm": {"connector": "salesforce", "base_url": "http://x", "credentials": {}}}))
    write_schemas(tmp_path / "schemas", CATALOGUE)
    for path in written:
        if path.suffix == ".yaml":
            first = path.read_text(encoding="utf-8").split("\n")[0]
            assert first.startswith("# yaml-language-server: $schema=")
            assert (path.parent / first.partition("=")[2]).is_file()


def test_settings_of_a_system_are_those_of_its_connector():
    system = "crm: {connector: salesforce, settings: {base_url: https://x, client_id: a, client_secret: b, %s: 1}}"
    assert not VALIDATORS["systems"].is_valid(parse(system % "base_ulr").plain())
    assert VALIDATORS["systems"].is_valid(parse(system.replace(", %s: 1", "")).plain())


def test_a_kind_that_there_is_not():
    with pytest.raises(Misconfigured) as caught:
        schema_of("systms", CATALOGUE)
    assert caught.value.remedy == "Did you mean 'systems'?"

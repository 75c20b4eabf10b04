"""`ltc mapping new` drafts a mapping that loads and finds most of what the shipped one maps, without looking at it."""

from __future__ import annotations

import json

import pytest

from ltc.app.config.new import add_systems
from ltc.app.sandbox.service import up
from ltc.core.mapping import build, load, run_examples
from ltc.core.resources import mappings
from ltc.core.yamlfile import parse

CODES = [mappings() / "codes"]


@pytest.fixture(scope="module")
def systems():
    """The sandbox's systems, with a few customers."""
    with up(5, 0.01) as sandbox:
        yield sandbox.systems()


@pytest.fixture
def sandboxed(hub, systems):
    """A hub that is connected with the sandbox."""
    (hub.dir / "config" / "systems.yaml").unlink(missing_ok=True)
    add_systems(hub.dir, systems)
    return hub


def shares(text, shipped):
    """Say which part of the shipped lines the draft has from the same field, and which of those are sure."""
    drafted = {line.path: line for line in build(parse(text), codes_dirs=CODES).lines}
    theirs = {line.path: set(line.source.split(", ")) for line in load([shipped]).lines if line.source}
    found = [path for path, sources in theirs.items() if path in drafted and sources & set(drafted[path].source.split(", "))]
    return len(found) / len(theirs), [path for path in found if drafted[path].state == "active"]


@pytest.mark.parametrize(
    ("system", "obj", "entity", "file", "least"),
    [
        ("salesforce", "Account", "customer", "account", 0.9),
        ("sap_rfc", "customer", "customer", "customer", 0.6),
        ("salesforce", "Contact", "contact", "contact", 0.8),
        ("sap_rfc", "sales_order", "order", "sales_order", 0.5),
    ],
)
def test_a_draft_finds_most_of_what_the_shipped_mapping_maps(sandboxed, systems, system, obj, entity, file, least):
    name = next(name for name, told in systems.items() if told["connector"] == system)
    said = sandboxed.ltc("mapping", "new", name, obj, "--entity", entity, "--json")
    assert said.code == 0
    document = said.json
    share, sure = shares(document["yaml"], mappings() / system / f"{file}.yaml")
    assert share >= least, document["yaml"]
    assert len(sure) > len(document["proposed"]) / 2
    assert document["records"] > 0 or obj == "sales_order"  # the sandbox begins without orders


def test_a_draft_works_as_it_is(sandboxed, systems):
    name = next(name for name, told in systems.items() if told["connector"] == "salesforce")
    said = sandboxed.ltc("mapping", "new", name, "Account", "--entity", "customer")
    assert "lines are likely" in said.err
    sandboxed.write("mappings/salesforce/drafted.yaml", said.out)
    assert sandboxed.ltc("mapping", "check", "salesforce.drafted").code == 0
    first = sandboxed.ltc("system", "read", name, "Account", "--limit", "1", "--json").json["records"][0]
    preview = sandboxed.ltc("mapping", "preview", "salesforce.drafted", "--id", first["id"], "--json")
    assert preview.json["records"][0]["canonical"]["name"] == first["canonical"]["name"]
    assert run_examples(load([sandboxed.dir / "mappings/salesforce/drafted.yaml"])) == []


def test_an_entity_that_there_is_not(sandboxed, systems):
    said = sandboxed.ltc("mapping", "new", next(iter(systems)), "Account", "--entity", "custmer", "--json")
    assert (said.code, json.loads(said.out)["error"]["code"]) == (2, "models.unknown_entity")


def test_no_shipped_line_has_drifted_from_the_sandbox(sandboxed):
    document = sandboxed.ltc("mapping", "drift", "--json").json
    assert document["unasked"] == []
    assert len(document["mappings"]) > 20
    wrong = [one for one in document["drift"] if one["severity"] == "error"]
    assert [(one["mapping"], one["change"], one["path"], one["message"]) for one in wrong] == []

"""`ltc flow check` and `ltc flow test`: every fault at once with its place, and what examples expect and give."""

from __future__ import annotations

import pytest

FLOW = """\
from: quote
to: contract
when: "quote.status == 'accepted'"
fields:
  quote: hub_id
  name: name
  status: {const: draft}
roll_up: {quote.approval_status: {of: latest(contract.status), codes: {signed: approved}}}
examples:
  - given: {quote: {status: accepted, name: Pumps}}
    gives: {quote: quote, name: Pumps, status: draft}
  - note: a quote that nobody has accepted yet
    given: {quote: {status: sent}}
    gives: null
"""


@pytest.fixture
def flows(hub):
    """A hub with a flow of its own."""
    hub.write("mappings/flows/quote_to_contract.yaml", FLOW)
    return hub


def test_all_is_well_but_for_systems_that_are_not_there(flows):
    said = flows.ltc("flow", "check", "quote_to_contract", "--json")
    assert said.code == 0
    assert said.json["ok"]
    assert said.json["flows"] == ["quote_to_contract"]
    assert [(fault["code"], fault["severity"], fault["line"]) for fault in said.json["faults"]] == [
        ("flow.unheld", "warning", 1), ("flow.unheld", "warning", 2),
    ]  # fmt: skip
    assert "1 flow: all is well." in flows.ltc("flow", "check", "quote_to_contract").out


def test_all_faults_of_all_files_are_told_at_once(flows):
    flows.write("mappings/flows/quote_to_contract.yaml", FLOW.replace("name: name", "nmae: name").replace("== 'acc", "== acc"))
    flows.write("mappings/flows/other.yaml", "from: contract\nto: quote\nwhen: 'true'\nfields: {number: numbr}\n")
    said = flows.ltc("flow", "check", "--json")
    assert said.code == 2
    assert not said.json["ok"]
    found = {
        (fault["file"].rpartition("/")[2], fault["line"], fault["column"], fault["message"], fault["remedy"])
        for fault in said.json["faults"]
    }
    assert ("quote_to_contract.yaml", 6, 3, "contract has no 'nmae'.", "Did you mean 'name'?") in found
    assert ("other.yaml", 4, 18, "contract has no 'numbr'.", "Did you mean 'number'?") in found
    assert "quote_to_contract.yaml" in {file for file, line, *_ in found if line == 3}


def test_flows_that_do_not_go_together_are_told_by_both_checks(flows):
    flows.write("mappings/flows/other.yaml", "from: contract\nto: quote\nwhen: 'true'\nfields: {number: number}\n")
    for words in (("flow", "check"), ("check",)):
        said = flows.ltc(*words, "--json")
        assert said.code == 2
        assert "flow.circle" in {fault["code"] for fault in said.json["faults"]}


def test_examples_that_hold(flows):
    said = flows.ltc("flow", "test", "quote_to_contract", "--json")
    assert said.code == 0
    assert said.json["ok"]
    assert [(one["number"], one["ok"], one["note"]) for one in said.json["examples"]] == [
        (1, True, ""), (2, True, "a quote that nobody has accepted yet"),
    ]  # fmt: skip
    assert {"leaf": "name", "expected": "Pumps", "found": "Pumps", "line": 6, "ok": True} in said.json["examples"][0]["leaves"]
    assert "2 examples: all hold." in flows.ltc("flow", "test", "quote_to_contract").out


def test_an_example_that_does_not_hold(flows):
    flows.write("mappings/flows/quote_to_contract.yaml", FLOW.replace("name: Pumps, status: draft", "name: Valves"))
    said = flows.ltc("flow", "test", "quote_to_contract")
    assert said.code == 1
    rows = {line.split()[2]: line for line in said.out.splitlines() if "quote_to_contract 1" in line}
    assert "Valves" in rows["name"]
    assert "Pumps" in rows["name"]
    assert "✗" in rows["status"]
    assert "2 examples: 1 fail." in said.out
    assert flows.ltc("check").code == 2


def test_a_flow_without_an_example_is_a_warning(flows):
    flows.write("mappings/flows/quote_to_contract.yaml", FLOW.partition("examples:")[0])
    said = flows.ltc("flow", "test", "quote_to_contract", "--json")
    assert said.code == 0
    assert [(fault["code"], fault["severity"]) for fault in said.json["faults"]] == [("flow.no_example", "warning")]


@pytest.mark.parametrize("words", [("check",), ("test",)])
def test_a_flow_that_is_not_there(flows, words):
    said = flows.ltc("flow", *words, "quote_to_contrct", "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == "flow.unknown"
    assert said.json["error"]["remedy"] == "Did you mean 'quote_to_contract'?"


def test_a_file_that_is_no_flow_ends_a_test_of_its_examples(flows):
    flows.write("mappings/flows/quote_to_contract.yaml", FLOW.replace("to: contract", "to: contrct"))
    said = flows.ltc("flow", "test", "quote_to_contract", "--json")
    assert said.code == 2
    assert [fault["code"] for fault in said.json["faults"]] == ["flow.entity"]


def test_names_that_nobody_has_are_told(connected):
    connected.write(
        "mappings/flows/quote_to_contract.yaml", FLOW + "adopt: {salesfroce: Contract, crm: Contrct, hub: Contract}\n"
    )
    connected.write(
        "config/survivorship.yaml", "entities:\n  customer:\n    fields:\n      phone: {owner: [crm, epr, [hub, cpq]]}\n"
    )
    said = connected.ltc("check", "--no-secrets", "--json")
    assert said.code == 2
    found = {(fault["code"], fault["line"], fault["column"], fault["remedy"]) for fault in said.json["faults"]}
    line = len(FLOW.splitlines()) + 1
    assert {
        ("flow.adopt", line, 9, "Did you mean 'salesforce'?"),
        ("flow.adopt", line, 36, "Did you mean 'Contract'?"),
        ("survivorship.owner", 4, 28, "Did you mean 'erp'?"),
    } == {one for one in found if one[0] in {"flow.adopt", "survivorship.owner"}}


def test_a_flow_keeps_its_name_in_every_environment(flows):
    flows.write("mappings/flows/quote_to_contract.test.yaml", "live_from: 2026-01-01\n")
    flows.write("config/systems.test.yaml", "{}\n")
    said = flows.ltc("flow", "test", "quote_to_contract", "--env", "test", "--json")
    assert [one["flow"] for one in said.json["examples"]] == ["quote_to_contract"] * len(said.json["examples"])
    assert said.json["examples"]

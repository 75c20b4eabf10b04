"""`ltc mapping check`: every fault of every mapping at once, each with its place and what to do."""

from __future__ import annotations

import json

import pytest

MAPPING = """\
system: salesforce
object: Account
entity: customer
key: Id
fields:
  name: Name
  website: Website
examples:
  - system: {Id: 1, Name: Acme, Website: acme.example}
    canonical: {name: Acme}
"""


def places(said):
    return [(fault["file"].rpartition("/")[2], fault["line"], fault["column"], fault["code"]) for fault in said.json["faults"]]


def test_what_is_shipped_is_right(hub):
    said = hub.ltc("mapping", "check", "--json")
    assert said.code == 0
    assert said.json["ok"]
    assert said.json["faults"] == []
    assert {"salesforce.account", "sap_rfc.customer", "stripe.refund"} <= set(said.json["mappings"])
    assert "7 mappings: all is well." in hub.ltc("mapping", "check", "sap_rfc").out


def test_all_faults_of_all_files_come_at_once(hub):
    hub.write("mappings/salesforce/account.yaml", "fields:\n  name: {from: Name, as: txt}\n  websit: Website\n")
    hub.write("mappings/stripe/refund.yaml", "verson: 1\n")
    said = hub.ltc("mapping", "check", "--json")
    assert said.code == 2
    assert sorted(places(said)) == [
        ("account.yaml", 2, 26, "mapping.unknown_operation"),
        ("account.yaml", 3, 3, "mapping.unknown_path"),
        ("refund.yaml", 1, 1, "mapping.unknown_key"),
    ]
    assert all(set(fault) >= {"file", "line", "column", "path", "code", "message", "remedy"} for fault in said.json["faults"])
    assert sorted(places(hub.ltc("check", "--json"))) == sorted(places(said))
    assert len(hub.ltc("mapping", "check", "account").err.splitlines()) == 2


@pytest.mark.parametrize("name", ["salesforce.account", "Salesforce.Account", "account", "salesforce", "FILE"])
def test_a_name_chooses(hub, name):
    hub.write("mappings/salesforce/account.yaml", "fields:\n  websit: Website\n")
    hub.write("mappings/stripe/refund.yaml", "verson: 1\n")
    name = str(hub.dir / "mappings/salesforce/account.yaml") if name == "FILE" else name
    said = hub.ltc("mapping", "check", name, "--json")
    assert places(said) == [("account.yaml", 2, 3, "mapping.unknown_path")]


def test_a_name_that_means_nothing(hub):
    said = hub.ltc("mapping", "check", "salesforce.acount", "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == "mapping.unknown"
    assert said.json["error"]["remedy"] == "Did you mean 'salesforce.account'?"


def test_a_file_from_anywhere_is_checked_by_itself(hub, tmp_path):
    path = tmp_path / "draft.yaml"
    path.write_text(MAPPING.replace("website:", "websit:"), encoding="utf-8")
    said = hub.ltc("mapping", "check", str(path), "--json")
    assert places(said) == [("draft.yaml", 7, 3, "mapping.unknown_path")]
    path.write_text(MAPPING, encoding="utf-8")
    assert hub.ltc("mapping", "check", str(path)).code == 0


def test_a_mapping_that_loses_something_is_told_with_its_line(hub):
    hub.write(
        "mappings/salesforce/account.yaml", MAPPING.replace("Website\n", "{from: Website, width: 4, overflow: truncate}\n", 1)
    )
    said = hub.ltc("mapping", "check", "account", "--json")
    assert said.code == 2
    [fault] = said.json["faults"]
    assert (fault["line"], fault["code"], fault["path"]) == (7, "mapping.law_put_get", "website")


def test_a_folder_that_nothing_reads_is_told(hub):
    hub.write("mappings/salesfroce/account.yaml", MAPPING)
    said = hub.ltc("mapping", "check", "--json")
    assert places(said) == [("account.yaml", 1, 1, "mapping.stray_folder")]
    assert said.json["faults"][0]["remedy"] == "Did you mean 'salesforce'?"


def test_an_object_that_the_connector_does_not_know(hub):
    hub.write("mappings/salesforce/account.yaml", MAPPING.replace("object: Account", "object: Acount"))
    said = hub.ltc("mapping", "check", "account", "--json")
    assert places(said) == [("account.yaml", 2, 9, "mapping.unknown_object")]
    assert said.json["faults"][0]["remedy"] == "Did you mean 'Account'?"
    assert json.dumps(said.json)


def test_to_compare_nothing_is_no_praise(hub):
    said = hub.ltc("mapping", "drift")
    assert said.code == 0
    assert said.out.strip() == "Nothing was compared: name a system that uses a mapping in config/systems.yaml."


STRAYS = {
    "mappings/account.yaml": ("mapping.stray_file", "Put it into the folder of its connector."),
    "mappings/salesforce/account.yml": ("mapping.stray_file", "Name it account.yaml."),
    "mappings/flows/mine.yml": ("mapping.stray_file", "Name it mine.yaml."),
    "mappings/codes/units.YAML": ("mapping.stray_file", "Name it units.yaml."),
    "config/system.yaml": ("config.stray_file", "Did you mean 'systems'?"),
    "config/jobs.yml": ("config.stray_file", "Name it jobs.yaml."),
}


def test_files_that_nothing_reads_are_told(hub):
    for name in STRAYS:
        hub.write(name, "a: b\n")
    said = hub.ltc("check", "--no-secrets", "--json")
    assert said.code == 2
    found = {fault["file"].removeprefix(f"{hub.dir}/"): (fault["code"], fault["remedy"]) for fault in said.json["faults"]}
    assert {name: found.get(name) for name in STRAYS} == STRAYS


def test_an_object_has_one_mapping(hub):
    hub.write("mappings/salesforce/firm.yaml", MAPPING)
    said = hub.ltc("mapping", "check", "salesforce", "--json")
    assert places(said) == [("firm.yaml", 2, 9, "mapping.object_twice")]
    assert "salesforce/account.yaml:3 too" in said.json["faults"][0]["message"]


def test_rows_beside_a_table_of_codes_are_told(hub):
    hub.write("mappings/codes/sap_languages.yaml", "X: de\n")
    said = hub.ltc("mapping", "check", "sap_rfc.customer", "--json")
    assert set(places(said)) == {("sap_languages.yaml", 1, 1, "mapping.unknown_key")}
    assert {fault["remedy"] for fault in said.json["faults"]} == {"Write the row below `codes:`."}


def test_one_fault_is_one_fault(hub):
    hub.write("mappings/salesforce/account.yaml", "fields:\n  websit: Website\n")
    assert hub.ltc("mapping", "check", "account").out == "1 mapping: 1 fault.\n"

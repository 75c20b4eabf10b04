"""`ltc mapping test`, `show` and `preview`: what examples give, where lines come from, and one record line by line."""

from __future__ import annotations

import io
import json

import pytest

from ltc.core.mapping import build
from ltc.core.resources import mappings
from ltc.core.yamlfile import parse

OWN = """\
fields:
  rating: null
  website: {from: Website, state: proposed}
  status: {codes: {Sleeping: inactive}, preferred: [Inactive]}
"""
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


def account(org, **fields):
    return org.insert("Account", {"Name": "Acme GmbH", "BillingCity": "Köln", "BillingCountryCode": "DE", **fields}, "amy")


def test_all_examples_of_all_mappings_hold(hub):
    said = hub.ltc("mapping", "test", "--json")
    assert said.code == 0
    assert said.json["ok"]
    assert {"salesforce.account", "sap_rfc.customer"} <= {one["mapping"] for one in said.json["examples"]}
    assert {"in", "out"} == {value["way"] for one in said.json["examples"] for value in one["values"]}
    assert all(value["line"] for one in said.json["examples"] for value in one["values"] if not value["path"].endswith("]"))
    assert "all hold, both ways." in hub.ltc("mapping", "test").out


def test_an_example_that_fails_shows_path_expected_got_and_line(hub):
    hub.write("mappings/salesforce/extra.yaml", MAPPING.replace("canonical: {name: Acme}", "canonical: {name: Ajax}"))
    said = hub.ltc("mapping", "test", "salesforce.extra")
    assert said.code == 1
    (row,) = [line.split() for line in said.out.splitlines() if line.startswith("name ")]
    assert row[:4] == ["name", "Ajax", "Acme", "read"]
    assert row[4].endswith("extra.yaml:6")
    assert "1 fail." in said.out
    (example,) = hub.ltc("mapping", "test", "salesforce.extra", "--json").json["examples"]
    (value,) = [one for one in example["values"] if not one["ok"] and one["way"] == "in"]
    assert (value["path"], value["expected"], value["found"], value["source"], value["operation"], value["line"]) == (
        "name", "Ajax", "Acme", "Name", "text", 6,
    )  # fmt: skip


def test_a_file_with_faults_and_one_without_examples(hub):
    hub.write("mappings/salesforce/extra.yaml", MAPPING.partition("examples:")[0])
    hub.write("mappings/stripe/refund.yaml", "verson: 1\n")
    said = hub.ltc("mapping", "test", "--json")
    assert said.code == 2
    assert {fault["code"]: fault["severity"] for fault in said.json["faults"]} == {
        "mapping.unknown_key": "error", "mapping.no_example": "warning",
    }  # fmt: skip
    assert hub.ltc("mapping", "test", "salesforce.extra").code == 0


def test_show_says_where_every_line_came_from(connected):
    connected.write("mappings/salesforce/account.yaml", OWN)
    connected.write("config/systems.test.yaml", "salesforce: {role: crm}\n")
    connected.write("mappings/salesforce/account.test.yaml", "fields:\n  number: Legacy_No__c\n")
    said = connected.ltc("mapping", "show", "salesforce.account", "--env", "test")
    lines = {line.split(":")[0].strip(): line.partition(" # ")[2] for line in said.out.splitlines() if " # " in line}
    assert lines["name"] == "shipped mappings/salesforce/account.yaml:11"
    assert lines["rating"] == "mappings/salesforce/account.yaml:2, over shipped mappings/salesforce/account.yaml:41"
    assert lines["Sleeping"] == "mappings/salesforce/account.yaml:4"
    assert lines["Active"] == "shipped mappings/salesforce/account.yaml:40"
    assert lines["number"] == "mappings/salesforce/account.test.yaml:2, over shipped mappings/salesforce/account.yaml:13"
    document = connected.ltc("mapping", "show", "account", "--env", "test", "--json").json
    assert [one["origin"] for one in document["files"]] == [
        "shipped mappings/salesforce/account.yaml", "mappings/salesforce/account.yaml", "mappings/salesforce/account.test.yaml",
    ]  # fmt: skip
    status = next(line for line in document["lines"] if line["path"] == "website")
    assert (status["source"], status["state"], status["line"]) == ("Website", "proposed", 3)
    assert not any(line["path"] == "rating" for line in document["lines"])


def test_what_show_prints_can_be_loaded_again(connected):
    connected.write("mappings/salesforce/account.yaml", OWN)
    for name in ("salesforce.account", "sap_rfc.sales_order", "stripe.invoice", "docusign.envelope"):
        document = connected.ltc("mapping", "show", name, "--json").json
        loaded = build(parse(document["yaml"]), codes_dirs=[mappings() / "codes"])
        assert loaded.code == document["code"]
        assert [(line.path, line.state) for line in loaded.lines] == [(one["path"], one["state"]) for one in document["lines"]]


def test_one_system_has_lines_of_its_own(hub):
    hub.write("config/systems.yaml", "east: {connector: sap_rfc, settings: {}}\nwest: {connector: sap_rfc, settings: {}}\n")
    hub.write("mappings/sap_rfc/customer.yaml", "fields:\n  industry: BRAN1\n")
    hub.write("mappings/west/customer.yaml", "fields:\n  industry: KUKLA\n")
    assert "industry: BRAN1" not in hub.ltc("mapping", "show", "west.customer").out
    east, west = (hub.ltc("mapping", "show", name).out for name in ("east.customer", "west.customer"))
    assert "mappings/sap_rfc/customer.yaml:2" in next(line for line in east.splitlines() if "industry" in line)
    assert "mappings/west/customer.yaml:2, over" in next(line for line in west.splitlines() if "industry" in line)


def test_show_prints_the_code_that_runs(hub):
    said = hub.ltc("mapping", "show", "stripe.refund", "--code")
    assert said.out.startswith("def get(raw):\n")
    compile(said.out, "refund", "exec")


def test_a_name_must_mean_one_mapping(hub):
    said = hub.ltc("mapping", "show", "stripe")
    assert said.code == 2
    assert "stripe.refund" in said.err


def test_preview_reads_one_record_from_its_system(connected):
    number = account(connected.org, Tax_Number__c="143/815/08155", Email__c="INFO@Acme.example")
    said = connected.ltc("mapping", "preview", "salesforce.account", "--id", number, "--json")
    assert said.code == 0
    (record,) = said.json["records"]
    lines = {line["path"]: line for line in record["lines"]}
    assert (lines["email"]["found"], lines["email"]["operation"], lines["email"]["value"]) == (
        {"Email__c": "INFO@Acme.example"}, "email", "info@acme.example",
    )  # fmt: skip
    assert lines["tax_id"]["back"] == {"Tax_Number__c": "14381508155"}
    assert lines["billing_address.country"]["line"] == 27
    assert record["id"] == number
    assert record["written_back"] == {}
    assert record["canonical"]["name"] == "Acme GmbH"
    shown = connected.ltc("mapping", "preview", "salesforce.account", "--id", number).out
    assert "INFO@Acme.example" in shown
    assert "Writing back what was read changes nothing." in shown


def test_preview_tells_the_faults_of_a_pasted_record_line_by_line(hub, monkeypatch):
    raw = {
        "Id": "1",
        "Name": "Acme",
        "Status__c": "Weird",
        "Credit_Limit__c": "much",
        "CurrencyIsoCode": "EUR",
        "Type": "Customer",
    }
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(raw)))
    said = hub.ltc("mapping", "preview", "salesforce.account", "--file", "-", "--json")
    assert said.code == 1
    (record,) = said.json["records"]
    assert {(fault["path"], fault["line"]) for fault in record["faults"]} == {("status", 40), ("credit_limit", 37)}
    assert {line["path"] for line in record["lines"] if line["faults"]} == {"status", "credit_limit"}
    path = hub.dir / "record.json"
    path.write_text(json.dumps([{"raw": raw}, {**raw, "Type": "Competitor", "Status__c": "Active", "Credit_Limit__c": 7}]))
    shown = hub.ltc("mapping", "preview", "salesforce.account", "--file", str(path)).out
    assert "✗ is a code that this line does not know" in shown
    assert "The guard (`when`) does not take this record" in shown


@pytest.mark.parametrize("words", [[], ["--id", "1", "--file", "-"]])
def test_preview_takes_one_of_two(hub, words):
    assert hub.ltc("mapping", "preview", "salesforce.account", *words).code == 2


def test_preview_of_a_record_that_is_not_there(connected):
    said = connected.ltc("mapping", "preview", "salesforce.account", "--id", "0015g00000NOTHERE")
    assert said.code == 1
    assert "has no Account" in said.err

"""`ltc mapping coverage`: what lines did over the records that the hub keeps, or over fresh ones."""

from __future__ import annotations

import pytest

OWN = """\
fields:
  duns: {from: Unused__c, default: none}
  custom.segment: {from: Segment__c, state: proposed}
  website: {from: Website, state: deprecated}
"""


@pytest.fixture
def stored(connected, store_url):
    """A connected hub on either database, with three accounts that it has read."""
    with (connected.dir / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndatabase:\n  url: {store_url}\n")
    connected.org.reshape("Account", "Unused__c", {"add": "string(20)"})
    connected.write("mappings/salesforce/account.yaml", OWN)
    connected.write("config/custom_fields.yaml", "customer:\n  segment: text\n")
    for number in range(3):
        fields = {
            "Name": f"Acme {number}",
            "Status__c": "Active",
            "Segment__c": "A" if number else None,
            "Website": "acme.example",
        }
        connected.org.insert("Account", fields, "amy")
    assert connected.ltc("sync").code == 0
    return connected


def lines_of(said):
    (told,) = said.json["mappings"]
    return told, {line["path"]: line for line in told["lines"]}


@pytest.mark.parametrize("words", [(), ("--fresh",)])
def test_what_lines_did(stored, words):
    told, lines = lines_of(stored.ltc("mapping", "coverage", "salesforce.account", "--json", *words))
    assert told["records"] == 3
    assert lines["email"]["verdict"] == "always_null"
    assert lines["duns"]["verdict"] == "always_default"
    assert (lines["status"]["verdict"], lines["status"]["unused_codes"]) == ("always_same_code", ["Blocked", "Inactive"])
    assert (lines["name"]["verdict"], lines["name"]["fired"], lines["name"]["values"]) == ("", 3, 3)
    assert (lines["custom.segment"]["state"], lines["custom.segment"]["fired"]) == ("proposed", 2)
    assert (lines["custom.segment"]["would_change"], len(lines["custom.segment"]["samples"])) == ((0 if words else 2), 2)
    assert lines["website"]["fired"] == 3


def test_what_is_shown_to_people(stored):
    said = stored.ltc("mapping", "coverage", "salesforce.account", "--sample", "2").out
    rows = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert "salesforce.account: 2 records, as the hub keeps them" in said
    assert "always the default" in rows["duns"]
    assert "proposed: would change 1" in said
    assert "deprecated, and still gives something" in rows["website"]
    assert "name" not in rows
    assert "name" in {line.split()[0] for line in stored.ltc("mapping", "coverage", "account", "--all").out.splitlines() if line}


def test_a_mapping_that_no_system_uses_has_read_nothing(connected):
    said = connected.ltc("mapping", "coverage", "stripe.refund")
    assert said.code == 2
    assert "No system uses this mapping" in said.err

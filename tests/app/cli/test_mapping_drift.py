"""A system changes its schema: `ltc mapping drift` names the lines, and a sync goes on with all the others."""

from __future__ import annotations

import json

import pytest

from ltc.app.config import open_hub
from ltc.app.engine.api import Engine
from ltc.app.engine.state import from_json
from ltc.app.sandbox.detached import Remote
from ltc.app.sandbox.service import up
from ltc.core.errors import Misconfigured
from ltc.core.store import inbox
from ltc.core.store import tables as t

BESIDE = "fields:\n  custom.segment: Segment__c\n"


@pytest.fixture
def stored(connected, store_url):
    """A connected hub on either database, with a custom field."""
    with (connected.dir / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndatabase:\n  url: {store_url}\n")
    connected.write("mappings/salesforce/account.yaml", BESIDE)
    connected.write("config/custom_fields.yaml", "customer:\n  segment: text\n")
    return connected


def account(org, **fields):
    return org.insert("Account", {"Name": "Acme GmbH", "Website": "acme.example", "Segment__c": "A", **fields}, "amy")


def golden(hub, record_id):
    """Give what the hub knows of a record, from `ltc log`'s and the store's own words."""
    engine = Engine(open_hub(hub.dir))
    try:
        with engine.store.reading() as tx:
            hub_id = tx.scalar(t.record.select().with_only_columns(t.record.c.hub_id).where(t.record.c.ext_id == record_id))
            return from_json(tx.scalar(t.golden.select().with_only_columns(t.golden.c.leaves).where(t.golden.c.hub_id == hub_id)))
    finally:
        engine.close()


def of_accounts(document):
    return next(run for run in document["runs"] if run["object"] == "Account")


def test_no_line_has_drifted(connected):
    said = connected.ltc("mapping", "drift", "--json")
    assert said.code == 0
    assert said.json["drift"] == []
    assert "salesforce.account" in said.json["mappings"]
    assert "every line fits its system." in connected.ltc("mapping", "drift", "salesforce.account").out


def test_the_lines_that_broke_are_named(connected):
    org = connected.org
    org.reshape("Account", "Website", {"remove": True})
    org.reshape("Account", "Tax_Number__c", {"rename": "Tax_No__c"})
    org.reshape("Account", "Credit_Limit__c", {"type": "string", "length": 20})
    org.reshape("Account", "Language__c", {"writable": False})
    org.reshape("Account", "Status__c", {"values": ["Active", "Inactive", "Sleeping"]})
    org.reshape("Account", "District__c", {"add": "string(20) required"})
    said = connected.ltc("mapping", "drift", "salesforce.account", "--json")
    assert said.code == 1
    assert [(one["change"], one["source"], one["path"], one["line"], one["severity"]) for one in said.json["drift"]] == [
        ("renamed", "Tax_Number__c", "tax_id", 14, "error"),
        ("removed", "Website", "website", 20, "error"),
        ("not_writable", "Language__c", "language", 35, "error"),
        ("retyped", "Credit_Limit__c", "credit_limit", 37, "error"),
        ("values_gone", "Status__c", "status", 40, "error"),
        ("values_new", "Status__c", "status", 40, "warning"),
        ("newly_required", "District__c", "", 11, "error"),
    ]
    assert said.json["drift"][0]["suggestion"] == "Tax_No__c"
    assert said.json["drift"][4]["values"] == ["Blocked"]
    shown = connected.ltc("mapping", "drift", "salesforce.account").out
    assert "Tax_No__c may be its new name" in shown
    assert "lines no longer fit." in shown


def test_values_that_are_too_long_now(stored):
    account(stored.org, Segment__c="Key accounts of the north")
    assert stored.ltc("sync").code == 0
    assert stored.ltc("mapping", "drift", "salesforce.account").code == 0
    stored.org.reshape("Account", "Segment__c", {"length": 10})
    said = stored.ltc("mapping", "drift", "salesforce.account", "--json")
    (found,) = said.json["drift"]
    assert (found["change"], found["source"], found["severity"]) == ("shortened", "Segment__c", "warning")
    assert "values of 25" in found["message"]


def test_a_system_that_does_not_answer_is_told(connected):
    connected.write(
        "config/systems.yaml", (connected.dir / "config/systems.yaml").read_text().replace("base_url: ", "base_url: x")
    )
    said = connected.ltc("mapping", "drift", "salesforce.account", "--json")
    assert said.code != 0


def test_a_removed_field_stops_no_other_field(stored):
    number = account(stored.org)
    assert stored.ltc("sync", "--json").code == 0
    assert golden(stored, number)["custom.segment"] == "A"
    stored.org.reshape("Account", "Segment__c", {"remove": True})
    stored.org.update("Account", number, {"Name": "Acme AG"}, "amy")
    later = account_without_segment(stored.org)
    said = stored.ltc("sync", "--json")
    assert said.code == 0
    run = of_accounts(said.json)
    assert (run["status"], run["read"], run["error"]) == ("done", 2, None)
    assert [(one["code"], one["line"], one["path"], one["severity"]) for one in run["warnings"]] == [
        ("mapping.unknown_source", 2, "custom.segment", "warning")
    ]
    known = golden(stored, number)
    assert (known["name"], known["website"], known["custom.segment"]) == ("Acme AG", "acme.example", "A")
    assert golden(stored, later)["name"] == "Late GmbH"


def account_without_segment(org):
    return org.insert("Account", {"Name": "Late GmbH"}, "amy")


def test_what_one_process_finds_again_all_have_again(stored):
    number = account(stored.org)
    engine = Engine(open_hub(stored.dir))
    engine.sync()
    hooks = engine.hooks()
    stored.org.reshape("Account", "Segment__c", {"rename": "Seg__c"})
    stored.org.update("Account", number, {"Name": "Acme AG"}, "amy")
    assert of_accounts(engine.sync())["warnings"]
    hint(hooks, number)
    stored.org.reshape("Account", "Seg__c", {"rename": "Segment__c"})
    assert stored.ltc("sync").code == 0
    assert of_accounts(engine.sync())["warnings"] == []
    stored.org.update("Account", number, {"Segment__c": "B"}, "amy")
    hint(hooks, number)
    engine.close()
    assert golden(stored, number)["custom.segment"] == "B"


def hint(hooks, number):
    """Let a webhook tell of an account, and its lane take its turn."""
    event = hooks.context.new_id("")
    row = ("salesforce", f"event {event}", "Account", number, None, hooks.context.now(), "")
    hooks.context.transact(lambda tx: inbox.keep(tx, [row]))
    hooks.lanes["salesforce"].turn()


def test_webhooks_go_on_without_a_removed_field_too(stored):
    number = account(stored.org)
    assert stored.ltc("sync").code == 0
    stored.org.reshape("Account", "Segment__c", {"remove": True})
    stored.org.update("Account", number, {"Name": "Acme AG"}, "amy")
    engine = Engine(open_hub(stored.dir))
    hooks = engine.hooks()
    hint(hooks, number)
    engine.close()
    known = golden(stored, number)
    assert (known["name"], known["custom.segment"]) == ("Acme AG", "A")


def test_the_warning_stays_until_the_field_is_back(stored):
    number = account(stored.org)
    assert stored.ltc("sync").code == 0
    stored.org.reshape("Account", "Segment__c", {"rename": "Seg__c"})
    stored.org.update("Account", number, {"Name": "Acme AG"}, "amy")
    assert stored.ltc("sync").code == 0
    again = stored.ltc("sync")
    assert again.code == 0
    assert "warning: " in again.err
    assert "account.yaml:2: salesforce.Account: The system has no field 'Segment__c'" in again.err
    stored.org.reshape("Account", "Seg__c", {"rename": "Segment__c"})
    stored.org.update("Account", number, {"Segment__c": "B"}, "amy")
    back = stored.ltc("sync", "--json")
    assert of_accounts(back.json)["warnings"] == []
    assert golden(stored, number)["custom.segment"] == "B"


def test_what_a_record_is_known_by_cannot_be_missed(stored):
    account(stored.org)
    assert stored.ltc("sync").code == 0
    stored.org.reshape("Account", "Name", {"rename": "Full_Name__c"})
    account_of = stored.ltc("sync", "--json")
    assert account_of.code != 0
    assert stored.ltc("sync", "--json").json["faults"][0]["code"] == "mapping.unknown_source"


def test_a_field_that_was_never_there_still_stops_the_first_sync(stored):
    stored.write("mappings/salesforce/account.yaml", "fields:\n  custom.segment: Nowhere__c\n")
    said = stored.ltc("sync", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "mapping.unknown_source")


def test_a_schema_that_was_changed_is_kept_with_the_state(connected):
    org = connected.org
    number = account(org)
    org.reshape("Account", "Segment__c", {"rename": "Seg__c"})
    org.reshape("Account", "Website", {"remove": True})
    state = json.loads(json.dumps(org.dump(), default=str))
    org.load(state)
    row = org.row("Account", number)
    assert row["Seg__c"] == "A"
    assert "Website" not in row
    with pytest.raises(KeyError):
        org.reshape("Account", "Nowhere__c", {"remove": True})


def test_the_sandbox_lets_a_schema_be_changed(hub):
    with up(3, 0.001) as sandbox:
        remote = Remote(hub.dir / "var" / "sandbox.json", 0, sandbox.base_urls["sandbox"])
        told = json.dumps({"pid": 0, "control": sandbox.base_urls["sandbox"], "systems": sandbox.systems()})
        hub.write("var/sandbox.json", told)
        said = hub.ltc("sandbox", "schema", "salesforce", "Account", "Segment__c", "--rename", "Seg__c", "--length", "12")
        assert said.code == 0
        table = sandbox.simulators["salesforce"].org.table("Account")
        assert table.fields["Seg__c"].length == 12
        assert "Segment__c" not in table.fields
        assert hub.ltc("sandbox", "schema", "salesforce", "Account", "Seg__c").code == 2
        with pytest.raises(Misconfigured, match="no field 'Nowhere__c'"):
            remote.reshape("salesforce", "Account", "Nowhere__c", {"remove": True})
        with pytest.raises(Misconfigured, match="no system 'x'"):
            remote.reshape("x", "Account", "Seg__c", {"remove": True})

"""The hub's own fields, from the file that declares them to what commands show."""

from __future__ import annotations

import json

import pytest

from ltc.app.config import open_hub
from ltc.app.engine.api import Engine
from ltc.app.engine.state import from_json
from ltc.core.store import tables as t

DECLARED = """\
customer:
  segment: {type: choice, values: [A, B]}
  since: date
  budget: {type: money, personal: true}
"""
LINES = """\
fields:
  custom.segment: Segment__c
  custom.since: Customer_Since__c
  custom.budget: {from: Budget__c, currency: CurrencyIsoCode}
"""


@pytest.fixture
def stored(connected, store_url):
    """A connected hub on either database, with fields of its own."""
    with (connected.dir / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndatabase:\n  url: {store_url}\n")
    connected.org.reshape("Account", "Budget__c", {"add": "currency"})
    connected.write("config/custom_fields.yaml", DECLARED)
    connected.write("mappings/salesforce/account.yaml", LINES)
    return connected


def account(org, **fields):
    return org.insert("Account", {"Name": "Acme", "CurrencyIsoCode": "EUR", "Customer_Since__c": "1999-01-31", **fields}, "amy")


def known(hub):
    engine = Engine(open_hub(hub.dir))
    try:
        with engine.store.reading() as tx:
            rows = tx.execute(t.golden.select().with_only_columns(t.golden.c.leaves).where(t.golden.c.entity == "customer"))
            return [from_json(row[0]) for row in rows]
    finally:
        engine.close()


def test_own_fields_are_mapped_checked_stored_and_shown(stored):
    right = account(stored.org, Segment__c="A", Budget__c=7.5)
    wrong = account(stored.org, Segment__c="Z", Name="Odd")
    assert stored.ltc("check").code == 0
    assert stored.ltc("sync").code == 0
    (leaves,) = known(stored)
    assert {path: value for path, value in leaves.items() if path.startswith("custom.")} == {
        "custom.segment": "A", "custom.since": "1999-01-31", "custom.budget": {"amount": "7.50", "currency": "EUR"},
    }  # fmt: skip
    (parked,) = stored.ltc("exceptions", "list", "--json").json["exceptions"]
    assert (parked["record_id"], parked["field"], parked["error"]["code"]) == (wrong, "custom.segment", "value.not_choice")
    preview = stored.ltc("mapping", "preview", "salesforce.account", "--id", right, "--json").json["records"][0]
    line = next(one for one in preview["lines"] if one["path"] == "custom.budget")
    assert (line["operation"], line["value"]) == ("money", {"amount": "7.50", "currency": "EUR"})
    assert preview["canonical"]["custom"]["segment"] == "A"
    shown = stored.ltc("mapping", "show", "salesforce.account").out
    assert "custom.budget: {from: Budget__c, currency: CurrencyIsoCode}" in shown
    document = stored.ltc("mapping", "show", "salesforce.account", "--json").json
    assert {one["path"]: one["personal"] for one in document["lines"]}["custom.budget"] is True
    assert stored.ltc("log", right, "--json").code == 0


def test_what_is_not_declared_is_told_at_its_line(stored):
    stored.write("mappings/salesforce/account.yaml", LINES.replace("custom.since", "custom.sinse"))
    for words in (("check",), ("mapping", "check", "salesforce.account")):
        fault = stored.ltc(*words, "--json").json["faults"][0]
        assert (fault["code"], fault["line"], fault["remedy"]) == ("mapping.unknown_path", 3, "Did you mean 'custom.since'?")


def test_conditions_of_wants_may_ask_for_them(stored):
    systems = (stored.dir / "config/systems.yaml").read_text(encoding="utf-8")
    wants = "  entities: {customer: {wants: {create: \"customer.custom.segment == 'A'\"}}, employee: {}}\n"
    stored.write("config/systems.yaml", systems + wants)
    assert stored.ltc("check").code == 0
    stored.write("config/systems.yaml", systems + wants.replace("custom.segment", "custom.segmnt"))
    said = stored.ltc("check", "--json")
    assert "config.wants" in {fault["code"] for fault in said.json["faults"]}
    assert json.dumps(said.json["faults"]).count("segmnt") >= 1


def test_another_kind_in_the_file_is_seen_at_once(stored):
    account(stored.org, Segment__c="A")
    assert stored.ltc("sync").code == 0
    stored.write("config/custom_fields.yaml", DECLARED.replace("since: date", "since: integer"))
    assert stored.ltc("check").code == 0
    account(stored.org, Segment__c="B", Name="Late")
    stored.ltc("sync")
    parked = stored.ltc("exceptions", "list", "--json").json["exceptions"]
    assert {one["field"] for one in parked} == {"custom.since"}

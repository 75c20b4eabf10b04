"""Two SAP systems and one CRM: each is a system of its own, with numbers and settings of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.crm.salesforce.simulator import SalesforceSimulator
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.engine.api import Engine
from ltc.core.simulation import VirtualClock, serve
from tests.system.orgs import NO_BRAKES, START

KINDS = {"salesforce": "salesforce", "sap": "sap_rfc", "sap_us": "sap_rfc"}


def clerk(name: str, code: str, country: str, currency: str) -> dict[str, Any]:
    place = {"PSTLZ": code, "LAND1": country, "ORT01": "CITY", "STRAS": "STREET 1"}
    return {"NAME1": name, **place, "SPRAS": "en", "WAERS": currency, "ZTERM": "NT30"}


@pytest.fixture
def systems():
    clock = VirtualClock(START)
    made = {
        "salesforce": SalesforceSimulator("salesforce", clock, seed=7),
        "sap": SapSimulator("sap", clock, seed=1),
        "sap_us": SapSimulator("sap_us", clock, seed=2),
    }
    running = serve(made)
    yield clock, made, running.base_urls
    running.stop()


def names(made: dict[str, Any]) -> dict[str, list[str]]:
    told = {"salesforce": [row["Name"] for row in made["salesforce"].rows("Account")]}
    told |= {name: [row["NAME1"] for row in made[name].rows("customers")] for name in ("sap", "sap_us")}
    return {name: sorted(one.upper() for one in some) for name, some in told.items()}


def test_three_systems_come_to_tell_the_same_story(systems, store_url, tmp_path: Path):
    clock, made, urls = systems
    made["sap"].seed_customer(clerk("ALPHA GMBH", "50667", "DE", "EUR"), "SETUP")
    made["sap_us"].seed_customer(clerk("BETA INC", "60601", "US", "USD"), "SETUP")
    address = {"BillingPostalCode": "1010", "BillingCity": "Wien", "BillingCountryCode": "AT", "CurrencyIsoCode": "EUR"}
    made["salesforce"].insert("Account", {"Name": "Gamma AG", **address}, "REP")
    create_hub(tmp_path / "hub", HubSettings(id="three", title="Three"))
    with (tmp_path / "hub" / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{NO_BRAKES}\ndatabase:\n  url: {store_url}\n")
    told = {
        name: {"connector": KINDS[name], "base_url": urls[name], "credentials": system.credentials()}
        for name, system in made.items()
    }
    add_systems(tmp_path / "hub", told)
    engine = Engine(open_hub(tmp_path / "hub").require_sound(), clock=clock)
    try:
        engine.sync()
        assert names(made)["sap_us"] == ["BETA INC"], "a hub that observes writes nothing"
        engine.rollout_mode("live", actor="admin")
        report = engine.sync()
        assert not [run["error"] for run in report["runs"] if run["error"]]
        assert engine.exceptions()["exceptions"] == []
        assert report["totals"]["created"] == 6
        assert set(map(tuple, names(made).values())) == {("ALPHA GMBH", "BETA INC", "GAMMA AG")}
        clock.advance(3600)
        alpha = next(row["KUNNR"] for row in made["sap_us"].rows("customers") if row["NAME1"] == "ALPHA GMBH")
        made["sap_us"].edit_customer(alpha, {"TELF1": "+1 312 555"}, "CLERK")
        assert engine.sync()["totals"]["writes"] == 2
        assert next(row for row in made["salesforce"].rows("Account") if row["Name"] == "ALPHA GMBH")["Phone"] == "+1 312 555"
        assert engine.sync()["totals"]["writes"] == 0
    finally:
        engine.close()

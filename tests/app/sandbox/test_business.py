"""A week of business is the same in every run, and the control server shows and drives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.digest import differences
from ltc.app.sandbox.programmes import ACTIVITIES, CALM, PROGRAMMES
from ltc.app.sandbox.world import Truth
from ltc.core.errors import Misconfigured
from tests.app.sandbox.paper import paper_sandbox


def test_a_week_is_the_same_in_every_run_whatever_numbers_sap_gives() -> None:
    one, other = paper_sandbox(first=1), paper_sandbox(first=70_000)
    done = one.act(7)
    for _ in range(7):
        other.act(1)
    assert differences(one.states(), other.states()) == []
    assert one.digest() == other.digest()
    assert one.clock.now() == other.clock.now()
    assert done["days"] == 7
    assert {name for name, count in done["done"].items() if count} >= {"win", "edit", "new_deals"}
    assert set(done["done"]) == set(ACTIVITIES) >= set(CALM)


def test_a_programme_says_what_people_do() -> None:
    sandbox = paper_sandbox()
    assert set(sandbox.act(1, "calm")["done"]) == set(CALM)
    done = sandbox.act(5, "mishaps")["done"]
    assert set(done) == set(PROGRAMMES["mishaps"]) > set(ACTIVITIES)
    assert done["quote"] > 0


def test_another_seed_lives_another_week() -> None:
    one, other = paper_sandbox(seed=7), paper_sandbox(seed=8)
    one.act(2)
    other.act(2)
    assert one.digest() != other.digest()


def test_clerks_change_the_same_field_in_both_systems_on_one_day() -> None:
    sandbox = paper_sandbox(0.3)
    day = sandbox.clock.now().date()
    assert sandbox.business.clerks.conflict(day, 0.2) > 5
    by_company = {key: number for number, key in sandbox.truth.companies["sap"].items()}
    changed = {deed.id: deed.fields for deed in sandbox.picture().journals["salesforce"] if deed.actor == "clerk"}
    for account, fields in changed.items():
        in_sap = sandbox.sap.known[by_company[sandbox.truth.companies["salesforce"][account]]]  # type: ignore[attr-defined]
        assert in_sap["by"] == "CLERK01"
        assert set(fields.values()).isdisjoint(in_sap.values()) or "Payment_Terms__c" in fields


def test_what_people_double_and_merge_is_not_blamed_on_the_hub() -> None:
    sandbox = paper_sandbox()
    before = sandbox.picture()
    for day in range(20):
        sandbox.business.work({"double"})
        sandbox.business.sleep()
        sandbox.business.work({"merge"} if day > 10 else set())
    known = list(sandbox.truth.companies["salesforce"].values())
    assert len(known) > len(set(known))
    assert any(deed.verb == "merge" for deed in sandbox.picture().journals["salesforce"])
    assert check(before, sandbox.picture(), sandbox.truth) == []


def test_the_control_server_tells_and_does() -> None:
    with paper_sandbox().listen() as sandbox:
        url = f"{sandbox.base_urls['sandbox']}/_sandbox"
        with requests.Session() as session:
            systems = session.get(f"{url}/systems", timeout=5).json()
            assert systems["salesforce"]["base_url"] == sandbox.base_urls["salesforce"]
            assert systems["salesforce"]["connector"] == "salesforce"
            assert set(systems["salesforce"]) == {
                "connector", "base_url", "credentials", "settings", "webhook_secret", "entities",
            }  # fmt: skip
            state = session.get(f"{url}/state", timeout=5).json()
            assert set(state["systems"]) == {"salesforce", "sap"}
            assert state["systems"]["salesforce"]["journal"][0].keys() == {"at", "actor", "verb", "object", "id", "fields"}
            assert session.get(f"{url}/clock", timeout=5).json()["now"] == "2026-03-02T06:00:00+00:00"
            assert session.post(f"{url}/act", json={"days": 2}, timeout=10).json()["now"] == "2026-03-04T06:00:00+00:00"
            assert session.post(f"{url}/act", json={"programme": "nobody"}, timeout=5).status_code == 404
            moved = session.post(f"{url}/clock", json={"days": 1, "seconds": 60}, timeout=5).json()
            assert moved["now"] == "2026-03-05T06:01:00+00:00"
            assert session.post(f"{url}/faults", json={"system": "salesforce", "point": "query"}, timeout=5).json() == {
                "planned": True
            }
            assert session.post(f"{url}/faults", json={"system": "nobody"}, timeout=5).status_code == 404
            assert session.get(f"{url}/digest", timeout=5).json() == sandbox.digest()
            assert session.post(f"{url}/stop", timeout=5).json() == {"stopping": True}
        assert sandbox.stopping.is_set()


def test_state_goes_to_disk_when_asked(tmp_path: Path) -> None:
    sandbox = paper_sandbox(state_dir=tmp_path / "state")
    sandbox.act(3)
    content = json.loads(sandbox.save().read_text(encoding="utf-8"))
    assert content["now"] == sandbox.clock.now().isoformat()
    assert Truth.load(content["truth"]) == sandbox.truth
    with pytest.raises(Misconfigured, match="no directory"):
        paper_sandbox().save()

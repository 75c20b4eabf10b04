"""Wrong input of every kind: exit 2, file, line and remedy, and no secret in any output."""

from __future__ import annotations

import pytest

from ltc.core import resources

CANARY = 'canary-s3cret-"quoted"-0451'
SYSTEMS, JOBS, HUB = (f"config/{name}.yaml" for name in ("systems", "jobs", "hub"))


def crm(more="", *, kind="salesforce", secret="${env:CANARY}", client="x", url="http://127.0.0.1:9"):
    """Write a system; the lines of its secret and of what follows are 6 and 7."""
    lines = ["salesforce:", f"  connector: {kind}", "  settings:", f"    base_url: {url}", f"    client_id: {client}"]
    return "\n".join([*lines, f"    client_secret: {secret}", more])


CASES = {
    "unknown key": (HUB, "id: acme\ncurency: EUR\n", "config.unknown_key", 2, "currency"),
    "bad yaml": (HUB, "id: [acme\n", "yaml.syntax", 1, "bracket"),
    "thirty thousand brackets": (JOBS, "a: " + "[" * 30_000, "yaml.too_deep", 1, "Flatten"),
    "alias": (JOBS, "a: &x {every: 1 hour}\nb: *x\n", "yaml.anchor", 1, "Remove"),
    "no id": (HUB, "title: x\n", "config.missing_key", 1, "id"),
    "wrong currency": (HUB, "id: acme\ncurrency: EURO\n", "config.value_error", 2, ""),
    "wrong zone": (HUB, "id: acme\ntime_zone: Europe/Berlim\n", "config.value_error", 2, ""),
    "password in the database's url": (
        HUB,
        f"id: acme\ndatabase:\n  url: postgresql://u:{CANARY.replace(chr(34), '')}@h/d\n",
        "secret.literal",
        3,
        "${env:",
    ),
    "not a group": (SYSTEMS, "- salesforce\n", "config.not_a_mapping", 1, "key: value"),
    "unknown connector": (SYSTEMS, crm(kind="salesforse"), "config.unknown_connector", 2, "salesforce"),
    "literal secret": (SYSTEMS, crm(secret=f"'{CANARY}'"), "secret.literal", 6, "${env:NAME}"),
    "missing secret": (SYSTEMS, crm(secret="${env:NO_SUCH}"), "secret.missing", 6, "NO_SUCH"),
    "missing secret file": (SYSTEMS, crm(secret="${file:no/such}"), "secret.missing", 6, "no/such"),
    "misspelt reference": (SYSTEMS, crm(client="${environment:X}"), "secret.reference", 5, "${env:NAME}"),
    "unknown setting": (SYSTEMS, crm("    clientsecret: x\n"), "config.unknown_key", 7, "client_secret"),
    "wrong setting": (SYSTEMS, crm(url="ftp://x"), "config.string_pattern_mismatch", 4, ""),
    "system named hub": (SYSTEMS, "hub: {connector: salesforce}\n", "config.system_name", 1, "lower-case"),
    "unknown entity": (SYSTEMS, crm("  entities:\n    custommer:\n"), "config.unknown_entity", 8, "customer"),
    "unmapped entity": (SYSTEMS, crm("  entities:\n    bank_transaction:\n"), "config.unmapped_entity", 8, "mappings/"),
    "wrong mode": (SYSTEMS, crm("  entities:\n    customer: {mode: alive}\n"), "config.literal_error", 8, "live"),
    "wrong condition": (
        SYSTEMS,
        crm("  entities:\n    customer:\n      wants: {create: 'custom.x ==='}\n"),
        "config.wants",
        9,
        "cel",
    ),
    "share over one": (SYSTEMS, crm("  brakes: {max_changed_share: 20}\n"), "config.less_than_equal", 7, ""),
    "two triggers": (JOBS, "a: {every: 1 hour, cron: 0 0 * * *}\n", "config.value_error", 1, ""),
    "wrong cron": (JOBS, "a:\n  cron: 0 25 * * *\n", "config.value_error", 2, ""),
    "wrong duration": (JOBS, "a:\n  every: often\n", "config.value_error", 2, ""),
    "endless duration": (JOBS, "a:\n  every: 999999999 weeks\n", "config.value_error", 2, ""),
    "job of an unknown system": (JOBS, "a:\n  systems: [sap]\n", "config.job_choice", 2, "Known"),
    "cleaning job with systems": (JOBS, "a:\n  task: clean\n  full: true\n", "config.value_error", 2, ""),
    "job after itself": (JOBS, "a: {after: b}\nb: {after: a}\n", "config.job_after", 1, "Jobs are"),
    "custom field of an unknown type": (
        "config/custom_fields.yaml",
        "customer:\n  tier: txt\n",
        "config.literal_error",
        2,
        "text",
    ),
    "custom field of an unknown entity": (
        "config/custom_fields.yaml",
        "custommer:\n  tier: text\n",
        "config.unknown_entity",
        1,
        "customer",
    ),
    "survivorship of an unknown field": (
        "config/survivorship.yaml",
        "entities:\n  customer:\n    fields: {nam: longest}\n",
        None,
        3,
        "name",
    ),
    "flow with a wrong path": (
        "mappings/flows/won_opportunity_to_order.yaml",
        "fields:\n  custmer: customer\n",
        "flow.path",
        2,
        "customer",
    ),
    "mapping with a wrong path": ("mappings/salesforce/account.yaml", "fields:\n  nmae: Name\n", None, 2, "name"),
    "mapping of an unknown object": (
        "mappings/salesforce/thing.yaml",
        "system: salesforce\nobject: Thing__c\nentity: customer\nkey: Id\nfields: {name: Name}\n",
        "mapping.unknown_object",
        2,
        "",
    ),
    "mapping of another system": ("mappings/salesforce/account.yaml", "system: sap_rfc\n", "mapping.system", 1, "salesforce"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_fault_has_its_place_and_remedy(hub, monkeypatch, case):
    file, text, code, line, word = CASES[case]
    monkeypatch.setenv("CANARY", CANARY)
    if file != "config/systems.yaml":
        hub.write(SYSTEMS, crm())
    hub.write(file, text)
    said = hub.ltc("check", "--json")
    assert said.code == 2, said.err
    faults = said.json["faults"]
    found = next((fault for fault in faults if code in {None, fault["code"]} and fault["file"].endswith(file)), None)
    assert found is not None, faults
    assert found["line"] == line, found
    assert word in found["remedy"] + (found["message"] if not found["remedy"].startswith("Did") else ""), found
    assert found["remedy"] or found["code"] == "config.value_error", found
    assert "Traceback" not in said.err
    for form in (CANARY, CANARY.replace('"', ""), CANARY.replace('"', '\\"')):
        assert form not in said.out + said.err


def test_all_faults_are_told_at_once(hub):
    hub.write(HUB, "id: acme\ncurency: EUR\n")
    hub.write(JOBS, "a: {evry: 1 hour}\n")
    hub.write(SYSTEMS, "crm: {connector: nothing}\n")
    codes = [fault["code"] for fault in hub.ltc("check", "--json").json["faults"]]
    assert {"config.unknown_connector", "config.unknown_key"} <= set(codes)
    assert len(codes) >= 2


@pytest.mark.parametrize("words", [("check",), ("check", "--online"), ("doctor",), ("system", "check", "salesforce")])
def test_a_secret_shows_nowhere(connected, monkeypatch, words):
    monkeypatch.setenv("ORG_SECRET", CANARY)
    for more in ((), ("--json",)):
        said = connected.ltc(*words, *more)
        assert "s3cret" not in said.out + said.err


def test_an_environment_lies_over_the_rest_and_a_misspelt_one_is_refused(connected):
    connected.write("config/systems.test.yaml", "salesforce:\n  enabled: false\n")
    assert connected.ltc("check", "--json").json["systems"] == ["salesforce"]
    assert connected.ltc("check", "--env", "test", "--json").json["systems"] == []
    said = connected.ltc("check", "--env", "tset", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "hub.environment")


def test_a_new_hub_is_sound_and_never_written_twice(hub):
    flows = len(list((resources.mappings() / "flows").glob("*.yaml")))
    assert hub.ltc("check", "--json").json == {
        "ok": True, "dir": str(hub.dir), "environment": "", "systems": [], "mappings": 0, "flows": flows, "jobs": 3, "faults": [],
    }  # fmt: skip
    said = hub.ltc("init", str(hub.dir), "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "hub.exists")
    assert hub.ltc("init", "", "--json").json["error"]["code"] == "hub.no_name"
    said = hub.ltc("run", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "run.no_system")
    for words in (["--currency", "EURO"], ["--id", "A B"], ["--time-zone", "Mars"]):
        assert hub.ltc("init", str(hub.dir / "other"), *words).code == 2
    assert not (hub.dir / "other").exists()

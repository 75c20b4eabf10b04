"""`ltc system`: the shapes of its documents, against a Salesforce on loopback."""

from __future__ import annotations

import json

import pytest

from ltc.core.contract import SystemClock


def account(org, **fields):
    return org.insert("Account", {"Name": "Acme GmbH", "BillingCity": "Köln", "BillingCountryCode": "DE", **fields}, "amy")


def test_check_says_how_the_system_is(connected):
    said = connected.ltc("system", "check", "salesforce", "--json")
    assert said.code == 0
    assert set(said.json) == {"ok", "latency_ms", "message", "quota", "limits"}
    assert said.json["ok"] is True


def test_describe_names_fields(connected):
    said = connected.ltc("system", "describe", "salesforce", "Account", "--json")
    assert said.code == 0
    (described,) = said.json["objects"]
    assert described["name"] == "Account"
    name = next(field for field in described["fields"] if field["name"] == "Name")
    assert {"name", "type", "required", "writable"} <= set(name)
    assert (name["required"], name["writable"]) == (True, True)


def test_read_gives_raw_and_canonical_and_goes_on_from_its_cursor(connected):
    ids = [account(connected.org, Name=f"Acme {number}") for number in range(3)]
    first = connected.ltc("system", "read", "salesforce", "Account", "--limit", "2", "--json").json
    assert [record["id"] for record in first["records"]] == ids[:2]
    assert first["more"] is True
    record = first["records"][0]
    assert set(record) >= {"id", "version", "deleted", "raw", "canonical"}
    assert record["canonical"]["name"] == "Acme 0"
    assert record["canonical"]["billing_address"]["country"] == "DE"
    rest = connected.ltc("system", "read", "salesforce", "Account", "--since", first["cursor"], "--json").json
    assert ids[2] in [record["id"] for record in rest["records"]]
    assert rest["more"] is False


def test_read_by_id_tells_what_is_gone(connected):
    kept = account(connected.org)
    gone = account(connected.org, Name="Gone")
    connected.org.delete("Account", gone, "amy")
    document = connected.ltc("system", "read", "salesforce", "Account", "--id", kept, "--id", gone, "--json").json
    assert {record["id"]: record["deleted"] for record in document["records"]} == {kept: False, gone: True}


def write(hub, records, name="records.json"):
    path = hub.dir / name
    path.write_text(records if isinstance(records, str) else json.dumps(records), encoding="utf-8")
    return hub.ltc("system", "write", "salesforce", "Account", str(path), "--json")


def test_write_creates_updates_and_leaves_alone(connected):
    held = account(connected.org)
    said = write(
        connected,
        [
            {"key": "new", "canonical": {"name": "Nova AG", "kind": "organisation"}},
            {"key": "other", "id": held, "canonical": {"name": "Acme AG"}},
            {"key": "same", "id": held, "fields": {"BillingCity": "Köln"}},
            {"key": "raw", "fields": {"Name": "Raw Ltd"}},
        ],
    )
    assert said.code == 0, said.err
    results = {result["key"]: result for result in said.json["results"]}
    assert {key: result["outcome"] for key, result in results.items()} == {
        "new": "created", "other": "updated", "same": "unchanged", "raw": "created",
    }  # fmt: skip
    assert set(results["new"]) == {"key", "id", "outcome", "version", "error"}
    row = connected.org.row("Account", held)
    assert (row["Name"], row["BillingCity"]) == ("Acme AG", "Köln")


def test_the_same_file_twice_makes_one_record(connected):
    line = '{"name": "Once GmbH"}\n{"name": "Twice GmbH"}\n'
    first = write(connected, line, "once.jsonl").json["results"]
    again = write(connected, line, "once.jsonl").json["results"]
    assert [result["id"] for result in first] == [result["id"] for result in again]
    assert len([row for row in connected.org.rows("Account") if row["Name"] == "Once GmbH"]) == 1


def test_what_was_read_can_be_written_back_and_changes_nothing(connected):
    account(connected.org)
    read = connected.ltc("system", "read", "salesforce", "Account", "--json").out
    said = write(connected, read)
    assert said.code == 0, said.err
    assert {result["outcome"] for result in said.json["results"]} == {"unchanged"}


def test_a_refused_record_is_told_and_the_others_go_on(connected):
    said = write(
        connected,
        [
            {"key": "bad", "canonical": {"name": "Bad", "credit_limit": {"amount": "x", "currency": "EUR"}}},
            {"key": "lost", "id": "001000000000000AAA", "canonical": {"name": "Lost"}},
            {"key": "good", "canonical": {"name": "Good"}},
        ],
    )
    assert said.code == 1
    outcomes = {result["key"]: (result["outcome"], (result["error"] or {}).get("code", "")) for result in said.json["results"]}
    assert outcomes["good"] == ("created", "")
    assert outcomes["lost"] == ("rejected", "record.gone")
    assert outcomes["bad"][0] == "rejected"
    assert outcomes["bad"][1]


def test_the_table_of_what_was_refused_says_what_to_do(connected):
    path = connected.dir / "refused.json"
    path.write_text('[{"fields": {"Name": "A", "Nonsense__c": "1"}}]', encoding="utf-8")
    (result,) = connected.ltc("system", "write", "salesforce", "Account", str(path), "--json").json["results"]
    said = connected.ltc("system", "write", "salesforce", "Account", str(path))
    assert (said.code, result["outcome"]) == (1, "rejected")
    assert result["error"]["remedy"]
    assert result["error"]["remedy"].split()[0] in said.out.partition(result["error"]["message"])[2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{not json", "file.not_json"),
        ("[1, 2]", "file.no_records"),
        ('[{"id": "1", "verb": "explode", "fields": {}}]', "file.verb"),
        ('[{"fields": 7}]', "file.record"),
        ('[{"verb": "amend", "fields": {"Name": "A"}}]', "file.no_id"),
        ('[{"verb": "delete"}]', "file.no_id"),
        ("[" * 100_000, "file.not_json"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_sent(connected, text, code):
    before = connected.org.requests
    said = write(connected, text)
    assert said.code == 2
    assert said.json["error"]["code"] == code
    assert connected.org.requests == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("system", "check", "salesforc"), "config.unknown_system"),
        (("system", "read", "salesforce", "Acount"), "system.unknown_object"),
        (("system", "read", "salesforce"), "usage"),
        (("system", "write", "salesforce", "Account", "nowhere.json"), "file.unreadable"),
        (("system", "read", "salesforce", "Account", "--since", "yesterday"), "system.cursor"),
        (("system", "read", "salesforce", "Account", "--since", '{"since": 3}'), "system.cursor"),
        (("system", "rewind", "salesforce", "--object", "Acount", "--yes"), "config.unknown_object"),
        (("system", "rewind", "salesforce", "--object", "Account", "--cursor", "junk", "--yes"), "system.cursor"),
        (("system", "reed", "salesforce"), "usage"),
        (("sistem",), "usage"),
    ],
)
def test_wrong_words_end_with_2_and_a_hint(connected, words, code):
    said = connected.ltc(*words, "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == code
    assert said.json["error"]["remedy"] or "Did you mean" in said.json["error"]["message"]
    assert set(said.json["error"]) == {"code", "message", "remedy", "severity", "file", "line", "column", "path"}
    assert "Traceback" not in said.err


def test_an_unreachable_system_ends_with_2(connected, monkeypatch):
    monkeypatch.setattr(SystemClock, "sleep", lambda clock, seconds: None if clock else seconds)
    connected.write(
        "config/systems.yaml",
        "salesforce:\n  connector: salesforce\n"
        "  settings: {base_url: 'http://127.0.0.1:9', client_id: x, client_secret: '${env:ORG_SECRET}'}\n",
    )
    said = connected.ltc("system", "check", "salesforce", "--json")
    assert said.code == 2
    assert said.json["ok"] is False
    assert said.json["error"]["code"] == "system.unreachable"
    said = connected.ltc("check", "--online", "--json")
    assert said.code == 2
    assert [(fault["code"], fault["line"]) for fault in said.json["faults"]] == [("system.unreachable", 3)]
    written = write(connected, [{"fields": {"Name": "Acme"}}])
    assert (written.code, written.json["results"][0]["outcome"]) == (2, "rejected")


def test_wrong_credentials_end_with_2(connected, monkeypatch):
    monkeypatch.setenv("ORG_SECRET", "wrong-secret-value")
    said = connected.ltc("system", "check", "salesforce", "--json")
    assert said.code == 2
    assert said.json["error"]["code"] in {"system.unauthorised", "config.invalid"}
    assert "wrong-secret-value" not in said.out + said.err
    written = write(connected, [{"fields": {"Name": "Acme"}}])
    assert written.code == 2
    assert written.json["results"][0]["error"]["code"] in {"system.unauthorised", "config.invalid"}
    assert connected.org.rows("Account") == []


def test_a_mapping_to_a_field_that_the_system_lacks_is_found_online(connected):
    assert connected.ltc("check", "--online", "--json").json["faults"] == []
    connected.write("mappings/salesforce/account.yaml", "fields:\n  industry: Industrie__c\n")
    said = connected.ltc("check", "--online", "--json")
    assert said.code == 2
    (fault,) = said.json["faults"]
    assert fault["file"].endswith("hub/mappings/salesforce/account.yaml")
    assert fault["line"] == 2
    assert "Industrie__c" in fault["message"]


def test_a_mapping_to_a_field_that_the_system_lacks_stops_a_sync_before_anything_happens(connected):
    connected.write("mappings/salesforce/account.yaml", "fields:\n  website: Nowhere__c\n")
    said = connected.ltc("sync", "--json")
    assert said.code == 2
    (fault,) = said.json["faults"]
    assert (fault["code"], fault["line"], fault["column"], fault["path"]) == ("mapping.unknown_source", 2, 12, "website")
    assert fault["file"].endswith("mappings/salesforce/account.yaml")
    assert fault["remedy"]
    assert connected.ltc("status", "--json").json["runs"] == []
    connected.write("mappings/salesforce/account.yaml", "")
    assert connected.ltc("sync", "--json").code == 0


@pytest.mark.parametrize("words", [(), ("--id", "001000000000000")])
def test_reading_names_the_line_of_a_field_that_the_system_lacks(connected, words):
    connected.write("mappings/salesforce/account.yaml", "fields:\n  website: Nowhere__c\n")
    said = connected.ltc("system", "read", "salesforce", "Account", *words, "--json")
    assert said.code == 2
    assert [(fault["code"], fault["line"]) for fault in said.json["faults"]] == [("mapping.unknown_source", 2)]


def test_the_log_of_what_no_system_has_is_an_error_and_not_an_empty_list(connected):
    account(connected.org)
    assert connected.ltc("sync", "--json").code == 0
    said = connected.ltc("log", "nosuch", "--json")
    assert (said.code, said.json["error"]["code"]) == (1, "log.unknown")
    said = connected.ltc("log", "--action", "created")
    assert (said.code, said.out) == (0, "The log holds nothing of that kind.\n")


def test_the_log_says_since_when_a_record_is_known(connected):
    key = account(connected.org)
    assert connected.ltc("sync", "--json").code == 0
    said = connected.ltc("log", key, "--json").json
    (entry,) = said["entries"]
    assert (entry["action"], entry["system"], entry["object"], entry["record_id"]) == ("found", "salesforce", "Account", key)
    assert (entry["entity"], bool(entry["hub_id"]), said["after"]) == ("customer", True, 0)
    assert connected.ltc("log", key, "--action", "found", "--json").json["entries"] == said["entries"]
    assert connected.ltc("log", key, "--action", "updated", "--json").json["entries"] == []


def test_a_field_that_the_system_does_not_have_is_refused(connected) -> None:
    said = connected.ltc("system", "read", "salesforce", "Account", "--field", "Nme", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "system.unknown_field")
    assert said.json["error"]["remedy"] == "Did you mean 'Name'?"

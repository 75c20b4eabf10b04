"""`ltc sandbox`: up in the background, asked, moved on, connected, and down."""

from __future__ import annotations

from pathlib import Path


def test_a_sandbox_comes_up_and_a_hub_is_connected_with_it(hub):
    up = hub.ltc("sandbox", "up", "--detach", "--scale", "0.02", "--hooks", "http://127.0.0.1:9/hooks", "--json")
    assert up.code == 0, up.err
    try:
        for told in up.json["systems"].values():
            assert set(told) == {"connector", "base_url", "credentials", "settings", "webhook_secret", "entities"}
        state = hub.ltc("sandbox", "state", "--json").json
        assert set(state["systems"]) == set(up.json["systems"])
        done = hub.ltc("sandbox", "act", "--days", "1", "--json").json["done"]
        assert done["new_deals"] > 0
        shown = hub.ltc("sandbox", "act", "--days", "2").out
        assert "new deals" in shown
        assert shown.endswith("It is 2026-03-05T06:00:00+00:00 in the sandbox now.\n")
        assert hub.ltc("sandbox", "hooks", "--json").json["docusign"] == {"accepted": 0, "waiting": 0, "given_up": 0}
        assert hub.ltc("sandbox", "connect", "--json").json["systems"] == list(up.json["systems"])
        assert hub.ltc("sandbox", "connect").code == 2
        for name in up.json["systems"]:
            said = hub.ltc("system", "check", name, "--json")
            assert (said.code, said.json["ok"]) == (0, True), said.err
        assert "    webhook_secret: " in (hub.dir / "config" / "systems.yaml").read_text()
        secrets = [value for told in up.json["systems"].values() for key, value in told["credentials"].items() if "secret" in key]
        assert not any(secret in (hub.dir / "config" / "systems.yaml").read_text() for secret in secrets)
    finally:
        assert hub.ltc("sandbox", "down").code == 0
    assert hub.ltc("sandbox", "state").code == 2


def test_an_address_that_nobody_can_post_to_is_refused(hub):
    for url in ("127.0.0.1:8420/hooks", "ftp://hub.example/hooks", "http:///hooks", "https://hub.example/hooks?key=1"):
        said = hub.ltc("sandbox", "up", "--hooks", url, "--json")
        assert said.code == 2
        assert "http://127.0.0.1:8420/hooks" in said.json["error"]["message"]


def test_the_demo_makes_its_hub_where_it_is_told(hub, monkeypatch):
    told = []
    monkeypatch.setattr("ltc.app.sandbox.demo.run", lambda folder, *_, **__: told.append(folder) or {"check": {"passed": True}})
    assert hub.ltc("demo", "--json").code == 0
    assert hub.ltc("demo", "--keep", "elsewhere", "--json").code == 0
    assert told == [hub.dir, Path("elsewhere")]


def test_the_demo_says_what_came_by_webhook(hub, monkeypatch):
    ends = {
        "stages": {}, "first_sync": {"read": 3}, "second_sync": {"read": 0}, "exceptions": [], "trace": None, "seconds": 1.0,
        "check": {"passed": True, "findings": []}, "webhooks": {"docusign": {"accepted": 190, "waiting": 0, "given_up": 0}},
    }  # fmt: skip
    monkeypatch.setattr("ltc.app.sandbox.demo.run", lambda *_, **__: ends)
    shown = hub.ltc("demo")
    assert shown.code == 0
    assert "webhooks taken: docusign 190\n" in shown.out


def test_what_is_not_up_is_told(hub):
    for words in (("state",), ("down",), ("act",), ("connect",)):
        said = hub.ltc("sandbox", *words, "--json")
        assert (said.code, said.json["error"]["code"]) == (2, "sandbox.down")

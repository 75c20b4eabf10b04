"""`ltc alerts` as an operator uses it."""

from __future__ import annotations

from tests.app.engine.alerts.post import MailServer, served

CHANNEL = (
    "\nalerts:\n  mail: {{host: 127.0.0.1, port: {port}, security: none}}\n  channels: {{ops: {{email: [ada@example.com]}}}}\n"
)


def add(hub, text):
    path = hub.dir / "config" / "hub.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_hub_without_channels_tells_nobody(hub) -> None:
    said = hub.ltc("alerts")
    assert said.code == 0
    assert "Nothing is wrong that the hub watches." in said.out
    assert "Nobody is told" in said.out
    assert hub.ltc("alerts", "--json").json == {"alerts": [], "channels": [], "undelivered": []}
    said = hub.ltc("alerts", "test")
    assert said.code == 2
    assert "alerts.channels" in said.err


def test_channels_are_tried(hub) -> None:
    with served(MailServer()) as mails:
        add(hub, CHANNEL.format(port=mails.server_address[1]))
        said = hub.ltc("alerts", "test", "--json")
        assert (said.code, said.json["channels"]) == (0, [{"channel": "ops", "delivered": True, "error": ""}])
        assert len(mails.mails) == 1
        mails.refuse += ["550 who are you"]
        said = hub.ltc("alerts", "test", "ops")
        assert said.code == 1
        assert "refused the mail with 550" in said.out
    assert hub.ltc("alerts", "test", "opps").code == 2


def test_what_is_wrong_shows_in_alerts_and_in_status(connected) -> None:
    add(connected, "\nalerts: {rules: {store_full: {free: 1}}}\n")
    [alert] = connected.ltc("alerts", "--json").json["alerts"]
    assert (alert["code"], alert["subject"], alert["since"]) == ("store.full", "var", None)
    status = connected.ltc("status")
    assert "what is wrong" in status.out
    assert "store.full" in status.out
    assert "Make room on the disk of var" in status.out


def test_the_doctor_misses_the_secrets_of_channels(hub, monkeypatch) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.example.com/s3cret")
    add(hub, "\nalerts: {channels: {chat: {slack: '${env:HOOK}'}, pager: {webhook: '${env:NOWHERE}'}}}\n")
    said = hub.ltc("doctor", "--json")
    found = {one["name"]: one for one in said.json["checks"] if one["name"].startswith("alerts")}
    assert {name: one["ok"] for name, one in found.items()} == {"alerts: slack of chat": True, "alerts: webhook of pager": False}
    assert "NOWHERE" in found["alerts: webhook of pager"]["message"]
    assert "s3cret" not in said.out

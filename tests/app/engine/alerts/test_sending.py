"""Notices on their way: by mail, webhook and Slack, at least once, and never in the hub's way."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ltc.app.engine.alerts.messages import signature
from ltc.app.engine.alerts.sending import MOST_ATTEMPTS, Sender, undelivered
from ltc.app.engine.alerts.watching import Watch
from ltc.core.errors import Later, Misconfigured, Unauthorised
from ltc.core.simulation import VirtualClock

WRONG = Misconfigured("There is no object Acount.", remedy="Correct it.")


def by_mail(hub, port):
    hub.says(
        f"alerts: {{mail: {{host: 127.0.0.1, port: {port}, security: none, from: hub@example.com}}, "
        "channels: {ops: {email: [ada@example.com, bob@example.com]}}}"
    )


def test_a_mail_says_what_where_and_what_to_do(hub, mails):
    by_mail(hub, mails.server_address[1])
    hub.ails("crm", WRONG)
    hub.round()
    assert hub.send() == 1
    [mail] = mails.mails
    assert mails.recipients == [["ada@example.com", "bob@example.com"]]
    assert mail["Subject"] == "Acme: system.misconfigured crm"
    assert mail["Message-ID"] == "<notice-1@example.com>"
    text = mail.get_content()
    assert "crm: There is no object Acount." in text
    assert "Run `ltc check --online` and correct what it names." in text
    assert "error · system.misconfigured · crm · since 2026-03-02 08:00 UTC" in text
    assert hub.send() == 0
    hub.is_well("crm")
    hub.round()
    hub.send()
    assert mails.mails[1]["Subject"] == "Acme: over: system.misconfigured crm"
    assert len(mails.mails) == 2


def test_a_webhook_is_signed_and_names_its_notice(hub, web):
    hub.secrets |= {"HOOK": f"{web.address}/pager?token=s3cret", "KEY": "signing-key"}
    hub.says("alerts: {channels: {pager: {webhook: '${env:HOOK}', secret: '${env:KEY}'}}}")
    hub.ails("crm", WRONG)
    hub.ails("pay", Unauthorised())
    hub.round()
    hub.send()
    [(path, headers, body)] = web.posted
    assert path == "/pager?token=s3cret"
    assert headers["LTC-Signature"] == signature("signing-key", int(hub.clock.now().timestamp()), body)
    told = json.loads(body)
    assert (told["notice"], headers["LTC-Notice"], told["hub"]) == (1, "1", "Acme")
    assert [(one["code"], one["subject"], one["what"]) for one in told["alerts"]] == [
        ("system.misconfigured", "crm", "began"),
        ("system.unauthorised", "pay", "began"),
    ]
    assert all(set(one) >= {"severity", "message", "remedy", "since", "at"} for one in told["alerts"])


def test_slack_gets_a_text_that_is_escaped(hub, web):
    hub.secrets["HOOK"] = web.address
    hub.says("alerts: {channels: {chat: {slack: '${env:HOOK}'}}}")
    hub.ails("crm", Misconfigured("Fields & more are gone."))
    hub.round()
    hub.send()
    [(_, _, body)] = web.posted
    told = json.loads(body)
    assert set(told) == {"text"}
    assert "*Acme: system.misconfigured crm*" in told["text"]
    assert "Fields &amp; more are gone." in told["text"]


@pytest.mark.parametrize("refused", [[503], [429, 500]])
def test_a_passing_refusal_is_tried_again_at_once(hub, web, refused):
    hub.secrets["HOOK"] = web.address
    hub.says("alerts: {channels: {ops: {webhook: '${env:HOOK}'}}}")
    web.refuse += refused
    hub.ails("crm", WRONG)
    hub.round()
    assert hub.send() == 1
    assert len(web.posted) == 1


def test_a_mail_server_that_is_busy_gets_it_later(hub, mails):
    by_mail(hub, mails.server_address[1])
    mails.refuse += ["451 later"] * 3
    hub.ails("crm", WRONG)
    hub.round()
    assert hub.send() == 0
    [late] = undelivered(hub.store)
    assert (late["channel"], late["attempts"]) == ("ops", 1)
    assert late["error"] == "The mail server 127.0.0.1 refused the mail with 451."
    assert hub.send() == 0
    hub.clock.advance(61)
    assert hub.send() == 1
    assert undelivered(hub.store) == []


def test_a_way_that_fails_has_nothing_sent_again_by_the_others(hub, mails, web):
    hub.secrets["HOOK"] = web.address
    hub.says(
        f"alerts: {{mail: {{host: 127.0.0.1, port: {mails.server_address[1]}, security: none, from: hub@example.com}}, "
        "channels: {ops: {email: [ada@example.com], webhook: '${env:HOOK}'}}}"
    )
    web.refuse += [404]
    hub.ails("crm", WRONG)
    hub.round()
    assert hub.send() == 1
    assert [one["channel"] for one in undelivered(hub.store)] == ["ops"]
    hub.clock.advance(3601)
    assert hub.send() == 1
    [(_, _, body)] = web.posted
    assert [one["code"] for one in json.loads(body)["alerts"]] == ["system.misconfigured"]
    assert "way" not in json.loads(body)["alerts"][0]
    assert [mail["Subject"] for mail in mails.mails] == ["Acme: system.misconfigured crm"]
    assert undelivered(hub.store) == []


def test_a_dead_mail_server_is_told_and_stops_nothing(hub, mails):
    port = mails.server_address[1]
    by_mail(hub, port)
    mails.shutdown()
    mails.server_close()
    hub.ails("crm", WRONG)
    hub.clock.advance(30)
    duty = hub.duty()
    duty.once()
    hub.is_well("crm")
    hub.clock.advance(30)
    duty.once()
    [dead] = hub.desk.listed()["undelivered"]
    assert dead["notices"] == 2
    assert dead["error"].startswith(f"The mail server 127.0.0.1:{port} does not take mails: ConnectionRefusedError")
    for _ in range(MOST_ATTEMPTS):
        hub.clock.advance(3601)
        assert hub.send() == 0
    hub.clock.advance(3601)
    assert Sender(hub.config, hub.store, hub.clock).send_due() == 0
    assert hub.desk.listed()["undelivered"][0]["attempts"] == MOST_ATTEMPTS


def test_whoever_dies_between_sending_and_noting_sends_the_same_again(hub, mails, monkeypatch):
    by_mail(hub, mails.server_address[1])
    hub.ails("crm", WRONG)
    hub.round()
    deliver = Sender.deliver

    def dies(*words):
        deliver(*words)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "deliver", dies)
        with pytest.raises(KeyboardInterrupt):
            hub.send()
    assert hub.send() == 0, "it belongs to the one that died, for a while"
    hub.clock.advance(121)
    assert hub.send() == 1
    assert [mail["Message-ID"] for mail in mails.mails] == ["<notice-1@example.com>"] * 2


def test_no_address_and_no_secret_is_ever_told(hub, web):
    hub.secrets |= {"HOOK": f"{web.address}/s3cret-path", "GONE": "http://127.0.0.1:9/s3cret-path"}
    web.refuse += [404]
    hub.says("alerts: {channels: {a: {webhook: '${env:HOOK}'}, b: {slack: '${env:GONE}'}, c: {slack: '${env:NONE}'}}}")
    said = {one["channel"]: one["error"] for one in hub.desk.test()["channels"]}
    assert said["a"] == "The address answered 404."
    assert said["b"] == "The address does not answer (ConnectionError)."
    assert said["c"] == "the environment has no variable NONE."
    assert "s3cret" not in json.dumps(said)


def test_a_test_goes_to_the_channels_that_are_named(hub, web, mails):
    hub.secrets["HOOK"] = web.address
    hub.says(
        f"alerts: {{mail: {{host: 127.0.0.1, port: {mails.server_address[1]}, security: none}}, "
        "channels: {chat: {slack: '${env:HOOK}'}, ops: {email: [ada@example.com]}}}"
    )
    assert hub.desk.test(["ops"])["channels"] == [{"channel": "ops", "delivered": True, "error": ""}]
    assert (len(mails.mails), len(web.posted)) == (1, 0)
    assert mails.mails[0]["Subject"] == "Acme: test: job.late test"
    assert hub.told() == []
    with pytest.raises(Misconfigured) as refused:
        hub.desk.test(["opps"])
    assert "Did you mean 'ops'?" in refused.value.remedy


def test_what_a_system_said_of_people_is_in_no_notice(hub):
    hub.ails("crm", Later('The system answered 503 to GET: {"Contact": "Ada Lovelace"}'))
    hub.clock.advance(3600)
    with hub.store.reading() as tx:
        [alert] = Watch(hub.config, hub.clock).look(tx)
    assert alert.message == "crm has not answered since 2026-03-02 08:00 UTC: The system answered 503 to GET"


def test_the_heart_beats_once_a_minute_in_one_replica(hub, web):
    hub.secrets["BEAT"] = f"{web.address}/beat"
    hub.says("alerts: {heartbeat: '${env:BEAT}'}")
    duties = [hub.duty(), hub.duty()]
    for _ in range(20):
        hub.clock.advance(30)
        for duty in duties:
            duty.once()
    assert {path for path, _, _ in web.posted} == {"/beat"}
    assert 9 <= len(web.posted) <= 11


def test_the_heart_goes_on_beating_after_a_clock_was_set_back(hub, web):
    hub.secrets["BEAT"] = f"{web.address}/beat"
    hub.says("alerts: {heartbeat: '${env:BEAT}'}")
    duty = hub.duty()
    duty.once()
    duty.clock = VirtualClock(hub.clock.now() - timedelta(hours=3))
    duty.once()
    assert len(web.posted) == 2

"""Rounds: one notice for each change, in whichever replica, and none for what goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ltc.app.engine.alerts.rounds import Rounds
from ltc.core.errors import Braked, Misconfigured, Unauthorised

WRONG = Misconfigured("There is no object Acount.")


def test_what_begins_and_ends_is_told_once_each(hub):
    hub.ails("crm", WRONG)
    for _ in range(3):
        assert hub.round()
    assert hub.told() == [("ops", ["began system.misconfigured crm"])]
    hub.is_well("crm")
    for _ in range(3):
        hub.round()
    assert hub.told()[1:] == [("ops", ["over system.misconfigured crm"])]
    hub.ails("crm", WRONG)
    hub.round()
    assert hub.told()[2:] == [("ops", ["began system.misconfigured crm"])]


def test_a_round_is_made_by_one_replica(hub):
    hub.ails("crm", WRONG)
    replicas = [Rounds(hub.config, hub.store, hub.clock) for _ in range(3)]
    hub.clock.advance(30)
    assert [one.go() for one in replicas].count(True) == 1
    hub.clock.advance(10)
    assert [one.go() for one in replicas].count(True) == 0
    hub.clock.advance(20)
    assert [one.go() for one in replicas].count(True) == 1
    assert len(hub.told()) == 1


def test_a_clock_that_was_set_back_keeps_no_round_from_being_made(hub):
    hub.clock.advance(3 * 3600)
    assert Rounds(hub.config, hub.store, hub.clock).go()
    hub.clock._now -= timedelta(hours=3)
    replicas = [Rounds(hub.config, hub.store, hub.clock) for _ in range(2)]
    assert [one.go() for one in replicas] == [True, False]


def test_what_is_wrong_together_is_told_together(hub):
    hub.ails("crm", WRONG)
    hub.ails("pay", Unauthorised())
    hub.round()
    assert hub.told() == [("ops", ["began system.misconfigured crm", "began system.unauthorised pay"])]


def test_what_goes_on_is_told_again_after_some_hours(hub):
    hub.ails("crm", WRONG)
    hub.round()
    hub.clock.advance(5 * 3600)
    hub.round()
    assert len(hub.told()) == 1
    hub.clock.advance(3600)
    hub.round()
    hub.round()
    assert hub.told()[1:] == [("ops", ["goes_on system.misconfigured crm"])]


def test_another_trouble_of_a_system_takes_the_place_of_the_first(hub):
    hub.ails("crm", WRONG)
    hub.round()
    hub.ails("crm", Unauthorised())
    hub.round()
    assert hub.told()[1] == ("ops", ["began system.unauthorised crm", "over system.misconfigured crm"])


def test_a_rule_says_who_is_told_and_whether(hub):
    hub.secrets |= {"A": "http://127.0.0.1:9/a"}
    hub.says(
        "alerts: {channels: {ops: {webhook: '${env:A}'}, chat: {slack: '${env:A}'}}, "
        "rules: {system_misconfigured: {to: [chat]}, system_unauthorised: {enabled: false}}}"
    )
    hub.ails("crm", WRONG)
    hub.ails("pay", Unauthorised())
    hub.round()
    assert hub.told() == [("chat", ["began system.misconfigured crm"])]


def test_what_is_watched_no_more_is_over_without_a_word(hub):
    hub.ails("crm", WRONG)
    hub.round()
    hub.says("alerts: {channels: {ops: {webhook: '${env:HOOK}'}}, rules: {system_misconfigured: {enabled: false}}}")
    hub.round()
    assert len(hub.told()) == 1
    assert hub.desk.listed()["alerts"] == []


def test_whoever_dies_in_a_round_has_told_nothing_and_the_next_one_does(hub, monkeypatch):
    hub.ails("crm", WRONG)
    with monkeypatch.context() as patch:
        patch.setattr(Rounds, "_write", lambda *_words: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            hub.round()
    assert hub.told() == []
    hub.round()
    assert hub.told() == [("ops", ["began system.misconfigured crm"])]


def test_warnings_wait_for_the_end_of_a_quiet_time_and_errors_do_not(hub, web):
    hub.secrets["HOOK"] = web.address
    hub.says("alerts: {channels: {ops: {webhook: '${env:HOOK}'}}, quiet: ['22:00-06:00']}\ntime_zone: Europe/Berlin")
    hub.clock.advance((datetime(2026, 3, 2, 22, 30, tzinfo=UTC) - hub.clock.now()).total_seconds())
    hub.ails("crm", Braked("It would create 2,000 records."))
    hub.ails("pay", Unauthorised())
    hub.round()
    assert sorted(hub.told()) == [("ops", ["began brake.held crm"]), ("ops", ["began system.unauthorised pay"])]
    assert hub.send() == 1
    hub.clock.advance((datetime(2026, 3, 3, 4, 59, tzinfo=UTC) - hub.clock.now()).total_seconds())
    assert hub.send() == 0
    hub.clock.advance(60)
    assert hub.send() == 1


def test_what_was_over_is_forgotten_after_a_month(hub):
    hub.ails("crm", WRONG)
    hub.round()
    hub.is_well("crm")
    hub.round()
    assert [one["state"] for one in hub.desk.listed(over=True)["alerts"]] == ["over"]
    hub.clock.advance(31 * 86_400)
    hub.round()
    assert hub.desk.listed(over=True)["alerts"] == []

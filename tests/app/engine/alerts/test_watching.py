"""What is watched: each code has its cause, and what only follows from a cause is not told beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from ltc.app.engine import resting
from ltc.app.engine.alerts.kinds import KINDS
from ltc.app.engine.context import instant
from ltc.app.telemetry.meters import Meters
from ltc.core.errors import Braked, Later, Misconfigured, QuotaSpent, Unauthorised
from ltc.core.store import quotas
from ltc.core.store import tables as t

AGO = timedelta(days=4)


def scope(hub, **more):
    with hub.store.transaction() as tx:
        return tx.insert_one(t.scope, {"system": "crm", "object": "Account", "entity": "customer", **more})


def late(hub):
    hub.ran("changes", "done")
    hub.clock.advance(900)


def failed(hub):
    for _ in range(3):
        hub.ran("changes", "failed", "It broke.")


def stopped(hub):
    scope(hub, stopped="The system was restored from a backup.")


def unreachable(hub):
    hub.ails("crm", Later("No answer."))
    hub.clock.advance(601)


def spent(hub):
    with hub.store.transaction() as tx:
        quotas.rest(tx, "crm", int((hub.clock.now() + timedelta(hours=1)).timestamp() * 1e6), "TotalRequests Limit exceeded.")


def parked(hub):
    row = {
        "scope_id": scope(hub), "entity": "customer", "stage": "translate", "code": "x", "message": "Ada is wrong.",
        "state": "open", "created_at": instant(hub.clock.now() - AGO), "updated_at": instant(hub.clock.now()),
    }  # fmt: skip
    with hub.store.transaction() as tx:
        tx.insert_one(t.exception, row)


def waiting(hub):
    row = {
        "scope_id": scope(hub), "entity": "customer", "hub_id": "1" * 32, "verb": "create", "desire": 1, "before": "{}",
        "after": "{}", "state": "waiting", "created_at": instant(hub.clock.now() - AGO), "updated_at": instant(hub.clock.now()),
    }  # fmt: skip
    with hub.store.transaction() as tx:
        tx.insert_one(t.change, row)


def refused(hub):
    meters = Meters()
    duty = hub.duty(meters)
    for _ in range(2):
        meters.webhook("pay", "refused_401", 5)
        meters.webhook("nobody", "refused_404", 50)
        duty.once()


def hook_parked(hub):
    row = {
        "system": "pay", "event": "e1", "object": "invoice", "ext_id": "in_1", "state": "parked",
        "received_at": instant(hub.clock.now()),
    }  # fmt: skip
    with hub.store.transaction() as tx:
        tx.insert_one(t.hook, row)


def lost(hub):
    hub.ran("everything", "failed", "Given up: 5 workers were lost while they worked on it, the last one was box 7.")


def full(hub):
    hub.says("alerts: {channels: {ops: {webhook: '${env:HOOK}'}}, rules: {store_full: {free: 1}}}")


CAUSES = {
    "job.late changes": late,
    "job.failed changes": failed,
    "system.stopped crm": stopped,
    "system.misconfigured crm": lambda hub: hub.ails("crm", Misconfigured("No such object.")),
    "system.unauthorised crm": lambda hub: hub.ails("crm", Unauthorised()),
    "system.unreachable crm": unreachable,
    "brake.held crm": lambda hub: hub.ails("crm", Braked("It would create 2,000 records.")),
    "quota.spent crm": spent,
    "exceptions.parked crm": parked,
    "changes.waiting crm": waiting,
    "webhooks.refused pay": refused,
    "webhooks.parked pay": hook_parked,
    "run.lost everything": lost,
    "store.full var": full,
}


def test_every_kind_has_a_cause_here():
    assert {name.split()[0] for name in CAUSES} == set(KINDS)


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_is_told_once_and_by_its_code(hub, name):
    assert hub.look() == {}
    CAUSES[name](hub)
    found = hub.look()
    assert list(found) == [name]
    assert "Ada" not in found[name]
    code, subject = name.split()
    [listed] = hub.desk.listed()["alerts"]
    assert (listed["code"], listed["severity"]) == (code, KINDS[code].severity)
    assert "{" not in listed["remedy"]
    assert subject in found[name] or name == "store.full var"


def test_a_job_that_fails_because_of_a_system_is_not_told_beside_it(hub):
    hub.ails("crm", Unauthorised("Salesforce refused the token."))
    for _ in range(4):
        run_id = hub.ran("changes", "failed", "Salesforce refused the token.")
        hub.ran("changes:crm.Account", "failed", "Salesforce refused the token.", system="crm", parent=run_id)
        hub.ran("changes:pay.customer", "done", system="pay", parent=run_id)
    assert list(hub.look()) == ["system.unauthorised crm"]
    hub.ran("changes:pay.invoice", "failed", "Something else.", system="pay", parent=run_id)
    assert set(hub.look()) == {"system.unauthorised crm", "job.failed changes"}
    hub.says("alerts: {channels: {ops: {webhook: '${env:HOOK}'}}, rules: {system_unauthorised: {enabled: false}}}")
    assert set(hub.look()) == {"job.failed changes"}


def test_nothing_that_a_library_says_of_a_call_is_told(hub):
    reason = (
        "The system could not be reached (ConnectionError: Max retries exceeded with url: /v1/customers?email=ada%40example.com)."
    )
    hub.ails("pay", Later(reason))
    hub.clock.advance(601)
    said = hub.look()["system.unreachable pay"]
    assert said == "pay has not answered since 2026-03-02 08:00 UTC: The system could not be reached (ConnectionError)."


def test_a_job_that_rests_for_want_of_calls_is_neither_late_nor_failed(hub):
    hub.ran("changes", "spent", "crm: 800 of the 1,000 calls of this day are used.")
    with hub.store.transaction() as tx:
        resting.keep(tx, "changes", instant(hub.clock.now() + timedelta(hours=8)), "spent")
    hub.clock.advance(3600)
    assert hub.look() == {}


def test_a_system_that_was_away_for_a_moment_alarms_nobody(hub):
    hub.ails("crm", Later("No answer."))
    hub.clock.advance(590)
    assert hub.look() == {}
    hub.ails("crm", QuotaSpent("Spent."))
    hub.ails("crm", Later("The store is busy.", code="store.busy"))
    hub.clock.advance(11)
    assert list(hub.look()) == ["system.unreachable crm"]


def test_refusals_are_counted_anew_after_a_quarter_of_an_hour(hub):
    refused(hub)
    hub.clock.advance(901)
    assert hub.look() == {}
    meters = Meters()
    meters.webhook("pay", "refused_401", 3)
    hub.duty(meters).once()
    assert hub.look() == {}


def test_a_job_that_was_lost_and_done_since_is_well(hub):
    lost(hub)
    hub.ran("everything", "done")
    assert "run.lost everything" not in hub.look()


def test_the_forecast_of_the_day_is_told_before_the_calls_are_spent(hub):
    with hub.store.transaction() as tx:
        quotas.prepare(tx, "crm")
        tx.execute(update(t.quota).values(used=50_000, period=int(hub.clock.now().replace(hour=0).timestamp() * 1e6)))
    message = hub.look()["quota.spent crm"]
    assert message == (
        "50,000 of the 100,000 calls of this day are used in crm; at this pace they are spent at 2026-03-02 16:00 UTC. "
        "They reset at 2026-03-03 00:00 UTC."
    )

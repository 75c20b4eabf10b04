"""A create whose process dies at any moment ends as one envelope, sent once: the account's own books are the judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.contract import Finding, Outcome, Settled, SettleRule, Verb, WriteItem
from ltc.core.errors import Later, Unknown
from ltc.core.simulation import InProcessAdapter, VirtualClock
from tests.connectors.docusign.conftest import Connect, Steps, amend, cancel, create, people

DAY = 86_400.0


class Killed(BaseException):
    """The process died here."""


class Dying(InProcessAdapter):
    """Ends the process when the account has done a call, or before it does it."""

    def __init__(self, account: DocusignSimulator, method: str, *, before: bool = False) -> None:
        super().__init__(account)
        self.method, self.before = method, before

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        fatal = request.method == self.method and "/envelopes" in request.url
        if fatal and self.before:
            raise Killed
        response = super().send(request, *args, **options)
        if fatal:
            raise Killed
        return response


Death = Callable[[Connect, DocusignSimulator, WriteItem, Steps], None]


def at_call(method: str, *, before: bool = False) -> Death:
    def die(connect: Connect, account: DocusignSimulator, item: WriteItem, steps: Steps) -> None:
        connector = connect()
        connector._inner = Dying(account, method, before=before)
        with pytest.raises(Killed):
            connector.write("envelope", [item], steps)

    return die


def at_step(step: str) -> Death:
    def die(connect: Connect, account: DocusignSimulator, item: WriteItem, steps: Steps) -> None:
        del account
        steps.die_after = step
        with pytest.raises(InterruptedError):
            connect().write("envelope", [item], steps)
        steps.die_after = ""

    return die


DEATHS = {
    "before the draft": (at_call("POST", before=True), Finding.ABSENT),
    "draft made, not journalled": (at_call("POST"), Finding.PARTIAL),
    "draft journalled": (at_step("draft"), Finding.PARTIAL),
    "before it is sent": (at_call("PUT", before=True), Finding.PARTIAL),
    "sent, not journalled": (at_call("PUT"), Finding.DONE),
    "sent and journalled": (at_step("send"), Finding.DONE),
}


def begun(item: WriteItem, steps: Steps) -> WriteItem:
    """Give the write as its stored intent does after a restart."""
    return replace(item, journal=dict(steps.kept.get(item.key, {})))


def go_on(connect: Connect, item: WriteItem, steps: Steps) -> Settled:
    """Settle in a new process and go on as the engine does; give what was found."""
    connector = connect()
    (found,) = connector.settle("envelope", [begun(item, steps)])
    if found.finding in {Finding.PARTIAL, Finding.ABSENT}:
        (result,) = connector.write("envelope", [begun(item, steps)], steps)
        assert result.outcome in {Outcome.CREATED, Outcome.UPDATED}
        assert found.id in {"", result.id}
    return found


def books(account: DocusignSimulator) -> dict[str, int]:
    """Count what was done to envelopes, and what their signers were told."""
    verbs = [one.verb for one in account.journal]
    told = [one.event for one in account.deliveries()]
    counts = {verb: verbs.count(verb) for verb in ("create", "sent", "deleted", "voided")}
    return {**counts, "mails": told.count("recipient-sent"), "resent": told.count("recipient-resent")}


ONCE = {"create": 1, "sent": 1, "deleted": 0, "voided": 0, "mails": 1, "resent": 0}


def test_a_create_is_settled_by_the_rule_for_drafts(connect: Connect) -> None:
    assert [step.settle for step in connect().objects["envelope"].verbs[Verb.CREATE]] == [SettleRule.DRAFT] * 2


@pytest.mark.parametrize("days", [0, 8], ids=["at once", "when the transaction is forgotten"])
@pytest.mark.parametrize("death", DEATHS)
def test_whenever_the_process_dies_one_envelope_is_sent_once(
    account: DocusignSimulator, connect: Connect, clock: VirtualClock, death: str, days: int
) -> None:
    item, steps = create(account), Steps()
    die, expected = DEATHS[death]
    die(connect, account, item, steps)
    clock.advance(60 + days * DAY)
    assert go_on(connect, item, steps).finding is expected
    (row,) = account.rows()
    assert row["status"] == "sent"
    assert books(account) == ONCE
    found = go_on(connect, item, steps)
    assert (found.finding, found.id) == (Finding.DONE, row["id"])
    assert books(account) == ONCE


def test_a_process_that_dies_at_every_step_still_sends_one_envelope(
    account: DocusignSimulator, connect: Connect, clock: VirtualClock
) -> None:
    item, steps = create(account), Steps()
    for death in ("draft made, not journalled", "draft journalled", "before it is sent", "sent, not journalled"):
        DEATHS[death][0](connect, account, begun(item, steps), steps)
        clock.advance(60)
    assert go_on(connect, item, steps).finding is Finding.DONE
    assert books(account) == ONCE


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_answer_that_is_lost_is_settled_and_not_written_again(
    account: DocusignSimulator, connect: Connect, clock: VirtualClock, method: str
) -> None:
    item, steps = create(account), Steps()
    account.faults.plan({"POST": "create", "PUT": "put"}[method], kind="drop_after_commit")
    (result,) = connect().write("envelope", [item], steps)
    assert (result.outcome, type(result.error)) == (Outcome.UNKNOWN, Unknown)
    clock.advance(60)
    go_on(connect, item, steps)
    assert books(account) == ONCE


@pytest.mark.parametrize("days", [0, 8])
def test_of_several_drafts_the_first_is_sent_and_the_others_are_deleted(
    account: DocusignSimulator, connect: Connect, clock: VirtualClock, days: int
) -> None:
    item, steps = create(account), Steps()
    for _ in range(2):
        connector = connect()
        connector._inner = Blind(account)
        with pytest.raises(Killed):
            connector.write("envelope", [item], steps)
        clock.advance(60)
    clock.advance(days * DAY)
    first, second = (row["id"] for row in account.rows())
    found = go_on(connect, item, steps)
    assert (found.finding, found.id, found.candidates) == (Finding.PARTIAL, first, [second])
    assert [row["status"] for row in account.rows()] == ["sent", "deleted"]
    assert books(account) == {**ONCE, "create": 2, "deleted": 1}


class Blind(Dying):
    """Dies when a draft is made, and never saw an earlier one: two processes that knew nothing of each other."""

    def __init__(self, account: DocusignSimulator) -> None:
        super().__init__(account, "POST")

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        account = self.simulator
        assert isinstance(account, DocusignSimulator)
        account.search_lag = 3600.0
        try:
            return super().send(request, *args, **options)
        finally:
            account.search_lag = 0.0


def test_two_that_were_sent_are_for_a_person(account: DocusignSimulator, connect: Connect) -> None:
    item = create(account)
    one = connect().write("envelope", [item], Steps())[0].id
    definition = {
        "status": "sent",
        "templateId": account.template_id,
        "templateRoles": [
            {"roleName": role, "name": role, "email": f"{role}@x.example"} for role in ("Customer", "Seller", "Office")
        ],
        "customFields": {"textCustomFields": [{"name": "ltc_key", "value": item.short_key}]},
    }
    other = account.compose(definition, "person")
    (found,) = connect().settle("envelope", [item])
    assert (found.finding, found.id, sorted(found.candidates)) == (Finding.SEVERAL, "", sorted([one, other]))


def test_a_draft_that_shall_stay_one_is_done(account: DocusignSimulator, connect: Connect, clock: VirtualClock) -> None:
    item, steps = create(account, status="created"), Steps()
    DEATHS["draft made, not journalled"][0](connect, account, item, steps)
    clock.advance(60)
    assert go_on(connect, item, steps).finding is Finding.DONE
    assert books(account) == {**ONCE, "sent": 0, "mails": 0}


def test_what_ended_meanwhile_was_sent(account: DocusignSimulator, connect: Connect) -> None:
    item, steps = create(account), Steps()
    DEATHS["sent, not journalled"][0](connect, account, item, steps)
    key = account.rows()[0]["id"]
    account.void(key, "No longer wanted.", "ben")
    assert go_on(connect, item, steps) == Settled(item.key, Finding.DONE, key, candidates=[])
    assert account.row(key)["status"] == "voided"


def test_a_draft_that_a_person_threw_away_is_absent(account: DocusignSimulator, connect: Connect) -> None:
    item, steps = create(account), Steps()
    DEATHS["draft journalled"][0](connect, account, item, steps)
    account.envelopes.discard(account.envelopes.rows[account.rows()[0]["id"]], "ben")
    (found,) = connect().settle("envelope", [begun(item, steps)])
    assert found.finding is Finding.ABSENT


def test_changes_are_settled_by_reading_and_cost_no_call(connect: Connect) -> None:
    connector = connect()
    items = [amend("1", status="voided"), cancel("2")]
    assert connector.settle("envelope", items) == [Settled(one.key, Finding.UNCLEAR, one.id) for one in items]
    assert connector.kit.calls == 0


def test_an_account_that_is_away_says_nothing_about_what_happened(account: DocusignSimulator, connect: Connect) -> None:
    account.faults.plan("list", times=10, kind="503")
    with pytest.raises(Later):
        connect().settle("envelope", [create(account)])


def test_a_refusal_that_was_cut_off_is_asked_for_again_so_that_a_person_reads_why(
    account: DocusignSimulator, connect: Connect
) -> None:
    connector, steps = connect(), Steps()
    item = create(account, recipients=people()[:1])
    account.faults.plan("put", kind="truncate")
    (first,) = connector.write("envelope", [item], steps)
    assert (first.outcome, type(first.error)) == (Outcome.UNKNOWN, Unknown)
    (found,) = connector.settle("envelope", [begun(item, steps)])
    assert found.finding is Finding.PARTIAL
    (second,) = connector.write("envelope", [begun(item, steps)], steps)
    assert (second.outcome, second.error and second.error.code) == (Outcome.REJECTED, "docusign.envelope_is_incomplete")
    assert [row["status"] for row in account.rows()] == ["deleted"]

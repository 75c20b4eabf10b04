"""Exactly one envelope is sent, whatever dies and whenever: the settle rule ``draft``, tried against DocuSign's simulator."""

from __future__ import annotations

import pytest

from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.simulation import Answer, Drop, Request, VirtualClock
from ltc.core.store import Store
from tests.app.engine.vendors import VendorHub, docusign_hub

POINTS = (
    "deliver.before_intents_commit", "deliver.after_intents_commit", "deliver.before_call", "deliver.after_step.draft",
    "deliver.after_step.send", "deliver.after_call", "deliver.before_bind_commit", "deliver.after_bind_commit",
)  # fmt: skip
NUMBER = 3
PEOPLE = (("Customer", "Ada Kunde"), ("Seller", "Ben Seller"), ("Office", "Office"))
FORGOTTEN_AFTER = 8 * 24 * 3600
"""DocuSign forgets transaction ids after seven days."""


@pytest.fixture
def hub(store: Store, clock: VirtualClock) -> VendorHub:
    """An ERP that asks for signatures, and an account that has sent nothing yet."""
    made = docusign_hub(store, clock)
    people = [
        {"Role": role, "Name": name, "Email": f"{role.lower()}@acme.example", "Place": place}
        for place, (role, name) in enumerate(PEOPLE, start=1)
    ]
    for number in range(NUMBER):
        subject = f"Please sign order {number}"
        made.left.put(
            "Request", {"Subject": subject, "Template": account_of(made).template_id, "Status": "sent", "People": people}
        )
    made.go_live()
    return made


def account_of(hub: VendorHub) -> DocusignSimulator:
    """Give the account."""
    assert isinstance(hub.simulator, DocusignSimulator)
    return hub.simulator


def check(hub: VendorHub) -> None:
    """Demand by the account's own state one sent envelope per request, and no draft that anybody could still send."""
    rows = account_of(hub).rows()
    sent = sorted(row["subject"] for row in rows if row["status"] == "sent")
    assert sent == [f"Please sign order {number}" for number in range(NUMBER)]
    assert {row["status"] for row in rows} <= {"sent", "deleted", "voided"}
    assert hub.open_intents() == 0
    assert hub.exceptions() == []


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_sends_each_envelope_once(hub: VendorHub, point: str) -> None:
    assert hub.sync_killed_at(point)
    hub.sync()
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


@pytest.mark.parametrize("point", ["deliver.after_intents_commit", "deliver.after_step.draft", "deliver.after_call"])
def test_what_is_settled_after_transaction_ids_are_forgotten_is_sent_once(hub: VendorHub, point: str) -> None:
    assert hub.sync_killed_at(point)
    hub.clock.advance(FORGOTTEN_AFTER)
    hub.sync()
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


@pytest.mark.parametrize("point", ["settle.after_lookup", "deliver.after_step.draft", "deliver.after_step.send"])
def test_a_kill_while_settling_sends_each_envelope_once(hub: VendorHub, point: str) -> None:
    assert hub.sync_killed_at("deliver.after_step.draft", 2)
    hub.sync_killed_at(point)
    hub.sync()
    hub.sync()
    check(hub)


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_draft_whose_creation_was_not_answered_is_gone_on_with(hub: VendorHub, forgotten: bool) -> None:
    account_of(hub).faults.plan("create", "*", 1, "drop_after_commit")
    hub.sync_killed_at("settle.after_lookup")
    if forgotten:
        hub.clock.advance(FORGOTTEN_AFTER)
    hub.sync()
    hub.sync()
    check(hub)
    assert len(account_of(hub).rows()) == NUMBER


@pytest.mark.parametrize("when", ["while it is looked for", "after it was made again"])
def test_a_draft_that_shows_too_late_is_thrown_away(hub: VendorHub, when: str) -> None:
    """A create takes effect when nobody waits for it any more: at most one of its drafts is sent."""
    account, late = account_of(hub), []
    handle = account.handle

    def slow(request: Request) -> Answer:
        is_create = request.method == "POST" and request.path.endswith("/envelopes")
        if is_create and not late:
            late.append(request)
            return Drop()
        answer = handle(request)
        if is_create and when.startswith("after") and request.body == late[-1].body:
            handle(late[0])
            account.handle = handle  # type: ignore[method-assign]
        return answer

    def show(point: str) -> None:
        if point == "settle.after_lookup" and when.startswith("while"):
            handle(late[0])
            account.handle = handle  # type: ignore[method-assign]
            hub.crash = lambda _point: None

    account.handle = slow  # type: ignore[method-assign]
    hub.crash = show
    for _ in range(3):
        hub.sync()
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


def test_a_copy_that_a_person_makes_is_left_alone(hub: VendorHub) -> None:
    account = account_of(hub)
    sent: list[Request] = []
    handle = account.handle

    def noting(request: Request) -> Answer:
        if request.method == "POST" and request.path.endswith("/envelopes"):
            sent.append(request)
        return handle(request)

    account.handle = noting  # type: ignore[method-assign]
    account.tokens.lifetime = 86_400.0
    hub.sync()
    hub.clock.advance(2 * 3600)
    handle(sent[0])
    for _ in range(2):
        hub.sync()
    assert sorted(row["status"] for row in account.rows()) == ["created", *["sent"] * NUMBER]

"""Sweeps within the account's limits, what limits answer, and each stage of an envelope's life as the reader gives it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.esign.docusign.connector import DocusignConnector
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.contract import Outcome, Presence, Raw
from ltc.core.errors import Later, QuotaSpent
from ltc.core.mapping import check_laws, explains, load, run_examples
from ltc.core.simulation import InProcessAdapter, VirtualClock
from tests.connectors.docusign.conftest import Connect, Steps, amend, cancel, create, read_all

HOUR, DAY = 3600.0, 86_400.0
MAPPING = load([Path(__file__).parents[3] / "mappings" / "docusign" / "envelope.yaml"])


class Paths(InProcessAdapter):
    """Notes which paths are called, and holds on to the tokens that are given out."""

    def __init__(self, account: DocusignSimulator) -> None:
        super().__init__(account)
        self.called: list[str] = []

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        self.called.append(f"{request.method} {request.url.partition('?')[0].rpartition('/')[2]}")
        return super().send(request, *args, **options)


def fill(account: DocusignSimulator, connector: DocusignConnector, number: int) -> list[str]:
    items = [create(account, one) for one in range(1, number + 1)]
    return [result.id for result in connector.write("envelope", items, Steps())]


def now(connector: DocusignConnector, key: str) -> Raw:
    (record,) = connector.fetch("envelope", [key], [])
    assert record.presence is Presence.LIVE
    return connector.decode("envelope", record.body)


# -- sweeps -----------------------------------------------------------------------------------------------------------------


def test_a_sweep_costs_a_call_for_a_hundred_and_never_looks_at_one_envelope(
    account: DocusignSimulator, connect: Connect, clock: VirtualClock
) -> None:
    connector = connect()
    connector._inner = paths = Paths(account)
    keys = fill(account, connector, 150)
    clock.advance(HOUR / 4)
    paths.called.clear()
    records, _, cursor = read_all(connector)
    assert sorted(one["envelopeId"] for one in records) == sorted(keys)
    assert paths.called == ["GET envelopes"] * 2
    clock.advance(HOUR / 4)
    paths.called.clear()
    records, _, cursor = read_all(connector, cursor)
    assert records == []
    assert paths.called == ["GET envelopes"] * 3, "one list of what changed, two pages of what is open"
    connector.fetch("envelope", keys[:100], [])
    assert paths.called == ["GET envelopes"] * 4


def test_a_day_of_sweeps_stays_below_the_polling_limit_of_an_envelope(
    account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock
) -> None:
    account.limits.polling = 1
    (key,) = fill(account, connector, 1)
    cursor = ""
    for _ in range(96):
        _, _, cursor = read_all(connector, cursor)
        now(connector, key)
        clock.advance(900)
    assert account.limits._looks == {}


def test_a_sweep_shows_that_one_of_two_has_signed(
    account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock
) -> None:
    first, _ = fill(account, connector, 2)
    clock.advance(HOUR)
    _, _, cursor = read_all(connector)
    clock.advance(HOUR)
    account.sign(first, "Customer")
    clock.advance(600)
    records, _, cursor = read_all(connector, cursor)
    assert [(one["envelopeId"], one["status"]) for one in records] == [(first, "sent")]
    assert [one["status"] for one in records[0]["recipients"]] == ["completed", "sent", "created"]
    clock.advance(HOUR)
    assert read_all(connector, cursor)[0] == []


def test_a_deleted_draft_is_marked(account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock) -> None:
    (result,) = connector.write("envelope", [create(account, status="created")], Steps())
    _, _, cursor = read_all(connector)
    clock.advance(HOUR)
    connector.write("envelope", [cancel(result.id)], Steps())
    records, marks, _ = read_all(connector, cursor)
    assert (records, [(one.id, one.presence) for one in marks]) == ([], [(result.id, Presence.DELETED)])


# -- limits and tokens ------------------------------------------------------------------------------------------------------


def test_a_spent_hour_is_left_alone_until_it_is_over(
    account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock
) -> None:
    connector.check()
    clock.advance(600)
    account.limits.hourly = 1
    before = connector.kit.calls
    with pytest.raises(QuotaSpent) as spent:
        connector.read("envelope", "", [])
    assert spent.value.until == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert spent.value.code == "docusign.hourly_apiinvocation_limit_exceeded"
    assert connector.kit.calls - before == 1, "it is not tried again"
    clock.advance(3000)
    assert not connector.read("envelope", "", []).more


def test_a_spent_hour_in_the_middle_of_a_batch_puts_the_rest_off(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    connector.check()
    account.limits.hourly = 1 + 1 + 2 * 2
    results = connector.write("envelope", [create(account, number) for number in range(4)], Steps())
    assert [result.outcome for result in results] == [Outcome.CREATED] * 2 + [Outcome.LATER] * 2
    assert all(isinstance(result.error, QuotaSpent) and result.error.until for result in results[2:])
    assert len(account.rows()) == 2


def test_a_spent_burst_is_waited_for(account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock) -> None:
    connector.check()
    account.limits.burst = 1
    began = clock.now()
    before = connector.kit.calls
    connector.read("envelope", "", [])
    assert connector.kit.calls - before == 2
    assert (clock.now() - began).total_seconds() == 30


@pytest.mark.parametrize("times", [1, 9])
def test_an_answer_429_is_tried_again_and_then_for_later(
    account: DocusignSimulator, connector: DocusignConnector, times: int
) -> None:
    connector.check()
    account.faults.plan("list", kind="429", times=times)
    if times == 1:
        assert connector.read("envelope", "", []).bodies == []
    else:
        with pytest.raises(Later) as later:
            connector.read("envelope", "", [])
        assert later.value.after == 30


def test_a_write_that_meets_429_made_nothing_and_is_for_later(account: DocusignSimulator, connector: DocusignConnector) -> None:
    account.faults.plan("create", kind="429")
    (result,) = connector.write("envelope", [create(account)], Steps())
    assert (result.outcome, account.rows()) == (Outcome.LATER, [])


def test_the_gauge_tells_what_is_left(account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock) -> None:
    for _ in range(3):
        connector.read("envelope", "", [])
    assert connector.kit.quota == {"used": 3, "limit": 3000, "burst_used": 3, "burst_limit": 500}
    clock.advance(HOUR)
    account.limits.burst = 200
    connector.read("envelope", "", [])
    assert connector.kit.quota == {"used": 1, "limit": 3000, "burst_used": 1, "burst_limit": 200}


def test_a_batch_renews_its_token_once(account: DocusignSimulator, connect: Connect, clock: VirtualClock) -> None:
    connector = connect()
    connector._inner = paths = Paths(account)
    connector.check()
    clock.advance(2 * HOUR)
    paths.called.clear()
    fill(account, connector, 5)
    assert paths.called.count("POST token") == 1
    assert len(paths.called) == 1 + 2 + 1 + 2 * 5, "the refused call, the sign-in, the look-up, the writes"
    assert len(account.rows("sent")) == 5


def test_a_token_that_ends_in_the_middle_of_a_create_sends_it_once(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    account.faults.plan("put", kind="expire_token")
    (key,) = fill(account, connector, 1)
    assert [one.verb for one in account.journal if one.id == key] == ["create", "sent"]


# -- the life of an envelope ------------------------------------------------------------------------------------------------


def stamp(text: str) -> str:
    return f"2026-03-02T{text}.0000000Z"


def viewed(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    account.sign(key, "Customer")
    clock.advance(60)
    account.view(key, "Seller")


def completed(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    account.sign(key, "Customer")
    clock.advance(60)
    account.sign(key, "Seller")


def declined(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    clock.advance(60)
    account.decline(key, "Customer", "Too dear.")


def voided(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    clock.advance(60)
    account.void(key, "Another offer follows.", "ben")


def corrected(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    clock.advance(60)
    account.correct(key, "Customer", "ben", name="Ada Neu", email="neu@customer.example")


def resent(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    clock.advance(60)
    account.resend(key, "Customer", "ben")


def sent(account: DocusignSimulator, key: str, clock: VirtualClock) -> None:
    del account, key, clock


LIVES: dict[str, tuple[Callable[[DocusignSimulator, str, VirtualClock], None], dict[str, Any], list[str]]] = {
    "sent": (sent, {"status": "sent"}, ["sent", "created", "created"]),
    "viewed": (viewed, {"status": "delivered", "delivered_at": "06:01"}, ["completed", "delivered", "created"]),
    "completed": (completed, {"status": "completed", "delivered_at": "06:01", "completed_at": "06:01"}, ["completed"] * 3),
    "declined": (declined, {"status": "declined", "declined_at": "06:01"}, ["declined", "created", "created"]),
    "voided": (
        voided,
        {"status": "voided", "voided_at": "06:01", "voided_reason": "Another offer follows."},
        ["sent", "created", "created"],
    ),
    "corrected": (corrected, {"status": "sent"}, ["sent", "created", "created"]),
    "resent": (resent, {"status": "sent"}, ["sent", "created", "created"]),
}
TIMES = ("delivered_at", "completed_at", "declined_at", "voided_at")


@pytest.mark.parametrize("life", LIVES)
def test_each_stage_of_a_life_is_given_back_with_its_times(
    account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock, life: str
) -> None:
    live, expected, signers = LIVES[life]
    (key,) = fill(account, connector, 1)
    _, _, cursor = read_all(connector)
    clock.advance(1)
    live(account, key, clock)
    raw = now(connector, key)
    read = MAPPING.get(raw)
    times = {name: str(read[name])[11:16] for name in TIMES if read.get(name) and str(read[name])[11:16] == "06:01"}
    texts = {name: read.get(name) for name in expected if name not in TIMES}
    assert {**texts, **times} == expected
    assert [one["status"] for one in read["signers"]] == signers
    assert str(read["sent_at"])[11:16] == "06:00"
    assert check_laws(MAPPING, [raw]) == []
    clock.advance(60)
    swept = [one for one in read_all(connector, cursor)[0] if one["envelopeId"] == key]
    assert swept[-1:] == [raw], "a sweep shows the same bytes"


def test_what_a_decliner_said_and_a_corrected_person_are_read(
    account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock
) -> None:
    first, second = fill(account, connector, 2)
    declined(account, first, clock)
    corrected(account, second, clock)
    (customer, *_) = MAPPING.get(now(connector, first))["signers"]
    assert (customer["status"], customer["declined_reason"]) == ("declined", "Too dear.")
    (customer, *_) = MAPPING.get(now(connector, second))["signers"]
    assert (customer["name"], customer["email"]) == ("Ada Neu", "neu@customer.example")


def test_a_mapped_request_reads_as_it_was_written_and_needs_no_second_write(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    wanted = {
        "subject": "Please sign order 4711",
        "message": "As agreed.",
        "template": account.template_id,
        "status": "sent",
        "signers": [
            {"id": "Customer", "name": "Łucja Ößler", "email": "lucja@customer.example", "position": 1},
            {"id": "Seller", "name": "Ben", "email": "ben@seller.example", "position": 2},
            {"id": "Office", "name": "Office", "email": "office@seller.example", "position": 3},
        ],
    }
    item = create(account)
    fields = {**MAPPING.put(None, wanted), "ltcId": "hub1:1"}
    item = type(item)(item.key, item.short_key, item.verb, "", fields, journal={})
    (result,) = connector.write("envelope", [item], Steps())
    raw = now(connector, result.id)
    read = MAPPING.get(raw)
    assert all(explains(value, read.get(name)) for name, value in wanted.items() if name != "signers")
    assert MAPPING.put(raw, {**read, **wanted}) == {}
    assert run_examples(MAPPING) == []
    changed = {**read, "signers": [{**read["signers"][0], "name": "Łucja Nowak"}, *read["signers"][1:]]}
    (result,) = connector.write("envelope", [amend(result.id, **MAPPING.put(raw, changed))], Steps())
    assert (result.error, account.row(result.id)["recipients"][0]["name"]) == (None, "Łucja Nowak")


def test_an_expired_envelope_reads_as_voided_with_the_reason_that_docusign_gives(
    account: DocusignSimulator, connector: DocusignConnector, clock: VirtualClock
) -> None:
    (key,) = fill(account, connector, 1)
    _, _, cursor = read_all(connector)
    clock.advance(119 * DAY)
    assert now(connector, key)["status"] == "sent"
    _, _, cursor = read_all(connector, cursor)
    clock.advance(2 * DAY)
    raw = now(connector, key)
    assert (raw["status"], raw["voidedReason"]) == ("voided", "Envelope has expired.")
    assert [one["envelopeId"] for one in read_all(connector, cursor)[0]] == [key]
    assert MAPPING.get({**raw, "status": "timedout"})["status"] == "expired"

"""Connect's messages: one key of several, forged ones, changed bytes, other accounts, repeated deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from connectors.esign.docusign.account.api import ACCOUNT, OTHER_ACCOUNT
from connectors.esign.docusign.connector import DocusignConnector
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.contract import Hint
from ltc.core.errors import Misconfigured, Rejected, Unauthorised
from ltc.core.simulation import Delivery, VirtualClock
from tests.connectors.docusign.conftest import START, Connect, Steps, create

OWN_KEY = "a key of ours"


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Give headers as the hub's server does."""
    return {name.lower(): value for name, value in headers.items()}


def heard(connector: DocusignConnector, delivery: Delivery) -> list[Hint]:
    return list(connector.hear(lowered(delivery.headers), delivery.body))


def signed(body: Any, key: str = OWN_KEY) -> tuple[dict[str, str], bytes]:
    """Sign a body as DocuSign documents it, without the simulator's help."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(key.encode(), raw, hashlib.sha256).digest()
    return {"x-docusign-signature-1": base64.b64encode(digest).decode()}, raw


def message(**more: Any) -> dict[str, Any]:
    data = {"accountId": ACCOUNT, "envelopeId": "e-1", **more.pop("data", {})}
    return {"event": "envelope-sent", "generatedDateTime": "2026-03-02T06:00:00.0000000Z", "retryCount": 0, "data": data, **more}


@pytest.fixture
def ours(connect: Connect) -> DocusignConnector:
    return connect(webhook_secret=OWN_KEY)


@pytest.fixture
def posted(account: DocusignSimulator, connector: DocusignConnector) -> Delivery:
    connector.write("envelope", [create(account)], Steps())
    return account.deliveries()[0]


def test_a_key_is_replaced_without_a_message_lost(account: DocusignSimulator, connect: Connect) -> None:
    old = account.connect.keys[0]
    new = account.connect.add_key()
    before, both, after = (connect(webhook_secret=keys) for keys in ([old], [new, old], new))
    connect().write("envelope", [create(account)], Steps())
    (double, *_) = account.deliveries()
    assert {"X-DocuSign-Signature-1", "X-DocuSign-Signature-2"} <= set(double.headers)
    for connector in (before, both, after):
        assert [hint.id for hint in heard(connector, double)] == [account.rows()[0]["id"]]
    account.connect.drop_key()
    (single, *_) = account.deliveries()
    assert heard(both, single) == heard(after, single) != []
    with pytest.raises(Unauthorised) as refused:
        heard(before, single)
    assert refused.value.code == "hook.forged"
    assert old not in f"{refused.value!r} {refused.value} {refused.value.remedy}"


def test_any_of_our_keys_may_match_any_of_their_signatures(connect: Connect) -> None:
    headers, body = signed(message())
    headers = {"x-docusign-signature-1": "bm9uc2Vuc2U=", "x-docusign-signature-12": headers["x-docusign-signature-1"]}
    assert connect(webhook_secret=["another", OWN_KEY]).hear(headers, body)
    with pytest.raises(Unauthorised):
        connect(webhook_secret=["another", "a third"]).hear(headers, body)


@pytest.mark.parametrize(
    "name", ["x-docusign-signature-", "x-docusign-signature", "x-docusign-signature-1-2", "x-authorization-digest"]
)
def test_a_signature_elsewhere_is_none(ours: DocusignConnector, name: str) -> None:
    headers, body = signed(message())
    with pytest.raises(Unauthorised, match="not signed with one of our keys"):
        ours.hear({name: headers["x-docusign-signature-1"]}, body)


def test_every_single_byte_is_signed(connector: DocusignConnector, posted: Delivery) -> None:
    assert heard(connector, posted)
    headers = lowered(posted.headers)
    for place in range(len(posted.body)):
        changed = posted.body[:place] + bytes([posted.body[place] ^ 1]) + posted.body[place + 1 :]
        with pytest.raises(Unauthorised):
            connector.hear(headers, changed)
    same = json.dumps(json.loads(posted.body)).encode()
    assert same != posted.body
    for other in (same, posted.body + b"\n", posted.body[:-1], b""):
        with pytest.raises(Unauthorised):
            connector.hear(headers, other)


@pytest.mark.parametrize("given", ["", "nonsense", "é", "=" * 44])
def test_signatures_that_are_none(connector: DocusignConnector, posted: Delivery, given: str) -> None:
    with pytest.raises(Unauthorised) as refused:
        connector.hear({"x-docusign-signature-1": given}, posted.body)
    assert refused.value.code == "hook.forged"


def test_without_a_key_nothing_is_heard(connect: Connect, posted: Delivery) -> None:
    with pytest.raises(Misconfigured, match="no key") as refused:
        heard(connect(webhook_secret=()), posted)
    assert refused.value.code == "hook.no_secret"


def test_messages_of_another_account_are_heard_and_mean_nothing(connect: Connect) -> None:
    assert connect(webhook_secret=OWN_KEY).hear(*signed(message(data={"accountId": OTHER_ACCOUNT}))) == []
    assert connect(webhook_secret=OWN_KEY).hear(*signed(message(data={"accountId": ACCOUNT.upper()})))


def test_what_a_hint_says(ours: DocusignConnector) -> None:
    (hint,) = ours.hear(*signed(message(event="recipient-completed", data={"recipientId": "2"})))
    assert (hint.object, hint.id, hint.occurred_at) == ("envelope", "e-1", START)
    assert hint.event == "e-1/recipient-completed/2026-03-02T06:00:00.0000000Z/2"


def test_a_retry_is_the_same_event_and_a_second_round_is_another(ours: DocusignConnector) -> None:
    first = ours.hear(*signed(message()))
    assert ours.hear(*signed(message(retryCount=3, configurationId=9))) == first
    other = [
        message(generatedDateTime="2026-03-02T06:00:01.0000000Z"),
        message(event="envelope-corrected"),
        message(data={"envelopeId": "e-2"}),
        message(data={"recipientId": "1"}),
        message(data={"recipientId": "2"}),
    ]
    events = {ours.hear(*signed(one))[0].event for one in other}
    assert len(events | {first[0].event}) == 6


def test_a_delivery_that_failed_comes_again_as_the_same_event(
    account: DocusignSimulator, connector: DocusignConnector, posted: Delivery, clock: VirtualClock
) -> None:
    clock.advance(timedelta(hours=1).total_seconds())
    for attempt in (1, 2):
        again = account.delivery_again(0, attempt)
        assert json.loads(again.body)["retryCount"] == attempt
        assert heard(connector, again) == heard(connector, posted)


@pytest.mark.parametrize("event", ["template-modified", "agreement-created"])
def test_events_of_other_things_are_not_for_us(ours: DocusignConnector, event: str) -> None:
    assert ours.hear(*signed({"event": event, "data": {}})) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<DocuSignEnvelopeInformation/>",
        b"\xff\xfe",
        {"status": "sent", "envelopeId": "1"},
        {"event": "envelope-sent"},
        message(data={"envelopeId": ""}),
        message(data={"envelopeId": 7}),
    ],
)
def test_signed_but_unreadable(ours: DocusignConnector, body: Any) -> None:
    with pytest.raises(Rejected) as refused:
        ours.hear(*signed(body))
    assert refused.value.code == "hook.unreadable"
    assert refused.value.remedy


@pytest.mark.parametrize("when", [None, "yesterday", 7])
def test_a_message_without_a_time_is_told_apart_by_its_bytes(ours: DocusignConnector, when: Any) -> None:
    one = ours.hear(*signed(message(generatedDateTime=when)))
    assert one[0].occurred_at is None
    assert ours.hear(*signed(message(generatedDateTime=when))) == one
    if not when:
        assert ours.hear(*signed(message(generatedDateTime=when, retryCount=1))) != one

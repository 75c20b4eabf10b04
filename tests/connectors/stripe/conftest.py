"""An account with some business in it, and a connector to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.payment.stripe.connector import StripeConnector
from connectors.payment.stripe.settings import StripeSettings
from connectors.payment.stripe.simulator import StripeSimulator
from ltc.core.contract import Call, Kit, Outcome, Verb, WriteItem
from ltc.core.simulation import Answer, Delivery, Drop, InProcessAdapter, Request, Truncate, VirtualClock
from tests.connectors.stripe.specifications import faults_in

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def customer(account: StripeSimulator, number: int = 1) -> str:
    """Enter a customer."""
    return account.insert("customer", {"name": f"Acme {number} GmbH", "email": f"info{number}@acme.example"})


def open_invoice(account: StripeSimulator, number: int = 1, amount: int = 1000, currency: str = "eur") -> str:
    """Let a person make an invoice and finalise it."""
    buyer = customer(account, number)
    head = {"customer": buyer, "currency": currency, "collection_method": "send_invoice", "days_until_due": 14}
    invoice = account.insert("invoice", {**head, "description": f"Deal {number}"})
    item = {"customer": buyer, "invoice": invoice, "amount": amount * number, "currency": currency, "description": "Pump"}
    account.insert("invoiceitem", item)
    account.update("invoice", invoice, {"finalize": True})
    return invoice


def paid_intent(account: StripeSimulator, number: int = 1) -> str:
    """Let a customer pay an invoice; give the payment intent."""
    return account.pay_invoice(open_invoice(account, number))


class Steps:
    """A journal as the engine keeps it."""

    def __init__(self) -> None:
        """Start empty."""
        self.of: dict[str, dict[str, Any]] = {}

    def __call__(self, key: str, step: str, data: Any) -> None:
        """Keep what a step learnt."""
        self.of.setdefault(key, {})[step] = dict(data)


def create(number: int, journal: dict[str, Any] | None = None, /, **fields: Any) -> WriteItem:
    """Make a create as the engine does."""
    return WriteItem(
        f"{number:032x}",
        f"KEY{number:09d}",
        Verb.CREATE,
        "",
        {"metadata.ltc_id": f"hub:{number}", **fields},
        journal=journal or {},
    )


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Hold all that an account answers and posts in a test against what Stripe publishes; give what is amiss."""
    found: list[str] = []
    handle, deliveries = StripeSimulator.handle, StripeSimulator.deliveries

    def answered(account: StripeSimulator, request: Request) -> Answer:
        answer = handle(account, request)
        response = answer.response if isinstance(answer, Truncate) else answer
        if not isinstance(response, Drop):
            said = faults_in(response.encode()[1])
            found.extend(f"{request.method} {request.path} ({response.status}): {fault}" for fault in said)
        return answer

    def posted(account: StripeSimulator, since: int = 0) -> list[Delivery]:
        told = list(deliveries(account, since))
        found.extend(f"webhook: {fault}" for one in told for fault in faults_in(one.body))
        return told

    monkeypatch.setattr(StripeSimulator, "handle", answered)
    monkeypatch.setattr(StripeSimulator, "deliveries", posted)
    yield found
    assert not found, "\n".join(sorted(set(found)))


@pytest.fixture
def account() -> StripeSimulator:
    """Give an empty account."""
    return StripeSimulator("stripe", VirtualClock(START), seed=7)


@pytest.fixture
def calls() -> list[Call]:
    """Give the journal of calls."""
    return []


@pytest.fixture
def connector(account: StripeSimulator, calls: list[Call]) -> Iterator[StripeConnector]:
    """Give a connector to the account, in this process."""
    settings = StripeSettings.model_validate({"base_url": "http://stripe.test", **account.credentials()})
    kit = Kit(clock=account.clock, record_call=calls.append)
    found = StripeConnector(settings, kit, inner=InProcessAdapter(account))
    yield found
    found.close()


def made(connector: StripeConnector, obj: str, item: WriteItem, journal: Steps | None = None) -> str:
    """Write a record and give its id."""
    (result,) = connector.write(obj, [item], journal or Steps())
    assert result.outcome is Outcome.CREATED, result
    return result.id

"""An account, a virtual clock, and connectors that reach the account in the same process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.esign.docusign.connector import DocusignConnector
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.contract import Kit, Raw, Verb, WriteItem
from ltc.core.simulation import Answer, Delivery, Drop, InProcessAdapter, Request, Truncate, VirtualClock
from tests.connectors.docusign.specifications import faults, faults_of_message

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
Connect = Callable[..., DocusignConnector]


def template(account: DocusignSimulator) -> str:
    """Give the standard template's id."""
    return account.template_id


def people(number: int = 1) -> list[dict[str, Any]]:
    """Name someone for each role of the standard template."""
    return [
        {"recipientKey": "Customer", "name": "Ada Kunde", "email": f"ada{number}@customer.example", "routingOrder": "1"},
        {"recipientKey": "Seller", "name": "Ben Seller", "email": "ben@seller.example", "routingOrder": "2"},
        {"recipientKey": "Office", "name": "Office", "email": "office@seller.example", "routingOrder": "3"},
    ]


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Hold all that an account answers and posts in a test against what DocuSign publishes; give what is amiss."""
    found: list[str] = []
    handle, deliveries = DocusignSimulator.handle, DocusignSimulator.deliveries

    def answered(account: DocusignSimulator, request: Request) -> Answer:
        answer = handle(account, request)
        response = answer.response if isinstance(answer, Truncate) else answer
        if not isinstance(response, Drop):
            found.extend(faults(request.method, request.path, response.status, json.loads(response.encode()[1])))
        return answer

    def posted(account: DocusignSimulator, since: int = 0) -> list[Delivery]:
        told = list(deliveries(account, since))
        found.extend(fault for one in told for fault in faults_of_message(json.loads(one.body)))
        return told

    monkeypatch.setattr(DocusignSimulator, "handle", answered)
    monkeypatch.setattr(DocusignSimulator, "deliveries", posted)
    yield found
    assert not found, "\n".join(sorted(set(found)))


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def account(clock: VirtualClock) -> DocusignSimulator:
    return DocusignSimulator("docusign", clock, seed=7)


@pytest.fixture
def connect(account: DocusignSimulator, clock: VirtualClock) -> Connect:
    def make(**settings: Any) -> DocusignConnector:
        known = {"base_url": "http://account", **account.credentials()}
        return DocusignConnector(
            DocusignConnector.Settings(**(known | settings)), Kit(clock=clock), inner=InProcessAdapter(account)
        )

    return make


@pytest.fixture
def connector(connect: Connect) -> DocusignConnector:
    return connect()


class Steps:
    """A journal in memory, which may end the process after a step."""

    def __init__(self, die_after: str = "") -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.die_after = die_after

    def __call__(self, key: str, step: str, data: Any) -> None:
        self.kept.setdefault(key, {})[step] = dict(data)
        if step == self.die_after:
            raise InterruptedError(step)


def create(account: DocusignSimulator, number: int = 1, **more: Any) -> WriteItem:
    """Make a create as the engine does."""
    fields: Raw = {
        "templateId": template(account),
        "emailSubject": f"Please sign order {number}",
        "status": "sent",
        "recipients": people(number),
        "ltcId": f"hub1:{number:032x}",
    }
    journal = more.pop("journal", {})
    return WriteItem(f"intent-{number}", f"SHORT{number:07d}", Verb.CREATE, "", {**fields, **more}, journal=journal)


def amend(key: str, **fields: Any) -> WriteItem:
    """Make an amendment as the engine does."""
    return WriteItem(f"amend-{key}", "", Verb.AMEND, key, fields)


def cancel(key: str, **fields: Any) -> WriteItem:
    """Make a cancellation as the engine does."""
    return WriteItem(f"cancel-{key}", "", Verb.CANCEL, key, fields)


def read_all(connector: DocusignConnector, cursor: str = "", limit: int = 0) -> tuple[list[Raw], list[Any], str]:
    """Read every page and give decoded records, marks and the last cursor."""
    records: list[Raw] = []
    marks: list[Any] = []
    while True:
        page = connector.read("envelope", cursor, [], limit)
        records += [connector.decode("envelope", body) for body in page.bodies]
        marks += page.marked
        cursor = page.cursor
        if not page.more:
            return records, marks, cursor

"""An org, a virtual clock, and connectors that reach the org in the same process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Kit, Raw, Verb, WriteItem
from ltc.core.simulation import InProcessAdapter, VirtualClock

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
Connect = Callable[..., SalesforceConnector]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def org(clock: VirtualClock) -> SalesforceSimulator:
    return SalesforceSimulator("salesforce", clock, seed=7)


@pytest.fixture
def connect(org: SalesforceSimulator, clock: VirtualClock) -> Connect:
    def make(**settings: Any) -> SalesforceConnector:
        credentials = org.credentials()
        known = {"base_url": "http://org", "client_id": credentials["client_id"], "client_secret": credentials["client_secret"]}
        return SalesforceConnector(
            SalesforceConnector.Settings(**(known | settings)), Kit(clock=clock), inner=InProcessAdapter(org)
        )

    return make


@pytest.fixture
def connector(connect: Connect) -> SalesforceConnector:
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


def create(number: object, fields: Raw, **more: Any) -> WriteItem:
    return WriteItem(f"intent-{number}", f"short-{number}", Verb.CREATE, "", {"LTC_Id__c": f"hub-{number}", **fields}, **more)


def amend(record_id: str, fields: Raw, **more: Any) -> WriteItem:
    return WriteItem(f"intent-{record_id}", "", Verb.AMEND, record_id, fields, **more)


def read_all(
    connector: SalesforceConnector, obj: str, fields: list[str], cursor: str = "", limit: int = 0
) -> tuple[list[Raw], list[Any], str]:
    """Read every page and give decoded records, marks and the last cursor."""
    records: list[Raw] = []
    marks: list[Any] = []
    while True:
        page = connector.read(obj, cursor, fields, limit)
        records += [connector.decode(obj, body) for body in page.bodies]
        marks += page.marked
        cursor = page.cursor
        if not page.more:
            return records, marks, cursor


def catalogue(org: SalesforceSimulator, currency: str = "EUR", price: str = "10.50") -> tuple[str, str, str]:
    """Make a customer, a product and its price; give their ids."""
    account = org.insert("Account", {"Name": "Acme GmbH", "CurrencyIsoCode": currency}, "rep")
    product = org.insert("Product2", {"Name": "Pump", "ProductCode": "P-1", "IsActive": True}, "rep")
    entry = {"Product2Id": product, "Pricebook2Id": org.standard_pricebook, "UnitPrice": price, "IsActive": True}
    return account, product, org.insert("PricebookEntry", {**entry, "CurrencyIsoCode": currency}, "rep")

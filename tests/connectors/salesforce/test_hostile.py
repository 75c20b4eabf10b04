"""A hostile org ends in the calm org's state: locks, limits, cut connections, broken JSON, expired tokens, half batches."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Kit, Outcome, WriteItem
from ltc.core.errors import Later
from ltc.core.simulation import InProcessAdapter, Profile, VirtualClock
from tests.connectors.salesforce.conftest import START, Steps, amend, create, read_all

DONE = {Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED}
TRIES = 12


def persist(connector: SalesforceConnector, obj: str, items: Sequence[WriteItem]) -> dict[str, str]:
    """Write until everything is done, as the engine does; give the ids by key."""
    ids: dict[str, str] = {}
    left = list(items)
    for _ in range(TRIES):
        try:
            results = connector.write(obj, left, Steps())
        except Later:
            connector.kit.clock.sleep(60)
            continue
        assert all(result.outcome in DONE | {Outcome.LATER, Outcome.UNKNOWN} for result in results), results
        ids |= {result.key: result.id for result in results if result.outcome in DONE}
        left = [item for item in left if item.key not in ids]
        if not left:
            return ids
        connector.kit.clock.sleep(60)
    raise AssertionError([item.key for item in left])


def scenario(profile: Profile, seed: int, threshold: int) -> SalesforceSimulator:
    clock = VirtualClock(START)
    org = SalesforceSimulator("salesforce", clock, seed, profile)
    known = {key: value for key, value in org.credentials().items() if key.startswith("client_")}
    settings = SalesforceConnector.Settings(base_url="http://org", bulk_threshold=threshold, **known)
    connector = SalesforceConnector(settings, Kit(clock=clock, random=random.Random(seed)), inner=InProcessAdapter(org))
    accounts = persist(
        connector, "Account", [create(f"a{n}", {"Name": f"Firm {n}", "CurrencyIsoCode": "JPY"}) for n in range(230)]
    )
    products = persist(connector, "Product2", [create(f"p{n}", {"Name": f"P{n}", "ProductCode": f"{n}"}) for n in range(30)])
    prices = [
        create(
            f"e{n}", {"Product2Id": products[f"intent-p{n}"], "CurrencyIsoCode": "JPY", "UnitPrice": 100 + n, "IsActive": True}
        )
        for n in range(30)
    ]
    entries = persist(connector, "PricebookEntry", prices)
    orders = []
    for n in range(40):
        rows = [
            {"Line_Number__c": str(10 + at), "PricebookEntryId": entries[f"intent-e{(n + at) % 30}"], "Quantity": Decimal(at + 1)}
            for at in range(3)
        ]
        head = {
            "AccountId": accounts[f"intent-a{n}"],
            "EffectiveDate": "2026-03-02",
            "CurrencyIsoCode": "JPY",
            "Status": "Activated",
        }
        orders.append(create(f"o{n}", {**head, "PoNumber": f"PO {n}", "OrderItems": {"records": rows}}))
    persist(connector, "Order", orders)
    persist(connector, "Account", [amend(key, {"Phone": "1"}) for key in accounts.values()])
    for _ in range(TRIES):
        try:
            records, _, _ = read_all(connector, "Order", ["Id", "OrderItems.records.Quantity"], limit=7)
        except Later:
            clock.sleep(60)
            continue
        assert len({record["Id"] for record in records}) == len(records) == len(orders)
        return org
    raise AssertionError("never read")


@pytest.mark.parametrize(("seed", "threshold"), [(1, 100_000), (2, 100_000), (3, 100_000), (4, 25), (5, 25), (6, 25)])
def test_hostile_ends_as_calm(seed: int, threshold: int) -> None:
    calm, hostile = scenario("calm", seed, threshold), scenario("hostile", seed, threshold)
    assert len(hostile.faults.fired) > 5
    assert not calm.faults.fired
    assert hostile.state() == calm.state()

"""A sandbox whose SAP is mock-sap: the same world and people, Salesforce's simulator, and a server that no one here wrote."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox import doors
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.mock_sap.books import SYSTEM, Books
from ltc.app.sandbox.mock_sap.people import COMPANY_CODE, MockSapPeople
from ltc.app.sandbox.mock_sap.server import HUB_USER, MockSap
from ltc.app.sandbox.picture import Picture
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.seed_salesforce import seed_salesforce
from ltc.app.sandbox.seed_sap import seed_sap
from ltc.app.sandbox.world import Size, Truth, build
from ltc.core.simulation import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.world import World
    from ltc.core.simulation import Profile

READ_ONLY = {"wants": {"create": "false", "update": "false"}}
ENTITIES = {
    "customer": READ_ONLY,
    "product": READ_ONLY,
    "order": {"wants": {"update": "false"}},
    "delivery": {},
    "payment": {"wants": {"update": "false"}},
}
"""What the hub does with mock-sap: master data it only reads, orders and payments it creates, deliveries it reads."""

SETTINGS = {"tables": "mock_sap", "order_reference": "BSTNK", "sales_org": "1710", "company_code": COMPANY_CODE}


def up_with_mock_sap(seed: int, size: Size, profile: Profile = "calm") -> MockSapSandbox:
    """Bring a sandbox with mock-sap up on loopback; raise Misconfigured if the package is not installed."""
    world = build(seed, size)
    with ExitStack() as stack:
        server = MockSap(world.start, f"mock-{Dice(seed).number(10**12, 'password of mock-sap'):012d}")
        stack.callback(server.stop)
        sandbox = MockSapSandbox(server, world, {"seed": seed, "size": asdict(size)}, profile)
        sandbox.listen()
        stack.pop_all()
    return sandbox


class MockSapSandbox(RunningSandbox):
    """A sandbox that is up, with mock-sap in the place of the simulated SAP."""

    def __init__(self, server: MockSap, world: World, shape: Mapping[str, Any], profile: Profile) -> None:
        """Take the server that is up, and put the world into both systems."""
        truth, clock = Truth(), VirtualClock(world.start)
        org = doors.simulator("salesforce", clock, world.seed, profile)
        self.server = server
        self.books = Books(server)
        super().__init__(
            world,
            clock,
            {"salesforce": org},
            truth,
            salesforce=doors.salesforce_door(org),
            sap=MockSapPeople(self.server, self.books, clock),
            hub_users=frozenset({HUB_USER}),
            shape=shape,
        )
        server.clear()
        seed_salesforce(world, self.salesforce, truth)
        seed_sap(world, self.sap, truth)

    def systems(self) -> dict[str, dict[str, Any]]:
        """Say where each system is and how to sign in, and what of mock-sap the hub can use."""
        told = {
            "connector": doors.kind_of(SYSTEM),
            "base_url": self.server.base_url,
            "credentials": {"user": HUB_USER, "passwd": self.server.password},
            "webhook_secret": "",
            "settings": SETTINGS,
            "entities": ENTITIES,
        }
        return {**super().systems(), SYSTEM: told}

    def states(self) -> dict[str, dict[str, Any]]:
        """Give each system's objects in its normal form."""
        side = self.books.side()
        documents = {
            "orders": [
                {"customer": order.customer, "currency": order.currency, "lines": [asdict(line) for line in order.lines]}
                for order in side.orders
            ],
            "deliveries": [{"customer": delivery.customer} for delivery in side.deliveries],
            "payments": [{"customer": one.customer, "currency": one.currency, "total": one.total} for one in side.payments],
        }
        customers = [{"name": party.name, "postal_code": party.postal_code} for party in side.customers.values()]
        return {**super().states(), SYSTEM: {"customers": customers, **documents}}

    def picture(self) -> Picture:
        """Draw what the checker looks at; what a payment of the hub is for, only the one in Salesforce says."""
        crm = super().picture()
        said = {payment.number: payment.sources for payment in crm.salesforce.payments if payment.sources}
        side = crm.sap
        payments = tuple(replace(one, sources=one.sources or said.get(one.number, ())) for one in side.payments)
        journals = {**crm.journals, SYSTEM: self.books.journal()}
        return replace(crm, sap=replace(side, payments=payments), journals=journals, hub_actors=crm.hub_actors | self.hub_users)

    def sleep(self) -> None:
        """Let the night pass in both systems."""
        self.business.sleep()
        self.server.advance(self.clock.now().date())

    def stop(self) -> None:
        """Give all ports back."""
        super().stop()
        self.server.stop()

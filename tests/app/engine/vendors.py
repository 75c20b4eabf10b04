"""A hub between an invented ERP and the simulator of a real vendor, for tests of the write protocol against real dialects."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from connectors.erp.sap_rfc.connector import SapRfcConnector
from connectors.erp.sap_rfc.simulator import SapSimulator
from connectors.esign.docusign.connector import DocusignConnector
from connectors.esign.docusign.simulator import DocusignSimulator
from connectors.payment.stripe.connector import StripeConnector
from connectors.payment.stripe.simulator import StripeSimulator
from ltc.app.engine.assembly import ScopeSettings, build_context, make_scope
from ltc.app.engine.context import Context, HubIdentity
from ltc.app.engine.rollout import set_mode
from ltc.app.engine.runs import Sync
from ltc.core import resources
from ltc.core.contract import Connector, Kit, SettleRule
from ltc.core.mapping import Mapping as Compiled
from ltc.core.mapping import load
from ltc.core.simulation import InProcessAdapter, Simulator, VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from mdm.survivorship import load_policy
from tests.app.engine.fakes import Invented, World
from tests.app.engine.killing import Killed, kill_at

PAUSE = 600.0
"""Seconds from one sync to the next."""

BUYER = """
system: invented
object: Customer
entity: customer
key: Id
version: Mod
fields:
  name: Name
  email: {from: Email, as: email}
"""
ARTICLE = """
system: invented
object: Article
entity: product
key: Id
version: Mod
fields:
  number: Number
  name: Name
  unit: Unit
"""
ORDER = """
system: invented
object: Order
entity: order
key: Id
version: Mod
one_way: in
fields:
  purchase_order: Purchase
  customer: {from: Customer, ref: customer}
  currency: Currency
  order_date: {from: Day, as: date}
  status: {from: Status, codes: {submitted: submitted, cancelled: cancelled}}
  lines:
    each: Items
    key: No
    fields:
      number: No
      product: {from: Product, ref: product}
      ordered_quantity: {from: Qty, as: quantity, unit: Unit}
      unit_price: {from: Price, as: unit_price, currency: /Currency, unit: Unit}
"""
DEAL = """
system: invented
object: Deal
entity: opportunity
key: Id
version: Mod
fields:
  name: Name
  customer: {from: Customer, ref: customer}
  stage: Stage
  currency: Currency
  close_date: {from: Day, as: date}
"""
BILL = """
system: invented
object: Bill
entity: invoice
key: Id
version: Mod
one_way: in
fields:
  number: Number
  customer: {from: Customer, ref: customer}
  status: {from: Status, codes: {open: open, paid: paid, cancelled: cancelled}}
  due_date: {from: Due, as: date}
  currency: Currency
  total: {from: Total, as: money, currency: Currency}
  tax_total: {from: Tax, as: money, currency: Currency}
  lines:
    each: Lines
    key: No
    fields:
      number: No
      description: Text
      line_total: {from: Amount, as: money, currency: /Currency}
"""
REQUEST = """
system: invented
object: Request
entity: signature_request
key: Id
version: Mod
one_way: in
fields:
  subject: Subject
  template: Template
  status: {from: Status, codes: {sent: sent, voided: voided}}
  signers:
    each: People
    key: Role
    fields:
      id: Role
      name: Name
      email: {from: Email, as: email}
      position: {from: Place, as: integer}
"""


@cache
def shipped(path: str) -> Compiled:
    """Load a mapping that ships, once in a process: a context is assembled many times in a test."""
    return load([resources.mappings() / path])


@cache
def written(text: str) -> Compiled:
    """Load a mapping of these tests, once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mapping.yaml"
        file.write_text(text, encoding="utf-8")
        return load([file])


@dataclass
class VendorHub:
    """An invented ERP on the left, a vendor on the right; each sync is a new process."""

    store: Store
    clock: VirtualClock
    simulator: Simulator
    kind: type[Connector]
    system: str
    role: str
    mine: Mapping[str, str]
    theirs: Mapping[str, str]
    left: World = field(default_factory=lambda: World("L"))
    crash: Callable[[str], None] = lambda _point: None
    settings: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    ours: str = "erp"

    def load_mappings(self) -> None:
        """Load what contexts will be assembled from."""
        for text in self.mine.values():
            written(text)
        for path in self.theirs.values():
            shipped(path)

    def context(self) -> Context:
        """Assemble a context, as a new process would."""
        kits = {name: Kit(clock=self.clock, deadline_seconds=30) for name in ("left", self.system)}
        left = Invented(self.left, kits["left"], SettleRule.RESEND)
        given = {"base_url": self.address or f"http://{self.system}.test", **self.simulator.credentials(), **self.settings}
        known = {name: value for name, value in given.items() if name in self.kind.Settings.model_fields}
        make = cast("Callable[..., Connector]", self.kind)
        inner = {} if self.address else {"inner": InProcessAdapter(self.simulator)}
        right = make(self.kind.Settings.model_validate(known), kits[self.system], **inner)
        settings = []
        for name, text in self.mine.items():
            settings.append(ScopeSettings("left", self.ours, written(text), left.spec(name)))
        for name, path in self.theirs.items():
            settings.append(ScopeSettings(self.system, self.role, shipped(path), right.objects[name]))
        policy = load_policy([resources.config() / "survivorship.yaml"])
        return build_context(
            self.store, self.clock, HubIdentity("hub1", "secret"), [make_scope(one) for one in settings], policy, [],
            {"left": left, self.system: right}, kits, crash=self.crash, options={"lease_seconds": 1.0},
        )  # fmt: skip

    def sync(self) -> dict[str, Any]:
        """Run one sync of everything, ten minutes after the last one."""
        ctx = self.context()
        self.clock.sleep(PAUSE)
        return Sync(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub]).go()

    def go_live(self) -> None:
        """Read everything, then put all scopes live."""
        self.sync()
        ctx = self.context()
        set_mode(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub], "live", actor="test")

    def sync_killed_at(self, point: str, nth: int = 1) -> bool:
        """Run a sync that dies at a point; say whether it came there."""
        self.crash = kill_at(point, nth)
        try:
            self.sync()
        except Killed:
            return True
        finally:
            self.crash = lambda _point: None
        return False

    def open_intents(self) -> int:
        """Count the writes whose outcome is still unknown."""
        with self.store.reading() as tx:
            return int(tx.scalar(select(func.count()).select_from(t.intent).where(t.intent.c.state == "open")) or 0)

    def exceptions(self) -> list[tuple[str, str]]:
        """List open exceptions as (code, message)."""
        e = t.exception
        with self.store.reading() as tx:
            rows = tx.execute(select(e.c.code, e.c.message).where(e.c.state == "open").order_by(e.c.id)).all()
        return [(row[0], row[1]) for row in rows]


def stripe_hub(store: Store, clock: VirtualClock) -> VendorHub:
    """Let Stripe collect the ERP's bills."""
    theirs = {"customer": "stripe/customer.yaml", "invoice": "stripe/invoice.yaml"}
    mine = {"Customer": BUYER, "Bill": BILL}
    account = StripeSimulator("stripe", clock, seed=7)
    return VendorHub(store, clock, account, cast("type[Connector]", StripeConnector), "stripe", "payment", mine, theirs)


def docusign_hub(store: Store, clock: VirtualClock) -> VendorHub:
    """Let DocuSign collect signatures that the ERP asks for."""
    theirs, mine = {"envelope": "docusign/envelope.yaml"}, {"Request": REQUEST}
    account = DocusignSimulator("docusign", clock, seed=7)
    return VendorHub(store, clock, account, cast("type[Connector]", DocusignConnector), "docusign", "esign", mine, theirs)


def sap_hub(store: Store, clock: VirtualClock) -> VendorHub:
    """Let SAP take the orders of a shop; SAP is reached over an address only."""
    theirs = {"customer": "sap_rfc/customer.yaml", "material": "sap_rfc/material.yaml", "sales_order": "sap_rfc/sales_order.yaml"}
    mine = {"Customer": BUYER, "Article": ARTICLE, "Order": ORDER}
    sap = SapSimulator("sap", clock, seed=7)
    return VendorHub(store, clock, sap, cast("type[Connector]", SapRfcConnector), "sap", "erp", mine, theirs, ours="crm")


def salesforce_hub(store: Store, clock: VirtualClock) -> VendorHub:
    """Let Salesforce know an ERP's customers and deals."""
    theirs = {"Account": "salesforce/account.yaml", "Opportunity": "salesforce/opportunity.yaml"}
    mine = {"Customer": BUYER, "Deal": DEAL}
    org = SalesforceSimulator("salesforce", clock, seed=7)
    kind = cast("type[Connector]", SalesforceConnector)
    return VendorHub(store, clock, org, kind, "salesforce", "crm", mine, theirs)

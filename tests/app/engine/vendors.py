"""A hub between an invented ERP and the simulator of a real vendor, for tests of the write protocol against real dialects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

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
from ltc.core.mapping import load
from ltc.core.simulation import InProcessAdapter, Simulator, VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from mdm.survivorship import load_policy
from tests.app.engine.fakes import Invented, World
from tests.app.engine.killing import Killed, kill_at

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


@dataclass
class VendorHub:
    """An invented ERP on the left, a vendor on the right; each sync is a new process."""

    store: Store
    clock: VirtualClock
    tmp: Path
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

    def context(self) -> Context:
        """Assemble a context, as a new process would."""
        kits = {name: Kit(clock=self.clock, deadline_seconds=30) for name in ("left", self.system)}
        left = Invented(self.left, kits["left"], SettleRule.RESEND)
        given = {"base_url": self.address or f"http://{self.system}.test", **self.simulator.credentials(), **self.settings}
        known = {name: value for name, value in given.items() if name in self.kind.Settings.model_fields}
        make = cast("Callable[..., Connector]", self.kind)
        right = make(
            self.kind.Settings.model_validate(known),
            kits[self.system],
            inner=None if self.address else InProcessAdapter(self.simulator),
        )
        settings = []
        for name, text in self.mine.items():
            file = self.tmp / f"{name}.yaml"
            file.write_text(text, encoding="utf-8")
            settings.append(ScopeSettings("left", "erp", load([file]), left.spec(name)))
        for name, path in self.theirs.items():
            mapping = load([resources.mappings() / path])
            settings.append(ScopeSettings(self.system, self.role, mapping, right.objects[name]))
        policy = load_policy([resources.config() / "survivorship.yaml"])
        return build_context(
            self.store, self.clock, HubIdentity("hub1", "secret"), [make_scope(one) for one in settings], policy, [],
            {"left": left, self.system: right}, kits, crash=self.crash, options={"lease_seconds": 1.0},
        )  # fmt: skip

    def sync(self) -> dict[str, Any]:
        """Run one sync of everything, ten minutes after the last one."""
        ctx = self.context()
        self.clock.sleep(600)
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


def stripe_hub(store: Store, clock: VirtualClock, tmp: Path) -> VendorHub:
    """Let Stripe collect the ERP's bills."""
    theirs = {"customer": "stripe/customer.yaml", "invoice": "stripe/invoice.yaml"}
    mine = {"Customer": BUYER, "Bill": BILL}
    account = StripeSimulator("stripe", clock, seed=7)
    return VendorHub(store, clock, tmp, account, cast("type[Connector]", StripeConnector), "stripe", "payment", mine, theirs)


def docusign_hub(store: Store, clock: VirtualClock, tmp: Path) -> VendorHub:
    """Let DocuSign collect signatures that the ERP asks for."""
    theirs, mine = {"envelope": "docusign/envelope.yaml"}, {"Request": REQUEST}
    account = DocusignSimulator("docusign", clock, seed=7)
    return VendorHub(store, clock, tmp, account, cast("type[Connector]", DocusignConnector), "docusign", "esign", mine, theirs)

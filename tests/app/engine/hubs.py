"""A small hub over two invented systems, for the engine's tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ltc.app.engine.assembly import ScopeSettings, build_context, make_scope
from ltc.app.engine.context import Context, HubIdentity
from ltc.app.engine.flow.form import Flow
from ltc.app.engine.rollout import set_mode
from ltc.app.engine.runs import Sync
from ltc.app.engine.scope import Brakes, DeletePolicy, Wants
from ltc.core.contract import Kit, SettleRule
from ltc.core.mapping import Mapping as Compiled
from ltc.core.mapping import load
from ltc.core.models import Schema
from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from mdm.survivorship import Policy
from tests.app.engine.fakes import Invented, Listening, World

CUSTOMER = """
system: invented
object: Customer
entity: customer
key: Id
version: Mod
{hub_key}
fields:
  name: Name
  tax_id: Tax
  phone: Phone
  status: {{from: Status, codes: {{active: active, inactive: inactive, blocked: blocked}}, default: active}}
  credit_limit: {{from: Credit, as: money, currency: Currency}}
  parent: {{from: Parent, ref: customer, optional: true}}
  billing_address:
    city: City
    postal_code: Postal
"""
PRODUCT = """
system: invented
object: Product
entity: product
key: Id
version: Mod
{hub_key}
fields:
  number: Number
  name: Name
"""
ORDER = """
system: invented
object: Order
entity: order
key: Id
version: Mod
{hub_key}
fields:
  purchase_order: Name
  customer: {{from: Customer, ref: customer}}
  status: {{from: Status, codes: {{draft: draft, submitted: submitted, confirmed: confirmed, cancelled: cancelled}}}}
  lines:
    each: Items
    key: No
    fields:
      number: No
      product: {{from: Product, ref: product}}
      ordered_quantity: {{from: Qty, as: quantity, unit: Unit}}
"""


ROLES = {"left": "crm", "right": "erp", "third": "billing"}


def hub_key(system: str) -> str:
    """Give the line of a mapping that names the field for our key: the ERP has none."""
    return "" if system == "right" else "hub_key: Hub"


def sap_like(row: Mapping[str, Any]) -> dict[str, Any]:
    """Upper-case and cut names, as an ERP does."""
    return {
        name: value.upper()[:40] if name in ("Name", "City") and isinstance(value, str) else value for name, value in row.items()
    }


@dataclass
class SmallHub:
    """Two invented systems and a hub between them; ``left`` is the CRM and ``right`` the ERP, ``third`` bills if there is one."""

    store: Store
    clock: VirtualClock
    tmp: Path
    policy: Policy
    left: World = field(default_factory=lambda: World("L"))
    right: World = field(default_factory=lambda: World("R", sap_like))
    third: World | None = None
    brakes: Brakes = field(default_factory=Brakes)
    crash: Callable[[str], None] = lambda _point: None
    deletes: DeletePolicy = "deactivate"
    lease_seconds: float = 1.0
    wants: dict[str, Wants] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=lambda: {"Customer": CUSTOMER, "Product": PRODUCT, "Order": ORDER})
    flows: list[Flow] = field(default_factory=list)
    listens: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    loaded: dict[tuple[Path, str], Compiled] = field(default_factory=dict)

    def add_line(self, system: str, name: str, line: str) -> None:
        """Let one system's mapping have a line more than the other's."""
        text = self.objects[name].format(hub_key=hub_key(system)) + f"  {line}\n"
        (self.tmp / f"{system}_{name}.yaml").write_text(text, encoding="utf-8")

    def exceptions(self, state: str = "open") -> list[tuple[str, str, str]]:
        """List exceptions as (record, stage, code)."""
        e = t.exception
        with self.store.reading() as tx:
            rows = tx.execute(select(e.c.ext_id, e.c.stage, e.c.code).where(e.c.state == state).order_by(e.c.id)).all()
        return [(row[0], row[1], row[2]) for row in rows]

    def context(self) -> Context:
        """Assemble a context, as a new process would."""
        speaks = Listening if self.listens else Invented
        worlds = self.worlds()
        kits = {system: Kit(clock=self.clock, deadline_seconds=30) for system in worlds}
        connectors = {
            system: speaks(world, kits[system], SettleRule.RESEND if hub_key(system) else SettleRule.LOOKUP)
            for system, world in worlds.items()
        }
        settings = []
        for name, text in self.objects.items():
            for system, connector in connectors.items():
                file = self.tmp / f"{system}_{name}.yaml"
                if not file.exists():
                    file.write_text(text.format(hub_key=hub_key(system)), encoding="utf-8")
                settings.append(
                    ScopeSettings(
                        system,
                        ROLES[system],
                        self.load(file),
                        connector.spec(name),
                        deletes=self.deletes,
                        brakes=self.brakes,
                        wants=self.wants.get(f"{system}.{name}", Wants()),
                    )
                )
        return build_context(
            self.store, self.clock, HubIdentity("hub1", "secret"), [make_scope(one) for one in settings], self.policy, self.flows,
            connectors, kits, crash=self.crash, new_id=self.new_id,
            options={"lease_seconds": self.lease_seconds}, schemas=self.schemas,
        )  # fmt: skip

    def new_id(self, mark: str) -> str:
        """Mint ids that sort by age, and each with a mark of its own if it is given none."""
        number = next(self.numbers)
        return f"{int(self.clock.now().timestamp() * 1000):012x}{number:05x}{mark or f'{number:015x}'}"

    def worlds(self) -> dict[str, World]:
        """Give the systems by name."""
        return {"left": self.left, "right": self.right} | ({"third": self.third} if self.third else {})

    def load(self, file: Path) -> Compiled:
        """Load a mapping file, once for each of its texts: a context is assembled many times in a test."""
        known = (file, file.read_text(encoding="utf-8"))
        if known not in self.loaded:
            self.loaded[known] = load([file])
        return self.loaded[known]

    def sync(self, **options: Any) -> dict[str, Any]:
        """Run one sync of everything."""
        ctx = self.context()
        self.clock.advance(600)
        return Sync(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub], **options).go()

    def go_live(self) -> None:
        """Read everything, then put all scopes live."""
        self.sync()
        ctx = self.context()
        set_mode(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub], "live", actor="test")

    def state(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """Show both systems without ids, versions and keys."""

        def plain(world: World) -> dict[str, list[dict[str, Any]]]:
            return {
                obj: sorted(
                    (
                        {k: v for k, v in row.items() if k not in ("Id", "Mod", "Hub", "Key", "Parent", "Customer")}
                        for row in rows.values()
                    ),
                    key=str,
                )
                for obj, rows in sorted(world.rows.items())
            }

        return {"left": plain(self.left), "right": plain(self.right)}

"""A hub full of doubtful customers, people who decide about them at random, and all that the store says of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ltc.app.engine.batch import Batch
from ltc.app.engine.context import Context
from ltc.app.engine.identity import keep_apart, merge_goldens, pin, split, unpin
from ltc.app.engine.pipeline import follow_through
from ltc.app.engine.undoing import undo
from ltc.core.errors import LtcError
from ltc.core.store import Tx
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub

OPEN = ("shadow", "due", "waiting", "held", "parked")
LEAVES = ("name", "phone", "billing_address.city")
DUNS = ("150483782", "150483783", "150483784", "150483785")


def fill(hub: SmallHub) -> SmallHub:
    """Enter customers in both systems that look alike, with parents, identifiers and orders; everything is live."""
    for system in ("left", "right"):
        hub.add_line(system, "Customer", "duns: Duns")
    hub.go_live()
    ids = []
    for number in range(4):
        row = {"Name": f"Acme {number % 2} GmbH", "Status": "active", "Phone": f"030 {number}", "City": f"City {number}"}
        ids.append(hub.left.put("Customer", {**row, "Postal": "10115", "Duns": DUNS[number], "Parent": ids[-1] if ids else None}))
    theirs = [
        hub.right.put("Customer", {"Name": f"ACME {number}", "Status": "active", "Phone": f"040 {number}", "Postal": "10115"})
        for number in range(2)
    ]
    product = hub.left.put("Product", {"Number": "P1", "Name": "Pump"})
    there = hub.right.put("Product", {"Number": "P1", "Name": "Pump"})
    items = [{"No": "1", "Product": product, "Qty": "1", "Unit": "EA"}]
    for customer in ids:
        hub.left.put("Order", {"Name": f"PO {customer}", "Customer": customer, "Status": "draft", "Items": items})
    items = [{"No": "1", "Product": there, "Qty": "1", "Unit": "EA"}]
    for customer in theirs:
        hub.right.put("Order", {"Name": f"PO {customer}", "Customer": customer, "Status": "draft", "Items": items})
    for _ in range(3):
        hub.sync()
    ask_all(hub)
    return hub


def ask_all(hub: SmallHub) -> None:
    """Let all golden records be merged anew: what a first read took over as it was is then said leaf by leaf."""
    ctx = hub.context()
    with hub.store.transaction() as tx:
        batch = Batch(ctx, tx, ctx.now())
        batch.touched |= {row[0] for row in tx.execute(select(t.golden.c.hub_id)).all()}
        batch.load_hubs(sorted(batch.touched))
        for golden in batch.goldens.values():
            golden.state = "asked"
        follow_through(batch)


def said(tx: Tx, known: set[str] | None = None) -> dict[str, Any]:
    """Read all that decisions may change; of golden records only those that are named."""
    tables: dict[str, Any] = {
        "records": select(
            t.record.c.scope_id, t.record.c.ext_id, t.record.c.hub_id, t.record.c.is_primary, t.record.c.evidence,
            t.record.c.leaves, t.record.c.normal_forms, t.record.c.stamps,
        ),
        "goldens": select(
            t.golden.c.hub_id, t.golden.c.leaves, t.golden.c.provenance, t.golden.c.state, t.golden.c.merged_into,
            t.golden.c.label,
        ),
        "pins": select(t.pin),
        "reviews": select(*(column for column in t.review.c if column.name != "id")),
        "identifiers": select(t.identifier),
        "keys": select(t.match_key),
        "references": select(t.reference),
        "fresh": select(t.fresh_reference),
        "changes": select(
            t.change.c.scope_id, t.change.c.hub_id, t.change.c.ext_id, t.change.c.verb, t.change.c.before, t.change.c.after,
        ).where(t.change.c.state.in_(OPEN)),
    }  # fmt: skip
    found = {name: sorted((tuple(row) for row in tx.execute(what).all()), key=repr) for name, what in tables.items()}
    found["references"] = sorted({*found["references"], *found.pop("fresh")})
    if known is not None:
        found["goldens"] = [row for row in found["goldens"] if row[0] in known]
        found["references"] = [row for row in found["references"] if row[1] in known]
    return found


@dataclass
class Stewards:
    """People who merge, split, pin, tell apart and take back, whatever comes to their minds."""

    ctx: Context
    tx: Tx
    dice: random.Random
    merged: set[tuple[str, str]] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)

    def act(self) -> None:
        """Decide something; what is refused changes nothing."""
        kind = self.dice.choices(
            ["merge", "split", "pin", "unpin", "apart", "undo"], weights=[4, 3, 3, 1, 1, 3]
        )[0]  # fmt: skip
        batch = Batch(self.ctx, self.tx, self.ctx.now())
        nested = self.tx.connection.begin_nested()
        try:
            getattr(self, f"_{kind}")(batch)
            follow_through(batch)
        except (LtcError, IndexError, ValueError):
            nested.rollback()
        else:
            nested.commit()
            self.done[kind] = self.done.get(kind, 0) + 1

    def take_all_back(self) -> None:
        """Undo what stands, the newest first."""
        for number in sorted(self._standing(), reverse=True):
            self._take_back(number)

    def _standing(self) -> list[int]:
        d = t.decision
        return [row[0] for row in self.tx.execute(select(d.c.id).where(d.c.undone_by.is_(None), d.c.kind != "undo")).all()]

    def _take_back(self, number: int) -> None:
        batch = Batch(self.ctx, self.tx, self.ctx.now())
        told = undo(batch, number, actor="anna")
        follow_through(batch)
        if told["kind"] == "merge":
            self.merged.add((min(told["survivor"], told["restored"]), max(told["survivor"], told["restored"])))

    def _customers(self) -> list[str]:
        g = t.golden.c
        found = select(g.hub_id).where(g.entity == "customer", g.state == "live").order_by(g.hub_id)
        return [row[0] for row in self.tx.execute(found).all()]

    def _merge(self, batch: Batch) -> None:
        one, other = self.dice.sample(self._customers(), 2)
        merge_goldens(batch, one, other, actor="anna", reason="they are one", asked=True)

    def _split(self, batch: Batch) -> None:
        hub_id = self.dice.choice(self._customers())
        batch.load_hubs([hub_id])
        records = sorted(record.key for record in batch.linked[hub_id])
        split(batch, hub_id, self.dice.sample(records, self.dice.randint(1, len(records))), actor="anna")

    def _pin(self, batch: Batch) -> None:
        pin(batch, self.dice.choice(self._customers()), self.dice.choice(LEAVES), f"{self.dice.random()}", actor="anna")

    def _unpin(self, batch: Batch) -> None:
        pins = sorted((row[0], row[1]) for row in self.tx.execute(select(t.pin.c.hub_id, t.pin.c.leaf)).all())
        unpin(batch, *self.dice.choice(pins), actor="anna")

    def _apart(self, batch: Batch) -> None:
        one, other = self.dice.sample(self._customers(), 2)
        keep_apart(batch, one, other, actor="anna")

    def _undo(self, batch: Batch) -> None:
        del batch
        self._take_back(self.dice.choice(self._standing()))

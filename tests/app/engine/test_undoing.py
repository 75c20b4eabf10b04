"""Decisions about identity are taken back exactly: at random and in any order, and in the systems that were written to."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from ltc.app.engine.context import Context
from ltc.app.engine.state import HUB_MADE
from ltc.app.engine.stewards import merge_records, pin_value, split_records, undo_decision
from ltc.core.errors import Rejected, Stale
from ltc.core.store import Tx
from ltc.core.store import tables as t
from mdm.identity import match_keys
from tests.app.engine.deciding import DUNS, Stewards, fill, said
from tests.app.engine.hubs import SmallHub


class Enough(Exception):
    """Ends a transaction whose work is to be forgotten."""


@pytest.fixture
def doubtful(hub: SmallHub) -> SmallHub:
    """A live hub full of doubtful customers."""
    return fill(hub)


def orders_follow(tx: Any, ctx: Context) -> None:
    """Insist that each order names the golden record of the customer that it was entered for."""
    links = {(row[0], row[1]): row[2] for row in tx.execute(select(t.record.c.scope_id, t.record.c.ext_id, t.record.c.hub_id))}
    goldens = {row[0]: row[1] for row in tx.execute(select(t.golden.c.hub_id, t.golden.c.leaves))}
    for scope in ctx.scopes.values():
        if scope.entity != "order" or scope.is_hub:
            continue
        (customers,) = ctx.scopes_of(scope.system, "customer")
        entered = (t.record.c.scope_id == scope.id, t.record.c.evidence.not_in(HUB_MADE))
        rows = tx.execute(select(t.record.c.hub_id, t.record.c.leaves).where(*entered)).all()
        for hub_id, leaves in rows:
            local = json.loads(leaves)["customer"]
            assert json.loads(goldens[hub_id])["customer"] == links[customers.id, local]


def tried(hub: SmallHub, seeds: range, steps: int = 7) -> Counter[str]:
    """Let stewards decide at random, take everything back, and insist that all is as it was; none of it is kept."""
    ctx, done = hub.context(), Counter[str]()
    for seed in seeds:
        with suppress(Enough), hub.store.transaction() as tx:
            done.update(history(ctx, tx, seed, steps))
            raise Enough
    return done


def history(ctx: Context, tx: Tx, seed: int, steps: int) -> Mapping[str, int]:
    """Do what stewards come to think of, then take it all back; but what an undone merge keeps apart stays so."""
    before = said(tx)
    known = {row[0] for row in before["goldens"]}
    stewards = Stewards(ctx, tx, random.Random(seed))
    for _ in range(steps):
        stewards.act()
    orders_follow(tx, ctx)
    stewards.take_all_back()
    after = said(tx, known)
    apart = {(row[1], row[2]): row[5] for row in after["reviews"] if (row[1], row[2]) in stewards.merged}
    assert set(apart.values()) <= {"different"}, seed
    assert set(apart) >= {pair for pair in stewards.merged if set(pair) <= known}, seed
    for end in (before, after):
        end["reviews"] = [row for row in end["reviews"] if (row[1], row[2]) not in stewards.merged]
    for name, rows in before.items():
        assert after[name] == rows, (seed, name)
    return stewards.done


def test_whatever_stewards_decide_is_taken_back_exactly(doubtful: SmallHub) -> None:
    quick = doubtful.store.dialect == "sqlite"
    done = tried(doubtful, range(15 if quick else 3))
    assert not quick or min(done[kind] for kind in ("merge", "split", "pin", "apart", "undo")) > 0


@pytest.mark.slow
def test_a_thousand_histories_are_taken_back_exactly(doubtful: SmallHub) -> None:
    if doubtful.store.dialect == "sqlite":
        assert tried(doubtful, range(1_000, 2_000), steps=9).total() > 5_000


def shown(hub: SmallHub) -> dict[str, Any]:
    """Say what the systems hold of customers and orders, without versions and keys."""
    hidden = {"Mod", "Key", "Hub"}
    return {
        f"{system}.{obj}.{ext_id}": {name: value for name, value in row.items() if name not in hidden}
        for system, world in hub.worlds().items()
        for obj, rows in world.rows.items()
        for ext_id, row in rows.items()
    }


def settled(hub: SmallHub) -> dict[str, Any]:
    """Let all that is due be written, and say what the systems hold then."""
    while hub.sync()["totals"]["writes"]:
        pass
    return shown(hub)


@pytest.fixture
def two(live: SmallHub) -> SmallHub:
    """Two customers that both systems have, each entered in another one, with an order for each."""
    ours = live.left.put("Customer", {"Name": "Acme GmbH", "Status": "active", "Phone": "1", "City": "Ulm", "Postal": "89073"})
    settled(live)
    live.right.put("Customer", {"Name": "BOLT AG", "Status": "active", "Phone": "2", "City": "BONN", "Postal": "53111"})
    product = live.left.put("Product", {"Number": "P1", "Name": "Pump"})
    settled(live)
    for customer in (ours, "LC0002"):
        items = [{"No": "1", "Product": product, "Qty": "1", "Unit": "EA"}]
        live.left.put("Order", {"Name": f"PO {customer}", "Customer": customer, "Status": "draft", "Items": items})
    settled(live)
    assert shown(live)["left.Customer.LC0002"]["Name"] == "BOLT AG"
    return live


@pytest.fixture
def observed(hub: SmallHub) -> SmallHub:
    """Two customers of one system, and a hub that only looks."""
    for name in ("Acme GmbH", "Bolt AG"):
        hub.left.put("Customer", {"Name": name, "Status": "active"})
    hub.sync()
    return hub


def customers(hub: SmallHub) -> list[str]:
    """List the golden records of customers, the oldest first."""
    with hub.store.reading() as tx:
        return sorted(row[0] for row in tx.execute(select(t.golden.c.hub_id).where(t.golden.c.entity == "customer")).all())


def test_what_a_merge_wrote_is_planned_back(two: SmallHub) -> None:
    before, (older, younger) = settled(two), customers(two)
    merged = merge_records(two.context(), older, younger, actor="anna")
    assert merged["hub_id"] == older
    during = settled(two)
    assert during != before, "the merge is written to the systems"
    undo_decision(two.context(), merged["decision"], actor="anna")
    assert settled(two) == before
    assert settled(two) == before, "and stays so"
    two.left.put("Customer", {"Phone": "77"}, "LC0001")
    assert settled(two)["right.Customer.RC0001"]["Phone"] == "77", "what people enter afterwards goes its way"
    assert settled(two)["left.Customer.LC0002"] == before["left.Customer.LC0002"]


def test_what_a_pin_wrote_is_planned_back(two: SmallHub) -> None:
    before, (older, _) = settled(two), customers(two)
    pinned = pin_value(two.context(), older, "phone", "999", actor="anna")
    during = settled(two)
    assert during["left.Customer.LC0001"]["Phone"] == during["right.Customer.RC0001"]["Phone"] == "999"
    undo_decision(two.context(), pinned["decision"], actor="anna")
    assert settled(two) == before


def test_what_people_entered_after_a_merge_stays_theirs(two: SmallHub) -> None:
    before, (older, younger) = settled(two), customers(two)
    merged = merge_records(two.context(), older, younger, actor="anna")
    settled(two)
    two.left.put("Customer", {"City": "Mainz"}, "LC0002")
    settled(two)
    undo_decision(two.context(), merged["decision"], actor="anna")
    after = settled(two)
    assert after["left.Customer.LC0002"]["City"] == "Mainz"
    assert after["right.Customer.RC0002"]["City"] == "MAINZ"
    assert after["left.Customer.LC0001"] == before["left.Customer.LC0001"]
    assert after["right.Customer.RC0001"] == before["right.Customer.RC0001"]


def test_what_builds_on_a_decision_is_undone_first(observed: SmallHub) -> None:
    ctx, (older, younger) = observed.context(), customers(observed)
    merged = merge_records(ctx, older, younger, actor="anna")
    apart = split_records(ctx, older, [("left", "LC0002")], actor="anna")
    with pytest.raises(Stale, match="builds on it: undo that first"):
        undo_decision(ctx, merged["decision"], actor="anna")
    assert undo_decision(ctx, apart["decision"], actor="anna")["resolves"] == apart["hub_id"]
    assert undo_decision(ctx, merged["decision"], actor="anna")["restored"] == younger
    with pytest.raises(Rejected, match="undone already"):
        undo_decision(ctx, merged["decision"], actor="anna")
    with pytest.raises(Rejected, match="no decision 99"):
        undo_decision(ctx, 99, actor="anna")


def test_that_a_merge_was_taken_back_can_be_taken_back(observed: SmallHub) -> None:
    ctx, (older, younger) = observed.context(), customers(observed)
    merged = merge_records(ctx, older, younger, actor="anna")
    undone = undo_decision(ctx, merged["decision"], actor="anna")
    with pytest.raises(Rejected, match="are different"):
        merge_records(ctx, older, younger, actor="anna")
    again = undo_decision(ctx, undone["decision"], actor="anna")
    with pytest.raises(Rejected, match="nothing to take back"):
        undo_decision(ctx, again["decision"], actor="anna")
    assert merge_records(ctx, younger, older, actor="anna")["hub_id"] == older


def test_a_split_takes_its_identifiers_keys_and_orders_with_it(doubtful: SmallHub) -> None:
    ctx, (left, *_) = doubtful.context(), doubtful.context().scopes_of("left", "customer")
    i, k, r = t.identifier.c, t.match_key.c, t.record.c
    ((_, name),) = match_keys("customer", {"name": "Acme 1 GmbH"})

    def owners() -> dict[str, str]:
        with doubtful.store.reading() as tx:
            orders_follow(tx, ctx)
            return {
                "record": tx.scalar(select(r.hub_id).where(r.scope_id == left.id, r.ext_id == "LC0002")),
                "duns": tx.scalar(select(i.hub_id).where(i.value == DUNS[1])),
                "name": tx.scalar(select(k.hub_id).where(k.kind == "name", k.value == name).order_by(k.hub_id).limit(1)),
            }

    before = owners()
    (older, younger, *_) = customers(doubtful)
    with doubtful.store.reading() as tx:
        rows = tx.execute(select(r.scope_id, r.ext_id).where(r.hub_id == younger)).all()
    mine = [(ctx.scopes[scope_id].system, ext_id) for scope_id, ext_id in rows]
    merge_records(ctx, older, younger, actor="anna")
    assert set(owners().values()) == {older}
    apart = split_records(ctx, younger, mine, actor="anna")
    assert apart["from"] == older, "a losing hub id resolves"
    assert owners() | {"name": apart["hub_id"]} == dict.fromkeys(before, apart["hub_id"])
    undo_decision(ctx, apart["decision"], actor="anna")
    assert set(owners().values()) == {older}

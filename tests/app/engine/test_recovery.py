"""A hub that is restored from a backup knows again what it made since: nothing is made twice, whichever system is read first."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from ltc.app.engine import recovery
from ltc.app.engine.births import birth_mark
from ltc.app.engine.context import Context
from ltc.app.engine.runs import Sync
from ltc.core.store import Tx
from ltc.core.store import tables as t
from ltc.core.store.copying import load, save
from tests.app.engine.flow.test_derive import Deals
from tests.app.engine.hubs import SmallHub

MANY = 20


def back_up(hub: SmallHub) -> Path:
    path = hub.tmp / "copy.db"
    save(hub.store, path)
    return path


def restore(hub: SmallHub, path: Path) -> None:
    load(path, hub.store, recovery.begin)


def work(hub: SmallHub, first: int, many: int = MANY) -> None:
    """Let people make customers, products and orders in the CRM, and some customers and orders in the ERP."""
    for number in range(first, first + many):
        customer = hub.left.put("Customer", {"Name": f"C{number}", "Status": "active", "Tax": f"DE{number:09d}"})
        product = hub.left.put("Product", {"Number": f"P-{number}", "Name": f"Pump {number}"})
        items = [{"No": "1", "Product": product, "Qty": 1, "Unit": "C62"}]
        hub.left.put("Order", {"Name": "equal orders", "Customer": customer, "Status": "submitted", "Items": items})
        if number % 4 == 0:
            theirs = hub.right.put("Customer", {"Name": f"E{number}", "Status": "active"})
            hub.right.put("Order", {"Name": "equal too", "Customer": theirs, "Status": "submitted", "Items": []})
    hub.sync()
    hub.sync()


class Reading(Sync):
    """A sync that is over before it writes."""

    def _deliver(self) -> None:
        """Write nothing."""


def read_only(hub: SmallHub, system: str) -> None:
    """Read one system alone."""
    ctx = hub.context()
    hub.clock.advance(600)
    Reading(ctx, [scope for scope in ctx.scopes.values() if scope.system == system]).go()


def made(hub: SmallHub) -> Counter[tuple[str, str]]:
    """Count what systems hold."""
    return Counter({(one.prefix, obj): len(rows) for one in (hub.left, hub.right) for obj, rows in one.rows.items()})


def creates(hub: SmallHub) -> int:
    return sum(effect[0] == "create" for one in (hub.left, hub.right) for effect in one.effects)


def links(hub: SmallHub) -> dict[str, set[str]]:
    """Say which records are one thing."""
    things: dict[str, set[str]] = {}
    with hub.store.reading() as tx:
        for hub_id, ext_id in tx.execute(select(t.record.c.hub_id, t.record.c.ext_id)):
            things.setdefault(hub_id, set()).add(ext_id)
    return things


@pytest.mark.parametrize("turned", [False, True], ids=["crm first", "erp first"])
def test_twenty_documents_of_after_the_backup_are_not_made_again(live: SmallHub, turned: bool) -> None:
    work(live, 0, 4)
    path = back_up(live)
    work(live, 100)
    before, effects, state, known = made(live), creates(live), live.state(), links(live)
    assert before["R", "Order"] == before["L", "Order"] == 4 + 1 + MANY + MANY // 4
    restore(live, path)
    if turned:
        read_only(live, "right")
    live.sync()
    live.sync()
    assert made(live) == before
    assert creates(live) == effects
    assert live.state() == state
    assert sorted(map(sorted, links(live).values())) == sorted(map(sorted, known.values()))
    with live.store.reading() as tx:
        assert recovery.stored(tx) == 0
        assert tx.scalar(select(t.change.c.id).where(t.change.c.state.in_(("held", "due", "waiting", "parked")))) is None


@pytest.mark.parametrize("turned", [False, True], ids=["crm first", "erp first"])
def test_orders_that_flows_derived_since_are_not_derived_and_made_again(hub: SmallHub, turned: bool) -> None:
    deals = Deals(hub)
    deals.deal(1)
    hub.sync()
    path = back_up(hub)
    told = [deals.deal(3, 4) for _ in range(MANY)]
    hub.sync()
    hub.sync()
    orders, effects = deals.orders(), creates(hub)
    assert len(orders) == 1 + MANY
    restore(hub, path)
    if turned:
        read_only(hub, "right")
    hub.sync()
    hub.sync()
    assert deals.orders() == orders
    assert creates(hub) == effects
    assert [deals.told(deal) for deal in told] == ["submitted"] * MANY
    deals.change(told[0], 9, 4)
    hub.sync()
    assert ("submitted", [9, 4]) in deals.orders(), "what was known again is followed as before"


def test_without_recovery_they_would_be(live: SmallHub) -> None:
    """The control: what the tests above rest on is not that nothing could go wrong."""
    path = back_up(live)
    work(live, 100, 4)
    effects = creates(live)
    load(path, live.store, lambda _tx: None)
    live.sync()
    live.sync()
    assert creates(live) > effects


def test_what_was_due_at_the_backup_and_done_since_is_not_done_again(live: SmallHub) -> None:
    work(live, 0, 4)
    live.left.put("Order", {"Name": "due", "Status": "submitted", "Items": []})
    read_only(live, "left")
    path = back_up(live)
    with live.store.reading() as tx:
        assert tx.scalar(select(t.change.c.id).where(t.change.c.state == "due")) is not None
    live.sync()
    effects = creates(live)
    restore(live, path)
    live.sync()
    live.sync()
    assert creates(live) == effects


def test_nothing_is_written_until_all_was_read_and_then_what_is_new_is(live: SmallHub) -> None:
    work(live, 0, 4)
    path = back_up(live)
    work(live, 100, 4)
    restore(live, path)
    live.left.put("Order", {"Name": "quite new", "Status": "submitted", "Items": []})
    effects = creates(live)
    live.right.faults = ["read_later"] * 50
    live.sync()
    with live.store.reading() as tx:
        assert recovery.stored(tx) == 1
        reasons = {row[0] for row in tx.execute(select(t.change.c.reason).where(t.change.c.state == "held"))}
    assert creates(live) == effects
    assert reasons == {recovery.HELD}
    live.right.faults = []
    live.sync()
    live.sync()
    assert creates(live) == effects + 1
    assert "quite new" in {row["Name"].lower() for row in live.right.rows["Order"].values()}


def test_what_was_held_goes_on_though_the_hub_dies_when_its_recovery_has_ended(
    live: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = back_up(live)
    restore(live, path)
    live.left.put("Order", {"Name": "quite new", "Status": "submitted", "Items": []})

    def die(_ctx: Context) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(recovery, "_let_go", die)
        with pytest.raises(KeyboardInterrupt):
            live.sync()
    assert creates(live) == 0
    live.sync()
    assert [row["Name"] for row in live.right.rows["Order"].values()] == ["QUITE NEW"]
    with live.store.reading() as tx:
        assert recovery.stored(tx) == 0


def test_a_process_that_ran_while_the_hub_was_restored_works_on_nothing(live: SmallHub) -> None:
    path = back_up(live)
    old = live.context()
    live.left.put("Order", {"Name": "quite new", "Status": "submitted", "Items": []})

    def begin(tx: Tx) -> None:
        recovery.begin(tx)
        tx.upsert(t.hub, ("key", "value"), [(recovery.EPOCH, "2026-03-02")], key=("key",))

    load(path, live.store, begin)
    live.clock.advance(600)
    report = Sync(old, list(old.scopes.values())).go()
    assert {run["error"]["code"] for run in report["runs"]} == {"hub.restored"}
    assert creates(live) == 0
    with live.store.reading() as tx:
        assert tx.scalar(select(t.golden.c.hub_id)) is None


def test_a_number_in_the_field_of_our_key_that_is_a_persons_is_taken_in_at_last(live: SmallHub) -> None:
    path = back_up(live)
    ext_id = live.right.put("Order", {"Name": "theirs", "Status": "submitted", "Items": [], "Key": "PO-4711"})
    restore(live, path)
    live.sync()
    live.sync()
    assert [row["Name"] for row in live.left.rows["Order"].values()] == ["THEIRS"]
    assert live.right.rows["Order"][ext_id]["Key"] == "PO-4711"


def test_a_record_gives_the_same_mark_whenever_it_is_seen_first(live: SmallHub) -> None:
    path = back_up(live)
    live.left.put("Product", {"Number": "P-1", "Name": "Pump"})

    def seen() -> str:
        live.sync()
        with live.store.reading() as tx:
            return str(tx.scalar(select(t.golden.c.hub_id).where(t.golden.c.entity == "product")))

    first = seen()
    restore(live, path)
    again = seen()
    assert first != again
    assert birth_mark(first) == birth_mark(again)


@pytest.mark.parametrize("name", ["read/left/Customer", "taken after the backup"])
def test_whoever_held_a_lease_before_holds_it_no_more(live: SmallHub, name: str) -> None:
    path = back_up(live)
    lease = live.store.lease(name, "old worker", 60)
    assert lease is not None
    restore(live, path)
    fresh = live.store.lease(name, "new worker", 60)
    assert fresh is not None
    assert fresh.token != lease.token
    with pytest.raises(Exception, match="lost the lease"):
        lease.renew()

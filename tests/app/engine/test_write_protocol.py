"""Exactly one effect: whatever dies, and whenever, the systems end as if nothing had."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from ltc.app.engine.deliver import deliver
from ltc.app.engine.settle import settle
from ltc.app.engine.stewards import retry
from ltc.core.contract import Finding, Outcome, Settled, Verb, WriteResult
from ltc.core.errors import Later, Rejected
from ltc.core.store import Store
from ltc.core.store import tables as t
from tests.app.engine.fakes import Invented
from tests.app.engine.hubs import SmallHub
from tests.app.engine.killing import Killed, kill_at

POINTS = (
    "read.before_first_page", "read.before_page_commit", "read.after_page_commit", "deliver.before_intents_commit",
    "deliver.after_intents_commit", "deliver.before_call", "deliver.after_step.create", "deliver.after_step.commit",
    "deliver.after_call", "deliver.before_bind_commit", "deliver.after_bind_commit", "settle.after_lookup",
)  # fmt: skip


def seed(hub: SmallHub, sides: tuple[str, ...] = ("LEFT", "RIGHT")) -> None:
    """Put customers into the systems, each with a twin to come in the other."""
    for number in range(5):
        if "LEFT" in sides:
            hub.left.put("Customer", {"Name": f"Left {number}", "Status": "active", "City": "Köln"})
        if "RIGHT" in sides:
            hub.right.put("Customer", {"Name": f"Right {number}", "Status": "active", "City": "Bonn"})


def effects(hub: SmallHub) -> Counter[tuple[str, str, str]]:
    """Count every effect on either system."""
    return Counter(hub.left.effects) + Counter(hub.right.effects)


def check(hub: SmallHub, sides: tuple[str, ...] = ("LEFT", "RIGHT")) -> None:
    """Demand 0 lost and 0 duplicates, by the systems' own state."""
    left = sorted(row["Name"].upper() for row in hub.left.rows["Customer"].values())
    right = sorted(row["Name"] for row in hub.right.rows["Customer"].values())
    assert left == right == sorted(f"{side} {number}" for side in sides for number in range(5))
    with hub.store.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(t.intent).where(t.intent.c.state == "open")) == 0


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_kill_at_any_point_changes_nothing(hub: SmallHub, point: str, nth: int) -> None:
    seed(hub)
    hub.go_live()
    if point == "settle.after_lookup":
        hub.right.faults.append("after")
    hub.crash = kill_at(point, nth)
    try:
        hub.sync()
    except Killed:
        hub.crash = lambda _point: None
    hub.sync()
    hub.sync()
    check(hub)
    assert hub.sync()["totals"]["writes"] == 0


def test_where_nothing_is_due_nobody_asks_scope_by_scope(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(hub)
    hub.go_live()
    hub.sync()
    hub.sync()
    ctx, looks, reading = hub.context(), Counter[str](), Store.reading
    monkeypatch.setattr(Store, "reading", lambda store: (looks.update(["look"]), reading(store))[1])
    assert (deliver(ctx, "right"), settle(ctx, "right")) == (0, 0)
    assert looks["look"] == 3, "the brakes, what is due, and what is unsettled"


@pytest.mark.parametrize("fault", ["before", "after", "later"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_call_cut_off_is_settled(hub: SmallHub, fault: str, side: str) -> None:
    seed(hub)
    hub.go_live()
    world = hub.left if side == "left" else hub.right
    world.faults.append("")  # the page read
    world.faults.append("")  # the re-read of the order scope
    world.faults.append("")
    world.faults.append(fault)
    hub.sync()
    hub.sync()
    check(hub)
    creates = [effect for effect in world.effects if effect[0] == "create"]
    assert len(creates) == 5


def test_one_refused_record_never_stops_the_others(hub: SmallHub) -> None:
    seed(hub)
    hub.go_live()
    hub.right.refuse["Left 2"] = Rejected("Name is not allowed.", field="Name")
    report = hub.sync()
    assert report["totals"]["parked"] == 1
    assert len(hub.right.rows["Customer"]) == 9
    hub.right.refuse.clear()
    with hub.store.reading() as tx:
        numbers = [row[0] for row in tx.execute(select(t.exception.c.id).where(t.exception.c.state == "open"))]
    assert retry(hub.context(), numbers, actor="anna")["retried"] == 1
    hub.sync()
    check(hub)
    with hub.store.reading() as tx:
        assert {row[0] for row in tx.execute(select(t.exception.c.state))} == {"resolved"}


def test_what_stopped_half_way_at_its_first_call_is_gone_on_with_as_it_was_begun(hub: SmallHub, monkeypatch) -> None:
    ext_id = hub.left.put("Customer", {"Name": "Acme", "Status": "active", "Phone": "1"})
    hub.go_live()
    write, calls = Invented._write_one, []

    def stop_once(self, obj, item, journal):
        if self.world is not hub.right or item.verb is not Verb.CREATE:
            return write(self, obj, item, journal)
        calls.append((item.key, dict(item.journal), item.fields["Phone"]))
        if len(calls) > 1:
            return write(self, obj, item, journal)
        journal(item.key, "create", {"number": "R1"})
        hub.left.put("Customer", {"Phone": "2"}, ext_id)
        return WriteResult(item.key, Outcome.LATER, error=Later(after=1))

    monkeypatch.setattr(Invented, "_write_one", stop_once)
    monkeypatch.setattr(Invented, "settle", lambda _self, _obj, items: [Settled(one.key, Finding.PARTIAL, "R1") for one in items])
    for _ in range(3):
        hub.sync()
    key = calls[0][0]
    assert calls == [(key, {}, "1"), (key, {"create": {"number": "R1"}}, "1")], "the same write, with what its first step learnt"
    assert [row["Phone"] for row in hub.right.rows["Customer"].values()] == ["2"]


def test_a_write_that_got_half_way_is_gone_on_with_however_busy_the_target_is(hub: SmallHub, monkeypatch) -> None:
    seed(hub, ("LEFT",))
    hub.go_live()
    hub.crash = kill_at("deliver.after_step.commit")
    with pytest.raises(Killed):
        hub.sync()
    hub.crash = lambda _point: None
    busy, write, settle = Counter[str](), Invented._write_one, Invented.settle

    def half_way(self, obj, items):
        found = {one.key: one for one in settle(self, obj, items)}
        return [Settled(one.key, Finding.PARTIAL, found[one.key].id) if one.journal else found[one.key] for one in items]

    def go_on(self, obj, item, journal):
        if not item.journal:
            return write(self, obj, item, journal)
        busy[item.key] += 1
        if busy[item.key] <= 2:
            return WriteResult(item.key, Outcome.LATER, error=Later(after=1))
        return WriteResult(item.key, Outcome.CREATED, item.journal["create"]["number"])

    monkeypatch.setattr(Invented, "settle", half_way)
    monkeypatch.setattr(Invented, "_write_one", go_on)
    hub.sync()
    hub.sync()
    assert list(busy.values()) == [3], "one write was begun, and gone on with until it was done"
    check(hub, ("LEFT",))
    assert len([effect for effect in hub.right.effects if effect[0] == "create"]) == 5

"""Webhooks beside syncs and other processes: they share leases and brakes, and leave what a sync planned to it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from ltc.app.engine.context import instant
from ltc.app.engine.door import read_changes
from ltc.app.engine.hooks import Hooks
from ltc.app.engine.scope import Brakes
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub
from tests.app.engine.posting import counts, customer, names, post, states, wait_until
from tests.app.engine.test_leases import steal


def test_what_a_sync_planned_is_left_to_the_sync(heard: SmallHub) -> None:
    """A sync that still reads has not asked its brakes yet: webhooks beside it write only what they led to."""
    for number in range(7):
        customer(heard.left, f"Firm {number}")
    hooks = Hooks(heard.context())
    ctx = heard.context()
    scope = next(one for one in ctx.scopes.values() if (one.system, one.object) == ("left", "Customer"))
    with heard.store.transaction() as tx:
        ctx.run_id = tx.insert_one(
            t.run, {"job": "sync:left.Customer", "slot": instant(heard.clock.now() + timedelta(seconds=1)), "status": "running"}
        )
    read_changes(ctx, scope)
    post(hooks, "left", customer(heard.left, "Extra"))
    hooks.drain()
    assert names(heard.right) == ["EXTRA"]
    heard.sync()
    assert len(names(heard.right)) == 8


def test_brakes_count_over_a_run(hub: SmallHub) -> None:
    hub.listens = True
    hub.go_live()
    hub.brakes = Brakes(max_creates=3)
    hooks = Hooks(hub.context())
    for number in range(5):
        post(hooks, "left", customer(hub.left, f"Firm {number}"))
        hooks.lanes["left"].turn()
        hooks.lanes["right"].turn()
    assert len(names(hub.right)) == 3
    with hub.store.reading() as tx:
        errors = [row for row in tx.execute(select(t.run.c.error).where(t.run.c.job == "hooks:right")).scalars() if row]
    assert "the brake is at 3" in errors[0]
    hub.clock.advance(400)
    hooks.drain()
    assert len(names(hub.right)) == 5, "the next run has its own limit"


def test_a_lease_that_another_worker_holds_is_come_back_for(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    post(hooks, "left", customer(heard.left, "Alpha"))
    held = heard.store.lease("read/left/Customer", "a sync", 60)
    assert held is not None
    hooks.drain()
    assert states(heard) == {"pending": 1}
    held.release()
    held = heard.store.lease("write/right", "a sync", 60)
    assert held is not None
    hooks.drain()
    assert (states(heard), names(heard.right)) == ({"done": 1}, [])
    held.release()
    hooks.drain()
    assert names(heard.right) == ["ALPHA"]


def test_a_lost_lease_takes_nothing_in(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    post(hooks, "left", customer(heard.left, "Alpha"))
    stolen = []

    def lose(call: str) -> None:
        if call == "fetch" and not stolen:
            stolen.append(steal(heard, "read/left/Customer"))

    heard.left.during = lose
    hooks.drain()
    assert states(heard) == {"pending": 1}
    stolen[0].release()
    hooks.drain()
    assert names(heard.right) == ["ALPHA"]


def test_a_stopped_scope_waits(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    post(hooks, "left", customer(heard.left, "Alpha"))
    stop(heard, "restored from a backup")
    hooks.drain()
    assert states(heard) == {"pending": 1}
    stop(heard, "")
    hooks.drain()
    assert names(heard.right) == ["ALPHA"]


def stop(hub: SmallHub, why: str) -> None:
    with hub.store.transaction() as tx:
        tx.execute(update(t.scope).where(t.scope.c.system == "left").values(stopped=why))


def test_two_processes_share_the_work(heard: SmallHub) -> None:
    ids = [customer(heard.left, f"Firm {number}") for number in range(40)]
    one, two = Hooks(heard.context()), Hooks(heard.context())
    for number, ext_id in enumerate(ids):
        post((one, two)[number % 2], "left", ext_id)
    one.start()
    two.start()
    try:
        wait_until(lambda: len(names(heard.right)) == 40 and states(heard) == {"done": 40})
    finally:
        assert one.stop()
        assert two.stop()
    assert len([effect for effect in heard.right.effects if effect[0] == "create"]) == 40
    assert counts(heard, "hooks:left")["hints"] == 40

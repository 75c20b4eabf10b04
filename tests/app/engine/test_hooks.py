"""Webhooks: what they name is read and written on, however often, late and disorderly they come, and whatever breaks."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from ltc.app.engine.context import instant
from ltc.app.engine.door import read_changes
from ltc.app.engine.hooks import Hooks
from ltc.app.engine.scope import Brakes
from ltc.app.engine.stewards import retry
from ltc.core.errors import LtcError, Rejected, Unauthorised
from ltc.core.store import inbox
from ltc.core.store import tables as t
from ltc.core.store.queries import hooks as standing
from tests.app.engine.fakes import World, signed
from tests.app.engine.hubs import SmallHub
from tests.app.engine.test_leases import steal

NUMBERS = itertools.count(1)


@pytest.fixture
def heard(hub: SmallHub) -> SmallHub:
    """A live hub whose systems post webhooks."""
    hub.listens = True
    hub.go_live()
    return hub


def post(hooks: Hooks, system: str, ext_id: str, obj: str = "Customer", event: str = "") -> int | LtcError:
    """Let one webhook arrive."""
    headers, body = signed(event or f"e{next(NUMBERS)}", obj, ext_id)
    return hooks.receive([hooks.hear(system, headers, body)])[0]


def states(hub: SmallHub) -> dict[str, int]:
    with hub.store.reading() as tx:
        return {row[0]: row[1] for row in tx.execute(select(t.hook.c.state, func.count()).group_by(t.hook.c.state))}


def names(world: World) -> list[str]:
    return sorted(row["Name"] for row in world.rows.get("Customer", {}).values())


def customer(world: World, name: str, ext_id: str = "") -> str:
    return world.put("Customer", {"Name": name, "Status": "active", "Tax": f"T{name}"}, ext_id)


def test_a_change_is_written_without_any_sync(heard: SmallHub) -> None:
    ext_id = customer(heard.left, "Alpha")
    hooks = Hooks(heard.context())
    assert post(hooks, "left", ext_id) == 1
    hooks.drain()
    assert names(heard.right) == ["ALPHA"]
    customer(heard.left, "Beta", ext_id)
    post(hooks, "left", ext_id)
    hooks.drain()
    assert names(heard.right) == ["BETA"]
    assert states(heard) == {"done": 2}
    assert len(heard.right.effects) == 2


def test_the_echo_of_our_own_write_writes_nothing(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    post(hooks, "left", customer(heard.left, "Alpha"))
    hooks.drain()
    effects = len(heard.left.effects) + len(heard.right.effects)
    for world, system in ((heard.left, "left"), (heard.right, "right")):
        for ext_id in world.rows["Customer"]:
            post(hooks, system, ext_id)
    hooks.drain()
    assert len(heard.left.effects) + len(heard.right.effects) == effects
    heard.sync()
    assert len(heard.left.effects) + len(heard.right.effects) == effects


def test_many_hints_of_one_record_are_one_read(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ids = [customer(heard.left, f"Firm {number}") for number in range(20)]
    arrivals = [(ext_id, f"{ext_id}-{turn}") for ext_id in ids for turn in range(10)] * 2
    random.Random(7).shuffle(arrivals)
    new = [post(hooks, "left", ext_id, event=event) for ext_id, event in arrivals]
    assert sum(one for one in new if isinstance(one, int)) == 200
    hooks.drain()
    assert states(heard) == {"done": 200}
    read = [ext_id for chunk in heard.left.fetched for ext_id in chunk]
    assert sorted(read) == sorted(ids)
    assert len(heard.left.fetched) == 2, "ten records fit one call"
    assert len(names(heard.right)) == 20


def test_a_delivery_that_comes_again_after_its_work_is_known(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ext_id = customer(heard.left, "Alpha")
    assert post(hooks, "left", ext_id, event="one") == 1
    hooks.drain()
    reads = len(heard.left.fetched)
    assert post(hooks, "left", ext_id, event="one") == 0
    assert post(hooks, "right", "RC0001", event="one") == 1, "another system's event may have the same name"
    hooks.drain()
    assert len(heard.left.fetched) == reads


def test_one_request_may_name_several_records(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    first, second = customer(heard.left, "Alpha"), customer(heard.left, "Beta")
    one, two = hooks.hear("left", *signed("e", "Customer", first)), hooks.hear("left", *signed("e", "Customer", second))
    both = type(one)("left", [*one.hints, *two.hints])
    assert hooks.receive([both, both]) == [2, 0]
    hooks.drain()
    assert names(heard.right) == ["ALPHA", "BETA"]


def test_what_no_mapping_knows_is_dropped_and_counted(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    for _ in range(3):
        post(hooks, "left", "X1", obj="Payout")
    hooks.drain()
    assert states(heard) == {"dropped": 3}
    assert counts(heard, "hooks:left")["dropped"] == 3


def test_an_observing_hub_reads_and_writes_nothing(hub: SmallHub) -> None:
    hub.listens = True
    ext_id = customer(hub.left, "Alpha")
    hooks = Hooks(hub.context())
    post(hooks, "left", ext_id)
    hooks.drain()
    assert states(hub) == {"done": 1}
    with hub.store.reading() as tx:
        assert tx.execute(select(t.record.c.ext_id)).scalars().all() == [ext_id]
        assert set(tx.execute(select(t.scope.c.full_read_at)).scalars()) == {None}
    hub.go_live()
    hub.sync()
    assert names(hub.right) == ["ALPHA"]


def test_a_record_that_is_gone_is_passed_on(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ext_id = customer(heard.left, "Alpha")
    post(hooks, "left", ext_id)
    hooks.drain()
    heard.left.remove("Customer", ext_id)
    post(hooks, "left", ext_id)
    post(hooks, "left", "LC9999")
    hooks.drain()
    assert [row["Status"] for row in heard.right.rows["Customer"].values()] == ["inactive"]
    assert states(heard) == {"done": 3}
    assert heard.exceptions() == []


def test_hints_outlive_the_process(heard: SmallHub) -> None:
    first = Hooks(heard.context())
    post(first, "left", customer(heard.left, "Alpha"))
    second = Hooks(heard.context())
    second.drain()
    assert names(heard.right) == ["ALPHA"]
    assert states(heard) == {"done": 1}


class DiedError(BaseException):
    pass


@pytest.mark.parametrize(
    "point",
    ["tx.before_commit", "tx.after_commit", "deliver.after_intents_commit", "deliver.after_call", "deliver.after_bind_commit"],
)
@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_death_loses_nothing(heard: SmallHub, point: str, after: int) -> None:
    ids = [customer(heard.left, f"Firm {number}") for number in range(3)]
    hooks = Hooks(heard.context())
    for ext_id in ids:
        post(hooks, "left", ext_id)
    left = [after]

    def die(at: str) -> None:
        if at == point:
            left[0] -= 1
            if not left[0]:
                raise DiedError

    heard.crash = heard.store.crash = die
    dying = Hooks(heard.context()) if not point.startswith("tx.") else hooks
    with contextlib.suppress(DiedError):
        dying.drain()
    heard.crash = heard.store.crash = lambda _point: None
    expire(heard)
    for _ in range(6):
        heard.clock.advance(60)
        Hooks(heard.context()).drain()
    assert names(heard.right) == ["FIRM 0", "FIRM 1", "FIRM 2"]
    assert len([one for one in heard.right.effects if one[0] == "create"]) == 3
    assert states(heard) == {"done": 3}


def expire(hub: SmallHub) -> None:
    """Let the leases of the dead lapse."""
    with hub.store.transaction() as tx:
        tx.execute(update(t.lease).values(until=0))


def test_a_system_that_is_away_is_left_alone_and_tried_again(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ids = [customer(heard.left, f"Firm {number}") for number in range(5)]
    for ext_id in ids:
        post(hooks, "left", ext_id)
    heard.left.faults += ["fetch_later"] * 4
    heard.left.well = False
    for calls in range(1, 5):
        hooks.drain()
        row = waiting(heard)
        assert (row["pending"], row["parked"]) == (5, 0)
        assert row["attempts"] == calls
        assert row["error"].startswith("system.later")
        hooks.drain()  # too early: nothing is called
        heard.clock.advance(700)
    hooks.drain()
    assert states(heard) == {"done": 5}
    assert len(heard.left.fetched) == 1
    assert len(names(heard.right)) == 5


def waiting(hub: SmallHub) -> dict[str, Any]:
    with hub.store.reading() as tx:
        (row,) = standing.hooks(tx, hub.clock.now())
    return row


def test_wrong_credentials_park_nothing(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ext_id = customer(heard.left, "Alpha")
    post(hooks, "left", ext_id)
    heard.left.broken[ext_id] = Unauthorised()
    for _ in range(12):
        hooks.drain()
        heard.clock.advance(3_600)
    assert waiting(heard)["pending"] == 1
    assert heard.exceptions() == []
    heard.left.broken.clear()
    hooks.drain()
    assert names(heard.right) == ["ALPHA"]


@pytest.mark.parametrize("fault", [Rejected("Malformed id."), ZeroDivisionError("a bug")])
def test_one_record_that_cannot_be_read_stops_no_other(heard: SmallHub, fault: Exception) -> None:
    hooks = Hooks(heard.context())
    ids = [customer(heard.left, f"Firm {number}") for number in range(9)]
    for ext_id in ids:
        post(hooks, "left", ext_id)
    heard.left.broken[ids[4]] = fault
    hooks.drain()
    assert len(names(heard.right)) == 8
    assert waiting(heard)["pending"] == 1
    for _ in range(8):
        heard.clock.advance(700)
        hooks.drain()
    assert states(heard) == {"done": 8, "parked": 1}
    assert [(record, stage) for record, stage, _ in heard.exceptions()] == [(ids[4], "hook")]
    post(hooks, "left", ids[4])
    heard.left.broken.clear()
    hooks.drain()
    assert heard.exceptions() == [], "a later webhook that gets through closes the exception"
    assert len(names(heard.right)) == 9


def test_a_parked_webhook_can_be_retried(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ext_id = customer(heard.left, "Alpha")
    post(hooks, "left", ext_id)
    heard.left.broken[ext_id] = Rejected("Malformed id.")
    for _ in range(8):
        hooks.drain()
        heard.clock.advance(700)
    assert states(heard) == {"parked": 1}
    heard.left.broken.clear()
    with heard.store.reading() as tx:
        number = tx.scalar(select(t.exception.c.id))
    assert retry(heard.context(), [number]) == {"retried": 1}
    hooks.drain()
    assert heard.exceptions() == []
    assert states(heard) == {"done": 1}
    assert names(heard.right) == ["ALPHA"]


def test_while_a_create_is_not_settled_an_unknown_record_waits(heard: SmallHub) -> None:
    """The record that the hub has just made may be named by a webhook before the hub knows that it is its own."""
    hooks = Hooks(heard.context())
    known = customer(heard.left, "Alpha")
    post(hooks, "left", known)
    hooks.drain()
    post(hooks, "left", customer(heard.left, "Beta"))
    heard.right.faults = ["after"]  # the answer to the write is lost
    hooks.drain()
    made = next(ext_id for ext_id, row in heard.right.rows["Customer"].items() if row["Name"] == "BETA")
    old = next(ext_id for ext_id, row in heard.right.rows["Customer"].items() if row["Name"] == "ALPHA")
    heard.right.fetched.clear()
    post(hooks, "right", made)
    post(hooks, "right", old)
    hooks.drain()
    assert heard.right.fetched == [[old]]
    heard.clock.advance(120)
    hooks.drain()
    assert states(heard) == {"done": 4}
    heard.sync()
    assert names(heard.left) == ["Alpha", "Beta"]
    assert names(heard.right) == ["ALPHA", "BETA"]
    with heard.store.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(t.golden)) == 2


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


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if true():
            return
        threading.Event().wait(0.03)
    raise AssertionError


def counts(hub: SmallHub, job: str) -> dict[str, int]:
    with hub.store.reading() as tx:
        rows = tx.execute(select(t.run.c.counts).where(t.run.c.job == job)).scalars().all()
    total: dict[str, int] = {}
    for row in rows:
        for name, number in msgspec.json.decode(row).items():
            total[name] = total.get(name, 0) + number
    return total


def test_hints_that_cannot_be_stored_are_refused_alone(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    for event, ext_id in (("e" * 256, "1"), ("e", "1" * 256), ("e", "")):
        with pytest.raises(Rejected) as caught:
            hooks.hear("left", *signed(event, "Customer", ext_id))
        assert caught.value.code == "hook.unreadable"
    assert hooks.receive([hooks.hear("left", *signed("", "Customer", "1"))]) == [0]
    with heard.store.reading() as tx:
        assert inbox.pending(tx) == 0

"""Webhooks: what they name is read and written on, however often and disorderly they come."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from ltc.app.engine.hooks import Hooks
from ltc.core.errors import Rejected
from ltc.core.store import inbox
from ltc.core.store import tables as t
from tests.app.engine.fakes import signed
from tests.app.engine.hubs import SmallHub
from tests.app.engine.posting import counts, customer, names, post, states


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


def test_calls_are_filled_while_more_waits(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    ids = [customer(heard.left, f"Firm {number}") for number in range(25)]
    for ext_id in ids:
        post(hooks, "left", ext_id)
    hooks.lanes["left"].turn()
    assert [len(chunk) for chunk in heard.left.fetched] == [10, 10], "the others may be joined by what arrives meanwhile"
    post(hooks, "left", customer(heard.left, "Firm 25"))
    hooks.drain()
    assert [len(chunk) for chunk in heard.left.fetched] == [10, 10, 6]
    assert states(heard) == {"done": 26}


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


def test_hints_that_cannot_be_stored_are_refused_alone(heard: SmallHub) -> None:
    hooks = Hooks(heard.context())
    for event, ext_id in (("e" * 256, "1"), ("e", "1" * 256), ("e", "")):
        with pytest.raises(Rejected) as caught:
            hooks.hear("left", *signed(event, "Customer", ext_id))
        assert caught.value.code == "hook.unreadable"
    assert hooks.receive([hooks.hear("left", *signed("", "Customer", "1"))]) == [0]
    with heard.store.reading() as tx:
        assert inbox.pending(tx) == 0

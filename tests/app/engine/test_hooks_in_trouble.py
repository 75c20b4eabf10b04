"""Webhooks when something breaks: nothing is lost, nothing is done twice, and one record stops no other."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import func, select

from ltc.app.engine.hooks import Hooks
from ltc.app.engine.stewards import retry
from ltc.core.errors import Rejected, Unauthorised
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub
from tests.app.engine.posting import customer, expire, names, post, states, waiting


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
    assert retry(heard.context(), [number], actor="anna")["retried"] == 1
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

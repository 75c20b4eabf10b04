"""A record that its system has closed: what should change in it waits for a person, and is never written."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ltc.app.engine.rollout import set_mode
from ltc.app.engine.stewards import retry
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub


@pytest.fixture
def closing(hub: SmallHub) -> SmallHub:
    """The ERP closes a customer when somebody locks it."""
    hub.right.frozen["Customer"] = "record.Locked == true"
    hub.go_live()
    return hub


def closed_pair(hub: SmallHub) -> tuple[str, str]:
    """Make a customer on both sides that is closed on the right, and change it on the left."""
    left = hub.left.put("Customer", {"Name": "One", "Status": "active", "Phone": "1"})
    hub.sync()
    (right,) = hub.right.rows["Customer"]
    hub.right.put("Customer", {"Locked": True}, right)
    hub.left.put("Customer", {"Phone": "2"}, left)
    hub.right.effects.clear()
    return left, right


def test_an_amendment_of_a_closed_record_is_parked(closing: SmallHub) -> None:
    _, right = closed_pair(closing)
    closing.left.put("Customer", {"Name": "Other", "Status": "active"})
    report = closing.sync()
    assert closing.exceptions() == [(right, "deliver", "record.frozen")]
    assert [effect[0] for effect in closing.right.effects] == ["create"]
    assert {run["status"] for run in report["runs"]} == {"done"}
    with closing.store.reading() as tx:
        message, remedy, attempts = tx.execute(select(t.exception.c.message, t.exception.c.remedy, t.exception.c.attempts)).one()
    assert "phone" in message
    assert "further document" in remedy
    assert attempts == 1


def test_it_is_parked_once_however_often_it_is_seen(closing: SmallHub) -> None:
    left, right = closed_pair(closing)
    for number in range(3):
        closing.left.put("Customer", {"City": "Köln"} if number else {}, left)
        closing.sync()
    closing.sync()
    assert closing.exceptions() == [(right, "deliver", "record.frozen")]
    assert closing.right.effects == []


def test_a_retry_does_not_open_it(closing: SmallHub) -> None:
    _, right = closed_pair(closing)
    closing.sync()
    with closing.store.reading() as tx:
        number = tx.scalar(select(t.exception.c.id))
    retry(closing.context(), [number], actor="anna")
    closing.sync()
    assert closing.right.effects == []
    assert closing.exceptions() == [(right, "deliver", "record.frozen")]


def test_what_is_opened_again_is_written(closing: SmallHub) -> None:
    _, right = closed_pair(closing)
    closing.sync()
    closing.right.put("Customer", {"Locked": False}, right)
    closing.sync()
    assert closing.right.rows["Customer"][right]["Phone"] == "2"
    assert closing.exceptions() == []


def test_it_is_not_deactivated_either(closing: SmallHub) -> None:
    left, right = closed_pair(closing)
    closing.left.remove("Customer", left)
    closing.sync()
    assert closing.right.rows["Customer"][right]["Status"] == "active"
    assert closing.exceptions() == [(right, "deliver", "record.frozen")]


def test_a_rollout_in_shadow_says_so(closing: SmallHub) -> None:
    closed_pair(closing)
    ctx = closing.context()
    set_mode(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub], "shadow", actor="test")
    closing.sync()
    with closing.store.reading() as tx:
        rows = tx.execute(select(t.change.c.state, t.change.c.reason).where(t.change.c.state == "shadow")).all()
    assert [tuple(row) for row in rows] == [("shadow", "frozen")]
    assert closing.exceptions() == []


def test_what_the_condition_reads_is_read(closing: SmallHub) -> None:
    (scope,) = closing.context().scopes_of("right", "customer")
    assert "Locked" in scope.fields


def test_a_condition_that_cannot_be_read_is_a_mistake(hub: SmallHub) -> None:
    hub.right.frozen["Customer"] = "record.Locked ="
    with pytest.raises(Misconfigured):
        hub.context()

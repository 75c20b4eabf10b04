"""Brakes: beyond a limit the run stops and asks, keeps what it learnt, and goes on when somebody said yes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ltc.app.engine.rollout import release
from ltc.app.engine.scope import Brakes
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub


@pytest.fixture
def shrinking(hub: SmallHub) -> SmallHub:
    """A CRM that shows deletions by absence only, with four customers; at most half of them may go at once."""
    hub.left.deletes = "sweep"
    hub.brakes = Brakes(max_disappeared_share=0.5)
    for number in range(4):
        hub.left.put("Customer", {"Name": f"Left {number}", "Status": "active"})
    hub.go_live()
    hub.sync()
    return hub


def lose(hub: SmallHub, *numbers: int) -> None:
    """Let customers be gone from the CRM without a word."""
    for number in numbers:
        del hub.left.rows["Customer"][f"LC000{number}"]


def states(hub: SmallHub) -> list[str]:
    """Say what the hub thinks of the CRM's customers."""
    (scope,) = hub.context().scopes_of("left", "customer")
    with hub.store.reading() as tx:
        rows = tx.execute(select(t.record.c.state).where(t.record.c.scope_id == scope.id).order_by(t.record.c.ext_id)).all()
    return [row[0] for row in rows]


def allow(hub: SmallHub) -> list[int]:
    """Release what the brake holds."""
    ctx = hub.context()
    return [found["disappeared"] for found in release(ctx, ctx.scopes_of("left", "customer"), actor="test")]


def test_a_few_may_go(shrinking: SmallHub) -> None:
    lose(shrinking, 1, 2)
    shrinking.sync(full=True)
    assert states(shrinking) == ["deleted", "deleted", "live", "live"]


def test_many_stop_the_run_and_what_was_read_is_kept(shrinking: SmallHub) -> None:
    lose(shrinking, 1, 2, 3)
    shrinking.left.put("Customer", {"City": "Köln"}, "LC0004")
    shrinking.left.put("Customer", {"Name": "New", "Status": "active"})
    report = shrinking.sync(full=True)
    assert {run["status"] for run in report["runs"] if run["system"] == "left"} == {"braked"}
    assert states(shrinking) == ["live"] * 5
    with shrinking.store.reading() as tx:
        leaves = tx.scalar(select(t.record.c.leaves).where(t.record.c.ext_id == "LC0004"))
    assert "Köln" in leaves


def test_it_holds_until_somebody_releases_it(shrinking: SmallHub) -> None:
    lose(shrinking, 1, 2, 3)
    shrinking.sync(full=True)
    assert "braked" in {run["status"] for run in shrinking.sync()["runs"]}
    assert allow(shrinking) == [3]
    assert {run["status"] for run in shrinking.sync()["runs"]} == {"done"}
    assert states(shrinking) == ["deleted", "deleted", "deleted", "live"]
    assert sorted(row["Status"] for row in shrinking.right.rows["Customer"].values()) == [
        "active",
        "inactive",
        "inactive",
        "inactive",
    ]


def test_a_release_is_for_as_many_as_there_were(shrinking: SmallHub) -> None:
    lose(shrinking, 1, 2, 3)
    shrinking.sync(full=True)
    allow(shrinking)
    lose(shrinking, 4)
    assert "braked" in {run["status"] for run in shrinking.sync()["runs"]}
    assert states(shrinking) == ["live"] * 4


def test_records_that_come_back_release_it_themselves(shrinking: SmallHub) -> None:
    gone = dict(shrinking.left.rows["Customer"])
    lose(shrinking, 1, 2, 3, 4)
    shrinking.sync(full=True)
    shrinking.left.rows["Customer"] |= gone
    assert {run["status"] for run in shrinking.sync()["runs"]} == {"done"}
    assert allow(shrinking) == [0]
    assert states(shrinking) == ["live"] * 4

"""Brakes: beyond a limit the run stops and asks, keeps what it learnt, and goes on when somebody said yes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ltc.app.engine.rollout import release
from ltc.app.engine.scope import Brakes
from ltc.core.contract import Page, Presence, RawRecord
from ltc.core.store import tables as t
from tests.app.engine.fakes import Invented
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


@pytest.fixture
def told(hub: SmallHub) -> SmallHub:
    """A CRM whose feed tells of deletions, with eight customers; at most half of them may go at once."""
    hub.brakes = Brakes(max_disappeared_share=0.5)
    for number in range(8):
        hub.left.put("Customer", {"Name": f"Left {number}", "Status": "active"})
    hub.go_live()
    hub.sync()
    return hub


def remove(hub: SmallHub, *numbers: int) -> None:
    """Delete customers in the CRM, so that its feed says so."""
    for number in numbers:
        hub.left.remove("Customer", f"LC000{number}")


def statuses(report: dict[str, list[dict[str, str]]]) -> set[str]:
    """Say how the CRM's runs ended."""
    return {run["status"] for run in report["runs"] if run["system"] == "left"}


def test_a_few_that_a_feed_reports_may_go(told: SmallHub) -> None:
    remove(told, 1, 2, 3, 4)
    assert statuses(told.sync()) == {"done"}
    assert states(told) == ["deleted"] * 4 + ["live"] * 4


def test_mass_deletion_by_a_feed_stops_the_run_and_nothing_is_believed(told: SmallHub) -> None:
    remove(told, 1, 2, 3, 4, 5)
    effects = list(told.right.effects)
    report = told.sync()
    assert statuses(report) == {"braked"}
    assert "5 of 8 Customer records of left have been deleted" in str(report["runs"][0]["error"])
    assert states(told) == ["live"] * 8
    assert told.right.effects == effects
    assert statuses(told.sync()) == {"braked"}


def test_what_a_feed_reports_is_released_by_number(told: SmallHub) -> None:
    remove(told, 1, 2, 3, 4, 5)
    told.sync()
    assert allow(told) == [5]
    remove(told, 6)
    assert statuses(told.sync()) == {"braked"}
    assert allow(told) == [6]
    assert statuses(told.sync()) == {"done"}
    assert states(told) == ["deleted"] * 6 + ["live"] * 2
    assert sum(row["Status"] == "inactive" for row in told.right.rows["Customer"].values()) == 6
    remove(told, 7, 8)
    assert statuses(told.sync()) == {"braked"}


def test_deletions_on_many_pages_are_counted_together_and_over_several_runs(
    told: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two on a page are few; but the third page is too much, and stays so however often it is read."""

    def read(self: Invented, obj: str, cursor: str, fields: object, limit: int = 0) -> Page:
        del fields, limit
        gone = sorted(self.world.gone.get(obj, {}).items(), key=lambda one: one[1][0])
        left = [(ext_id, mod) for ext_id, (mod, _) in gone if mod > cursor]
        marked = [RawRecord(ext_id, mod, b"{}", Presence.DELETED) for ext_id, mod in left[:2]]
        return Page([], marked[-1].version if marked else cursor, len(left) > 2, marked)

    monkeypatch.setattr(Invented, "read", read)
    remove(told, 1, 2, 3, 4, 5, 6, 7, 8)
    report = told.sync()
    assert "8 of 8" in str(report["runs"][0]["error"])
    assert states(told) == ["deleted"] * 4 + ["live"] * 4
    assert statuses(told.sync()) == {"braked"}
    assert states(told) == ["deleted"] * 4 + ["live"] * 4
    assert allow(told) == [8]
    assert statuses(told.sync()) == {"done"}
    assert states(told) == ["deleted"] * 8

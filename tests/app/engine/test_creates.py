"""Creates: what was not begun means the newest that its golden record says, and what was begun or refused keeps its values."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ltc.app.engine.brakes import money_due
from ltc.app.engine.door import look_again
from ltc.app.engine.rollout import release, set_mode
from ltc.app.engine.scope import Brakes
from ltc.app.engine.state import from_json
from ltc.core.contract import Outcome, WriteResult
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from ltc.core.store.queries.changes import changes
from tests.app.engine.fakes import Invented
from tests.app.engine.hubs import SmallHub


def kept(hub: SmallHub) -> list[tuple[str, Any]]:
    """Give the states of the creates and what they are stored with, oldest first."""
    c = t.change.c
    with hub.store.reading() as tx:
        rows = tx.execute(select(c.state, c.after).where(c.verb == "create").order_by(c.id)).all()
    return [(row[0], from_json(row[1]).get("name")) for row in rows]


@pytest.fixture
def braked(hub: SmallHub) -> SmallHub:
    """A hub with a customer whose create is due and held by a brake."""
    hub.go_live()
    hub.brakes = Brakes(max_creates=0)
    hub.left.put("Customer", {"Name": "Old", "Status": "active", "City": "Köln"})
    hub.sync()
    assert kept(hub) == [("due", None)]
    return hub


def test_what_was_not_begun_means_the_newest(braked: SmallHub) -> None:
    braked.left.put("Customer", {"Name": "New"}, "LC0001")
    braked.sync()
    assert kept(braked) == [("due", None)], "still one"
    with braked.store.reading() as tx:
        (shown,) = changes(tx)
    assert (shown["verb"], shown["after"]["name"], "phone" in shown["after"]) == ("create", "New", False)
    ctx = braked.context()
    release(ctx, ctx.scopes_of("right", "customer"), actor="test")
    braked.sync()
    assert [row["Name"] for row in braked.right.rows["Customer"].values()] == ["NEW"]
    assert kept(braked) == [("done", "New")], "what was sent stays known"


def test_what_is_only_shown_means_the_newest_too(hub: SmallHub) -> None:
    ctx = hub.context()
    hub.left.put("Customer", {"Name": "Old", "Status": "active"})
    hub.sync()
    set_mode(ctx, ctx.scopes_of("right", "customer"), "shadow", actor="test")
    hub.left.put("Customer", {"Name": "New"}, "LC0001")
    hub.sync()
    with hub.store.reading() as tx:
        (shown,) = changes(tx)
    assert (shown["state"], shown["after"]["name"]) == ("shadow", "New")


def test_what_was_refused_stays_so_until_it_is_another(hub: SmallHub) -> None:
    hub.go_live()
    hub.right.refuse["Bad"] = Rejected("Name is not allowed.", field="Name")
    hub.left.put("Customer", {"Name": "Bad", "Status": "active"})
    hub.sync()
    assert kept(hub) == [("parked", "Bad")]
    with hub.store.reading() as tx:
        hub_id = tx.scalar(select(t.golden.c.hub_id))
    look_again(hub.context(), [hub_id])
    assert kept(hub) == [("parked", "Bad")], "nothing is new"
    hub.left.put("Customer", {"Name": "Good"}, "LC0001")
    hub.sync()
    assert kept(hub) == [("done", "Good")]


def test_what_was_put_off_means_the_newest_when_it_is_another(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.go_live()
    hub.left.put("Customer", {"Name": "Old", "Status": "active"})
    with monkeypatch.context() as busy:
        busy.setattr(Invented, "_write_one", lambda _self, _obj, item, _journal: WriteResult(item.key, Outcome.LATER))
        hub.sync()
    assert kept(hub) == [("due", "Old")]
    hub.left.put("Customer", {"Name": "New"}, "LC0001")
    hub.clock.advance(60)
    hub.sync()
    assert kept(hub) == [("done", "New")]


def test_what_waits_goes_on_waiting_with_its_newest_values(hub: SmallHub) -> None:
    hub.go_live()
    hub.right.refuse["Bad"] = Rejected("Name is not allowed.", field="Name")
    hub.left.put("Customer", {"Name": "Bad", "Status": "active"})
    hub.left.put("Order", {"Name": "P1", "Status": "draft", "Customer": "LC0001"})
    hub.sync()
    assert kept(hub) == [("parked", "Bad"), ("waiting", None)]
    hub.left.put("Order", {"Name": "P2"}, "LO0001")
    hub.sync()
    assert kept(hub) == [("parked", "Bad"), ("waiting", None)]
    hub.left.put("Customer", {"Name": "Good"}, "LC0001")
    hub.sync()
    hub.sync()
    assert [row["Name"] for row in hub.right.rows["Order"].values()] == ["P2"]


def test_the_money_that_would_move_is_that_of_the_newest(hub: SmallHub) -> None:
    hub.add_line("left", "Order", "total: {from: Total, as: money, currency: Currency}")
    hub.add_line("right", "Order", "total: {from: Total, as: money, currency: Currency}")
    hub.go_live()
    hub.brakes = Brakes(max_money={"EUR": "100"})
    hub.left.put("Customer", {"Name": "Acme", "Status": "active"})
    hub.left.put("Order", {"Name": "P1", "Status": "draft", "Customer": "LC0001", "Total": "500", "Currency": "EUR"})
    hub.sync()
    hub.left.put("Order", {"Total": "700"}, "LO0001")
    hub.sync()
    ctx = hub.context()
    with hub.store.reading() as tx:
        (scope,) = ctx.scopes_of("right", "order")
        assert {currency: int(amount) for currency, amount in money_due(tx, scope).items()} == {"EUR": 700}
    assert not hub.right.rows.get("Order")

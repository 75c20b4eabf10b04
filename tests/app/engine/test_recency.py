"""The newest value wins, and what the hub itself has written is never news."""

from __future__ import annotations

from typing import Any, cast

import pytest
from sqlalchemy import select

from ltc.app.engine.batch import Batch
from ltc.app.engine.door import read_hints
from ltc.app.engine.state import RecordState
from ltc.app.engine.translate import see
from ltc.core.store import tables as t
from tests.app.engine.converging import tidy
from tests.app.engine.fakes import World
from tests.app.engine.hubs import SmallHub, sap_like

CUSTOMER = {"Name": "Acme", "Status": "active", "Phone": "1", "Tax": "DE136695976"}


def edit_during_the_create(hub: SmallHub, left: str) -> None:
    """Let a person change the phone on the left, and the hub hear of it, after the ERP was called and before it is bound."""
    edited: list[str] = []

    def crash(point: str) -> None:
        if point == "deliver.after_call" and not edited:
            edited.append(left)
            hub.clock.advance(60)
            hub.left.put("Customer", {"Phone": "2"}, left)
            ctx = hub.context()
            read_hints(ctx, ctx.scopes_of("left", "customer")[0], [left])
            hub.clock.advance(60)

    hub.crash = crash


def test_the_record_of_a_create_is_not_newer_than_an_edit_meanwhile(live: SmallHub) -> None:
    left = live.left.put("Customer", CUSTOMER)
    edit_during_the_create(live, left)
    for _ in range(3):
        live.sync()
    (right,) = live.right.rows["Customer"].values()
    assert live.left.rows["Customer"][left]["Phone"] == "2"
    assert right["Phone"] == "2"


def test_what_a_target_puts_in_by_itself_outranks_nobody(hub: SmallHub) -> None:
    hub.add_line("left", "Customer", "language: Lang")
    hub.add_line("right", "Customer", "language: {from: Lang, one_way: in}")
    hub.right.normalise = lambda row: {"Lang": "en", **sap_like(row)}
    hub.right.during = lambda _call: hub.clock.sleep(1)
    hub.go_live()
    left = hub.left.put("Customer", {**CUSTOMER, "Lang": "de"})
    for _ in range(3):
        hub.sync()
    assert hub.left.rows["Customer"][left]["Lang"] == "de"


def test_an_edit_of_such_a_record_is_news(live: SmallHub) -> None:
    left = live.left.put("Customer", CUSTOMER)
    live.sync()
    (right,) = live.right.rows["Customer"]
    live.right.put("Customer", {"Phone": "3"}, right)
    live.sync()
    assert live.left.rows["Customer"][left]["Phone"] == "3"


def test_what_waits_to_be_overwritten_does_not_become_younger_by_that(hub: SmallHub) -> None:
    hub.third = World("T", tidy)
    hub.go_live()
    hub.left.put("Customer", {**CUSTOMER, "City": "Bonn", "Postal": "53111"})
    hub.sync()
    (third,) = hub.third.rows["Customer"]
    hub.third.put("Customer", {"City": "Köln"}, third)
    hub.sync()
    hub.sync()
    cities = [row["City"] for world in hub.worlds().values() for row in world.rows["Customer"].values()]
    assert cities == ["köln", "KÖLN", "köln"], (
        "two records that the hub made, of which the one that was not edited still said Bonn"
    )


@pytest.mark.parametrize("side", ["left", "right"])
def test_who_created_a_record_stays_known_when_it_is_merged(live: SmallHub, side: str) -> None:
    worlds = {"left": live.left, "right": live.right}
    world = worlds[side]
    winner = world.put("Customer", CUSTOMER)
    loser = world.put("Customer", {"Name": "Akme", "Status": "active"})
    live.sync()
    world.remove("Customer", loser, merged_into=winner)
    live.sync()
    other = live.context().scopes_of("right" if side == "left" else "left", "customer")[0]
    with live.store.reading() as tx:
        rows = tx.execute(select(t.record.c.evidence).where(t.record.c.scope_id == other.id)).all()
    assert [row[0] for row in rows] == ["written", "written"]


def test_what_a_row_that_we_wrote_is_seen_to_lack_is_no_news_and_a_new_row_is() -> None:
    batch: Any = Batch(cast("Any", None), cast("Any", None), "2026-03-02T08:00:00.000000Z")
    record = RecordState(1, "x", leaves={"lines[10]": True, "lines[10].product": "P"})
    seen = {**record.leaves, "lines[10].description": None}
    see(batch, record, dict(seen))
    assert record.stamps == {}
    see(batch, record, {**seen, "lines[20]": True, "lines[20].description": None})
    assert record.stamps == dict.fromkeys(("lines[20]", "lines[20].description"), batch.now)

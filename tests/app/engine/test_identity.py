"""Identity decisions: merge, split and pin are carried out as they were decided, and taken back exactly."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from ltc.app.engine.door import read_changes
from ltc.app.engine.stewards import decide_review, pin_value, reviews, split_records, undo_decision, unpin_value
from ltc.core.errors import LtcError, Rejected, Stale
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub

ACME = {"Name": "Acme GmbH", "Tax": "DE136695976", "Status": "active", "Phone": "1"}


def links(hub: SmallHub) -> dict[str, tuple[str, bool]]:
    """Say of each record what it is linked to, and whether it is the primary one."""
    r = t.record
    with hub.store.reading() as tx:
        rows = tx.execute(select(r.c.ext_id, r.c.hub_id, r.c.is_primary).where(r.c.hub_id.is_not(None))).all()
    return {row[0]: (row[1], bool(row[2])) for row in rows}


def goldens(hub: SmallHub) -> dict[str, str]:
    """Say of each golden record in which state it is."""
    with hub.store.reading() as tx:
        return {row[0]: row[1] for row in tx.execute(select(t.golden.c.hub_id, t.golden.c.state)).all()}


def rows(hub: SmallHub, table: Any, *columns: str) -> set[tuple[Any, ...]]:
    """Read a table."""
    with hub.store.reading() as tx:
        return {tuple(row) for row in tx.execute(select(*(table.c[name] for name in columns))).all()}


def last_decision(hub: SmallHub, kind: str) -> int:
    """Find the newest decision of a kind."""
    with hub.store.reading() as tx:
        return int(tx.scalar(select(func.max(t.decision.c.id)).where(t.decision.c.kind == kind)))


@pytest.fixture
def doubtful(hub: SmallHub) -> SmallHub:
    """Two customers, one in each system, that may be the same; nothing is written while that is open."""
    hub.left.put("Customer", ACME)
    hub.right.put("Customer", {**ACME, "Name": "ACME GESELLSCHAFT"})
    hub.sync()
    return hub


def same(hub: SmallHub) -> dict[str, Any]:
    """Say that they are one."""
    (pair,) = reviews(hub.context())
    return decide_review(hub.context(), pair["id"], "same", actor="steward")


def test_a_merge_is_undone_exactly(doubtful: SmallHub) -> None:
    keys = ("entity", "kind", "value", "hub_id")
    before = (links(doubtful), goldens(doubtful), rows(doubtful, t.identifier, *keys), rows(doubtful, t.match_key, *keys))
    same(doubtful)
    assert sorted(goldens(doubtful).values()) == ["live", "merged"]
    assert len({hub_id for hub_id, _ in links(doubtful).values()}) == 1
    undo_decision(doubtful.context(), last_decision(doubtful, "merge"), actor="steward")
    after = (links(doubtful), goldens(doubtful), rows(doubtful, t.identifier, *keys), rows(doubtful, t.match_key, *keys))
    assert after == before
    with pytest.raises(Rejected, match="already"):
        undo_decision(doubtful.context(), last_decision(doubtful, "merge"), actor="steward")


def test_what_was_taken_back_is_not_merged_by_a_machine_again(hub: SmallHub) -> None:
    winner = hub.left.put("Customer", ACME)
    loser = hub.left.put("Customer", {"Name": "Akme", "Status": "active"})
    hub.sync()
    hub.left.remove("Customer", loser, merged_into=winner)
    hub.sync()
    undo_decision(hub.context(), last_decision(hub, "merge"), actor="steward")
    for _ in range(3):
        hub.left.put("Customer", {"Phone": str(hub.left.clock)}, winner)
        ctx = hub.context()
        read_changes(ctx, ctx.scopes_of("left", "customer")[0], full=True)
    assert len({hub_id for hub_id, _ in links(hub).values()}) == 2


def test_pins_go_with_the_merge_and_come_back(doubtful: SmallHub) -> None:
    ctx = doubtful.context()
    older, younger = sorted({hub_id for hub_id, _ in links(doubtful).values()})
    pin_value(ctx, younger, "phone", "9", actor="steward")
    pin_value(ctx, older, "name", "Acme", actor="steward")
    pin_value(ctx, younger, "name", "Other", actor="steward")
    before = rows(doubtful, t.pin, "hub_id", "leaf", "value")
    assert same(doubtful)["hub_id"] == older
    found = {(hub_id, leaf) for hub_id, leaf, _ in rows(doubtful, t.pin, "hub_id", "leaf", "value")}
    assert found == {(older, "phone"), (older, "name")}
    undo_decision(doubtful.context(), last_decision(doubtful, "merge"), actor="steward")
    assert rows(doubtful, t.pin, "hub_id", "leaf", "value") == before


def test_a_merge_on_top_is_undone_first(hub: SmallHub) -> None:
    ids = [hub.left.put("Customer", {"Name": name, "Status": "active"}) for name in ("One", "Two", "Three")]
    hub.sync()
    for loser, winner in ((ids[2], ids[1]), (ids[1], ids[0])):
        hub.left.remove("Customer", loser, merged_into=winner)
        hub.sync()
    first, second = sorted(row[0] for row in rows(hub, t.decision, "id"))
    with pytest.raises(Stale, match="undo that first"):
        undo_decision(hub.context(), first, actor="steward")
    undo_decision(hub.context(), second, actor="steward")
    undo_decision(hub.context(), first, actor="steward")
    assert set(goldens(hub).values()) <= {"live", "retired"}


def test_a_pin_is_taken_away_once(doubtful: SmallHub) -> None:
    hub_id = min(hub_id for hub_id, _ in links(doubtful).values())
    pin_value(doubtful.context(), hub_id, "phone", "9", actor="steward")
    unpin_value(doubtful.context(), hub_id, "phone", actor="steward")
    assert rows(doubtful, t.pin, "hub_id") == set()
    with pytest.raises(Rejected):
        unpin_value(doubtful.context(), hub_id, "phone", actor="steward")


def test_a_split_leaves_something_on_both_sides(doubtful: SmallHub) -> None:
    survivor = same(doubtful)["hub_id"]
    doubtful.clock.advance(60)
    split_records(doubtful.context(), survivor, [("right", "RC0001")], actor="steward")
    found = links(doubtful)
    assert found["LC0001"] == (survivor, True)
    assert found["RC0001"][0] != survivor
    assert found["RC0001"][1]
    with pytest.raises(LtcError):
        split_records(doubtful.context(), survivor, [("left", "LC0001")], actor="steward")


def test_a_verdict_is_an_event_too(doubtful: SmallHub) -> None:
    (pair,) = reviews(doubtful.context())
    decide_review(doubtful.context(), pair["id"], "different", actor="anna")
    assert rows(doubtful, t.decision, "kind", "actor") == {("label", "anna")}
    assert rows(doubtful, t.review, "state", "decided_by") == {("different", "anna")}


def test_a_settled_review_is_not_turned_round_in_silence(doubtful: SmallHub) -> None:
    (pair,) = reviews(doubtful.context())
    same(doubtful)
    again = decide_review(doubtful.context(), pair["id"], "same", actor="bert")
    assert again["state"] == "same"
    with pytest.raises(LtcError, match="was settled: same"):
        decide_review(doubtful.context(), pair["id"], "different", actor="bert")
    assert rows(doubtful, t.review, "state", "decided_by") == {("same", "steward")}


def test_the_survivors_primary_stays_the_only_one(live: SmallHub) -> None:
    winner = live.left.put("Customer", ACME)
    loser = live.left.put("Customer", {"Name": "Akme", "Status": "active"})
    live.sync()
    live.left.remove("Customer", loser, merged_into=winner)
    live.sync()
    found = links(live)
    assert [found[f"RC000{number}"][1] for number in (1, 2)].count(True) == 1

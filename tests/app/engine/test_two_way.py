"""Two systems and the hub between them: what changes in one comes to the other, and nothing else does."""

from __future__ import annotations

from sqlalchemy import select

from ltc.app.engine.stewards import decide_review, reviews
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub

ACME = {"Name": "Acme GmbH", "Tax": "DE136695976", "Status": "active", "City": "Köln", "Postal": "50667"}


def names(hub: SmallHub, side: str) -> list[str]:
    """Name the customers of one side."""
    world = hub.left if side == "left" else hub.right
    return sorted(row["Name"] for row in world.rows.get("Customer", {}).values())


def test_observing_writes_nothing(hub: SmallHub) -> None:
    hub.left.put("Customer", ACME)
    hub.sync()
    assert hub.left.effects == hub.right.effects == []


def test_a_record_reaches_the_other_system_once(live: SmallHub) -> None:
    live.left.put("Customer", ACME)
    report = live.sync()
    assert names(live, "right") == ["ACME GMBH"]
    assert report["totals"]["writes"] == 1
    assert live.sync()["totals"]["writes"] == 0
    assert live.sync()["totals"]["writes"] == 0


def test_a_normal_form_is_neither_news_nor_a_difference(live: SmallHub) -> None:
    live.left.put("Customer", {**ACME, "Name": "A very long name that does not fit into forty characters GmbH"})
    for _ in range(4):
        live.sync()
    assert names(live, "left") == ["A very long name that does not fit into forty characters GmbH"]
    assert len(live.right.effects) == 1
    assert live.left.effects == []


def test_one_field_changed_makes_one_write(live: SmallHub) -> None:
    left = live.left.put("Customer", ACME)
    live.sync()
    live.left.put("Customer", {"Phone": "+49 221 1234"}, left)
    live.right.effects.clear()
    live.sync()
    assert [effect[0] for effect in live.right.effects] == ["update"]
    assert live.left.effects == []


def test_a_clerk_in_the_other_system_is_heard(live: SmallHub) -> None:
    left = live.left.put("Customer", ACME)
    live.sync()
    (right,) = live.right.rows["Customer"]
    live.right.put("Customer", {"City": "Bonn"}, right)
    live.sync()
    assert live.left.rows["Customer"][left]["City"] == "BONN"
    assert live.left.rows["Customer"][left]["Name"] == "Acme GmbH"
    assert live.sync()["totals"]["writes"] == 0


def test_the_same_field_in_both_ends_as_the_policy_says(live: SmallHub) -> None:
    left = live.left.put("Customer", ACME)
    live.sync()
    (right,) = live.right.rows["Customer"]
    live.left.put("Customer", {"Phone": "+49 30 1"}, left)
    live.right.put("Customer", {"Phone": "+49 30 2"}, right)
    live.sync()
    live.sync()
    phones = {live.left.rows["Customer"][left]["Phone"], live.right.rows["Customer"][right]["Phone"]}
    assert len(phones) == 1
    with live.store.reading() as tx:
        actions = {row[0] for row in tx.execute(select(t.log.c.action))}
    assert "conflict" in actions


def test_what_an_owner_owns_is_corrected_elsewhere(live: SmallHub) -> None:
    left = live.left.put("Customer", {**ACME, "Credit": "100.00", "Currency": "EUR"})
    live.sync()
    (right,) = live.right.rows["Customer"]
    live.right.put("Customer", {"Credit": "500.00", "Currency": "EUR"}, right)
    live.sync()
    live.left.put("Customer", {"Credit": "900.00"}, left)
    live.sync()
    live.sync()
    assert str(live.left.rows["Customer"][left]["Credit"]) == "500.00"


def test_equal_tax_ids_are_a_proposal_and_hold_creates(hub: SmallHub) -> None:
    hub.left.put("Customer", ACME)
    hub.right.put("Customer", {**ACME, "Name": "ACME GESELLSCHAFT"})
    hub.go_live()
    hub.sync()
    assert hub.left.effects == hub.right.effects == []
    (pair,) = reviews(hub.context())
    decide_review(hub.context(), pair["id"], "same", actor="steward")
    hub.sync()
    assert len(hub.left.rows["Customer"]) == len(hub.right.rows["Customer"]) == 1


def test_different_things_are_created_after_the_verdict(hub: SmallHub) -> None:
    hub.left.put("Customer", ACME)
    hub.right.put("Customer", {**ACME, "Name": "Other firm"})
    hub.go_live()
    (pair,) = reviews(hub.context())
    decide_review(hub.context(), pair["id"], "different", actor="steward")
    hub.sync()
    assert len(hub.left.rows["Customer"]) == len(hub.right.rows["Customer"]) == 2


def test_child_before_parent_converges(live: SmallHub) -> None:
    child = live.left.put("Customer", {"Name": "Child", "Status": "active", "Parent": "LC0002"})
    live.left.put("Customer", {"Name": "Parent", "Status": "active"})
    live.sync()
    live.sync()
    rows = {row["Name"]: row for row in live.right.rows["Customer"].values()}
    assert rows["CHILD"]["Parent"] == rows["PARENT"]["Id"]
    assert live.left.rows["Customer"][child]["Parent"] == "LC0002"


def test_a_cycle_of_parents_is_written_in_two_passes(live: SmallHub) -> None:
    live.left.put("Customer", {"Name": "One", "Status": "active", "Parent": "LC0002"})
    live.left.put("Customer", {"Name": "Two", "Status": "active", "Parent": "LC0001"})
    live.sync()
    live.sync()
    rows = {row["Name"]: row for row in live.right.rows["Customer"].values()}
    assert rows["ONE"]["Parent"] == rows["TWO"]["Id"]
    assert rows["TWO"]["Parent"] == rows["ONE"]["Id"]
    assert live.sync()["totals"]["writes"] == 0


def test_a_deletion_follows_the_targets_policy(live: SmallHub) -> None:
    left = live.left.put("Customer", ACME)
    live.sync()
    live.left.remove("Customer", left)
    live.sync()
    assert [row["Status"] for row in live.right.rows["Customer"].values()] == ["inactive"]
    assert live.left.rows["Customer"] == {}
    assert live.sync()["totals"]["writes"] == 0


def test_a_merge_in_a_source_is_a_must_link(live: SmallHub) -> None:
    winner = live.left.put("Customer", {"Name": "Acme GmbH", "Status": "active", "Tax": "DE136695976"})
    loser = live.left.put("Customer", {"Name": "Akme", "Status": "active"})
    live.sync()
    assert len(live.right.rows["Customer"]) == 2
    live.left.remove("Customer", loser, merged_into=winner)
    live.sync()
    with live.store.reading() as tx:
        kinds = [row[0] for row in tx.execute(select(t.decision.c.kind))]
        states = sorted(row[0] for row in tx.execute(select(t.golden.c.state)))
    assert kinds == ["merge"]
    assert states == ["live", "merged"]
    assert live.sync()["totals"]["writes"] == 0


def test_a_loop_between_systems_is_parked(live: SmallHub) -> None:
    left = live.left.put("Customer", {**ACME, "Phone": "+49 30 1"})
    live.sync()
    (right,) = live.right.rows["Customer"]
    stubborn = 0
    for _ in range(12):
        if live.right.rows["Customer"][right]["Phone"] != "+49 30 2":
            live.right.put("Customer", {"Phone": "+49 30 2"}, right)
            stubborn += 1
        live.sync()
        if live.left.rows["Customer"][left]["Phone"] != "+49 30 1":
            live.left.put("Customer", {"Phone": "+49 30 1"}, left)
        live.sync()
    with live.store.reading() as tx:
        codes = {row[0] for row in tx.execute(select(t.exception.c.code))}
    assert "record.loop" in codes
    assert stubborn < 8

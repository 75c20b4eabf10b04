"""The stewards' desk: golden records are matched, explained, shown, decided about and measured."""

from __future__ import annotations

import pytest

from ltc.app.engine.stewards import decide_review, reviews
from ltc.app.mdm.desk import MasterData
from ltc.core.errors import LtcError, Misconfigured, Rejected
from tests.app.engine.hubs import SmallHub
from tests.app.mdm.conftest import with_streets


def ids(desk: MasterData) -> dict[str, str]:
    """Name the golden records by the systems' records."""
    return {name: desk.golden(name)["hub_id"] for name in ("left:LC0001", "right:RC0001", "left:LC0002", "right:RC0002")}


def test_doubtful_pairs_become_reviews_and_decisions_hold(desk: MasterData, hub: SmallHub) -> None:
    with hub.store.transaction() as tx:  # as if no key had brought the two together
        from ltc.core.store import tables as t  # noqa: PLC0415

        tx.execute(t.review.delete())
    known = ids(desk)
    seen = desk.match("customer", preview=True, actor="anna")
    assert seen["opened"] == 0
    assert reviews(hub.context()) == []
    found = desk.match("customer", actor="anna")
    proposed = {tuple(sorted((one["left"]["id"], one["right"]["id"]))) for one in found["pairs"]}
    merges = [{one["survivor"], *one["losers"]} for one in found["merges"]]
    pair = (known["left:LC0001"], known["right:RC0001"])
    assert (tuple(sorted(pair)) in proposed) != (set(pair) in merges), "either sure, or for a person"
    assert found["applied"] == [], "merges are only planned"
    assert len(reviews(hub.context())) == found["opened"]
    assert desk.match("customer", actor="anna")["opened"] == 0, "a review is opened once"
    for review in reviews(hub.context()):
        decide_review(hub.context(), review["id"], "different", actor="anna")
    again = desk.match("customer", apply=True, actor="anna")
    assert [one for one in again["pairs"] if {one["left"]["id"], one["right"]["id"]} == set(pair)] == []


def test_sure_pairs_are_merged_when_asked_for(hub: SmallHub) -> None:
    with_streets(hub)
    row = {"Name": "Havel Pumpen GmbH", "Phone": "030 1234567", "Street": "Domplatz 3", "Postal": "10115", "Status": "active"}
    for number, name in enumerate(
        ("Alster Tee", "Brocken Bier", "Callas Musik", "Dorn Zaunbau", "Eifel Ton", "Feuer und Flamme")
    ):
        hub.left.put(
            "Customer", {"Name": name, "Phone": f"0{number + 3}0 55{number:05d}", "Postal": f"2{number}000", "Status": "active"}
        )
    for world in (hub.left, hub.right):
        world.put("Customer", {**row, "City": "Berlin"})
    hub.sync()
    ctx = hub.context()
    desk = MasterData(lambda: ctx)
    assert len(reviews(ctx)) == 1
    assert len(desk.match("customer", apply=True, actor="anna")["applied"]) == 1
    merged = desk.golden("right:RC0001")
    assert merged["hub_id"] == desk.golden("left:LC0007")["hub_id"]
    assert merged["decisions"][0]["actor"] == "anna"
    assert reviews(ctx) == []
    assert desk.match("customer", actor="anna")["merges"] == []


def test_a_pair_is_explained_by_its_weights(desk: MasterData) -> None:
    told = desk.explain("left:LC0001", "right:RC0001")
    assert told["decision"] == "same"
    assert {one["field"] for one in told["why"]} >= {"name", "address", "phone"}
    assert told["linked"] is False
    assert told["review"]["state"] == "open"
    hub_ids = ids(desk)
    apart = desk.explain(hub_ids["left:LC0001"], hub_ids["left:LC0002"])
    assert (apart["decision"], apart["left"]["said_by"]) == ("different", "hub")
    with pytest.raises(Rejected, match="Nothing is known"):
        desk.explain("left:LC0001", "nonsense")


def test_a_golden_record_shows_where_its_values_come_from(desk: MasterData) -> None:
    known = ids(desk)
    merged = desk.merge("left:LC0001", "right:RC0001", actor="anna")
    desk.pin(merged["hub_id"], "phone", "030 99", actor="anna")
    shown = desk.golden(known["right:RC0001"])
    origins = {one["field"]: one["from"] for one in shown["values"]}
    assert origins["phone"] == "pin"
    assert origins["name"] == {"system": "left", "object": "Customer", "id": "LC0001"}
    assert {(one["system"], one["id"]) for one in shown["records"]} == {("left", "LC0001"), ("right", "RC0001")}
    assert set(shown["also"]) | {shown["hub_id"]} == {known["left:LC0001"], known["right:RC0001"]}
    assert [one["kind"] for one in shown["decisions"]] == ["pin", "merge"]
    assert shown["decisions"][0]["field"] == "phone"


def test_decisions_are_listed_and_taken_back(desk: MasterData) -> None:
    before = ids(desk)
    merged = desk.merge("left:LC0001", "right:RC0001", actor="anna")
    apart = desk.split(merged["hub_id"], [("right", "RC0001")], actor="bert")
    assert ids(desk)["right:RC0001"] == apart["hub_id"]
    desk.undo(apart["decision"], actor="anna")
    desk.undo(merged["decision"], actor="anna")
    assert ids(desk) == before
    listed = desk.decisions(limit=3)
    assert [one["kind"] for one in listed["decisions"]] == ["undo", "undo", "split"]
    assert listed["after"] == listed["decisions"][-1]["id"]
    assert [one["kind"] for one in desk.decisions(after=listed["after"])["decisions"]] == ["merge"]
    assert {one["hub_id"] for one in desk.decisions("left:LC0001")["decisions"]} == {before["left:LC0001"]}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("phon", "1", "no field 'phon'"), ("status", "asleep", "status"), ("name", None, "name")],
)
def test_what_does_not_fit_is_not_pinned(desk: MasterData, field: str, value: object, says: str) -> None:
    with pytest.raises(LtcError, match=says):
        desk.pin("left:LC0001", field, value, actor="anna")
    assert desk.decisions()["decisions"] == []


def test_wrong_records_are_not_split_or_merged(desk: MasterData) -> None:
    with pytest.raises(Rejected, match="right RC0002: no such record"):
        desk.split("left:LC0001", [("right", "RC0002")], actor="anna")
    with pytest.raises(Rejected, match="one record already"):
        desk.merge("left:LC0001", "left:LC0001", actor="anna")
    with pytest.raises(Misconfigured, match="No system holds 'customre'"):
        desk.quality("customre")


def test_quality_counts_what_is_there_what_is_wrong_and_what_is_double(desk: MasterData, hub: SmallHub) -> None:
    hub.left.put("Customer", {"Name": "Havel Pumpen GmbH 2", "Status": "active", "Phone": "x"})
    hub.sync()
    desk.merge("left:LC0001", "left:LC0003", actor="anna")
    found = desk.quality("customer")
    fields = {one["field"]: one for one in found["fields"]}
    assert found["golden"] == 4
    assert fields["name"] == {"field": "name", "filled": 4, "completeness": 1.0, "invalid": None, "validity": None}
    left, right = found["systems"]
    assert (left["system"], left["records"], left["things"], left["duplicates"]) == ("left", 3, 2, 1)
    assert (right["records"], right["duplicates"], right["duplicate_share"]) == (2, 0, 0.0)
    phones = next(one for one in left["fields"] if one["field"] == "phone")
    assert (phones["filled"], phones["invalid"]) == (3, 1)

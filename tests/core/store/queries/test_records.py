"""Finding golden records, walking from one to the next, and what happened to them."""

from __future__ import annotations

import pytest

from ltc.core.store import tables as t
from ltc.core.store.queries.graph import connected
from ltc.core.store.queries.log import entries, found
from ltc.core.store.queries.milestones import milestones_of
from ltc.core.store.queries.paging import next_after
from ltc.core.store.queries.search import find
from tests.core.store.queries.conftest import ACCOUNT, DEAL, DELIVERY, OLD, ORDER, OTHER, at

LOG = ("run_id", "at", "scope_id", "ext_id", "entity", "hub_id", "action", "label", "detail")
DOCUMENTS = ("opportunity", "order", "delivery")


@pytest.mark.parametrize(
    ("any_id", "hub_id", "way"),
    [
        (ACCOUNT, ACCOUNT, "hub id"), (f"hub1.dev:{ACCOUNT}", ACCOUNT, "hub id"), ("001A", ACCOUNT, "system's id"),
        ("4711", ACCOUNT, "system's id"), ("0000004711", ACCOUNT, "system's id"), ("815", ORDER, "system's id"),
        ("A-1", ORDER, "number"), ("80001", DELIVERY, "system's id"), ("150483782", ACCOUNT, "identifier"),
        (OLD, ACCOUNT, "hub id"), ("Acme Inc", ACCOUNT, "number"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("deal")
def test_any_id_finds_its_golden_record(store, any_id, hub_id, way):
    with store.reading() as tx:
        assert [(one["hub_id"], one["found_by"]) for one in find(tx, any_id)] == [(hub_id, way)]


@pytest.mark.parametrize("any_id", ["", "nothing", "001B", "f" * 32, "'; drop table golden --", "%"])
@pytest.mark.usefixtures("deal")
def test_what_is_no_id_finds_nothing(store, any_id):
    with store.reading() as tx:
        assert find(tx, any_id) == []


@pytest.mark.usefixtures("deal")
def test_entities_narrow_the_search(store):
    with store.reading() as tx:
        assert find(tx, "001A", entities=("order",)) == []


@pytest.mark.parametrize("start", [DEAL, ORDER, DELIVERY])
@pytest.mark.usefixtures("deal")
def test_a_deal_hangs_together_both_ways(store, start):
    with store.reading() as tx:
        found = connected(tx, [start], through=DOCUMENTS)
    assert set(found.distances) == {DEAL, ORDER, DELIVERY}
    assert found.distances[start] == 0
    assert found.references == {(ORDER, "opportunity", DEAL), (DELIVERY, "order", ORDER)}
    assert not found.cut


@pytest.mark.usefixtures("deal")
def test_without_a_fence_the_walk_goes_through_shared_records(store):
    with store.reading() as tx:
        found = connected(tx, [DELIVERY])
        assert found.distances == {DELIVERY: 0, ORDER: 1, DEAL: 2, ACCOUNT: 2, OTHER: 3}
        assert len(found.references) == 5
        near = connected(tx, [DELIVERY], depth=1)
        assert (near.distances, near.cut) == ({DELIVERY: 0, ORDER: 1}, True)
        few = connected(tx, [DELIVERY], most=3)
        assert (len(few.distances), few.cut) == (3, True)
        assert connected(tx, []).distances == {}


@pytest.mark.usefixtures("deal")
def test_a_circle_ends(store):
    with store.transaction() as tx:
        tx.insert(t.reference, ("hub_id", "leaf", "target"), [(ACCOUNT, "parent", ACCOUNT), (DEAL, "order", DELIVERY)])
        assert set(connected(tx, [ORDER], through=DOCUMENTS).distances) == {DEAL, ORDER, DELIVERY}


@pytest.fixture
def logged(store, deal):
    """Seven entries, in two runs."""
    rows = [
        (1, "salesforce", "Account", "001A", "customer", ACCOUNT, "found", ""),
        (1, "sap", "customer", "0000004711", "customer", ACCOUNT, "created", '{"fields":["name"]}'),
        (1, "salesforce", "Account", "001B", "customer", None, "parked", '{"stage":"translate"}'),
        (2, "salesforce", "Opportunity", "006A", "opportunity", DEAL, "found", ""),
        (2, "sap", "order", "0000000815", "order", ORDER, "created", ""),
        (2, "sap", "delivery", "80001", "delivery", DELIVERY, "found", ""),
        (2, "salesforce", "Account", "001A", "customer", ACCOUNT, "updated", ""),
    ]
    with store.transaction() as tx:
        tx.insert(t.log, LOG, [(run, at(1), deal[s, o], ext, e, hub, act, "", d) for run, s, o, ext, e, hub, act, d in rows])


def ids(found):
    return [(one["record_id"], one["action"]) for one in found]


@pytest.mark.usefixtures("logged")
def test_the_log_is_found_by_any_id(store):
    story = [("001A", "updated"), ("0000004711", "created"), ("001A", "found")]
    with store.reading() as tx:
        for any_id in ("001A", "4711", ACCOUNT, "150483782", OLD):
            assert ids(entries(tx, record_id=any_id)) == story
        assert ids(entries(tx, record_id="001B")) == [("001B", "parked")]
        assert ids(entries(tx, record_id="nothing")) == []


@pytest.mark.usefixtures("logged")
def test_the_log_is_filtered(store):
    with store.reading() as tx:
        assert ids(entries(tx, run=1, newest_first=False)) == [("001A", "found"), ("0000004711", "created"), ("001B", "parked")]
        assert ids(entries(tx, system="sap", action="created")) == [("0000000815", "created"), ("0000004711", "created")]
        assert ids(entries(tx, obj="delivery")) == ids(entries(tx, entity="delivery")) == [("80001", "found")]
        first = entries(tx, record_id="4711", action="created")[0]
    assert first["detail"] == {"fields": ["name"]}
    assert (first["system"], first["object"], first["run"], first["hub_id"]) == ("sap", "customer", 1, ACCOUNT)


@pytest.mark.usefixtures("deal")
def test_since_when_a_record_is_known(store):
    with store.transaction() as tx:
        tx.execute(t.record.update().where(t.record.c.ext_id == "001A").values(first_seen=at(1)))
        tx.execute(t.record.update().where(t.record.c.ext_id == "80001").values(evidence="written"))
    with store.reading() as tx:
        for any_id in ("001A", "4711", ACCOUNT, "150483782", OLD):
            assert ids(found(tx, any_id)) == [("001A", "found"), ("0000004711", "found")]
        first = found(tx, "4711", limit=1)[0]
        assert (first["at"], first["system"], first["object"]) == (at(1), "salesforce", "Account")
        assert (first["entity"], first["hub_id"], first["label"]) == ("customer", ACCOUNT, "Acme")
        assert ids(found(tx, ACCOUNT, system="sap")) == ids(found(tx, ACCOUNT, obj="customer")) == [("0000004711", "found")]
        assert ids(found(tx, "001B")) == [("001B", "found")]
        assert ids(found(tx, "80001")) == [("80001", "found")]
        assert ids(found(tx, "80001", own={"written"})) == ids(found(tx, "nothing")) == []


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
@pytest.mark.usefixtures("logged")
def test_the_log_is_paged(store, newest_first, limit):
    seen, after = [], 0
    with store.reading() as tx:
        while True:
            page = entries(tx, after=after, limit=limit, newest_first=newest_first)
            assert len(page) <= limit
            seen += [one["id"] for one in page]
            after = next_after(page, limit)
            if not after:
                break
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=newest_first)


@pytest.mark.usefixtures("deal")
def test_milestones(store):
    columns = ("hub_id", "state", "occurred_at", "source", "entity", "precision", "recorded_at", "place")
    rows = [
        (ORDER, "confirmed", "2026-02-03", "sap", "order", "day", at(1), 0),
        (ORDER, "shipped", "2026-02-01", "sap", "order", "day", at(2), 1),
        (ORDER, "approved", "2026-02-01", "sap", "order", "day", at(3), 0),
        (ORDER, "ordered", "2026-02-01", "sap", "order", "day", at(2), 0),
        (DEAL, "won", "2026-01-31T10:00:00Z", "salesforce", "opportunity", "second", at(1), 0),
    ]
    with store.transaction() as tx:
        tx.insert(t.milestone, columns, rows)
    with store.reading() as tx:
        found = milestones_of(tx, [ORDER, DEAL])
    assert found[DEAL] == [{"state": "won", "occurred_at": "2026-01-31T10:00:00Z", "source": "salesforce", "precision": "second"}]
    assert {hub_id: [one["state"] for one in stones] for hub_id, stones in found.items()} == {
        ORDER: ["ordered", "shipped", "approved", "confirmed"],
        DEAL: ["won"],
    }

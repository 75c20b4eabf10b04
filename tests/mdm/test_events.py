from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltc.core.errors import Rejected, Stale
from mdm.events import Crosswalk, apply, merge, read_decision, set_label, set_pin, split, undo, unpin

A, B, C = (1, "A"), (2, "B"), (1, "C")
TWO = Crosswalk(link={A: "h1", B: "h2", C: "h2"}, primary={A: True, B: True, C: True}, pin={("h2", "name"): "Acme"})


def test_the_older_survives_and_the_loser_resolves_for_ever():
    after = apply(TWO, merge(TWO, "customer", "h2", "h1"))
    assert after.link == {A: "h1", B: "h1", C: "h1"}
    assert after.resolve("h2") == "h1"
    assert after.primary == {A: True, B: True, C: False}, "one primary per system"
    assert after.pin == {("h1", "name"): "Acme"}


def test_a_merge_is_undone_exactly():
    decision = merge(TWO, "customer", "h1", "h2")
    assert apply(apply(TWO, decision), decision.inverse()) == TWO
    assert decision.touched() == {"h1", "h2"}


def test_what_came_after_a_merge_stays_with_the_survivor():
    decision = merge(TWO, "customer", "h1", "h2")
    after = apply(TWO, decision)
    later = Crosswalk({**after.link, (2, "N"): "h1"}, after.primary, after.merged_into, after.pin, after.label)
    undone = apply(later, undo(later, decision))
    assert undone.link == {**TWO.link, (2, "N"): "h1"}
    assert undone.merged_into == {}


def test_a_merge_on_top_is_undone_first():
    three = Crosswalk(link={A: "h0", B: "h1", C: "h2"})
    first = merge(three, "customer", "h1", "h2")
    after = apply(three, first)
    second = merge(after, "customer", "h1", "h0")
    final = apply(after, second)
    assert final.resolve("h2") == "h0"
    with pytest.raises(Stale, match="undo that first"):
        undo(final, first)
    assert apply(apply(final, undo(final, second)), first.inverse()) == three


def test_what_a_steward_split_is_never_merged_again():
    one = Crosswalk(link={A: "h1", B: "h1", C: "h1"}, primary={A: True, B: True})
    after = apply(one, split(one, "customer", "h1", [C], "h9"))
    assert after.link == {A: "h1", B: "h1", C: "h9"}
    assert after.primary[C]
    with pytest.raises(Rejected, match="are different"):
        merge(after, "customer", "h9", "h1")


def test_a_split_leaves_something_on_both_sides():
    for records in ([], [B, C]):
        with pytest.raises(Rejected, match="at least one record on each side"):
            split(TWO, "customer", "h2", records, "h9")
    with pytest.raises(Stale):
        split(TWO, "customer", "h2", [A], "h9")


def test_pins_and_labels_come_and_go():
    pinned = apply(TWO, set_pin(TWO, "customer", "h2", "name", None))
    assert pinned.pin == {("h2", "name"): None}
    assert apply(pinned, unpin(pinned, "customer", "h2", "name")).pin == {}
    with pytest.raises(Rejected):
        unpin(TWO, "customer", "h2", "phone")
    labelled = apply(TWO, set_label(TWO, "customer", "h2", "h1", "different"))
    with pytest.raises(Rejected):
        merge(labelled, "customer", "h1", "h2")


def test_a_decision_that_no_longer_fits_is_refused():
    decision = merge(TWO, "customer", "h1", "h2")
    after = apply(TWO, decision)
    with pytest.raises(Stale, match="has changed"):
        apply(after, decision)
    with pytest.raises(Rejected, match="one record already"):
        merge(after, "customer", "h1", "h2")


records = st.tuples(st.integers(1, 3), st.sampled_from("abcd"))
hub_ids = st.sampled_from(["h1", "h2", "h3", "h4"])
crosswalks = st.builds(
    Crosswalk,
    link=st.dictionaries(records, hub_ids, min_size=2, max_size=8),
    primary=st.dictionaries(records, st.booleans(), max_size=8),
    pin=st.dictionaries(
        st.tuples(hub_ids, st.sampled_from(["name", "phone"])), st.one_of(st.none(), st.text(max_size=2)), max_size=3
    ),
)


def decide_something(crosswalk, data):
    kind = data.draw(st.sampled_from(["merge", "split", "pin", "label"]))
    left, right = data.draw(hub_ids), data.draw(hub_ids)
    if kind == "merge":
        return merge(crosswalk, "customer", left, right)
    if kind == "split":
        have = crosswalk.records(left)
        return split(crosswalk, "customer", left, data.draw(st.lists(st.sampled_from(have), unique=True)) if have else [], "h9")
    if kind == "pin":
        return set_pin(crosswalk, "customer", left, "name", data.draw(st.text(max_size=3)))
    return set_label(crosswalk, "customer", left, right, "different")


@settings(max_examples=300, deadline=None)
@given(crosswalks, st.data())
def test_any_history_is_undone_exactly_and_survives_the_store(start, data):
    crosswalk, history = start, []
    for _ in range(data.draw(st.integers(1, 4))):
        try:
            decision = decide_something(crosswalk, data)
        except (Rejected, Stale):
            continue
        stored = read_decision(decision.kind, decision.entity, decision.hub_id, json.loads(json.dumps(decision.payload())))
        assert stored == decision
        crosswalk = apply(crosswalk, decision)
        history.append(stored)
    for decision in reversed(history):
        assert undo(crosswalk, decision).edits == decision.inverse().edits
        crosswalk = apply(crosswalk, decision.inverse())
    assert crosswalk == start

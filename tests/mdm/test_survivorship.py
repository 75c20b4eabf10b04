from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltc.core.models.leaves import generic, row_of, unflatten
from ltc.core.yamlfile import parse
from mdm.policy import load_policy, plain_policy, read_policy
from mdm.survivorship import PINNED, Contribution, Origin, merge

SHIPPED = load_policy([Path(__file__).parents[2] / "config" / "survivorship.yaml"])
CRM, ERP, HUB = (1, "001A"), (2, "0000100001"), (3, "d1")


def crm(leaves, stamps=None, at="2026-01-01", **more):
    return Contribution(CRM, "salesforce", leaves, stamps or {}, at, role="crm", **more)


def erp(leaves, stamps=None, at="2026-01-02", **more):
    return Contribution(ERP, "sap", leaves, stamps or {}, at, role="erp", **more)


def hub(leaves, stamps=None, at="2026-01-03", **more):
    return Contribution(HUB, "hub", leaves, stamps or {}, at, role="hub", **more)


def merged(*contributions, entity="customer", policy=SHIPPED, **more):
    return merge(entity, policy, contributions, **more)


def policy_of(text):
    return read_policy(parse(f"entities: {{customer: {{fields: {{{text}}}}}}}"))


# Single values


def test_the_most_recent_value_wins_per_leaf():
    result = merged(crm({"name": "Acme", "phone": "1"}, {"name": "2026-03-01"}), erp({"name": "ACME", "phone": "2"}))
    assert result.leaves == {"name": "Acme", "phone": "2"}
    assert result.provenance == {"name": Origin(CRM, "2026-03-01"), "phone": Origin(ERP, "2026-01-02")}


def test_an_owner_wins_over_newer_values():
    assert merged(crm({"payment_terms": "Z030"}, {"payment_terms": "2026-09-09"}), erp({"payment_terms": "Z014"})).leaves == {
        "payment_terms": "Z014"
    }


def test_ownership_passes_only_when_the_owner_holds_a_value():
    assert merged(crm({"payment_terms": "Z030"}), erp({"payment_terms": None})).leaves == {"payment_terms": "Z030"}
    assert merged(crm({"payment_terms": "Z030"}), erp({})).leaves == {"payment_terms": "Z030"}


@pytest.mark.parametrize(
    ("stage", "said", "winner"),
    [("", "2", "3"), ("order", "2", "3"), ("delivery", "2", "2"), ("payment", "2", "2"), ("payment", None, "3")],
)
def test_ownership_follows_the_stage_of_the_deal(stage, said, winner):
    ours = {"lines[10]": True, "lines[10].ordered_quantity": {"value": "3", "unit": "C62"}}
    theirs = {"lines[10]": True, "lines[10].ordered_quantity": {"value": said, "unit": "C62"} if said else None}
    result = merged(crm(ours), erp(theirs), entity="order", stage=stage)
    assert result.leaves["lines[10].ordered_quantity"] == {"value": winner, "unit": "C62"}
    rules = [conflict.rule for conflict in result.conflicts]
    assert rules == ([f"owner {'crm' if winner == '3' else 'erp'}"] if said else [])


def test_an_owner_that_empties_its_value_is_heard():
    emptied = erp({"payment_terms": None}, {"payment_terms": "2026-02-01"})
    assert merged(crm({"payment_terms": "Z030"}), emptied).leaves == {"payment_terms": None}


def test_an_empty_value_wins_only_as_news():
    full = crm({"phone": "1"})
    assert merged(full, erp({"phone": None})).leaves == {"phone": "1"}
    assert merged(full, erp({"phone": None}, {"phone": "2026-02-01"})).leaves == {"phone": None}
    assert merged(crm({"phone": "1"}, {"phone": "2026-03-01"}), erp({"phone": None}, {"phone": "2026-02-01"})).leaves == {
        "phone": "1"
    }
    assert merged(crm({"phone": None}), erp({"phone": None})).leaves == {"phone": None}


def test_what_empty_means_is_the_policys_choice():
    emptied = erp({"phone": None}, {"phone": "2026-02-01"})
    assert merged(crm({"phone": "1"}), emptied, policy=policy_of("phone: {empty: never}")).leaves == {"phone": "1"}
    assert merged(crm({"phone": "1"}), erp({"phone": None}), policy=policy_of("phone: {empty: counts}")).leaves == {"phone": None}


@pytest.mark.parametrize(
    ("rule", "winner"), [("first", "Acme"), ("longest", "Acme Corporation"), ("most_complete", "ACME"), ("most_recent", "ACME")]
)
def test_preferences(rule, winner):
    records = [
        crm({"name": "Acme"}, at="2026-01-01"),
        hub({"name": "Acme Corporation"}, at="2026-01-02"),
        erp({"name": "ACME", "phone": "2", "email": None}, at="2026-01-03"),
    ]
    assert merged(*records, policy=policy_of(f"name: {rule}")).leaves["name"] == winner


def test_the_origin_of_a_value_is_who_held_it_first():
    echo = erp({"name": "Acme"}, {"name": "2026-05-01"})
    assert merged(crm({"name": "Acme"}), echo).provenance["name"] == Origin(CRM, "2026-01-01")


def test_a_heavier_record_wins_a_tie():
    tie = [crm({"name": "a"}, at="2026-01-01"), erp({"name": "b"}, at="2026-01-01", weight=1)]
    assert merged(*tie).leaves == {"name": "b"}


def test_ownership_follows_the_status():
    def total(status):
        return merged(hub({"total": "agreed"}), erp({"status": status, "total": "booked"}), entity="order").leaves["total"]

    assert [total(status) for status in ("draft", "submitted", "confirmed", "closed")] == ["agreed", "agreed", "booked", "booked"]
    assert (
        merged(hub({"total": "agreed"}), erp({"status": "confirmed", "total": None}), entity="order").leaves["total"] == "agreed"
    )


def test_status_has_a_fixed_owner():
    result = merged(crm({"status": "draft"}, {"status": "2026-09-09"}), erp({"status": "confirmed"}), entity="order")
    assert result.leaves == {"status": "confirmed"}


def test_owners_may_share_a_value():
    booked = erp({"status": "confirmed"}, at="2026-02-01")
    crm_says = crm({"status": "draft"}, {"status": "2026-09-09"})
    assert merged(hub({"status": "submitted"}), booked, crm_says, entity="order").leaves == {"status": "confirmed"}
    off = hub({"status": "cancelled"}, {"status": "2026-03-01"})
    assert merged(off, booked, crm_says, entity="order").leaves == {"status": "cancelled"}
    assert merged(crm_says, crm_says, entity="order").leaves == {"status": "draft"}


def test_the_hub_moves_a_status_only_where_a_step_leads():
    delivered = erp({"status": "delivered"}, at="2026-02-01")
    for late in ("submitted", "cancelled", None):
        ours = hub({"status": late}, {"status": "2026-03-01"}, at="2026-03-01")
        assert merged(ours, delivered, entity="order").leaves == {"status": "delivered"}


def test_what_the_hub_has_ended_is_not_begun_again_by_what_it_hears_later():
    booked = crm({"status": "in_signature"})
    off = hub({"status": "cancelled"}, {"status": "2026-03-01"})
    heard = Contribution((3, "d2"), "hub", {"status": "draft"}, {"status": "2026-03-02"}, "2026-01-03", role="hub")
    for ours in ((off, heard), (heard, off)):
        assert merged(booked, *ours, entity="contract").leaves == {"status": "cancelled"}
    signed = Contribution((3, "d2"), "hub", {"status": "signed"}, {"status": "2026-03-02"}, "2026-01-03", role="hub")
    assert merged(booked, off, signed, entity="contract").leaves == {"status": "signed"}
    taken_back = crm({"status": "in_signature"}, {"status": "2026-03-03"})
    assert merged(taken_back, off, entity="contract").leaves == {"status": "in_signature"}


# Values that move together


def test_an_address_is_never_a_mixture():
    left = crm({"billing_address.street": "Ring 1", "billing_address.city": "Köln"}, {"billing_address.street": "2026-04-01"})
    right = erp({"billing_address.street": "Allee 9", "billing_address.city": "Bonn"}, {"billing_address.city": "2026-03-01"})
    assert merged(left, right).leaves == left.leaves


def test_what_the_winner_does_not_cover_comes_from_one_that_agrees():
    left = crm({"billing_address.street": "Ring 1", "billing_address.region": "NW"})
    right = erp({"billing_address.street": "Ring 1", "billing_address.city": "Köln"})
    assert merged(left, right).leaves == {**left.leaves, **right.leaves}


def test_what_nobody_can_say_of_the_new_address_is_empty():
    left = crm({"billing_address.street": "Ring 1", "billing_address.region": "NW"})
    right = erp({"billing_address.street": "Allee 9"}, {"billing_address.street": "2026-03-01"})
    assert merged(left, right).leaves == {"billing_address.street": "Allee 9", "billing_address.region": None}


def test_groups_can_be_any_paths():
    policy = read_policy(parse("entities: {customer: {groups: {tax: [tax_id, vat_id]}}}"))
    result = merged(
        crm({"tax_id": "1", "vat_id": "DE1"}, {"vat_id": "2026-06-01"}), erp({"tax_id": "2", "vat_id": "DE2"}), policy=policy
    )
    assert result.leaves == {"tax_id": "1", "vat_id": "DE1"}


# Lists


def test_rows_of_a_list_without_owner_are_united():
    left = crm({"lines[1]": True, "lines[1].description": "a"})
    right = erp({"lines[2]": True, "lines[2].description": "b"})
    result = merged(left, right, entity="order", policy=plain_policy())
    assert unflatten("order", result.leaves) == {
        "lines": [{"number": "1", "description": "a"}, {"number": "2", "description": "b"}]
    }


def test_an_owner_of_a_list_decides_its_rows_and_others_may_say_more_of_them():
    left = crm(
        {"sales_areas[A]": True, "sales_areas[A].price_group": "x", "sales_areas[B]": True, "sales_areas[B].price_group": "y"}
    )
    right = erp({"sales_areas[A]": True, "sales_areas[A].incoterms": "DAP"})
    assert merged(left, right).leaves == {
        "sales_areas[A]": True, "sales_areas[A].price_group": "x", "sales_areas[A].incoterms": "DAP",
    }  # fmt: skip


def test_rows_of_a_document_follow_the_status():
    ours = hub({"lines[10]": True, "lines[20]": True})
    theirs = erp({"lines[10]": True, "status": "submitted"})
    assert set(merged(ours, theirs, entity="order").leaves) == {"lines[10]", "lines[20]", "status"}
    asked = hub({"lines[10]": True, "lines[20]": True}, {"lines[20]": "2026-02-02"})
    theirs = erp({"lines[10]": True, "status": "confirmed"}, {"lines[10]": "2026-02-01"})
    assert set(merged(asked, theirs, entity="order").leaves) == {"lines[10]", "lines[20]", "status"}
    theirs = erp({"lines[10]": True, "status": "confirmed"}, {"lines[20]": "2026-02-03"})
    assert set(merged(asked, theirs, entity="order").leaves) == {"lines[10]", "status"}, "a clerk took it out since"


def test_a_list_that_lost_its_last_row_is_empty():
    left = crm({"sales_areas[A]": True})
    assert merged(left, erp({"sales_areas": []})).leaves == {"sales_areas[A]": True}
    for change in ("sales_areas", "sales_areas[A]"):
        assert merged(left, erp({"sales_areas": []}, {change: "2026-02-01"})).leaves == {"sales_areas": []}


# Pins, conflicts, changes


def test_a_pin_always_wins_and_may_be_of_a_leaf_that_nobody_covers():
    result = merged(crm({"name": "a"}), erp({"name": "b"}), pins={"name": "c", "rating": None})
    assert result.leaves == {"name": "c", "rating": None}
    assert result.provenance["name"].record == PINNED


def test_a_pin_in_a_row_holds_while_the_row_is_there():
    pins = {"sales_areas[A].incoterms": "EXW", "sales_areas[Z].incoterms": "EXW"}
    assert merged(erp({"sales_areas[A]": True}), pins=pins).leaves == {"sales_areas[A]": True, "sales_areas[A].incoterms": "EXW"}


def test_a_pinned_status_moves_the_stage():
    records = [hub({"total": "agreed"}), erp({"status": "draft", "total": "booked"})]
    assert merged(*records, entity="order", pins={"status": "confirmed"}).leaves["total"] == "booked"


def test_a_conflict_names_both_sides_and_the_rule():
    [conflict] = merged(crm({"payment_terms": "Z030"}), erp({"payment_terms": "Z014"})).conflicts
    assert (conflict.path, conflict.winner, conflict.loser, conflict.value, conflict.lost) == (
        "payment_terms",
        ERP,
        CRM,
        "Z014",
        "Z030",
    )
    assert conflict.rule == "owner erp"


def test_an_old_value_is_no_conflict():
    newer = erp({"name": "new"}, {"name": "2026-02-01"})
    result = merged(crm({"name": "old"}), newer, previous={"name": "old", "gone": 1})
    assert result.conflicts == ()
    assert result.changed == ("name", "gone")


def test_nothing_in_nothing_out():
    assert merged(crm({})).leaves == {}
    assert merge("customer", SHIPPED, []).leaves == {}


# Laws

days = st.sampled_from([f"2026-01-0{day}" for day in range(1, 6)])
values = st.one_of(st.none(), st.sampled_from(["a", "b", "bb"]))
customer_paths = st.sampled_from(
    ["name", "payment_terms", "owner", "status", "billing_address.street", "billing_address.city", "custom.x", "vat_id"]
)
row_keys = st.sampled_from(["A", "B"])


@st.composite
def leaf_sets(draw):
    leaves = draw(st.dictionaries(customer_paths, values, max_size=6))
    rows = draw(st.one_of(st.none(), st.dictionaries(row_keys, st.one_of(st.none(), values), max_size=2)))
    if rows == {}:
        leaves["sales_areas"] = []
    for key, value in (rows or {}).items():
        leaves[f"sales_areas[{key}]"] = True
        leaves[f"sales_areas[{key}].incoterms"] = value
    return leaves


@st.composite
def record_sets(draw):
    records = []
    for number in range(draw(st.integers(1, 4))):
        leaves = draw(leaf_sets())
        stamps = {path: draw(days) for path in draw(st.lists(st.sampled_from(sorted(leaves)), unique=True))} if leaves else {}
        role = draw(st.sampled_from(["crm", "erp", "hub"]))
        records.append(
            Contribution(
                (draw(st.integers(1, 2)), f"r{number}"), role, leaves, stamps, "2026-01-01", draw(st.integers(0, 1)), role
            )
        )
    return records


policies = st.sampled_from(
    [SHIPPED, plain_policy(), policy_of("name: longest, owner: first, vat_id: most_complete, status: {empty: counts}")]
)
pin_sets = st.dictionaries(st.one_of(customer_paths, st.just("sales_areas[A].incoterms")), values, max_size=2)


@settings(max_examples=300, deadline=None)
@given(record_sets(), policies, pin_sets, st.randoms())
def test_the_order_of_records_does_not_matter(records, policy, pins, chance: random.Random):
    shuffled = records.copy()
    chance.shuffle(shuffled)
    left, right = merge("customer", policy, records, None, pins), merge("customer", policy, shuffled, None, pins)
    assert left == right
    assert list(left.leaves) == list(right.leaves)


@settings(max_examples=300, deadline=None)
@given(record_sets(), policies, pin_sets)
def test_merging_again_changes_nothing(records, policy, pins):
    once = merge("customer", policy, records, None, pins)
    twice = merge("customer", policy, records, once.leaves, pins)
    assert (twice.leaves, twice.provenance, twice.changed) == (once.leaves, once.provenance, ())


@settings(max_examples=300, deadline=None)
@given(record_sets(), policies, pin_sets)
def test_values_come_from_records_or_pins_and_from_nowhere_else(records, policy, pins):
    result = merge("customer", policy, records, None, pins)
    assert set(result.provenance) == set(result.leaves)
    by_record = {record.record: record for record in records}
    grouped = policy.of("customer").groups
    for path, value in result.leaves.items():
        origin = result.provenance[path].record
        if origin == PINNED:
            assert pins[path] == value
        elif path == "sales_areas":
            assert value == []
            assert not any(row_of(other) for other in result.leaves)
        elif path in by_record[origin].leaves:
            assert by_record[origin].leaves[path] == value
        else:
            assert value is None
            assert generic(path) in grouped
    for path in result.leaves:
        assert not row_of(path) or row_of(path) in result.leaves


@settings(max_examples=200, deadline=None)
@given(record_sets(), policies, pin_sets)
def test_a_pin_wins_always(records, policy, pins):
    result = merge("customer", policy, records, None, pins)
    for path, value in pins.items():
        if not row_of(path) or row_of(path) in result.leaves:
            assert result.leaves[path] == value


@settings(max_examples=200, deadline=None)
@given(leaf_sets(), policies)
def test_one_record_is_merged_as_it_is_by_the_short_way_and_the_long(leaves, policy):
    record = erp(leaves)
    short = merge("customer", policy, [record])
    long = merge("customer", policy, [record], None, {"rating": "pinned"})
    assert short.leaves == leaves
    assert {path: value for path, value in long.leaves.items() if path != "rating"} == leaves
    assert {path: origin for path, origin in long.provenance.items() if path != "rating"} == short.provenance


@settings(max_examples=200, deadline=None)
@given(record_sets(), policies)
def test_a_record_that_covers_nothing_changes_nothing(records, policy):
    silent = Contribution((9, "silent"), "erp", {}, {}, "2026-09-09", 9, "erp")
    assert merge("customer", policy, [*records, silent]).leaves == merge("customer", policy, records).leaves


@st.composite
def order_sets(draw):
    records = []
    statuses = st.sampled_from([None, "draft", "submitted", "confirmed", "delivered", "cancelled"])
    for number in range(draw(st.integers(1, 4))):
        leaves = {}
        if draw(st.booleans()):
            leaves["status"] = draw(statuses)
        leaves |= {f"lines[{key}]": True for key in draw(st.lists(row_keys, unique=True))} or {"lines": []}
        leaves["total"] = draw(values)
        stamps = {path: draw(days) for path in draw(st.lists(st.sampled_from(sorted(leaves)), unique=True))}
        role = draw(st.sampled_from(["crm", "erp", "hub"]))
        records.append(Contribution((number, "r"), role, leaves, stamps, "2026-01-01", 0, role))
    return records


@settings(max_examples=300, deadline=None)
@given(order_sets(), st.randoms())
def test_documents_obey_the_same_laws(records, chance: random.Random):
    shuffled = records.copy()
    chance.shuffle(shuffled)
    once = merge("order", SHIPPED, records)
    assert merge("order", SHIPPED, shuffled) == once
    again = merge("order", SHIPPED, records, once.leaves)
    assert (again.leaves, again.provenance, again.changed) == (once.leaves, once.provenance, ())
    rows = [path for path in once.leaves if path.endswith("]")]
    assert ("lines" in once.leaves) != bool(rows)

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from ltc.core.models import entities, paths, shape_of
from ltc.core.models.leaves import (
    decode_key,
    digest,
    encode_key,
    flatten,
    generic,
    list_of,
    references,
    replace_references,
    row_of,
    unflatten,
)
from tests.core.models.strategies import keys, records

anything = st.sampled_from(entities()).flatmap(lambda entity: st.tuples(st.just(entity), records(entity)))


@settings(max_examples=200, deadline=None)
@given(anything)
def test_leaves_survive_the_way_there_and_back(case):
    entity, nested = case
    leaves = flatten(entity, nested)
    assert flatten(entity, unflatten(entity, leaves)) == leaves


@settings(max_examples=200, deadline=None)
@given(anything, st.randoms())
def test_unflatten_does_not_depend_on_the_order_of_leaves(case, chance: random.Random):
    entity, nested = case
    leaves = list(flatten(entity, nested).items())
    shuffled = leaves.copy()
    chance.shuffle(shuffled)
    assert unflatten(entity, dict(shuffled)) == unflatten(entity, dict(leaves))
    assert digest(dict(shuffled)) == digest(dict(leaves))


@settings(max_examples=200, deadline=None)
@given(anything)
def test_every_leaf_has_a_known_path(case):
    entity, nested = case
    known = paths(entity)
    for path in flatten(entity, nested):
        assert generic(path) in known or ".custom." in f".{path}", path


@given(keys)
def test_any_text_can_be_a_row_key(key):
    path = f"lines[{encode_key(key)}]"
    assert decode_key(path[len("lines[") : -1]) == key
    assert (generic(path + ".product"), row_of(path + ".product"), list_of(path)) == ("lines[].product", path, "lines")


def test_an_empty_object_says_that_all_of_it_is_empty():
    leaves = flatten("customer", {"name": "Acme", "billing_address": None})
    assert leaves["billing_address.city"] is None
    assert set(leaves) == {"name"} | {f"billing_address.{name}" for name in shape_of("customer")["billing_address"].fields}


def test_an_empty_list_is_covered():
    assert flatten("order", {"lines": []}) == flatten("order", {"lines": None}) == {"lines": []}
    assert unflatten("order", {"lines": []}) == {"lines": []}
    assert unflatten("order", {}) == {}


@settings(max_examples=200, deadline=None)
@given(anything)
def test_references_that_are_all_known_are_replaced_and_back(case):
    entity, nested = case
    leaves = flatten(entity, nested)
    there, unknown = replace_references(leaves, references(entity, leaves), lambda target, local: f"{target}/{local}")
    assert unknown == []
    assert len(there) == len(leaves)
    back, _ = replace_references(there, references(entity, there), lambda target, hub: hub.removeprefix(f"{target}/"))
    assert back == leaves


def test_unknown_references_are_left_out_and_listed():
    leaves = flatten(
        "payment",
        {
            "customer": "C1",
            "number": "7",
            "reversal_of": None,
            "allocations": [{"invoice": "a.1", "amount": None}, {"invoice": "b"}],
        },
    )
    known = {("invoice", "b"): "h"}
    refers = references("payment", leaves)
    replaced, unknown = replace_references(leaves, refers, lambda entity, local: known.get((entity, local)))
    assert replaced == {"number": "7", "reversal_of": None, "allocations[h]": True}
    assert unknown == ["customer", "allocations[a.1]"]
    replaced, unknown = replace_references(leaves, references("payment", leaves), lambda _entity, _local: None)
    assert replaced == {"number": "7", "reversal_of": None, "allocations": []}


def test_references_inside_rows_are_found():
    leaves = flatten("order", {"customer": "C", "lines": [{"number": "10", "product": "P", "price": None}]})
    assert references("order", leaves) == [("customer", "customer", "C"), ("lines[10].product", "product", "P")]

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from mdm.matching.cluster import cluster
from mdm.matching.records import ScoredPair

SIX = ["a", "b", "c", "a", "b", "c"]


def test_one_wrong_pair_does_not_chain_two_customers():
    first = [ScoredPair(0, 1, 0.99), ScoredPair(0, 2, 0.99), ScoredPair(1, 2, 0.99)]
    second = [ScoredPair(3, 4, 0.99), ScoredPair(3, 5, 0.99), ScoredPair(4, 5, 0.99)]
    assert cluster(SIX, [*first, *second, ScoredPair(2, 3, 0.95)], 0.5) == [(0, 1, 2), (3, 4, 5)]


def test_what_all_pairs_say_outweighs_one_that_doubts():
    pairs = [ScoredPair(0, 1, 0.99), ScoredPair(0, 2, 0.99), ScoredPair(1, 2, 0.2)]
    assert cluster(SIX, pairs, 0.5) == [(0, 1, 2)]


def test_a_source_without_duplicates_gives_one_record_to_a_group_the_surest():
    pairs = [ScoredPair(0, 1, 0.9), ScoredPair(1, 3, 0.99), ScoredPair(0, 3, 0.9)]
    assert cluster(SIX, pairs, 0.5, free={"a"}) == [(1, 3)]
    assert cluster(SIX, pairs, 0.5) == [(0, 1, 3)]
    assert cluster(SIX, pairs, 0.5, free={"a"}, must=[(0, 3)]) == [(0, 1, 3)]


def test_a_person_and_a_contradiction_come_before_scores():
    pairs = [ScoredPair(0, 1, 0.999), ScoredPair(1, 2, 0.999), ScoredPair(0, 2, 0.999)]
    assert cluster(SIX, pairs, 0.5, cannot=[(0, 1)]) == [(0, 2)]
    assert cluster(SIX, [ScoredPair(0, 1, 0.999, vetoed=True), *pairs[1:]], 0.5) == [(0, 2)]
    assert cluster(SIX, [ScoredPair(0, 1, 0.001)], 0.5, must=[(0, 1)]) == [(0, 1)]
    assert cluster(SIX, [ScoredPair(0, 1, 0.999)], 0.5, must=[(1, 2)], cannot=[(0, 2)]) == [(1, 2)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 1)), max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(drawn, order):
    scores = {(min(one, other), max(one, other)): score for one, other, score in drawn if one != other}
    pairs = [ScoredPair(left, right, score) for (left, right), score in scores.items()]
    shuffled = random.Random(order.random()).sample(pairs, len(pairs))
    sources = [str(place % 3) for place in range(10)]
    groups = cluster(sources, pairs, 0.5, free={"0"})
    assert cluster(sources, shuffled, 0.5, free={"0"}) == groups
    members = [place for group in groups for place in group]
    assert len(members) == len(set(members))
    assert all(sum(sources[place] == "0" for place in group) <= 1 for group in groups)

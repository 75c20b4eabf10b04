"""Whether products are matched with and without labels, and whether every score can be explained."""

from __future__ import annotations

import math

import pytest

from mdm.matching.matchers import matcher
from mdm.matching.products.features import matrix
from mdm.matching.products.matching import Scored, match, score
from mdm.matching.records import MatchRecord, Pair
from tests.mdm.matching.products.catalogue import catalogue

BOTH = frozenset({"shop", "list"})


@pytest.fixture(scope="module")
def matched() -> tuple[list[MatchRecord], frozenset[Pair], Scored]:
    records, truth = catalogue()
    return records, truth, score(records, "link", BOTH, {})


def test_every_product_finds_its_partner_and_not_its_sister(matched: tuple[list[MatchRecord], frozenset[Pair], Scored]) -> None:
    _, truth, scored = matched
    likely = scored.scores >= 0.5
    found = set(zip(scored.left[likely].tolist(), scored.right[likely].tolist(), strict=True))
    assert len(found & truth) >= 0.95 * len(truth)
    assert len(found - truth) <= 0.05 * len(truth)


def test_what_is_merged_without_being_asked_is_right(matched: tuple[list[MatchRecord], frozenset[Pair], Scored]) -> None:
    _, truth, scored = matched
    sure = scored.sure
    assert sure.any()
    assert scored.scores[sure].min() >= 0.99
    assert set(zip(scored.left[sure].tolist(), scored.right[sure].tolist(), strict=True)) <= truth
    assert all(scored.doubts(place) == [] for place in sure.nonzero()[0].tolist())


def test_a_score_is_the_sum_of_its_reasons(matched: tuple[list[MatchRecord], frozenset[Pair], Scored]) -> None:
    _, _, scored = matched
    place = int(scored.scores.argmax())
    reasons = scored.why(place)
    assert reasons
    assert reasons[0].feature in scored.table
    assert [abs(reason.weight) for reason in reasons] == sorted((abs(reason.weight) for reason in reasons), reverse=True)

    values = matrix(scored.table)
    probability = scored.model.predict(values)[place]
    assert math.isclose(scored.model.reasons(values, place).sum(), math.log(probability / (1 - probability)), rel_tol=1e-6)


def test_matching_again_gives_the_same_scores(matched: tuple[list[MatchRecord], frozenset[Pair], Scored]) -> None:
    records, _, scored = matched
    again = {(pair.left, pair.right): pair.score for pair in matcher("product")(records, "product", "link", BOTH, {})}
    assert again == dict(zip(zip(scored.left.tolist(), scored.right.tolist(), strict=True), scored.scores.tolist(), strict=True))


def test_what_a_steward_decided_holds_and_takes_both_records_off_the_others() -> None:
    records, truth = catalogue()
    right = sorted(truth)[:20]
    wrong = (right[0][0], right[1][1])
    pairs = match(records, "product", "link", BOTH, {**dict.fromkeys(right, True), wrong: False})
    scores = {(pair.left, pair.right): pair.score for pair in pairs}
    assert all(scores[pair] == 1 for pair in right)
    assert scores[wrong] == 0
    assert all(value < 0.5 for (left, _), value in scores.items() if left == right[0][0] and (left, _) != right[0])


def test_a_set_to_dedupe_is_compared_with_itself() -> None:
    records, _ = catalogue()
    without_sisters = records[::2]
    mixed = [MatchRecord("one", record.source + record.id, record.fields) for record in without_sisters]
    pairs = match(mixed, "product", "dedupe", frozenset(), {})
    assert all(pair.left < pair.right for pair in pairs)
    found = {(pair.left, pair.right) for pair in pairs if pair.score >= 0.5}
    half = len(mixed) // 2
    assert len(found & {(place, place + half) for place in range(half)}) >= 0.9 * half


def test_few_or_no_records_are_no_trouble() -> None:
    assert match([], "product", "link", frozenset(), {}) == []
    alone = [MatchRecord("a", "1", {"name": "Drill"}), MatchRecord("b", "1", {})]
    assert all(0 <= pair.score <= 1 for pair in match(alone, "product", "link", frozenset(), {}))

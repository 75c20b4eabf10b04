"""What is seen in two products' texts, prices and model numbers, and how pairs stand among their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from mdm.matching.products import codes
from mdm.matching.products.calibration import confidence, without_partner
from mdm.matching.products.candidates import candidates, space
from mdm.matching.products.features import features
from mdm.matching.products.neighbours import chosen, group_keys, standing
from mdm.matching.products.text import product
from mdm.matching.products.witnesses import doubts

DRILL = product({"name": "Acme 18-Volt Drill - DR-1840/BLK", "brand": "Acme", "price": "99.00"})
SAME = product({"name": "Drill DR1840 from Acme (18V)", "price": "95"})
OTHER = product({"name": "Acme 12-Volt Drill - DR-1240/BLK", "brand": "Acme", "price": "69.00"})


def test_units_and_versions_are_spelt_in_one_way() -> None:
    one, other = product({"name": "Suite v2.0, 512 megabytes, 19''"}), product({"name": "suite 2 512MB 19 inch"})
    assert one.name[:2] == other.name[:2] == ("suite", "2")
    assert one.measures == other.measures == {"512mb", "19inch"}


def test_a_model_number_is_found_without_its_separators_and_its_suffix() -> None:
    seen = dict(zip(codes.NAMES, codes.compare(DRILL, SAME), strict=True))
    assert seen["model number: right in left name"] == len("dr1840")
    assert seen["model number: common start"] == len("dr1840")
    assert seen["model number: start of left in right text"] == len("dr1840")


def test_features_say_nothing_where_a_record_says_nothing() -> None:
    silent = product({"name": "Drill"})
    table = features(space([DRILL, silent]), np.array([0]), np.array([1]))
    assert np.isnan(table["price: apart"][0])
    assert np.isnan(table["numbers: share of right"][0])
    assert table["words: only left"][0] > 0


def test_records_with_a_model_number_in_common_are_candidates_though_their_texts_differ() -> None:
    crowd = [product({"name": f"blue paint number {place}"}) for place in range(20)]
    one, other = product({"name": "blue paint", "mpn": "ZX-9981"}), product({"name": "Lack", "mpn": "ZX 9981"})
    left, right = candidates(space([one, *crowd, other]), ["a"] * 21 + ["b"], "link", frozenset())
    assert (0, 21) in set(zip(left.tolist(), right.tolist(), strict=True))


def test_a_pair_is_compared_with_the_best_other_pair_of_either_record() -> None:
    left, right = np.array([0, 0, 1]), np.array([2, 3, 3])
    found = standing(np.array([5.0, 3.0, 4.0]), left, right)
    assert found.above_left.tolist() == [2, -2, 4]
    assert found.above_right.tolist() == [5, -1, 1]
    assert found.mutual.tolist() == [True, False, True]


def test_a_record_has_a_best_pair_in_each_of_several_sources() -> None:
    left, right, scores = np.array([0, 0, 0]), np.array([1, 2, 3]), np.array([5.0, 3.0, 4.0])
    found = standing(scores, *group_keys(left, right, np.array([0, 1, 2, 2])))
    assert found.mutual.tolist() == [True, False, True]


def test_what_is_left_is_assigned_only_where_sources_are_free_of_duplicates() -> None:
    left, right, scores = np.array([0, 1, 1]), np.array([2, 2, 3]), np.array([5.0, 4.0, 1.0])
    assert chosen(scores, left, right, np.ones(3, bool)).tolist() == [True, False, True]
    assert chosen(scores, left, right, np.zeros(3, bool)).tolist() == [True, False, False]


def test_records_without_partner_are_counted_from_what_finds_none() -> None:
    assert without_partner(100, 100, 10) == 0
    assert without_partner(100, 50, 25) == pytest.approx(1.0)


def test_confidence_falls_where_stand_ins_score_as_high() -> None:
    rng = np.random.default_rng(1)
    lonely = rng.random(200) < 0.5
    partnered = np.flatnonzero(~lonely)
    left = np.concatenate([partnered, np.arange(200)])
    right = 200 + np.concatenate([partnered, (np.arange(200) + 1) % 200])
    scores = np.concatenate([rng.normal(12, 1, len(partnered)), rng.normal(6, 1, 200)])
    kinds = np.repeat([0, 1], 200)
    near, far = group_keys(left, right, kinds)
    sure = confidence(scores, near, far, kinds)
    wrong = standing(scores, near, far).mutual[len(partnered) :]
    assert wrong.sum() > 20
    assert sure[: len(partnered)].mean() > 0.95
    assert sure[len(partnered) :][wrong].mean() < 0.7


def test_a_merge_without_asking_needs_witnesses() -> None:
    nameless, numberless = product({"name": "Drill DR1840"}), product({"name": "Acme Drill"})
    assert doubts(DRILL, SAME, above=5, likely=0.9) == []
    assert doubts(DRILL, SAME, above=1, likely=0.9) == ["Another record is nearly as much alike."]
    assert doubts(DRILL, SAME, above=5, likely=0.5) == ["What they say of themselves is not alike enough."]
    assert doubts(DRILL, nameless, above=5, likely=0.9) == ["The maker that one states is not named by the other."]
    assert doubts(DRILL, numberless, above=5, likely=0.9) == ["Neither a model number nor a price confirms it."]
    assert doubts(DRILL, OTHER, above=5, likely=0.9) == [
        "The prices are far apart.",
        "Neither a model number nor a price confirms it.",
        "They state different sizes.",
    ]

from __future__ import annotations

import pytest

from benchmarks.matching import quality
from mdm.matching.contacts.comparisons import CONTACTS
from mdm.matching.contacts.matching import KIND, match
from mdm.matching.decide import THRESHOLDS, decide
from mdm.matching.records import MatchRecord
from tests.mdm.matching.worlds import persons

LIMITS = THRESHOLDS["contact"]
COMPARISONS = {comparison.name: comparison for comparison in CONTACTS.comparisons}


def level(comparison, left, right):
    columns = KIND.columns(left), KIND.columns(right)
    place = COMPARISONS[comparison].level(*columns)
    assert COMPARISONS[comparison].level(*reversed(columns)) == place
    return COMPARISONS[comparison].levels[place].name if place >= 0 else "not known"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("Anna", "Löw"), ("LOW", "anna"), "equal"),
        (("Katrin", "Maurer"), ("Kathrin", "Mauerer"), "nearly equal"),
        (("A.", "Maurer"), ("Anna", "Maurer"), "same family name, given name short"),
        (("", "Maurer"), ("Anna", "Maurer"), "same family name, given name short"),
        (("Otto", "Maurer"), ("Anna", "Maurer"), "same family name"),
        (("Anna", "Maurer"), ("Anna", "Pohl"), "same given name"),
        (("Katrin", "Maurer"), ("Kathrin", "Pohl"), "one of the names nearly equal"),
        (("Otto", "Maurer"), ("Anna", "Pohl"), "different"),
        (("", ""), ("Anna", "Pohl"), "not known"),
    ],
)
def test_names(left, right, expected):
    rows = [dict(zip(("first_name", "last_name"), side, strict=True)) for side in (left, right)]
    assert level("name", *rows) == expected


def test_the_other_fields():
    assert level("day of birth", {"birth_date": "1980-02-03"}, {"birth_date": "19800230"}) == "one digit off"
    assert level("day of birth", {"birth_date": "1980-02-03"}, {}) == "not known"
    assert level("national number", {"national_id": "1804974"}, {"national_id": "1804947"}) == "one digit off"
    assert level("street", {"street": "Ufer 1"}, {"street": "Ufer", "street_number": "1"}) == "same house"
    assert level("street", {"street": "Schillerstr. 1"}, {"street": "Schilerstr. 2"}) == "same street"
    assert level("street", {"street": "Ufer 1"}, {"street": "Markt 1"}) == "same house number"
    assert (
        level("place", {"postal_code": "24103", "city": "Kiel"}, {"postal_code": "24103", "city": "KIEL"})
        == "same postal code and city"
    )
    assert level("place", {"postal_code": "24103"}, {"postal_code": "24130"}) == "postal code one digit off"
    assert level("e-mail or telephone", {"email": "A@b.example"}, {"email": "a@b.example"}) == "same e-mail address"
    assert level("e-mail or telephone", {"phone": "0431 5550100"}, {"mobile": "+49 431 5550100"}) == "same telephone"
    assert level("customer", {"customer": "Nova GmbH"}, {"customer": "NOVA"}) == "same"


def test_two_systems_find_their_persons_without_labels():
    scored = match(persons(120, seed=4), "contact", "link", frozenset(), {})
    truth = frozenset((place, place + 120) for place in range(120))
    assert quality({(pair.left, pair.right) for pair in scored if pair.score >= LIMITS.likely}, truth)["f1"] >= 0.98
    merged = quality({(pair.left, pair.right) for pair in scored if decide(pair, LIMITS) == "same"}, truth)
    assert (merged["precision"], merged["recall"] >= 0.9) == (1.0, True)


def test_twins_are_never_merged_without_asking():
    home = {"last_name": "Maurer", "birth_date": "19800203", "street": "Ufer 1", "postal_code": "24103", "city": "Kiel"}
    twins = [MatchRecord("shop", "x", {**home, "first_name": "Anna"}), MatchRecord("desk", "x", {**home, "first_name": "Otto"})]
    scored = {
        (pair.left, pair.right): pair for pair in match([*persons(60, seed=5), *twins], "contact", "dedupe", frozenset(), {})
    }
    assert decide(scored[120, 121], LIMITS) != "same"

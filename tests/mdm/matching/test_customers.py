from __future__ import annotations

import pytest

from benchmarks.matching import quality
from mdm.matching.customers.comparisons import CUSTOMERS
from mdm.matching.customers.matching import KIND, match
from mdm.matching.decide import THRESHOLDS, decide
from mdm.matching.linkage import linkage
from mdm.matching.records import MatchRecord
from tests.mdm.matching.worlds import customers

LIMITS = THRESHOLDS["customer"]
COMPARISONS = {comparison.name: comparison for comparison in CUSTOMERS.comparisons}


def level(comparison, left, right):
    columns = KIND.weigh([KIND.columns(left), KIND.columns(right)])
    place = COMPARISONS[comparison].level(*columns)
    assert COMPARISONS[comparison].level(*reversed(columns)) == place
    return COMPARISONS[comparison].levels[place].name if place >= 0 else "not known"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Müller Logistik GmbH", "MUELLER LOGISTIK", "nearly equal"),
        ("Hotel Bel-Air", "Bel-Air Hotel Inc.", "equal"),
        ("Amber Roofing", "Ambre Roofing", "nearly equal"),
        ("International Business Machines", "IBM", "one within the other"),
        ("Amber Roofing", "Amber Roofing Northern Division", "one within the other"),
        ("Fund II", "Fund III", "other numbers"),
        ("Depot 12 Ulm", "Depot 13 Ulm", "other numbers"),
        ("Ромашка ООО", "Romashka", "equal"),
        ("上海华新科技有限公司", "上海华兴科技有限公司", "different"),
        ("上海华新科技有限公司", "上海华新科技", "equal"),
        ("上海華新科技有限公司", "华新科技", "equal"),
        ("上海华新科技有限公司", "上海华新食品有限公司", "equal"),
        ("上海华新科技有限公司", "Huaxin Technology Co., Ltd.", "one within the other"),
        ("株式会社日立製作所", "Hitachi Ltd", "one within the other"),
        ("Amber Roofing", "Cedar Optics", "different"),
        ("Amber Roofing", "", "not known"),
    ],
)
def test_names(left, right, expected):
    assert level("name", {"name": left}, {"name": right}) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("461 E 111th St", "60628"), ("461 East 111th Street, Suite 4", "60628"), "same house"),
        (("Hafenstr. 7", "24103"), ("Hafenstraße 7", ""), "same house"),
        (("Hafenstr. 7", "24103"), ("Hafenstraße 7", "89073"), "same house number and street in another place"),
        (("Schillerstr. 7", "24103"), ("Schilerstraße 7", "24103"), "same house number, street nearly the same"),
        (("Hafenstr. 7", "24103"), ("Hafenstr. 9", "24103"), "same street, other house number"),
        (("Hafenstr.", "24103"), ("Hafenstr. 9", "24103"), "same street, a house number not known"),
        (("Hafenstr. 9", "24103"), ("Ufer 9", "24103"), "same house number, other street"),
        (("Hafenstr. 7", "24103"), ("Ufer 9", "24103"), "same place"),
        (("Hafenstr. 7", "24103"), ("Ufer 9", "24105"), "near place"),
        (("", "24103"), ("Ufer 9", "24103"), "same place"),
        (("Hafenstr. 7", "24103"), ("Ufer 9", "89073"), "different"),
        (("Hafenstr. 7", "24103"), ("", ""), "not known"),
    ],
)
def test_addresses(left, right, expected):
    rows = [dict(zip(("street", "postal_code"), side, strict=True)) for side in (left, right)]
    assert level("address", *rows) == expected


def test_a_telephone_at_another_address_is_a_switchboard_unless_the_names_are_equal():
    here, there = {"phone": "0431 5550100", "street": "Ufer 1"}, {"phone": "+49 431 5550100", "street": "Markt 3"}
    assert level("phone", {**here, "name": "Nova Kiel"}, {**there, "name": "Nova Bonn"}) == "equal at another address"
    assert level("phone", {**here, "name": "Nova"}, {**there, "name": "Nova"}) == "equal"
    assert level("phone", here, {**here, "phone": "0431 5550101"}) == "one digit off"
    assert level("phone", here, {**here, "phone": "0431 5550187"}) == "same but for the last two digits"
    assert level("phone", here, {**here, "fax": "0431 5550100", "phone": "0431 1234567"}) == "one of several equal"
    assert level("phone", here, {"phone": "ask"}) == "not known"


def test_the_web_and_identifiers():
    assert level("web", {"email": "a@nova.example"}, {"website": "https://www.nova.example/de"}) == "same domain"
    assert level("web", {"email": "a@gmail.com"}, {"email": "b@gmail.com"}) == "different"
    german = {"country": "DE", "vat_id": "DE136695976"}
    assert level("identifier", german, {"country": "DE", "vat_id": "136 695 976"}) == "one is equal"
    assert level("identifier", german, {"duns": "150483782"}) == "not known"
    assert level("identifier", {"duns": "150483782"}, {"duns": "150483783"}) == "different"


def test_two_systems_find_their_customers_without_labels():
    records = customers(120, seed=4)
    free = frozenset({"crm", "erp"})
    scored = match(records, "customer", "link", free, {})
    truth = frozenset((place, place + 120) for place in range(120))
    assert quality({(pair.left, pair.right) for pair in scored if pair.score >= LIMITS.likely}, truth)["f1"] >= 0.98
    merged = quality({(pair.left, pair.right) for pair in scored if decide(pair, LIMITS) == "same"}, truth)
    assert merged["precision"] == 1.0
    assert merged["recall"] >= 0.8
    assert match(records, "customer", "link", free, {}) == scored


def test_what_tells_customers_apart_is_never_merged_without_asking():
    world = customers(60, seed=5)
    address = {"street": "Ufer 1", "postal_code": "24103", "city": "Kiel", "phone": "0431 7770100"}
    twins = [
        ({"name": "Orion Fund II", **address}, {"name": "Orion Fund III", **address}),
        ({"name": "Orion Optics", "duns": "150483782", **address}, {"name": "Orion Optics", "duns": "150483783", **address}),
        ({"name": "上海华新科技有限公司", **address}, {"name": "上海华兴科技有限公司", **address}),
        ({"name": "Orion Optics", **address}, {"name": "Orion Optics", **address, "street": "Ufer 3"}),
    ]
    for left, right in twins:
        records = [*world, MatchRecord("crm", "x", left), MatchRecord("erp", "x", right)]
        scored = {(pair.left, pair.right): pair for pair in match(records, "customer", "dedupe", frozenset(), {})}
        assert decide(scored[120, 121], LIMITS) == "review", (left, right)


def test_a_pair_is_explained_by_what_adds_up_to_its_score():
    linked = linkage(KIND, customers(40, seed=6), "link", frozenset())
    pairs = linked.candidates()
    model = linked.train(pairs)
    left, right = linked.columns[0], linked.columns[40]
    parts = model.parts(left, right)
    assert [part.comparison for part in parts] == ["name", "address", "phone", "web", "identifier"]
    assert model.prior_bits + sum(part.bits for part in parts) == pytest.approx(model.bits(left, right), abs=1e-9)
    assert CUSTOMERS.from_json(model.to_json()) == model


@pytest.mark.parametrize(
    ("left", "right", "merged"),
    [
        ("上海华新科技有限公司", "上海華新科技有限公司", True),
        ("上海华新科技有限公司", "上海华兴科技有限公司", False),
        ("上海华新科技有限公司", "上海华新食品有限公司", False),
        ("上海华新科技有限公司", "北京华新科技有限公司", False),
        ("上海华新科技有限公司", "Huaxin Technology Co., Ltd.", False),
        ("株式会社日立製作所", "日立製作所", True),
        ("Growth Fund Two LP", "Growth Fund Three LP", False),
        ("Growth Fund II LP", "Growth Fund II, L.P.", True),
    ],
)
def test_names_at_one_address_are_merged_only_if_they_are_plainly_one(left: str, right: str, merged: bool) -> None:
    shared = {"phone": "021 1234567", "street": "3 Ring", "postal_code": "50667"}
    records = [MatchRecord("crm", str(number), {"name": name, **shared}) for number, name in enumerate((left, right))]
    (pair,) = match(records, "customer", "dedupe", frozenset(), {})
    assert pair.score >= LIMITS.likely
    assert (decide(pair, LIMITS) == "same") is merged

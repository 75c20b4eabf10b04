from __future__ import annotations

import pytest

from ltc.core.models import entities, paths
from mdm import identity
from mdm.identity import KeyMatcher, decide, match_keys, strong_identifiers

ACME = {"name": "Acme GmbH", "billing_address.postal_code": "50667", "billing_address.country": "DE", "vat_id": "DE136695976"}


def test_kinds_are_of_known_entities_and_all_can_be_said():
    for entity, makers in identity._MAKERS.items():
        assert entity in entities()
        assert set(makers) <= set(identity._SAY)
        assert set(identity.STRONG.get(entity, ())) <= set(makers)


def test_equal_companies_meet_however_they_are_written():
    other = {
        "name": "ACME G.m.b.H.",
        "billing_address.postal_code": "D-50667",
        "billing_address.country": "DE",
        "vat_id": "136 695 976",
    }
    assert match_keys("customer", ACME) == match_keys("customer", other)
    verdict = decide("customer", ACME, other)
    assert (verdict.outcome, verdict.score) == ("review", "0.97")
    assert verdict.evidence == ("same VAT number", "same name and postal code", "same name")


def test_proof_needs_a_valid_identifier():
    assert decide("customer", {"duns": "150483782"}, {"duns": "15-048-3782"}).outcome == "same"
    assert decide("customer", {"lei": "none"}, {"lei": "none"}).outcome == "different"
    assert decide("customer", {}, {}).outcome == "different"


def test_contradicting_proof_is_a_veto():
    left, right = {**ACME, "duns": "150483782"}, {**ACME, "duns": "150483783"}
    verdict = decide("customer", left, right)
    assert (verdict.outcome, verdict.evidence) == ("different", ("different D-U-N-S number",))
    both = "213800KUD8LAJWSQ9D15"
    assert decide("customer", {**left, "lei": both}, {**right, "lei": both}).outcome == "review"


def test_a_stewards_label_comes_first():
    assert decide("customer", ACME, ACME, label="different").outcome == "different"
    assert decide("customer", ACME, {}, label="same").outcome == "same"


def test_different_chinese_firms_do_not_meet():
    left, right = {"name": "上海华新科技有限公司"}, {"name": "上海华兴科技有限公司"}
    assert decide("customer", left, right).outcome == "different"
    assert decide("customer", left, {"name": "上海华新科技股份有限公司"}).outcome == "review"


def test_which_identifiers_prove_is_configurable():
    strong = {"customer": ("vat_id",), "product": ()}
    assert decide("customer", ACME, {**ACME, "name": "Other"}, strong=strong).outcome == "same"
    assert decide("product", {"number": "1"}, {"number": "1"}, strong=strong).outcome == "review"
    assert strong_identifiers("product", {"number": "1"}, strong) == []


def test_tax_numbers_mean_something_in_their_country_only():
    german, austrian = (
        {"tax_id": "12345678", "billing_address.country": "DE"},
        {"tax_id": "12345678", "billing_address.country": "AT"},
    )
    assert match_keys("customer", german) != match_keys("customer", austrian)
    assert match_keys("customer", {"tax_id": "12345678"}) == []


def test_long_keys_stay_apart():
    [(_, left)] = match_keys("customer", {"name": "x" * 400 + "a"})
    [(_, right)] = match_keys("customer", {"name": "x" * 400 + "b"})
    assert left != right
    assert len(left) == len(right) == 255


@pytest.mark.parametrize("entity", entities())
def test_records_without_values_have_no_keys(entity):
    empty = dict.fromkeys(paths(entity))
    assert strong_identifiers(entity, empty) == match_keys(entity, empty) == []


class Golden:
    """Golden records in memory, by hub id."""

    def __init__(self, entity, by_id):
        self.by_id = by_id
        self.keys = {}
        for hub_id, leaves in by_id.items():
            for key in [*strong_identifiers(entity, leaves), *match_keys(entity, leaves)]:
                self.keys.setdefault(key, []).append(hub_id)

    def find(self, _entity, keys):
        return {key: self.keys[key] for key in keys if key in self.keys}

    def leaves(self, hub_ids):
        return {hub_id: self.by_id[hub_id] for hub_id in hub_ids}


def test_the_key_matcher_proposes_the_surest_first_and_never_a_contradiction():
    golden = {
        "h1": {"name": "Acme Ltd"},
        "h2": {**ACME, "name": "Acme Holding"},
        "h3": {"name": "Acme Inc", "duns": "150483783"},
        "h4": {"name": "Beta"},
    }
    proposals = KeyMatcher(Golden("customer", golden)).propose("customer", {**ACME, "duns": "150483782"})
    assert [proposal.hub_id for proposal in proposals] == ["h2", "h1"]


def test_a_key_that_a_crowd_shares_says_nothing():
    golden = {f"h{number}": {"name": "Test"} for number in range(30)}
    assert KeyMatcher(Golden("customer", golden)).propose("customer", {"name": "TEST"}) == []


def test_a_name_that_was_cut_meets_the_whole_one():
    place = {"billing_address.postal_code": "20157", "billing_address.country": "IT"}
    whole = identity.match_keys("customer", {"name": "Esposito & Fratelli Bianchi Trasporti S.r.l.", **place})
    cut = identity.match_keys("customer", {"name": "ESPOSITO & FRATELLI BIANCHI TRASPORTI SR", **place})
    assert {kind for kind, _ in set(whole) & set(cut)} == {"name_start_and_postal_code"}

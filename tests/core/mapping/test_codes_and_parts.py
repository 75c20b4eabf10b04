"""Codes that stand for others, languages without region, zeros of nothing, prices finer than a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ltc.core.errors import Untranslatable
from ltc.core.mapping import explains
from tests.core.mapping.test_mapping import mapping_of

STATES = "  status: {from: [LOEVM, AUFSD], codes: {/: active, /01: blocked, X/: inactive, X/*: inactive, /*: blocked}}\n"


def test_a_star_stands_for_codes_without_a_row_and_is_never_written(tmp_path):
    states = mapping_of(tmp_path, "  name: N\n" + STATES, head='empty: ""\n')
    read = [states.get({"N": "a", "LOEVM": flag, "AUFSD": block})["status"] for flag, block in ["  ", "X ", "X1", " 1"]]
    assert read == ["active", "inactive", "inactive", "blocked"]
    assert states.put(None, {"name": "a", "status": "blocked"}) == {"N": "a", "LOEVM": "", "AUFSD": "01"}
    assert states.put({"N": "a", "LOEVM": "", "AUFSD": "07"}, {"status": "blocked"}) == {}
    assert states.put({"N": "a", "LOEVM": "", "AUFSD": "07"}, {"status": "inactive"}) == {"LOEVM": "X", "AUFSD": ""}
    single = mapping_of(tmp_path, '  status: {from: STBLG, one_way: in, codes: {"": posted, "*": reversed}}\n', "payment")
    assert [single.get({"STBLG": code})["status"] for code in ("", None, "1400000007")] == ["posted", "posted", "reversed"]


def test_the_first_row_with_a_star_that_fits_counts(tmp_path):
    rows = "  status: {from: [A, L], one_way: in, codes: {C/*: cancelled, '*/C': delivered, '*/*': confirmed}}\n"
    order = mapping_of(tmp_path, rows, "order")
    read = [order.get({"A": rejected, "L": delivered})["status"] for rejected, delivered in ["CC", "BC", "  ", "AB"]]
    assert read == ["cancelled", "delivered", "confirmed", "confirmed"]


def test_a_zero_of_nothing_is_empty(tmp_path):
    limit = mapping_of(tmp_path, "  name: N\n  credit_limit: {from: K, currency: W}\n", head='empty: ""\n')
    assert limit.get({"N": "a", "K": Decimal(0), "W": ""}) == {"name": "a", "credit_limit": None}
    assert limit.get({"N": "a", "K": Decimal(0), "W": "EUR"})["credit_limit"] == {"amount": "0.00", "currency": "EUR"}
    with pytest.raises(Untranslatable, match="has no currency"):
        limit.get({"N": "a", "K": Decimal(1), "W": ""})
    weight = mapping_of(tmp_path, "  number: N\n  net_weight: {from: K, unit: {from: U, codes: {KG: KGM}}}\n", "product")
    assert weight.get({"N": "a", "K": Decimal("0.000"), "U": ""}) == {"number": "a", "net_weight": None}
    price = mapping_of(
        tmp_path, "  lines: {each: I, key: N, fields: {unit_price: {from: P, currency: /W, per: B, unit: U}}}\n", "order"
    )
    assert price.get({"W": "EUR", "I": [{"N": "1", "P": 0, "B": 0, "U": ""}]})["lines"][0]["unit_price"] is None


def test_a_price_finer_than_a_cent_is_written_for_more_units(tmp_path):
    order = mapping_of(
        tmp_path,
        "  currency: W\n  lines: {each: I, key: N, fields: "
        "{unit_price: {from: P, currency: /W, per: B, unit: U, scale: currency}}}\n",
        "order",
    )

    def price(amount, currency, per="1"):
        desired = {"amount": amount, "currency": currency, "per": per, "unit": "C62"}
        patch = order.put(None, {"currency": currency, "lines": [{"number": "1", "unit_price": desired}]})
        read = order.get({"W": currency, "I": patch["I"]})["lines"][0]["unit_price"]
        assert explains(desired, read)
        return patch["I"][0]["P"], patch["I"][0]["B"]

    assert price("10.5", "EUR") == (Decimal("10.5"), Decimal(1))
    assert price("1.125", "EUR") == (Decimal("11.25"), Decimal(10))
    assert price("0.5", "JPY", "100") == (Decimal(5), Decimal(1000))
    assert price("1.125", "KWD") == (Decimal("1.125"), Decimal(1))
    with pytest.raises(Untranslatable, match="fractions of a minor unit of EUR"):
        price("0.00000012", "EUR")


def test_a_new_record_does_not_mix_the_currency_of_its_head_and_of_its_rows(tmp_path):
    order = mapping_of(
        tmp_path, "  currency: W\n  lines: {each: I, key: N, fields: {line_total: {from: T, currency: /W}}}\n", "order"
    )
    rows = [{"number": "1", "line_total": {"amount": "1.00", "currency": "USD"}}]
    with pytest.raises(Untranslatable, match="in currency USD, but the field holds EUR"):
        order.put(None, {"currency": "EUR", "lines": rows})
    assert order.put(None, {"lines": rows})["I"][0]["T"] == Decimal("1.00")


def test_a_language_goes_without_its_region_where_the_system_knows_only_languages(tmp_path):
    spoken = mapping_of(tmp_path, "  name: N\n  language: {from: L, codes: {D: de, E: en}}\n")
    assert spoken.put(None, {"name": "a", "language": "de-AT"}) == {"N": "a", "L": "D"}
    assert spoken.put({"N": "a", "L": "D"}, {"language": "de-AT"}) == {}
    assert explains("de-AT", "de")
    with pytest.raises(Untranslatable, match="no code in this system"):
        spoken.put(None, {"name": "a", "language": "fr-CH"})


def test_a_code_that_is_kept_must_fit(tmp_path):
    kept = mapping_of(tmp_path, "  name: N\n  industry: {from: B, codes: {MACH: Machinery}, else: keep, width: 4}\n")
    assert kept.put(None, {"name": "a", "industry": "X123"}) == {"N": "a", "B": "X123"}
    with pytest.raises(Untranslatable, match="6 characters; the field holds 4"):
        kept.put(None, {"name": "a", "industry": "Mining"})


def test_an_object_that_is_only_read_is_never_written(tmp_path):
    only_in = mapping_of(
        tmp_path, "  number: N\n  lines: {each: L, key: K, fields: {product: P}}\n", "order", head="one_way: in\n"
    )
    assert {line.direction for line in only_in.lines} == {"in"}
    assert only_in.put(None, {"number": "1", "lines": [{"number": "1", "product": "p"}]}) == {}


def test_a_line_may_name_the_organisations_own_currency(tmp_path):
    lines = "  name: N\n  credit_limit: {from: L, currency: {from: C, else: org}}\n  lei: X\n"
    yen, euro = (mapping_of(tmp_path, lines, currency=code) for code in ("JPY", "EUR"))
    read = [one.get({"N": "a", "L": 1050, "C": None})["credit_limit"] for one in (yen, euro)]
    assert read == [{"amount": "1050", "currency": "JPY"}, {"amount": "1050.00", "currency": "EUR"}]
    assert yen.get({"N": "a", "L": 1050, "C": "USD"})["credit_limit"]["currency"] == "USD"
    assert yen.fingerprint != euro.fingerprint  # kept records are read anew when the organisation's currency changes
    bare = mapping_of(tmp_path, "  name: N\n  credit_limit: {from: L, currency: org}\n", currency="KWD")
    assert bare.get({"N": "a", "L": Decimal("1.5")})["credit_limit"] == {"amount": "1.500", "currency": "KWD"}
    assert bare.put(None, {"name": "a", "credit_limit": {"amount": "2.250", "currency": "KWD"}}) == {
        "N": "a",
        "L": Decimal("2.250"),
    }
    with pytest.raises(Untranslatable):
        bare.put(None, {"name": "a", "credit_limit": {"amount": "2.25", "currency": "EUR"}})
    unlike = [mapping_of(tmp_path, "  name: N\n", currency=code).fingerprint for code in ("JPY", "EUR")]
    assert unlike[0] == unlike[1]

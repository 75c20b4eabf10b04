from __future__ import annotations

from decimal import Decimal

import iso4217
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.models.canonical import format_decimal, parse_decimal
from ltc.core.models.isocodes import COUNTRIES, CURRENT_CURRENCIES, MINOR_UNITS
from ltc.core.models.money import format_amount, from_minor, is_exact, minor_units, quantise, to_minor

currencies = st.sampled_from(sorted(MINOR_UNITS))
amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6)


def test_minor_units_are_those_of_iso_4217():
    expected = {currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None}
    assert {code: MINOR_UNITS[code] for code in CURRENT_CURRENCIES} == expected


def test_countries_are_those_of_iso_3166():
    assert {country.alpha_2 for country in pycountry.countries} | {"XK"} == COUNTRIES


@given(st.integers(-(10**20), 10**20), currencies)
def test_minor_units_go_there_and_back(units, currency):
    assert to_minor(from_minor(units, currency), currency) == units


@given(amounts, currencies)
def test_quantising_is_idempotent_and_near(amount, currency):
    exact = quantise(amount, currency)
    assert quantise(exact, currency) == exact
    assert is_exact(exact, currency)
    assert abs(exact - amount) <= Decimal(1).scaleb(-minor_units(currency)) / 2


@given(amounts, currencies)
def test_formatting_loses_nothing_after_quantising(amount, currency):
    text = format_amount(amount, currency)
    assert Decimal(text) == quantise(amount, currency)
    assert "E" not in text
    assert len(text.partition(".")[2]) == minor_units(currency)
    assert not (text.startswith("-") and not Decimal(text))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_a_number_has_one_text(value):
    text = format_decimal(value)
    if len(text) <= 60:
        assert parse_decimal(text) == value
        assert format_decimal(parse_decimal(text)) == text


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1,000", "1_000", " 1", "", ".", "٣", "1" * 61, "1e9999"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        parse_decimal(text)

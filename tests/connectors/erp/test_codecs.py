"""SAP's ways to write numbers, dates, amounts and languages: forth and back, and what is no number stays as it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp.shared.codecs import (
    DECIMALS,
    LANGUAGES,
    alpha_in,
    alpha_out,
    decimals_of,
    read_date,
    round_amount,
    shift_in,
    shift_out,
    to_sap_language,
    write_date,
)

CURRENCIES = st.sampled_from([*sorted(DECIMALS), "EUR", "USD", "CNY"])


@given(st.integers(1, 10**10 - 1))
def test_numbers_are_padded_and_stripped(number):
    padded = alpha_in(str(number))
    assert (len(padded), alpha_out(padded), alpha_in(padded)) == (10, str(number), padded)


@pytest.mark.parametrize("text", ["", "P-100", "0815A", "ACME 1"])
def test_what_is_no_number_stays_as_it_is(text):
    assert (alpha_in(text), alpha_out(text)) == (text, text)


def test_a_number_that_is_too_long_is_not_cut():
    assert alpha_in("12345678901") == "12345678901"


@given(st.dates())
def test_dates_are_written_and_read(day):
    if day.year >= 1000:
        assert read_date(write_date(day)) == day


@pytest.mark.parametrize("text", ["", " ", "00000000", "0000-00-00"])
def test_an_initial_date_is_none(text):
    assert read_date(text) is None


@pytest.mark.parametrize("text", ["20260230", "2026", "x"])
def test_a_date_that_is_none_is_an_error(text):
    with pytest.raises(ValueError, match=r"\w"):
        read_date(text)


def test_a_date_with_hyphens_is_the_same_day():
    assert read_date("2026-03-01") == date(2026, 3, 1)


@given(st.decimals(-(10**9), 10**9, places=3), CURRENCIES)
def test_amounts_survive_saps_shift_in_every_currency(amount, currency):
    meant = round_amount(amount, currency)
    stored = shift_in(meant, currency)
    assert -stored.as_tuple().exponent == 2
    assert shift_out(stored, currency) == meant
    assert -shift_out(stored, currency).as_tuple().exponent == decimals_of(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "stored"),
    [("1500", "JPY", "15.00"), ("1.250", "KWD", "12.50"), ("10.50", "EUR", "10.50"), ("-1", "KRW", "-0.01")],
)
def test_the_shift_is_saps(amount, currency, stored):
    assert shift_in(Decimal(amount), currency) == Decimal(stored)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"), [("0.5", "JPY", "1"), ("-0.005", "EUR", "-0.01"), ("1.0005", "KWD", "1.001")]
)
def test_half_a_cent_is_rounded_away_from_zero(amount, currency, rounded):
    assert round_amount(Decimal(amount), currency) == Decimal(rounded)


def test_every_language_has_one_character_of_its_own():
    letters = list(LANGUAGES.values())
    assert all(len(letter) == 1 for letter in letters)
    assert len(set(letters)) == len(letters)
    assert [to_sap_language(code) for code in ("de", "EN", "zh", "ja")] == ["D", "E", "1", "J"]

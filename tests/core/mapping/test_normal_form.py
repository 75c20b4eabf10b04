"""What a system makes of what it was sent is no news; a change by a person is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.mapping import explains

SAME = [
    ("Acme GmbH", "ACME GMBH"),
    ("Müller & Söhne", "Mueller & Soehne"),
    ("Müller", "Muller"),
    ("Straße 1", "STRASSE 1"),
    ("Łódź", "Lodz"),
    ("Acme  GmbH ", "Acme GmbH"),
    ("Acme Maschinenbau und Anlagentechnik GmbH & Co. KG", "Acme Maschinenbau und Anlagentechnik Gm"),
    ("DE 811 569 869", "DE811569869"),
    ("+4930123456", "030 123456"),
    ("+4930123456", "+49 (30) 123-456"),
    ("10.005", "10.01"),
    ("10.005", "10"),
    ("2.5", "2.50"),
    ("2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123Z"),
    ("2026-01-01T00:00:00.500Z", "2026-01-01T00:00:00Z"),
    ("de-AT", "de"),
    ("zh-Hant-TW", "zh"),
    ({"amount": "1.005", "currency": "EUR"}, {"amount": "1.01", "currency": "EUR"}),
    (
        {"amount": "1.125", "currency": "EUR", "per": "1", "unit": "C62"},
        {"amount": "11.25", "currency": "EUR", "per": "10", "unit": "C62"},
    ),
    ({"value": "2.3456", "unit": "KGM"}, {"value": "2.346", "unit": "KGM"}),
]
OTHER = [
    ("Acme", "Ajax"),
    ("Acme", None),
    (None, "Acme"),
    ("Acme", ""),
    ("Acme", "Ac"),
    ("10", "11"),
    ("100", "10"),
    ("10.5", "12"),
    ("1000", "1000000"),
    ("0000004711", "4711"),
    (True, "True"),
    ("2026-01-01T00:00:00.500Z", "2026-01-01T00:00:02Z"),
    (1, True),
    ("2026-01-01", "2026-01-02"),
    ("+4930123456", "+4930123457"),
    ("active", "inactive"),
    ("de-AT", "en"),
    ("A-1", "A"),
    (
        {"amount": "1.125", "currency": "EUR", "per": "1", "unit": "C62"},
        {"amount": "11.25", "currency": "EUR", "per": "10", "unit": "KGM"},
    ),
    ("!!!", "???"),
    ({"amount": "1.00", "currency": "EUR"}, {"amount": "1.00", "currency": "USD"}),
    ({"amount": "1.00", "currency": "EUR"}, {"amount": "2.00", "currency": "EUR"}),
    ({"amount": "1.00", "currency": "EUR"}, "1.00"),
    ([], None),
]


@pytest.mark.parametrize(("sent", "seen"), SAME)
def test_a_normal_form_is_explained(sent, seen):
    assert explains(sent, seen)


@pytest.mark.parametrize(("sent", "seen"), OTHER)
def test_another_value_is_news(sent, seen):
    assert not explains(sent, seen)


@given(st.text(max_size=40))
def test_upper_case_is_always_explained(text):
    assert explains(text, text)
    if text.isascii() and text.strip(" \t\n"):
        assert explains(text, text.upper())


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_whole_numbers_are_never_rounded(sent, seen):
    assert explains(str(sent), str(seen)) == (sent == seen)

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ltc.core.errors import Untranslatable
from ltc.core.models import entities, model, validate
from ltc.core.models.check import checker
from tests.core.models.strategies import is_canonical_number, records

anything = st.sampled_from(entities()).flatmap(lambda entity: st.tuples(st.just(entity), records(entity)))


def accepted(entity, nested):
    try:
        validate(entity, nested)
    except Untranslatable:
        return False
    return True


def is_fixed_point(entity, nested):
    """Tell whether the model reads the record and writes exactly the same again."""
    try:
        return model(entity).model_validate(nested).model_dump(mode="json", exclude_unset=True) == nested
    except ValidationError:
        return False


@settings(max_examples=150, deadline=None)
@given(anything)
def test_valid_records_pass_the_check_and_the_model(case):
    entity, nested = case
    validate(entity, nested)
    assert is_fixed_point(entity, nested)


numberlike = st.one_of(
    st.from_regex(r"\A[-+]?[0-9]{0,4}\.?[0-9]{0,4}\Z"),
    st.text("-+0123456789.eE ", max_size=6),
    st.sampled_from(["-0", "-0.00", "NaN", "1E100"]),
)


@settings(max_examples=300, deadline=None)
@given(numberlike)
def test_the_check_knows_exactly_the_canonical_numbers(text):
    assert accepted("lead", {"score": text}) == is_canonical_number(text)


@settings(max_examples=300, deadline=None)
@given(numberlike, st.sampled_from(["EUR", "JPY", "KWD", "CLF", "EURO", "eur"]))
def test_the_check_and_the_model_agree_on_money(amount, currency):
    nested = {"total": {"amount": amount, "currency": currency}}
    assert accepted("order", nested) == is_fixed_point("order", nested)


def is_date(text):
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
def test_the_check_knows_the_calendar(year, month, day):
    text = f"{year:04d}-{month:02d}-{day:02d}"
    assert accepted("order", {"order_date": text}) == is_date(text)


@pytest.mark.parametrize("year", [4, 100, 400, 1900, 1996, 2000, 2023, 2024, 2100, 2400, 9996])
def test_the_check_knows_leap_years(year):
    text = f"{year:04d}-02-29"
    assert accepted("order", {"order_date": text}) == is_date(text)


@settings(max_examples=200, deadline=None)
@given(st.datetimes(), st.sampled_from(["", "Z", "+00:00", "+02:00"]))
def test_the_check_and_the_model_agree_on_moments(moment, zone):
    nested = {"closed_at": moment.isoformat() + zone}
    assert accepted("order", nested) == is_fixed_point("order", nested) == (zone == "Z")


def test_fractions_of_a_second_have_six_digits():
    assert accepted("order", {"closed_at": "2026-01-01T00:00:00.250000Z"})
    assert not accepted("order", {"closed_at": "2026-01-01T00:00:00.000000Z"})
    assert not accepted("order", {"closed_at": "2026-01-01T00:00:00.25Z"})
    assert datetime.fromisoformat("2026-01-01T00:00:00.250000Z").microsecond == 250_000


def problems(entity, nested):
    with pytest.raises(Untranslatable) as caught:
        validate(entity, nested)
    return {error.path: (error.code, error.value) for error in caught.value.errors}


def test_every_problem_is_named_once_by_its_leaf():
    line = {"number": "10", "ordered_quantity": {"value": "1.0", "unit": "C62"}, "nope": 1}
    assert problems(
        "order",
        {
            "order_date": "2026-02-30",
            "status": "done",
            "total": {"amount": "1.5", "currency": "EUR"},
            "tax_total": {"amount": "1.00", "currency": "EURO"},
            "net_total": {"amount": "1.00"},
            "sales_org": "",
            "shipping_address": {"country": "XX"},
            "lines": [line, {"product": "P"}],
            "colour": "red",
        },
    ) == {
        "order_date": ("value.not_date", "2026-02-30"),
        "status": ("value.not_choice", "done"),
        "total": ("value.not_minor_units", "1.5"),
        "tax_total": ("value.not_money", "{'amount': '1.00', 'currency': 'EURO'}"),
        "net_total": ("value.not_money", "{'amount': '1.00'}"),
        "sales_org": ("value.not_text", ""),
        "shipping_address.country": ("value.not_country", "XX"),
        "lines[10].ordered_quantity": ("value.not_quantity", "1.0"),
        "lines[10].nope": ("value.unknown_path", ""),
        "lines[#2].number": ("value.missing", ""),
        "colour": ("value.unknown_path", ""),
    }


def test_required_values_are_named():
    assert problems("customer", {}) == {"name": ("value.missing", "")}
    assert problems("customer", {"name": None}) == {"name": ("value.not_text", "")}
    assert problems("customer", "Acme") == {"": ("value.not_a_record", "")}


def test_personal_values_are_masked():
    [(code, value)] = problems("contact", {"last_name": "Muster", "email": 4711}).values()
    assert code == "value.not_text"
    assert "4711" not in value
    [(_, value)] = problems("signature_request", {"signers": [{"id": "1", "name": ["Erika"]}]}).values()
    assert "Erika" not in value


def test_no_message_holds_a_personal_value():
    with pytest.raises(Untranslatable) as caught:
        validate("contact", {"last_name": "Muster", "email": ["erika@example.org"], "address": {"street": 12345}})
    assert "erika" not in str(caught.value)
    assert "12345" not in str(caught.value)


def test_a_row_key_names_one_row():
    rows = [{"number": "10"}, {"number": "20"}, {"number": "10"}]
    assert problems("order", {"lines": rows}) == {"lines[10]": ("value.double_row", "10")}


def test_lone_surrogates_are_refused():
    assert problems("product", {"number": "1", "name": "\ud800"})["name"][0] == "value.not_unicode"


@pytest.mark.parametrize("entity", entities())
def test_every_entity_has_a_checker_and_a_model(entity):
    checker(entity)
    assert model(entity).model_json_schema()["type"] == "object"

"""Canonical records of every entity, made up from the shapes."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from ltc.core.models import shape_of
from ltc.core.models.canonical import format_date, format_decimal, format_time
from ltc.core.models.isocodes import COUNTRIES, MINOR_UNITS
from ltc.core.models.money import from_minor, money

words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
keys = st.one_of(st.integers(0, 999).map(str), words, st.sampled_from(["a[1]", "x.y", "%5B", "]", "1.5"]))
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4).map(format_decimal)
currencies = st.sampled_from(sorted(MINOR_UNITS))
units = st.sampled_from(["C62", "KGM", "EA", "H87"])
moneys = st.builds(
    lambda units, currency: money(from_minor(units, currency), currency), st.integers(-(10**12), 10**12), currencies
)

LEAVES = {
    "text": words,
    "boolean": st.booleans(),
    "integer": st.integers(-(10**6), 10**6),
    "decimal": numbers,
    "date": st.dates().map(format_date),
    "time": st.datetimes(timezones=st.timezones()).filter(lambda moment: 2 < moment.year < 9998).map(format_time),
    "currency": currencies,
    "country": st.sampled_from(sorted(COUNTRIES)),
    "language": st.sampled_from(["de", "en-GB", "zh-Hant-TW", "gsw", "es-419"]),
    "money": moneys,
    "quantity": st.fixed_dictionaries({"value": numbers, "unit": units}),
    "unit_price": st.fixed_dictionaries({"amount": numbers, "currency": currencies, "per": numbers, "unit": units}),
    "any": st.dictionaries(st.sampled_from(["region", "x_1"]), st.one_of(st.none(), words, st.booleans(), moneys), max_size=2),
}


def field(info):
    if info.type == "choice":
        values = st.sampled_from(info.values)
    elif info.type == "object":
        values = group(info.fields)
    elif info.type == "list":
        rows = st.lists(group(info.fields, info.list_key), max_size=3, unique_by=lambda row: row[info.list_key])
        values = rows
    else:
        values = LEAVES[info.type]
    return values if info.required or info.type == "any" else st.one_of(st.none(), values)


def group(shape, key=""):
    required = {name: field(info) for name, info in shape.items() if info.required}
    if key:
        required[key] = keys
    optional = {name: field(info) for name, info in shape.items() if name not in required}
    some = st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True) if optional else st.just([])
    return some.flatmap(lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}}))


def records(entity):
    return group(shape_of(entity))


def is_canonical_number(text):
    try:
        number = Decimal(text)
        return number.is_finite() and format_decimal(number) == text
    except ArithmeticError:
        return False

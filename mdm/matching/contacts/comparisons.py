"""How two persons are compared, the same in Python and in DuckDB's SQL, with what is assumed before anything is learned."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from mdm.matching.model import NOTHING, Columns, Comparison, Level, Model

_NEAR: Final = 0.88


def _near(one: str, other: str) -> bool:
    return bool(one and other) and JaroWinkler.similarity(one, other) >= _NEAR


def _off_by_one(one: str, other: str) -> bool:
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1


def _near_sql(column: str) -> str:
    return f"({column}_l <> '' and {column}_r <> '' and jaro_winkler_similarity({column}_l, {column}_r) >= {_NEAR})"


def _name(left: Columns, right: Columns) -> int:
    given, family, other_given, other_family = left["given"], left["family"], right["given"], right["family"]
    if not (given or family) or not (other_given or other_family):
        return NOTHING
    if left["name"] is not None and left["name"] == right["name"]:
        return 0
    same_given, same_family = bool(given) and given == other_given, bool(family) and family == other_family
    near_given = same_given or _near(left["near_given"], right["near_given"])
    near_family = same_family or _near(left["near_family"], right["near_family"])
    if near_given and near_family:
        return 1
    if same_family:
        short = not given or not other_given or (given[0] == other_given[0] and 1 in (len(given), len(other_given)))
        return 2 if short else 3
    if same_given:
        return 4
    return 5 if near_given or near_family else 6


_SAME_FAMILY: Final = "(family_l <> '' and family_l = family_r)"
_SAME_GIVEN: Final = "(given_l <> '' and given_l = given_r)"
_NEAR_FAMILY: Final = f"({_SAME_FAMILY} or {_near_sql('near_family')})"
_NEAR_GIVEN: Final = f"({_SAME_GIVEN} or {_near_sql('near_given')})"

_NAME: Final = Comparison(
    "name",
    "(given_l = '' and family_l = '') or (given_r = '' and family_r = '')",
    _name,
    (
        Level("equal", "name_l = name_r", 0.6, 1e-4, "name"),
        Level("nearly equal", f"{_NEAR_GIVEN} and {_NEAR_FAMILY}", 0.2, 1e-4),
        Level(
            "same family name, given name short",
            f"{_SAME_FAMILY} and (given_l = '' or given_r = '' or"
            " (given_l[1:1] = given_r[1:1] and (length(given_l) = 1 or length(given_r) = 1)))",
            0.05,
            2e-4,
        ),
        Level("same family name", _SAME_FAMILY, 0.05, 3e-3, doubt=True),
        Level("same given name", _SAME_GIVEN, 0.05, 5e-3),
        Level("one of the names nearly equal", f"{_NEAR_GIVEN} or {_NEAR_FAMILY}", 0.03, 0.02),
        Level("different", "ELSE", 0.02, 0.97, doubt=True),
    ),
)


def _birth(left: Columns, right: Columns) -> int:
    one, other = left["birth"], right["birth"]
    if one is None or other is None:
        return NOTHING
    if one == other:
        return 0
    return 1 if _off_by_one(one, other) else 2


_BIRTH: Final = Comparison(
    "day of birth",
    "birth_l is null or birth_r is null",
    _birth,
    (
        Level("equal", "birth_l = birth_r", 0.9, 4e-5),
        Level("one digit off", "damerau_levenshtein(birth_l, birth_r) <= 1", 0.06, 6e-4),
        Level("different", "ELSE", 0.04, 0.999),
    ),
)


def _number(left: Columns, right: Columns) -> int:
    one, other = left["number"], right["number"]
    if one is None or other is None:
        return NOTHING
    if one == other:
        return 0
    return 1 if _off_by_one(one, other) else 2


_NUMBER: Final = Comparison(
    "national number",
    "number_l is null or number_r is null",
    _number,
    (
        Level("equal", "number_l = number_r", 0.9, 1e-6, settles=True),
        Level("one digit off", "damerau_levenshtein(number_l, number_r) <= 1", 0.06, 1e-5),
        Level("different", "ELSE", 0.04, 0.9999),
    ),
)


def _street(left: Columns, right: Columns) -> int:
    one, other, here, there = left["street"], right["street"], left["house"], right["house"]
    if one is None or other is None:
        return NOTHING
    if one == other or _near(left["near_street"], right["near_street"]):
        return 0 if here is not None and here == there else 1
    return 2 if here is not None and here == there else 3


_SAME_STREET: Final = f"(street_l = street_r or {_near_sql('near_street')})"

_STREET: Final = Comparison(
    "street",
    "street_l is null or street_r is null",
    _street,
    (
        Level("same house", f"{_SAME_STREET} and coalesce(house_l = house_r, false)", 0.6, 1e-4),
        Level("same street", _SAME_STREET, 0.15, 2e-3),
        Level("same house number", "coalesce(house_l = house_r, false)", 0.05, 0.01),
        Level("different", "ELSE", 0.2, 0.98),
    ),
)


def _place(left: Columns, right: Columns) -> int:
    code, other_code, city, other_city = left["postal_code"], right["postal_code"], left["city"], right["city"]
    codes, cities = code is not None and other_code is not None, city is not None and other_city is not None
    if not codes and not cities:
        return NOTHING
    same_code = codes and code == other_code
    same_city = cities and (city == other_city or _near(left["near_city"], right["near_city"]))
    if same_code and same_city:
        return 0
    if same_code or same_city:
        return 1
    return 2 if codes and _off_by_one(code, other_code) else 3


_SAME_CODE: Final = "coalesce(postal_code_l = postal_code_r, false)"
_SAME_CITY: Final = (
    f"coalesce(city_l = city_r or (city_l is not null and city_r is not null and {_near_sql('near_city')}), false)"
)

_PLACE: Final = Comparison(
    "place",
    "(postal_code_l is null or postal_code_r is null) and (city_l is null or city_r is null)",
    _place,
    (
        Level("same postal code and city", f"{_SAME_CODE} and {_SAME_CITY}", 0.6, 1e-3),
        Level("same postal code or city", f"{_SAME_CODE} or {_SAME_CITY}", 0.2, 5e-3),
        Level("postal code one digit off", "coalesce(damerau_levenshtein(postal_code_l, postal_code_r) <= 1, false)", 0.05, 0.02),
        Level("different", "ELSE", 0.15, 0.97),
    ),
)


def _reach(left: Columns, right: Columns) -> int:
    email, other_email, phone, other_phone = left["email"], right["email"], left["phone"], right["phone"]
    if (email is None or other_email is None) and (phone is None or other_phone is None):
        return NOTHING
    if email is not None and email == other_email:
        return 0
    return 1 if not set(left["phones"]).isdisjoint(right["phones"]) else 2


_REACH: Final = Comparison(
    "e-mail or telephone",
    "(email_l is null or email_r is null) and (phone_l is null or phone_r is null)",
    _reach,
    (
        Level("same e-mail address", "email_l = email_r", 0.5, 1e-5, "email"),
        Level("same telephone", "list_has_any(phones_l, phones_r)", 0.2, 1e-4),
        Level("different", "ELSE", 0.3, 0.999),
    ),
)


def _employer(left: Columns, right: Columns) -> int:
    one, other = left["employer"], right["employer"]
    if one is None or other is None:
        return NOTHING
    return 0 if one == other else 1


_EMPLOYER: Final = Comparison(
    "customer",
    "employer_l is null or employer_r is null",
    _employer,
    (Level("same", "employer_l = employer_r", 0.9, 1e-3, "employer"), Level("different", "ELSE", 0.1, 0.999)),
)

COMMON: Final = ("name", "email", "employer")
"""The columns whose common values say less than rare ones."""

CONTACTS: Final = Model((_NAME, _BIRTH, _NUMBER, _STREET, _PLACE, _REACH, _EMPLOYER), 1e-4, {}, 1e-7)
"""What is assumed about persons before anything is learned."""

"""How two customers are compared, the same in Python and in DuckDB's SQL, with what is assumed before anything is learned."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from mdm.matching.model import NOTHING, Columns, Comparison, Level, Model

_NEAR_NAME: Final = 0.93
_NEAR_STREET: Final = 0.88
_RAREST: Final = 1e-7


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """Add up the weights of the words that two names share; a word is written with its weight before it, as `0512 acme`."""
    return sum(int(word[:4]) for word in set(left).intersection(right))


_SHARED: Final = "coalesce(list_sum(list_transform(list_intersect(words_l, words_r), lambda word: word[1:4]::integer)), 0)"


def _near(one: str, other: str, least: float) -> bool:
    return bool(one and other) and JaroWinkler.similarity(one, other) >= least


def _near_sql(column: str, least: float) -> str:
    return f"({column}_l <> '' and {column}_r <> '' and jaro_winkler_similarity({column}_l, {column}_r) >= {least})"


def _name(left: Columns, right: Columns) -> int:
    one, other = left["name"], right["name"]
    if one is None or other is None:
        return NOTHING
    if one == other:
        return 0
    if left["numbers"] and right["numbers"] and left["numbers"] != right["numbers"]:
        return 7
    shared, here, there = _shared(left["words"], right["words"]), left["worth"], right["worth"]
    less, both = min(here, there), here + there - shared
    tests = (
        shared * 10 >= both * 8 or _near(left["near_name"], right["near_name"], _NEAR_NAME),
        shared * 10 >= less * 9 or one == right["acronym"] or other == left["acronym"],
        shared * 10 >= both * 5,
        shared * 10 >= less * 5,
        shared * 10 >= less * 2,
        True,
    )
    return 1 + tests.index(True)


_LESS: Final = f"{_SHARED} * 10 >= least(worth_l, worth_r)"
_BOTH: Final = f"{_SHARED} * 10 >= (worth_l + worth_r - {_SHARED})"
_SISTERS: Final = "(numbers_l <> '' and numbers_r <> '' and numbers_l <> numbers_r)"

_NAME: Final = Comparison(
    "name",
    "name_l is null or name_r is null",
    _name,
    (
        Level("equal", "name_l = name_r", 0.43, 2e-4, "name"),
        Level("nearly equal", f"not {_SISTERS} and ({_BOTH} * 8 or {_near_sql('near_name', _NEAR_NAME)})", 0.2, 2e-4),
        Level(
            "one within the other",
            f"not {_SISTERS} and ({_LESS} * 9 or name_l = acronym_r or name_r = acronym_l)",
            0.15,
            1e-3,
        ),
        Level("most words shared", f"not {_SISTERS} and {_BOTH} * 5", 0.08, 5e-4),
        Level("many words shared", f"not {_SISTERS} and {_LESS} * 5", 0.07, 3e-3),
        Level("some words shared", f"not {_SISTERS} and {_LESS} * 2", 0.04, 0.02),
        Level("different", f"not {_SISTERS}", 0.025, 0.95, doubt=True),
        Level("other numbers", "ELSE", 0.005, 0.025, doubt=True),
    ),
)


def _place(left: Columns, right: Columns) -> int:
    """Say how near the places are: 0 the same, 1 not known, 2 the same region, 3 different."""
    code, other_code, city, other_city = left["postal_code"], right["postal_code"], left["city"], right["city"]
    codes, cities = code is not None and other_code is not None, city is not None and other_city is not None
    if (codes and code == other_code) or (cities and city == other_city):
        return 0
    if not codes and not cities:
        return 1
    return 2 if codes and code[:3] == other_code[:3] else 3


_SAME_PLACE: Final = "(postal_code_l = postal_code_r or city_l = city_r)"
_NO_PLACE: Final = "((postal_code_l is null or postal_code_r is null) and (city_l is null or city_r is null))"
_NEAR_PLACE: Final = "coalesce(left(postal_code_l, 3) = left(postal_code_r, 3), false)"


def _address(left: Columns, right: Columns) -> int:
    one, other, place = left["street"], right["street"], _place(left, right)
    if one is None or other is None:
        return NOTHING if place == 1 else 6 + place - (place > 1)
    here, there = left["house"], right["house"]
    if one == other:
        if here == there and here:
            return 0 if place < 3 else 1
        return 3 if not here or not there else 4
    same_house = here and here == there
    if same_house and _near(left["near_street"], right["near_street"], _NEAR_STREET):
        return 2
    if same_house and place < 2:
        return 5
    return 6 if place == 0 else 7 if place == 2 else 8


_ADDRESS: Final = Comparison(
    "address",
    f"(street_l is null or street_r is null) and {_NO_PLACE}",
    _address,
    (
        Level(
            "same house",
            f"address_l = address_r and (coalesce({_SAME_PLACE}, false) or {_NO_PLACE} or {_NEAR_PLACE})",
            0.6,
            1e-4,
            "address",
        ),
        Level("same house number and street in another place", "address_l = address_r", 0.03, 2e-5),
        Level(
            "same house number, street nearly the same",
            f"house_l <> '' and house_l = house_r and street_l <> street_r and {_near_sql('near_street', _NEAR_STREET)}",
            0.1,
            2e-5,
        ),
        Level("same street, a house number not known", "street_l = street_r and (house_l = '' or house_r = '')", 0.05, 5e-4),
        Level("same street, other house number", "street_l = street_r", 0.04, 5e-3, doubt=True),
        Level(
            "same house number, other street",
            f"house_l <> '' and house_l = house_r and street_l <> street_r and (coalesce({_SAME_PLACE}, false) or {_NO_PLACE})",
            0.03,
            1e-3,
            doubt=True,
        ),
        Level("same place", f"coalesce({_SAME_PLACE}, false)", 0.08, 0.01, doubt=True),
        Level("near place", f"{_NEAR_PLACE}", 0.03, 0.05, doubt=True),
        Level("different", "ELSE", 0.04, 0.93, doubt=True),
    ),
)


def _phone(left: Columns, right: Columns) -> int:
    one, other = left["phone"], right["phone"]
    if one is None or other is None:
        return NOTHING
    if not set(left["phones"]).isdisjoint(right["phones"]):
        streets, houses = (left["street"], right["street"]), (left["house"], right["house"])
        apart = None not in streets and streets[0] != streets[1] and (houses[0] != houses[1] or not houses[0])
        apart = apart and left["name"] != right["name"]
        return 2 if apart else 0 if one == other else 1
    if DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1:
        return 3
    return 4 if one[:5] == other[:5] else 5


# A switchboard serves several addresses, and organisations whose names differ a little.
_APART: Final = (
    "coalesce(street_l <> street_r and (house_l <> house_r or house_l = '') and coalesce(name_l <> name_r, true), false)"
)

_PHONE: Final = Comparison(
    "phone",
    "phone_l is null or phone_r is null",
    _phone,
    (
        Level("equal", f"phone_l = phone_r and not {_APART}", 0.6, 1e-5, "phone"),
        Level("one of several equal", f"list_has_any(phones_l, phones_r) and not {_APART}", 0.05, 1e-5),
        Level("equal at another address", "list_has_any(phones_l, phones_r)", 0.01, 6e-4, learned=False),
        Level("one digit off", "damerau_levenshtein(phone_l, phone_r) <= 1", 0.04, 1e-4),
        Level("same but for the last two digits", "left(phone_l, 5) = left(phone_r, 5)", 0.06, 1e-3),
        Level("different", "ELSE", 0.23, 0.99),
    ),
)


def _web(left: Columns, right: Columns) -> int:
    email, other_email, domain, other_domain = left["email"], right["email"], left["domain"], right["domain"]
    if (email is None or other_email is None) and (domain is None or other_domain is None):
        return NOTHING
    if email is not None and email == other_email:
        return 0
    return 1 if domain is not None and domain == other_domain else 2


_WEB: Final = Comparison(
    "web",
    "(email_l is null or email_r is null) and (domain_l is null or domain_r is null)",
    _web,
    (
        Level("same e-mail address", "email_l = email_r", 0.4, 2e-5, "email"),
        Level("same domain", "domain_l = domain_r", 0.4, 2e-4, "domain"),
        Level("different", "ELSE", 0.2, 0.999),
    ),
)


def _identifier(left: Columns, right: Columns) -> int:
    if set(left["kinds"]).isdisjoint(right["kinds"]):
        return NOTHING
    return 1 if set(left["identifiers"]).isdisjoint(right["identifiers"]) else 0


_IDENTIFIER: Final = Comparison(
    "identifier",
    "not list_has_any(kinds_l, kinds_r)",
    _identifier,
    (
        Level("one is equal", "list_has_any(identifiers_l, identifiers_r)", 0.95, 1e-6, settles=True),
        Level("different", "ELSE", 0.05, 0.999999, doubt=True),
    ),
)

COMMON: Final = ("name", "address", "phone", "email", "domain")
"""The columns whose common values say less than rare ones."""

CUSTOMERS: Final = Model((_NAME, _ADDRESS, _PHONE, _WEB, _IDENTIFIER), 1e-4, {}, _RAREST)
"""What is assumed about customers before anything is learned."""

"""Bring a customer's fields to the columns that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from mdm import standardise
from mdm.identity import Key, match_keys, strong_identifiers
from mdm.matching.model import Columns
from mdm.matching.words import PLAIN, romanised, stem
from mdm.names.parse import EASTERN, parse
from mdm.names.scripts import script_of

_STREET_TYPES: Final = frozenset(
    [
        "st",
        "str",
        "street",
        "strasse",
        "ave",
        "av",
        "avenue",
        "rd",
        "road",
        "blvd",
        "blv",
        "boulevard",
        "dr",
        "drive",
        "ln",
        "lane",
        "pl",
        "place",
        "plz",
        "plaza",
        "ct",
        "court",
        "hwy",
        "highway",
        "pkwy",
        "parkway",
        "sq",
        "square",
        "ter",
        "terrace",
        "way",
        "cir",
        "circle",
        "trl",
        "trail",
        "expy",
        "rue",
        "via",
        "calle",
        "weg",
        "platz",
        "allee",
        "straat",
        "laan",
    ]
)
_DIRECTIONS: Final = {
    **dict.fromkeys(("n", "s", "e", "w", "ne", "nw", "se", "sw"), ""),
    **dict.fromkeys(("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest"), ""),
}
_ORDINALS: Final = {
    word: f"{number}{ending}"
    for number, ending, word in (
        (1, "st", "first"),
        (2, "nd", "second"),
        (3, "rd", "third"),
        *(
            (number, "th", word)
            for number, word in enumerate(
                ["fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"], 4
            )
        ),
    )
}
_INSIDE: Final = re.compile(
    r"(?:\b(?:suite|ste|apt|apartment|unit|floor|fl|room|rm|building|bldg|at|near|between|bet|off|p\.?o\.? box)\b|#|\().*",
    re.IGNORECASE,
)
_HOUSE: Final = re.compile(r"^\d+[a-z]?$")
_EXTENSION: Final = re.compile(r"(?:x|ext|extension|dw|durchwahl)\.?\s*\d+\s*$", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"[;,|]|\bor\b", re.IGNORECASE)
_FREE_MAIL: Final = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "hotmail.com",
        "outlook.com",
        "live.com",
        "msn.com",
        "aol.com",
        "icloud.com",
        "me.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "t-online.de",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "126.com",
        "sina.com",
        "naver.com",
        "orange.fr",
        "free.fr",
        "wanadoo.fr",
        "libero.it",
        "proton.me",
        "protonmail.com",
        "comcast.net",
        "sbcglobal.net",
        "att.net",
        "verizon.net",
    ]
)
_NUMBER: Final = re.compile(r"^(?:\d+(?:st|nd|rd|th)?|i{2,3}|iv|vi{1,3}|ix|xi{0,3})$")

NAMES: Final = ("name", "legal_name", "company", "organisation", "organization")
STREETS: Final = ("street", "address", "billing_address.street", "address.street", "shipping_address.street")
HOUSES: Final = ("street_number", "house_number")
CODES: Final = ("postal_code", "zip", "billing_address.postal_code", "address.postal_code", "shipping_address.postal_code")
CITIES: Final = ("city", "billing_address.city", "address.city", "shipping_address.city")
REGIONS: Final = ("region", "state", "billing_address.region", "address.region")
COUNTRIES: Final = ("country", "billing_address.country", "address.country", "shipping_address.country")
PHONES: Final = ("phone", "mobile", "fax")


def first(fields: Mapping[str, str], names: Iterable[str]) -> str:
    """Take the first of some fields that has a value.

    >>> first({"city": "Ulm"}, ("town", "city"))
    'Ulm'
    """
    return next((value for name in names if (value := fields.get(name, ""))), "")


def address(street: str, house: str = "") -> tuple[str, str]:
    """Split a street into its name, without type and direction, and the number of the house.

    >>> address("461 E. 111th Street, Suite 4"), address("Kölner Str. 12a"), address("57 W. Fifth St. at 6th Ave")
    (('111th', '461'), ('kolner', '12a'), ('5th', '57'))
    >>> address("North Avenue", "7"), address("Hauptstraße 3")
    (('avenue north', '7'), ('haupt', '3'))
    """
    words = [_ORDINALS.get(word, word) for word in standardise.words(_INSIDE.sub("", street) or street)]
    if not house and words:
        place = 0 if _HOUSE.match(words[0]) else len(words) - 1
        if _HOUSE.match(words[place]) and len(words) > 1:
            house = words.pop(place)
    words = [romanised(re.sub(r"(?<=[^\W\d_]{3})(?:strasse|str|straat)$", "", word)) for word in words]
    kept = [word for word in words if word not in _STREET_TYPES and word not in _DIRECTIONS]
    return " ".join(kept or sorted(words)), house.strip().casefold()


def phones(fields: Mapping[str, str], names: Iterable[str] = PHONES) -> tuple[str, ...]:
    """List the last seven digits of every telephone number, since systems disagree about what comes before them.

    >>> phones({"phone": "+49 (221) 123-4567 ext. 12", "fax": "0221/1234568; 911"})
    ('1234567', '1234568')
    """
    found = (re.sub(r"\D", "", _EXTENSION.sub("", number)) for name in names for number in _SEVERAL.split(fields.get(name, "")))
    return tuple(dict.fromkeys(digits[-7:] for digits in found if len(digits) >= 7 and len(set(digits)) > 1))


def _without(words: list[str], others: frozenset[str]) -> list[str]:
    """Leave out words, unless nothing would be left."""
    return [word for word in words if word not in others] or words


def identifiers(fields: Mapping[str, str]) -> list[Key]:
    """List a customer's identifiers, those that prove identity first, then tax numbers.

    >>> identifiers({"duns": "15-048-3782", "vat_id": "DE 136695976", "country": "DE"})
    [('duns', '150483782'), ('vat_id', 'DE:136695976')]
    """
    weaker = (key for key in match_keys("customer", fields) if key[0] in {"vat_id", "tax_id"})
    return [*strong_identifiers("customer", fields), *weaker]


def eastern(name: str) -> tuple[list[str], str, list[str]]:
    """Take a name in an eastern script apart: its core, how it reads in Latin letters, and the trades that tell sisters apart.

    City and legal form are left out: the one is a field of its own, the other says nothing.

    >>> eastern("上海華新科技有限公司"), eastern("삼성전자 주식회사")
    ((['华新'], 'huaxintechnology', ['technology']), (['삼성'], 'samsung', ['electronics']))
    """
    parts = parse(name)[0]
    reading = parts.brand or "".join(sorted({parts.reading, *map(stem, parts.sectors)}))
    return [word for word in parts.core if word], reading, [*parts.numbers, *sorted(parts.sectors)]


def columns(fields: Mapping[str, str]) -> Columns:
    """Standardise a customer's fields."""
    name = first(fields, NAMES)
    words = [stem(romanised(word)) for word in standardise.words(standardise.core_name(name))]
    city = [romanised(word) for word in standardise.words(first(fields, CITIES))]
    telling = _without(_without(words, PLAIN), frozenset(map(stem, city)) if set(map(stem, city)) <= set(words) else frozenset())
    street, house = address(first(fields, STREETS), first(fields, HOUSES))
    numbers = phones(fields)
    email = standardise.email(fields.get("email", ""))
    domain = standardise.domain(fields.get("website", "")) or email.rpartition("@")[2]
    joined, acronym = "".join(telling), "".join(word[0] for word in words) if len(words) > 2 else ""
    apart = [word for word in set(telling) if _NUMBER.match(word)]
    if script_of(name) in EASTERN:
        telling, acronym, apart = eastern(name)
    proofs = identifiers(fields)
    return {
        "name": "".join(sorted(set(telling))) or None,
        "said": name,
        "near_name": joined if joined.isascii() else "",
        "words": tuple(sorted(set(telling))),
        "acronym": acronym,
        "numbers": " ".join(sorted(apart)),
        "street": street or None,
        "near_street": street if street.isascii() else "",
        "house": house,
        "address": f"{house} {street}" if house and street else None,
        "postal_code": standardise.postal_code(first(fields, CODES), first(fields, COUNTRIES).upper()) or None,
        "city": "".join(city) or None,
        "phone": numbers[0] if numbers else None,
        "phones": numbers,
        "email": email or None,
        "domain": domain if domain and domain not in _FREE_MAIL else None,
        "identifiers": tuple(f"{kind} {value}" for kind, value in proofs),
        "kinds": tuple(dict.fromkeys(kind for kind, _ in proofs)),
    }

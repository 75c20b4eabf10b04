"""Bring a person's fields to the columns that are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mdm import standardise
from mdm.matching.customers.standard import CITIES, CODES, COUNTRIES, HOUSES, PHONES, STREETS, address, first, phones
from mdm.matching.model import Columns
from mdm.matching.words import romanised

_GIVEN: Final = ("given_name", "first_name")
_FAMILY: Final = ("family_name", "last_name", "surname")
_FULL: Final = ("name", "full_name")
_BIRTH: Final = ("birth_date", "date_of_birth", "birthday")
_NUMBERS: Final = ("national_id", "tax_id", "social_security_number")
_EMPLOYERS: Final = ("customer", "company", "organisation")
FIELDS: Final = frozenset(
    (*_GIVEN, *_FAMILY, *_FULL, *_BIRTH, *_NUMBERS, *_EMPLOYERS, *STREETS, *HOUSES, *CODES, *CITIES, *COUNTRIES, *PHONES, "email")
)
"""The fields of a person that count."""

_TITLES: Final = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "dipl", "ing", "mag", "jr", "sr", "phd", "md"]
)


def _name(text: str) -> str:
    return "".join(romanised(word) for word in standardise.words(text) if word not in _TITLES)


def names(fields: Mapping[str, str]) -> tuple[str, str]:
    """Find a person's given and family name, in fields of their own or in one.

    >>> names({"first_name": "Anna-Lena", "last_name": "Löw"}), names({"name": "Dr. Anna Löw"}), names({"name": "Löw, Anna"})
    (('annalena', 'low'), ('anna', 'low'), ('anna', 'low'))
    """
    given, family = first(fields, _GIVEN), first(fields, _FAMILY)
    full = first(fields, _FULL)
    if not given and not family and full:
        before, comma, after = full.partition(",")
        words = [word for word in full.split() if standardise.fold(word).strip(".") not in _TITLES]
        given, family = (after, before) if comma else (" ".join(words[:-1]), words[-1] if words else "")
    return _name(given), _name(family)


def columns(fields: Mapping[str, str]) -> Columns:
    """Standardise a person's fields."""
    given, family = names(fields)
    street, house = address(first(fields, STREETS), first(fields, HOUSES))
    numbers = phones(fields)
    city = "".join(map(romanised, standardise.words(first(fields, CITIES))))
    return {
        "given": given,
        "family": family,
        "near_given": given if given.isascii() else "",
        "near_family": family if family.isascii() else "",
        "name": " ".join(sorted((given, family))) if given and family else None,
        "birth": re.sub(r"\D", "", first(fields, _BIRTH)) or None,
        "number": standardise.model_number(first(fields, _NUMBERS)) or None,
        "street": street.replace(" ", "") or None,
        "near_street": street.replace(" ", "") if street.isascii() else "",
        "house": house or None,
        "postal_code": standardise.postal_code(first(fields, CODES), first(fields, COUNTRIES).upper()) or None,
        "city": city or None,
        "near_city": city if city.isascii() else "",
        "phone": numbers[0] if numbers else None,
        "phones": numbers,
        "email": standardise.email(fields.get("email", "")) or None,
        "employer": standardise.name_key(first(fields, _EMPLOYERS)) or None,
    }

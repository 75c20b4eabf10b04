"""Bring what sellers write about a product to words, numbers, measures and model numbers that compare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mdm.standardise import fold

NAME: Final = ("name", "title")
MAKER: Final = ("brand", "manufacturer", "maker")
DESCRIPTION: Final = ("description",)
PRICE: Final = ("price",)
MODEL: Final = ("manufacturer_number", "model_number", "model", "mpn", "number", "sku")

_PIECE: Final = re.compile(r"[^\W_]+(?:[-/.#][^\W_]+)*")
_JOINT: Final = re.compile(r"[-/.#]")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_INCH: Final = re.compile(r"""(?<=\d)\s*(?:''|"|'|”|″|-?\s?inch(?:es)?\b|-?\s?in\b\.?)""")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}\b)")
_VERSION: Final = re.compile(r"\b(?:v|ver|vers|version)\.?\s?(?=\d)")
_ZEROS: Final = re.compile(r"(?<=\d)\.0+\b")
_PLURAL: Final = re.compile(r"(?<=[a-rt-z]{3})s$")
_OUTSIDE: Final = re.compile(r"[\W_]+")
_AMOUNT: Final = re.compile(r"\d+(?:[.,]\d{3})*(?:[.,]\d+)?")

_UNITS: Final[Mapping[str, str]] = {
    spelling: unit
    for unit, spellings in {
        "kb": "kb kilobyte kilobytes",
        "mb": "mb megabyte megabytes",
        "gb": "gb gigabyte gigabytes",
        "tb": "tb terabyte terabytes",
        "hz": "hz hertz",
        "mhz": "mhz megahertz",
        "ghz": "ghz gigahertz",
        "mm": "mm millimeter millimeters millimetre millimetres",
        "cm": "cm centimeter centimeters centimetre centimetres",
        "inch": "inch",
        "ft": "ft foot feet",
        "g": "g gram grams gramme grammes",
        "kg": "kg kilogram kilograms",
        "oz": "oz ounce ounces",
        "lb": "lb lbs pound pounds",
        "ml": "ml milliliter milliliters millilitre millilitres",
        "l": "l liter liters litre litres",
        "v": "v volt volts",
        "w": "w watt watts",
        "mp": "mp megapixel megapixels",
        "x": "x",
        "dpi": "dpi",
        "rpm": "rpm",
        "btu": "btu btus",
        "user": "user users",
        "pack": "pk pack packs",
        "piece": "pc pcs piece pieces",
        "year": "yr yrs year years",
    }.items()
    for spelling in spellings.split()
}
_MEASURE: Final = re.compile(r"(\d+(?:\.\d+)?)[\s-]*(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")\b")


@dataclass(frozen=True, slots=True)
class Product:
    """A product's text, standardised: ``codes`` are model numbers, ``compact`` the name and ``whole`` all text without spaces."""

    name: tuple[str, ...]
    maker: tuple[str, ...]
    description: tuple[str, ...]
    numbers: frozenset[str]
    measures: frozenset[str]
    codes: tuple[str, ...]
    compact: str
    whole: str
    price: float | None


def product(fields: Mapping[str, str]) -> Product:
    """Standardise a record's fields; a missing field is an empty value.

    >>> found = product({"name": "Acme V2.0 Drill 18-Volt - DR-1840/B", "price": "$1,299.00"})
    >>> found.name, found.codes, sorted(found.measures), found.price
    (('acme', '2', 'drill', '18', 'volt', 'dr', '1840', 'b'), ('dr1840b',), ['18v'], 1299.0)
    """
    name = cleaned(_first(fields, NAME))
    maker = cleaned(_first(fields, MAKER))
    description = cleaned(_first(fields, DESCRIPTION))
    model = _OUTSIDE.sub("", fold(_first(fields, MODEL)))
    words = split_words(name)
    compact = _OUTSIDE.sub("", name) + model
    return Product(
        name=tuple(words),
        maker=tuple(split_words(maker)),
        description=tuple(split_words(description)),
        numbers=frozenset(word for word in words if _NUMBER.fullmatch(word)),
        measures=measures(name),
        codes=tuple(dict.fromkeys(([model] if model else []) + model_numbers(name) + model_numbers(description))),
        compact=compact,
        whole=compact + _OUTSIDE.sub("", description),
        price=amount(_first(fields, PRICE)),
    )


def _first(fields: Mapping[str, str], names: Sequence[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def cleaned(text: str) -> str:
    """Fold letters, and spell inches, versions and whole numbers in one way.

    >>> cleaned("Café 19'' Monitor ver. 3.00, 1,000 hours & more")
    'cafe 19 inch  monitor  3, 1000 hours  and  more'
    """
    text = _THOUSANDS.sub("", fold(text))
    text = _ZEROS.sub("", _VERSION.sub(" ", _INCH.sub(" inch ", text)))
    return text.replace("&", " and ")


def split_words(text: str) -> list[str]:
    """Split cleaned text into words and numbers; a plural is its singular.

    >>> split_words("3.5 inch drives, win/mac")
    ['3.5', 'inch', 'drive', 'win', 'mac']
    """
    found: list[str] = []
    for match in _PIECE.finditer(text):
        parts = [match[0]] if _NUMBER.fullmatch(match[0]) else _JOINT.split(match[0])
        found.extend(_PLURAL.sub("", part) for part in parts)
    return found


def model_numbers(text: str) -> list[str]:
    """Find what looks like a model number, separators taken out: letters with digits, or many digits.

    >>> model_numbers("acme drill ps-lx350h 910000153 with 18v battery for 4x4")
    ['pslx350h', '910000153']
    """
    found = []
    for match in _PIECE.finditer(text):
        if _NUMBER.fullmatch(match[0]):
            if len(match[0]) >= 5 and "." not in match[0]:
                found.append(match[0])
            continue
        code = _JOINT.sub("", match[0])
        if len(code) >= 4 and any(letter.isdigit() for letter in code) and not _MEASURE.fullmatch(code):
            found.append(code)
    return found


def measures(text: str) -> frozenset[str]:
    """Find numbers with a unit, each unit spelt in one way.

    >>> sorted(measures("10 feet cable, 2-pack, 512megabytes"))
    ['10ft', '2pack', '512mb']
    """
    return frozenset(match[1] + _UNITS[match[2]] for match in _MEASURE.finditer(text))


def amount(text: str) -> float | None:
    """Read a price; nothing and zero are no price.

    >>> amount("EUR 1.299,50"), amount("$1,299"), amount("19.9"), amount("0.0"), amount("ask")
    (1299.5, 1299.0, 19.9, None, None)
    """
    match = _AMOUNT.search(text)
    if match is None:
        return None
    number = match[0]
    places = re.search(r"[.,](\d+)$", number)
    decimals = places[1] if places is not None and len(places[1]) != 3 else ""
    whole = re.sub(r"[.,]", "", number[: -len(decimals) - 1] if decimals else number)
    return float(f"{whole}.{decimals or 0}") or None

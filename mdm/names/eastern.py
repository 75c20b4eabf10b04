"""Names without spaces: the core is compared to the letter, then what the companies do, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.names import lexicon
from mdm.names.likeness import Likeness, listed
from mdm.names.scripts import latin, pinyin, skeleton

if TYPE_CHECKING:
    from mdm.names.parse import Name


def compare_eastern(left: Name, right: Name) -> Likeness:
    """Compare two names in eastern scripts: one character is a whole word, so nothing is a slip."""
    if left.core == right.core:
        return _same_core(left, right)
    if left.brand and left.brand == right.brand and left.sectors == right.sectors:
        return Likeness(0.9, (f"both are {left.brand}",))
    return Likeness(0.1, (f"other core: {left.core[0]} and {right.core[0]}",))


def _same_core(left: Name, right: Name) -> Likeness:
    """Weigh what stands around a core: many companies share one, in other trades and cities."""
    for kind, one, other in (
        ("trade", left.sectors, right.sectors),
        ("country", left.countries, right.countries),
        ("number", frozenset(left.numbers), frozenset(right.numbers)),
    ):
        if one != other:
            return Likeness(0.2 if one and other else 0.5, (f"same core, other {kind}: {listed(one)} and {listed(other)}",))
    if left.city != right.city:
        if left.city and right.city:
            return Likeness(0.2, (f"same core, other city: {left.city} and {right.city}",))
        return Likeness(0.8, (f"same core, only one is of {left.city or right.city}",))
    if left.generic != right.generic:
        return Likeness(0.85, (f"same core, only one is {listed(left.generic ^ right.generic)}",))
    return Likeness(1.0, ("same core",))


def compare_across(eastern: Name, western: Name) -> Likeness:
    """Compare a name in an eastern script with one in Latin letters, by how it reads: many read alike, so a person looks."""
    joined = "".join(word for word in western.core if lexicon.CONCEPTS.get(word, word) not in lexicon.SECTORS)
    brand = western.brand or lexicon.ALIASES.get(joined, "")
    if eastern.brand != brand:
        return Likeness(0.3, (f"{brand or eastern.brand} is a brand, and is written otherwise",))
    readings = {eastern.reading, reading_of_city(eastern.city) + eastern.reading, brand} - {""}
    if not any(one == joined or skeleton(one) == skeleton(joined) for one in readings):
        return Likeness(0.1, (f"reads otherwise: {eastern.reading}",))
    if eastern.sectors and western.sectors and eastern.sectors != western.sectors:
        other = f"{listed(eastern.sectors)} and {listed(western.sectors)}"
        return Likeness(0.3, (f"reads the same, does something else: {other}",))
    if eastern.countries != western.countries:
        return Likeness(0.5, ("reads the same, in another country",))
    return Likeness(0.85, ("reads the same",))


def reading_of_city(city: str) -> str:
    """Say how a city is called in Latin letters.

    >>> reading_of_city("北京"), reading_of_city("香港"), reading_of_city("서울"), reading_of_city("")
    ('beijing', 'hongkong', 'seoul', '')
    """
    return lexicon.CITY_NAMES.get(city) or latin(pinyin(city) if city else "")

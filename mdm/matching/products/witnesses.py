"""When two products may be merged without anybody being asked: several witnesses agree, and nothing speaks against it."""

from __future__ import annotations

from collections.abc import Collection
from math import log
from typing import Final

from mdm.matching.products.features import maker_named
from mdm.matching.products.text import Product

_ABOVE: Final = 3.0
"""So far (in log odds) a pair stands above the next best of either record: twenty times likelier."""

_LIKELY: Final = 0.75

_PRICE: Final = log(1.25)
_NUMBER: Final = 5
"""A shared model number of so many letters is a witness."""


def doubts(left: Product, right: Product, above: float, likely: float) -> list[str]:
    """Say why a person should look at a pair; nothing if it may be merged without being asked.

    ``above`` is how far it stands above the best other pair of either record, ``likely`` what the trees make of it by itself.

    >>> from mdm.matching.products.text import product
    >>> drill = product({"name": "Acme Drill DR-1840", "brand": "Acme", "price": "99"})
    >>> doubts(drill, product({"name": "Acme drill 18 V (DR1840)", "price": "95"}), above=5.0, likely=0.9)
    []
    >>> doubts(drill, product({"name": "Acme drill DR1840", "price": "49"}), above=1.0, likely=0.9)
    ['Another record is nearly as much alike.', 'The prices are far apart.']
    """
    found = []
    if above < _ABOVE:
        found.append("Another record is nearly as much alike.")
    if likely < _LIKELY:
        found.append("What they say of themselves is not alike enough.")
    if maker_named(left, right) < 1:
        found.append("The maker that one states is not named by the other.")
    priced = left.price is not None and right.price is not None
    near = left.price is not None and right.price is not None and abs(log(left.price / right.price)) <= _PRICE
    if priced and not near:
        found.append("The prices are far apart.")
    if not same_number(left, right) and not near:
        found.append("Neither a model number nor a price confirms it.")
    if differing_units(left.measures, right.measures):
        found.append("They state different sizes.")
    return found


def same_number(left: Product, right: Product) -> bool:
    """Tell whether both names hold a model number; what only a description holds may be that of another product."""
    codes = (code for code in {*left.codes, *right.codes} if len(code) >= _NUMBER)
    return any(code in left.compact and code in right.compact for code in codes)


def differing_units(left: Collection[str], right: Collection[str]) -> set[str]:
    """Find units in which both state measures, but not one that is the same.

    >>> differing_units({"18v", "10ft"}, {"12v", "10ft", "2pack"})
    {'v'}
    """
    here, there = by_unit(left), by_unit(right)
    return {unit for unit in here.keys() & there.keys() if here[unit].isdisjoint(there[unit])}


def by_unit(measures: Collection[str]) -> dict[str, set[str]]:
    """Sort measures by their unit.

    >>> by_unit(["18v"])
    {'v': {'18'}}
    """
    sorted_: dict[str, set[str]] = {}
    for measure in measures:
        unit = measure.lstrip("0123456789.")
        sorted_.setdefault(unit, set()).add(measure.removesuffix(unit))
    return sorted_

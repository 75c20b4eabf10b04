"""How two products that are given are judged: by what both say, without the rest of the catalogue to hold them against."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, log
from typing import Final

from rapidfuzz import fuzz

from mdm.identity import STRONG, contradictions, strong_identifiers
from mdm.matching.given import Given
from mdm.matching.model import NOTHING, Columns, Comparison, Level, Model
from mdm.matching.products.codes import common_start
from mdm.matching.products.features import maker_named
from mdm.matching.products.text import DESCRIPTION, MAKER, MODEL, NAME, PRICE, product
from mdm.matching.products.witnesses import differing_units, same_number

_SIDE_BY_SIDE: Final = 0.1
_ALIKE: Final = (90.0, 75.0, 60.0, 45.0)
_START: Final = 0.7
"""Two model numbers that are alike to this share differ by a suffix: a colour or a country, perhaps another model."""


def _columns(fields: Mapping[str, str]) -> Columns:
    return {"product": product(fields), "proofs": strong_identifiers("product", fields)}


def _identifier(left: Columns, right: Columns) -> int:
    here, there = set(left["proofs"]), set(right["proofs"])
    if {kind for kind, _ in here}.isdisjoint(kind for kind, _ in there):
        return NOTHING
    return 0 if here & there else 1


def _model_number(left: Columns, right: Columns) -> int:
    one, other = left["product"], right["product"]
    if not one.codes or not other.codes:
        return NOTHING
    if same_number(one, other):
        return 0
    shares = (2 * common_start(mine, its) / (len(mine) + len(its)) for mine in one.codes for its in other.codes)
    return 1 if max(shares) >= _START else 2


def _name(left: Columns, right: Columns) -> int:
    one, other = (" ".join(side["product"].name) for side in (left, right))
    if not one or not other:
        return NOTHING
    alike = (fuzz.token_sort_ratio(one, other) + fuzz.token_set_ratio(one, other)) / 2
    return next((place for place, least in enumerate(_ALIKE) if alike >= least), len(_ALIKE))


def _size(left: Columns, right: Columns) -> int:
    one, other = left["product"].measures, right["product"].measures
    if not one or not other:
        return NOTHING
    return 1 if differing_units(one, other) else 0 if one & other else NOTHING


def _number(left: Columns, right: Columns) -> int:
    one, other = left["product"].numbers, right["product"].numbers
    if not one and not other:
        return NOTHING
    return 0 if one == other else 2 if one.isdisjoint(other) and one and other else 1


def _maker(left: Columns, right: Columns) -> int:
    share = maker_named(left["product"], right["product"])
    return NOTHING if isnan(share) else 0 if share == 1 else 1 if share > 0 else 2


def _price(left: Columns, right: Columns) -> int:
    one, other = left["product"].price, right["product"].price
    if one is None or other is None:
        return NOTHING
    apart = abs(log(one / other))
    return next((place for place, most in enumerate((0.1, 0.3, 0.7)) if apart <= most), 3)


PRODUCTS: Final = Model(
    (
        Comparison(
            "identifier",
            "",
            _identifier,
            (Level("equal", "", 0.95, 1e-4, settles=True), Level("different", "", 0.05, 0.9999, doubt=True)),
        ),
        Comparison(
            "model number",
            "",
            _model_number,
            (
                Level("equal", "", 0.85, 0.06),
                Level("alike but for the end", "", 0.08, 0.06, doubt=True),
                Level("different", "", 0.07, 0.88, doubt=True),
            ),
        ),
        Comparison(
            "name",
            "",
            _name,
            (
                Level("nearly equal", "", 0.18, 0.01),
                Level("much alike", "", 0.43, 0.1),
                Level("alike", "", 0.33, 0.5, doubt=True),
                Level("somewhat alike", "", 0.05, 0.36, doubt=True),
                Level("different", "", 0.01, 0.4, doubt=True),
            ),
        ),
        Comparison("size", "", _size, (Level("one is equal", "", 0.93, 0.45), Level("different", "", 0.07, 0.55, doubt=True))),
        Comparison(
            "numbers in the name",
            "",
            _number,
            (
                Level("equal", "", 0.36, 0.1),
                Level("some are equal, or only one has any", "", 0.6, 0.57),
                Level("different", "", 0.04, 0.33, doubt=True),
            ),
        ),
        Comparison(
            "maker",
            "",
            _maker,
            (
                Level("named by the other", "", 0.75, 0.5),
                Level("named in part", "", 0.1, 0.1),
                Level("different", "", 0.15, 0.4, doubt=True),
            ),
        ),
        Comparison(
            "price",
            "",
            _price,
            (
                Level("nearly equal", "", 0.46, 0.1),
                Level("near", "", 0.32, 0.18),
                Level("apart", "", 0.19, 0.27, doubt=True),
                Level("far apart", "", 0.03, 0.45, doubt=True),
            ),
        ),
    ),
    _SIDE_BY_SIDE,
    {},
    1e-7,
)
"""How much fields say about two products that are put side by side."""


def _against(left: Columns, right: Columns) -> list[str]:
    return [f"strong identifiers contradict: {kind}" for kind in contradictions(left["proofs"], right["proofs"])]


def _doubts(left: Columns, right: Columns) -> list[str]:
    if _identifier(left, right) == 0 or _model_number(left, right) == 0:
        return []
    return ["Neither an identifier nor a model number confirms it."]


def _remarks(left: Columns, right: Columns) -> Mapping[str, str]:
    one, other = left["product"], right["product"]
    found = {"model number": f"{' '.join(one.codes[:3])} and {' '.join(other.codes[:3])}"} if one.codes and other.codes else {}
    units = sorted(differing_units(one.measures, other.measures))
    return found | ({"size": f"other {' '.join(units)}"} if units else {})


GIVEN: Final = Given(
    frozenset((*NAME, *MAKER, *DESCRIPTION, *PRICE, *MODEL, *STRONG["product"])), _columns, PRODUCTS, _against, _remarks, _doubts
)
"""How products that are given are judged."""

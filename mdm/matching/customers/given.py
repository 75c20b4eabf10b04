"""How two customers that are given are judged: as when all are matched, but for names, which are read as a person would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mdm.identity import STRONG, contradictions
from mdm.matching.customers.comparisons import CUSTOMERS
from mdm.matching.customers.matching import proofs
from mdm.matching.customers.standard import (
    CITIES,
    CODES,
    COUNTRIES,
    HOUSES,
    NAMES,
    PHONES,
    REGIONS,
    STREETS,
    columns,
)
from mdm.matching.given import Given
from mdm.matching.model import NOTHING, Columns, Comparison, Level, Model
from mdm.names.compare import LIKELY, SURE, compare
from mdm.names.likeness import GOOD

_NUMBERS: Final = (*STRONG["customer"], "vat_id", "tax_id")
_SIDE_BY_SIDE: Final = 0.06
"""So often two customers are one that somebody, or a key, puts side by side."""

_BETTER: Final = (1.0, SURE, GOOD, LIKELY, 0.4, 0.25)
"""The likeness of names from which they take each level."""


def _said(fields: Mapping[str, str]) -> Columns:
    numbers = {name: re.sub(r"[\W_]+", "", fields[name]).upper() for name in _NUMBERS if name in fields}
    return {**columns(fields), "claimed": numbers}


def _name(left: Columns, right: Columns) -> int:
    if not left["said"] or not right["said"]:
        return NOTHING
    score = compare(left["said"], right["said"]).score
    return next((place for place, least in enumerate(_BETTER) if score >= least), len(_BETTER))


_NAME: Final = Comparison(
    "name",
    "",
    _name,
    (
        Level("the same", "", 0.45, 2e-4),
        Level("spelt alike", "", 0.2, 1e-4),
        Level("likely the same", "", 0.13, 1.4e-3, doubt=True),
        Level("perhaps the same", "", 0.07, 4e-3, doubt=True),
        Level("one says more", "", 0.09, 0.09, doubt=True),
        Level("rather different", "", 0.03, 0.12, doubt=True),
        Level("different", "", 0.02, 0.78, doubt=True),
    ),
)


def _against(left: Columns, right: Columns) -> list[str]:
    found = contradictions(proofs(left), proofs(right))
    return [f"strong identifiers contradict: {kind}" for kind in found]


def _doubts(left: Columns, right: Columns) -> list[str]:
    """Find identifiers that differ as they are written: even one that is not valid says that somebody took the two for two."""
    here, there = left["claimed"], right["claimed"]
    both = [(name, here[name], there[name]) for name in _NUMBERS if here.get(name) and there.get(name)]
    return [f"{name} differs" for name, one, other in both if not one.endswith(other) and not other.endswith(one)]


def _remarks(left: Columns, right: Columns) -> Mapping[str, str]:
    return {"name": "; ".join(compare(left["said"], right["said"]).why)} if left["said"] and right["said"] else {}


GIVEN: Final = Given(
    frozenset((*NAMES, *STREETS, *HOUSES, *CODES, *CITIES, *REGIONS, *COUNTRIES, *PHONES, "email", "website", *_NUMBERS)),
    _said,
    Model((_NAME, *CUSTOMERS.comparisons[1:]), _SIDE_BY_SIDE, {}, CUSTOMERS.rarest),
    _against,
    _remarks,
    _doubts,
)
"""How customers that are given are judged."""

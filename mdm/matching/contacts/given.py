"""How two persons that are given are judged: as when all are matched; a name alone proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mdm.matching.contacts.comparisons import CONTACTS
from mdm.matching.contacts.standard import FIELDS, columns
from mdm.matching.given import Given
from mdm.matching.model import NOTHING, Columns, Model

_SIDE_BY_SIDE: Final = 0.06
_APART: Final = 2
"""The level at which national numbers are not even nearly equal."""


def _against(left: Columns, right: Columns) -> list[str]:
    """Persons have no identifier that is free of typing errors."""
    del left, right
    return []


def _doubts(left: Columns, right: Columns) -> list[str]:
    levels = dict(zip((comparison.name for comparison in CONTACTS.comparisons), CONTACTS.levels(left, right), strict=True))
    found = ["national number: different"] if levels["national number"] == _APART else []
    if levels["name"] != NOTHING and all(level == NOTHING for name, level in levels.items() if name != "name"):
        found.append("Nothing but the name is known of both, and many persons share a name.")
    return found


def _remarks(left: Columns, right: Columns) -> Mapping[str, str]:
    del left, right
    return {}


GIVEN: Final = Given(
    FIELDS, columns, Model(CONTACTS.comparisons, _SIDE_BY_SIDE, {}, CONTACTS.rarest), _against, _remarks, _doubts
)
"""How persons that are given are judged."""

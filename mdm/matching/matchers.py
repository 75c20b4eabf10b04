"""Which matcher is asked for which entity; its libraries are loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from ltc.core.errors import Misconfigured
from mdm.matching.records import MatchRecord, Pair, ScoredPair, Task

_HOMES: Final[Mapping[str, str]] = {
    "contact": "mdm.matching.contacts.matching",
    "customer": "mdm.matching.customers.matching",
    "product": "mdm.matching.products.matching",
}


class Match(Protocol):
    """Finds and scores the pairs of records that may be the same thing."""

    def __call__(
        self,
        records: Sequence[MatchRecord],
        entity: str,
        task: Task,
        free: frozenset[str],
        labels: Mapping[Pair, bool],
    ) -> list[ScoredPair]:
        """Score every candidate; ``labels`` say of some pairs what a steward decided."""


def matcher(entity: str) -> Match:
    """Load the matcher of an entity."""
    if entity not in _HOMES:
        known = ", ".join(sorted(_HOMES)) or "nothing yet"
        raise Misconfigured(f"There is no matcher for {entity}.", remedy=f"There is one for {known}.", code="matching.entity")
    return cast("Match", import_module(_HOMES[entity]).match)

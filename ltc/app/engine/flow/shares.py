"""Shares: what of a document belongs to one of several sources, as its rows say by what they refer to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from ltc.core.models import paths
from ltc.core.models.leaves import list_of, references, row_of
from ltc.core.models.money import quantise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.state import GoldenState


class Part(NamedTuple):
    """The source for which a document is counted."""

    entity: str
    hub_id: str


class Share(NamedTuple):
    """What of a document is a source's: which of its rows, and how much of its amounts.

    ``rows`` are the rows that refer to some source, by source; without any, all of the document is its only source's. ``weights``
    are what these rows are worth, None if that is not known of one of them.
    """

    source: str
    rows: Mapping[str, str]
    weights: Mapping[str, Decimal] | None

    def has(self, leaf: str) -> bool:
        """Tell whether a value of a row is the source's."""
        return not self.rows or self.rows.get(row_of(leaf)) == self.source

    def of(self, amount: Decimal, currency: str) -> Decimal | None:
        """Give the source's share of an amount of the whole document, None if it cannot be told; all shares sum up to it."""
        sources = sorted({*self.rows.values()})
        if not sources or sources == [self.source]:
            return amount
        if self.source not in sources:
            return Decimal()
        if self.weights is None or not (whole := sum(self.weights.values())):
            return None if amount else Decimal()
        before = sum((self.weights[one] for one in sources if one < self.source), Decimal())
        upto = before + self.weights[self.source]
        return quantise(amount * upto / whole, currency) - quantise(amount * before / whole, currency)


def share_of(golden: GoldenState, part: Part | None) -> Share:
    """Find what of a document is a source's; without a source, all of it is."""
    if part is None:
        return Share("", {}, {})
    rows = {
        row_of(leaf): target for leaf, entity, target in references(golden.entity, golden.leaves)
        if entity == part.entity and row_of(leaf)
    }  # fmt: skip
    weights: dict[str, Decimal] | None = {}
    for row, source in rows.items():
        worth = _worth(golden.entity, row, golden.leaves)
        weights = None if worth is None or weights is None else {**weights, source: weights.get(source, Decimal()) + worth}
    return Share(part.hub_id, rows, weights)


def _worth(entity: str, row: str, leaves: Mapping[str, Any]) -> Decimal | None:
    """Say what a row is worth: its total, or the first amount that such rows have."""
    fields = paths(entity)[list_of(row)].fields
    names = sorted((name for name, info in fields.items() if info.type == "money"), key=lambda name: name != "line_total")
    value = leaves.get(f"{row}.{names[0]}") if names else None
    return Decimal(value["amount"]) if value else None

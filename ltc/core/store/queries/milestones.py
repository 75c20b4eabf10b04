"""Milestones: which states a golden record reached, and when in business time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.store.tables import milestone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.core.store.door import Tx
    from ltc.core.store.queries.paging import Document

_SHOWN = ("state", "occurred_at", "source", "precision")
_ORDER = ("hub_id", "occurred_at", "recorded_at", "place")


def milestones_of(tx: Tx, hub_ids: Iterable[str]) -> dict[str, list[Document]]:
    """Give the milestones of golden records, by hub id, in the order in which they happened."""
    found: dict[str, list[Document]] = {}
    for row in sorted(tx.select_in(milestone, (*_ORDER, *_SHOWN), "hub_id", hub_ids)):
        found.setdefault(row[0], []).append(dict(zip(_SHOWN, row[len(_ORDER) :], strict=True)))
    return found

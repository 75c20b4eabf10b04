"""Dates: how old a document is, and whether a flow may still derive from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.flow.form import Flow

DATES = (
    "closed_at", "accepted_at", "signed_at", "completed_at", "shipped_at", "issue_date", "paid_date", "order_date", "close_date",
    "created_at",
)  # fmt: skip
"""What says how old a document is; the first that it has."""


def day_of(leaves: Mapping[str, Any], known_since: str = "") -> str:
    """Name the day that a document counts from; ``known_since`` is what counts if the document says nothing.

    >>> day_of({"close_date": "2026-03-01", "created_at": "2025-12-31T10:00:00Z"}), day_of({}, "2026-04-01T00:00:00Z")
    ('2026-03-01', '2026-04-01')
    """
    return str(next((leaves[name] for name in DATES if leaves.get(name)), known_since))[:10]


def is_young(flow: Flow, leaves: Mapping[str, Any], known_since: str = "") -> bool:
    """Tell whether a document is young enough to be derived from; older ones are linked if found, never derived.

    A document whose day nobody knows is.
    """
    day = day_of(leaves, known_since)
    return not flow.live_from or not day or day >= flow.live_from

"""What `ltc mdm` shows a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.cli.frame import Frame

_NAMES = ("name", "legal_name", "title", "last_name", "family_name")


def pairs_table(frame: Frame, document: Mapping[str, Any]) -> None:
    """Show judged pairs, a line each, and how many there are of each kind."""
    rows = [
        (number, _named(row, "a."), _named(row, "b."), f"{row['score']:.3f}", row["decision"], reasons(row["why"]))
        for number, row in enumerate(document["pairs"], 1)
    ]
    frame.table(("", "one", "other", "score", "decision", "why"), rows)
    frame.print(", ".join(f"{count} {decision}" for decision, count in document["totals"].items()) + ".")


def _named(row: Mapping[str, str], side: str) -> str:
    return next((row[side + name] for name in _NAMES if row.get(side + name)), "")


def reasons(why: Iterable[Mapping[str, Any]]) -> str:
    """Put the weights of fields into one line, the weightiest first.

    >>> reasons([{"field": "phone", "level": "different", "weight": -2.0}, {"field": "name", "level": "equal", "weight": 11.1}])
    'name +11.1, phone -2.0'
    """
    weighty = sorted(why, key=lambda one: -abs(one["weight"]))
    return ", ".join(f"{one['field']} {one['weight']:+.1f}" for one in weighty if abs(one["weight"]) >= 0.05)

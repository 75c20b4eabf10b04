"""Alerts on a terminal: what is wrong, since when, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.cli.times import minute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ltc.app.cli.frame import Frame


def show_alerts(frame: Frame, alerts: Sequence[Mapping[str, Any]], *, empty: str = "") -> None:
    """Show each alert with what to do about it."""
    rows = [
        (
            one["severity"] if one["state"] == "on" else f"over {minute(one['over_at'])}",
            one["code"], one["subject"], minute(one["since"]), one["message"], one["remedy"],
        )
        for one in alerts
    ]  # fmt: skip
    if rows or empty:
        frame.table(("", "code", "where", "since", "what", "what to do"), rows, empty=empty)


def show_undelivered(frame: Frame, undelivered: Sequence[Mapping[str, Any]]) -> None:
    """Show by which channels people could not be told."""
    if undelivered:
        frame.print("\nnotices that could not be delivered")
        rows = [(one["channel"], one["notices"], minute(one["since"]), one["attempts"], one["error"]) for one in undelivered]
        frame.table(("channel", "notices", "since", "attempts", "why"), rows)

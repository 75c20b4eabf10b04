"""Times on a terminal: how long ago, and when."""

from __future__ import annotations

from typing import Final

_SPANS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def ago(seconds: float | None) -> str:
    """Say how long ago something was.

    >>> ago(None), ago(12.3), ago(7_300.0)
    ('never', '12 s ago', '2 h ago')
    """
    return "never" if seconds is None else f"{span(seconds)} ago"


def span(seconds: float | None) -> str:
    """Say how long something lasts, in its largest unit.

    >>> span(None), span(59), span(200_000)
    ('', '59 s', '2 d')
    """
    if seconds is None:
        return ""
    return next((f"{int(seconds // size)} {name}" for size, name in _SPANS if seconds >= size), f"{int(seconds)} s")


def minute(at: str | None) -> str:
    """Show a moment to the minute, in UTC.

    >>> minute("2026-06-01T12:00:30.000000Z"), minute(None)
    ('2026-06-01 12:00', '')
    """
    return (at or "")[:16].replace("T", " ")

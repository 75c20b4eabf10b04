"""Times on a terminal: how long ago, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import click

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


def moment_of(text: str, zone: str, option: str) -> datetime:
    """Read a day or a moment; one without a zone is in this one.

    >>> moment_of("2026-03-01", "Europe/Berlin", "--since").isoformat()
    '2026-03-01T00:00:00+01:00'
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time: write 2026-03-01, 2026-03-01T08:00 or 2026-03-01T08:00Z."
        raise click.BadParameter(message, param_hint=option) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))

"""Windows of silence: times of the week in which a job does not start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_FORM: Final = re.compile(r"(?:(?P<days>[a-z]{3}(?:[-,][a-z]{3})*))?\s*(?:(?P<start>\d{2}:\d{2})-(?P<end>\d{2}:\d{2}))?")


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes of some days; a window that ends before it begins lasts into the next day."""

    days: frozenset[int]
    start: int
    end: int

    def covers(self, local: datetime) -> bool:
        """Tell whether a moment on the wall clock lies in the window; its end does not.

        >>> from datetime import datetime
        >>> night = read_window("mon-fri 22:00-06:00")
        >>> [night.covers(datetime(2026, 3, day, hour)) for day, hour in ((6, 23), (7, 5), (7, 6), (7, 23))]
        [True, True, False, False]
        """
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= minute < self.end
        return (today in self.days and minute >= self.start) or ((today - 1) % 7 in self.days and minute < self.end)


def read_window(text: str) -> Window:
    """Read days, hours or both, such as `sat,sun`, `22:00-06:00` or `mon-fri 08:00-18:00`; raise ValueError with a reason.

    >>> read_window("sat,sun") == Window(frozenset({5, 6}), 0, 24 * 60)
    True
    """
    found = _FORM.fullmatch(text.strip().lower())
    if found is None or not text.strip():
        msg = f"{text!r} is not a window of time: write days, hours or both, such as `mon-fri 22:00-06:00` or `sat,sun`"
        raise ValueError(msg)
    start, end = (_minute(found[name]) if found[name] else default for name, default in (("start", 0), ("end", _DAY)))
    if start == end:
        msg = f"{text!r} begins and ends at the same time"
        raise ValueError(msg)
    return Window(_days(found["days"] or "mon-sun"), start, end)


def is_always(windows: Sequence[Window]) -> bool:
    """Tell whether windows leave no minute of the week."""
    silent = {
        (day * _DAY + minute) % (7 * _DAY)
        for window in windows
        for day in window.days
        for minute in range(window.start, window.end if window.start < window.end else window.end + _DAY)
    }
    return len(silent) == 7 * _DAY


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if int(hour) > 24 or int(minute) > 59 or (int(hour) == 24 and minute != "00"):
        msg = f"{text!r} is not a time of day"
        raise ValueError(msg)
    return int(hour) * 60 + int(minute)


def _days(text: str) -> frozenset[int]:
    """Count the days from Monday as 0; a range may go over the end of the week.

    >>> sorted(_days("sat-mon,wed"))
    [0, 2, 5, 6]
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        for word in (first, last or first):
            if word not in _DAYS:
                msg = f"{word!r} is not a day: use {', '.join(_DAYS)}"
                raise ValueError(msg)
        begin, span = _DAYS.index(first), (_DAYS.index(last or first) - _DAYS.index(first)) % 7
        found |= {(begin + step) % 7 for step in range(span + 1)}
    return frozenset(found)

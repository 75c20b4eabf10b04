"""Durations as people write them: `15 minutes`, `2h`, `90 days`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator

from ltc.core.yamlfile import WrongValue

_TEXT: Final = re.compile(r"\s*(\d{1,9})\s*([a-z]+)\s*")
_SECONDS: Final = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_LONGEST: Final = 365_000 * 86_400


def duration(text: Any) -> timedelta:
    """Read a duration; raise ValueError with a sentence.

    >>> duration("15 minutes"), duration("2h"), duration("0s")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=7200), datetime.timedelta(0))
    """
    if isinstance(text, timedelta):
        return text
    found = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[2] not in _SECONDS:
        msg = f"{text!r} is not a duration, which is a number and a unit."
        raise WrongValue(msg, "Write for example `15 minutes`, `2 hours` or `90 days`.")
    seconds = int(found[1]) * _SECONDS[found[2]]
    if seconds > _LONGEST:
        msg = "The longest duration is 365000 days."
        raise WrongValue(msg, "Write a shorter one.")
    return timedelta(seconds=seconds)


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]

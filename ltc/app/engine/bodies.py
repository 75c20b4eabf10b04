"""Bodies: what a system answered, and what a library says of a call, may speak of people and stays out of logs and notices."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 400
_REASON: Final = re.compile(r" \((\w+(?:Error|Exception|Timeout)|(?<=should not happen \()\w+): .*", re.DOTALL)
_ANSWER: Final = re.compile(r"(The system answered \d{3}\b[^:]* to [A-Z]+): .*", re.DOTALL)
_BODY: Final = re.compile(r"[\[{<]")


def without_bodies(message: str) -> str:
    """Cut off what a system answered word for word, and what a library says of a call: both may speak of people.

    >>> without_bodies('The system answered 503 to GET: {"contact": "Ada"}')
    'The system answered 503 to GET'
    >>> without_bodies("The system answered 400 Bad Request to POST: ada@example.com is known already")
    'The system answered 400 Bad Request to POST'
    >>> without_bodies("It could not be reached (ConnectionError: Max retries exceeded with url: /v1?email=ada).")
    'It could not be reached (ConnectionError).'
    """
    plain = _ANSWER.sub(r"\1", _REASON.sub(r" (\1).", message))
    return (_BODY.split(plain, maxsplit=1)[0].rstrip(" :") or message)[:LONGEST]

"""Keys by which a system recognises a repeated call (the settle rule ``key``): which one a write takes, and if it still serves.

A write's first key is made of its intent's. A new one is taken, and journalled before it is used, once the old one can no longer
tell: the system forgot it, or it answers it with a failure that it stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

KEY: Final = "key"
"""The journal's entry about the key in use: ``number``, ``since``, and ``id`` of a record that an earlier key had begun."""

SPENT: Final = "spent"
"""The journal's entry by which a connector says that a key answers with a stored failure: ``number``."""


def key_number(journal: Mapping[str, Any]) -> int:
    """Count the keys that were given up before the one in use.

    >>> key_number({}), key_number({"key": {"number": 2}})
    (0, 2)
    """
    return int(journal.get(KEY, {}).get("number", 0))


def is_spent(journal: Mapping[str, Any]) -> bool:
    """Tell whether the key in use answers with a stored failure.

    >>> is_spent({"spent": {"number": 0}}), is_spent({"spent": {"number": 0}, "key": {"number": 1}})
    (True, False)
    """
    spent = journal.get(SPENT)
    return spent is not None and int(spent["number"]) == key_number(journal)


def key_since(journal: Mapping[str, Any], begun: datetime) -> datetime:
    """Tell since when the key in use may have been used; the first one since the write began."""
    since = journal.get(KEY, {}).get("since")
    return datetime.fromisoformat(since) if since else begun


def begun_as(journal: Mapping[str, Any]) -> str:
    """Name the record that an earlier key had begun; "" if there is none."""
    return str(journal.get(KEY, {}).get("id", ""))


def next_key(journal: Mapping[str, Any], now: datetime, found: str = "") -> dict[str, Any]:
    """Give the journal's entry about the key that follows; ``found`` is the record with which the write goes on."""
    return {"number": key_number(journal) + 1, "since": now.isoformat(), "id": found or begun_as(journal)}


def begun_anew(journal: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Give the journal of a write that is done anew after it had come to nothing: its old key answers with what refused it.

    >>> begun_anew({"key": {"number": 1, "id": "in_1"}, "items": {}}, datetime(2026, 3, 2))
    {'key': {'number': 2, 'since': '2026-03-02T00:00:00', 'id': ''}}
    """
    return {KEY: next_key({KEY: {"number": key_number(journal)}}, now)}

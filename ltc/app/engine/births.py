"""Births: hub ids sort by age, and end in a mark that follows from the record that the golden record was minted for.

A hub that was restored from a backup mints another id for the same record, with the same mark: by that it knows again what it had
made in other systems (see ``recovery.py``).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from typing import Final

MARK_BEGINS: Final = 17
"""A hub id is 32 hex digits of a UUIDv7: 12 of time, the version, three that count on, the variant, and 15 of the mark."""

_HUB_ID: Final = re.compile(r"[0-9a-f]{32}")


class HubIds:
    """Mints hub ids; those of one maker sort as they were minted, also within a millisecond, whatever mark they come to bear."""

    def __init__(self) -> None:
        """Start with the present."""
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self, mark: str = "") -> str:
        """Mint one that bears a mark, by chance if none is given."""
        with self._lock:
            self._last = moment = max(self._last + 1, time.time_ns() // 1_000_000 << 12)
        return f"{moment >> 12:012x}7{moment & 0xFFF:03x}8{mark or f'{secrets.randbits(60):015x}'}"


def birth_mark(hub_id: str) -> str:
    """Give the mark of a hub id.

    >>> birth_mark("019b76da80007abc8123456789abcdef")
    '123456789abcdef'
    """
    return hub_id[MARK_BEGINS:]


def mark_of(secret: str, system: str, obj: str, ext_id: str) -> str:
    """Work out the mark that a record gives; of hub ids in a derived record's id only their own marks count.

    >>> one, other = (mark_of("s", "hub", "order", f"flow/019b76da80{n}07abc8123456789abcdef/1") for n in (1, 2))
    >>> one == other, one == mark_of("s", "hub", "order", "flow/x"), len(one)
    (True, False, 15)
    """
    plain = _HUB_ID.sub(lambda found: birth_mark(found[0]), ext_id) if system == "hub" else ext_id
    return hashlib.blake2b(f"{secret}/birth/{system}/{obj}/{plain}".encode(), digest_size=8).hexdigest()[:15]

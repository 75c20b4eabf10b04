"""The journal of calls: requests and responses go to the store in batches, cut to a size that a person can read."""

from __future__ import annotations

from datetime import UTC
from threading import Lock
from typing import TYPE_CHECKING

from ltc.core.errors import Later
from ltc.core.store.tables import call as calls

if TYPE_CHECKING:
    from ltc.core.contract import Call
    from ltc.core.store.store import Store

LONGEST = 4096
COLUMNS = ("run_id", "system", "at", "method", "target", "status", "milliseconds", "request", "response")


class CallJournal:
    """What a system's kit is given as ``record_call``; it may be called by several threads.

    Calls are stored ``batch`` at a time, and at :meth:`flush`. If the store is busy they are kept for the next time, up to
    ``most``; then the oldest go, since a journal shall never stop the work.
    """

    def __init__(self, store: Store, system: str, run_id: int = 0, *, batch: int = 50, most: int = 1000) -> None:
        self.store, self.system, self.run_id = store, system, run_id
        self.batch, self.most = batch, most
        self.lost = 0
        self._waiting: list[tuple[object, ...]] = []
        self._lock = Lock()

    def __call__(self, call: Call) -> None:
        """Note one call."""
        at = call.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        row = (
            self.run_id, self.system, at, call.method, storable(call.target), storable(call.status)[:32],
            round(call.milliseconds), storable(call.request), storable(call.response),
        )  # fmt: skip
        with self._lock:
            self._waiting.append(row)
            full = len(self._waiting) % self.batch == 0
        if full:
            self.flush()

    def flush(self) -> None:
        """Store what was noted so far."""
        with self._lock:
            rows, self._waiting = self._waiting, []
        if not rows:
            return
        try:
            with self.store.transaction() as tx:
                tx.insert(calls, COLUMNS, rows)
        except Later:
            with self._lock:
                kept = [*rows, *self._waiting]
                self._waiting = kept[-self.most :]
                self.lost += len(kept) - len(self._waiting)


def storable(text: str) -> str:
    r"""Cut a text to what the journal keeps, and write what no database takes as an escape.

    >>> storable("a" * 5000)[-20:], storable("a" + chr(0))
    ('aaaaaaaaaa… 915 more', 'a\\x00')
    """
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 11]}… {len(text) - LONGEST + 11} more"
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()

"""Contexts for runs that go on at once: each has one to itself, since a connector keeps one session and one count of calls."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from ltc.app.engine.opening import close_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltc.app.engine.context import Context


class Contexts:
    """Lends contexts, and makes a new one only when all are lent."""

    def __init__(self, make: Callable[[], Context], first: Context) -> None:
        """Take how one is made, and one that is there already."""
        self._make = make
        self._idle = [first]
        self._lock = Lock()

    @contextmanager
    def lent(self) -> Iterator[Context]:
        """Lend a context for as long as somebody works in it."""
        with self._lock:
            context = self._idle.pop() if self._idle else None
        context = context or self._make()
        try:
            yield context
        finally:
            context.counts.clear()
            with self._lock:
                self._idle.append(context)

    def idle(self) -> list[Context]:
        """Give those that are not lent."""
        with self._lock:
            return list(self._idle)

    def close(self) -> None:
        """Give back the connections of those that are not lent."""
        with self._lock:
            idle, self._idle = self._idle, []
        for context in idle:
            close_context(context)

"""Ctrl-C and SIGTERM as a wish to stop in good order."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator


@contextmanager
def stopping(event: threading.Event) -> Iterator[None]:
    """Set the event when somebody wants this process to stop; a second wish ends it at once."""

    def wish(number: int, frame: object) -> None:
        del frame
        if event.is_set():
            signal.signal(number, signal.SIG_DFL)
        event.set()

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Ctrl-C and SIGTERM as a wish to stop in good order."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator


LOOK_SECONDS: Final = 0.5


def wait_for(event: threading.Event) -> None:
    """Wait in the main thread until the event is set, by a signal too.

    The system may give a signal to any thread. Its handler runs in this one, which is not woken: so it looks now and then.
    """
    while not event.wait(LOOK_SECONDS):
        pass


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

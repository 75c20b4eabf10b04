"""A replica of a hub in a time that goes many times as fast as ours: the real scheduler, sweeper and workers.

python -m tests.system.hasty HUB BEGUN SPEED: at the real moment BEGUN it is midnight there.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ltc.app.cli.working import local, working
from ltc.app.config import open_hub
from ltc.app.engine.api import Engine
from ltc.core.contract import SystemClock
from scheduler import service

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)


def there(begun: float, speed: float) -> datetime:
    """Say what time it is there."""
    return MIDNIGHT + timedelta(seconds=(time.time() - begun) * speed)


class Hasty(SystemClock):
    """A clock that goes fast; who sleeps by it sleeps in real time."""

    def __init__(self, begun: float, speed: float) -> None:
        """Take when it was midnight, and how fast it goes."""
        self.begun, self.speed = begun, speed

    def now(self) -> datetime:
        """Tell the time there."""
        return there(self.begun, self.speed)


def main() -> None:
    """Offer slots, and do what is queued, until killed."""
    clock = Hasty(float(sys.argv[2]), float(sys.argv[3]))

    engine = Engine(open_hub(Path(sys.argv[1])).require_sound(), clock=clock)
    service.Scheduler._pause = lambda _self: 0.02  # type: ignore[method-assign]  # who waits does so in our time
    with working(engine, local(engine, 2), list(engine.config.jobs.values())):
        threading.Event().wait()


if __name__ == "__main__":
    main()

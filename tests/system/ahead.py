"""Sync a hub in a process of its own, by a clock that is ahead: what waits for a deadline need not be waited for.

Its leases are short, so that the one of a process that was killed is soon lost.

python -m tests.system.ahead HUB SECONDS
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from ltc.app.config import open_hub
from ltc.app.engine.api import Engine
from ltc.core.contract import SystemClock

LEASE_SECONDS = 4.0


class Ahead(SystemClock):
    """The machine's clock, and some seconds."""

    def __init__(self, seconds: float) -> None:
        """Take how far it is ahead."""
        self.ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Tell the time that it will be."""
        return super().now() + self.ahead


def main() -> int:
    """Sync once and print the report."""
    engine = Engine(open_hub(Path(sys.argv[1])).require_sound(), clock=Ahead(float(sys.argv[2])))
    engine.context.options = {**engine.context.options, "lease_seconds": LEASE_SECONDS}
    try:
        report = engine.sync()
    finally:
        engine.close()
    sys.stdout.write(json.dumps(report["totals"]))
    return int(any(run["error"] for run in report["runs"]))


if __name__ == "__main__":
    sys.exit(main())

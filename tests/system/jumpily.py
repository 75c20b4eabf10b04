"""`ltc` in a process on a machine whose clock a test sets: it is off by the seconds that the file LTC_OFF holds.

LTC_OFF=PATH python -m tests.system.jumpily serve. SQLite's clock is the machine's; PostgreSQL has its own.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from ltc.core.contract import kit
from ltc.core.store import leases
from tests.system import swiftly

FILE = Path(os.environ["LTC_OFF"])


def off() -> float:
    """Say how wrong the clock is."""
    return float(FILE.read_text(encoding="ascii"))


class Wrong(datetime):
    """What the hub asks the machine for the time."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Tell a wrong time."""
        return datetime.now(tz) + timedelta(seconds=off())


class Clocks(dict[str, str]):
    """What the hub asks databases for the time."""

    def __getitem__(self, dialect: str) -> str:
        """Give SQLite's with what the machine's is off."""
        right = super().__getitem__(dialect)
        return f"({right} + {int(off() * 1e6)})" if dialect == "sqlite" else right


kit.datetime = Wrong  # type: ignore[misc]
CLOCKS = Clocks(leases.NOW)
for module in list(sys.modules.values()):
    if vars(module).get("NOW") is leases.NOW and module is not leases:
        module.NOW = CLOCKS  # type: ignore[attr-defined]
leases.NOW = CLOCKS

if __name__ == "__main__":
    swiftly.main()

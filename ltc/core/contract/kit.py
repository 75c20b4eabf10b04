"""What the engine hands to a connector: time, chance and a place to journal its calls."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; virtual in the sandbox."""

    def now(self) -> datetime:
        """Tell the time, zone-aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the machine's time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its response, already redacted, for the journal; bodies are cut to a cap."""

    at: datetime
    method: str
    target: str
    status: str
    milliseconds: float
    request: str = ""
    response: str = ""


def forget(call: Call) -> None:
    """Journal nothing: for checks that run without a store."""
    del call


def at_once() -> None:
    """Let every call go at once: for checks that run without a store, and for systems without limits."""


@dataclass(slots=True)
class Kit:
    """Time, chance, the call journal and the quota gauge of one system; ``calls`` counts, for budgets and tests.

    ``quota_at`` is when the system last said something of its quota. ``admit`` is asked before each call: it waits until the
    system may be called, or raises ``Later`` or ``QuotaSpent``.
    """

    clock: Clock = field(default_factory=SystemClock)
    random: random.Random = field(default_factory=random.Random)
    record_call: Callable[[Call], None] = forget
    admit: Callable[[], None] = at_once
    calls: int = 0
    quota: dict[str, int] = field(default_factory=dict)
    quota_at: datetime | None = None
    secrets: list[str] = field(default_factory=list, repr=False)
    deadline_seconds: float = 60.0

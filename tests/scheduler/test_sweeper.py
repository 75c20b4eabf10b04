"""The sweeper tells of every run that waits, also of those that it could not tell of while the broker was away."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from scheduler import Sweeper, sweeper


@dataclass(frozen=True)
class Run:
    """A run that waits."""

    run_id: int
    priority: int = 0


class Broker:
    """Takes nothing the first time that it is asked."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.is_away = True
        self.all_told = threading.Event()

    def start(self) -> None:
        """Begin nothing."""

    def submit(self, run_id: int, *, priority: int = 0) -> None:
        """Take a run, once it is there."""
        del priority
        if self.is_away:
            self.is_away = False
            raise ConnectionError
        self.told.append(run_id)
        if len(self.told) == 2:
            self.all_told.set()

    def drain(self, timeout: float | None = None) -> bool:
        """Have nothing to end."""
        del timeout
        return True


def test_what_could_not_be_told_is_told_when_the_broker_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "AWAY_SECONDS", 0.01)
    found = [[Run(1), Run(2)]]
    broker = Broker()
    sweeping = Sweeper(lambda: (found.pop() if found else [], 0.01), broker)
    sweeping.start()
    try:
        assert broker.all_told.wait(20), "the store names them once, and they are told all the same"
    finally:
        sweeping.stop()
    assert broker.told == [1, 2]

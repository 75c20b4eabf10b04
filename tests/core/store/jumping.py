"""A database whose clock is set, and a process's time that can be let pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.store import leases
from ltc.core.store.clock import StoreClock

if TYPE_CHECKING:
    import pytest

    from ltc.core.store import Store

HOURS = 3 * 3_600


class Clockmaker:
    """Sets a database's clock, as its machine's is set; for every store that is open on it."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin with the right time."""
        self._patch, self._dialect, self._right = monkeypatch, store.dialect, leases.NOW[store.dialect]
        self._ahead = self._passed = 0.0

    def jump(self, seconds: float) -> None:
        """Set it ahead, or back."""
        self._ahead += seconds
        self._patch.setitem(leases.NOW, self._dialect, f"({self._right} + {int(self._ahead * 1_000_000)})")

    def wait(self, seconds: float) -> None:
        """Let time pass, for it and for those who wound themselves up."""
        self._passed += seconds
        self.jump(seconds)

    def wind(self, store: Store) -> None:
        """Let a store's process be one whose time passes only here, and who knows what time it is."""
        store.clock = StoreClock(store, steady=lambda: self._passed)
        store.clock.now()

"""The store's clock: the database's time, carried on in each process by a clock that nobody can set.

All processes of a hub go by it, so that machines whose clocks differ, or jump, agree on what is due. The database is asked now
and then; and whoever needs its time anyway (leases, the sweep) lets this clock hear it, so that a jump of the database's clock
is seen soon. Then it is said, and who seems to hold a right no longer is given the time to renew it.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from ltc.core.contract import SystemClock
from ltc.core.errors import LtcError
from ltc.core.store.leases import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import TextClause
    from sqlalchemy.engine import Connection

    from ltc.core.store.store import Store

_LOG = logging.getLogger(__name__)

ASKED_EVERY_SECONDS: Final = 60.0
AWAY_SECONDS: Final = 5.0
JUMP: Final = timedelta(seconds=5)
"""What two clocks may differ by before anybody is told: less is what NTP does, or a machine that is busy."""


class StoreClock(SystemClock):
    """What time it is for a hub. While the database is away, time goes on; until it is there, the machine's clock has to do."""

    def __init__(self, store: Store, *, steady: Callable[[], float] = time.monotonic) -> None:
        """Take the store, which is asked when somebody first wants to know, and a clock that goes on whatever happens."""
        self._store, self._steady = store, steady
        self._asking, self._noting = Lock(), Lock()
        self._known: tuple[datetime, float] | None = None
        self._apart = timedelta(0)
        self._ask_at = self._jumped_at = float("-inf")
        self.was_set_back = False

    def now(self) -> datetime:
        """Tell the store's time in UTC."""
        if self._steady() >= self._ask_at and self._asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._asking.release()
        return self._at(self._steady())

    def hear(self, connection: Connection) -> None:
        """Ask in a transaction that somebody has open."""
        begun = self._steady()
        told = connection.execute(_select(NOW[connection.dialect.name])).scalar_one()
        self._note(datetime.fromtimestamp(int(told) / 1e6, UTC), begun, self._steady())

    def is_steady(self, seconds: float) -> bool:
        """Tell whether the database's clock has not jumped for so long."""
        return self._steady() - self._jumped_at >= seconds

    def _at(self, moment: float) -> datetime:
        known = self._known
        return super().now() if known is None else known[0] + timedelta(seconds=moment - known[1])

    def _ask(self) -> None:
        try:
            with self._store.reading() as tx:
                self.hear(tx.connection)
        except LtcError:
            self._ask_at = self._steady() + AWAY_SECONDS

    def _note(self, told: datetime, begun: float, ended: float) -> None:
        """Take over what the database said between two moments of ours, which may be far apart: a process can be frozen."""
        with self._noting:
            back, forward = self._at(begun) - told, told - self._at(ended)
            if self._known is not None and max(back, forward) > JUMP:
                self._jumped_at = ended
                self.was_set_back = self.was_set_back or back > JUMP
                _LOG.warning(
                    "The store's clock jumped %s by %s: it was set, or its machine slept.",
                    *(("back", _told(back)) if back > JUMP else ("forward", _told(forward))),
                )
            self._known = told, (begun + ended) / 2
            self._ask_at = ended + ASKED_EVERY_SECONDS
            self._compare(super().now() - self._at(ended))

    def _compare(self, apart: timedelta) -> None:
        """Say that this machine's clock goes wrong, when that is news."""
        if abs(apart - self._apart) > JUMP:
            self._apart = apart
            way = "ahead of" if apart > timedelta(0) else "behind"
            if abs(apart) > JUMP:
                _LOG.warning("This machine's clock is %s %s the store's, by which the hub goes.", _told(apart), way)
            else:
                _LOG.info("This machine's clock is right again.")


def _told(difference: timedelta) -> timedelta:
    return timedelta(seconds=round(abs(difference).total_seconds()))


@cache
def _select(now: str) -> TextClause:
    return text(f"SELECT {now}")

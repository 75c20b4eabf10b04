"""The duty: a thread of each process that stays. One of them makes each round; all of them send what is due."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ltc.app.engine import trouble
from ltc.app.engine.alerts.rounds import ROUND_SECONDS, Rounds
from ltc.app.engine.alerts.sending import Sender
from ltc.core.errors import LtcError
from scheduler import Outage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.app.config import HubConfig
    from ltc.app.telemetry.meters import Meters
    from ltc.core.contract import Clock
    from ltc.core.store import Store

_LOG = logging.getLogger(__name__)

LOOK_SECONDS: Final = 10.0
BEAT: Final = timedelta(minutes=1)
NOBODY: Final = "nobody"
"""How meters name what was posted for a system that there is not."""


@dataclass(slots=True)
class Duty:
    """Watches a hub for as long as a process lives."""

    config: HubConfig
    store: Store
    clock: Clock
    meters: Meters
    _refused: dict[str, int] = field(default_factory=dict)
    _beaten: datetime | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def once(self) -> None:
        """Note what was refused here, make the round if it is this process's turn, send what is due, and give a sign of life."""
        self._note_refusals()
        made = Rounds(self.config, self.store, self.clock).go()
        sender = Sender(self.config, self.store, self.clock)
        sender.send_due()
        now = self.clock.now()
        if made and (self._beaten is None or abs(now - self._beaten) >= BEAT - timedelta(seconds=ROUND_SECONDS / 2)):
            self._beaten = now
            sender.beat()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Do it again and again beside other work."""
        thread = threading.Thread(target=self._go, name="ltc-alerts", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(timeout=2 * LOOK_SECONDS)

    def _go(self) -> None:
        away = Outage(_LOG, "Alerts are not looked after", first=LOOK_SECONDS, longest=LOOK_SECONDS)
        while not self._stop.is_set():
            try:
                self.once()
            except LtcError as fault:
                away.note(fault)
            except Exception as fault:  # noqa: BLE001 - a bug in watching must not end it for good
                away.note(f"{type(fault).__name__}: {fault}", bug=fault)
            else:
                away.over()
            self._stop.wait(LOOK_SECONDS)

    def _note_refusals(self) -> None:
        """Keep how many webhooks this process refused since it looked last: the door itself must not write for each."""
        counted: dict[str, int] = {}
        for (system, came), number in self.meters.webhooks().items():
            if came.startswith("refused_4") and system != NOBODY:
                counted[system] = counted.get(system, 0) + number
        for system, number in counted.items():
            more = number - self._refused.get(system, 0)
            if more > 0:
                now = self.clock.now()
                with self.store.transaction() as tx:
                    trouble.keep_refused(tx, system, more, now)
        self._refused = counted

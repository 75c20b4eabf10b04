"""The desk: what commands ask of alerts, in plain documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine.alerts.duty import Duty
from ltc.app.engine.alerts.kinds import KINDS
from ltc.app.engine.alerts.rounds import event
from ltc.app.engine.alerts.sending import Sender, UndeliveredError, undelivered
from ltc.app.engine.alerts.watching import Watch
from ltc.app.engine.context import instant
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.config import HubConfig
    from ltc.app.telemetry.meters import Meters
    from ltc.core.contract import Clock
    from ltc.core.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """Alerts of one hub."""

    config: HubConfig
    store: Store
    clock: Clock
    meters: Meters

    def duty(self) -> Duty:
        """Make what watches the hub for as long as a process lives."""
        return Duty(self.config, self.store, self.clock, self.meters)

    def listed(self, *, over: bool = False) -> dict[str, Any]:
        """List what is wrong now, with what people were told; with ``over`` also what was wrong lately."""
        with self.store.reading() as tx:
            known = {(row["code"], row["subject"]): dict(row) for row in tx.execute(select(t.alert)).mappings()}
            found = Watch(self.config, self.clock).look(tx)
        alerts = [
            {
                "code": one.code, "subject": one.subject, "state": "on", "severity": one.severity, "message": one.message,
                "remedy": one.remedy, **_told(known.pop((one.code, one.subject), None)),
            }
            for one in found
        ]  # fmt: skip
        if over:
            alerts += [_over(row) for row in known.values() if row["code"] in KINDS]
        return {"alerts": alerts, "channels": list(self.config.settings.alerts.channels), "undelivered": undelivered(self.store)}

    def test(self, names: Sequence[str] = ()) -> dict[str, Any]:
        """Send a test to channels, all unless some are named, and say what came of it."""
        channels = self.config.settings.alerts.channels
        if not channels:
            remedy = "Name one in config/hub.yaml, under `alerts.channels`."
            raise Misconfigured("This hub tells nobody: it has no channel.", remedy=remedy, code="alert.no_channel")
        for name in names:
            if name not in channels:
                remedy = did_you_mean(name, channels) or f"Channels are: {', '.join(channels)}."
                raise Misconfigured(f"There is no channel {name!r}.", remedy=remedy, code="alert.unknown_channel")
        return {"channels": [self._test(name) for name in names or channels]}

    def _test(self, name: str) -> dict[str, Any]:
        now = instant(self.clock.now())
        told = {**event("job.late", "test", "test", "This is only a test.", now, now), "remedy": "Nothing is wrong."}
        try:
            Sender(self.config, self.store, self.clock).deliver(name, 0, [told])
        except UndeliveredError as fault:
            return {"channel": name, "delivered": False, "error": str(fault)}
        return {"channel": name, "delivered": True, "error": ""}


def _told(row: dict[str, Any] | None) -> dict[str, Any]:
    """Say since when an alert is on and when it was told; one that no round has met yet was not told to anybody."""
    if row is None or row["state"] != "on":
        return {"since": None, "told_at": None, "over_at": None}
    return {"since": row["since"], "told_at": row["told_at"], "over_at": None}


def _over(row: dict[str, Any]) -> dict[str, Any]:
    names = ("code", "subject", "severity", "message", "since", "told_at", "over_at")
    return {**{name: row[name] for name in names}, "state": "over", "remedy": ""}

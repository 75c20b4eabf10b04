"""Rounds: what is wrong now is held against what people were told, and each difference becomes one notice.

Alerts and notices change in one transaction, and a round's slot is taken by one replica: nobody tells a thing twice, and
whoever dies before that transaction has told nothing, so that the next round does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update

from ltc.app.engine.alerts.kinds import KINDS
from ltc.app.engine.alerts.watching import Watch
from ltc.app.engine.context import instant, moment
from ltc.app.engine.state import to_json
from ltc.core.store import tables as t
from scheduler import read_window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ltc.app.config import HubConfig
    from ltc.app.engine.alerts.watching import Alert
    from ltc.core.contract import Clock
    from ltc.core.store import Store, Tx

ROUND_SECONDS: Final = 30
KEPT: Final = timedelta(days=30)
"""So long is known what was over, and which notices were sent."""

_SLOT: Final = "alerts.round"


@dataclass(frozen=True, slots=True)
class Rounds:
    """Makes rounds over one hub."""

    config: HubConfig
    store: Store
    clock: Clock

    def go(self) -> bool:
        """Make the round of this half minute; tell whether it was this process that made it."""
        if not self._take_slot():
            return False
        with self.store.reading() as tx:
            found = Watch(self.config, self.clock).look(tx)
        with self.store.transaction() as tx:
            self._settle(tx, found)
        return True

    def _take_slot(self) -> bool:
        seconds = int(self.clock.now().timestamp()) // ROUND_SECONDS * ROUND_SECONDS
        slot = instant(datetime.fromtimestamp(seconds, UTC))
        with self.store.transaction() as tx:
            if tx.insert_new(t.hub, ("key", "value"), [(_SLOT, slot)], key=("key",)):
                return True
            ahead = instant(datetime.fromtimestamp(seconds + 2 * ROUND_SECONDS, UTC))  # of a clock that was set back since
            other = or_(t.hub.c.value < slot, t.hub.c.value > ahead)
            taken = update(t.hub).where(t.hub.c.key == _SLOT, other).values(value=slot)
            return tx.execute(taken).rowcount == 1

    def _settle(self, tx: Tx, found: Sequence[Alert]) -> None:
        """Bring what is told to what is found."""
        now = instant(self.clock.now())
        known = {(row["code"], row["subject"]): dict(row) for row in tx.execute(select(t.alert)).mappings()}
        events = [event for alert in found if (event := self._found(tx, alert, known.get((alert.code, alert.subject)), now))]
        still = {(alert.code, alert.subject) for alert in found}
        for key, row in known.items():
            if row["state"] == "on" and key not in still:
                over = self._is_over(tx, row, now)
                events += [over] if over is not None else []
        self._write(tx, events, now)
        old = instant(self.clock.now() - KEPT)
        tx.execute(delete(t.alert).where(t.alert.c.state == "over", t.alert.c.over_at < old))
        tx.execute(delete(t.notice).where(t.notice.c.state != "due", t.notice.c.created_at < old))

    def _found(self, tx: Tx, alert: Alert, row: dict[str, Any] | None, now: str) -> dict[str, Any] | None:
        """Keep an alert that is on, and give the event if there is something to tell."""
        is_new = row is None or row["state"] != "on"
        since = now if is_new or row is None else row["since"]
        repeat = self.config.settings.alerts.repeat
        again = row is not None and not is_new and self.clock.now() - moment(row["told_at"]) >= repeat
        told_at = now if is_new or again or row is None else row["told_at"]
        columns = ("code", "subject", "state", "severity", "message", "since", "told_at", "over_at")
        values = (alert.code, alert.subject, "on", alert.severity, alert.message, since, told_at, None)
        tx.upsert(t.alert, columns, [values], key=("code", "subject"))
        if not is_new and not again:
            return None
        return event(alert.code, alert.subject, "began" if is_new else "goes_on", alert.message, since, now)

    def _is_over(self, tx: Tx, row: dict[str, Any], now: str) -> dict[str, Any] | None:
        """Note that an alert is over; what is not watched any more is over without a word."""
        a = t.alert
        same = (a.c.code == row["code"], a.c.subject == row["subject"])
        tx.execute(update(a).where(*same).values(state="over", over_at=now))
        kind = KINDS.get(row["code"])
        if kind is None or not getattr(self.config.settings.alerts.rules, kind.rule).enabled:
            return None
        return event(row["code"], row["subject"], "over", row["message"], row["since"], now)

    def _write(self, tx: Tx, events: Sequence[dict[str, Any]], now: str) -> None:
        """Write one notice for each channel with all that it is to be told; warnings wait for the end of a quiet time.

        A channel of several ways gets one for each, so that a way that fails has nothing sent again by the others.
        """
        alerts = self.config.settings.alerts
        by_channel: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        quiet_until = self._quiet_until()
        for one in events:
            chosen: Iterable[str] = getattr(alerts.rules, KINDS[one["code"]].rule).to or alerts.channels
            not_before = quiet_until if one["severity"] == "warning" and quiet_until else now
            for channel in chosen:
                by_channel[channel, not_before].append(one)
        rows = [
            (channel, to_json([{**one, **way} for one in told]), not_before, now)
            for (channel, not_before), told in by_channel.items() for way in self._ways(channel)
        ]  # fmt: skip
        tx.insert(t.notice, ("channel", "events", "not_before", "created_at"), rows)

    def _ways(self, channel: str) -> list[dict[str, str]]:
        """Give what tells the notices of a channel apart; nothing if it has one way."""
        ways = self.config.settings.alerts.channels[channel].ways
        return [{"way": way} for way in ways] if len(ways) > 1 else [{}]

    def _quiet_until(self) -> str:
        """Say until when warnings wait; "" if they do not."""
        windows = [read_window(text) for text in self.config.settings.alerts.quiet]
        zone, now = ZoneInfo(self.config.settings.time_zone), self.clock.now()
        at = now.replace(second=0, microsecond=0)
        while any(window.covers(at.astimezone(zone)) for window in windows):
            at += timedelta(minutes=1)
        return instant(at) if at > now else ""


def event(code: str, subject: str, what: str, message: str, since: str, at: str) -> dict[str, Any]:
    """Put together what there is to tell of one alert."""
    kind = KINDS[code]
    remedy = "" if what == "over" else kind.remedy.format(subject=subject)
    return {
        "code": code, "subject": subject, "what": what, "severity": kind.severity, "message": message, "remedy": remedy,
        "since": since, "at": at,
    }  # fmt: skip

"""The account's limits: calls an hour, calls in a burst, and looks at one envelope."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from connectors.esign.docusign.account.refusals import RefusedError

if TYPE_CHECKING:
    from ltc.core.contract import Clock

BURST_WINDOW: Final = timedelta(seconds=30)


class Limits:
    """Counts calls, and refuses what is too much; the numbers are those of a production account and may be set."""

    def __init__(self, clock: Clock) -> None:
        """Begin to count."""
        self.hourly = 3000
        self.burst = 500
        self.polling = 60
        self._clock = clock
        self._hour = ""
        self._calls = 0
        self._recent: deque[datetime] = deque()
        self._looks: dict[str, int] = {}

    def count(self, envelope_id: str = "") -> None:
        """Count one call, which may look at a single envelope."""
        self._turn()
        if self._calls >= self.hourly:
            raise RefusedError(
                "HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "The maximum number of hourly API invocations has been exceeded."
            )
        if len(self._recent) >= self.burst:
            raise RefusedError(
                "BURST_APIINVOCATION_LIMIT_EXCEEDED", "The maximum number of API calls in a burst has been exceeded."
            )
        if envelope_id:
            self._looks[envelope_id] = self._looks.get(envelope_id, 0) + 1
            if self._looks[envelope_id] > self.polling:
                message = "The maximum number of hourly polling calls for one envelope has been exceeded."
                raise RefusedError("HOURLY_ENVELOPE_POLLING_LIMIT_EXCEEDED", message)
        self._calls += 1
        self._recent.append(self._clock.now())

    def headers(self) -> dict[str, str]:
        """Say what is left, in the answer's headers."""
        self._turn()
        return {
            "X-RateLimit-Limit": str(self.hourly),
            "X-RateLimit-Remaining": str(max(0, self.hourly - self._calls)),
            "X-RateLimit-Reset": str(int(self.reset().timestamp())),
            "X-BurstLimit-Limit": str(self.burst),
            "X-BurstLimit-Remaining": str(max(0, self.burst - len(self._recent))),
        }

    def reset(self) -> datetime:
        """Tell when the next hour begins."""
        return self._clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

    def _turn(self) -> None:
        now = self._clock.now()
        hour = f"{now:%Y-%m-%dT%H}"
        if hour != self._hour:
            self._hour, self._calls = hour, 0
            self._looks.clear()
        while self._recent and self._recent[0] <= now - BURST_WINDOW:
            self._recent.popleft()

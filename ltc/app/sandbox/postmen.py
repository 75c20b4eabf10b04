"""Who brings the simulated systems' webhooks to a hub, with the vendors' manners: again when they are not accepted.

A minute of the vendor's is a second here, so that nobody waits for hours until a webhook comes again. From a hostile system some
webhooks are late besides, and so overtaken by others; that some come twice is in the simulators' own deliveries.
"""

from __future__ import annotations

import hashlib
import heapq
import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import requests

from ltc.core.contract import SystemClock

if TYPE_CHECKING:
    from ltc.core.contract import Clock
    from ltc.core.simulation import Delivery, Simulator

_LOG = logging.getLogger(__name__)

HASTE = 60.0
LOOK_SECONDS = 0.05
AT_ONCE = 4
ACCEPTED_WITHIN = (2.0, 20.0)
LATE_SHARE, LATEST_SECONDS = 0.25, 3.0


class Postman:
    """Brings one system's webhooks; a place is a webhook's number in the system's own line."""

    def __init__(self, simulator: Simulator, url: str, kept: Mapping[str, Any] | None = None, haste: float = HASTE) -> None:
        """Take where to post, and what :meth:`dump` kept; without it, what happened before is not posted."""
        self._simulator, self._url, self._haste = simulator, url, haste
        self._next = int(kept["next"]) if kept else len(simulator.deliveries())
        self._accepted = int(kept["accepted"]) if kept else 0
        self._given_up = int(kept["given_up"]) if kept else 0
        self._under_way: dict[int, int] = {int(place): int(attempt) for place, attempt in kept["waiting"]} if kept else {}
        self._fresh: dict[int, Delivery] = {}
        self._due = [(time.monotonic(), place) for place in self._under_way]
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"postman-{simulator.name}")
        self._thread = threading.Thread(target=self._work, name=f"postman-{simulator.name}", daemon=True)

    def start(self, clock: Clock | None = None) -> None:
        """Begin to post; ``clock`` is the time that the hub lives in, and so do the signatures: real time unless it is named."""
        self._simulator.hook_clock = clock or SystemClock()
        self._thread.start()

    def stop(self) -> None:
        """Post what is on its way, and no more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def standing(self) -> dict[str, int]:
        """Count what was posted and accepted, what waits, and what was given up."""
        with self._lock:
            return {"accepted": self._accepted, "waiting": len(self._under_way), "given_up": self._given_up}

    def dump(self) -> dict[str, Any]:
        """Say how far it came, for the disk."""
        with self._lock:
            counts = {"accepted": self._accepted, "given_up": self._given_up}
            return {"next": self._next, "waiting": [*self._under_way.items()], **counts}

    def _work(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            now = time.monotonic()
            self._look(now)
            for place in self._ripe(now):
                self._pool.submit(self._bring, place).add_done_callback(_tell)

    def _look(self, now: float) -> None:
        """Put in line what is new."""
        new = self._simulator.deliveries(self._next)
        with self._lock:
            for place, delivery in enumerate(new, start=self._next):
                self._under_way[place], self._fresh[place] = 0, delivery
                heapq.heappush(self._due, (now + self._delay(place), place))
            self._next += len(new)

    def _ripe(self, now: float) -> Iterable[int]:
        with self._lock:
            ripe = []
            while self._due and self._due[0][0] <= now:
                ripe.append(heapq.heappop(self._due)[1])
            return ripe

    def _bring(self, place: int) -> None:
        """Post one webhook, and put it in line again if it is not accepted."""
        attempt, retries = self._under_way[place], self._simulator.retries
        fresh = place in self._fresh
        accepted = self._post(self._fresh.pop(place) if fresh else self._simulator.delivery_again(place, attempt))
        with self._lock:
            if accepted or attempt == len(retries):
                del self._under_way[place]
                self._accepted += accepted
                self._given_up += not accepted
            else:
                self._under_way[place] = attempt + 1
                heapq.heappush(self._due, (time.monotonic() + retries[attempt] / self._haste, place))

    def _post(self, delivery: Delivery) -> bool:
        headers = dict(delivery.headers)
        try:
            answer = requests.post(self._url, data=delivery.body, headers=headers, timeout=ACCEPTED_WITHIN, allow_redirects=False)
        except requests.RequestException as error:
            _LOG.info("%s could not post a webhook to %s: %s", self._simulator.name, self._url, error)
            return False
        if not 200 <= answer.status_code < 300:
            _LOG.info("%s was refused a webhook at %s with %d.", self._simulator.name, self._url, answer.status_code)
            return False
        return True

    def _delay(self, place: int) -> float:
        """Say how late a webhook is: by chance, from a hostile system."""
        if self._simulator.profile == "calm":
            return 0.0
        dice = hashlib.blake2b(f"{self._simulator.seed} {self._simulator.name} {place}".encode(), digest_size=4).digest()
        late, how = int.from_bytes(dice[:2]) / 2**16, int.from_bytes(dice[2:]) / 2**16
        return how * LATEST_SECONDS if late < LATE_SHARE else 0.0


def _tell(done: Future[None]) -> None:
    """Log what a postman stumbled over; nobody asks for his result."""
    if not done.cancelled() and (error := done.exception()) is not None:
        _LOG.error("A webhook could not be posted.", exc_info=error)


class Postmen:
    """The postmen of a sandbox: one for each system that has webhooks."""

    def __init__(self, simulators: Mapping[str, Simulator], url: str, kept: Mapping[str, Any], haste: float = HASTE) -> None:
        """Take the address to which a system's name is added, and what :meth:`dump` kept."""
        self._postmen = {
            name: Postman(simulator, f"{url.rstrip('/')}/{name}", kept.get(name), haste)
            for name, simulator in simulators.items()
            if simulator.retries
        }

    @property
    def systems(self) -> Sequence[str]:
        """Name the systems that post."""
        return list(self._postmen)

    def start(self, clock: Clock | None = None) -> None:
        """Begin to post to a hub that lives in real time, unless it has a clock of its own."""
        for postman in self._postmen.values():
            postman.start(clock)

    def stop(self) -> None:
        """Post what is under way, and no more."""
        for postman in self._postmen.values():
            postman.stop()

    def standing(self) -> dict[str, dict[str, int]]:
        """Count per system what was accepted, what waits, and what was given up."""
        return {name: postman.standing() for name, postman in self._postmen.items()}

    def dump(self) -> dict[str, Any]:
        """Say how far each came."""
        return {name: postman.dump() for name, postman in self._postmen.items()}

"""Time webhooks: from the post of one to the change in another system, and a burst of them, twice each and shuffled.

    python benchmarks/hooks.py [--json] [--check] [--quick]

The hub is `ltc run` in a process of its own, on SQLite; people sign envelopes in a simulated DocuSign, and what they sign is a
record in a simulated Salesforce. The simulators and whoever posts live in this process. Times are those of the wall, on a machine
that has nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from signing import Signing, wait_until

from ltc.core.simulation import Delivery

PER_SECOND = 20
AT_ONCE = 16
LONGEST_SECONDS, LOOK_SECONDS = 600.0, 0.5
KEPT_SECONDS = 5.0
"""Within this time a lane's counts are in the store."""


@dataclass(frozen=True)
class Figure:
    """One measured figure beside the most that it may be."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Give it as the JSON report has it."""
        good = self.limit is None or self.value <= self.limit
        return {"name": self.name, "value": round(self.value, 2), "unit": self.unit, "limit": self.limit, "ok": good}


class Poster:
    """Posts webhooks over connections that stay open, and remembers the answers."""

    def __init__(self, url: str) -> None:
        """Take where to post."""
        self._url, self._local = urlsplit(url), threading.local()
        self.statuses: list[int] = []

    def __call__(self, delivery: Delivery) -> None:
        """Post one webhook; a server may have closed a connection that was not used for a while."""
        try:
            self._post(delivery)
        except (RemoteDisconnected, ConnectionError):
            self._local.connection.close()
            self._post(delivery)

    def _post(self, delivery: Delivery) -> None:
        if not hasattr(self._local, "connection"):
            self._local.connection = HTTPConnection(self._url.netloc, timeout=60)
        self._local.connection.request("POST", self._url.path, delivery.body, dict(delivery.headers))
        answer = self._local.connection.getresponse()
        answer.read()
        self.statuses.append(answer.status)


@contextmanager
def desk(envelopes: int) -> Iterator[tuple[Signing, list[str]]]:
    """Run a hub that knows some envelopes which wait for their signature."""
    with tempfile.TemporaryDirectory() as folder:
        made = Signing(Path(folder) / "hub", f"sqlite:///{folder}/hub.db")
        made.docusign.limits.hourly = made.docusign.limits.burst = 1_000_000
        try:
            yield made, [made.send(f"Offer {number}") for number in range(envelopes)]
        finally:
            made.close()


def steady(count: int) -> list[Figure]:
    """Measure what lies between a webhook and the write that follows from it, at a steady rate."""
    with desk(count) as (made, envelopes):
        made.start()
        poster = Poster(f"{made.address}/docusign")
        told = made.docusign.deliveries()
        for delivery in told:
            poster(delivery)
        wait_until(lambda: set(made.papers().values()) == {"sent"} and len(made.papers()) == count, LONGEST_SECONDS, LOOK_SECONDS)
        time.sleep(KEPT_SECONDS)
        reads, cpu = made.reads(), _cpu_seconds(made)
        posted = _sign_steadily(made, envelopes, poster)
        wait_until(lambda: set(made.papers().values()) == {"signed"}, LONGEST_SECONDS, LOOK_SECONDS)
        cpu = _cpu_seconds(made) - cpu
        written = {one.id: one.at.timestamp() for one in made.salesforce.journal if one.object == "Product2"}
        names = {str(row["Name"]): str(row["Id"]) for row in made.salesforce.rows("Product2")}
        waits = sorted(written[names[f"Offer {number}"]] - posted[one] for number, one in enumerate(envelopes))
        time.sleep(KEPT_SECONDS)
        reads = made.reads() - reads
    rate = f"at {PER_SECOND} a second"
    return [
        Figure(f"webhook to write {rate}, median", statistics.median(waits) * 1000, "ms", 300),
        Figure(f"webhook to write {rate}, 99 of 100", waits[int(len(waits) * 0.99)] * 1000, "ms", 1000),
        Figure(f"reads per 100 webhooks {rate}", 100 * reads / count, "calls"),
        Figure(f"the hub's work for a webhook {rate}", cpu / count * 1000, "CPU-ms"),
    ]


def _sign_steadily(made: Signing, envelopes: Sequence[str], poster: Poster) -> dict[str, float]:
    """Sign envelope by envelope, and post each one's last message at its time; give when."""
    posted: dict[str, float] = {}
    begun, answers = time.monotonic(), []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, envelope in enumerate(envelopes):
            time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
            known = len(made.docusign.deliveries())
            made.docusign.sign(envelope, "Customer")
            posted[envelope] = time.time()
            answers.append(pool.submit(poster, made.docusign.deliveries(known)[-1]))
    for answer in answers:
        answer.result()
    return posted


def burst(count: int) -> list[Figure]:
    """Post many webhooks as fast as they are taken, each twice and in no order, and look what came of them."""
    with desk(count // 10) as (made, envelopes):
        made.start()
        for envelope in envelopes:
            made.docusign.view(envelope, "Customer")
            made.docusign.sign(envelope, "Customer")
        once = [one for one in made.docusign.deliveries() if one.event != "recipient-sent"]
        webhooks = [*once, *once]
        random.Random(7).shuffle(webhooks)
        poster, begun = Poster(f"{made.address}/docusign"), time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(poster, webhooks))
        taken = time.monotonic() - begun
        wait_until(
            lambda: set(made.webhooks()) == {"done"} and set(made.papers().values()) == {"signed"}, LONGEST_SECONDS, LOOK_SECONDS
        )
        done = time.monotonic() - begun
        kept, papers, created = sum(made.webhooks().values()), made.papers(), made.created()
        peak = _peak_megabytes(made)
        time.sleep(KEPT_SECONDS)
        reads = made.reads()
    name = f"burst of {len(webhooks)}"
    return [
        Figure(f"{name}: refused", sum(status != 200 for status in poster.statuses), "webhooks", 0),
        Figure(f"{name}: lost", len(once) - kept + len(envelopes) - len(papers), "webhooks", 0),
        Figure(f"{name}: doubled", sum(number - 1 for number in created.values()), "records", 0),
        Figure(f"{name}: reads per 100 webhooks", 100 * reads / len(webhooks), "calls", 1),
        Figure(f"{name}: peak memory of the hub", peak, "MB", 256),
        Figure(f"{name}: taken", len(webhooks) / taken, "a second"),
        Figure(f"{name}: all written after", done, "s"),
    ]


def _cpu_seconds(made: Signing) -> float:
    assert made.process is not None
    fields = Path(f"/proc/{made.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_megabytes(made: Signing) -> float:
    assert made.process is not None
    status = Path(f"/proc/{made.process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> int:
    """Print the figures; with ``--check`` fail if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    sizes: tuple[int, int] = (100, 1_000) if arguments.quick else (600, 10_000)
    rows: list[dict[str, Any]] = [figure.as_dict() for figure in (*steady(sizes[0]), *burst(sizes[1]))]
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for row in rows:
            limit = "" if row["limit"] is None else f"limit {row['limit']}"
            verdict = "" if row["limit"] is None else "ok" if row["ok"] else "MISSED"
            sys.stdout.write(f"{row['name']:<50} {row['value']:>10} {row['unit']:<10} {limit:<12} {verdict}\n")
    return 1 if arguments.check and not all(row["ok"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

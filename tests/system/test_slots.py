"""Three replicas without a leader, an hour by their clock, killed again and again: each slot is run once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import create_hub
from ltc.app.engine.context import instant
from ltc.core.store import Store
from ltc.core.store import tables as t
from scheduler import slots
from tests.system.hasty import MIDNIGHT, there
from tests.system.replicas import wait_until

SPEED, READY_SECONDS = 90.0, 12.0
HOUR = timedelta(hours=1)
FAIR = "task: clean, misfire_grace: 4 hours, coalesce: false, max_instances: 100"
JOBS = f"""
minutely: {{every: 1 minute, {FAIR}}}
spread: {{every: 5 minutes, jitter: 4 minutes, {FAIR}}}
sevens: {{cron: "*/7 * * * *", {FAIR}}}
twice: {{cron: "10,40 * * * *", time_zone: Asia/Kathmandu, {FAIR}}}
followers: {{after: sevens, task: clean, max_instances: 100}}
changes: {{enabled: false}}
everything: {{enabled: false}}
cleaning: {{enabled: false}}
"""


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_every_slot_of_an_hour_is_run_once_whoever_dies(tmp_path: Path, store_url: str) -> None:
    folder, dice = tmp_path / "hub", random.Random(3)
    create_hub(folder, HubSettings(id="acme", title="Acme"))
    (folder / "config" / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    with (folder / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndatabase:\n  url: {store_url}\nwork: {{lease: 1 second}}\n")
    store, begun = Store(store_url), time.time() + READY_SECONDS
    jobs = open_hub(folder).jobs
    with store.transaction() as tx:  # a job that never ran has missed nothing, should all three be dead at its first slot
        tx.insert(t.run, ("job", "slot", "status"), [(name, instant(MIDNIGHT), "done") for name in jobs])
    command = [sys.executable, "-m", "tests.system.hasty", str(folder), str(begun), str(SPEED)]
    replicas = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(3)]
    kills = 0
    try:
        wait_until(lambda: there(begun, SPEED) > MIDNIGHT)
        while there(begun, SPEED) < MIDNIGHT + HOUR:
            time.sleep(dice.uniform(1.5, 4.0))
            victim = replicas.pop(dice.randrange(3))
            victim.kill()
            victim.wait()
            kills += 1
            replicas.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        due = {(name, instant(slot)) for name, job in jobs.items() for slot in slots(job, MIDNIGHT, MIDNIGHT + HOUR)}
        due |= {("followers", slot) for name, slot in due if name == "sevens"}
        until = time.monotonic() + 60
        while due - set(done(store)) and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        for replica in replicas:
            replica.kill()
            replica.wait()
        came = done(store)
        store.close()
    assert due - set(came) == set()
    assert kills >= 8
    assert len(due) == 60 + 12 + 9 + 2 + 9
    assert {run for run in came if instant(MIDNIGHT) < run[1] <= instant(MIDNIGHT + HOUR)} == due
    assert max(Counter(came).values()) == 1


def done(store: Store) -> list[tuple[str, str]]:
    """List the slots whose run is done."""
    with store.reading() as tx:
        rows = tx.execute(select(t.run.c.job, t.run.c.slot).where(t.run.c.status == "done")).all()
    return [(row[0], row[1]) for row in rows]

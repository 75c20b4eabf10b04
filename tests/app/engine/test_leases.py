"""Leases: a long call keeps its own, and a run that lost one stops and says so."""

from __future__ import annotations

import time

from sqlalchemy import select, update

from ltc.core.store import Lease
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub
from tests.app.engine.test_write_protocol import check, seed

TERM = 0.3


def test_a_long_page_does_not_lose_its_lease(live: SmallHub) -> None:
    live.lease_seconds = TERM
    live.left.put("Customer", {"Name": "One", "Status": "active"})
    thieves: list[Lease | None] = []

    def dawdle(call: str) -> None:
        if call == "read" and not thieves:
            time.sleep(TERM * 3)
            thieves.append(live.store.lease("read/left/Customer", "thief", 60))

    live.left.during = dawdle
    report = live.sync()
    assert thieves == [None]
    assert {run["status"] for run in report["runs"]} == {"done"}


def steal(hub: SmallHub, name: str) -> Lease:
    """Take a lease over as if its holder had been away for too long."""
    with hub.store.transaction() as tx:
        tx.execute(update(t.lease).where(t.lease.c.name == name).values(until=0))
    lease = hub.store.lease(name, "thief", 60)
    assert lease is not None
    return lease


def test_a_lost_lease_stops_the_run_before_it_writes(live: SmallHub) -> None:
    seed(live)
    stolen: list[Lease] = []

    def lose(call: str) -> None:
        if call == "read" and not stolen:
            stolen.append(steal(live, "read/left/Customer"))

    live.left.during = lose
    report = live.sync()
    assert {run["status"] for run in report["runs"]} == {"stopped"}
    assert {run["error"]["code"] for run in report["runs"]} == {"run.fenced"}
    assert live.left.effects == live.right.effects == []
    with live.store.reading() as tx:
        rows = tx.execute(select(t.run.c.status, t.run.c.error).order_by(t.run.c.id.desc()).limit(6)).all()
    assert {row[0] for row in rows} == {"stopped"}
    assert all("lost the lease" in row[1] for row in rows)
    stolen[0].release()
    live.sync()
    check(live)


def test_a_lease_lost_during_a_write_leaves_it_to_be_settled(live: SmallHub) -> None:
    seed(live, ("LEFT",))
    stolen: list[Lease] = []

    def lose(call: str) -> None:
        if call == "write" and not stolen:
            stolen.append(steal(live, "write/right"))

    live.right.during = lose
    assert {run["status"] for run in live.sync()["runs"]} == {"stopped"}
    stolen[0].release()
    live.sync()
    live.sync()
    check(live, ("LEFT",))

"""Leases: a long call keeps its own, and a run that lost one stops and says so."""

from __future__ import annotations

import time

from sqlalchemy import select, update

from ltc.app.engine.runs import Sync
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


def test_a_sync_takes_no_lease_for_writing_unless_there_is_a_reason(live: SmallHub) -> None:
    live.sync()
    taken: list[str] = []
    lease = live.store.lease

    def note(name: str, holder: str, seconds: float) -> Lease | None:
        taken.append(name)
        return lease(name, holder, seconds)

    live.store.lease = note  # type: ignore[method-assign]
    live.sync()
    assert {name.partition("/")[0] for name in taken} == {"read"}
    live.left.put("Customer", {"Name": "One", "Status": "active"})
    taken.clear()
    assert live.sync()["totals"]["writes"] == 1
    assert [name for name in taken if name.startswith("write/")] == ["write/right"]


def test_a_sync_waits_for_what_another_worker_has_begun_to_write(live: SmallHub) -> None:
    live.sync()
    other = live.store.lease("write/right", "webhooks", 60)
    assert other is not None
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        other.release()

    ctx = live.context()
    ctx.options = {**ctx.options, "pause": pause}
    sync = Sync(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub])
    assert {run["status"] for run in sync.go()["runs"]} == {"done"}
    assert len(waited) == 1

"""Who posts webhooks to a small hub, and how one sees what came of them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import func, select, update

from ltc.app.engine.hooks import Hooks
from ltc.core.errors import LtcError
from ltc.core.store import tables as t
from ltc.core.store.queries import hooks as standing
from tests.app.engine.fakes import World, signed
from tests.app.engine.hubs import SmallHub

NUMBERS = itertools.count(1)


def post(hooks: Hooks, system: str, ext_id: str, obj: str = "Customer", event: str = "") -> int | LtcError:
    """Let one webhook arrive."""
    headers, body = signed(event or f"e{next(NUMBERS)}", obj, ext_id)
    return hooks.receive([hooks.hear(system, headers, body)])[0]


def states(hub: SmallHub) -> dict[str, int]:
    """Count the webhooks by what became of them."""
    with hub.store.reading() as tx:
        return {row[0]: row[1] for row in tx.execute(select(t.hook.c.state, func.count()).group_by(t.hook.c.state))}


def names(world: World) -> list[str]:
    """List the names of the customers."""
    return sorted(row["Name"] for row in world.rows.get("Customer", {}).values())


def customer(world: World, name: str, ext_id: str = "") -> str:
    """Enter a customer, or change one."""
    return world.put("Customer", {"Name": name, "Status": "active", "Tax": f"T{name}"}, ext_id)


def waiting(hub: SmallHub) -> dict[str, Any]:
    """Say what waits at the only system that has something waiting."""
    with hub.store.reading() as tx:
        (row,) = standing.hooks(tx, hub.clock.now())
    return row


def expire(hub: SmallHub) -> None:
    """Let the leases of the dead lapse."""
    with hub.store.transaction() as tx:
        tx.execute(update(t.lease).values(until=0))


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for what threads do."""
    for _ in range(1_000):
        if true():
            return
        threading.Event().wait(0.03)
    raise AssertionError


def counts(hub: SmallHub, job: str) -> dict[str, int]:
    """Sum up what a job's runs counted."""
    with hub.store.reading() as tx:
        rows = tx.execute(select(t.run.c.counts).where(t.run.c.job == job)).scalars().all()
    total: dict[str, int] = {}
    for row in rows:
        for name, number in msgspec.json.decode(row).items():
            total[name] = total.get(name, 0) + number
    return total

"""The overview: how a hub stands, in one document, for `ltc status` and later for the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ltc.app.engine import recovery
from ltc.app.engine.freshness import schedule
from ltc.app.engine.quota import telling
from ltc.core.store import tables as t
from ltc.core.store.queries import deals, hooks, runs, scopes
from ltc.core.store.queries import exceptions as parked

if TYPE_CHECKING:
    from ltc.app.config import HubConfig
    from ltc.app.engine.alerts.desk import Desk
    from ltc.core.contract import Clock
    from ltc.core.store import Store


def overview(config: HubConfig, store: Store, clock: Clock, desk: Desk) -> dict[str, Any]:
    """Say how things stand: scopes, the last runs, exceptions by cause, what waits, deals by stage, alerts, quotas, recovery."""
    alerts = desk.listed()
    limits = {name: system.limits for name, system in config.active.items()}
    with store.reading() as tx:
        reviews = tx.scalar(select(func.count()).select_from(t.review).where(t.review.c.state == "open"))
        return {
            "scopes": scopes.scopes(tx, clock.now()),
            "runs": runs.runs(tx, limit=20),
            "exceptions": parked.causes(tx),
            "reviews": int(reviews or 0),
            "jobs": list(runs.last_runs(tx).values()),
            "schedule": schedule(tx, config.jobs, clock.now()),
            "hooks": hooks.hooks(tx, clock.now()),
            "deals": deals.stages(tx),
            "alerts": alerts["alerts"],
            "undelivered": alerts["undelivered"],
            "quotas": telling.told(tx, limits, clock),
            "recovering": recovery.told(tx),
        }

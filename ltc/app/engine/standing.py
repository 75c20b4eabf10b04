"""Standing: the figures of a hub, asked of its store at one moment and of this process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ltc.app.engine.freshness import schedule
from ltc.app.telemetry.figures import Figures, Standing
from ltc.core.store import totals
from ltc.core.store.queries import hooks, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ltc.app.telemetry.meters import Meters
    from ltc.core.contract import Clock
    from ltc.core.store import Store
    from scheduler import Job


def figures(
    store: Store, clock: Clock, jobs: Mapping[str, Job], meters: Meters, quotas: Callable[[], Mapping[str, Mapping[str, int]]]
) -> Figures:
    """Make what tells Prometheus how a hub is doing."""
    return Figures(partial(_ask, store, clock, jobs), meters, quotas)


def _ask(store: Store, clock: Clock, jobs: Mapping[str, Job]) -> Standing:
    now = clock.now()
    with store.reading() as tx:
        return Standing(
            now, totals.totals(tx), standing.changes(tx), standing.exceptions(tx), standing.intents(tx), standing.leases(tx),
            schedule(tx, jobs, now), hooks.hooks(tx, now), standing.size(tx),
        )  # fmt: skip

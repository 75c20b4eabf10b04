"""The engine as commands see it: open it, ask for one thing, print, close."""

from __future__ import annotations

import getpass
import importlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ltc.app.cli.frame import Frame
    from ltc.app.config import HubConfig
    from ltc.app.engine.alerts.desk import Desk
    from ltc.app.engine.hooks import Hooks
    from ltc.app.engine.work import Work
    from ltc.app.mdm.desk import MasterData
    from ltc.app.telemetry.figures import Figures
    from ltc.app.telemetry.meters import Meters
    from ltc.app.telemetry.tracing import Tracing
    from ltc.core.contract import Clock
    from ltc.core.mapping import Mapping as ObjectMapping
    from ltc.core.store.queue import Waiting
    from scheduler import Job


class Engine(Protocol):
    """What commands ask of the engine; every answer is a plain document in the shape that --json prints."""

    config: HubConfig
    alerts: Desk
    meters: Meters

    @property
    def tracing(self) -> Tracing:
        """What opens spans."""

    @property
    def clock(self) -> Clock:
        """Tell what time it is for the hub."""

    @property
    def work(self) -> Work:
        """Give what queues runs and works on them."""

    @property
    def mdm(self) -> MasterData:
        """Give what there is to ask and to decide of identity."""

    def reach(self) -> None:
        """Open the database and bring its tables up to date; raise Later while it is away."""

    def sync(
        self,
        *,
        job: str = "sync",
        systems: Sequence[str] = (),
        entities: Sequence[str] = (),
        full: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """Read, match, merge, plan and write once: ``{runs, totals}``."""

    def status(self) -> dict[str, Any]:
        """Say how things stand: ``{scopes, runs, exceptions, reviews, jobs, schedule, hooks, deals, quotas, alerts, …}``."""

    def log(
        self,
        *,
        system: str = "",
        obj: str = "",
        record_id: str = "",
        run: int = 0,
        action: str = "",
        limit: int = 100,
        after: int = 0,
    ) -> dict[str, Any]:
        """List what happened to records: ``{entries, after}``."""

    def exceptions(
        self, *, system: str = "", entity: str = "", state: str = "open", limit: int = 100, after: int = 0
    ) -> dict[str, Any]:
        """List parked records: ``{exceptions, after}``."""

    def retry(self, numbers: Sequence[int], *, actor: str) -> dict[str, Any]:
        """Let parked records go on."""

    def edit(self, number: int, fields: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
        """Mend a parked record and retry it."""

    def coverage(self, system: str, mapping: ObjectMapping, *, limit: int, fresh: bool = False) -> dict[str, Any]:
        """Say what the lines of a mapping did: ``{records, out_of_scope, lines}``."""

    def longest(self, entity: str, *, limit: int) -> dict[str, int]:
        """Say how long the texts are that the hub knows of an entity, by path."""

    def trace(self, any_id: str) -> dict[str, Any]:
        """Tell a deal's story: ``{deal, deals, documents, cut, next}``."""

    def deals(self, *, stage: str = "", stuck: bool = False, limit: int = 100, after: str = "") -> dict[str, Any]:
        """List deals: ``{deals, after}``."""

    def rebuild_deals(self, *, actor: str) -> dict[str, Any]:
        """Work out anew which documents belong to which deals: ``{deals, documents}``."""

    def preview(self, flow: str, any_id: str) -> dict[str, Any]:
        """Say what a flow would derive now: ``{flow, sources}``."""

    def explain(self, any_id: str) -> dict[str, Any]:
        """Say what flows made of a record, and why: ``{records}``."""

    def reviews(self, *, state: str = "open", limit: int = 100, after: int = 0) -> dict[str, Any]:
        """List proposed matches: ``{reviews, after}``."""

    def decide(self, number: int, verdict: str, *, actor: str) -> dict[str, Any]:
        """Settle a proposed match."""

    def rollout_status(self) -> dict[str, Any]:
        """Say how far each scope is: ``{scopes}``."""

    def rollout_mode(
        self, mode: str, *, system: str = "", entity: str = "", leaves: Sequence[str] = (), baseline: bool = True, actor: str
    ) -> dict[str, Any]:
        """Move scopes to observe, shadow or live."""

    def rollout_apply(self, *, system: str = "", entity: str = "", preview: bool = False) -> dict[str, Any]:
        """Bring old records under a changed mapping: ``{scopes: [{system, object, records, planned}]}``."""

    def rollout_release(self, system: str, entity: str = "", *, actor: str) -> dict[str, Any]:
        """Let through once what a brake holds: ``{released}``."""

    def rollout_resume(self, system: str, entity: str = "", *, actor: str) -> dict[str, Any]:
        """Start a stopped scope again."""

    def rewind(self, system: str, obj: str = "", *, cursor: str = "", actor: str) -> dict[str, Any]:
        """Begin a new epoch."""

    def listening(self) -> list[str]:
        """Name the systems that may post webhooks."""

    def hooks(self, tell: Callable[[Waiting], None]) -> Hooks:
        """Make the ears and lanes of the systems; workers are told of the runs that webhooks queue."""

    def figures(self) -> Figures:
        """Make what tells Prometheus how the hub is doing."""

    def jobs(self) -> dict[str, Any]:
        """Say how jobs stand: ``{jobs}``."""

    def run_job(self, job: Job, *, actor: str, since: datetime | None = None, until: datetime | None = None) -> dict[str, Any]:
        """Do a job now, and tell how its run ended; with ``since`` what changed from then on is read again."""

    def pause_job(self, job: Job, *, actor: str, why: str = "") -> bool:
        """Keep time from starting a job; tell whether it was not paused already."""

    def resume_job(self, job: Job, *, actor: str) -> bool:
        """Let time start a job again; tell whether it was paused."""

    def close(self) -> None:
        """Give back the store and the connections."""


@contextmanager
def opened(frame: Frame) -> Iterator[Engine]:
    """Open the hub's engine for the length of a command."""
    config = frame.hub()
    found = importlib.import_module("ltc.app.engine.api")
    engine = cast("Engine", found.Engine(config))
    importlib.import_module("ltc.app.engine.collector").settle_down()
    try:
        yield engine
    finally:
        engine.close()


def actor() -> str:
    """Name who sits at the keyboard, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"

"""Figures: how the hub is doing, in Prometheus' words; it needs the extra `metrics`.

What only grows and must survive a restart, and what all replicas share, comes from the store, a few cheap queries that are asked
again after a while; what this process alone knows comes from its meters. Labels are names of files and states, never ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from ltc import __version__
from ltc.app.telemetry.meters import BOUNDS
from ltc.core.errors import LtcError

if TYPE_CHECKING:
    from collections import Counter

    from prometheus_client.metrics_core import Metric

    from ltc.app.telemetry.meters import Meters
    from ltc.core.store.queries.standing import OpenChanges, OpenExceptions
    from ltc.core.store.totals import Key

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
KEPT_SECONDS: Final = 10.0
"""So long what the store said is told again: several who ask cost it no more than one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store says, at one moment."""

    now: datetime
    totals: Counter[Key]
    changes: Sequence[OpenChanges]
    exceptions: Sequence[OpenExceptions]
    intents: Mapping[str, int]
    leases: Mapping[str, int]
    jobs: Sequence[Mapping[str, Any]]
    hooks: Sequence[Mapping[str, Any]]
    size: int


class Figures:
    """Gives the text that Prometheus reads."""

    def __init__(
        self, ask: Callable[[], Standing], meters: Meters, quotas: Callable[[], Mapping[str, Mapping[str, int]]],
        *, kept: float = KEPT_SECONDS, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Take who asks the store, the meters of this process, and what systems said of their quotas."""
        self._ask, self._meters, self._quotas = ask, meters, quotas
        self._kept, self._monotonic = kept, monotonic
        self._standing: Standing | None = None
        self._asked: float | None = None
        self._lock = Lock()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """Write all figures."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Give all figures; if the store is away, those of this process, and that it is."""
        yield _gauge("ltc_build_info", "The version that runs.", ("version",), {(__version__,): 1})
        standing = self._from_store()
        yield _gauge("ltc_store_up", "Whether the store answers.", (), {(): float(standing is not None)})
        if standing is not None:
            yield from _of_work(standing)
            yield from _of_state(standing)
        yield from self._of_process()

    def _from_store(self) -> Standing | None:
        with self._lock:
            now = self._monotonic()
            if self._asked is None or now - self._asked >= self._kept:
                try:
                    self._standing = self._ask()
                except LtcError:
                    self._standing = None
                self._asked = now
            return self._standing

    def _of_process(self) -> Iterator[Metric]:
        calls = HistogramMetricFamily(
            "ltc_call_duration_seconds", "Time of calls to systems by this process.", labels=("system", "outcome")
        )
        for labels, (classes, seconds) in sorted(self._meters.calls().items()):
            bounds = [*map(str, BOUNDS), "+Inf"]
            buckets = [(bound, float(sum(classes[: place + 1]))) for place, bound in enumerate(bounds)]
            calls.add_metric(labels, buckets=buckets, sum_value=seconds)
        yield calls
        told = "Webhooks at the door of this process, by what came of them."
        yield _counter("ltc_webhooks", told, ("system", "outcome"), self._meters.webhooks())
        quotas = self._quotas()
        limits = {(system,): float(quota["limit"]) for system, quota in quotas.items() if "limit" in quota}
        left = {
            (system,): float(quota["limit"] - quota["used"])
            for system, quota in quotas.items()
            if {"limit", "used"} <= set(quota)
        }
        yield _gauge("ltc_quota_limit", "Calls that a system grants in its period, as it said last.", ("system",), limits)
        yield _gauge("ltc_quota_remaining", "Calls that are left, as the system said last.", ("system",), left)


def _of_work(standing: Standing) -> Iterator[Metric]:
    """Tell what was done since the first day."""
    of: dict[str, dict[tuple[str, ...], float]] = {"jobs": {}, "runs": {}, "records": {}}
    calls: dict[tuple[str, ...], float] = {}
    for (name, system, subject, came), number in standing.totals.items():
        if name == "jobs":
            of[name][subject, came] = number
        elif came == "api_calls":
            calls[system,] = calls.get((system,), 0) + number
        elif name in of:
            of[name][system, subject, came] = number
    yield _counter("ltc_job_runs", "Runs of jobs that have ended.", ("job", "status"), of["jobs"])
    yield _counter("ltc_runs", "Runs of objects that have ended.", ("system", "object", "status"), of["runs"])
    yield _counter("ltc_records", "Records by what became of them.", ("system", "object", "outcome"), of["records"])
    yield _counter("ltc_calls", "Calls to systems by runs.", ("system",), calls)


def _of_state(standing: Standing) -> Iterator[Metric]:
    """Tell how things stand now."""
    by_object = ("system", "object", "entity", "state")
    open_changes = {(one.system, one.object, one.entity, one.state): float(one.number) for one in standing.changes}
    ages = {(one.system, one.object, one.entity, one.state): _age(standing.now, one.since) for one in standing.changes}
    parked = {(one.system, one.object, one.stage): float(one.number) for one in standing.exceptions}
    yield _gauge("ltc_changes_open", "Changes that a system has not come to yet.", by_object, open_changes)
    yield _gauge("ltc_change_oldest_age_seconds", "Age of the oldest open change.", by_object, ages)
    yield _gauge("ltc_exceptions_open", "Records that wait for a person.", ("system", "object", "stage"), parked)
    unknown = {(system,): float(number) for system, number in standing.intents.items()}
    yield _gauge("ltc_writes_unsettled", "Writes under way or of unknown outcome.", ("system",), unknown)
    held = {(kind,): float(number) for kind, number in standing.leases.items()}
    yield _gauge("ltc_leases_held", "Leases that workers hold, by what they are for.", ("kind",), held)
    pending = {(one["system"], one["object"]): float(one["pending"]) for one in standing.hooks}
    waiting = {(one["system"], one["object"]): float(one["age"] or 0) for one in standing.hooks}
    yield _gauge("ltc_webhooks_pending", "Webhooks that are kept and not worked on yet.", ("system", "object"), pending)
    yield _gauge("ltc_webhook_oldest_age_seconds", "Age of the oldest of them.", ("system", "object"), waiting)
    late = {(job["job"],): float(job["late"] or 0) for job in standing.jobs}
    since = {(job["job"],): _age(standing.now, job["done"]) for job in standing.jobs if job["done"]}
    paused = {(job["job"],): float(job["paused"] is not None) for job in standing.jobs}
    yield _gauge("ltc_job_late_seconds", "How long a job is overdue; 0 if it is not.", ("job",), late)
    yield _gauge("ltc_job_last_success_age_seconds", "Time since a job was last done.", ("job",), since)
    yield _gauge("ltc_job_paused", "Whether somebody has paused a job.", ("job",), paused)
    yield _gauge("ltc_store_size_bytes", "What the store takes on its disk.", (), {(): float(standing.size)})


def _age(now: datetime, since: str) -> float:
    return max(0.0, (now - datetime.fromisoformat(since).astimezone(UTC)).total_seconds())


def _gauge(name: str, told: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _counter(name: str, told: str, labels: Sequence[str], values: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(name, told, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family

"""Watching: what is wrong at this moment, one alert for each cause. What follows from a cause is not told beside it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from ltc.app.engine import trouble
from ltc.app.engine.alerts.kinds import KINDS, Severity
from ltc.app.engine.bodies import without_bodies
from ltc.app.engine.context import instant, moment
from ltc.app.engine.freshness import schedule
from ltc.app.engine.quota import telling
from ltc.core.store import tables as t
from ltc.core.store.queries import hooks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ltc.app.config import HubConfig
    from ltc.app.config.alert_settings import RulesSettings
    from ltc.core.contract import Clock
    from ltc.core.store import Tx

GIVEN_UP_WITHIN: Final = timedelta(hours=24)
GIVEN_UP: Final = "Given up:"
"""How the error of a run begins whose workers were lost, one after the other."""

WELL: Final = frozenset({"never", "done", "spent"})
"""How the newest run of a job may stand that has not failed since it was last done."""

WAITING: Final = ("due", "waiting", "writing", "held")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know; of one code and subject there is one."""

    code: str
    subject: str
    message: str

    @property
    def severity(self) -> Severity:
        """Say how bad it is."""
        return KINDS[self.code].severity

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return KINDS[self.code].remedy.format(subject=self.subject)


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at a hub."""

    config: HubConfig
    clock: Clock

    @property
    def rules(self) -> RulesSettings:
        """Give what the hub's owner wants to be told."""
        return self.config.settings.alerts.rules

    def look(self, tx: Tx) -> list[Alert]:
        """Find what is wrong, and leave out what only follows from something else that is told."""
        ills = trouble.troubles(tx)
        found = [
            *self._systems(tx, ills), *self._quotas(tx), *self._exceptions(tx), *self._changes(tx), *self._webhooks(tx, ills),
            *self._lost(tx), *_disk(self.config.var, float(self.rules.store_full.free)),
        ]  # fmt: skip
        found += self._jobs(tx, {ill["system"] for ill in ills if self._is_watched(ill["kind"])})
        return [one for one in found if getattr(self.rules, KINDS[one.code].rule).enabled]

    def _is_watched(self, kind: str) -> bool:
        rule = "brake_held" if kind == trouble.BRAKED else f"system_{kind}"
        return kind != trouble.REFUSED and bool(getattr(self.rules, rule).enabled)

    def _jobs(self, tx: Tx, told: set[str]) -> Iterator[Alert]:
        """Find jobs that fail or are late for a reason that is not told as a system's."""
        for job in schedule(tx, self.config.jobs, self.clock.now()):
            name, is_well = job["job"], job["status"] in WELL
            failures = [] if is_well else _failures(tx, name, self.rules.job_failed.times)
            error, failing = failures[0][1:] if failures else ("", frozenset())
            if job["paused"] or (failing and failing <= told):
                continue
            error = without_bodies(error)
            if len(failures) >= self.rules.job_failed.times:
                often = f"failed {len(failures)} times in a row" if len(failures) > 1 else "failed"
                yield Alert("job.failed", name, f"The job {name} {often}: {error}")
            elif job["late"] is not None:
                message = f"The job {name} was due at {_minute(job['due'])} and is late by {_span(job['late'])}."
                yield Alert("job.late", name, f"{message} {error}".strip())

    def _systems(self, tx: Tx, ills: list[dict[str, Any]]) -> Iterator[Alert]:
        stopped = defaultdict(list)
        for system, obj, why in tx.execute(select(t.scope.c.system, t.scope.c.object, t.scope.c.stopped)):
            if why and system in self.config.active:
                stopped[system].append((obj, why))
        for system, objects in stopped.items():
            told = f"{', '.join(sorted(obj for obj, _ in objects))} of {system} {'is' if len(objects) == 1 else 'are'} stopped"
            yield Alert("system.stopped", system, f"{told}: {objects[0][1]}")
        lasts = self.rules.system_unreachable.lasts
        for ill in ills:
            system, kind, message = ill["system"], ill["kind"], ill["message"]
            if system not in self.config.active:
                continue
            if kind == trouble.UNREACHABLE and self.clock.now() - moment(ill["since"]) >= lasts:
                yield Alert("system.unreachable", system, f"{system} has not answered since {_minute(ill['since'])}: {message}")
            elif kind == trouble.BRAKED:
                yield Alert("brake.held", system, f"A brake holds what is due in {system}: {message}")
            elif kind in {trouble.MISCONFIGURED, trouble.UNAUTHORISED}:
                yield Alert(f"system.{kind}", system, f"{system}: {message}")

    def _quotas(self, tx: Tx) -> Iterator[Alert]:
        limits = {name: system.limits for name, system in self.config.active.items()}
        for quota in telling.told(tx, limits, self.clock):
            system, used, budget = quota["system"], quota["used"], quota["budget"]
            if quota["rests_until"]:
                until = _minute(quota["rests_until"])
                yield Alert("quota.spent", system, f"{system} is left alone until {until}: {without_bodies(quota['why'])}")
            elif budget is not None and quota["spent_at"]:
                told = f"{used:,} of the {budget:,} calls of this {quota['unit']} are used in {system}"
                if quota["left"]:
                    told = f"{told}; at this pace they are spent at {_minute(quota['spent_at'])}"
                yield Alert("quota.spent", system, f"{told}. They reset at {_minute(quota['resets'])}.")

    def _exceptions(self, tx: Tx) -> Iterator[Alert]:
        rule, s, e = self.rules.exceptions_parked, t.scope, t.exception
        rows = tx.execute(
            select(s.c.system, func.count(), func.min(e.c.created_at))
            .join(s, s.c.id == e.c.scope_id)
            .where(e.c.state == "open")
            .group_by(s.c.system)
        )
        for system, number, oldest in rows:
            if number >= rule.number or self.clock.now() - moment(oldest) >= rule.age:
                records = "1 record of" if number == 1 else f"{number:,} records of"
                message = f"{records} {system} {'is' if number == 1 else 'are'} parked, the oldest since {_minute(oldest)}."
                yield Alert("exceptions.parked", system, message)

    def _changes(self, tx: Tx) -> Iterator[Alert]:
        age, s, c = self.rules.changes_waiting.age, t.scope, t.change
        before = instant(self.clock.now() - age)
        rows = tx.execute(
            select(s.c.system, func.count(), func.min(c.c.created_at))
            .join(s, s.c.id == c.c.scope_id)
            .where(c.c.state.in_(WAITING), c.c.created_at <= before)
            .group_by(s.c.system)
        )
        for system, number, oldest in rows:
            changes = "1 change waits" if number == 1 else f"{number:,} changes wait"
            yield Alert("changes.waiting", system, f"{changes} to be written to {system}, the oldest since {_minute(oldest)}.")

    def _webhooks(self, tx: Tx, ills: list[dict[str, Any]]) -> Iterator[Alert]:
        for ill in ills:
            lately = self.clock.now() - moment(ill["last_at"]) < trouble.REFUSED_WITHIN
            if ill["kind"] == trouble.REFUSED and lately and ill["times"] >= self.rules.webhooks_refused.number:
                yield Alert("webhooks.refused", ill["system"], f"{ill['times']:,} webhooks of {ill['system']} were refused.")
        parked: dict[str, int] = defaultdict(int)
        for row in hooks.hooks(tx, self.clock.now()):
            parked[row["system"]] += row["parked"]
        for system, number in parked.items():
            if number:
                said = "1 webhook is" if number == 1 else f"{number:,} webhooks are"
                yield Alert(
                    "webhooks.parked", system, f"{said} parked in {system}, since what it tells of could not be worked on."
                )

    def _lost(self, tx: Tx) -> Iterator[Alert]:
        r, since = t.run, instant(self.clock.now() - GIVEN_UP_WITHIN)
        lost = select(r.c.job, func.max(r.c.id)).where(r.c.error.startswith(GIVEN_UP), r.c.finished_at >= since).group_by(r.c.job)
        for job, number in tx.execute(lost).all():
            done = select(r.c.id).where(r.c.job == job, r.c.id > number, r.c.status == "done").limit(1)
            if tx.scalar(done) is None:
                yield Alert("run.lost", job, f"Run {number} of the job {job} was given up, since its workers were lost.")


def _failures(tx: Tx, job: str, most: int) -> list[tuple[int, str, frozenset[str]]]:
    """List the failures of a job since it was last done, the newest first: the run, its error, and the systems that failed in it.

    They are counted as far as it matters; the systems are those of the newest one.
    """
    r = t.run
    ended = select(r.c.id, r.c.status, r.c.error).where(r.c.job == job, r.c.status.in_(("done", "failed", "spent")))
    rows = tx.execute(ended.order_by(r.c.slot.desc()).limit(max(most, 100))).all()
    failed = list(takewhile(lambda row: row[1] == "failed", rows))
    if not failed:
        return []
    wrong = select(r.c.system).where(r.c.parent == failed[0][0], r.c.status.not_in(("done", "spent"))).distinct()
    systems = frozenset(tx.execute(wrong).scalars())
    return [(row[0], row[2], systems) for row in failed]


def _disk(folder: Path, least: float) -> Iterator[Alert]:
    if not folder.exists():
        return
    usage = shutil.disk_usage(folder)
    if usage.free < usage.total * least:
        share = usage.free / usage.total
        yield Alert(
            "store.full", "var", f"Of the disk under var/ only {usage.free // 1_000_000:,} MB are free, that is {share:.1%}."
        )


def _minute(at: str | datetime | None) -> str:
    return f"{str(at or '')[:16].replace('T', ' ')} UTC"


def _span(seconds: float) -> str:
    return f"{int(seconds // 3600)} h" if seconds >= 7200 else f"{int(seconds // 60)} min"

"""The engine's door for commands, for the scheduler and later for the console: plain arguments in, plain documents out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from ltc.app.engine import pausing, rollout, stewards
from ltc.app.engine.alerts.desk import Desk
from ltc.app.engine.context import instant
from ltc.app.engine.contexts import Contexts
from ltc.app.engine.coverage import cover_fresh, cover_kept, covered, longest
from ltc.app.engine.deals.whole import rebuild
from ltc.app.engine.door import cannot_tell
from ltc.app.engine.fields import Fields
from ltc.app.engine.flow.explain import explain, preview
from ltc.app.engine.freshness import schedule
from ltc.app.engine.hooks import Hooks, untold
from ltc.app.engine.opening import close_context, open_context, open_store, traced
from ltc.app.engine.outcome import Done, done_of
from ltc.app.engine.overview import overview
from ltc.app.engine.quota.priority import ORDINARY, WEBHOOKS
from ltc.app.engine.runs import Sync
from ltc.app.engine.span import USUAL, Span
from ltc.app.engine.state import HUB_MADE, to_json
from ltc.app.engine.trace import trace
from ltc.app.engine.work import Work
from ltc.app.telemetry.meters import Meters
from ltc.app.telemetry.tracing import Tracing
from ltc.core.contract import Ear, Memory
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.models.deals import DOCUMENTS, STAGES
from ltc.core.store import Store
from ltc.core.store import tables as t
from ltc.core.store.queries import deals, log, paging, runs, search
from ltc.core.store.queries import exceptions as parked
from ltc.core.store.retention import Keep, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ltc.app.config import HubConfig
    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.app.mdm.desk import MasterData
    from ltc.app.telemetry.figures import Figures
    from ltc.core.contract import Clock
    from ltc.core.mapping import Mapping as ObjectMapping
    from ltc.core.store.queue import Hold, Waiting
    from scheduler import Job


class Engine:
    """One hub's engine; store and systems are opened when they are first needed."""

    def __init__(self, config: HubConfig, *, clock: Clock | None = None) -> None:
        """Take what the hub's files say, and the time to live in."""
        self.config = config
        self._given = clock
        self.meters = Meters()
        self._opened: list[Hooks] = []

    @cached_property
    def store(self) -> Store:
        """Open the hub's database."""
        return open_store(self.config)

    def reach(self) -> None:
        """Open the hub's database, if it is there."""
        self.store  # noqa: B018 - it is opened when it is first asked for

    @property
    def clock(self) -> Clock:
        """Tell what time it is for the hub: what its database says, unless another time was given to live in."""
        return self._given or self.store.clock

    @cached_property
    def tracing(self) -> Tracing:
        """Send spans, if hub.yaml says where to."""
        return traced(self.config)

    @cached_property
    def context(self) -> Context:
        """Connect the systems; records are checked by the hub's own schemas."""
        return self._connect()

    @cached_property
    def _contexts(self) -> Contexts:
        return Contexts(self._connect, self.context)

    def _connect(self, priority: int = ORDINARY) -> Context:
        context = open_context(self.config, self.store, self.clock, meters=self.meters, tracing=self.tracing, priority=priority)
        context.schemas = self.config.schemas
        return context

    @cached_property
    def mdm(self) -> MasterData:
        """Give what there is to ask and to decide of identity."""
        from ltc.app.mdm.desk import MasterData  # noqa: PLC0415 - only those who ask load what matches

        return MasterData(lambda: self.context)

    @cached_property
    def alerts(self) -> Desk:
        """Give what there is to ask of alerts."""
        return Desk(self.config, self.store, self.clock, self.meters)

    def close(self) -> None:
        """Give back the store and the connections."""
        for opened in self._opened:
            opened.close()
            close_context(opened.context)
        self._opened.clear()
        if "_contexts" in self.__dict__:
            self._contexts.close()
        elif "context" in self.__dict__:
            close_context(self.context)
        if "store" in self.__dict__:
            self.store.close()
        if "tracing" in self.__dict__:
            self.tracing.close()

    def sync(
        self, *, job: str = "sync", systems: Sequence[str] = (), entities: Sequence[str] = (), full: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Read, match, merge, plan and write once."""
        self.context.counts.clear()
        return self._sync(self.context, job=job, systems=systems, entities=entities, full=full, tell=tell)[1]

    def _sync(
        self, ctx: Context, *, job: str, systems: Sequence[str], entities: Sequence[str], full: bool,
        tell: Callable[[str], None] | None = None, span: Span | None = None,
    ) -> tuple[Sync, dict[str, Any]]:  # fmt: skip
        """Sync in a context, or do a slice of it."""
        for name in systems:
            self.config.system(name)
        chosen = [
            scope for scope in ctx.scopes.values() if not scope.is_hub
            and (not systems or scope.system in systems) and (not entities or scope.entity in entities)
        ]  # fmt: skip
        if not self.config.systems:
            raise Misconfigured("This hub names no system yet.", remedy="Name one in config/systems.yaml, then `ltc check`.")
        if not chosen:
            raise Misconfigured("No object of any system fits.", remedy="`ltc rollout status` lists systems and entities.")
        fields = Fields(self.config, ctx)
        sync = Sync(ctx, fields.insist(chosen), job=job, full=full, tell=tell, fields=fields, span=span)
        report = sync.go()
        fields.doubt([name for name, fault in sync.failures.items() if isinstance(fault, Misconfigured)])
        return sync, report

    def status(self) -> dict[str, Any]:
        """Say how things stand."""
        return overview(self.config, self.store, self.clock, self.alerts)

    def log(
        self, *, system: str = "", obj: str = "", record_id: str = "", run: int = 0, action: str = "", limit: int = 100,
        after: int = 0,
    ) -> dict[str, Any]:  # fmt: skip
        """List what happened to records, the newest first; of a named one also since when it is known."""
        with self.store.reading() as tx:
            entries = log.entries(
                tx, system=system, obj=obj, record_id=record_id, run=run, action=action, limit=limit, after=after
            )
            after = paging.next_after(entries, limit)
            if record_id and not run and action in {"", log.FOUND} and len(entries) < limit:
                room = limit - len(entries)
                entries += log.found(tx, record_id, system=system, obj=obj, own=HUB_MADE, limit=room)
                entries.sort(key=itemgetter("at"), reverse=True)
            if record_id and not entries and not search.find(tx, record_id):
                message = f"The log holds nothing of a record {record_id!r}."
                raise Rejected(message, remedy="Give a hub id, a system's own id, or a document number.", code="log.unknown")
        return {"entries": entries, "after": after}

    def exceptions(
        self, *, system: str = "", entity: str = "", state: str = "open", limit: int = 100, after: int = 0
    ) -> dict[str, Any]:
        """List parked records."""
        with self.store.reading() as tx:
            found = parked.exceptions(tx, system=system, entity=entity, state=state, limit=limit, after=after)
        return {"exceptions": found, "after": paging.next_after(found, limit)}

    def retry(self, numbers: Sequence[int], *, actor: str) -> dict[str, Any]:
        """Let parked records go on."""
        return stewards.retry(self.context, numbers, actor=actor)

    def edit(self, number: int, fields: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
        """Mend a parked record and retry it."""
        return stewards.edit(self.context, number, dict(fields), actor=actor)

    def coverage(self, system: str, mapping: ObjectMapping, *, limit: int, fresh: bool = False) -> dict[str, Any]:
        """Say what the lines of a mapping did, over the records as they were last read or over fresh ones."""
        connector = self.context.connectors[system]
        if fresh:
            return covered(cover_fresh(connector, mapping, limit))
        return covered(cover_kept(self.store, connector, system, mapping, limit))

    def longest(self, entity: str, *, limit: int) -> dict[str, int]:
        """Say how long the texts are that the hub knows of an entity."""
        return longest(self.store, entity, limit)

    def trace(self, any_id: str) -> dict[str, Any]:
        """Tell a deal's story."""
        return trace(self.context, any_id)

    def deals(self, *, stage: str = "", stuck: bool = False, limit: int = 100, after: str = "") -> dict[str, Any]:
        """List deals with the stage that they have come to, and where they are stuck."""
        if stage and stage not in STAGES:
            message = f"A deal has no stage {stage!r}."
            raise Misconfigured(message, remedy=f"Stages: {', '.join(STAGES)}.", code="deal.stage")
        with self.store.reading() as tx:
            found = deals.deals(tx, stage=stage, stuck=stuck, limit=limit, after=after)
        return {"deals": found, "after": found[-1]["id"] if len(found) == limit else ""}

    def rebuild_deals(self, *, actor: str) -> dict[str, Any]:
        """Work out anew which documents belong to which deals, and how far these are."""
        with self.store.transaction() as tx:
            tx.insert_one(t.audit, self._audit(actor, "deals.rebuild", ""))
        return dict(rebuild(self.context))

    def preview(self, flow: str, any_id: str) -> dict[str, Any]:
        """Say what a flow would derive now; nothing is written."""
        return preview(self.context, flow, any_id, DOCUMENTS)

    def explain(self, any_id: str) -> dict[str, Any]:
        """Say what flows made of a record, and why."""
        return explain(self.context, any_id)

    def reviews(self, *, state: str = "open", limit: int = 100, after: int = 0) -> dict[str, Any]:
        """List proposed matches."""
        found = stewards.reviews(self.context, state=state, limit=limit, after=after)
        return {"reviews": found, "after": paging.next_after(found, limit)}

    def decide(self, number: int, verdict: str, *, actor: str) -> dict[str, Any]:
        """Settle a proposed match."""
        return stewards.decide_review(self.context, number, verdict, actor=actor)

    def rollout_status(self) -> dict[str, Any]:
        """Say how far each scope is."""
        return {"scopes": rollout.status(self.context)}

    def rollout_mode(
        self, mode: str, *, system: str = "", entity: str = "", leaves: Sequence[str] = (), baseline: bool = True, actor: str
    ) -> dict[str, Any]:
        """Move scopes to observe, shadow or live."""
        return rollout.set_mode(self.context, self._scopes(system, entity), mode, actor=actor, leaves=leaves, baseline=baseline)

    def rollout_apply(self, *, system: str = "", entity: str = "", preview: bool = False) -> dict[str, Any]:
        """Bring old records under a changed mapping."""
        done = [
            {"system": scope.system, "object": scope.object, **rollout.apply_mapping(self.context, scope, preview=preview)}
            for scope in self._scopes(system, entity)
        ]
        return {"scopes": done}

    def rollout_release(self, system: str, entity: str = "", *, actor: str) -> dict[str, Any]:
        """Let through once what a brake holds."""
        return {"released": rollout.release(self.context, self._scopes(system, entity), actor=actor)}

    def rollout_resume(self, system: str, entity: str = "", *, actor: str) -> dict[str, Any]:
        """Start a stopped scope again."""
        chosen = self._scopes(system, entity)
        with self.store.transaction() as tx:
            for scope in chosen:
                tx.execute(update(t.scope).where(t.scope.c.id == scope.id).values(stopped="", updated_by=actor))
                tx.insert_one(t.audit, self._audit(actor, "resume", f"{scope.system}.{scope.object}"))
        return {"scopes": len(chosen)}

    def rewind(self, system: str, obj: str = "", *, cursor: str = "", actor: str) -> dict[str, Any]:
        """Begin a new epoch of a system that was restored from a backup."""
        chosen = [scope for scope in self._scopes(system, "") if obj in ("", scope.object)]
        if not chosen:
            known = ", ".join(sorted(scope.object for scope in self._scopes(system, "")))
            raise Misconfigured(
                f"The hub reads no {obj!r} of {system}.", remedy=f"It reads: {known}.", code="config.unknown_object"
            )
        return rollout.rewind(self.context, chosen, actor=actor, cursor=cursor)

    def listening(self) -> list[str]:
        """Name the systems that may post webhooks: their connectors have an ear."""
        return [name for name, system in self.config.active.items() if issubclass(system.entry.load(), Ear)]

    def hooks(self, tell: Callable[[Waiting], None] = untold) -> Hooks:
        """Make the ears and lanes of the systems, with connections of their own; nothing runs yet.

        ``tell`` lets workers know of a run that a webhook has queued.
        """
        store = Store(self.config.database_url().get_secret_value(), synchronous="full")
        made = Hooks(self._connect(WEBHOOKS), store, self.config, jobs=tuple(self.config.jobs.values()), tell=tell)
        self._opened.append(made)
        return made

    def figures(self) -> Figures:
        """Make what tells Prometheus how the hub is doing."""
        from ltc.app.engine.standing import figures  # noqa: PLC0415 - needs an extra

        return figures(self.store, self.clock, self.config.jobs, self.meters, self.quotas)

    def quotas(self) -> dict[str, dict[str, int]]:
        """Say what systems told this process last of their quotas."""
        contexts = [opened.context for opened in self._opened] + ([self.context] if "context" in self.__dict__ else [])
        contexts += self._contexts.idle() if "_contexts" in self.__dict__ else []
        return {name: dict(kit.quota) for context in contexts for name, kit in context.kits.items() if kit.quota}

    @cached_property
    def work(self) -> Work:
        """Give what queues runs and works on them."""
        return Work(self.config, self.store, self.clock, self._do)

    def jobs(self) -> dict[str, Any]:
        """Say of each job when it was last due, last done and comes next, and whether it is late or paused."""
        with self.store.reading() as tx:
            return {"jobs": schedule(tx, self.config.jobs, self.clock.now())}

    def run_job(
        self, job: Job, *, actor: str, since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, Any]:  # fmt: skip
        """Do a job now, and tell how its run ended; with ``since`` what changed from then on is read again."""
        span = self._span(job, since, until) if since is not None else None
        with self.store.transaction() as tx:
            detail = span.options() if span is not None else ""
            tx.insert_one(t.audit, self._audit(actor, "job.run", job.name) | {"detail": detail})
            hold = self.work.by_hand(tx, job, detail or USUAL)
        if hold is None:
            raise Misconfigured(f"The job {job.name!r} was started at this very moment.", remedy="See `ltc jobs`.")
        self.work.finish(hold)
        with self.store.reading() as tx:
            return dict(runs.run(tx, hold.run_id) or {})

    def _span(self, job: Job, since: datetime, until: datetime | None) -> Span:
        """Make the span of a back-fill; refuse one that is empty, or that a job or a system cannot read."""
        if job.task != "sync":
            raise Misconfigured(f"The job {job.name!r} reads nothing: its task is {job.task}.", remedy="Name one that syncs.")
        if since >= (until or self.clock.now()):
            raise Misconfigured("This span is empty: it ends before it begins.", remedy="Name an earlier `--since`.")
        for name in job.systems or self.config.active:
            if not issubclass(self.config.system(name).entry.load(), Memory):
                raise cannot_tell(name)
        return Span(since, until)

    def pause_job(self, job: Job, *, actor: str, why: str = "") -> bool:
        """Keep time from starting a job; tell whether it was not paused already."""
        with self.store.transaction() as tx:
            done = pausing.pause(tx, job.name, at=instant(self.clock.now()), actor=actor, why=why)
            if done:
                tx.insert_one(t.audit, self._audit(actor, "job.pause", job.name) | {"detail": to_json({"why": why}) or ""})
        return done

    def resume_job(self, job: Job, *, actor: str) -> bool:
        """Let time start a job again; tell whether it was paused."""
        with self.store.transaction() as tx:
            done = pausing.resume(tx, job.name)
            if done:
                tx.insert_one(t.audit, self._audit(actor, "job.resume", job.name))
        return done

    def clean(self) -> dict[str, int]:
        """Delete what is older than the hub keeps it, and say how much of each kind went."""
        kept = {name: age / timedelta(days=1) for name, age in self.config.settings.retention}
        return clean(self.store, self.clock.now(), Keep(**kept))

    def _do(self, job: Job, hold: Hold, enough: Callable[[], bool]) -> Done:
        """Do a slice of what a job is for."""
        with self.tracing.span("run"):
            if job.task == "clean":
                return Done(dict(self.clean()))
            with self._contexts.lent() as context:
                ctx = replace(context, hold=hold, lease=hold, enough=enough, counts={})
                sync, report = self._sync(
                    ctx, job=job.name, systems=job.systems, entities=job.entities, full=job.full, span=Span.of(hold.options)
                )
        return Done(paused=True, wait=sync.wait) if sync.paused else done_of(report)

    def _real_scopes(self) -> list[Scope]:
        return [scope for scope in self.context.scopes.values() if not scope.is_hub]

    def _scopes(self, system: str, entity: str) -> list[Scope]:
        """Choose scopes by system and entity; a name that fits nothing is a mistake, not an empty wish."""
        if system:
            self.config.system(system)
        chosen = [one for one in self._real_scopes() if system in ("", one.system) and entity in ("", one.entity)]
        if not chosen:
            known = ", ".join(sorted({scope.entity for scope in self._real_scopes()}))
            raise Misconfigured(
                f"Nothing holds {entity or system!r}.", remedy=f"Known entities: {known}.", code="config.unknown_entity"
            )
        return chosen

    def _audit(self, actor: str, action: str, subject: str) -> dict[str, str]:
        return {"at": instant(self.clock.now()), "actor": actor, "action": action, "subject": subject[:255], "detail": ""}

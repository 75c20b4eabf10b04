"""What the files of a hub's `config/` may say. Every key has its meaning here: documentation and checks read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from ltc.app.config.alert_settings import AlertSettings
from ltc.app.config.durations import Duration
from ltc.app.config.limit_settings import LimitSettings
from ltc.app.config.strict import Currency, Share, Strict, TimeZone
from ltc.core.yamlfile import WrongValue
from scheduler import After, ByHand, Cron, Every, Job, OnWebhook, Task, Trigger, check_cron, is_always, read_window


def _none_is_empty(value: Any) -> Any:
    """Let `customer:` with nothing behind it mean: as everything is by default."""
    return {key: {} if child is None else child for key, child in value.items()} if isinstance(value, Mapping) else value


class BrakeSettings(Strict):
    """Limits per run; beyond them the run stops before it writes and asks. Empty: no limit."""

    max_creates: int | None = Field(default=None, ge=0, description="Most records that a run may create in an object.")
    max_changed_share: Share | None = Field(
        default=None,
        description="Largest share of records that a run may change; for documents only where it is said for the entity.",
    )
    max_disappeared_share: Share | None = Field(default=None, description="Largest share of records that may vanish at once.")
    max_money: dict[Currency, Annotated[Decimal, Field(ge=0)]] | None = Field(
        default=None, description="Most money that one run may put into new documents, per currency."
    )

    def over(self, below: BrakeSettings) -> BrakeSettings:
        """Lay these brakes over more general ones: what is said here counts."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return below.model_copy(update=said)


class RetentionSettings(Strict):
    """How long the hub keeps what it did."""

    log: Duration = Field(default=timedelta(days=365), description="The per-record sync log.")
    calls: Duration = Field(default=timedelta(days=14), description="Requests and responses, redacted.")
    exceptions: Duration = Field(default=timedelta(days=365), description="Parked records that have been dealt with.")
    changes: Duration = Field(default=timedelta(days=90), description="Changes that were written or overtaken; creates stay.")
    hooks: Duration = Field(default=timedelta(days=14), description="Webhooks that were dealt with; repeats are known so long.")
    runs: Duration = Field(default=timedelta(days=365), description="Runs and their counts; the last one of a job stays.")


class DatabaseSettings(Strict):
    """Where the hub keeps its own state."""

    url: str = Field(default="", description="A SQLAlchemy URL or a reference to one; empty: SQLite in var/hub.db.")


class BrokerSettings(Strict):
    """What brings runs to workers on other machines, for `executor: celery`."""

    url: str = Field(default="", description="A reference to its URL: amqp://… (RabbitMQ), redis://… or valkey://….")


class WorkSettings(Strict):
    """How workers share the work; the defaults suit nearly everybody."""

    slice: Duration = Field(
        default=timedelta(minutes=5), description="A worker puts a run down after so long, and whoever is free goes on with it."
    )
    lease: Duration | None = Field(
        default=None, description="After so long without a sign of life a worker's run is given to another; left out: 12 seconds."
    )

    @field_validator("slice", "lease")
    @classmethod
    def _long_enough(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and not timedelta(seconds=1) <= value <= timedelta(hours=1):
            msg = "This is between one second and one hour."
            raise WrongValue(msg, "Leave it out, unless you know why not.")
        return value


class WebSettings(Strict):
    """Where `ltc run` listens for webhooks."""

    host: str = Field(default="127.0.0.1", description="The address; vendors reach it through a proxy that speaks HTTPS.")
    port: int = Field(default=8420, ge=0, le=65535, description="The port; 0 takes a free one.")
    largest: int = Field(default=1_048_576, ge=1024, description="Bytes that a webhook may have at most.")
    metrics: bool = Field(default=False, description="Whether /metrics tells Prometheus how the hub does; to this machine alone.")
    metrics_token: str = Field(
        default="", description="A reference to a token: who shows it may read /metrics from elsewhere, and nobody else may."
    )


class LogSettings(Strict):
    """What processes that run for long write about their work, to stderr."""

    format: Literal["text", "json"] = Field(default="text", description="`json` for machines that gather logs: an object a line.")
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least grave that is written.")


class TraceSettings(Strict):
    """Where traces of the hub's work go, for OpenTelemetry."""

    endpoint: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="A collector's OTLP address (HTTP), ending in /v1/traces; empty: none.",
    )
    share: Share = Field(default=Decimal(1), description="How many of all traces are kept: 0.1 is every tenth.")


class HubSettings(Strict):
    """config/hub.yaml."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9]{1,11}$",
        description="This hub's short name: it stands before the hub's ids in other systems. Never change it, never share it.",
    )
    title: str = Field(default="", description="The hub's name for people.")
    currency: Currency = Field(default="EUR", description="The organisation's own currency.")
    time_zone: TimeZone = Field(default="UTC", description="Where the organisation's days begin and end.")
    database: DatabaseSettings = Field(default=DatabaseSettings(), description="The hub's own database.")
    retention: RetentionSettings = Field(default=RetentionSettings(), description="How long things are kept.")
    executor: Literal["local", "celery"] = Field(
        default="local", description="Who works: threads of `ltc` processes that look into the store, or Celery over a broker."
    )
    broker: BrokerSettings = Field(default=BrokerSettings(), description="What Celery sends run ids through.")
    work: WorkSettings = Field(default=WorkSettings(), description="How workers share the work.")
    web: WebSettings = Field(default=WebSettings(), description="Where the hub listens.")
    logs: LogSettings = Field(default=LogSettings(), description="What `ltc run` writes about its work.")
    traces: TraceSettings = Field(default=TraceSettings(), description="Where traces of the hub's work go.")
    brakes: BrakeSettings = Field(default=BrakeSettings(), description="Brakes of every system that says nothing else.")
    alerts: AlertSettings = Field(default=AlertSettings(), description="What is watched, and who is told.")


class WantSettings(Strict):
    """Which golden records a system is to have: CEL conditions on the canonical form, named as the entity."""

    create: str = Field(default="true", description="Make it in the system if this holds and the system does not have it.")
    update: str = Field(default="true", description="Bring the system's record up to date while this holds.")
    keep: str = Field(default="true", description="When this no longer holds, the policy `deletes` says what happens.")


class EntitySettings(Strict):
    """How one system takes part in one entity."""

    mode: Literal["observe", "shadow", "live"] = Field(
        default="observe", description="How it starts; afterwards `ltc rollout` moves it, and the store remembers."
    )
    wants: WantSettings = Field(default=WantSettings(), description="Which golden records the system is to have.")
    deletes: Literal["ignore", "deactivate", "delete"] = Field(
        default="ignore", description="What happens here to a record that was deleted elsewhere or is no longer wanted."
    )
    brakes: BrakeSettings = Field(default=BrakeSettings(), description="Brakes of this entity in this system.")


class SystemSettings(Strict):
    """One entry of config/systems.yaml."""

    connector: str = Field(description="Which dialect it speaks: the name of a connector.")
    role: str = Field(default="", pattern=r"^[a-z_]*$", description="crm, erp, payment …: survivorship names roles.")
    enabled: bool = Field(default=True, description="Whether the hub uses it.")
    settings: dict[str, Any] = Field(default_factory=dict, description="The connector's own settings; secrets as references.")
    entities: Annotated[dict[str, EntitySettings] | None, BeforeValidator(_none_is_empty)] = Field(
        default=None, description="What it takes part in; left out: everything that has a mapping."
    )
    brakes: BrakeSettings = Field(default=BrakeSettings(), description="Brakes of this system.")
    limits: LimitSettings = Field(
        default=LimitSettings(), description="How often it may be called; what is left out is as its connector says."
    )


TRIGGERS: Final = ("cron", "every", "after", "webhooks")
"""What may start a job; of these a job has one at most."""


class JobSettings(Strict):
    """One entry of config/jobs.yaml: at most one of `cron`, `every`, `after` and `webhooks`; none of them: by hand only."""

    task: Task = Field(default="sync", description="`clean` deletes what is older than `retention` in hub.yaml says.")
    systems: tuple[str, ...] = Field(default=(), description="The systems that it syncs; empty: all.")
    entities: tuple[str, ...] = Field(default=(), description="The entities that it syncs; empty: all.")
    full: bool = Field(default=False, description="Read everything again instead of changes only.")
    cron: str | None = Field(default=None, description="Minute, hour, day, month, weekday, such as `30 2 * * 1-5`.")
    every: Duration | None = Field(default=None, description="A period, such as `15 minutes`.")
    after: str | None = Field(default=None, description="The job whose success starts it.")
    webhooks: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Whose webhooks start it: `stripe`, or `stripe.invoice` for those about one object.",
    )
    time_zone: TimeZone | None = Field(default=None, description="The zone of `cron`; left out: that of the hub.")
    misfire_grace: Duration = Field(default=timedelta(minutes=5), description="How late it may still start.")
    coalesce: bool = Field(default=True, description="Of several slots that were missed, run the last one only.")
    max_instances: int = Field(default=1, ge=1, le=100, description="How many of its runs may overlap.")
    priority: int = Field(default=0, ge=-100, le=100, description="Of the jobs that wait, the highest starts first.")
    jitter: Duration = Field(
        default=timedelta(0), description="Spreads jobs: it starts so much later at most, always by the same offset of its own."
    )
    quiet: tuple[str, ...] = Field(
        default=(),
        description="When it does not start, by `time_zone`: `mon-fri 08:00-18:00`, `22:00-06:00`, `sat,sun`; webhooks wait.",
    )
    enabled: bool = Field(default=True, description="Whether it starts by itself.")

    @field_validator("cron")
    @classmethod
    def _right_cron(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                check_cron(value)
            except ValueError as error:
                msg = f"{value!r} is not a time of cron: {error}"
                raise WrongValue(msg, "Write minute, hour, day, month and weekday, such as `30 2 * * 1-5`.") from None
        return value

    @field_validator("quiet")
    @classmethod
    def _right_windows(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if is_always([read_window(text) for text in value]):
            msg = "These windows leave no minute of the week in which the job could start."
            raise WrongValue(msg, "Shorten one of them.")
        return value

    @field_validator("every")
    @classmethod
    def _some_period(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta(seconds=1):
            msg = "The shortest period is one second."
            raise WrongValue(msg, "Write for example `15 minutes`.")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        said = [name for name in TRIGGERS if getattr(self, name) is not None]
        if len(said) > 1:
            msg = f"`{'` and `'.join(said)}` exclude each other."
            raise WrongValue(msg, "Keep one of them, or write two jobs.")
        if self.webhooks is not None and self.jitter:
            msg = "`jitter` puts off what time starts, and this job is started by webhooks."
            raise WrongValue(msg, "Remove it.")
        if self.every is not None and self.jitter > self.every:
            msg = "`jitter` is longer than the period, so the job could not keep to it."
            raise WrongValue(msg, "Write a shorter one.")
        chosen = [name for name in ("systems", "entities", "full") if getattr(self, name)]
        if chosen and self.task != "sync":
            msg = f"`{chosen[0]}` says what to sync, but this job does not sync: its task is {self.task}."
            raise WrongValue(msg, f"Remove {', '.join(chosen)}.")
        return self

    def job(self, name: str, hub: HubSettings) -> Job:
        """Make the scheduler's job."""
        return Job(
            name=name, trigger=self._trigger(), systems=self.systems, entities=self.entities, full=self.full,
            time_zone=str(ZoneInfo(self.time_zone or hub.time_zone)), misfire_grace=self.misfire_grace, coalesce=self.coalesce,
            max_instances=self.max_instances, priority=self.priority, task=self.task, jitter=self.jitter,
            quiet=tuple(read_window(text) for text in self.quiet),
        )  # fmt: skip

    def _trigger(self) -> Trigger:
        if not self.enabled:
            return ByHand()
        if self.cron is not None:
            return Cron(self.cron)
        if self.every is not None:
            return Every(self.every)
        if self.webhooks is not None:
            return OnWebhook(self.webhooks)
        return After(self.after) if self.after is not None else ByHand()

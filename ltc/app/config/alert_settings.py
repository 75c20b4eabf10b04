"""Alerts, as config/hub.yaml declares them: what is watched, who is told, and how."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Final, Literal

from pydantic import ConfigDict, Field, field_validator

from ltc.app.config.durations import Duration
from ltc.app.config.strict import Share, Strict
from ltc.core.yamlfile import WrongValue
from scheduler import is_always, read_window

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


class MailSettings(Strict):
    """The mail server."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = Field(default="", description="The SMTP server; empty: no mails.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`tls` from the first byte (port 465), `none` only within one's own network."
    )
    user: str = Field(default="", description="Who signs in; empty: nobody.")
    password: str = Field(default="", description="A reference to the password.")
    sender: str = Field(default="", alias="from", description="The address that mails come from; empty: that of `user`.")


class ChannelSettings(Strict):
    """One way to somebody; a channel may have several."""

    email: tuple[str, ...] = Field(default=(), description="Addresses that get a mail.")
    slack: str = Field(default="", description="A reference to the address of a Slack webhook, or of one that takes its format.")
    webhook: str = Field(default="", description="A reference to an address that gets JSON.")
    secret: str = Field(default="", description="A reference to the key that signs what `webhook` gets.")

    @property
    def ways(self) -> tuple[str, ...]:
        """Name the ways that it has."""
        return tuple(way for way in ("email", "slack", "webhook") if getattr(self, way))

    @field_validator("email")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            name, at, host = one.rpartition("@")
            if not name or not at or ("." not in host and host != "localhost") or any(sign in one for sign in "\r\n ,;<>"):
                msg = f"{one!r} is not an address of mail."
                raise WrongValue(msg, "Write for example ops@example.com, each address by itself.")
        return value


class RuleSettings(Strict):
    """Whether something is watched, and who is told."""

    enabled: bool = Field(default=True, description="Whether it is watched.")
    to: tuple[str, ...] = Field(default=(), description="The channels that are told; empty: all.")


class TimesRule(RuleSettings):
    """Watched by how often."""

    times: int = Field(default=3, ge=1, le=1000, description="So often in a row.")


class LastingRule(RuleSettings):
    """Watched by how long."""

    lasts: Duration = Field(default=timedelta(minutes=10), description="So long before anybody is told.")


class ParkedRule(RuleSettings):
    """Watched by number and age."""

    number: int = Field(default=100, ge=1, description="So many in a system.")
    age: Duration = Field(default=timedelta(days=3), description="Or one that is so old.")


class AgeRule(RuleSettings):
    """Watched by age."""

    age: Duration = Field(default=timedelta(days=1), description="So old is the oldest.")


class RefusedRule(RuleSettings):
    """Watched by number."""

    number: int = Field(default=10, ge=1, description="So many within a quarter of an hour.")


class StoreRule(RuleSettings):
    """Watched by room."""

    free: Share = Field(default=Decimal("0.05"), description="The least share of the disk under var/ that is free.")


class RulesSettings(Strict):
    """What is watched; everything, unless it is said otherwise."""

    job_late: RuleSettings = Field(
        default=RuleSettings(), description="A job was not done when it was due, and its grace is over."
    )
    job_failed: TimesRule = Field(default=TimesRule(), description="A job failed again and again.")
    system_stopped: RuleSettings = Field(
        default=RuleSettings(), description="Objects of a system are stopped until a person acts."
    )
    system_misconfigured: RuleSettings = Field(default=RuleSettings(), description="What the files say of a system cannot work.")
    system_unauthorised: RuleSettings = Field(default=RuleSettings(), description="A system does not accept our credentials.")
    system_unreachable: LastingRule = Field(default=LastingRule(), description="A system does not answer.")
    brake_held: RuleSettings = Field(default=RuleSettings(), description="A brake stopped a run before it wrote.")
    quota_spent: RuleSettings = Field(
        default=RuleSettings(), description="A system's calls are spent, or will be before they reset."
    )
    exceptions_parked: ParkedRule = Field(default=ParkedRule(), description="Records wait for a person.")
    changes_waiting: AgeRule = Field(default=AgeRule(), description="Changes wait to be written.")
    webhooks_refused: RefusedRule = Field(default=RefusedRule(), description="Webhooks were refused, such as forged ones.")
    webhooks_parked: RuleSettings = Field(default=RuleSettings(), description="What webhooks told of could not be worked on.")
    run_lost: RuleSettings = Field(default=RuleSettings(), description="A run was given up, since its workers were lost.")
    store_full: StoreRule = Field(default=StoreRule(), description="The hub's disk is nearly full.")


class AlertSettings(Strict):
    """Alerts of the hub; nobody is told as long as there is no channel."""

    mail: MailSettings = Field(default=MailSettings(), description="The mail server.")
    channels: dict[str, ChannelSettings] = Field(default_factory=dict, description="Who is told, by names that you give.")
    repeat: Duration = Field(default=timedelta(hours=6), description="What goes on is told again after so long.")
    quiet: tuple[str, ...] = Field(
        default=(), description="When warnings wait, by the hub's `time_zone`, such as `22:00-06:00`; errors never do."
    )
    heartbeat: str = Field(default="", description="A reference to an address that is called each minute that the hub is well.")
    rules: RulesSettings = Field(default=RulesSettings(), description="What is watched.")

    @field_validator("channels")
    @classmethod
    def _right_names(cls, value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        for name in value:
            if not _NAME.fullmatch(name):
                msg = f"{name!r} cannot name a channel."
                raise WrongValue(msg, "Use up to 32 letters, digits, dots, _ and -.")
        return value

    @field_validator("quiet")
    @classmethod
    def _right_windows(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if is_always([read_window(text) for text in value]):
            msg = "These windows leave no minute of the week in which warnings could be told."
            raise WrongValue(msg, "Shorten one of them.")
        return value

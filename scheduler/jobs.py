"""Jobs: what is run, and what makes it run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from scheduler.windows import Window


@dataclass(frozen=True, slots=True)
class Cron:
    """At the times of a five-field cron expression, in the job's time zone."""

    expression: str


@dataclass(frozen=True, slots=True)
class Every:
    """At multiples of a period, counted from 1970-01-01T00:00Z, so that all replicas name the same slots."""

    period: timedelta


@dataclass(frozen=True, slots=True)
class After:
    """When another job has ended well, in that job's slot."""

    job: str


@dataclass(frozen=True, slots=True)
class OnWebhook:
    """When systems tell of changes: `stripe` by any webhook, `stripe.invoice` by one about that object."""

    sources: tuple[str, ...]

    def heeds(self, system: str, obj: str) -> bool:
        """Tell whether word of an object starts the job.

        >>> trigger = OnWebhook(("docusign", "stripe.invoice"))
        >>> trigger.heeds("docusign", "envelope"), trigger.heeds("stripe", "invoice"), trigger.heeds("stripe", "payout")
        (True, True, False)
        """
        return system in self.sources or f"{system}.{obj}" in self.sources


@dataclass(frozen=True, slots=True)
class ByHand:
    """Only when somebody asks for it."""


Trigger: TypeAlias = Cron | Every | After | OnWebhook | ByHand


def in_words(trigger: Trigger) -> str:
    """Say what makes a job run.

    >>> in_words(Every(timedelta(minutes=90))), in_words(Cron("30 2 * * *")), in_words(After("changes")), in_words(ByHand())
    ('every 1:30:00', 'at 30 2 * * *', 'after changes', 'by hand')
    >>> in_words(OnWebhook(("docusign", "stripe.invoice")))
    'on webhooks of docusign, stripe.invoice'
    """
    match trigger:
        case Every(period):
            return f"every {period}"
        case Cron(expression):
            return f"at {expression}"
        case After(job):
            return f"after {job}"
        case OnWebhook(sources):
            return f"on webhooks of {', '.join(sources)}"
        case ByHand():
            return "by hand"


Task: TypeAlias = Literal["sync", "clean"]


@dataclass(frozen=True, slots=True)
class Job:
    """One job: what it does, which systems and entities it syncs (none named: all), and when.

    ``jitter`` spreads jobs: each starts later than its trigger says, by an offset of its own that is always the same and shorter
    than this. A slot in a ``quiet`` window does not come; what a
    webhook starts waits for the end of the window.
    ``misfire_grace`` is how late a slot may still start; with ``coalesce`` only the last of several missed slots runs.
    Of the jobs that wait, the one with the highest ``priority`` starts first.
    """

    name: str
    trigger: Trigger = field(default_factory=ByHand)
    systems: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    full: bool = False
    time_zone: str = "UTC"
    misfire_grace: timedelta = timedelta(minutes=5)
    coalesce: bool = True
    max_instances: int = 1
    priority: int = 0
    task: Task = "sync"
    jitter: timedelta = timedelta(0)
    quiet: tuple[Window, ...] = ()

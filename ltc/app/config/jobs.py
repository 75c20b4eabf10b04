"""The jobs of a hub's directory: each checked against the systems, the entities and the other jobs that it names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ltc.app.config.files import NAME, model_below, node_at
from ltc.app.config.settings import JobSettings
from ltc.core.contract import Ear
from ltc.core.errors import Misconfigured
from ltc.core.models import entities
from ltc.core.yamlfile import did_you_mean
from scheduler import After

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ltc.app.config.files import Findings
    from ltc.app.config.settings import HubSettings
    from ltc.app.config.systems import SystemConfig
    from ltc.core.errors import Fault
    from ltc.core.yamlfile import Node
    from scheduler import Job


def jobs_of(
    node: Node, settings: HubSettings, systems: Mapping[str, SystemConfig], findings: Findings
) -> Iterator[tuple[str, Job]]:
    """Read the jobs, and leave what is wrong with them among the findings."""
    names = [name for name, _ in node.items()]
    for name, child in node.items():
        if not NAME.fullmatch(name):
            remedy = "Use lower-case letters, digits and _."
            findings.faults.append(node.fault("config.job_name", f"{name!r} cannot name a job.", remedy, key=name, path=name))
            continue
        said = findings.attempt(partial(model_below, child, JobSettings, name))
        if said is None:
            continue
        findings.faults += _choice_faults(child, name, said, systems)
        findings.faults += _webhook_faults(child, name, said.webhooks or (), systems)
        job = said.job(name, settings)
        if isinstance(job.trigger, After) and (job.trigger.job not in names or _goes_round(node, name)):
            findings.faults.append(_after_fault(child, name, job.trigger.job, names))
            continue
        yield name, job


def _choice_faults(node: Node, name: str, said: JobSettings, systems: Mapping[str, SystemConfig]) -> Iterator[Fault]:
    for key, chosen, known in (("systems", said.systems, list(systems)), ("entities", said.entities, list(entities()))):
        for index, word in enumerate(chosen):
            if word not in known:
                message = f"There is no {'system' if key == 'systems' else 'entity'} {word!r}."
                remedy = did_you_mean(word, known) or f"Known: {', '.join(known) or 'none'}."
                yield node_at(node, key, index).fault("config.job_choice", message, remedy, path=f"{name}.{key}[{index}]")


def _webhook_faults(node: Node, name: str, sources: Sequence[str], systems: Mapping[str, SystemConfig]) -> Iterator[Fault]:
    """See whether each source of webhooks is a system that posts some, and about the object that is named."""
    for index, source in enumerate(sources):
        wrong = _webhook_fault(source, systems)
        if wrong is not None:
            yield node_at(node, "webhooks", index).fault("config.job_webhook", *wrong, path=f"{name}.webhooks[{index}]")


def _webhook_fault(source: str, systems: Mapping[str, SystemConfig]) -> tuple[str, str] | None:
    """Say what is wrong with a source of webhooks, and what to do."""
    system, dot, obj = source.partition(".")
    posting = {one: objects for one in systems if (objects := _told_of(systems[one])) is not None}
    known = f"Systems that post webhooks: {', '.join(posting) or 'none'}."
    if system not in systems:
        return f"There is no system {system!r}.", did_you_mean(system, posting) or known
    if system not in posting:
        return f"{system!r} posts no webhooks.", f"Start the job by `every` or `cron`. {known}"
    if dot and obj not in posting[system]:
        remedy = did_you_mean(obj, posting[system]) or f"Its webhooks tell of: {', '.join(posting[system])}."
        return f"No webhook of {system!r} tells of an object {obj!r}.", remedy
    return None


def _told_of(system: SystemConfig) -> list[str] | None:
    """Name the objects of which a system's webhooks tell; None if it posts none, is not used, or cannot be loaded."""
    try:
        connector = system.entry.load()
    except Misconfigured:  # what it lacks is told where the system is checked
        return None
    if not system.enabled or not issubclass(connector, Ear):
        return None
    return sorted(obj for obj, spec in connector.objects.items() if spec.webhooks)


def _after_fault(node: Node, name: str, after: str, names: Sequence[str]) -> Fault:
    place, round_trip = node.get("after") or node, after in names
    message = f"{after!r} comes after this job itself." if round_trip else f"There is no job {after!r}."
    remedy = ("" if round_trip else did_you_mean(after, names)) or f"Jobs are: {', '.join(names)}."
    return place.fault("config.job_after", message, remedy, path=f"{name}.after")


def _goes_round(node: Node, name: str) -> bool:
    """Tell whether a job would, in the end, start itself."""
    seen: set[str] = set()
    current: str | None = name
    while current is not None and current not in seen:
        seen.add(current)
        child = node.get(current)
        after = child.get("after") if child is not None else None
        current = str(after.value) if after is not None else None
    return current == name

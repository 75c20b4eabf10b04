"""`ltc sync`: one round of everything, or of what is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ltc.app.cli.frame import FAILED, WRONG, Command, Frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler import Job

COLUMNS: Final = ("read", "unchanged", "created", "updated", "waiting", "parked", "writes", "api_calls")
_WRONG_INPUT: Final = ("config.", "secret.", "system.unauthorised", "system.unreachable")


@click.command("sync", cls=Command)
@click.option("--job", default="", help="Do what this job of jobs.yaml does.")
@click.option("--system", "systems", multiple=True, help="Only this system; may be repeated.")
@click.option("--entity", "entities", multiple=True, help="Only this entity; may be repeated.")
@click.option("--full", is_flag=True, help="Read everything again instead of changes only.")
@click.option("--fail-on", type=click.Choice(["parked"]), help="Exit with 1 also if anything is parked.")
def command(
    frame: Frame, job: str, systems: tuple[str, ...], entities: tuple[str, ...], fail_on: str | None, *, full: bool
) -> None:
    """Read changes, match, merge and write what is due, once.

    A system that observes is only read. Exits with 1 if a run failed; with 2 if wrong settings or credentials were the
    reason and nothing was written.
    """
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        chosen = _syncing(find_job(engine.config.jobs, job)) if job else None
        for name in systems:
            engine.config.system(name)
        document = engine.sync(
            job=job or "sync",
            systems=systems or (chosen.systems if chosen else ()),
            entities=known_entities(entities) or (chosen.entities if chosen else ()),
            full=full or (chosen.full if chosen else False),
            tell=frame.progress(),
        )
    frame.emit(document, lambda: _show(frame, document))
    code = exit_code(document, fail_on=fail_on)
    if code:
        frame.fail(code)


def find_job(jobs: Mapping[str, Job], name: str) -> Job:
    """Find a job by its name."""
    from ltc.core.errors import Misconfigured
    from ltc.core.yamlfile import did_you_mean

    if name not in jobs:
        remedy = did_you_mean(name, jobs) or f"Jobs are: {', '.join(jobs) or 'none'}."
        raise Misconfigured(f"There is no job {name!r}.", remedy=remedy, code="config.unknown_job")
    return jobs[name]


def _syncing(job: Job) -> Job:
    from ltc.core.errors import Misconfigured

    if job.task != "sync":
        remedy = f"`ltc run --job {job.name}` runs it when it is due."
        raise Misconfigured(f"The job {job.name!r} does not sync: its task is {job.task}.", remedy=remedy, code="config.job_task")
    return job


def known_entities(entities: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a name that is no entity."""
    from ltc.core.models import model

    for entity in entities:
        model(entity)
    return entities


def exit_code(document: Mapping[str, Any], *, fail_on: str | None = None) -> int:
    """Give 1 for failed runs, 2 if they failed because of wrong settings and nothing was written."""
    failed = [run for run in document["runs"] if run["status"] not in {"done", "running", "queued"}]
    if failed:
        codes = [str((run.get("error") or {}).get("code", "")) for run in failed]
        wrong = all(code.startswith(_WRONG_INPUT) for code in codes) and not document["totals"].get("writes")
        return WRONG if wrong else FAILED
    return FAILED if fail_on == "parked" and document["totals"].get("parked") else 0


def _show(frame: Frame, document: Mapping[str, Any]) -> None:
    rows = [
        (run["system"], run.get("object", ""), run["entity"], run["status"], *(run.get(name, "") for name in COLUMNS))
        for run in document["runs"]
    ]
    frame.table(("system", "object", "entity", "status", *COLUMNS), rows, empty="There was nothing to sync: no system is mapped.")
    for run in document["runs"]:
        for warning in run.get("warnings", ()):
            place = f"{warning['file']}:{warning['line']}: " if warning["file"] else ""
            frame.say(f"warning: {place}{run['system']}.{run['object']}: {warning['message']}")
        for path, told in run.get("proposed", {}).items():
            frame.say(_proposal(run, path, told))
    for text in failures(document["runs"]):
        frame.say(text)


def failures(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell what went wrong, once for each system: what stops one object stops those that come after it.

    >>> error = {"message": "The brake is on.", "remedy": "Release it."}
    >>> runs = [{"system": "sap", "object": name, "error": error} for name in ("customer", "material", "sales_order")]
    >>> failures(runs)
    ['sap (customer, material, sales_order): The brake is on. Release it.']
    """
    objects: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        if run.get("error"):
            said = f"{run['error']['message']} {run['error'].get('remedy', '')}".rstrip()
            objects.setdefault((str(run["system"]), said), []).append(str(run.get("object") or run["entity"]))
    return [
        f"{system}.{names[0]}: {said}" if len(names) == 1 else f"{system} ({', '.join(names)}): {said}"
        for (system, said), names in objects.items()
    ]


def _proposal(run: Mapping[str, Any], path: str, told: Mapping[str, int]) -> str:
    unfit = f", and in {told['would_not_fit']} it would not fit" if told["would_not_fit"] else ""
    return f"{run['system']}.{run['object']}: {path} is proposed; in {told['would_give']} records it would give something{unfit}."

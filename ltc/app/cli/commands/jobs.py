"""`ltc jobs`: what time starts; and starting it by hand, pausing it and letting it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.frame import FAILED, Command, Frame, Group
from ltc.app.cli.times import minute, span

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group("jobs", cls=Group, default="list")
def command() -> None:
    """List jobs, start one now, pause them and let them go on; without a command: list them."""


@command.command("list", cls=Command)
def listed(frame: Frame) -> None:
    """List the jobs: how each was started, when it was last done, when it comes next, and whether it is late or paused."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.jobs()
    rows = [row_of(job) for job in document["jobs"]]
    frame.emit(document, lambda: frame.table(COLUMNS, rows, empty="This hub has no jobs: add some to config/jobs.yaml."))


COLUMNS = ("job", "when", "status", "last done", "next", "late by", "error")


def row_of(job: Mapping[str, Any]) -> list[Any]:
    """Show a job in a line."""
    pause = job["paused"]
    if job["rests_until"]:
        job = {**job, "status": f"rests until {minute(job['rests_until'])}"}
    status = f"paused by {pause['actor']}" + (f": {pause['why']}" if pause["why"] else "") if pause else job["status"]
    return [job["job"], job["when"], status, minute(job["done"]), minute(job["next"]), span(job["late"]), job["error"]]


@command.command("run", cls=Command)
@click.argument("name")
@click.option("--since", metavar="TIME", help="Read again what changed from then on, such as 2026-03-01 or 2026-03-01T08:00.")
@click.option("--until", metavar="TIME", help="With --since: only what changed before then.")
def run(frame: Frame, name: str, since: str | None, until: str | None) -> None:
    """Start a job now, in this process, also one that is paused; those that come after it are left to `ltc run`.

    With --since it is a back-fill: what changed in that span is read again, and the job's own runs go on from where they were.
    A time without a zone is in the hub's `time_zone`. Should this process end early, another one goes on with the run.
    """
    from ltc.app.cli.commands.sync import find_job
    from ltc.app.cli.engine import actor, opened
    from ltc.app.cli.times import moment_of

    if until and not since:
        raise click.UsageError("--until needs --since.")
    with opened(frame) as engine:
        job, zone = find_job(engine.config.jobs, name), engine.config.settings.time_zone
        span = {key: moment_of(text, zone, f"--{key}") for key, text in (("since", since), ("until", until)) if text}
        document = engine.run_job(job, actor=actor(), **span)
    text = f"{name}: {document['status']}. {document['error']}".strip()
    frame.emit(document, lambda: frame.print(text))
    if document["status"] != "done":
        frame.fail(FAILED)


@command.command("pause", cls=Command)
@click.argument("names", nargs=-1, required=True)
@click.option("--why", default="", help="The reason, for those who wonder.")
def pause(frame: Frame, names: tuple[str, ...], why: str) -> None:
    """Keep time from starting these jobs, in every process, until they are resumed; what runs comes to its end."""
    from ltc.app.cli.commands.sync import find_job
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        jobs = [find_job(engine.config.jobs, name) for name in names]
        document = {"paused": [job.name for job in jobs if engine.pause_job(job, actor=actor(), why=why)]}
    frame.emit(document, lambda: frame.print(f"Paused: {', '.join(document['paused']) or 'nothing, they were paused already'}."))


@command.command("resume", cls=Command)
@click.argument("names", nargs=-1, required=True)
def resume(frame: Frame, names: tuple[str, ...]) -> None:
    """Let time start these jobs again, from their next slot on."""
    from ltc.app.cli.commands.sync import find_job
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        jobs = [find_job(engine.config.jobs, name) for name in names]
        document = {"resumed": [job.name for job in jobs if engine.resume_job(job, actor=actor())]}
    frame.emit(document, lambda: frame.print(f"Resumed: {', '.join(document['resumed']) or 'nothing, none was paused'}."))

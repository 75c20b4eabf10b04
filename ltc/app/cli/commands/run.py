"""`ltc run`: the jobs on their schedules and the webhooks as they come, in this process."""

from __future__ import annotations

import click

from ltc.app.cli.frame import Command, Frame
from ltc.app.cli.logged import log_option, logged


@click.command("run", cls=Command)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many jobs may run at once.")
@click.option("--job", "names", multiple=True, help="Only this job; may be repeated.")
@click.option("--host", help="Take webhooks at this address; left out: `web.host` of hub.yaml.")
@click.option("--port", type=click.IntRange(0, 65535), help="Take webhooks at this port; left out: `web.port` of hub.yaml.")
@click.option("--hooks/--no-hooks", default=True, help="Take webhooks, if a system of the hub posts any. Default: yes.")
@log_option()
def command(
    frame: Frame, workers: int, names: tuple[str, ...], host: str | None, port: int | None, log_format: str | None, *, hooks: bool
) -> None:
    """Run the jobs on their schedules, and do at once what webhooks tell of, until stopped.

    Any number of these processes may run on one database: a slot of a job is run by exactly one of them. A system posts its
    webhooks to /hooks/NAME, its name in systems.yaml; /health says whether the hub can take them. On Ctrl-C or SIGTERM
    what runs is put down at its next page, and goes on when a process is there again.
    """
    import logging
    import threading
    from contextlib import nullcontext

    from ltc.app.cli.commands.sync import find_job
    from ltc.app.cli.engine import opened
    from ltc.app.cli.listening import listening
    from ltc.app.cli.signals import stopping, wait_for
    from ltc.app.cli.working import insist_on_systems, local, wait_for_store, working

    log = logging.getLogger(__name__)
    with opened(frame) as engine, logged(frame, engine.config, log_format):
        insist_on_systems(engine)
        jobs = [find_job(engine.config.jobs, name) for name in names] or list(engine.config.jobs.values())
        stop = threading.Event()
        with stopping(stop):
            if wait_for_store(engine, stop):
                engine.work.only = names
                executor = local(engine, workers)
                door = listening(engine, executor, host, port) if hooks else nullcontext()
                with door, working(engine, executor, jobs):
                    log.info("Running %s. Ctrl-C stops.", ", ".join(job.name for job in jobs) or "no job")
                    wait_for(stop)
                    log.info("Stopping: what runs is put down at its next page; a second Ctrl-C breaks it off.")
    frame.emit({"stopped": True}, lambda: frame.print("Stopped."))

"""`ltc serve`: schedule, workers and the door for webhooks in one process."""

from __future__ import annotations

import click

from ltc.app.cli.frame import Command, Frame
from ltc.app.cli.logged import log_option, logged


@click.command("serve", cls=Command)
@click.option("--workers", type=click.IntRange(0, 64), help="How many runs at once. Default: 2; 0 if Celery's workers do them.")
@click.option("--host", help="Take webhooks at this address; left out: `web.host` of hub.yaml.")
@click.option("--port", type=click.IntRange(0, 65535), help="Take webhooks at this port; left out: `web.port` of hub.yaml.")
@log_option()
def command(frame: Frame, workers: int | None, host: str | None, port: int | None, log_format: str | None) -> None:
    """Do all that a hub does, in one process: queue runs when they are due, do them, and take webhooks.

    With `executor: celery` the runs go to `ltc worker` processes by the broker, unless --workers says that this process works
    too. Any number of these processes share one database. On SIGTERM what runs is put down at its next page, and the exit
    code is 0.
    """
    import logging
    import threading

    from ltc.app.cli.engine import opened
    from ltc.app.cli.listening import listening
    from ltc.app.cli.signals import stopping, wait_for
    from ltc.app.cli.working import elsewhere, insist_on_systems, local, wait_for_store, working

    log, stop = logging.getLogger(__name__), threading.Event()
    with opened(frame) as engine, logged(frame, engine.config, log_format):
        insist_on_systems(engine)
        number = workers if workers is not None else 2 if engine.config.settings.executor == "local" else 0
        jobs = list(engine.config.jobs.values())
        with stopping(stop):
            if wait_for_store(engine, stop):
                executor = local(engine, number) if number else elsewhere(engine)
                named = ", ".join(job.name for job in jobs) or "no job"
                with listening(engine, executor, host, port), working(engine, executor, jobs):
                    log.info("Serving %s, on %s runs at once. Ctrl-C stops.", named, number)
                    wait_for(stop)
                    log.info("Stopping: what runs is put down at its next page; a second Ctrl-C breaks it off.")
    frame.emit({"stopped": True}, lambda: frame.print("Stopped."))

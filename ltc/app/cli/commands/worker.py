"""`ltc worker`: does the work that schedulers and webhooks have queued."""

from __future__ import annotations

import click

from ltc.app.cli.frame import FAILED, Command, Frame
from ltc.app.cli.logged import log_option, logged


@click.command("worker", cls=Command)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many runs it works on at once.")
@log_option()
def command(frame: Frame, workers: int, log_format: str | None) -> None:
    """Do the work that is queued, until stopped; any number of these processes share one database.

    With `executor: local` in hub.yaml it looks into the database, with `executor: celery` it takes messages from the broker
    and looks into the database for those that were lost. On SIGTERM it puts down what it works on at the next page, and
    exits with 0; others go on with it. What a process that died worked on goes on elsewhere within 15 seconds.
    """
    import logging
    import threading

    from ltc.app.cli.engine import opened
    from ltc.app.cli.signals import stopping, wait_for
    from ltc.app.cli.working import insist_on_systems, local, serve_celery, wait_for_store, working

    log, stop, code = logging.getLogger(__name__), threading.Event(), 0
    with opened(frame) as engine, logged(frame, engine.config, log_format), stopping(stop):
        insist_on_systems(engine)
        is_there = wait_for_store(engine, stop)
        if is_there:
            log.info("Working, on %s runs at once. Ctrl-C stops.", workers)
        if is_there and engine.config.settings.executor == "celery":
            code = serve_celery(engine, workers, stop)
        elif is_there:
            with working(engine, local(engine, workers)):
                wait_for(stop)
                log.info("Stopping: what runs is put down at its next page; a second Ctrl-C breaks it off.")
    frame.emit({"stopped": True}, lambda: frame.print("Stopped."))
    if code:
        frame.fail(FAILED)

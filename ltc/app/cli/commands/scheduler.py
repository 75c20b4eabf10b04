"""`ltc scheduler`: lets time queue runs, and does none of them."""

from __future__ import annotations

import click

from ltc.app.cli.frame import Command, Frame
from ltc.app.cli.logged import log_option, logged


@click.command("scheduler", cls=Command)
@log_option()
def command(frame: Frame, log_format: str | None) -> None:
    """Queue a run for each slot of the jobs, until stopped; `ltc worker` processes do them.

    Any number of these processes share one database, without a leader: a slot becomes one run. Slots that came while none of
    them was there are made up for as the jobs' `misfire_grace` and `coalesce` say.
    """
    import logging
    import threading

    from ltc.app.cli.engine import opened
    from ltc.app.cli.signals import stopping, wait_for
    from ltc.app.cli.working import elsewhere, insist_on_systems, wait_for_store, working

    log, stop = logging.getLogger(__name__), threading.Event()
    with opened(frame) as engine, logged(frame, engine.config, log_format):
        insist_on_systems(engine)
        jobs = list(engine.config.jobs.values())
        with stopping(stop):
            if wait_for_store(engine, stop):
                with working(engine, elsewhere(engine), jobs):
                    log.info("Scheduling %s. Ctrl-C stops.", ", ".join(job.name for job in jobs) or "no job")
                    wait_for(stop)
    frame.emit({"stopped": True}, lambda: frame.print("Stopped."))

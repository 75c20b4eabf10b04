"""`ltc run`: the jobs on their schedules, in this process."""

from __future__ import annotations

import click

from ltc.app.cli.frame import Command, Frame


@click.command("run", cls=Command)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many jobs may run at once.")
@click.option("--job", "names", multiple=True, help="Only this job; may be repeated.")
def command(frame: Frame, workers: int, names: tuple[str, ...]) -> None:
    """Run the jobs on their schedules until stopped.

    Any number of these processes may run on one database: a slot of a job is run by exactly one of them. Ctrl-C or SIGTERM
    lets what runs come to its end.
    """
    import threading

    from ltc.app.cli.commands.sync import find_job
    from ltc.app.cli.engine import opened
    from ltc.app.cli.signals import stopping
    from scheduler import LocalExecutor, Scheduler

    with opened(frame) as engine:
        jobs = [find_job(engine.config.jobs, name) for name in names] or list(engine.config.jobs.values())
        stop = threading.Event()
        scheduler = Scheduler(
            jobs,
            engine.claim,
            LocalExecutor(engine.work, workers),
            missed=lambda job, slot: frame.say(f"warning: {job.name} missed its slot {slot.isoformat()}."),
        )
        with stopping(stop):
            scheduler.start()
            frame.say(f"Running {', '.join(job.name for job in jobs) or 'no job'}. Ctrl-C stops.")
            stop.wait()
            frame.say("Stopping: what runs comes to its end; a second Ctrl-C breaks it off.")
            scheduler.stop()
    frame.emit({"stopped": True}, lambda: frame.print("Stopped."))

"""`ltc run`: the jobs on their schedules and the webhooks as they come, in this process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ltc.app.cli.frame import Command, Frame
from ltc.app.cli.logged import log_option, logged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.routing import Route

    from ltc.app.cli.engine import Engine


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

    from ltc.app.cli.commands.sync import find_job
    from ltc.app.cli.engine import opened
    from ltc.app.cli.signals import stopping
    from ltc.app.cli.working import local, working
    from ltc.core.errors import Misconfigured

    log = logging.getLogger(__name__)
    with opened(frame) as engine, logged(frame, engine.config, log_format):
        if not engine.config.active:
            raise Misconfigured(
                "This hub works with no system yet, so there is nothing to run.",
                remedy="Name one in config/systems.yaml, then `ltc check`.", code="run.no_system",
            )  # fmt: skip
        jobs = [find_job(engine.config.jobs, name) for name in names] or list(engine.config.jobs.values())
        stop = threading.Event()
        engine.work.only = names
        with (
            _webhooks(engine, host, port) if hooks else _silence(),
            stopping(stop),
            engine.alerts.duty().going_on(),
            working(engine, local(engine, workers), jobs),
        ):
            log.info("Running %s. Ctrl-C stops.", ", ".join(job.name for job in jobs) or "no job")
            stop.wait()
            log.info("Stopping: what runs is put down at its next page; a second Ctrl-C breaks it off.")
    frame.emit({"stopped": True}, lambda: frame.print("Stopped."))


@contextmanager
def _silence() -> Iterator[None]:
    """Listen to nobody."""
    yield


@contextmanager
def _webhooks(engine: Engine, host: str | None, port: int | None) -> Iterator[None]:
    """Take webhooks and do what follows from them, if any system posts some; tell figures, if they are wanted."""
    import logging

    listening, web = engine.listening(), engine.config.settings.web
    if not listening and not web.metrics:
        yield
        return
    try:
        from ltc.app.web.door import Door
        from ltc.app.web.serving import Serving
    except ModuleNotFoundError as error:
        from ltc.core.errors import Misconfigured

        wanted = f"{', '.join(listening)} may post webhooks" if listening else "`web.metrics` is set"
        message = f"{wanted}, and the hub has no web server for it: {error}."
        remedy = "Install it: pip install 'ltc-hub[console]'. Or poll only: ltc run --no-hooks."
        raise Misconfigured(message, remedy=remedy, code="web.not_installed") from error
    hooks = engine.hooks()
    also = _metrics(engine) if web.metrics else ()
    door = Door(hooks, web.largest, meters=engine.meters, also=also, tracing=engine.tracing)
    server = Serving(door.app(), host or web.host, web.port if port is None else port, door.close)
    if listening:
        hooks.start()
    server.start()
    log = logging.getLogger(__name__)
    try:
        for name in listening:
            log.info("Webhooks of %s are taken at %s/hooks/%s.", name, server.address, name, extra={"system": name})
        if web.metrics:
            log.info("Figures are told at %s/metrics.", server.address)
        yield
    finally:
        server.stop()
        hooks.stop()


def _metrics(engine: Engine) -> list[Route]:
    """Give the route by which Prometheus asks."""
    try:
        from ltc.app.web.metrics import Metrics
    except ModuleNotFoundError as error:
        from ltc.core.errors import Misconfigured

        message = f"`web.metrics` is set, and what writes figures is not installed: {error}."
        raise Misconfigured(message, remedy="Install it: pip install 'ltc-hub[metrics]'.", code="web.not_installed") from error
    return [Metrics(engine.figures(), engine.config.metrics_token().get_secret_value()).route()]

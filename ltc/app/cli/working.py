"""What a process that stays is made of: an executor, a sweeper, and the schedule if it offers slots."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ltc.core.errors import Later, Misconfigured
from scheduler import Elsewhere, LocalExecutor, Outage, Scheduler, Sweeper

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from ltc.app.cli.engine import Engine
    from ltc.core.store.queue import Hold, Waiting
    from scheduler import Executor, Job

_LOG = logging.getLogger(__name__)

LONGEST_SECONDS: Final = 30.0
"""At most so long a process waits before it asks again for a database that was away when it began."""


def insist_on_systems(engine: Engine) -> None:
    """Refuse to stay for a hub that has nothing to do."""
    if not engine.config.active:
        raise Misconfigured(
            "This hub works with no system yet, so there is nothing to run.",
            remedy="Name one in config/systems.yaml, then `ltc check`.", code="run.no_system",
        )  # fmt: skip


def wait_for_store(engine: Engine, stop: threading.Event) -> bool:
    """Wait until the database can be reached, ever longer between attempts; False if somebody wants to stop before that.

    A process that stays is no good without it, but whoever started it would only start it again and again.
    """
    away = Outage(_LOG, "The hub cannot begin", longest=LONGEST_SECONDS)
    while not stop.is_set():
        try:
            engine.reach()
        except Later as fault:
            stop.wait(away.note(fault))
        else:
            away.over()
            return True
    return False


def local(engine: Engine, workers: int) -> Executor:
    """Make the workers of this process."""

    def work(hold: Hold) -> None:
        for one in engine.work.go_on(hold).waiting:
            executor.submit(one.run_id, priority=one.priority)

    executor = LocalExecutor(engine.work.take, work, workers)
    return executor


def elsewhere(engine: Engine) -> Executor:
    """Make what brings runs to the workers of other processes, as hub.yaml says."""
    if engine.config.settings.executor == "local":
        return Elsewhere()
    insist_on_celery()
    from scheduler.broker import CeleryExecutor, make_app

    return CeleryExecutor(make_app(engine.config.broker_url().get_secret_value()))


def serve_celery(engine: Engine, workers: int, stop: threading.Event) -> int:
    """Be one of Celery's workers until the event is set; give the exit code."""
    insist_on_celery()
    from scheduler.broker import CeleryExecutor, make_app, serve

    def work(run_id: int) -> None:
        worked = engine.work.work(run_id)
        for one in worked.waiting if worked is not None else ():
            executor.submit(one.run_id, priority=one.priority)

    app = make_app(engine.config.broker_url().get_secret_value(), work)
    executor = CeleryExecutor(app)
    with working(engine, executor):
        return serve(app, workers, stop, engine.work.drain)


def insist_on_celery() -> None:
    """Say what is missing, if Celery is not installed."""
    try:
        import celery  # noqa: F401 - whether it is there is all that is asked
    except ModuleNotFoundError as error:
        message = f"`executor: celery` is set, and Celery is not installed: {error}."
        raise Misconfigured(
            message, remedy="Install it: pip install 'ltc-hub[celery]'.", code="executor.not_installed"
        ) from error


@contextmanager
def working(engine: Engine, executor: Executor, jobs: Sequence[Job] = ()) -> Iterator[None]:
    """Offer the slots of these jobs, let nothing wait in vain, tell what is wrong; in the end put down what runs."""

    def look() -> tuple[list[Waiting], float]:
        scheduler.offer_owed()
        return engine.work.sweep()

    scheduler = Scheduler(jobs, engine.work.claim, executor, now=engine.clock.now, oldest=engine.work.oldest_slot)
    sweeper = Sweeper(look, executor)
    executor.start()
    scheduler.start()
    sweeper.start()
    try:
        with engine.alerts.duty().going_on():
            yield
    finally:
        engine.work.drain()
        scheduler.stop()
        sweeper.stop()
        executor.drain()

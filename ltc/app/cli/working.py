"""What a process that stays is made of: an executor, a sweeper, and the schedule if it offers slots."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from scheduler import LocalExecutor, Scheduler, Sweeper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltc.app.cli.engine import Engine
    from ltc.core.store.queue import Hold, Waiting
    from scheduler import Executor, Job


def local(engine: Engine, workers: int) -> Executor:
    """Make the workers of this process."""

    def work(hold: Hold) -> None:
        for one in engine.work.go_on(hold).waiting:
            executor.submit(one.run_id, priority=one.priority)

    executor = LocalExecutor(engine.work.take, work, workers)
    return executor


@contextmanager
def working(engine: Engine, executor: Executor, jobs: Sequence[Job] = ()) -> Iterator[None]:
    """Offer the slots of these jobs and see to it that nothing waits in vain; in the end put down what runs."""

    def look() -> tuple[list[Waiting], float]:
        scheduler.offer_owed()
        return engine.work.sweep()

    scheduler = Scheduler(jobs, engine.work.claim, executor, newest=engine.work.newest_slot)
    sweeper = Sweeper(look, executor)
    executor.start()
    scheduler.start()
    sweeper.start()
    try:
        yield
    finally:
        engine.work.drain()
        scheduler.stop()
        sweeper.stop()
        executor.drain()

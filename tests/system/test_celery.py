"""Celery brings runs to workers: they are killed, messages are lost and doubled, the broker is started anew.

Nothing is lost and nothing is there twice, by the systems' own state. The broker is Valkey; `make chaos` takes RabbitMQ too,
where it is installed.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError

from ltc.core.store.queue import MOST_ATTEMPTS
from scheduler.broker import CeleryExecutor, make_app
from tests.system.brokers import BROKERS, Broker
from tests.system.orgs import NO_BRAKES, Orgs, company
from tests.system.replicas import BRISK, Gate, Replica, Replicas, same, trading, wait_until

FIRST = 4
"""Companies of which each org has some at the beginning; together they have six."""
RESUMED_SECONDS = 15.0
MANY = [pytest.param(kind, 20, marks=pytest.mark.slow) for kind in BROKERS]


@dataclass
class Plant:
    """A hub with a broker, a scheduler and workers."""

    orgs: Orgs
    replicas: Replicas
    broker: Broker
    workers: list[Replica] = field(default_factory=list)
    companies: int = FIRST + FIRST // 2

    def worker(self) -> None:
        """Start a worker."""
        self.workers.append(self.replicas.start("worker", "--workers", "1"))

    def trade(self) -> None:
        """Let a company begin in each org."""
        for org in (self.orgs.west, self.orgs.east):
            org.insert("Account", company(1000 + self.companies), "seed")
            self.companies += 1

    def is_whole(self) -> bool:
        """Tell whether both orgs have every company once."""
        return same(self.orgs, self.companies)


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A broker of the kind that a test names."""
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = BROKERS[request.param](folder)
    yield broker
    broker.stop()


@contextmanager
def planted(connect: Callable[..., Orgs], broker: Broker, monkeypatch: pytest.MonkeyPatch, work: str) -> Iterator[Plant]:
    """Have a hub on PostgreSQL whose work Celery distributes."""
    monkeypatch.setenv("LTC_BROKER", broker.url)
    orgs = connect(brakes=f"{NO_BRAKES}{work}executor: celery\nbroker: {{url: '${{env:LTC_BROKER}}'}}\n")
    with trading(orgs, FIRST) as replicas:
        replicas.start("scheduler")
        yield Plant(orgs, replicas, broker)


@pytest.fixture
def plant(connect: Callable[..., Orgs], broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """One whose leases are short."""
    with planted(connect, broker, monkeypatch, BRISK) as plant:
        yield plant


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("broker", "kills"), [("valkey", 4), *MANY], indirect=["broker"])
def test_kills_lost_and_doubled_messages_and_a_new_broker_change_nothing(plant: Plant, kills: int) -> None:
    dice = random.Random(kills)
    for _ in range(2):
        plant.worker()
    wait_until(lambda: any(row.status == "done" for row in plant.replicas.runs("changes")))
    for kill in range(kills):
        plant.trade()
        wait_until(lambda: plant.replicas.holder() in plant.workers)
        victim = plant.replicas.holder() or dice.choice(plant.workers)
        if victim in plant.workers:
            victim.kill()
            plant.workers.remove(victim)
            plant.worker()
        if kill == kills // 2:
            plant.broker.lose_messages()
    wait_until(plant.is_whole, 180)

    plant.trade()
    executor = CeleryExecutor(make_app(plant.broker.url))
    for row in plant.replicas.runs("changes")[-3:]:
        for _ in range(5):
            executor.submit(row.id)
    executor.drain()
    wait_until(plant.is_whole)

    plant.broker.restart()
    plant.trade()
    wait_until(plant.is_whole, 120)
    executor = CeleryExecutor(make_app(plant.broker.url))
    first = plant.replicas.runs("changes")[0].id
    with suppress(OperationalError):  # connections to the broker that was there before are known broken by their first message
        executor.submit(first)
    for _ in range(20):
        executor.submit(first)
    executor.drain()

    runs = plant.replicas.runs("changes")
    assert max(Counter(row.slot for row in runs).values()) == 1
    given_up = {row.error for row in runs[:-1] if row.status != "done"}  # who loses five workers in a row fails for good
    assert kills >= MOST_ATTEMPTS or not given_up
    assert all(error.startswith("Given up: 5 workers were lost") for error in given_up)
    assert all(worker.stop() == 0 for worker in plant.workers)
    written = plant.orgs.written_by_hub()
    assert plant.is_whole()
    assert written >= plant.companies - FIRST
    assert "goes on with another" in "".join(one.said() for one in plant.replicas.all)


@pytest.mark.slow  # in real time: the lease and its beats are those of a hub as it is shipped
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("broker", BROKERS, indirect=True)
def test_what_a_killed_worker_did_goes_on_within_fifteen_seconds(
    connect: Callable[..., Orgs], broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with planted(connect, broker, monkeypatch, work="") as plant:
        for _ in range(2):
            plant.worker()
        wait_until(lambda: any(row.status == "done" for row in plant.replicas.runs("changes")))
        killed: list[tuple[Replica, float]] = []

        def kill() -> None:
            victim = plant.replicas.holder()
            assert victim in plant.workers
            victim.kill()
            killed.append((victim, time.monotonic()))

        Gate(plant.orgs.east, kill, after=True)
        plant.trade()
        wait_until(lambda: killed)
        [(victim, died_at)] = killed
        wait_until(lambda: plant.replicas.holder() not in {None, victim}, 60)
        took = time.monotonic() - died_at
        assert took <= RESUMED_SECONDS, f"It took {took:.1f} seconds."
        wait_until(plant.is_whole)
        assert "goes on with another" in "".join(one.said() for one in plant.replicas.all)

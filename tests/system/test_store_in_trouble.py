"""The store goes away or is locked in the middle of a sync: nothing is lost or done twice, and the log says so."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from ltc.core.store import tables as t
from tests.system.brokers import free_ports
from tests.system.databases import Database
from tests.system.orgs import NO_BRAKES, Orgs, company
from tests.system.replicas import BRISK, IMPATIENTLY, Replica, Replicas, wait_until
from tests.system.test_replicas import JOBS, Gate, same

NEW = range(100, 105)

pytestmark = pytest.mark.slow  # processes that wait for real time to pass, as the store's silence makes them


@contextlib.contextmanager
def shop_on(folder: Path, database: str) -> Iterator[tuple[Orgs, Replicas]]:
    """Have a live hub between two orgs, whose processes are not started yet."""
    orgs = Orgs(folder / "hub", database, brakes=NO_BRAKES + BRISK)
    orgs.fill(4)
    orgs.sync()
    orgs.settle()
    orgs.live()
    orgs.sync()
    orgs.engine.close()
    (orgs.folder / "config" / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    replicas = Replicas(orgs.folder, orgs.database)
    try:
        yield orgs, replicas
    finally:
        replicas.close()
        orgs.close()


def health(port: int) -> int:
    """Ask as a probe does; 0 if nobody answers."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=60).status_code
    except requests.ConnectionError:
        return 0


def is_said_once(process: Replica, *texts: str) -> bool:
    """Tell whether each of these is in exactly one line."""
    return all(sum(text in line for line in process.said().splitlines()) == 1 for text in texts)


def made(orgs: Orgs) -> int:
    """Count the records that the hub has made: to say a create again by its external id makes nothing."""
    return sum(deed.verb == "insert" and deed.actor != "seed" for org in (orgs.west, orgs.east) for deed in org.journal)


def test_a_database_that_dies_and_comes_back(tmp_path: Path) -> None:
    database = Database()
    try:
        with shop_on(tmp_path, database.url) as (orgs, replicas):
            written, ports = made(orgs), free_ports(2)
            process = replicas.start("serve", "--port", str(ports[0]))
            wait_until(lambda: health(ports[0]) == 200)
            away = threading.Event()

            def kill() -> None:
                database.kill()
                away.set()

            Gate(orgs.east, kill, after=True)
            for number in NEW:
                orgs.west.insert("Account", company(number), "seed")
            wait_until(away.is_set)
            wait_until(lambda: health(ports[0]) == 503)
            late = replicas.start("serve", "--workers", "1", "--port", str(ports[1]))
            wait_until(lambda: "The hub cannot begin: The store cannot be reached" in late.said())
            wait_until(lambda: "No work can be had: The store cannot be reached" in process.said())
            assert health(ports[1]) == 0
            database.start()
            wait_until(lambda: [health(port) for port in ports] == [200, 200])
            wait_until(lambda: same(orgs, 11))
            last = max(row.id for row in replicas.runs("changes"))
            wait_until(lambda: {row.status for row in replicas.runs("changes") if row.id <= last} == {"done"})
            assert process.process.poll() is None
            assert "has lost its worker" in process.said() + late.said()
            wait_until(lambda: is_said_once(process, "seconds: No work can be had"))
            assert is_said_once(late, "seconds: The hub cannot begin")
            assert process.said().count("No work can be had: ") <= 4, (
                "a line for each thing that it says, and not for each attempt"
            )
            with replicas.store.reading() as tx:
                assert tx.scalar(select(func.count()).select_from(t.intent).where(t.intent.c.state == "open")) == 0
            assert [process.stop(), late.stop()] == [0, 0]
            assert made(orgs) == written + len(NEW)
    finally:
        database.close()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_file_that_another_process_locks(tmp_path: Path, store_url: str) -> None:
    with shop_on(tmp_path, store_url) as (orgs, replicas):
        written, [port] = made(orgs), free_ports(1)
        process = replicas.start("serve", "--port", str(port), program=IMPATIENTLY)
        wait_until(lambda: health(port) == 200)
        other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None, check_same_thread=False, timeout=30)
        locked = threading.Event()

        def lock() -> None:
            other.execute("BEGIN IMMEDIATE")
            locked.set()

        Gate(orgs.east, lock, after=True)
        for number in NEW:
            orgs.west.insert("Account", company(number), "seed")
        wait_until(locked.is_set)
        wait_until(lambda: health(port) == 503)
        wait_until(lambda: "is left to others: The store is busy: database is locked" in process.said())
        other.execute("ROLLBACK")
        other.close()
        wait_until(lambda: health(port) == 200)
        wait_until(lambda: same(orgs, 11))
        wait_until(lambda: "goes on with another" in process.said())
        assert process.stop() == 0
        assert made(orgs) == written + len(NEW)

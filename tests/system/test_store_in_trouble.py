"""The store goes away, is locked or has no room in the middle of a sync: nothing is lost or done twice, and the log says so.

Two sizes: one sync in this process, with the trouble in it; and `ltc serve`, which must come through by itself, marked slow.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, create_engine, func, select

from ltc.core.errors import Later
from ltc.core.store import Store, store
from ltc.core.store import tables as t
from tests.system import disks
from tests.system.brokers import free_ports
from tests.system.databases import Database
from tests.system.orgs import NO_BRAKES, Orgs, company
from tests.system.replicas import BRISK, IMPATIENTLY, SWIFTLY, Gate, Replica, Replicas, same, trading, wait_until

NEW = range(100, 105)
ALL = 6 + len(NEW)
JUST = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
AFTER_THE_DEADLINE = 120.0


# -- one sync ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def away(server: Engine, path: Path) -> Iterator[None]:
    """Cut every connection to the database, and let nobody in."""
    del path
    name, elsewhere = server.url.database, create_engine(server.url.set(database="template1"), isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    elsewhere.dispose()
    server.dispose()  # its connections are cut too


@contextlib.contextmanager
def locked(server: None, path: Path) -> Iterator[None]:
    """Let somebody else have the file."""
    del server
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextlib.contextmanager
def full(server: None, path: Path) -> Iterator[None]:
    """Let there be no room."""
    del server
    assert path.stat().st_size > disks.NO_ROOM
    with disks.refused():
        yield


@pytest.mark.parametrize(
    ("store_url", "trouble", "said"),
    [
        ("postgresql", away, "The store cannot be reached"),
        ("sqlite", locked, "The store is busy: database is locked"),
        ("sqlite", full, "The store has no room"),
    ],
    indirect=["store_url"],
)
def test_a_sync_that_loses_its_store_is_taken_up_and_does_nothing_twice(
    request: pytest.FixtureRequest, tmp_path: Path, store_url: str, trouble: Any, said: str,
    connect: Callable[..., Orgs], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The store fails when five accounts have been made in the other org, before the hub could note that they were."""
    server = request.getfixturevalue("postgres") if store_url.startswith("postgresql") else None
    monkeypatch.setattr(store, "SQLITE_PRAGMAS", tuple(one.replace("= 30000", "= 50") for one in store.SQLITE_PRAGMAS))
    orgs = connect(brakes=NO_BRAKES + BRISK)
    orgs.fill(4)
    orgs.go_live()
    made, trouble_lasts = orgs.made_by_hub(), contextlib.ExitStack()
    sell(orgs)
    Gate(orgs.east, lambda: trouble_lasts.enter_context(trouble(server, tmp_path / "hub.db")), after=True)
    with trouble_lasts, pytest.raises(Later, match=said):
        orgs.engine.sync()
    orgs.clock.sleep(AFTER_THE_DEADLINE)
    report = orgs.engine.sync()
    assert not [run["error"] for run in report["runs"] if run["error"]]
    assert same(orgs, ALL)
    assert orgs.made_by_hub() == made + len(NEW)
    assert open_intents(orgs.engine.store) == 0


# -- processes -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def shop_on(folder: Path, database: str) -> Iterator[tuple[Orgs, Replicas]]:
    """Have a live hub between two orgs, whose processes are not started yet."""
    orgs = Orgs(folder / "hub", database, brakes=NO_BRAKES + BRISK)
    try:
        with trading(orgs) as replicas:
            yield orgs, replicas
    finally:
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


def open_intents(store: Store) -> int:
    """Count the writes of which nobody knows what became."""
    with store.reading() as tx:
        return int(tx.scalar(select(func.count()).select_from(t.intent).where(t.intent.c.state == "open")) or 0)


def sell(orgs: Orgs) -> None:
    """Let companies begin."""
    for number in NEW:
        orgs.west.insert("Account", company(number), "seed")


@pytest.mark.slow
def test_a_database_that_dies_and_comes_back(tmp_path: Path) -> None:
    database = Database()
    try:
        with shop_on(tmp_path, database.url) as (orgs, replicas):
            made, ports = orgs.made_by_hub(), free_ports(2)
            process = replicas.start("serve", "--port", str(ports[0]))
            wait_until(lambda: health(ports[0]) == 200)
            away = threading.Event()

            def kill() -> None:
                database.kill()
                away.set()

            Gate(orgs.east, kill, after=True)
            sell(orgs)
            wait_until(away.is_set)
            wait_until(lambda: health(ports[0]) == 503)
            late = replicas.start("serve", "--workers", "1", "--port", str(ports[1]))
            wait_until(lambda: "The hub cannot begin: The store cannot be reached" in late.said())
            wait_until(lambda: "No work can be had: The store cannot be reached" in process.said())
            assert health(ports[1]) == 0
            database.start()
            wait_until(lambda: [health(port) for port in ports] == [200, 200])
            wait_until(lambda: same(orgs, ALL))
            last = max(row.id for row in replicas.runs("changes"))
            wait_until(lambda: {row.status for row in replicas.runs("changes") if row.id <= last} == {"done"})
            assert process.process.poll() is None
            assert "has lost its worker" in process.said() + late.said()
            wait_until(lambda: is_said_once(process, "seconds: No work can be had"))
            assert is_said_once(late, "seconds: The hub cannot begin")
            assert process.said().count("No work can be had: ") <= 4, (
                "a line for each thing that it says, and not for each attempt"
            )
            assert open_intents(replicas.store) == 0
            assert [process.stop(), late.stop()] == [0, 0]
            assert orgs.made_by_hub() == made + len(NEW)
    finally:
        database.close()


@pytest.mark.slow
@JUST
def test_a_file_that_another_process_locks(tmp_path: Path, store_url: str) -> None:
    with shop_on(tmp_path, store_url) as (orgs, replicas):
        made, [port] = orgs.made_by_hub(), free_ports(1)
        process = replicas.start("serve", "--port", str(port), program=IMPATIENTLY)
        wait_until(lambda: health(port) == 200)
        other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None, check_same_thread=False, timeout=30)
        locked = threading.Event()

        def lock() -> None:
            other.execute("BEGIN IMMEDIATE")
            locked.set()

        Gate(orgs.east, lock, after=True)
        sell(orgs)
        wait_until(locked.is_set)
        wait_until(lambda: health(port) == 503)
        wait_until(lambda: "is left to others: The store is busy: database is locked" in process.said())
        other.execute("ROLLBACK")
        other.close()
        wait_until(lambda: health(port) == 200)
        wait_until(lambda: same(orgs, ALL))
        wait_until(lambda: "goes on with another" in process.said())
        assert process.stop() == 0
        assert orgs.made_by_hub() == made + len(NEW)


@pytest.mark.slow
@JUST
def test_a_process_whose_files_may_not_grow(tmp_path: Path, store_url: str) -> None:
    """The kernel refuses its writes, as on a disk without room, and lets them through later."""
    with shop_on(tmp_path, store_url) as (orgs, replicas):
        made, [port] = orgs.made_by_hub(), free_ports(1)
        process, refused = replicas.start("serve", "--port", str(port)), threading.Event()
        wait_until(lambda: health(port) == 200)

        def refuse() -> None:
            disks.refuse(process.pid)
            refused.set()

        Gate(orgs.east, refuse, after=True)
        sell(orgs)
        wait_until(refused.is_set)
        wait_until(lambda: f"is left to others: The store has no room ({tmp_path}/hub.db): " in process.said())
        disks.allow(process.pid)
        wait_until(lambda: health(port) == 200)
        wait_until(lambda: same(orgs, ALL))
        wait_until(lambda: open_intents(replicas.store) == 0)
        assert process.process.poll() is None
        assert process.stop() == 0
        assert orgs.made_by_hub() == made + len(NEW)
        with contextlib.closing(sqlite3.connect(tmp_path / "hub.db")) as found:
            assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def state_of(process: Replica, folder: Path, copy: Path) -> tuple[int, str]:
    """Count open intents in a copy of a store, and check it; SQLite itself finds no way into another's mounts."""
    copy.mkdir(exist_ok=True)
    process.freeze()
    try:
        for name in ("hub.db", "hub.db-wal"):
            (copy / name).write_bytes((folder / name).read_bytes())
    finally:
        process.thaw()
    with contextlib.closing(sqlite3.connect(copy / "hub.db")) as found:
        (open_still,) = found.execute("SELECT count(*) FROM intent WHERE state = 'open'").fetchone()
        (checked,) = found.execute("PRAGMA integrity_check").fetchone()
    return open_still, checked


@pytest.mark.slow
@pytest.mark.skipif(not disks.may_mount(), reason="This machine lets nobody mount a disk of his own; the test above is for all.")
@JUST
def test_a_disk_that_is_full(tmp_path: Path, store_url: str) -> None:
    """The store is on a disk of 40 MB that only the hub's processes see; each commit needs some of it."""
    with shop_on(tmp_path, store_url) as (orgs, replicas):
        made, disk, [port] = orgs.made_by_hub(), tmp_path / "disk", free_ports(1)
        disk.mkdir()
        settings = orgs.folder / "config" / "hub.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace(store_url, f"sqlite:///{disk}/hub.db"), encoding="utf-8")
        there = disks.on_a_small_disk(disk, tmp_path / "hub.db")
        process = replicas.start("serve", "--port", str(port), program=(*there, *SWIFTLY))
        wait_until(lambda: health(port) == 200)
        inside, fillers = Path(f"/proc/{process.pid}/root{disk}"), list[Path]()
        Gate(orgs.east, lambda: fillers.append(disks.fill(inside)), after=True)
        sell(orgs)
        wait_until(lambda: fillers)
        full = f"The store has no room ({disk}/hub.db): database or disk is full. Make room on its disk"
        wait_until(lambda: f"is left to others: {full}" in process.said())
        fillers[0].unlink()
        wait_until(lambda: health(port) == 200)
        wait_until(lambda: same(orgs, ALL))
        wait_until(lambda: state_of(process, inside, tmp_path / "seen") == (0, "ok"), every=0.5)
        assert process.stop() == 0
        assert orgs.made_by_hub() == made + len(NEW)

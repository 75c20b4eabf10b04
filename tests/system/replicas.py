"""Processes of one hub, as an operator starts them on several machines; tests kill, freeze and wake them."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ltc.core.simulation import Request
from ltc.core.store import Store
from ltc.core.store import tables as t
from tests.system.orgs import Orgs

BRISK = "work: {lease: 1 second, slice: 1 second}\n"
"""For hub.yaml: who died is soon missed, and who works soon puts it down."""

JOBS = "changes: {every: 1 second, misfire_grace: 1 hour}\neverything: {enabled: false}\ncleaning: {enabled: false}\n"

SWIFTLY = (sys.executable, "-m", "tests.system.swiftly")
JUMPILY = (sys.executable, "-m", "tests.system.jumpily")
IMPATIENTLY = (sys.executable, "-m", "tests.system.impatiently")


class Replica:
    """One process."""

    def __init__(self, folder: Path, words: Sequence[str], number: int, program: Sequence[str]) -> None:
        """Start it; what it says goes to a file of its own."""
        self.log = folder / "var" / f"process{number}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [*program, "--hub", str(folder), *words]
        with self.log.open("w", encoding="utf-8") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)

    @property
    def pid(self) -> int:
        """Give the number by which it signs what it holds."""
        return self.process.pid

    def said(self) -> str:
        """Give what it said so far."""
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill it: no handler runs."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self, seconds: float = 60) -> int:
        """Ask it to stop, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


class Replicas:
    """The processes of a hub."""

    def __init__(self, folder: Path, database: str) -> None:
        """Start none yet."""
        self.folder, self.all = folder, list[Replica]()
        self.store = Store(database)

    def start(self, *words: str, program: Sequence[str] = SWIFTLY) -> Replica:
        """Start one."""
        self.all.append(Replica(self.folder, words, len(self.all), program))
        return self.all[-1]

    def holder(self) -> Replica | None:
        """Find the process that works on a run just now."""
        with self.store.reading() as tx:
            names = (
                tx.execute(select(t.run.c.holder).where(t.run.c.until.is_not(None), t.run.c.status == "running")).scalars().all()
            )
        pids = {int(name.split()[1]) for name in names}
        return next((one for one in self.all if one.pid in pids and one.process.poll() is None), None)

    def runs(self, job: str) -> list[Any]:
        """List the runs of a job, the oldest first."""
        with self.store.reading() as tx:
            return list(tx.execute(select(t.run).where(t.run.c.job == job).order_by(t.run.c.id)).all())

    def close(self) -> None:
        """Stop all, gently first."""
        for one in self.all:
            if one.process.poll() is None:
                one.thaw()
                one.process.terminate()
        for one in self.all:
            try:
                one.process.wait(30)
            except subprocess.TimeoutExpired:
                one.kill()
        self.store.close()


@contextlib.contextmanager
def trading(orgs: Orgs, number: int = 4) -> Iterator[Replicas]:
    """Bring a hub to the point where it writes between two orgs; its processes are not started yet."""
    orgs.fill(number)
    orgs.go_live()
    orgs.engine.close()
    (orgs.folder / "config" / "jobs.yaml").write_text(JOBS, encoding="utf-8")
    replicas = Replicas(orgs.folder, orgs.database)
    try:
        yield replicas
    finally:
        replicas.close()


class Gate:
    """Does something when an org is about to do, or has done, a write of the hub's."""

    def __init__(self, org: Any, done: Callable[[], object], *, after: bool) -> None:
        """Stand before the org; what is done is done once."""
        self._inner, self._done, self._after, self._org, self._left = org.handle, done, after, org, 1
        org.handle = self._handle

    def _handle(self, request: Request) -> Any:
        before = self._org.calls["write"]
        if not self._after and self._is_write(request):
            self._once()
        answer = self._inner(request)
        if self._after and self._org.calls["write"] > before:
            self._once()
        return answer

    @staticmethod
    def _is_write(request: Request) -> bool:
        return request.method in {"POST", "PATCH"} and "composite" in request.path and b'"records"' in request.body

    def _once(self) -> None:
        if self._left:
            self._left -= 1
            self._done()


def same(orgs: Orgs, number: int) -> bool:
    """Tell whether both orgs have so many accounts, each once."""
    names = orgs.names()
    return names["west"] == names["east"] and len(set(names["west"])) == len(names["west"]) == number


def wait_until(true: Callable[[], object], seconds: float = 240.0, every: float = 0.02) -> None:
    """Wait for what another process does."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "It did not come to pass."
        time.sleep(every)

"""A sandbox in a process of its own: start it, find it again, talk to it, stop it."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import requests

from ltc.core.errors import Misconfigured

FILE = "sandbox.json"
LOG = "sandbox.log"
READY_WITHIN = 60.0
_TIMEOUT = (2.0, 120.0)


@dataclass(frozen=True, slots=True)
class Remote:
    """A sandbox in another process, found by the file that it left in ``var``."""

    file: Path
    pid: int
    control: str

    def systems(self) -> dict[str, Any]:
        """Say where the systems are and how to sign in."""
        return self._ask("GET", "systems")

    def state(self) -> dict[str, Any]:
        """Give the normalised objects and the journals."""
        return self._ask("GET", "state")

    def hooks(self) -> dict[str, Any]:
        """Count per system the webhooks that were accepted, that wait, and that were given up."""
        return self._ask("GET", "hooks")

    def digest(self) -> dict[str, Any]:
        """Give the digest of the state."""
        return self._ask("GET", "digest")

    def act(self, days: int = 1, programme: str = "everything") -> dict[str, Any]:
        """Let the business happen."""
        return self._ask("POST", "act", {"days": days, "programme": programme})

    def clock(self, days: float = 0, seconds: float = 0) -> dict[str, Any]:
        """Tell the virtual time, after moving it forward if asked."""
        return self._ask("POST", "clock", {"days": days, "seconds": seconds})

    def fault(self, system: str, *, point: str = "*", key: str = "*", times: int = 1, kind: str = "503") -> dict[str, Any]:
        """Order a fault."""
        return self._ask("POST", "faults", {"system": system, "point": point, "key": key, "times": times, "kind": kind})

    def reshape(self, system: str, obj: str, field: str, change: dict[str, Any]) -> dict[str, Any]:
        """Change a field of one system as its admin would."""
        return self._ask("POST", "schema", {"system": system, "object": obj, "field": field, "change": change})

    def save(self) -> dict[str, Any]:
        """Write the state to disk."""
        return self._ask("POST", "save")

    def stop(self) -> None:
        """Stop the process and wait until it is gone."""
        try:
            self._ask("POST", "stop")
        except Misconfigured:
            _end(self.pid)
        for _ in range(200):
            if not _alive(self.pid):
                break
            time.sleep(0.05)
        else:
            _end(self.pid)
        self.file.unlink(missing_ok=True)

    def _ask(self, method: Literal["GET", "POST"], what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = requests.request(method, f"{self.control}/_sandbox/{what}", json=body, timeout=_TIMEOUT)
        except requests.RequestException as error:
            raise Misconfigured(
                f"The sandbox at {self.control} does not answer.",
                remedy=f"Its log is {self.file.parent / LOG}. `ltc sandbox down`, then `ltc sandbox up --detach`.",
                code="sandbox.silent",
            ) from error
        answer: dict[str, Any] = response.json()
        if not response.ok:
            raise Misconfigured(str(answer.get("error", answer)), code="sandbox.refused")
        return answer


def find(var: Path) -> Remote:
    """Find the sandbox that was started with this ``var`` directory."""
    file = var / FILE
    if not file.exists():
        raise Misconfigured(
            f"No sandbox is up for {var}.", remedy="Start one with `ltc sandbox up --detach`.", code="sandbox.down"
        )
    told = json.loads(file.read_text(encoding="utf-8"))
    return Remote(file, int(told["pid"]), str(told["control"]))


def up_detached(
    var: Path, seed: int = 7, scale: float = 1.0, profile: str = "calm", *, state_dir: Path | None = None, hooks: str = ""
) -> Remote:
    """Start a sandbox in a process of its own and wait until it is ready; its place is kept in ``var/sandbox.json``."""
    file = var / FILE
    if file.exists() and _alive(find(var).pid):
        raise Misconfigured(f"A sandbox is up already for {var}.", remedy="Stop it with `ltc sandbox down`.", code="sandbox.up")
    var.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "ltc.app.sandbox",
        "--file",
        str(file),
        "--seed",
        str(seed),
        "--scale",
        str(scale),
        "--profile",
        profile,
    ]
    if state_dir is not None:
        command += ["--state", str(state_dir)]
    if hooks:
        command += ["--hooks", hooks]
    log = var / LOG
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    places = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # Nobody waits for this process: it outlives the command that starts it.
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=places, setsid=True)
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and _alive(pid):
        if file.exists():
            return find(var)
        time.sleep(0.05)
    _end(pid)
    raise Misconfigured(f"The sandbox did not come up within {READY_WITHIN:.0f} s.", remedy=f"See {log}.", code="sandbox.silent")


def down(var: Path) -> None:
    """Stop the sandbox that was started with this ``var`` directory."""
    find(var).stop()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Tell a process that has ended but whose starter, perhaps we, has not asked for its result."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False


def _end(pid: int) -> None:
    if _alive(pid):
        os.kill(pid, signal.SIGTERM)

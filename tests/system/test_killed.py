"""A sync that is killed in the middle, started again, ends as one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ltc.core.simulation import Request

NUMBER = 60


class Killer:
    """Kills a process when the org has done its nth write: the answer never arrives."""

    def __init__(self, org, process, after: int) -> None:
        self.org, self.process, self.left = org, process, after
        self.inner = org.handle
        org.handle = self.handle
        self.killed = False

    def handle(self, request: Request):
        before = self.org.calls["write"]
        answer = self.inner(request)
        if self.org.calls["write"] > before:
            self.left -= 1
            if self.left == 0:
                os.kill(self.process.pid, signal.SIGKILL)
                self.killed = True
        return answer


def start(orgs, seconds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.system.ahead", str(orgs.folder), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ready(connect):
    orgs = connect(settings="    bulk_threshold: 1000000\n")
    orgs.fill(NUMBER)
    orgs.sync()
    orgs.settle()
    orgs.live()
    orgs.engine.close()
    return orgs


@pytest.mark.parametrize(
    ("side", "after"), [("east", 1), *(pytest.param(*case, marks=pytest.mark.slow) for case in (("west", 1), ("west", 2)))]
)
def test_a_killed_sync_ends_as_an_unkilled_one(connect, side, after):
    orgs = ready(connect)
    process = start(orgs, 0)
    killer = Killer(getattr(orgs, side), process, after)
    process.communicate(timeout=60)
    if killer.killed:
        assert process.returncode == -signal.SIGKILL
        second = start(orgs, 120)
        out, err = second.communicate(timeout=120)
        assert second.returncode == 0, err + out
    expected = sorted(f"FIRMA {number} GMBH" for number in range(NUMBER + NUMBER // 2))
    assert orgs.names() == {"west": expected, "east": expected}
    written = orgs.written_by_hub()
    third = start(orgs, 240)
    out, err = third.communicate(timeout=60)
    assert third.returncode == 0, err + out
    assert orgs.written_by_hub() == written
    assert killer.killed or after > 1, "the sync made no write to die at"

"""A process that makes invoices in Stripe is killed again and again: every bill is asked for once, and none is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from typing import Any

import pytest

from connectors.payment.stripe.simulator import StripeSimulator
from ltc.core.models.money import minor_units
from ltc.core.simulation import Request, VirtualClock, serve
from ltc.core.store import Store
from tests.system.collecting import BILLS, CURRENCIES, erp_with_bills

ROUND = 150
"""Seconds by which each process is further ahead than the last one: what the last one left open may be settled."""


MANY = [pytest.param(database, 20, marks=pytest.mark.slow) for database in ("sqlite", "postgresql")]
"""Fresh processes are dear; those of `test_killed_rules.py` die in greater number, on either database."""


class Killer:
    """Kills the process that called, before or after the account has done what it asked for."""

    def __init__(self, account: StripeSimulator) -> None:
        self.inner, self.name = account.handle, account.name
        account.handle = self.handle  # type: ignore[method-assign]
        self.process: subprocess.Popen[str] | None = None
        self.left = 0
        self.before = False

    def arm(self, process: subprocess.Popen[str], left: int, *, before: bool) -> None:
        """Kill a process at its nth write from now on."""
        self.process, self.left, self.before = process, left, before

    def handle(self, request: Request) -> Any:
        """Pass a request on, unless its sender is to die first."""
        self.left -= request.method == "POST"
        deadly = self.process is not None and request.method == "POST" and self.left == 0
        if deadly and self.before:
            self._kill()
        answer = self.inner(request)
        if deadly and not self.before:
            self._kill()
        return answer

    def _kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)


@pytest.mark.parametrize(("store_url", "kills"), [("sqlite", 2), *MANY], indirect=["store_url"])
def test_a_process_killed_at_any_call_loses_and_doubles_nothing(
    kills: int, store_url: str, store: Store, clock: VirtualClock
) -> None:
    here = erp_with_bills(store, clock)
    here.go_live()
    account = here.simulator
    assert isinstance(account, StripeSimulator)
    killer, dice = Killer(account), random.Random(7)
    with serve({"stripe": account}) as running:

        def start(number: int) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "tests.system.collecting", store_url, running.base_urls["stripe"]]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            return subprocess.Popen([*command, str(number * ROUND)], **pipes)

        for number in range(kills):
            process = start(number)
            killer.arm(process, dice.randint(1, 7), before=dice.random() < 0.5)
            _, err = process.communicate(timeout=120)
            assert process.returncode == -signal.SIGKILL, err
        killer.process = None
        for number in (kills, kills + 1):
            process = start(number)
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err + out
        assert json.loads(out)["writes"] == 0
    expected = sorted(
        (f"9{number:07d}", "open", 30 * (number + 10) * 10 ** minor_units(CURRENCIES[number % 3])) for number in range(BILLS)
    )
    assert sorted((row["number"], row["status"], row["total"]) for row in account.rows("invoice")) == expected
    assert sorted(row["name"] for row in account.rows("customer")) == sorted(f"Acme {number}" for number in range(BILLS))
    assert len(account.rows("invoiceitem")) == 3 * BILLS
    assert here.open_intents() == 0
    assert here.exceptions() == []

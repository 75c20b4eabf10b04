"""A store that is busy: transactions are tried again, and nobody mistakes its refusal for a system's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, repeat
from typing import Any

import pytest

from ltc.app.engine import deliver
from ltc.app.engine.context import PAUSES, Context
from ltc.app.engine.runs import Sync
from ltc.core.errors import Later
from ltc.core.store.crash import BEFORE_COMMIT
from tests.app.engine.hubs import SmallHub
from tests.app.engine.test_write_protocol import check, seed


def refuse(hub: SmallHub, codes: Iterator[str]) -> list[str]:
    """Let the store refuse commits with these codes, "" for none; return what was asked."""
    asked = []

    def crash(point: str) -> None:
        if point == BEFORE_COMMIT:
            asked.append(next(codes))
            if asked[-1]:
                raise Later(code=asked[-1])

    hub.store.crash = crash
    return asked


def run(ctx: Context) -> dict[str, Any]:
    """Sync everything in a context that was made while the store was at peace."""
    return Sync(ctx, [scope for scope in ctx.scopes.values() if not scope.is_hub]).go()


def test_every_transaction_may_need_several_attempts(live: SmallHub) -> None:
    seed(live)
    ctx = live.context()
    before = live.clock.now()
    refuse(live, cycle(("store.busy", "store.race", "")))
    report = run(ctx)
    refuse(live, repeat(""))
    check(live)
    assert {entry["status"] for entry in report["runs"]} == {"done"}
    assert report["totals"]["writes"] == report["totals"]["created"] == 10
    assert live.clock.now() > before


def test_counts_are_those_of_the_attempt_that_held(live: SmallHub) -> None:
    live.left.put("Customer", {"Name": "One", "Status": "active"})
    ctx = live.context()
    refuse(live, cycle(("store.busy", "")))
    report = run(ctx)
    (customers,) = [entry for entry in report["runs"] if entry["system"] == "left" and entry["object"] == "Customer"]
    assert customers["read"] == 1


def test_it_is_not_tried_for_ever(live: SmallHub) -> None:
    ctx = live.context()
    asked = refuse(live, repeat("store.busy"))
    with pytest.raises(Later):
        ctx.transact(lambda _tx: None)
    assert len(asked) == len(PAUSES) + 1


def test_what_waiting_does_not_mend_is_not_tried_again(live: SmallHub) -> None:
    ctx = live.context()
    asked = refuse(live, repeat("store.no_room"))
    with pytest.raises(Later):
        ctx.transact(lambda _tx: None)
    assert len(asked) == 1


def test_a_step_that_cannot_be_journalled_was_not_refused(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = deliver._keep_step

    def busy(tx: Any, key: str, step: str, data: Any) -> None:
        if step == "commit":
            raise Later(code="store.busy")
        keep(tx, key, step, data)

    seed(hub, ("LEFT",))
    hub.go_live()
    with monkeypatch.context() as patched:
        patched.setattr(deliver, "_keep_step", busy)
        hub.sync()
    hub.sync()
    check(hub, ("LEFT",))

"""A hundred days in which everything happens, seed after seed: whatever went wrong, what must hold holds.

The hub syncs after some days, so that people come in at any moment. Half of the worlds are hostile, a third has mishaps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.doors import BY_STRIPE
from ltc.app.sandbox.hub import EngineHub, open_hub
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import settle_reviews
from ltc.core.store import tables as t
from tests.system.explained import EXPLAINED, cause, left_over

DAYS, SCALE, LONGEST = 100, 0.015, 14
SEEDS = [*range(20), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(20, 500))]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_must_hold_holds_after_a_hundred_days(seed: int, tmp_path: Path) -> None:
    profile = "hostile" if seed % 2 else "calm"
    dice = Dice(seed)
    with up(seed, SCALE, profile) as sandbox:  # type: ignore[arg-type] # one of the two
        hub = open_hub(tmp_path / "hub", sandbox)
        try:
            start = sandbox.picture()
            sync(hub)
            settle_reviews(hub, sandbox.truth)
            hub.go_live()
            sync(hub)
            day = 0
            while day < DAYS:
                days = min(dice.between(1, LONGEST, day, "days until the next sync"), DAYS - day)
                sandbox.act(days, "mishaps" if seed % 3 == 0 else "everything")
                day += days
                sync(hub)
            settle(hub, sandbox)
            parked = Counter(cause(row) for row in hub.exceptions())
            assert set(parked) <= set(EXPLAINED)
            assert open_changes(hub) <= parked.total()
            assert doubles(hub) == []
            assert broken(sandbox) == []
            findings = check(
                start, sandbox.picture(), sandbox.truth, amended=sandbox.truth.amended, signs=True, collects=BY_STRIPE
            )
            assert left_over(hub, findings) == []
        finally:
            hub.close()


def sync(hub: EngineHub) -> Any:
    """Sync, and insist that no run failed."""
    report = hub.sync()
    assert not [run["error"] for run in report["runs"] if run["error"]]
    return report


def settle(hub: EngineHub, sandbox: RunningSandbox) -> None:
    """Let everything come to rest: then nothing more is written."""
    for _ in range(2):
        settle_reviews(hub, sandbox.truth)
        sandbox.clock.advance(86_400)
        sync(hub)
        sync(hub)
    assert sync(hub)["totals"]["writes"] == 0


def open_changes(hub: EngineHub) -> int:
    """Count the changes that are parked; nothing may be due, waiting, held or half written."""
    with hub._engine.store.reading() as tx:
        states = Counter(row[0] for row in tx.execute(select(t.change.c.state)))
    assert not {state: count for state, count in states.items() if state in {"due", "waiting", "held", "writing"}}
    return states["parked"]


def doubles(hub: EngineHub) -> list[tuple[str, int]]:
    """Name documents that flows derived and that one object of one system holds more than once."""
    with hub._engine.store.reading() as tx:
        derived = {row[0] for row in tx.execute(select(t.derivation.c.ext_id))}
        hub_ids = {
            row[1] for row in tx.execute(select(t.record.c.ext_id, t.record.c.hub_id)) if row[0] in derived and row[1] is not None
        }
        held = Counter(
            (row[0], row[1])
            for row in tx.execute(select(t.record.c.hub_id, t.record.c.scope_id).where(t.record.c.state == "live"))
            if row[0] in hub_ids
        )
        real = {row[0] for row in tx.execute(select(t.scope.c.id).where(t.scope.c.system != "hub"))}
    return [key for key, count in held.items() if count > 1 and key[1] in real]


def broken(sandbox: RunningSandbox) -> list[str]:
    """Say where SAP holds more delivered than ordered, more billed than delivered, or more paid than billed."""
    sap: Any = sandbox.simulators["sap"]
    found = []
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for order in sap.rows("orders"):
        for item in order["items"]:
            if item["LFIMG"] > item["KWMENG"]:
                found.append(f"{order['VBELN']} {item['POSNR']}: {item['LFIMG']} of {item['KWMENG']} delivered")
            worth[order["VBELN"]] += item["NETWR"]
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for bill in sap.rows("billing"):
        if not bill["cancelled"]:
            billed[bill["VGBEL"]] += bill["NETWR"] * (1 if bill["FKART"] == "F2" else -1)
        if bill["FKART"] == "F2" and not 0 <= bill["open"] <= bill["NETWR"] + bill["MWSBK"]:
            found.append(f"{bill['VBELN']}: {bill['open']} open of {bill['NETWR'] + bill['MWSBK']}")
    return found + [
        f"{order}: {amount} billed of {worth[order]}" for order, amount in billed.items() if amount > worth.get(order, Decimal())
    ]

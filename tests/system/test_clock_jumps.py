"""A hub whose clock is set ahead and back by hours goes on working, does everything once, and says that it was set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ltc.app.engine.context import instant
from tests.system.orgs import NO_BRAKES, Orgs, company
from tests.system.replicas import BRISK, JUMPILY, same, trading, wait_until

HOURS = 3 * 3_600
SAID = {
    "sqlite": ("The store's clock jumped forward by 3:00:0", "The store's clock jumped back by 6:00:0"),
    "postgresql": ("This machine's clock is 3:00:00 ahead of the store's", "This machine's clock is 3:00:00 behind the store's"),
}


def set_off(off: Path, seconds: int) -> None:
    """Set the machine's clock; whoever looks meanwhile sees the old time or the new one."""
    new = off.with_suffix(".new")
    new.write_text(str(seconds), encoding="ascii")
    new.replace(off)


@pytest.mark.slow
def test_a_clock_that_is_set_ahead_and_back_by_hours_changes_nothing(
    tmp_path: Path, store_url: str, connect: Callable[..., Orgs], monkeypatch: pytest.MonkeyPatch
) -> None:
    off = tmp_path / "off"
    set_off(off, 0)
    monkeypatch.setenv("LTC_OFF", str(off))
    ahead, back = SAID[store_url.partition(":")[0]]
    orgs = connect(brakes=NO_BRAKES + BRISK)
    with trading(orgs) as replicas:
        made = orgs.made_by_hub()
        process = replicas.start("run", "--no-hooks", program=JUMPILY)
        for number, (wrong, said) in enumerate(((HOURS, ahead), (-HOURS, back)), start=7):
            wait_until(lambda: any(row.status == "done" for row in replicas.runs("changes")))
            set_off(off, wrong)
            orgs.west.insert("Account", company(100 + number), "seed")
            wait_until(lambda number=number: same(orgs, number), 90)
            wait_until(lambda said=said: said in process.said(), 90)
        runs = len(replicas.runs("changes"))
        wait_until(lambda: len(replicas.runs("changes")) > runs + 2, 60)
        assert process.stop() == 0
        slots = [row.slot for row in replicas.runs("changes")]
        assert max(Counter(slots).values()) == 1
        if store_url.startswith("postgresql"):
            assert max(slots) <= instant(datetime.now(UTC)), "no slot is taken before its time"
        assert not [line for line in process.said().splitlines() if "[error" in line or " failed: " in line]
        assert "has lost its worker" not in process.said()
        assert orgs.made_by_hub() == made + 2

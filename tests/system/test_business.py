"""Weeks of business in which people do everything at the worst moment: the hub keeps up, and nothing is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.doors import BY_STRIPE
from ltc.app.sandbox.hub import open_hub
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import settle_reviews
from tests.system.explained import EXPLAINED, cause, left_over

SCALE, DAYS, FEWER_DAYS = 0.05, 30, 15
MANY = [pytest.param(seed, DAYS, "mishaps", marks=pytest.mark.slow) for seed in range(20)]


@pytest.mark.parametrize(("seed", "days", "programme"), [(8, FEWER_DAYS, "everything"), (9, FEWER_DAYS // 2, "mishaps"), *MANY])
def test_after_every_day_the_systems_agree(seed: int, days: int, programme: str, tmp_path: Path) -> None:
    with up(seed, SCALE) as sandbox:
        hub = open_hub(tmp_path / "hub", sandbox)
        try:
            start = sandbox.picture()
            hub.sync()
            settle_reviews(hub, sandbox.truth)
            hub.go_live()
            hub.sync()
            done = 0
            for _ in range(days):
                done += sum(count for count in sandbox.act(1, programme)["done"].values())
                report = hub.sync()
                assert not [run["error"] for run in report["runs"] if run["error"]]
            settle_reviews(hub, sandbox.truth)
            hub.sync()
            hub.sync()
            assert done > days
            assert hub.sync()["totals"]["writes"] == 0
            findings = check(
                start, sandbox.picture(), sandbox.truth, amended=sandbox.truth.amended, signs=True, collects=BY_STRIPE
            )
            assert {cause(row) for row in hub.exceptions()} <= set(EXPLAINED if programme == "mishaps" else ())
            assert left_over(hub, findings) == []
        finally:
            hub.close()

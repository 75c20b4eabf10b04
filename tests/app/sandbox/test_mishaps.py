"""What people do at the worst moment: one victim each, the same in every run, and written down where a checker must know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.digest import differences
from ltc.app.sandbox.hub import EngineHub, open_hub
from ltc.app.sandbox.programmes import MISHAPS
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import settle_reviews

SYSTEMS = ("salesforce", "sap")
CERTAIN = 1.1


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[RunningSandbox, EngineHub]]:
    """Deals that are won, and ordered in SAP by a hub that is live."""
    with up(7, 0.03) as sandbox:
        hub = open_hub(tmp_path / "hub", sandbox, SYSTEMS)
        hub.sync()
        settle_reviews(hub, sandbox.truth)
        hub.go_live()
        hub.sync()
        sandbox.business.sellers.win_count(25, sandbox.clock.now().date())
        hub.sync()
        hub.sync()
        yield sandbox, hub
        hub.close()


def done(sandbox: RunningSandbox, *names: str) -> dict[str, int]:
    """Let each of these happen today, or all that is no mishap as it does on any day."""
    acts, day = sandbox.business.mishaps.acts(), sandbox.clock.now().date()
    usual = sandbox.business.work([name for name in names if name not in acts])
    return {**usual, **{name: acts[name](day, CERTAIN) for name in names if name in acts}}


def of(sandbox: RunningSandbox, table: str) -> dict[str, dict[str, Any]]:
    return {row["Id"]: row for row in sandbox.salesforce.rows(table)}


def test_each_comes_in_between_once_and_is_written_down(world: tuple[RunningSandbox, EngineHub]) -> None:
    sandbox, _ = world
    truth, before, accounts = sandbox.truth, of(sandbox, "Opportunity"), of(sandbox, "Account")
    lines = of(sandbox, "OpportunityLineItem")
    assert done(sandbox, "reopen_won", "lose_won", "amend_won") == {"reopen_won": 1, "lose_won": 1, "amend_won": 1}
    after = of(sandbox, "Opportunity")
    changed = {row["Name"] for key, row in after.items() if row["StageName"] != before[key]["StageName"]}
    more = {
        after[row["OpportunityId"]]["Name"]
        for key, row in of(sandbox, "OpportunityLineItem").items()
        if row["Quantity"] > lines[key]["Quantity"]
    }
    assert (len(changed), len(more), changed | more) == (2, 1, truth.amended)
    assert done(sandbox, "cancel_ordered") == {"cancel_ordered": 1}
    cancelled = [row for row in sandbox.sap.side().orders if row.reversed]
    assert (len(cancelled), len(truth.cancelled)) == (1, 1)
    assert done(sandbox, "merge_ordered") == {"merge_ordered": 1}
    (new,) = set(of(sandbox, "Account")) - set(accounts)
    (gone,) = set(accounts) - set(of(sandbox, "Account"))
    assert truth.companies["salesforce"][new] == truth.companies["salesforce"][gone]
    assert any(row["AccountId"] == new and row["IsWon"] for row in sandbox.salesforce.rows("Opportunity"))


def test_one_payment_pays_two_bills_and_is_taken_back(world: tuple[RunningSandbox, EngineHub]) -> None:
    sandbox, hub = world
    assert done(sandbox, "pay_together", "reverse_payment") == {"pay_together": 0, "reverse_payment": 0}
    for _ in range(6):
        sandbox.business.sleep()
        done(sandbox, "ship", "bill")
    hub.sync()
    assert done(sandbox, "pay_together") == {"pay_together": 1}
    (payment,) = sandbox.sap.side().payments
    assert len(payment.shares) == 2
    assert sum(amount for _, amount in payment.shares) == payment.total
    hub.sync()
    assert done(sandbox, "reverse_payment") == {"reverse_payment": 1}
    assert [one.reversed for one in sandbox.sap.side().payments] == [True]
    hub.sync()
    assert hub.sync()["totals"]["writes"] == 0
    assert hub.exceptions() == []
    (told,) = sandbox.picture().salesforce.payments
    assert (told.total, told.reversed) == (payment.total, True)


def test_the_same_mishaps_befall_every_run(tmp_path: Path) -> None:
    states = []
    for number in range(2):
        with up(7, 0.02) as sandbox:
            hub = open_hub(tmp_path / str(number), sandbox, SYSTEMS)
            hub.sync()
            settle_reviews(hub, sandbox.truth)
            hub.go_live()
            hub.sync()
            sandbox.business.sellers.win_count(6, sandbox.clock.now().date())
            hub.sync()
            hub.sync()
            assert sum(done(sandbox, *MISHAPS).values()) == 5  # nothing is billed yet
            states.append(sandbox.states())
            hub.close()
    assert differences(*states) == []


def test_an_order_that_a_clerk_cancelled_is_not_missed(world: tuple[RunningSandbox, EngineHub]) -> None:
    sandbox, hub = world
    start = sandbox.picture()
    done(sandbox, "cancel_ordered")
    hub.sync()
    hub.sync()
    assert check(start, sandbox.picture(), sandbox.truth, amended=sandbox.truth.amended) == []
    assert hub.sync()["totals"]["writes"] == 0

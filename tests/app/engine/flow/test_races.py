"""A deal changes while its orders go on: what is wanted more reaches an order that is open still, or a further one."""

from __future__ import annotations

import pytest

from tests.app.engine.flow.test_derive import FLOW, Deals
from tests.app.engine.hubs import SmallHub
from tests.app.engine.killing import Killed, kill_at


@pytest.fixture
def deals(hub: SmallHub) -> Deals:
    """A hub that orders by a further order what comes too late."""
    return Deals(hub, FLOW + "amend: {then: change_order}\n")


def synced(deals: Deals) -> list[tuple[str, list[int]]]:
    """Sync until all is quiet, and give the orders."""
    deals.hub.sync()
    deals.hub.sync()
    assert deals.hub.sync()["totals"]["writes"] == 0
    assert deals.hub.exceptions() == []
    return deals.orders()


def confirmed(deals: Deals, *quantities: int) -> str:
    """Have a deal whose order is confirmed."""
    deal = deals.deal(*quantities)
    deals.hub.sync()
    deals.report(0, "confirmed")
    deals.hub.sync()
    return deal


def test_a_row_more_reaches_an_order_that_is_confirmed(deals: Deals) -> None:
    deal = confirmed(deals, 3, 4)
    deals.change(deal, 3, 5, 2)
    assert synced(deals) == [("confirmed", [3, 5, 2])]


def test_what_is_wanted_in_the_hour_of_delivery_is_not_lost(deals: Deals) -> None:
    deal = confirmed(deals, 3, 4)
    deals.change(deal, 3, 5, 2)
    deals.report(0, "partial", 1)
    assert synced(deals) == [("partial", [3, 5]), ("submitted", [2])]


def test_an_order_that_is_confirmed_in_the_hour_of_its_cancellation_is_cancelled(deals: Deals) -> None:
    deal = deals.deal(3)
    deals.hub.sync()
    deals.change(deal, Status="lost")
    deals.hub.crash = kill_at("deliver.before_intents_commit")  # the cancellation is decided, and not begun
    with pytest.raises(Killed):
        deals.hub.sync()
    deals.report(0, "confirmed")
    assert synced(deals) == [("cancelled", [3])]
    deals.report(0, "confirmed")  # now a person takes the cancellation back
    assert synced(deals) == [("confirmed", [3])]


@pytest.mark.parametrize("is_delivered", [False, True])
def test_a_further_order_follows_until_it_is_delivered_itself(deals: Deals, *, is_delivered: bool) -> None:
    deal = confirmed(deals, 3, 4)
    deals.report(0, "partial", 3, 4)
    deals.hub.sync()
    deals.change(deal, 3, 5)
    deals.hub.sync()
    deals.hub.sync()
    deals.report(1, "confirmed")
    assert synced(deals) == [("partial", [3, 4]), ("confirmed", [1])]
    deals.change(deal, 4, 6)
    if is_delivered:
        deals.report(1, "partial", 1)
    further = [("partial", [2]), ("submitted", [1])] if is_delivered else [("confirmed", [1, 2])]
    assert synced(deals) == [("partial", [3, 4]), *further]

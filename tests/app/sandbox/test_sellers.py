"""Sellers decide by hashes: what happens does not depend on who else did what before."""

from __future__ import annotations

from ltc.app.sandbox import doors
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.digest import differences
from ltc.app.sandbox.doors import SalesforceDoor
from ltc.app.sandbox.seed_salesforce import seed_salesforce
from ltc.app.sandbox.sellers import Sellers
from ltc.app.sandbox.world import Size, Truth, World, build
from ltc.core.simulation import Simulator, VirtualClock


def org(seed: int = 7) -> tuple[Simulator, SalesforceDoor, Sellers, World, Truth]:
    world = build(seed, Size.scaled(0.2))
    simulator = doors.simulator("salesforce", VirtualClock(world.start), seed, "calm")
    door, truth = doors.salesforce_door(simulator), Truth()
    seed_salesforce(world, door, truth)
    return simulator, door, Sellers(world, truth, door, Dice(seed)), world, truth


def test_the_world_is_put_into_salesforce_as_it_is() -> None:
    _, door, _, world, truth = org()
    assert len(door.rows("Account")) == sum("salesforce" in company.entries for company in world.companies)
    assert len(door.rows("Opportunity")) == len(world.deals) == len(truth.deals)
    lines = door.rows("OpportunityLineItem")
    for deal in door.rows("Opportunity"):
        assert deal["Amount"] == sum(line["TotalPrice"] for line in lines if line["OpportunityId"] == deal["Id"])
    assert {deal["CurrencyIsoCode"] for deal in door.rows("Opportunity")} == {"EUR", "USD", "GBP", "JPY", "KWD"}
    assert sum(account["ParentId"] is not None for account in door.rows("Account")) > 0


def test_the_same_days_bring_the_same_business_whatever_else_was_called() -> None:
    first, _, sellers, world, _ = org()
    second, _, others, _, _ = org()
    day = world.start.date()
    done = [sellers.win(day), sellers.lose(day), sellers.amend(day), sellers.find(day)]
    others.win(day)
    others.win_these([], day)
    others.lose(day)
    others.amend(day)
    others.find(day)
    assert sum(done) > 0
    assert differences({"salesforce": first.state()}, {"salesforce": second.state()}) == []


def test_exactly_as_many_deals_are_won_as_asked_for_even_if_they_must_be_made() -> None:
    _, door, sellers, world, _ = org()
    assert sellers.win_count(50, world.start.date()) == 50
    won = [deal for deal in door.rows("Opportunity") if deal["IsWon"]]
    assert len(won) == 50
    assert all(deal["Amount"] > 0 for deal in won)


def test_what_is_changed_after_it_was_won_is_remembered() -> None:
    _, door, sellers, world, truth = org()
    sellers.win_count(30, world.start.date())
    sellers.reopen(world.start.date(), share=3.0)
    assert truth.amended == {deal["Name"] for deal in door.rows("Opportunity") if deal["Name"] in truth.amended}
    assert len(truth.amended) == 30
    assert not any(deal["IsWon"] for deal in door.rows("Opportunity"))

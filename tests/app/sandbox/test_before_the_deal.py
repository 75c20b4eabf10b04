"""Leads and quotes of the sandbox: what sellers do before a deal is won, the same in every run."""

from __future__ import annotations

from datetime import timedelta

from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.digest import differences
from ltc.app.sandbox.offers import Offers
from ltc.app.sandbox.office import Clerks
from ltc.app.sandbox.prospects import Prospects
from tests.app.sandbox.paper import PaperSap
from tests.app.sandbox.test_sellers import org


def test_leads_are_entered_called_given_up_and_converted() -> None:
    first, door, _, world, truth = org()
    other, elsewhere, _, _, known = org()
    days = [world.start.date() + timedelta(days=number) for number in range(10)]
    for prospects in (Prospects(world, truth, door, Dice(7)), Prospects(world, known, elsewhere, Dice(7))):
        done = [(prospects.enter(day), prospects.work(day, 0.3), prospects.convert(day, 0.03)) for day in days]
        assert all(sum(counts) > 0 for counts in zip(*done, strict=True))
    assert differences({"salesforce": first.state()}, {"salesforce": other.state()}) == []
    leads = door.rows("Lead")
    assert len(leads) > len(world.leads)
    assert {row["Status"] for row in leads} == {
        "Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"
    }  # fmt: skip
    converted = [row for row in leads if row["IsConverted"]]
    accounts = {row["Id"]: row for row in door.rows("Account")}
    assert all(row["ConvertedAccountId"] in accounts and row["ConvertedContactId"] for row in converted)
    assert {bool(row["ConvertedOpportunityId"]) for row in converted} == {True, False}
    known_before = [row for row in converted if accounts[row["ConvertedAccountId"]]["Name"] != row["Company"]]
    assert known_before
    assert len(known_before) < len(converted)
    made = {row["ConvertedAccountId"] for row in converted} - {row["ConvertedAccountId"] for row in known_before}
    assert {truth.companies["salesforce"][account].partition(":")[0] for account in made} == {"lead"}


def test_some_deals_are_offered_and_won_after_their_quote_was_accepted() -> None:
    _, door, sellers, world, _ = org()
    offers, day = Offers(door, Dice(7)), world.start.date()
    before = {row["Id"]: row["Amount"] for row in door.rows("Opportunity")}
    assert offers.make(day, 0.4) == len(door.rows("Quote")) > 10
    assert offers.make(day, 0.4) == 0
    deals = {row["Id"]: row for row in door.rows("Opportunity")}
    for quote in door.rows("Quote"):
        deal = deals[quote["OpportunityId"]]
        assert (quote["Status"], quote["IsSyncing"], deal["SyncedQuoteId"]) == ("Presented", True, quote["Id"])
        assert quote["TotalPrice"] == deal["Amount"] <= before[deal["Id"]]
    assert any(deals[key]["Amount"] < amount for key, amount in before.items())
    assert offers.answer(day, 0.5) > 0
    accepted = offers.accepted()
    assert sellers.lose(day, 1.0) == len(deals) - len(accepted)
    assert {row["Status"] for row in door.rows("Quote")} == {"Accepted", "Denied"}
    assert {row["Id"] for row in door.rows("Opportunity") if not row["IsClosed"]} == accepted
    assert sellers.win_these([row for row in door.rows("Opportunity") if row["Id"] in accepted], day) == len(accepted)


def test_a_deal_that_is_won_had_its_quote_accepted_before() -> None:
    _, door, sellers, world, _ = org()
    offers, day = Offers(door, Dice(7)), world.start.date()
    offers.make(day, 0.4)
    sellers.win(day, 1.0)
    assert {row["Status"] for row in door.rows("Quote")} == {"Accepted"}


def test_a_revision_takes_the_place_of_the_quote_before_it() -> None:
    _, door, _, world, _ = org()
    offers, day = Offers(door, Dice(7)), world.start.date()
    offers.make(day, 0.4)
    first = {row["Id"]: row for row in door.rows("Quote")}
    assert 0 < offers.revise(day, 0.3) < len(first)
    for quote in door.rows("Quote"):
        if quote["Id"] not in first:
            former = first[quote["Supersedes__c"]]
            assert (quote["Revision__c"], quote["IsSyncing"]) == (2, True)
            assert quote["TotalPrice"] < former["TotalPrice"]
            assert door.row("Quote", former["Id"])["Status"] == "Superseded"


def test_clerks_write_to_accounts_that_leads_became_as_to_any_other() -> None:
    _, door, _, world, truth = org()
    day, dice = world.start.date(), Dice(7)
    Prospects(world, truth, door, dice).convert(day, 1.0)
    clerks = Clerks(world, truth, door, PaperSap(), dice)
    for number in range(8):
        clerks.edit(day + timedelta(days=number), 1.0)
    became = [row for row in door.rows("Account") if truth.companies["salesforce"].get(row["Id"], "").startswith("lead:")]
    written = [row["Email__c"] for row in became if (row["Email__c"] or "").startswith("office")]
    assert written
    assert all(email.isascii() and " " not in email for email in written)

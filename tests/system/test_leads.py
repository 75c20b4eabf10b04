"""A lead that somebody outside Salesforce qualified: the opportunity that the hub derives is one that Salesforce takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ltc.app.sandbox.hub import EngineHub, open_hub
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.service import up

QUALIFIED = {"Status": "Qualified", "Qualified_At__c": "2026-03-02T06:00:00.000+0000"}


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """The simulated systems."""
    with up(7, 0.02) as running:
        yield running


@pytest.fixture
def hub(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[EngineHub]:
    """A hub that has read everything and writes from now on."""
    made = open_hub(tmp_path / "hub", sandbox)
    made.sync()
    made.go_live()
    made.sync()
    yield made
    made.close()


def leads(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """List the leads that people are still at."""
    return [row for row in sandbox.salesforce.rows("Lead") if row["Status"] == "Open - Not Contacted"]


def deal(sandbox: RunningSandbox, name: str) -> dict[str, Any]:
    """Find the one opportunity of a name."""
    [found] = [row for row in sandbox.salesforce.rows("Opportunity") if row["Name"] == name]
    return found


def test_it_becomes_an_opportunity_that_goes_on_as_sellers_say(sandbox: RunningSandbox, hub: EngineHub) -> None:
    lead = leads(sandbox)[0]
    sandbox.salesforce.update("Lead", lead["Id"], QUALIFIED, "marketing")
    hub.sync()
    made = deal(sandbox, lead["Company"])
    assert (made["StageName"], made["CloseDate"], made["LeadSource"], made["OwnerId"]) == (
        "Qualification", "2026-05-31", lead["LeadSource"], lead["OwnerId"]
    )  # fmt: skip
    sandbox.salesforce.update("Opportunity", made["Id"], {"StageName": "Needs Analysis", "CloseDate": "2026-07-15"}, "sales")
    hub.sync()
    sandbox.salesforce.update("Lead", lead["Id"], {"Rating": "Hot"}, "marketing")
    hub.sync()
    assert hub.sync()["totals"]["writes"] == 0
    made = deal(sandbox, lead["Company"])
    assert (made["StageName"], made["CloseDate"]) == ("Needs Analysis", "2026-07-15")
    assert hub.exceptions() == []


def test_one_that_a_person_converts_keeps_the_opportunity_of_that_person(sandbox: RunningSandbox, hub: EngineHub) -> None:
    lead = leads(sandbox)[0]
    before = len(sandbox.salesforce.rows("Opportunity"))
    sandbox.salesforce.convert(lead["Id"], "sales", opportunity="Pumps for Nowak")
    hub.sync()
    assert hub.sync()["totals"]["writes"] == 0
    made = deal(sandbox, "Pumps for Nowak")
    assert (made["StageName"], made["CloseDate"]) == ("Prospecting", "2026-03-02")
    assert len(sandbox.salesforce.rows("Opportunity")) == before + 1
    assert hub.exceptions() == []

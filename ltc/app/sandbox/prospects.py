"""What sellers do with leads: enter new ones, call them, give them up or convert them.

No lead waits as qualified: whoever finds one worth a deal converts it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.seed_salesforce import lead_fields, users_name
from ltc.app.sandbox.trade import lead

if TYPE_CHECKING:
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import SalesforceDoor
    from ltc.app.sandbox.world import Truth, World

OPEN, WORKING, GIVEN_UP = "Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"


class Prospects:
    """The people before the first deal; a lead's business key is its company's name, which carries the lead's own number."""

    def __init__(self, world: World, truth: Truth, door: SalesforceDoor, dice: Dice) -> None:
        """Take the world that they know and the door that they use."""
        self._world = world
        self._truth = truth
        self._door = door
        self._dice = dice

    def enter(self, day: date, most: int = 2) -> int:
        """Enter new leads."""
        count = self._dice.number(most + 1, day, "new leads")
        users = {row["Username"]: row["Id"] for row in self._door.rows("User")}
        for number in range(count):
            found = lead(self._dice, f"N{day:%Y%m%d}-{number}", self._world.employees)
            seller = users_name(self._world, found.owner)
            self._door.insert("Lead", lead_fields(found, users[seller]), seller)
        return count

    def work(self, day: date, share: float = 0.05) -> int:
        """Call some of the leads, and give up some of those that were called before."""
        chosen = [
            row
            for row in self._leads(OPEN, WORKING)
            if self._dice.chance(share / (4 if row["Status"] == WORKING else 1), row["Company"], row["LastName"], day, "work")
        ]
        for row in chosen:
            self._door.update("Lead", row["Id"], {"Status": WORKING if row["Status"] == OPEN else GIVEN_UP}, "sales")
        return len(chosen)

    def convert(self, day: date, share: float = 0.01) -> int:
        """Convert leads to accounts, contacts and deals; some turn out to work for a customer that is there already."""
        chosen = [
            row
            for row in self._leads(OPEN, WORKING)
            if self._dice.chance(share * (5 if row["Status"] == WORKING else 1), row["Company"], row["LastName"], day, "convert")
        ]
        for row in chosen:
            known = self._customer(row, day) if self._dice.chance(0.2, row["Company"], day, "known") else ""
            name = f"First order – {row['Company']}" if self._dice.chance(0.5, row["Company"], day, "deal") else ""
            made = self._door.convert(row["Id"], "sales", opportunity=name, account=known)
            if not known:
                self._truth.companies["salesforce"][made["Account"]] = f"lead:{row['Company']}"
        return len(chosen)

    def _leads(self, *statuses: str) -> list[dict[str, Any]]:
        return [row for row in self._door.rows("Lead") if not row["IsConverted"] and row["Status"] in statuses]

    def _customer(self, row: dict[str, Any], day: date) -> str:
        """Choose the account of a company of the world."""
        there = {account["Id"] for account in self._door.rows("Account")}
        known = sorted((key, record) for record, key in self._truth.companies["salesforce"].items() if record in there)
        return self._dice.pick(known, row["Company"], day, "customer")[1] if known else ""

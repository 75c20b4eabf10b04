"""A hub between two Salesforce orgs, from its files on: as an admin sets it up."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.engine.api import Engine
from ltc.core.simulation import Profile, Request, Running, VirtualClock, serve

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
NO_BRAKES = "\nbrakes: {max_creates: null, max_changed_share: null, max_disappeared_share: null}\n"


class Watched(SalesforceSimulator):
    """An org that counts the calls it gets, by what they do."""

    def __init__(self, *args: Any, **more: Any) -> None:
        """Begin to count."""
        super().__init__(*args, **more)
        self.calls: Counter[str] = Counter()

    def handle(self, request: Request) -> Any:
        """Answer, and count."""
        self.calls[_kind(request)] += 1
        return super().handle(request)


@dataclass
class Orgs:
    """Two orgs, `west` and `east`, and a hub's directory that knows them."""

    folder: Path
    database: str
    brakes: str = NO_BRAKES
    profile: Profile = "calm"
    settings: str = ""
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    west: Watched = field(init=False)
    east: Watched = field(init=False)
    running: Running = field(init=False)

    def __post_init__(self) -> None:
        """Serve the orgs and write the hub's files."""
        self.west = Watched("west", self.clock, seed=7, profile=self.profile)
        self.east = Watched("east", self.clock, seed=8, profile=self.profile)
        self.running = serve({"west": self.west, "east": self.east})
        create_hub(self.folder, HubSettings(id="orgs", title="Two orgs"))
        with (self.folder / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{self.brakes}\ndatabase:\n  url: {self.database}\n")
        told = {
            org.name: {"connector": "salesforce", "base_url": self.running.base_urls[org.name], "credentials": org.credentials()}
            for org in (self.west, self.east)
        }
        systems = add_systems(self.folder, told)
        if self.settings:
            text = systems.read_text(encoding="utf-8")
            systems.write_text(text.replace("  settings:\n", f"  settings:\n{self.settings}"), encoding="utf-8")
        self.engine = self.open()

    def open(self) -> Engine:
        """Open the hub's engine anew, as a new process does."""
        return Engine(open_hub(self.folder).require_sound(), clock=self.clock)

    def close(self) -> None:
        """Stop everything."""
        self.engine.close()
        self.running.stop()

    def sync(self) -> dict[str, Any]:
        """Sync once, and insist that nothing failed."""
        report = self.engine.sync()
        assert not [run["error"] for run in report["runs"] if run["error"]]
        return report

    def settle(self, verdict: str = "same") -> int:
        """Decide every open proposal."""
        count = 0
        while reviews := self.engine.reviews(limit=500)["reviews"]:
            for review in reviews:
                self.engine.decide(int(review["id"]), verdict, actor="steward")
                count += 1
        return count

    def live(self) -> None:
        """Let the hub write."""
        self.engine.rollout_mode("live", actor="admin")

    def go_live(self) -> None:
        """Read all, decide what is doubtful, and write."""
        self.sync()
        self.settle()
        self.live()
        self.sync()

    def fill(self, number: int) -> None:
        """Put customers into both orgs: half of each org's are in the other too, as another clerk spelt them."""
        for count in range(number):
            self.west.insert("Account", company(count), "seed")
        for count in range(number // 2, number + number // 2):
            other = company(count)
            self.east.insert("Account", other | {"Name": other["Name"].upper(), "BillingCity": "KOELN"}, "seed")

    def written_by_hub(self) -> int:
        """Count what was written since the seeds."""
        return sum(deed.actor != "seed" for org in (self.west, self.east) for deed in org.journal)

    def made_by_hub(self) -> int:
        """Count the records that the hub has made: to say a create again by its external id makes nothing."""
        return sum(deed.verb == "insert" and deed.actor != "seed" for org in (self.west, self.east) for deed in org.journal)

    def names(self) -> dict[str, list[str]]:
        """List the accounts' names per org, in one spelling."""
        return {org.name: sorted(str(row["Name"]).upper() for row in org.rows("Account")) for org in (self.west, self.east)}


def company(number: int) -> dict[str, Any]:
    """Invent a company; every second one has a tax number."""
    tax = f"143/815/{number:05d}" if number % 2 else None
    return {
        "Name": f"Firma {number} GmbH",
        "BillingPostalCode": f"{10000 + number}",
        "BillingCity": "Köln",
        "Tax_Number__c": tax,
    }


def _kind(request: Request) -> str:
    path = re.sub(r"^/services/data/v[0-9.]+/", "", request.path)
    if "oauth" in path:
        return "token"
    if "describe" in path or path.startswith("limits"):
        return "describe"
    if path.startswith("jobs/"):
        return "bulk"
    if request.method == "GET":
        return "query"
    return "fetch" if path.startswith("composite/sobjects/") and b'"ids"' in request.body else "write"

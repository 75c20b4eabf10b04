"""A hub for the sandbox: its directory written from what the sandbox says, its engine opened in the sandbox's time."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ltc.app.config import HubSettings
from ltc.app.config import open_hub as read_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.sandbox.names import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ltc.app.sandbox.running import RunningSandbox

HUB_ID = "demo"
ACTOR = "steward"
WEBHOOK_BYTES = 1_000_000
PAGE = 500
PARTNERS = ("salesforce", "sap", "docusign", "stripe")
"""The systems that the demo's story happens in; the sandbox has more."""
BRAKES = """
# A first connection changes nearly everything once. Brakes are there to ask about that, and nobody is here to answer.
brakes: {max_creates: null, max_changed_share: null, max_disappeared_share: null}
"""

CUSTOM_FIELDS = f"""
customer:
  segment: {{type: choice, values: [{", ".join(SEGMENTS)}], description: How we treat them.}}
  customer_since: date
"""
CUSTOM_LINES = """# Fields of this org's own.
fields:
  custom.segment: Segment__c
  custom.customer_since: Customer_Since__c
"""


class EngineHub:
    """The engine's facade as the demo asks for it."""

    def __init__(self, engine: Any) -> None:
        """Take an engine that is open."""
        self._engine = engine
        self._hooks: Any = None
        self._serving: Any = None

    def sync(self) -> Mapping[str, Any]:
        """Read, plan and write everything once."""
        report: Mapping[str, Any] = self._engine.sync()
        return report

    def reviews(self) -> list[dict[str, Any]]:
        """List a page of the proposed matches that are open."""
        found: list[dict[str, Any]] = self._engine.reviews(state="open", limit=PAGE)["reviews"]
        return found

    def decide(self, number: int, verdict: str) -> None:
        """Settle a proposal."""
        self._engine.decide(number, verdict, actor=ACTOR)

    def go_live(self) -> None:
        """Put every scope live; differences that exist are the baseline."""
        self._engine.rollout_mode("live", actor=ACTOR)

    def exceptions(self) -> list[dict[str, Any]]:
        """List everything that is parked."""
        rows: list[dict[str, Any]] = []
        after = 0
        while page := self._engine.exceptions(limit=PAGE, after=after)["exceptions"]:
            rows += page
            after = int(page[-1]["id"])
        return rows

    def trace(self, any_id: str) -> dict[str, Any]:
        """Tell one deal's story."""
        told: dict[str, Any] = self._engine.trace(any_id)
        return told

    def listen(self) -> str:
        """Take webhooks from now on, and say where; "" if the hub has no web server installed."""
        if find_spec("uvicorn") is None:
            return ""
        web = importlib.import_module("ltc.app.web.door"), importlib.import_module("ltc.app.web.serving")
        self._hooks = self._engine.hooks()
        door = web[0].Door(self._hooks, WEBHOOK_BYTES)
        self._serving = web[1].Serving(door.app(), "127.0.0.1", 0, door.close)
        self._hooks.start()
        self._serving.start()
        return f"{self._serving.address}/hooks"

    def webhooks(self) -> int:
        """Count the webhooks that nothing has followed from yet."""
        return sum(int(row["pending"]) for row in self._engine.status()["hooks"])

    def close(self) -> None:
        """Give back the store and the connections."""
        if self._serving is not None:
            self._serving.stop()
            self._hooks.stop()
        self._engine.close()


def add_custom_fields(folder: Path) -> None:
    """Let a new hub know the fields that the org has of its own, as an admin does."""
    with (folder / "config" / "custom_fields.yaml").open("a", encoding="utf-8") as file:
        file.write(CUSTOM_FIELDS)
    lines = folder / "mappings" / "salesforce" / "account.yaml"
    lines.parent.mkdir(parents=True, exist_ok=True)
    lines.write_text(CUSTOM_LINES, encoding="utf-8")


def open_hub(folder: Path, sandbox: RunningSandbox, partners: Sequence[str] = PARTNERS) -> EngineHub:
    """Make a hub's directory for a sandbox, unless it is there, and open its engine in the sandbox's virtual time."""
    if not (folder / "config" / "hub.yaml").exists():
        create_hub(folder, HubSettings(id=HUB_ID, title="Demo"))
        with (folder / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
            file.write(BRAKES)
        add_custom_fields(folder)
    told = sandbox.systems()
    add_systems(folder, {name: told[name] for name in partners if name in told})
    config = read_hub(folder).require_sound()
    api = importlib.import_module("ltc.app.engine.api")
    return EngineHub(api.Engine(config, clock=sandbox.clock))

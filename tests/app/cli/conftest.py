"""A hub directory whose Salesforce is a simulator on loopback, and a way to run commands on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.app.cli import mapping_checking
from ltc.app.cli.root import run
from ltc.core.errors import Fault
from ltc.core.mapping import Mapping, prove
from ltc.core.simulation import VirtualClock, serve

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


SOUND: set[tuple[str, ...]] = set()
"""Mappings of which everything is proven, by all that the proof looks at."""


@pytest.fixture(autouse=True)
def proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove a mapping once in a process: most hubs here have the shipped ones, and nothing about them is new."""

    def proven(mapping: Mapping) -> list[Fault]:
        paths = mapping.declared.paths if mapping.declared is not None else {}
        own = [path for path in paths.items() if path[0].startswith("custom")]
        told = [repr((one.system, one.canonical)) for one in mapping.examples]
        key = (mapping.fingerprint, mapping.code, *told, *map(repr, own))
        if key in SOUND:
            return []
        faults = prove(mapping)
        if not faults:
            SOUND.add(key)
        return faults

    monkeypatch.setattr(mapping_checking, "prove", proven)


@dataclass
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass
class Hub:
    """A hub directory under test."""

    dir: Path
    capture: pytest.CaptureFixture[str]
    org: SalesforceSimulator | None = None

    def ltc(self, *words: str) -> Said:
        """Run a command on this hub."""
        self.capture.readouterr()
        code = run([*words, "--hub", str(self.dir)])
        out, err = self.capture.readouterr()
        return Said(code, out, err)

    def write(self, name: str, text: str) -> None:
        """Write one of the hub's files."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def hub(tmp_path, capsys, monkeypatch):
    """A new hub without systems."""
    for name in ("LTC_HUB", "LTC_ENV"):
        monkeypatch.delenv(name, raising=False)
    made = Hub(tmp_path / "hub", capsys)
    assert made.ltc("init", str(made.dir), "--id", "acme").code == 0
    return made


@pytest.fixture
def org():
    """A Salesforce org on loopback."""
    simulator = SalesforceSimulator("salesforce", VirtualClock(START), seed=7)
    running = serve({"salesforce": simulator})
    simulator.base_url = running.base_urls["salesforce"]
    yield simulator
    running.stop()


@pytest.fixture
def connected(hub, org, monkeypatch):
    """A hub that is connected with the org."""
    credentials = org.credentials()
    monkeypatch.setenv("ORG_ID", credentials["client_id"])
    monkeypatch.setenv("ORG_SECRET", credentials["client_secret"])
    hub.write(
        "config/systems.yaml",
        f"""salesforce:
  connector: salesforce
  settings:
    base_url: {org.base_url}
    client_id: ${{env:ORG_ID}}
    client_secret: ${{env:ORG_SECRET}}
""",
    )
    hub.org = org
    return hub

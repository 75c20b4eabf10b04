"""A hub directory whose Salesforce is a simulator on loopback, and a way to run commands on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.app.cli.root import run
from ltc.core.simulation import VirtualClock, serve

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


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

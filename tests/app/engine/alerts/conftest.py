"""A hub that is watched, on either database, and servers that take its notices."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ltc.app.config import HubConfig, HubSettings, open_hub
from ltc.app.config.new import create_hub
from ltc.app.engine import trouble
from ltc.app.engine.alerts.desk import Desk
from ltc.app.engine.alerts.duty import Duty
from ltc.app.engine.alerts.rounds import Rounds
from ltc.app.engine.alerts.sending import Sender
from ltc.app.engine.alerts.watching import Watch
from ltc.app.engine.context import instant
from ltc.app.telemetry.meters import Meters
from ltc.core.errors import LtcError
from ltc.core.simulation import VirtualClock
from ltc.core.store import Store
from ltc.core.store import tables as t
from tests.app.engine.alerts.post import MailServer, WebServer, served

SYSTEMS = """
crm:
  connector: salesforce
  settings: {base_url: 'https://example.com', client_id: '${env:ID}', client_secret: '${env:SECRET}'}
pay:
  connector: stripe
  settings: {base_url: 'https://example.com', api_key: '${env:KEY}'}
"""


@dataclass
class Watched:
    """A hub under watch."""

    folder: Path
    store: Store
    clock: VirtualClock
    secrets: dict[str, str] = field(default_factory=dict)
    config: HubConfig = field(init=False)

    def says(self, alerts: str) -> None:
        """Let hub.yaml say this of alerts."""
        path = self.folder / "config" / "hub.yaml"
        path.write_text(f"id: acme\ntitle: Acme\n{alerts}\n", encoding="utf-8")
        self.config = open_hub(self.folder, "", environ=self.secrets)
        assert not self.config.faults, self.config.faults

    def ails(self, system: str, fault: LtcError) -> None:
        """Let a system be in trouble."""
        with self.store.transaction() as tx:
            trouble.note(tx, system, fault, instant(self.clock.now()))

    def is_well(self, *systems: str) -> None:
        """Let systems be well again."""
        with self.store.transaction() as tx:
            trouble.forget(tx, systems)

    def round(self) -> bool:
        """Make a round half a minute later."""
        self.clock.advance(30)
        return Rounds(self.config, self.store, self.clock).go()

    def look(self) -> dict[str, str]:
        """Say what is wrong, by code and subject."""
        with self.store.reading() as tx:
            return {f"{one.code} {one.subject}": one.message for one in Watch(self.config, self.clock).look(tx)}

    def told(self) -> list[tuple[str, list[str]]]:
        """Say what was written to which channel."""
        with self.store.reading() as tx:
            rows = tx.execute(select(t.notice.c.channel, t.notice.c.events).order_by(t.notice.c.id)).all()
        return [(row[0], [f"{one['what']} {one['code']} {one['subject']}" for one in json.loads(row[1])]) for row in rows]

    def send(self) -> int:
        """Send what is due."""
        return Sender(self.config, self.store, self.clock).send_due()

    @property
    def desk(self) -> Desk:
        """What commands see."""
        return Desk(self.config, self.store, self.clock, Meters())

    def duty(self, meters: Meters | None = None) -> Duty:
        """What `ltc run` does."""
        return Duty(self.config, self.store, self.clock, meters or Meters())

    def ran(self, job: str, status: str, error: str = "", **more: Any) -> int:
        """Let a job's run end now, in a slot of its own; give its number."""
        self.clock.advance(60)
        now = instant(self.clock.now())
        with self.store.transaction() as tx:
            return tx.insert_one(t.run, {"job": job, "slot": now, "status": status, "error": error, "finished_at": now, **more})


@pytest.fixture
def hub(tmp_path: Path, store: Store, clock: VirtualClock) -> Watched:
    """A hub whose alerts go to one channel."""
    create_hub(tmp_path / "hub", HubSettings(id="acme"))
    (tmp_path / "hub" / "config" / "systems.yaml").write_text(SYSTEMS, encoding="utf-8")
    made = Watched(tmp_path / "hub", store, clock, {"HOOK": "http://127.0.0.1:9/x"})
    made.says("alerts: {channels: {ops: {webhook: '${env:HOOK}'}}}")
    return made


@pytest.fixture
def mails():
    """A mail server."""
    with served(MailServer()) as server:
        yield server


@pytest.fixture
def web():
    """A web server."""
    with served(WebServer()) as server:
        yield server

"""A hub between DocuSign and Salesforce that learns of signatures by webhooks alone: no job runs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from connectors.crm.salesforce.simulator import SalesforceSimulator
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.engine.api import Engine
from ltc.app.sandbox.postmen import Postmen
from ltc.core.contract import SystemClock
from ltc.core.simulation import Profile, serve
from ltc.core.store import Store
from ltc.core.store import tables as t

NO_BRAKES = "brakes: {max_creates: null, max_changed_share: null, max_disappeared_share: null}"
NO_JOBS = "changes: {enabled: false}\neverything: {enabled: false}\ncleaning: {enabled: false}\n"
ANY_ENVELOPE = "when: null\n"
PAPERS = """
entity: signature_request
fields:
  subject: Name
  status: {from: Description, codes: paper_states}
  number: {from: ProductCode, one_way: in}
  name: null
  description: null
  category: null
  unit: null
  gtin: null
  net_weight: null
  created_at: null
examples: []
"""
PAPER_STATES = (
    "codes: {draft: draft, sent: sent, seen: delivered, signed: completed, no: declined, void: voided, late: expired}\n"
)
HASTE = 600.0


class Signing:
    """Two simulated systems, the hub's directory, and its process; what people sign is `papers` in Salesforce."""

    def __init__(self, folder: Path, database: str, profile: Profile = "calm", program: str = "ltc.app.cli") -> None:
        """Serve the systems, and bring a hub to the point where it writes."""
        clock = SystemClock()
        self.folder, self.database, self._program = folder, database, program
        self.docusign = DocusignSimulator("docusign", clock, seed=7, profile=profile)
        self.salesforce = SalesforceSimulator("salesforce", clock, seed=7)
        self._systems = {"docusign": self.docusign, "salesforce": self.salesforce}
        self._running = serve(self._systems)
        self._postmen: Postmen | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ""
        self._write_files()
        engine = Engine(open_hub(folder).require_sound())
        engine.sync()
        engine.rollout_mode("live", actor="admin")
        engine.close()

    def start(self, port: int = 0) -> None:
        """Start `ltc run`, and wait until it says where it takes webhooks."""
        command = [sys.executable, "-m", self._program, "--hub", str(self.folder), "run", "--port", str(port)]
        log = self.folder / "var" / "hub.log"
        with log.open("w", encoding="utf-8") as file:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file)
        wait_until(lambda: "] Running " in log.read_text(encoding="utf-8") or self._ended())
        said = log.read_text(encoding="utf-8")
        found = re.search(r"Webhooks of docusign are taken at (\S+)/docusign\.", said)
        assert found, said
        self.address = found[1]

    def post(self, retries: Sequence[float] = (), haste: float = HASTE) -> None:
        """Let DocuSign post to the hub from now on; ``retries`` may say after how many seconds what fails comes again."""
        if retries:
            self.docusign.retries, haste = retries, 1.0  # type: ignore[misc]
        self._postmen = Postmen(self._systems, self.address, {}, haste=haste)
        self._postmen.start()

    def kill(self) -> None:
        """Kill the hub."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def again(self) -> None:
        """Start it again where it was."""
        self.start(int(self.address.split(":")[2].split("/")[0]))

    def send(self, subject: str) -> str:
        """Let a person send an envelope to a customer."""
        signer = {"recipientId": "1", "routingOrder": "1", "roleName": "Customer", "name": "Ada", "email": "ada@customer.example"}
        asked = {"emailSubject": subject, "status": "sent", "templateId": "", "recipients": {"signers": [signer]}}
        return self.docusign.compose(asked, "seller")

    def papers(self) -> dict[str, str]:
        """Give the papers' states by subject."""
        return {str(row["Name"]): str(row["Description"]) for row in self.salesforce.rows("Product2")}

    def created(self) -> Counter[str]:
        """Count how often the hub made each paper."""
        made = [deed for deed in self.salesforce.journal if deed.object == "Product2" and deed.verb in {"insert", "create"}]
        return Counter(str(deed.fields.get("Name")) for deed in made)

    def webhooks(self) -> dict[str, int]:
        """Count the hub's webhooks by what became of them."""
        store = Store(self.database)
        try:
            with store.reading() as tx:
                return {row[0]: row[1] for row in tx.execute(select(t.hook.c.state, func.count()).group_by(t.hook.c.state))}
        finally:
            store.close()

    def reads(self) -> int:
        """Count the hub's calls to DocuSign for webhooks, by its own log."""
        return self._counted("api_calls")

    def hints(self) -> int:
        """Count the webhooks that the hub has dealt with, by its own log."""
        return self._counted("hints")

    def _counted(self, name: str) -> int:
        store = Store(self.database)
        try:
            with store.reading() as tx:
                rows = tx.execute(select(t.run.c.counts).where(t.run.c.job == "hooks:docusign")).scalars().all()
        finally:
            store.close()
        return sum(int(msgspec.json.decode(row).get(name, 0)) for row in rows)

    def standing(self) -> dict[str, int]:
        """Count what DocuSign posted."""
        assert self._postmen is not None
        return self._postmen.standing()["docusign"]

    def close(self) -> None:
        """Stop everything."""
        if self._postmen is not None:
            self._postmen.stop()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        self._running.stop()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _write_files(self) -> None:
        create_hub(self.folder, HubSettings(id="signing", title="Signing"))
        with (self.folder / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{NO_BRAKES}\ndatabase:\n  url: {self.database}\n")
        (self.folder / "config" / "jobs.yaml").write_text(NO_JOBS, encoding="utf-8")
        files = {
            "docusign/envelope.yaml": ANY_ENVELOPE, "salesforce/product2.yaml": PAPERS, "codes/paper_states.yaml": PAPER_STATES,
        }  # fmt: skip
        for place, text in files.items():
            path = self.folder / "mappings" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        told: dict[str, Any] = {
            name: {
                "connector": name, "base_url": self._running.base_urls[name], "credentials": system.credentials(),
                "entities": {"signature_request": {}},
            }
            for name, system in self._systems.items()
        }  # fmt: skip
        add_systems(self.folder, told)


def add_key(desk: Signing) -> str:
    """Rotate Connect's key as an admin does: a second one in DocuSign, and both in the hub's file; give the old one."""
    old, new = desk.docusign.connect.keys[-1], desk.docusign.connect.add_key()
    path = desk.folder / "config" / "systems.yaml"
    text = path.read_text(encoding="utf-8")
    (desk.folder / "var" / "secrets" / "new_key").write_text(new, encoding="utf-8")
    (line,) = re.findall(r'webhook_secret: (".*")', text)
    path.write_text(text.replace(line, f'["${{file:var/secrets/new_key}}", {line}]'), encoding="utf-8")
    return old


def wait_until(true: Callable[[], bool], seconds: float = 60.0, every: float = 0.05) -> None:
    """Wait for what another process does."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(every)

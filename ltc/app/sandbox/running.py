"""A sandbox that is up: its systems on loopback, its virtual time, its business and what is true in it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Self

from ltc.app.sandbox.business import Business
from ltc.app.sandbox.control import Control
from ltc.app.sandbox.digest import digest
from ltc.app.sandbox.doors import ENTITIES, docusign_door, kind_of, stripe_door
from ltc.app.sandbox.picture import Deed, Picture
from ltc.app.sandbox.postmen import Postmen
from ltc.app.sandbox.programmes import PROGRAMMES
from ltc.app.sandbox.salesforce_view import HUB_PREFIX, salesforce_side
from ltc.app.sandbox.signatures import envelopes
from ltc.core.errors import Misconfigured
from ltc.core.simulation import serve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from ltc.app.sandbox.doors import SalesforceDoor, SapDoor
    from ltc.app.sandbox.world import Truth, World
    from ltc.core.simulation import Running, Simulator, VirtualClock

CONTROL = "sandbox"
STATE_FILE = "sandbox-state.json"

_VERBS = {"insert": "create"}


class RunningSandbox:
    """A sandbox that is up: its systems, its time, its business and what is true in it."""

    def __init__(
        self,
        world: World,
        clock: VirtualClock,
        simulators: Mapping[str, Simulator],
        truth: Truth,
        *,
        salesforce: SalesforceDoor,
        sap: SapDoor,
        hub_users: frozenset[str],
        shape: Mapping[str, Any],
        state_dir: Path | None = None,
    ) -> None:
        """Take what is to be served; nothing listens until :meth:`listen`."""
        self.world = world
        self.clock = clock
        self.simulators = dict(simulators)
        self.truth = truth
        self.shape = dict(shape)
        self.state_dir = state_dir
        self.stopping = threading.Event()
        self.salesforce = salesforce
        self.sap = sap
        self.hub_users = hub_users
        self.business = Business(
            world,
            truth,
            self.salesforce,
            self.sap,
            clock,
            docusign=docusign_door(self.simulators.get("docusign")),
            stripe=stripe_door(self.simulators.get("stripe")),
        )
        self._control = Control(self)
        self._running: Running | None = None
        self.posted: Mapping[str, Any] = {}
        self._postmen: Postmen | None = None

    def listen(self, ports: Mapping[str, int] | None = None) -> Self:
        """Listen on loopback, on free ports unless some are named."""
        self._running = serve({**self.simulators, CONTROL: self._control}, ports=ports)
        return self

    def post(self, url: str, *, in_virtual_time: bool = False) -> Self:
        """Post webhooks from now on to an address, which a system's name is added to."""
        self._postmen = Postmen(self.simulators, url, self.posted)
        self._postmen.start(self.clock if in_virtual_time else None)
        return self

    def hooks(self) -> dict[str, dict[str, int]]:
        """Count per system the webhooks that were accepted, that wait, and that were given up."""
        return self._postmen.standing() if self._postmen is not None else {}

    @property
    def base_urls(self) -> dict[str, str]:
        """Say where each system listens, and the control server under ``sandbox``; nothing listens before :meth:`listen`."""
        return dict(self._running.base_urls) if self._running is not None else {}

    def systems(self) -> dict[str, dict[str, Any]]:
        """Say where each system is and how to sign in, in the shape that ``ltc sandbox up`` prints."""
        return {
            name: {
                "connector": kind_of(name),
                "base_url": self.base_urls.get(name, ""),
                "credentials": simulator.credentials(),
                "settings": simulator.settings(),
                "webhook_secret": simulator.credentials().get("webhook_secret", ""),
                "entities": dict(ENTITIES.get(name, {})),
            }
            for name, simulator in self.simulators.items()
        }

    def states(self) -> dict[str, dict[str, Any]]:
        """Give each system's objects in its normal form."""
        return {name: simulator.state() for name, simulator in self.simulators.items()}

    def state(self) -> dict[str, Any]:
        """Give everything that a checker may want: normal forms and the journal of business mutations."""
        return {
            "now": self.clock.now().isoformat(),
            "systems": {
                name: {
                    "objects": simulator.state(),
                    "journal": [
                        {
                            "at": deed.at,
                            "actor": deed.actor,
                            "verb": deed.verb,
                            "object": deed.kind,
                            "id": deed.id,
                            "fields": deed.fields,
                        }
                        for deed in _deeds(name, simulator)
                    ],
                }
                for name, simulator in self.simulators.items()
            },
        }

    def picture(self) -> Picture:
        """Draw what the checker looks at."""
        journals = {name: _deeds(name, simulator) for name, simulator in self.simulators.items()}
        actors = {deed.actor for deeds in journals.values() for deed in deeds}
        hub = frozenset(actor for actor in actors if actor.startswith(HUB_PREFIX) or actor in self.hub_users)
        signs, payers = envelopes(self.business.signers.rows()), self.business.payers
        sides = salesforce_side(self.salesforce), self.sap.side()
        return Picture(*sides, journals, hub, signs, payers.requests(), payers.receipts(), payers.credits())

    def digest(self) -> dict[str, str]:
        """Give the digest of all systems' state."""
        return digest(self.states())

    def act(self, days: int = 1, programme: str = "everything") -> dict[str, Any]:
        """Let the business happen for some virtual days and say what it did."""
        return self.business.act(days, PROGRAMMES[programme])

    def save(self) -> Path:
        """Write everything to the state directory."""
        if self.state_dir is None:
            raise Misconfigured("The sandbox has no directory for its state.", remedy="Start it with --state DIR.")
        self.state_dir.mkdir(parents=True, exist_ok=True)
        path = self.state_dir / STATE_FILE
        content = {
            "shape": self.shape,
            "now": self.clock.now().isoformat(),
            "truth": self.truth.dump(),
            "systems": {name: simulator.dump() for name, simulator in self.simulators.items()},
            "hooks": self._postmen.dump() if self._postmen is not None else dict(self.posted),
        }
        scratch = path.with_suffix(".part")
        scratch.write_text(json.dumps(content, default=str), encoding="utf-8")
        scratch.replace(path)
        return path

    def stop(self) -> None:
        """Save if a directory was given, and give the ports back."""
        if self._postmen is not None:
            self._postmen.stop()
        if self.state_dir is not None:
            self.save()
        if self._running is not None:
            self._running.stop()
        self.stopping.set()

    def __enter__(self) -> Self:
        """Be up for the length of a block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop at the end of the block."""
        self.stop()


def _deeds(name: str, simulator: Simulator) -> list[Deed]:
    return [
        Deed(name, entry.at.isoformat(), entry.actor, _VERBS.get(entry.verb, entry.verb), entry.object, entry.id, entry.fields)
        for entry in list(simulator.journal)
    ]

"""A hub that was connected with the sandbox has the secrets with which it hears what the sandbox's systems post."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ltc.app.config import HubSettings, open_hub
from ltc.app.config.new import add_systems, create_hub
from ltc.app.engine.api import Engine
from ltc.app.engine.hooks import Hooks
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.service import make
from ltc.app.sandbox.world import Size
from ltc.core.contract import Hint, SystemClock
from ltc.core.errors import Unauthorised
from ltc.core.simulation import Delivery

SIGNER = {"recipientId": "1", "routingOrder": "1", "roleName": "Customer", "name": "Ada", "email": "ada@customer.example"}
OFFER = {"emailSubject": "Offer", "status": "sent", "templateId": "", "recipients": {"signers": [SIGNER]}}
HAPPENS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "docusign": ("envelope", lambda account: account.compose(OFFER, "seller")),
    "stripe": ("customer", lambda account: account.insert("customer", {"name": "Ada"})),
}


@pytest.fixture
def sandbox() -> RunningSandbox:
    return make(7, size=Size(companies=4, products=2, employees=2, leads=0)).listen()


def test_a_connected_hub_hears_all_that_post(sandbox: RunningSandbox, tmp_path: Path) -> None:
    create_hub(tmp_path, HubSettings(id="hears", title="Hears"))
    with sandbox:
        add_systems(tmp_path, sandbox.systems())
        engine = Engine(open_hub(tmp_path).require_sound())
        hooks = engine.hooks()
        posting = [name for name, simulator in sandbox.simulators.items() if simulator.retries]
        assert sorted(posting) == sorted(HAPPENS) == sorted(engine.listening()), "each that posts is tried here"
        for name in posting:
            obj, happen = HAPPENS[name]
            simulator = sandbox.simulators[name]
            simulator.hook_clock = SystemClock()
            known = len(simulator.deliveries())
            key = happen(simulator)
            delivery = simulator.deliveries(known)[-1]
            hints = hear(hooks, name, delivery)
            assert (obj, key) in [(hint.object, hint.id) for hint in hints]
            again = simulator.delivery_again(len(simulator.deliveries()) - 1, 1)
            assert hear(hooks, name, again) == hints, "a retry is the same event"
            with pytest.raises(Unauthorised):
                hear(hooks, name, replace(delivery, body=delivery.body + b" "))
        engine.close()


def hear(hooks: Hooks, name: str, delivery: Delivery) -> Sequence[Hint]:
    return hooks.hear(name, {header.lower(): value for header, value in delivery.headers.items()}, delivery.body).hints

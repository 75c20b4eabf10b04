"""Fixtures of the door's tests: a hub whose systems post webhooks, and its door on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ltc.app.engine.hooks import Hooks
from ltc.app.web.door import Door
from ltc.app.web.serving import Serving
from tests.app.engine.conftest import hub as hub  # noqa: PLC0414 - the engine's small hub is served here
from tests.app.engine.conftest import policy as policy  # noqa: PLC0414
from tests.app.engine.hubs import SmallHub
from tests.app.web.doors import LARGEST, Porch


@pytest.fixture
def porch(hub: SmallHub) -> Iterator[Porch]:
    """A live hub that answers on a port."""
    hub.listens = True
    hub.go_live()
    hooks = Hooks(hub.context())
    door = Door(hooks, LARGEST)
    serving = Serving(door.app(), "127.0.0.1", 0, door.close)
    serving.start()
    yield Porch(hub, hooks, serving.address, door)
    serving.stop()

"""Fixtures of the engine's tests: a small hub on either database, in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ltc.core import resources
from ltc.core.simulation.clock import VirtualClock
from ltc.core.store import Store
from mdm.survivorship import Policy, load_policy
from tests.app.engine.hubs import SmallHub


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Read the shipped policy once."""
    return load_policy([resources.config() / "survivorship.yaml"])


@pytest.fixture
def hub(store: Store, tmp_path: Path, policy: Policy) -> SmallHub:
    """Two invented systems and a hub between them, observing."""
    return SmallHub(store, VirtualClock(datetime(2026, 3, 2, 8, tzinfo=UTC)), tmp_path, policy)


@pytest.fixture
def live(hub: SmallHub) -> SmallHub:
    """The same, live."""
    hub.go_live()
    return hub


@pytest.fixture
def heard(hub: SmallHub) -> SmallHub:
    """A live hub whose systems post webhooks."""
    hub.listens = True
    hub.go_live()
    return hub

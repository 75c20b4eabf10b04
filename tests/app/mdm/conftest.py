"""The engine's small hub, for the stewards' desk."""

from __future__ import annotations

import pytest

from ltc.app.mdm.desk import MasterData
from tests.app.engine.conftest import hub, policy
from tests.app.engine.hubs import SmallHub

__all__ = ["hub", "policy"]

ROWS = [
    ("left", {"Name": "Havel Pumpen GmbH", "Phone": "030 1234567", "City": "Berlin", "Postal": "10115", "Street": "Domplatz 3"}),
    ("right", {"Name": "Havel Pumpen", "Phone": "030 1234567", "City": "Berlin", "Postal": "10115", "Street": "Domplatz 3"}),
    ("left", {"Name": "Spree Bagger AG", "Phone": "030 7654321", "City": "Berlin", "Postal": "10117"}),
    ("right", {"Name": "Isar Kran GmbH", "Phone": "089 1112223", "City": "Munich", "Postal": "80331"}),
]


def with_streets(hub: SmallHub) -> None:
    """Let both systems know streets."""
    for system in ("left", "right"):
        hub.add_line(system, "Customer", "  street: Street")


@pytest.fixture
def desk(hub: SmallHub) -> MasterData:
    """A desk over two systems with four customers, two of which are one; nothing is written."""
    with_streets(hub)
    for system, row in ROWS:
        hub.worlds()[system].put("Customer", {**row, "Status": "active"})
    hub.sync()
    ctx = hub.context()
    return MasterData(lambda: ctx)

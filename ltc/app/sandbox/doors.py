"""The doors by which people use the simulated systems: what the sandbox asks of each vendor's simulator.

Simulators live in the connectors' folders and are found there by name, so that no connector is imported with its simulator.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol, cast

from ltc.core.errors import Misconfigured
from ltc.core.simulation import Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ltc.core.simulation import Profile, VirtualClock

SALESFORCE = "connectors.crm.salesforce.simulator"
SAP = "connectors.erp.sap_rfc.simulator"


class SalesforceDoor(Protocol):
    """What sellers and administrators do in Salesforce."""

    def insert(self, object_name: str, fields: Mapping[str, Any], actor: str) -> str:
        """Make a record."""

    def update(self, object_name: str, record_id: str, fields: Mapping[str, Any], actor: str) -> None:
        """Change a record."""

    def delete(self, object_name: str, record_id: str, actor: str) -> None:
        """Delete a record."""

    def merge(self, object_name: str, master: str, losers: Sequence[str], actor: str) -> None:
        """Merge records."""

    def convert(self, lead_id: str, actor: str, *, opportunity: str = "") -> dict[str, str]:
        """Convert a lead."""

    def rows(self, object_name: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Give copies of rows."""

    def row(self, object_name: str, record_id: str) -> dict[str, Any]:
        """Give a copy of one row."""

    @property
    def standard_pricebook(self) -> str:
        """Name the standard price book."""


def simulator(module: str, name: str, clock: VirtualClock, seed: int, profile: Profile) -> Simulator:
    """Make the simulator that a connector's folder holds."""
    found = importlib.import_module(module)
    kinds = [
        kind
        for kind in vars(found).values()
        if isinstance(kind, type) and issubclass(kind, Simulator) and kind.__module__ == module
    ]
    if len(kinds) != 1:
        raise Misconfigured(
            f"{module} declares {len(kinds)} simulators.", remedy="Declare exactly one subclass of Simulator in simulator.py."
        )
    return kinds[0](name, clock, seed, profile)


def salesforce_door(simulated: Simulator) -> SalesforceDoor:
    """Use a simulator as Salesforce's people do."""
    return cast("SalesforceDoor", simulated)

"""Put the world into SAP, as clerks keyed it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ltc.app.sandbox.doors import SapDoor
    from ltc.app.sandbox.world import Truth, World


def seed_sap(world: World, door: SapDoor, truth: Truth) -> None:
    """Make materials and customers; write down who is who."""
    for product in world.products:
        if "sap" in product.names:
            truth.products["sap"][door.add_material(product)] = product.number
    for company in world.companies:
        if "sap" in company.entries:
            truth.companies["sap"][door.add_customer(company.entries["sap"])] = company.key

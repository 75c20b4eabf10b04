"""Deliveries: the warehouse ships items of an order and posts the goods issue at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from connectors.erp.sap_rfc.backend.statuses import COMPLETE, HEADER, NOT_BEGUN, followed, refresh
from connectors.erp.sap_rfc.backend.system import System


def ship(system: System, order: str, quantities: Mapping[str, Decimal], actor: str) -> str:
    """Deliver quantities of items by POSNR and give the delivery's number."""
    tables, today = system.tables, system.today()
    head = tables.get("VBAK", order)
    if head is None:
        raise ValueError(f"There is no order {order}.")
    items = {position.zfill(6): quantity for position, quantity in quantities.items() if quantity > 0}
    if not items:
        raise ValueError(f"Nothing of order {order} is to be delivered.")
    for position, quantity in items.items():
        item = tables.get("VBAP", order, position)
        if item is None or item["ABGRU"]:
            raise ValueError(f"Item {position} of order {order} cannot be delivered.")
        if quantity > item["KWMENG"] - followed(tables, order, position, "J"):
            raise ValueError(f"{quantity} of item {position} of order {order} are more than are open.")
    delivery = tables.next_number("delivery")
    ship_to = tables.get("VBPA", order, HEADER, "WE") or {"KUNNR": head["KUNNR"]}
    tables.put(
        "LIKP",
        {
            "VBELN": delivery, "ERDAT": today, "AEDAT": today, "LFART": "LF", "VSTEL": head["VKORG"], "KUNAG": head["KUNNR"],
            "KUNNR": ship_to["KUNNR"], "WADAT": today, "WADAT_IST": today, "LFDAT": today,
        },
    )  # fmt: skip
    for place, (position, quantity) in enumerate(items.items(), start=1):
        item = tables.get("VBAP", order, position) or {}
        number = f"{10 * place:06d}"
        common = {"VBELN": delivery, "MATNR": item["MATNR"], "ARKTX": item["ARKTX"], "VRKME": item["VRKME"]}
        tables.put("LIPS", {**common, "POSNR": number, "LFIMG": quantity, "VGBEL": order, "VGPOS": position})
        flow = {"VBELV": order, "POSNV": position, "VBELN": delivery, "POSNN": number, "VBTYP_N": "J", "VBTYP_V": "C"}
        tables.put("VBFA", {**flow, "RFMNG": quantity, "MEINS": item["VRKME"], "ERDAT": today})
    tables.put("VBUK", {"VBELN": delivery, "WBSTK": COMPLETE, "GBSTK": NOT_BEGUN})
    refresh(tables, order)
    system.changed("LIEFERUNG", delivery, actor, "U", "VL02N")
    told = {"VGBEL": order, **{position: str(quantity) for position, quantity in items.items()}}
    system.record(actor, "create", "delivery", delivery, told)
    return delivery

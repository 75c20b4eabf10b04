"""Deliveries: the warehouse picks items of an order and posts the goods issue, at once or later."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from connectors.erp.sap_rfc.backend.statuses import DELIVERY, GOODS_ISSUE, HEADER, ORDER, followed, refresh, refresh_delivery
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.values import Row


def ship(system: System, order: str, quantities: Mapping[str, Decimal], actor: str) -> str:
    """Deliver quantities of items by POSNR, post the goods issue, and give the delivery's number."""
    delivery = plan(system, order, quantities, actor)
    issue(system, delivery, actor)
    return delivery


def plan(system: System, order: str, quantities: Mapping[str, Decimal], actor: str) -> str:
    """Create a delivery whose goods have not gone yet, and give its number."""
    tables, today = system.tables, system.today()
    head = tables.get("VBAK", order)
    if head is None:
        raise ValueError(f"There is no order {order}.")
    items = {position.zfill(6): quantity for position, quantity in sorted(quantities.items())}
    if not items:
        raise ValueError(f"Nothing of order {order} is to be delivered.")
    ordered = {position: _deliverable(system, order, position, quantity) for position, quantity in items.items()}
    delivery = tables.next_number("delivery")
    ship_to = tables.get("VBPA", order, HEADER, "WE") or {"KUNNR": head["KUNNR"]}
    before = {row["VBELN"] for row in tables.find("VBFA", VBELV=order, VBTYP_N=DELIVERY)}
    tables.put(
        "LIKP",
        {
            "VBELN": delivery, "ERDAT": today, "LFART": "LF", "VSTEL": head["VKORG"], "KUNAG": head["KUNNR"],
            "KUNNR": ship_to["KUNNR"], "WADAT": today, "LFDAT": today, "BOLNR": f"{head['BSTNK']}/{len(before) + 1}".strip(),
        },
    )  # fmt: skip
    for position, quantity in items.items():
        item = ordered[position]
        common = {"VBELN": delivery, "MATNR": item["MATNR"], "ARKTX": item["ARKTX"], "VRKME": item["VRKME"]}
        tables.put("LIPS", {**common, "POSNR": position, "LFIMG": quantity, "VGBEL": order, "VGPOS": position})
        flow = {"VBELV": order, "POSNV": position, "VBELN": delivery, "POSNN": position, "VBTYP_N": DELIVERY, "VBTYP_V": ORDER}
        tables.put("VBFA", {**flow, "RFMNG": quantity, "MEINS": item["VRKME"], "WAERS": head["WAERK"], "ERDAT": today})
    refresh_delivery(tables, delivery)
    refresh(tables, order)
    told = {"VGBEL": order, **{position: str(quantity) for position, quantity in items.items()}}
    system.record(actor, "create", "delivery", delivery, told)
    return delivery


def issue(system: System, delivery: str, actor: str) -> None:
    """Post the goods issue of a delivery."""
    tables, today = system.tables, system.today()
    head = tables.get("LIKP", delivery)
    if head is None or head["WADAT_IST"].strip("0"):
        raise ValueError(f"{delivery} is no delivery whose goods are still here.")
    tables.put("LIKP", {**head, "WADAT_IST": today, "AEDAT": today})
    material_document = f"49{delivery[2:]}"
    for item in tables.find("LIPS", VBELN=delivery):
        flow = {"VBELV": delivery, "POSNV": item["POSNR"], "VBELN": material_document, "POSNN": item["POSNR"]}
        kinds = {"VBTYP_N": GOODS_ISSUE, "VBTYP_V": DELIVERY}
        tables.put("VBFA", {**flow, **kinds, "RFMNG": item["LFIMG"], "MEINS": item["VRKME"], "ERDAT": today})
    refresh_delivery(tables, delivery)
    system.changed("LIEFERUNG", delivery, actor, "U", "VL02N")
    system.record(actor, "update", "delivery", delivery, {"WADAT_IST": today})


def _deliverable(system: System, order: str, position: str, quantity: Decimal) -> Row:
    """Find an item of which this quantity can be delivered."""
    item = system.tables.get("VBAP", order, position)
    if item is None or item["ABGRU"]:
        raise ValueError(f"Item {position} of order {order} cannot be delivered.")
    left = item["KWMENG"] - followed(system.tables, order, position, DELIVERY)
    if not 0 < quantity <= left:
        raise ValueError(f"{quantity} of item {position} of order {order} cannot be delivered: {left} are open.")
    return item

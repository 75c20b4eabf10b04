"""How far an order has come: values, quantities delivered and invoiced, and the statuses that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import Row
from connectors.erp.shared.codecs import round_amount, shift_in, shift_out

HEADER: Final = "000000"
NOT_BEGUN, PARTLY, COMPLETE = "A", "B", "C"


def net_value(row: Row, currency: str) -> Decimal:
    """Give an item's value: quantity times price, rounded to the currency."""
    price = shift_out(row["NETPR"], currency)
    return round_amount(row["KWMENG"] * price / (row["KPEIN"] or 1), currency)


def followed(tables: Tables, order: str, position: str, *kinds: str) -> Decimal:
    """Sum the quantities of the following documents of these kinds."""
    rows = tables.find("VBFA", VBELV=order, POSNV=position)
    return sum((row["RFMNG"] for row in rows if row["VBTYP_N"] in kinds), Decimal(0))


def refresh(tables: Tables, order: str) -> None:
    """Work out values and statuses of an order anew."""
    head = tables.get("VBAK", order)
    if head is None:
        raise KeyError(order)
    currency, total = head["WAERK"], Decimal(0)
    states = []
    for item in tables.find("VBAP", VBELN=order):
        value = net_value(item, currency)
        tables.put(
            "VBAP", {**item, "NETWR": shift_in(value, currency), "KBMENG": Decimal(0) if item["ABGRU"] else item["KWMENG"]}
        )
        state = _item_state(tables, item)
        tables.put("VBUP", state)
        states.append(state)
        total += Decimal(0) if item["ABGRU"] else value
    tables.put("VBAK", {**head, "NETWR": shift_in(total, currency)})
    live = [state for state in states if state["ABSTA"] != COMPLETE]
    rejected = COMPLETE if states and not live else PARTLY if len(live) < len(states) else NOT_BEGUN
    tables.put(
        "VBUK",
        {
            "VBELN": order,
            "LFSTK": _together(state["LFSTA"] for state in live),
            "FKSAK": _together(state["FKSAA"] for state in live),
            "ABSTK": rejected,
            "GBSTK": COMPLETE if states and not live else _together(state["GBSTA"] for state in live),
        },
    )


def _item_state(tables: Tables, item: Row) -> Row:
    order, position, quantity = item["VBELN"], item["POSNR"], item["KWMENG"]
    delivered = followed(tables, order, position, "J")
    invoiced = followed(tables, order, position, "M") - followed(tables, order, position, "N")
    lfsta, fksaa = _degree(delivered, quantity), _degree(invoiced, quantity)
    rejected = COMPLETE if item["ABGRU"] else NOT_BEGUN
    return {
        "VBELN": order,
        "POSNR": position,
        "LFSTA": lfsta,
        "FKSAA": fksaa,
        "ABSTA": rejected,
        "GBSTA": COMPLETE if item["ABGRU"] else _together([lfsta, fksaa]),
    }


def _degree(done: Decimal, wanted: Decimal) -> str:
    return COMPLETE if done >= wanted else PARTLY if done > 0 else NOT_BEGUN


def _together(states: Iterable[str]) -> str:
    """Give the status of a whole: complete or not begun if all its parts are, else partly."""
    found = set(states)
    return next(iter(found)) if len(found) == 1 else PARTLY if found else ""

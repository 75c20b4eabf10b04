"""How far orders and deliveries have come: values, quantities delivered and invoiced, and the statuses that follow from them.

A status is A (not begun), B (partly), C (complete), or blank where it does not apply. An item that is rejected after a part of it
was delivered counts as partly rejected and wholly delivered: nothing more is to come of it, and what was delivered is invoiced.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import Row
from connectors.erp.shared.codecs import round_amount, shift_in, shift_out

HEADER: Final = "000000"
NOT_BEGUN, PARTLY, COMPLETE = "A", "B", "C"
ORDER, DELIVERY, GOODS_ISSUE = "C", "J", "R"
INVOICE, CREDIT_MEMO, INVOICE_CANCELLED, CREDIT_MEMO_CANCELLED = "M", "O", "N", "S"
"""Categories of documents in the document flow (VBTYP)."""


def value_of(row: Row, quantity: Decimal, currency: str) -> Decimal:
    """Give what a quantity of an item is worth: quantity times price, rounded to the currency."""
    price = shift_out(row["NETPR"], currency)
    return round_amount(quantity * price / (row["KPEIN"] or 1), currency)


def followed(tables: Tables, before: str, position: str, *kinds: str) -> Decimal:
    """Sum the quantities of the documents of these kinds that followed an item."""
    rows = tables.find("VBFA", VBELV=before, POSNV=position)
    return sum((row["RFMNG"] for row in rows if row["VBTYP_N"] in kinds), Decimal(0))


def invoiced(tables: Tables, before: str, position: str) -> Decimal:
    """Give the quantity of an item that was invoiced and not cancelled."""
    return followed(tables, before, position, INVOICE) - followed(tables, before, position, INVOICE_CANCELLED)


def available(tables: Tables, item: Row) -> Decimal:
    """Give what is confirmed of an item: all of it, unless a planner found that there is less."""
    short = tables.get("ZATP", item["VBELN"], item["POSNR"])
    return Decimal(min(item["KWMENG"], short["BMENG"]) if short is not None else item["KWMENG"])


def refresh(tables: Tables, order: str) -> None:
    """Work out values and statuses of an order anew."""
    head = tables.get("VBAK", order)
    if head is None:
        raise KeyError(order)
    currency, total = head["WAERK"], Decimal(0)
    states = []
    for item in tables.find("VBAP", VBELN=order):
        value = value_of(item, item["KWMENG"], currency)
        confirmed = followed(tables, order, item["POSNR"], DELIVERY) if item["ABGRU"] else available(tables, item)
        tables.put("VBAP", {**item, "NETWR": shift_in(value, currency), "KBMENG": confirmed})
        for line in tables.find("VBEP", VBELN=order, POSNR=item["POSNR"]):
            tables.put("VBEP", {**line, "BMENG": confirmed})
        state = _item_state(tables, item)
        tables.put("VBUP", state)
        states.append(state)
        total += Decimal(0) if item["ABGRU"] else value
    tables.put("VBAK", {**head, "NETWR": shift_in(total, currency)})
    whole = {kept: _together(state[name] for state in states) for kept, name in _WHOLE}
    tables.put("VBUK", {"VBELN": order, **whole})


_WHOLE: Final = (("LFSTK", "LFSTA"), ("FKSAK", "FKSAA"), ("ABSTK", "ABSTA"), ("GBSTK", "GBSTA"))


def refresh_delivery(tables: Tables, delivery: str) -> None:
    """Work out the statuses of a delivery anew."""
    head = tables.get("LIKP", delivery)
    if head is None:
        raise KeyError(delivery)
    moved = COMPLETE if head["WADAT_IST"].strip("0") else NOT_BEGUN
    states = []
    for item in tables.find("LIPS", VBELN=delivery):
        billed = _degree(invoiced(tables, delivery, item["POSNR"]), item["LFIMG"])
        state = {"VBELN": delivery, "POSNR": item["POSNR"], "FKSAA": billed, "GBSTA": _together([moved, billed])}
        tables.put("VBUP", state)
        states.append(state)
    billed, whole = (_together(state[name] for state in states) for name in ("FKSAA", "GBSTA"))
    tables.put("VBUK", {"VBELN": delivery, "WBSTK": moved, "FKSAK": billed, "GBSTK": whole})


def _item_state(tables: Tables, item: Row) -> Row:
    order, position, quantity = item["VBELN"], item["POSNR"], item["KWMENG"]
    delivered = followed(tables, order, position, DELIVERY)
    if item["ABGRU"]:
        quantity = delivered
    lfsta, fksaa = _degree(delivered, quantity), _degree(invoiced(tables, order, position), quantity)
    if not item["ABGRU"]:
        rejected, whole = NOT_BEGUN, _together([lfsta, fksaa])
    elif delivered:
        rejected, whole = PARTLY, fksaa if fksaa == COMPLETE else PARTLY
    else:
        lfsta, fksaa, rejected, whole = "", "", COMPLETE, COMPLETE
    return {"VBELN": order, "POSNR": position, "LFSTA": lfsta, "FKSAA": fksaa, "ABSTA": rejected, "GBSTA": whole}


def _degree(done: Decimal, wanted: Decimal) -> str:
    return NOT_BEGUN if done <= 0 else COMPLETE if done >= wanted else PARTLY


def _together(states: Iterable[str]) -> str:
    """Give the status of a whole: complete or not begun if all its parts are that it applies to, else partly."""
    found = set(states) - {""}
    return next(iter(found)) if len(found) == 1 else PARTLY if found else ""

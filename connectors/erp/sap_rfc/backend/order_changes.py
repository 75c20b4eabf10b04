"""BAPI_SALESORDER_CHANGE: only what the X structures flag changes, and what was delivered stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.orders import (
    BUSINESS_FIELDS,
    HEAD_FIELDS,
    ITEM_FIELDS,
    by_position,
    columns,
    customer_fault,
    date_in,
    item_faults,
    position_of,
    price_of,
    put_item,
    put_schedule,
    told,
)
from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.statuses import HEADER, followed, refresh
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import FunctionModule, Row, flagged, message, number
from connectors.erp.shared.codecs import INITIAL_DATE, alpha_in

_CHANGE: Final = frozenset(
    {
        *("SALESDOCUMENT", "ORDER_HEADER_IN", "ORDER_HEADER_INX", "ORDER_ITEM_IN", "ORDER_ITEM_INX", "SCHEDULE_LINES"),
        *("SCHEDULE_LINESX", "CONDITIONS_IN", "CONDITIONS_INX", "PARTNERS", "PARTNERCHANGES", "SIMULATION", "RETURN"),
    }
)


def bapi_salesorder_change(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Change an order at COMMIT."""
    only(params, _CHANGE)
    order = alpha_in(str(params.get("SALESDOCUMENT", "")).strip())
    if system.tables.get("VBAK", order) is None:
        return {"RETURN": [message("E", "V1", "555", f"Document {order} does not exist", order, parameter="SALESDOCUMENT")]}
    faults = _faults(system.tables, session, order, params)
    if faults:
        return {"RETURN": [*faults, message("E", "V4", "219", "Sales document was not changed")]}
    session.pending.append(lambda: _change(system, session.user, order, params))
    return {"RETURN": [message("S", "V1", "311", f"Standard Order {order} has been saved", "", order)]}


def _flags(params: Mapping[str, Any], name: str) -> dict[str, Row]:
    return by_position(params.get(name))


def _faults(tables: Tables, session: Session, order: str, params: Mapping[str, Any]) -> list[Row]:
    """Say what cannot be: an unknown material or customer, an item that is not there, less than was delivered."""
    flags, schedules = _flags(params, "ORDER_ITEM_INX"), by_position(params.get("SCHEDULE_LINES"))
    items = params.get("ORDER_ITEM_IN") or []
    faults = item_faults(tables, session, [row for row in items if _sign(flags, row) == "I"])
    for place, row in enumerate(items, start=1):
        position, sign = position_of(row), _sign(flags, row)
        known = tables.get("VBAP", order, position)
        if sign in {"U", "D"} and known is None:
            text = f"Item {position} does not exist"
            faults.append(message("E", "V1", "546", text, position, parameter="ORDER_ITEM_IN", row=place))
            continue
        delivered = followed(tables, order, position, "J")
        asked = schedules.get(position, {}).get("REQ_QTY")
        if delivered and (sign == "D" or (asked is not None and number(asked, "REQ_QTY") < delivered)):
            text = f"Item {position}: {delivered} were delivered already"
            faults.append(message("E", "V4", "083", text, position, parameter="SCHEDULE_LINES", row=place, field="REQ_QTY"))
    for change in params.get("PARTNERCHANGES") or []:
        fault = customer_fault(tables, session, alpha_in(str(change.get("P_NUMB_NEW", ""))))
        faults += [fault] if fault is not None else []
    return faults


def _sign(flags: Mapping[str, Row], row: Mapping[str, Any]) -> str:
    return str(flags.get(position_of(row), {}).get("UPDATEFLAG", "U")).strip().upper() or "U"


def _change(system: System, user: str, order: str, params: Mapping[str, Any]) -> None:
    tables = system.tables
    before = _snapshot(tables, order)
    _change_head(tables, order, params)
    for change in params.get("PARTNERCHANGES") or []:
        _change_partner(tables, order, change)
    schedules, prices = by_position(params.get("SCHEDULE_LINES")), by_position(params.get("CONDITIONS_IN"))
    flags = _flags(params, "ORDER_ITEM_INX")
    touched = set()
    for row in params.get("ORDER_ITEM_IN") or []:
        position, sign = position_of(row), _sign(flags, row)
        if sign == "I":
            put_item(system, order, row, schedules.get(position, {}), prices.get(position))
            touched.add(position)
        elif sign == "D":
            _delete_item(tables, order, position)
        else:
            wanted = {name: row[name] for name in ITEM_FIELDS if name in row and flagged(flags[position], name)}
            known = tables.get("VBAP", order, position) or {}
            tables.put("VBAP", {**known, **columns(wanted, ITEM_FIELDS)})
    for position, row in schedules.items():
        if position not in touched:
            _reschedule(tables, order, position, row, _flags(params, "SCHEDULE_LINESX").get(position, {}))
    for position, row in prices.items():
        known_item = tables.get("VBAP", order, position)
        if position not in touched and known_item is not None:
            tables.put("VBAP", {**known_item, **price_of(row, known_item["WAERK"])})
    refresh(tables, order)
    if _snapshot(tables, order) != before:
        head = tables.get("VBAK", order) or {}
        tables.put("VBAK", {**head, "AEDAT": system.today()})
        system.changed("VERKBELEG", order, user, "U", "VA02")
        live = [row for row in tables.find("VBAP", VBELN=order) if not row["ABGRU"]]
        system.record(user, "update" if live else "cancel", "sales_order", order, told(tables, order))


def _change_head(tables: Tables, order: str, params: Mapping[str, Any]) -> None:
    given, flags = params.get("ORDER_HEADER_IN") or {}, params.get("ORDER_HEADER_INX") or {}
    wanted = {name: value for name, value in given.items() if flagged(flags, name)}
    head, business = tables.get("VBAK", order) or {}, tables.get("VBKD", order, HEADER) or {}
    tables.put("VBAK", {**head, **columns(wanted, HEAD_FIELDS)})
    tables.put("VBKD", {**business, **columns(wanted, BUSINESS_FIELDS)})


def _change_partner(tables: Tables, order: str, change: Mapping[str, Any]) -> None:
    role, customer = str(change.get("PARTN_ROLE", "")), alpha_in(str(change.get("P_NUMB_NEW", "")))
    tables.put("VBPA", {"VBELN": order, "POSNR": HEADER, "PARVW": role, "KUNNR": customer})
    if role == "AG":
        tables.put("VBAK", {**(tables.get("VBAK", order) or {}), "KUNNR": customer})


def _delete_item(tables: Tables, order: str, position: str) -> None:
    for table, key in (("VBAP", ()), ("VBUP", ()), ("VBEP", ("0001",))):
        tables.delete(table, order, position, *key)


def _reschedule(tables: Tables, order: str, position: str, row: Row, flags: Row) -> None:
    item, line = tables.get("VBAP", order, position), tables.get("VBEP", order, position, "0001")
    if item is None or line is None:
        return
    quantity = number(row["REQ_QTY"], "REQ_QTY") if "REQ_QTY" in row and flagged(flags, "REQ_QTY") else item["KWMENG"]
    date = date_in(row["REQ_DATE"], "REQ_DATE") if "REQ_DATE" in row and flagged(flags, "REQ_DATE") else INITIAL_DATE
    tables.put("VBAP", {**item, "KWMENG": quantity})
    put_schedule(tables, order, position, quantity, date if date != INITIAL_DATE else line["EDATU"])


def _snapshot(tables: Tables, order: str) -> Sequence[object]:
    return [tables.get("VBAK", order), *(tables.find(name, VBELN=order) for name in ("VBKD", "VBPA", "VBAP", "VBEP"))]


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"BAPI_SALESORDER_CHANGE": bapi_salesorder_change})

"""BAPI_SALESORDER_CHANGE: only what the X structures flag changes, and what was delivered stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.orders import (
    BUSINESS_FIELDS,
    FIRST_LINE,
    HEAD_FIELDS,
    ITEM_FIELDS,
    NOT_CHANGED,
    by_position,
    columns,
    conditions,
    customer_fault,
    date_in,
    item_faults,
    marked,
    material_text,
    price_of,
    put_item,
    put_schedule,
    told,
)
from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.statuses import DELIVERY as DELIVERED
from connectors.erp.sap_rfc.backend.statuses import HEADER, followed, refresh
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import FunctionModule, Row, message, number
from connectors.erp.shared.codecs import INITIAL_DATE, alpha_in, round_amount, shift_in, shift_out

INSERT, UPDATE, DELETE = "I", "U", "D"
REJECTED: Final = "02"
"""The reason for rejection that clerks give: too expensive."""
_CHANGE: Final = frozenset(
    {
        *("SALESDOCUMENT", "ORDER_HEADER_IN", "ORDER_HEADER_INX", "ORDER_ITEM_IN", "ORDER_ITEM_INX", "SCHEDULE_LINES"),
        *("SCHEDULE_LINESX", "CONDITIONS_IN", "CONDITIONS_INX", "PARTNERS", "PARTNERCHANGES", "SIMULATION", "RETURN"),
        "LOGIC_SWITCH",
    }
)
_ROWS: Final = ("VBAP", "VBUP", "VBEP", "VBKD", "VBPA")


@dataclass(frozen=True, slots=True)
class Line:
    """What is to happen to one item: a sign (I, U, D or none) and the flagged fields of its three structures."""

    position: str
    sign: str
    fields: Row
    schedule: Row
    price: Row | None


def bapi_salesorder_change(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Change or delete an order at COMMIT."""
    only(params, _CHANGE)
    order = alpha_in(str(params.get("SALESDOCUMENT", "")).strip())
    if system.tables.get("VBAK", order) is None:
        return {"RETURN": [message("E", "V1", "555", f"Document {order} does not exist", order, parameter="SALESDOCUMENT")]}
    sign = str((params.get("ORDER_HEADER_INX") or {}).get("UPDATEFLAG", "")).strip().upper()
    lines = list(_lines(params))
    faults = _faults(system.tables, session, order, params, sign, lines)
    if faults:
        return {"RETURN": [*faults, message(*NOT_CHANGED)]}
    if sign == DELETE:
        session.pending.append(lambda: delete(system, order, session.user))
        return {"RETURN": [message("S", "V1", "312", f"Standard Order {order} has been deleted", "", order)]}
    _readable(params, lines)
    session.pending.append(lambda: _change(system, session.user, order, params, lines))
    return {"RETURN": [message("S", "V1", "311", f"Standard Order {order} has been saved", "", order)]}


def delete(system: System, order: str, actor: str) -> None:
    """Delete an order that nothing followed."""
    tables = system.tables
    if tables.find("VBFA", VBELV=order):
        raise ValueError(f"Order {order} has followers and cannot be deleted.")
    gone = told(tables, order)
    for table in _ROWS:
        for row in tables.find(table, VBELN=order):
            tables.delete(table, *(row[name] for name in _key(table)))
    tables.delete("VBUK", order)
    tables.delete("VBAK", order)
    system.changed("VERKBELEG", order, actor, DELETE, "VA02")
    system.record(actor, "delete", "sales_order", order, gone)


def reject(system: System, order: str, actor: str) -> None:
    """Reject what is not delivered of an order, as a clerk does who cancels it."""
    tables = system.tables
    items = [
        item
        for item in tables.find("VBAP", VBELN=order)
        if not item["ABGRU"] and followed(tables, order, item["POSNR"], DELIVERED) < item["KWMENG"]
    ]
    if not items:
        raise ValueError(f"Nothing of order {order} is left to reject.")
    for item in items:
        tables.put("VBAP", {**item, "ABGRU": REJECTED})
    refresh(tables, order)
    tables.put("VBAK", {**(tables.get("VBAK", order) or {}), "AEDAT": system.today()})
    system.changed("VERKBELEG", order, actor, UPDATE, "VA02")
    system.record(actor, "update" if _live(tables, order) else "cancel", "sales_order", order, told(tables, order))


def confirm(system: System, order: str, quantities: Mapping[str, Decimal], actor: str) -> None:
    """Confirm less of some items than was ordered, as a planner does who lacks stock."""
    tables = system.tables
    for position, quantity in quantities.items():
        tables.put("ZATP", {"VBELN": order, "POSNR": position, "BMENG": quantity})
    refresh(tables, order)
    tables.put("VBAK", {**(tables.get("VBAK", order) or {}), "AEDAT": system.today()})
    system.changed("VERKBELEG", order, actor, UPDATE, "VA02")
    system.record(actor, "update", "sales_order", order, told(tables, order))


def _key(table: str) -> tuple[str, ...]:
    return ("VBELN", "POSNR", *{"VBEP": ("ETENR",), "VBPA": ("PARVW",)}.get(table, ()))


def _lines(params: Mapping[str, Any]) -> Iterator[Line]:
    """Put together what the item's structures say; a row without its X row changes nothing."""
    items, signs = by_position(params.get("ORDER_ITEM_IN")), by_position(params.get("ORDER_ITEM_INX"))
    schedules, dated = by_position(params.get("SCHEDULE_LINES")), by_position(params.get("SCHEDULE_LINESX"))
    prices, priced = by_position(conditions(params.get("CONDITIONS_IN"))), by_position(params.get("CONDITIONS_INX"))
    for position in sorted(signs.keys() | dated.keys() | priced.keys()):
        yield Line(
            position,
            str(signs.get(position, {}).get("UPDATEFLAG", "")).strip().upper(),
            marked(items.get(position, {}), signs.get(position)),
            marked(schedules.get(position, {}), dated.get(position)),
            marked(prices[position], priced.get(position)) if position in prices else None,
        )


def _faults(
    tables: Tables, session: Session, order: str, params: Mapping[str, Any], sign: str, lines: Sequence[Line]
) -> list[Row]:
    """Say what cannot be: no sign, an unknown material or customer, an item that is not there, less than was delivered."""
    if sign not in {UPDATE, DELETE}:
        text = "Enter U or D as update flag of the header"
        return [message("E", "00", "398", text, parameter="ORDER_HEADER_INX", field="UPDATEFLAG")]
    if sign == DELETE and tables.find("VBFA", VBELV=order):
        return [message("E", "V4", "083", f"Order {order} has subsequent documents", order, parameter="SALESDOCUMENT")]
    named = [line.fields for line in lines if line.sign == INSERT or (line.sign == UPDATE and "MATERIAL" in line.fields)]
    faults = item_faults(tables, session, named)
    for place, line in enumerate(lines, start=1):
        fault = _line_fault(tables, order, line, place)
        faults += [fault] if fault is not None else []
    for change in params.get("PARTNERCHANGES") or []:
        fault = customer_fault(tables, session, alpha_in(str(change.get("P_NUMB_NEW", ""))))
        faults += [fault] if fault is not None else []
    return faults


def _line_fault(tables: Tables, order: str, line: Line, place: int) -> Row | None:
    known = tables.get("VBAP", order, line.position)
    if line.sign == INSERT:
        if known is None:
            return None
        text = f"Item {line.position} exists already"
        return message("E", "00", "398", text, line.position, parameter="ORDER_ITEM_IN", row=place)
    if known is None:
        text = f"Item {line.position} does not exist"
        return message("E", "V1", "546", text, line.position, parameter="ORDER_ITEM_IN", row=place)
    delivered = followed(tables, order, line.position, "J")
    asked = number(line.schedule["REQ_QTY"], "REQ_QTY") if "REQ_QTY" in line.schedule else known["KWMENG"]
    if delivered and (line.sign == DELETE or asked < delivered or "MATERIAL" in line.fields):
        text = f"Item {line.position}: {delivered} were delivered already"
        return message("E", "V4", "083", text, line.position, parameter="SCHEDULE_LINES", row=place, field="REQ_QTY")
    return None


def _readable(params: Mapping[str, Any], lines: Sequence[Line]) -> None:
    """Take every number and date in before anything waits for the COMMIT, which cannot fail by them any more."""
    columns(params.get("ORDER_HEADER_IN") or {}, HEAD_FIELDS)
    for line in lines:
        number(line.schedule.get("REQ_QTY") or 0, "REQ_QTY")
        date_in(line.schedule.get("REQ_DATE"), "REQ_DATE")
        price_of(line.price or {}, "")


def _change(system: System, user: str, order: str, params: Mapping[str, Any], lines: Sequence[Line]) -> None:
    tables = system.tables
    before, lived = _snapshot(tables, order), _live(tables, order)
    _change_head(tables, order, params)
    for change in params.get("PARTNERCHANGES") or []:
        _change_partner(tables, order, change)
    for line in lines:
        _SIGNS.get(line.sign, _update)(system, order, line)
    refresh(tables, order)
    if _snapshot(tables, order) != before:
        tables.put("VBAK", {**(tables.get("VBAK", order) or {}), "AEDAT": system.today()})
        system.changed("VERKBELEG", order, user, UPDATE, "VA02")
        verb = "cancel" if lived and not _live(tables, order) else "update"
        system.record(user, verb, "sales_order", order, told(tables, order))


def _live(tables: Tables, order: str) -> bool:
    return any(not row["ABGRU"] for row in tables.find("VBAP", VBELN=order))


def _change_head(tables: Tables, order: str, params: Mapping[str, Any]) -> None:
    wanted = marked(params.get("ORDER_HEADER_IN") or {}, params.get("ORDER_HEADER_INX"))
    head, business = tables.get("VBAK", order) or {}, tables.get("VBKD", order, HEADER) or {}
    changed = {**head, **columns(wanted, HEAD_FIELDS)}
    tables.put("VBAK", changed)
    tables.put("VBKD", {**business, **columns(wanted, BUSINESS_FIELDS)})
    old, new = head["WAERK"], changed["WAERK"]
    for item in tables.find("VBAP", VBELN=order) if old != new else ():
        price = round_amount(shift_out(item["NETPR"], old), new)  # the figure stays, in another currency
        tables.put("VBAP", {**item, "WAERK": new, "NETPR": shift_in(price, new)})


def _change_partner(tables: Tables, order: str, change: Mapping[str, Any]) -> None:
    role, customer = str(change.get("PARTN_ROLE", "")), alpha_in(str(change.get("P_NUMB_NEW", "")))
    tables.put("VBPA", {"VBELN": order, "POSNR": HEADER, "PARVW": role, "KUNNR": customer})
    if role == "AG":
        tables.put("VBAK", {**(tables.get("VBAK", order) or {}), "KUNNR": customer})


def _insert(system: System, order: str, line: Line) -> None:
    put_item(system, order, {**line.fields, "ITM_NUMBER": line.position}, line.schedule, line.price)


def _delete(system: System, order: str, line: Line) -> None:
    for table, key in (("VBAP", ()), ("VBUP", ()), ("VBEP", (FIRST_LINE,))):
        system.tables.delete(table, order, line.position, *key)


def _update(system: System, order: str, line: Line) -> None:
    tables = system.tables
    item = tables.get("VBAP", order, line.position)
    if item is None:
        return  # another line of this change deleted it
    new = columns(line.fields, ITEM_FIELDS)
    if new.get("MATNR", item["MATNR"]) != item["MATNR"]:
        master = tables.get("MARA", new["MATNR"]) or {}
        new = {"ARKTX": material_text(tables, new["MATNR"]), "MATKL": master.get("MATKL", ""), **new}
    quantity = number(line.schedule["REQ_QTY"], "REQ_QTY") if "REQ_QTY" in line.schedule else item["KWMENG"]
    tables.put("VBAP", {**item, **new, **price_of(line.price or {}, item["WAERK"]), "KWMENG": quantity})
    kept = (tables.get("VBEP", order, line.position, FIRST_LINE) or {}).get("EDATU", INITIAL_DATE)
    date = date_in(line.schedule["REQ_DATE"], "REQ_DATE") if "REQ_DATE" in line.schedule else kept
    put_schedule(tables, order, line.position, quantity, date)


_SIGNS: Final[Mapping[str, Callable[[System, str, Line], None]]] = MappingProxyType(
    {INSERT: _insert, UPDATE: _update, DELETE: _delete}
)


def _snapshot(tables: Tables, order: str) -> Sequence[object]:
    return [tables.get("VBAK", order), *(tables.find(name, VBELN=order) for name in ("VBKD", "VBPA", "VBAP", "VBEP"))]


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"BAPI_SALESORDER_CHANGE": bapi_salesorder_change})

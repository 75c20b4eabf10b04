"""BAPI_SALESORDER_CREATEFROMDAT2: what it checks, and the rows of an order that it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.statuses import HEADER, refresh
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import AbapError, FunctionModule, Row, failed, material_number, message, number
from connectors.erp.shared.codecs import INITIAL_DATE, alpha_in, read_date, round_amount, shift_in

PRICE_CONDITION: Final = "PR00"
ROLES: Final = ("AG", "WE", "RE", "RG")
_CREATE: Final = frozenset(
    {
        *("SALESDOCUMENTIN", "ORDER_HEADER_IN", "ORDER_HEADER_INX", "ORDER_ITEMS_IN", "ORDER_ITEMS_INX", "ORDER_PARTNERS"),
        *("ORDER_SCHEDULES_IN", "ORDER_SCHEDULES_INX", "ORDER_CONDITIONS_IN", "ORDER_CONDITIONS_INX", "TESTRUN", "RETURN"),
    }
)
HEAD_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DOC_TYPE": "AUART", "SALES_ORG": "VKORG", "DISTR_CHAN": "VTWEG", "DIVISION": "SPART", "PURCH_NO_C": "BSTNK",
        "REQ_DATE_H": "VDATU", "DOC_DATE": "AUDAT", "CURRENCY": "WAERK",
    }
)  # fmt: skip
BUSINESS_FIELDS: Final[Mapping[str, str]] = MappingProxyType({"REF_1": "IHREZ", "PMNTTRMS": "ZTERM", "PURCH_NO_C": "BSTKD"})
ITEM_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"MATERIAL": "MATNR", "SHORT_TEXT": "ARKTX", "SALES_UNIT": "VRKME", "REASON_REJ": "ABGRU"}
)
_DATES: Final = frozenset({"REQ_DATE_H", "DOC_DATE", "REQ_DATE"})


def bapi_salesorder_createfromdat2(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Create an order at COMMIT; its number is known before."""
    only(params, _CREATE)
    head: Mapping[str, Any] = params.get("ORDER_HEADER_IN") or {}
    items: Sequence[Mapping[str, Any]] = params.get("ORDER_ITEMS_IN") or []
    partners = partners_of(params.get("ORDER_PARTNERS") or [])
    faults = [*_head_faults(system.tables, session, head, partners), *item_faults(system.tables, session, items)]
    if not items:
        faults.append(message("E", "V1", "316", "The sales document has no items", parameter="ORDER_ITEMS_IN"))
    if failed(faults):
        closing = message("E", "V4", "219", "Sales document was not changed")
        return {"SALESDOCUMENT": "", "RETURN": [*faults, closing]}
    if str(params.get("TESTRUN", "")).strip():
        return {"SALESDOCUMENT": "", "RETURN": [message("S", "V4", "233", "Test run: no document was created")]}
    order = system.tables.next_number("order")
    session.staged.setdefault("orders", set()).add(order)
    session.pending.append(lambda: _create(system, session.user, order, params, partners))
    return {"SALESDOCUMENT": order, "RETURN": [message("S", "V1", "311", f"Standard Order {order} has been saved", "", order)]}


def partners_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Take the customers of the header's roles."""
    return {
        str(row.get("PARTN_ROLE", "")).strip(): alpha_in(str(row.get("PARTN_NUMB", "")).strip())
        for row in rows
        if not str(row.get("ITM_NUMBER", "")).strip("0 ")
    }


def customer_fault(tables: Tables, session: Session, customer: str) -> Row | None:
    """Say that there is no such customer, or that orders of it are blocked."""
    known = tables.get("KNA1", customer)
    if known is None and customer not in session.staged.get("customers", ()):
        text = f"Customer {customer} has not been created"
        return message("E", "F2", "003", text, customer, parameter="ORDER_PARTNERS", field="PARTN_NUMB")
    if known is not None and known["AUFSD"]:
        text = f"Customer {customer} is blocked for orders"
        return message("E", "VP", "204", text, customer, parameter="ORDER_PARTNERS", field="PARTN_NUMB")
    return None


def item_faults(tables: Tables, session: Session, items: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Say which items name a material that does not exist."""
    faults = []
    for place, item in enumerate(items, start=1):
        material = material_number(str(item.get("MATERIAL", "")))
        if tables.get("MARA", material) is None and material not in session.staged.get("materials", ()):
            text = f"Material {material} does not exist"
            faults.append(message("E", "V1", "033", text, material, parameter="ORDER_ITEMS_IN", row=place, field="MATERIAL"))
    return faults


def date_in(value: object, name: str) -> str:
    """Take a date in; what is none ends the call as the RFC library does."""
    text = str(value or INITIAL_DATE)
    try:
        day = read_date(text)
    except ValueError as error:
        raise AbapError(22, "RFC_CONVERSION_FAILURE", f"Cannot convert field {name} value {text!r} into a date") from error
    return f"{day:%Y%m%d}" if day else INITIAL_DATE


def columns(given: Mapping[str, Any], fields: Mapping[str, str]) -> Row:
    """Turn a BAPI's fields into a table's."""
    return {
        column: date_in(given[name], name) if name in _DATES else str(given[name] or "")
        for name, column in fields.items()
        if name in given
    }


def price_of(condition: Mapping[str, Any], currency: str) -> Row:
    """Turn a price condition into an item's price."""
    return {
        "NETPR": shift_in(round_amount(number(condition.get("COND_VALUE", 0), "COND_VALUE"), currency), currency),
        "KPEIN": number(condition.get("COND_P_UNT") or 1, "COND_P_UNT"),
        **({"KMEIN": str(condition["COND_UNIT"])} if condition.get("COND_UNIT") else {}),
    }


def put_item(system: System, order: str, given: Mapping[str, Any], schedule: Row, condition: Row | None) -> None:
    """Write a new item with its first schedule line."""
    tables = system.tables
    head = tables.get("VBAK", order) or {}
    currency, position = head["WAERK"], position_of(given)
    material = material_number(str(given.get("MATERIAL", "")))
    master = tables.get("MARA", material) or {}
    text = next((row["MAKTX"] for row in tables.find("MAKT", MATNR=material)), "")
    unit = str(given.get("SALES_UNIT") or master.get("MEINS", ""))
    listed = tables.prices.get(material, {}).get(currency, Decimal(0))
    price = price_of(condition or {"COND_VALUE": listed}, currency)
    quantity = number(schedule.get("REQ_QTY") or given.get("TARGET_QTY") or 0, "REQ_QTY")
    item = {
        "VBELN": order, "POSNR": position, "ARKTX": text, "VRKME": unit, "KMEIN": unit, "WAERK": currency,
        "MATKL": master.get("MATKL", ""), "KWMENG": quantity,
        **{name: value for name, value in columns(given, ITEM_FIELDS).items() if value}, "MATNR": material, **price,
    }  # fmt: skip
    tables.put("VBAP", item)
    date = date_in(schedule.get("REQ_DATE"), "REQ_DATE")
    put_schedule(tables, order, position, quantity, date if date != INITIAL_DATE else head["VDATU"])


def put_schedule(tables: Tables, order: str, position: str, quantity: Decimal, date: str) -> None:
    """Write the one schedule line that an item has."""
    tables.put("VBEP", {"VBELN": order, "POSNR": position, "ETENR": "0001", "EDATU": date, "WMENG": quantity, "BMENG": quantity})


def position_of(given: Mapping[str, Any]) -> str:
    """Give an item's number with its zeros."""
    return str(given.get("ITM_NUMBER", "")).strip().zfill(6)


def by_position(rows: Iterable[Mapping[str, Any]] | None) -> dict[str, Row]:
    """Give the first row of each item."""
    found: dict[str, Row] = {}
    for row in rows or ():
        found.setdefault(position_of(row), dict(row))
    return found


def _head_faults(tables: Tables, session: Session, head: Mapping[str, Any], partners: Mapping[str, str]) -> list[Row]:
    if not head.get("DOC_TYPE"):
        return [message("E", "V1", "021", "Enter an order type", parameter="ORDER_HEADER_IN", field="DOC_TYPE")]
    if "AG" not in partners:
        return [message("E", "V1", "301", "Please enter sold-to party or ship-to party", parameter="ORDER_PARTNERS")]
    faults = (customer_fault(tables, session, customer) for customer in dict.fromkeys(partners.values()))
    return [fault for fault in faults if fault is not None]


def _create(system: System, user: str, order: str, params: Mapping[str, Any], partners: Mapping[str, str]) -> None:
    tables, head = system.tables, params["ORDER_HEADER_IN"]
    sold_to = partners["AG"]
    area = tables.get("KNVV", sold_to, *(str(head.get(name, "")) for name in ("SALES_ORG", "DISTR_CHAN", "DIVISION"))) or {}
    row = {"AUDAT": system.today(), **{name: value for name, value in columns(head, HEAD_FIELDS).items() if value.strip("0")}}
    tables.put(
        "VBAK",
        {
            "WAERK": area.get("WAERS", "EUR"), **row, "VBELN": order, "VBTYP": "C", "KUNNR": sold_to,
            "ERDAT": system.today(), "ERZET": system.time(),
        },
    )  # fmt: skip
    business = {"ZTERM": area.get("ZTERM", ""), **{name: text for name, text in columns(head, BUSINESS_FIELDS).items() if text}}
    tables.put("VBKD", {"VBELN": order, "POSNR": HEADER, **business})
    for role in ROLES:
        tables.put("VBPA", {"VBELN": order, "POSNR": HEADER, "PARVW": role, "KUNNR": partners.get(role, sold_to)})
    schedules, prices = by_position(params.get("ORDER_SCHEDULES_IN")), by_position(_prices(params))
    for place, item in enumerate(params["ORDER_ITEMS_IN"], start=1):
        given = item if str(item.get("ITM_NUMBER", "")).strip("0 ") else {**item, "ITM_NUMBER": str(10 * place)}
        position = position_of(given)
        put_item(system, order, given, schedules.get(position, {}), prices.get(position))
    refresh(tables, order)
    system.record(user, "create", "sales_order", order, told(tables, order))


def _prices(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in params.get("ORDER_CONDITIONS_IN") or () if row.get("COND_TYPE") == PRICE_CONDITION]


def told(tables: Tables, order: str) -> Row:
    """Say what the journal keeps of an order."""
    head = tables.get("VBAK", order) or {}
    items = {
        row["POSNR"]: f"{row['MATNR']} {row['KWMENG']} {row['NETWR']} {row['ABGRU']}" for row in tables.find("VBAP", VBELN=order)
    }
    return {name: str(head[name]) for name in ("BSTNK", "KUNNR", "WAERK", "NETWR")} | items


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType(
    {"BAPI_SALESORDER_CREATEFROMDAT2": bapi_salesorder_createfromdat2}
)

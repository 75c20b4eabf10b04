"""BAPI_SALESORDER_CREATEFROMDAT2: what it checks, and the rows of an order that it leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.statuses import HEADER, refresh
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import (
    AbapError,
    FunctionModule,
    Row,
    flagged,
    language,
    material_number,
    message,
    number,
)
from connectors.erp.shared.codecs import INITIAL_DATE, alpha_in, read_date, round_amount, shift_in

PRICE_CONDITION: Final = "PR00"
ROLES: Final = ("AG", "WE", "RE", "RG")
FIRST_LINE: Final = "0001"
NOT_CHANGED: Final = ("E", "V4", "219", "Sales document was not changed")
_CREATE: Final = frozenset(
    {
        *("SALESDOCUMENTIN", "ORDER_HEADER_IN", "ORDER_HEADER_INX", "ORDER_ITEMS_IN", "ORDER_ITEMS_INX", "ORDER_PARTNERS"),
        *("ORDER_SCHEDULES_IN", "ORDER_SCHEDULES_INX", "ORDER_CONDITIONS_IN", "ORDER_CONDITIONS_INX", "TESTRUN", "RETURN"),
    }
)
ORGANISATION: Final[Mapping[str, str]] = MappingProxyType(
    {"DOC_TYPE": "AUART", "SALES_ORG": "VKORG", "DISTR_CHAN": "VTWEG", "DIVISION": "SPART"}
)
"""What an order is born with and keeps."""
HEAD_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"PURCH_NO_C": "BSTNK", "REQ_DATE_H": "VDATU", "DOC_DATE": "AUDAT", "CURRENCY": "WAERK"}
)
BUSINESS_FIELDS: Final[Mapping[str, str]] = MappingProxyType({"REF_1": "IHREZ", "PMNTTRMS": "ZTERM", "PURCH_NO_C": "BSTKD"})
ITEM_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"MATERIAL": "MATNR", "SHORT_TEXT": "ARKTX", "SALES_UNIT": "VRKME", "REASON_REJ": "ABGRU"}
)
_DATES: Final = frozenset({"REQ_DATE_H", "DOC_DATE", "REQ_DATE"})
_KEYS: Final = frozenset({"ITM_NUMBER", "SCHED_LINE", "COND_TYPE"})


@dataclass(frozen=True, slots=True)
class Document:
    """An order as the BAPI was given it: only what its X structures flag, and items with their numbers."""

    head: Row
    partners: Mapping[str, str]
    items: Sequence[Row]
    schedules: Mapping[str, Row]
    prices: Mapping[str, Row]


def bapi_salesorder_createfromdat2(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Create an order at COMMIT; its number is known before."""
    only(params, _CREATE)
    document = _taken(params)
    faults = [*_head_faults(system.tables, session, document), *item_faults(system.tables, session, document.items)]
    faults += _doubled(document.items)
    if faults:
        return {"SALESDOCUMENT": "", "RETURN": [*faults, message(*NOT_CHANGED)]}
    _readable(document)
    if str(params.get("TESTRUN", "")).strip():
        return {"SALESDOCUMENT": "", "RETURN": [message("S", "V4", "233", "Test run: no document was created")]}
    order = system.tables.next_number("order")
    session.pending.append(lambda: _create(system, session.user, order, document))
    return {"SALESDOCUMENT": order, "RETURN": [message("S", "V1", "311", f"Standard Order {order} has been saved", "", order)]}


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


def item_faults(tables: Tables, session: Session, items: Iterable[Mapping[str, Any]]) -> list[Row]:
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
    found: Row = {}
    for name, column in fields.items():
        if name in given:
            found[column] = date_in(given[name], name) if name in _DATES else str(given[name] or "")
    if "MATNR" in found:
        found["MATNR"] = material_number(found["MATNR"])
    return found


def price_of(condition: Mapping[str, Any], currency: str) -> Row:
    """Turn what a price condition says into columns of an item; an amount has no more decimals than its currency."""
    price: Row = {}
    if "COND_VALUE" in condition:
        amount = round_amount(number(condition["COND_VALUE"], "COND_VALUE"), currency)
        price["NETPR"] = shift_in(amount, currency)
    if "COND_P_UNT" in condition:
        price["KPEIN"] = number(condition["COND_P_UNT"], "COND_P_UNT") or Decimal(1)
    if condition.get("COND_UNIT"):
        price["KMEIN"] = str(condition["COND_UNIT"])
    return price


def put_item(system: System, order: str, given: Mapping[str, Any], schedule: Row, condition: Row | None) -> None:
    """Write a new item with its one schedule line; without a condition it has the price that the list has for it."""
    tables = system.tables
    head = tables.get("VBAK", order) or {}
    currency, position = head["WAERK"], position_of(given)
    fields = {column: text for column, text in columns(given, ITEM_FIELDS).items() if text}
    material = fields["MATNR"]
    master = tables.get("MARA", material) or {}
    unit = fields.get("VRKME") or master.get("MEINS", "")
    listed = tables.prices.get(material, {}).get(currency, Decimal(0))
    price = {"NETPR": Decimal(0), "KPEIN": Decimal(1), "KMEIN": unit}
    price |= price_of({"COND_VALUE": listed} if condition is None else condition, currency)
    quantity = number(schedule.get("REQ_QTY") or 0, "REQ_QTY")
    tables.put(
        "VBAP",
        {
            "ARKTX": material_text(tables, material), "VRKME": unit, "MATKL": master.get("MATKL", ""), **fields,
            "VBELN": order, "POSNR": position, "WAERK": currency, "KWMENG": quantity, **price,
        },
    )  # fmt: skip
    date = date_in(schedule.get("REQ_DATE"), "REQ_DATE")
    put_schedule(tables, order, position, quantity, date if date != INITIAL_DATE else head["VDATU"])


def put_schedule(tables: Tables, order: str, position: str, quantity: Decimal, date: str) -> None:
    """Write the one schedule line that an item has; there is always stock, so all of it is confirmed."""
    key = {"VBELN": order, "POSNR": position, "ETENR": FIRST_LINE}
    tables.put("VBEP", {**key, "EDATU": date, "WMENG": quantity, "BMENG": quantity})


def material_text(tables: Tables, material: str) -> str:
    """Give a material's text: the English one, else the first that there is."""
    texts = {row["SPRAS"]: row["MAKTX"] for row in tables.find("MAKT", MATNR=material)}
    return str(texts.get(language("EN")) or next(iter(texts.values()), ""))


def position_of(given: Mapping[str, Any]) -> str:
    """Give an item's number with its zeros."""
    return str(given.get("ITM_NUMBER", "")).strip().zfill(6)


def by_position(rows: Iterable[Mapping[str, Any]] | None) -> dict[str, Row]:
    """Give the first row of each item."""
    found: dict[str, Row] = {}
    for row in rows or ():
        found.setdefault(position_of(row), dict(row))
    return found


def conditions(rows: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """Leave out what is no price."""
    return [row for row in rows or () if row.get("COND_TYPE") == PRICE_CONDITION]


def marked(given: Mapping[str, Any], flags: Mapping[str, Any] | None) -> Row:
    """Give the fields of a row that its X structure flags, and its key."""
    return {name: value for name, value in given.items() if name in _KEYS or flagged(flags or {}, name)}


def told(tables: Tables, order: str) -> Row:
    """Say what the journal keeps of an order."""
    head = tables.get("VBAK", order) or {}
    business = tables.get("VBKD", order, HEADER) or {}
    dates = {row["POSNR"]: row["EDATU"] for row in tables.find("VBEP", VBELN=order)}
    items = {
        row["POSNR"]: f"{row['MATNR']} {row['KWMENG']} {row['VRKME']} {row['NETWR']} {dates.get(row['POSNR'], '')} {row['ABGRU']}"
        for row in tables.find("VBAP", VBELN=order)
    }
    named = {name: str(head[name]) for name in ("BSTNK", "KUNNR", "WAERK", "NETWR", "VDATU", "AUDAT")}
    partners = {row["PARVW"]: row["KUNNR"] for row in tables.find("VBPA", VBELN=order)}
    return named | {name: business.get(name, "") for name in ("IHREZ", "ZTERM")} | partners | items


def _taken(params: Mapping[str, Any]) -> Document:
    """Take the parameters as SAP does: where there is an X structure it counts, else all that is given does."""
    head, flags = params.get("ORDER_HEADER_IN") or {}, params.get("ORDER_HEADER_INX") or {}
    items = [
        row if str(row.get("ITM_NUMBER", "")).strip("0 ") else {**row, "ITM_NUMBER": f"{10 * place:06d}"}
        for place, row in enumerate(params.get("ORDER_ITEMS_IN") or (), start=1)
    ]
    return Document(
        head=marked(head, flags) if flags else dict(head),
        partners={
            str(row.get("PARTN_ROLE", "")).strip(): alpha_in(str(row.get("PARTN_NUMB", "")).strip())
            for row in params.get("ORDER_PARTNERS") or ()
            if not str(row.get("ITM_NUMBER", "")).strip("0 ")
        },
        items=_flagged(items, params.get("ORDER_ITEMS_INX")),
        schedules=by_position(_flagged(params.get("ORDER_SCHEDULES_IN"), params.get("ORDER_SCHEDULES_INX"))),
        prices=by_position(_flagged(conditions(params.get("ORDER_CONDITIONS_IN")), params.get("ORDER_CONDITIONS_INX"))),
    )


def _flagged(rows: Iterable[Mapping[str, Any]] | None, flags: Iterable[Mapping[str, Any]] | None) -> list[Row]:
    known = by_position(flags)
    return [marked(row, known.get(position_of(row))) if known else dict(row) for row in rows or ()]


def _head_faults(tables: Tables, session: Session, document: Document) -> list[Row]:
    if not document.head.get("DOC_TYPE"):
        return [message("E", "V1", "021", "Enter an order type", parameter="ORDER_HEADER_IN", field="DOC_TYPE")]
    if "AG" not in document.partners:
        return [message("E", "V1", "301", "Please enter sold-to party or ship-to party", parameter="ORDER_PARTNERS")]
    if not document.items:
        return [message("E", "V1", "316", "The sales document has no items", parameter="ORDER_ITEMS_IN")]
    faults = [customer_fault(tables, session, customer) for customer in dict.fromkeys(document.partners.values())]
    return [fault for fault in faults if fault is not None] or _area_fault(tables, document)


def _area_fault(tables: Tables, document: Document) -> list[Row]:
    """Say that the customer does not buy where the order is to be sold."""
    sold_to, area = document.partners["AG"], _area(document.head)
    if tables.get("KNA1", sold_to) is None or tables.get("KNVV", sold_to, *area) is not None:
        return []
    text = f"Sold-to party {sold_to} not maintained for sales area {' '.join(area)}"
    return [message("E", "V1", "384", text, sold_to, *area, parameter="ORDER_PARTNERS", field="PARTN_NUMB")]


def _doubled(items: Iterable[Row]) -> list[Row]:
    """Say which items come twice."""
    met = Counter(position_of(item) for item in items)
    return [
        message("E", "00", "398", f"Item {position} is given twice", position, parameter="ORDER_ITEMS_IN", field="ITM_NUMBER")
        for position, count in met.items()
        if count > 1
    ]


def _readable(document: Document) -> None:
    """Take every number and date in before anything waits for the COMMIT, which cannot fail by them any more."""
    columns(document.head, HEAD_FIELDS)
    for line in document.schedules.values():
        number(line.get("REQ_QTY") or 0, "REQ_QTY")
        date_in(line.get("REQ_DATE"), "REQ_DATE")
    for price in document.prices.values():
        price_of(price, str(document.head.get("CURRENCY", "")))


def _area(head: Mapping[str, Any]) -> list[str]:
    return [str(head.get(name) or "") for name in ("SALES_ORG", "DISTR_CHAN", "DIVISION")]


def _create(system: System, user: str, order: str, document: Document) -> None:
    tables, head, sold_to = system.tables, document.head, document.partners["AG"]
    area = tables.get("KNVV", sold_to, *_area(head)) or {}
    given = {name: value for name, value in columns(head, HEAD_FIELDS).items() if value not in {"", INITIAL_DATE}}
    tables.put(
        "VBAK",
        {
            "WAERK": area.get("WAERS", ""), "AUDAT": system.today(), **columns(head, ORGANISATION), **given, "VBELN": order,
            "VBTYP": "C", "KUNNR": sold_to, "ERDAT": system.today(), "ERZET": system.time(),
        },
    )  # fmt: skip
    business = {name: text for name, text in columns(head, BUSINESS_FIELDS).items() if text}
    tables.put("VBKD", {"ZTERM": area.get("ZTERM", ""), "INCO1": area.get("INCO1", ""), **business, "VBELN": order})
    for role in ROLES:
        tables.put("VBPA", {"VBELN": order, "POSNR": HEADER, "PARVW": role, "KUNNR": document.partners.get(role, sold_to)})
    for item in document.items:
        position = position_of(item)
        put_item(system, order, item, document.schedules.get(position, {}), document.prices.get(position))
    refresh(tables, order)
    system.record(user, "create", "sales_order", order, told(tables, order))


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType(
    {"BAPI_SALESORDER_CREATEFROMDAT2": bapi_salesorder_createfromdat2}
)

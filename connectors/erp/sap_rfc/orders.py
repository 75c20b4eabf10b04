"""Writing sales orders by BAPI_SALESORDER_CREATEFROMDAT2 and BAPI_SALESORDER_CHANGE.

A BAPI takes the fields that its X structures flag. Quantities belong to schedule lines, prices to conditions, customers to
partner roles: the tables below say which field goes where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit
from connectors.erp.sap_rfc.customers import day, plain
from ltc.core.contract import Outcome, Verb, WriteResult

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Journal, Raw, WriteItem

CREATE: Final = "BAPI_SALESORDER_CREATEFROMDAT2"
CHANGE: Final = "BAPI_SALESORDER_CHANGE"
HEADER: Final = MappingProxyType(
    {
        "AUART": "DOC_TYPE",
        "VKORG": "SALES_ORG",
        "VTWEG": "DISTR_CHAN",
        "SPART": "DIVISION",
        "BSTNK": "PURCH_NO_C",
        "IHREZ": "REF_1",
        "VDATU": "REQ_DATE_H",
        "AUDAT": "DOC_DATE",
        "WAERK": "CURRENCY",
        "ZTERM": "PMNTTRMS",
    }
)
PARTNERS: Final = MappingProxyType({"KUNNR": "AG", "KUNWE": "WE", "KUNRE": "RE", "KUNRG": "RG"})
ITEM: Final = MappingProxyType({"MATNR": "MATERIAL", "ARKTX": "SHORT_TEXT", "VRKME": "SALES_UNIT", "ABGRU": "REASON_REJ"})
SCHEDULE: Final = MappingProxyType({"KWMENG": "REQ_QTY", "EDATU": "REQ_DATE"})
PRICE: Final = MappingProxyType({"NETPR": "COND_VALUE", "KPEIN": "COND_P_UNT", "KMEIN": "COND_UNIT"})
DAYS: Final = frozenset({"VDATU", "AUDAT", "EDATU"})
REJECTED: Final = "ABGRU"


def write(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    """Create an order, change one, or reject all of its items."""
    if item.verb is Verb.CREATE:
        answer, refusal = attempt(session, item, CREATE, **creation(item, settings))
        if refusal is not None:
            return refusal
        return commit(session, item, journal, str(answer["SALESDOCUMENT"]), Outcome.CREATED)
    fields = rejection(item, settings) if item.verb is Verb.CANCEL else item.fields
    params = amendment(item, fields, settings)
    if params is None:
        return WriteResult(item.key, Outcome.UNCHANGED, item.id)
    _, refusal = attempt(session, item, CHANGE, **params)
    return refusal if refusal is not None else commit(session, item, journal, item.id, Outcome.UPDATED)


def creation(item: WriteItem, settings: SapSettings) -> dict[str, Any]:
    """Write the parameters that create an order."""
    fields = item.fields
    organisation = {
        "AUART": settings.order_type,
        "VKORG": settings.sales_org,
        "VTWEG": settings.channel,
        "SPART": settings.division,
        settings.order_reference: item.short_key,
    }
    head = {HEADER[name]: _text(name, value) for name, value in {**fields, **organisation}.items() if name in HEADER and value}
    rows = [row for row in fields.get("VBAP") or () if row.get("_row") != "delete"]
    currency = str(fields.get("WAERK") or "")
    return {
        "ORDER_HEADER_IN": head,
        "ORDER_HEADER_INX": {"UPDATEFLAG": "I", **dict.fromkeys(head, "X")},
        "ORDER_PARTNERS": _partners(fields),
        "ORDER_ITEMS_IN": [_item(row, settings) for row in rows],
        "ORDER_ITEMS_INX": [_flags(_item(row, settings), "I") for row in rows],
        "ORDER_SCHEDULES_IN": [_schedule(row, fields) for row in rows],
        "ORDER_SCHEDULES_INX": [_flags(_schedule(row, fields), "I") for row in rows],
        "ORDER_CONDITIONS_IN": [_price(row, currency, settings) for row in rows if row.get("NETPR") is not None],
        "ORDER_CONDITIONS_INX": [_flags(_price(row, currency, settings), "I") for row in rows if row.get("NETPR") is not None],
    }


def amendment(item: WriteItem, fields: Mapping[str, Any], settings: SapSettings) -> dict[str, Any] | None:
    """Write the parameters that change an order: what has changed and nothing else; None if that is nothing."""
    before = item.before or {}
    known = {str(row.get("POSNR")): row for row in before.get("VBAP") or ()}
    currency = str(fields.get("WAERK") or before.get("WAERK") or "")
    head = {HEADER[name]: _text(name, value) for name, value in fields.items() if name in HEADER}
    roles = [name for name in PARTNERS if name in fields]
    rows = [(row, _sign(row, known)) for row in fields.get("VBAP") or ()]
    if not (head or roles or rows):
        return None
    items = [_marked(row, sign, settings) for row, sign in rows]
    dated = [(row, sign) for row, sign in rows if sign != "D" and (sign == "I" or SCHEDULE.keys() & row.keys())]
    schedules = [
        (_schedule(row, {}) if sign == "I" else _changed(row, SCHEDULE) | {"SCHED_LINE": "0001"}, sign) for row, sign in dated
    ]
    priced = [(row, sign) for row, sign in rows if sign != "D" and PRICE.keys() & row.keys()]
    prices = [(_price({**known.get(str(row["POSNR"]), {}), **row}, currency, settings), sign) for row, sign in priced]
    return {
        "SALESDOCUMENT": item.id,
        "ORDER_HEADER_IN": head,
        "ORDER_HEADER_INX": {"UPDATEFLAG": "U", **dict.fromkeys(head, "X")},
        "ORDER_ITEM_IN": [values for values, _ in items],
        "ORDER_ITEM_INX": [_flags(values, sign) for values, sign in items],
        "SCHEDULE_LINES": [values for values, _ in schedules],
        "SCHEDULE_LINESX": [_flags(values, sign) for values, sign in schedules],
        "CONDITIONS_IN": [values for values, _ in prices],
        "CONDITIONS_INX": [_flags(values, sign) for values, sign in prices],
        "PARTNERCHANGES": [
            {
                "DOCUMENT": item.id,
                "ITM_NUMBER": "000000",
                "UPDATEFLAG": "U",
                "PARTN_ROLE": PARTNERS[name],
                "P_NUMB_OLD": str(before.get(name) or ""),
                "P_NUMB_NEW": str(fields[name] or ""),
            }
            for name in roles
        ],
    }


def rejection(item: WriteItem, settings: SapSettings) -> Raw:
    """Reject every item that is not rejected yet."""
    rows = (item.before or {}).get("VBAP") or ()
    return {
        "VBAP": [
            {"_row": "update", "POSNR": row["POSNR"], REJECTED: settings.rejection_reason}
            for row in rows
            if not row.get(REJECTED)
        ]
    }


def _sign(row: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Give the BAPI's letter for what happens to a row."""
    stated = {"insert": "I", "update": "U", "delete": "D"}.get(str(row.get("_row", "")), "")
    return stated or ("U" if str(row.get("POSNR")) in known else "I")


def _marked(row: Mapping[str, Any], sign: str, settings: SapSettings) -> tuple[dict[str, Any], str]:
    if sign == "I":
        return _item(row, settings), sign
    return (_changed(row, ITEM) if sign == "U" else _place(row)), sign


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"ITM_NUMBER": str(row["POSNR"]).zfill(6)}


def _changed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return _place(row) | {names[name]: _text(name, value) for name, value in row.items() if name in names}


def _item(row: Mapping[str, Any], settings: SapSettings) -> dict[str, Any]:
    values = _changed({name: value for name, value in row.items() if value is not None}, ITEM)
    quantity = {"TARGET_QTY": row["KWMENG"]} if row.get("KWMENG") is not None else {}
    return values | quantity | ({"PLANT": settings.plant} if settings.plant else {})


def _schedule(row: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    date = row.get("EDATU") or head.get("VDATU")
    return {
        **_place(row),
        "SCHED_LINE": "0001",
        "REQ_QTY": row.get("KWMENG") or Decimal(0),
        **({"REQ_DATE": str(date)} if date else {}),
    }


def _price(row: Mapping[str, Any], currency: str, settings: SapSettings) -> dict[str, Any]:
    unit = row.get("KMEIN") or row.get("VRKME")
    return {
        **_place(row),
        "COND_TYPE": settings.condition_type,
        "COND_VALUE": row.get("NETPR") or Decimal(0),
        "CURRENCY": currency,
        "COND_P_UNT": row.get("KPEIN") or Decimal(1),
        **({"COND_UNIT": unit} if unit else {}),
    }


def _flags(values: Mapping[str, Any], sign: str) -> dict[str, Any]:
    """Flag what is given; keys are repeated, not flagged."""
    keys = {name: values[name] for name in ("ITM_NUMBER", "SCHED_LINE", "COND_TYPE") if name in values}
    return {**keys, "UPDATEFLAG": sign, **{name: "X" for name in values if name not in keys}}


def _partners(fields: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    return [{"PARTN_ROLE": role, "PARTN_NUMB": str(fields[name])} for name, role in PARTNERS.items() if fields.get(name)]


def _text(name: str, value: Any) -> Any:
    return day(value) if name in DAYS else plain(value)

"""Writing sales orders by BAPI_SALESORDER_CREATEFROMDAT2 and BAPI_SALESORDER_CHANGE.

A BAPI takes the fields that its X structures flag. Quantities belong to schedule lines, prices to conditions, customers to
partner roles: the tables below say which field goes where.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit, refused
from connectors.erp.sap_rfc.mock_sap import item_value, order_fault
from connectors.erp.sap_rfc.parameters import parameter, position
from connectors.erp.sap_rfc.table_reader import TableReader
from ltc.core.contract import Outcome, Verb, WriteResult
from ltc.core.errors import Rejected

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
SOLD_TO: Final = "KUNNR"
PARTNERS: Final = MappingProxyType({SOLD_TO: "AG", "KUNWE": "WE", "KUNRE": "RE", "KUNRG": "RG"})
ITEM: Final = MappingProxyType({"MATNR": "MATERIAL", "ARKTX": "SHORT_TEXT", "VRKME": "SALES_UNIT", "ABGRU": "REASON_REJ"})
SCHEDULE: Final = MappingProxyType({"KWMENG": "REQ_QTY", "EDATU": "REQ_DATE"})
PRICE: Final = MappingProxyType({"NETPR": "COND_VALUE", "KPEIN": "COND_P_UNT", "KMEIN": "COND_UNIT"})
REJECTED: Final = "ABGRU"
FIRST_LINE: Final = MappingProxyType({"SCHED_LINE": "0001"})
_KEYS: Final = ("ITM_NUMBER", "SCHED_LINE", "COND_TYPE")


def write(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    """Create an order, change one, or reject all of its items that are open."""
    fault = _fault(item, settings)
    if fault is not None:
        return refused(item, fault)
    if item.verb is not Verb.CREATE:
        return _change(session, settings, item, journal)
    answer, refusal = attempt(session, item, CREATE, **creation(item, settings))
    if refusal is not None:
        return refusal
    return commit(session, item, journal, str(answer.get("SALESDOCUMENT") or ""), Outcome.CREATED)


def _change(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    fields = item.fields
    if item.verb is Verb.CANCEL:
        found = still_open(session, item.id)
        if isinstance(found, Rejected):
            return refused(item, found)
        fields = {"VBAP": [{"_row": "update", "POSNR": number, REJECTED: settings.rejection_reason} for number in found]}
    params = amendment(item, fields, settings)
    if params is None:
        return WriteResult(item.key, Outcome.UNCHANGED, item.id)
    _, refusal = attempt(session, item, CHANGE, **params)
    return refusal if refusal is not None else commit(session, item, journal, item.id, Outcome.UPDATED)


def still_open(session: Session, number: str) -> list[str] | Rejected:
    """Ask SAP which items of an order are neither rejected nor delivered: somebody may have added one just now."""
    tables = TableReader(session)
    rows = tables.by("VBAP", "VBELN", [number], ["POSNR", REJECTED]).get(number, [])
    if not rows:
        text = f"SAP has no order {number} with items."
        return Rejected(text, remedy="It was deleted or archived: look it up in SAP by its number.", code="sap.no_items")
    states = {row["POSNR"]: row["LFSTA"] for row in tables.by("VBUP", "VBELN", [number], ["POSNR", "LFSTA"]).get(number, [])}
    standing = [str(row["POSNR"]) for row in rows if not row[REJECTED]]
    found = [item for item in standing if states.get(item) != "C"]
    if standing and not found:
        return Rejected(
            f"All items of order {number} that stand were delivered: there is nothing left to cancel.",
            remedy="Let the goods be returned and credited in SAP.",
            code="sap.delivered",
        )
    return found


def _fault(item: WriteItem, settings: SapSettings) -> Rejected | None:
    """Say what must not be asked of SAP: an item without a quantity, or to take an agreed price away."""
    known = known_items(item)
    for row in item.fields.get("VBAP") or ():
        sign = "I" if item.verb is Verb.CREATE else _sign(row, known)
        if sign == "D":
            continue
        place = f"Item {row.get('POSNR')}"
        if row.get("KWMENG") is None and (sign == "I" or "KWMENG" in row):
            text = f"{place} has no quantity."
            return Rejected(text, field="KWMENG", remedy="Give it a quantity, or remove the item.", code="sap.no_quantity")
        if sign == "U" and PRICE.keys() & row.keys() and _priced(row, known).get("NETPR") is None:
            text = f"{place} has no price any more."
            return Rejected(text, field="NETPR", remedy="Give it a price; zero for what is free.", code="sap.no_price")
    return order_fault(item) if settings.tables == "mock_sap" else None


def creation(item: WriteItem, settings: SapSettings) -> dict[str, Any]:
    """Write the parameters that create an order."""
    fields = item.fields
    organisation = {
        "AUART": settings.order_type,
        "VKORG": settings.sales_org,
        "VTWEG": settings.channel,
        "SPART": settings.division,
    }
    given = {name: value for name, value in fields.items() if name in HEADER and value}
    head = _renamed({**organisation, **given, settings.order_reference: item.short_key}, HEADER)
    rows = [row for row in fields.get("VBAP") or () if row.get("_row") != "delete"]
    currency = str(fields.get("WAERK") or "")
    items = [_item(row, settings) for row in rows]
    if settings.tables == "mock_sap":
        items = [values | {"COND_VALUE": item_value(row, currency)} for values, row in zip(items, rows, strict=True)]
    schedules = [_schedule(row) for row in rows]
    prices = [_price(row, currency, settings) for row in rows if row.get("NETPR") is not None]
    return {
        "ORDER_HEADER_IN": head,
        "ORDER_HEADER_INX": {"UPDATEFLAG": "I", **dict.fromkeys(head, "X")},
        "ORDER_PARTNERS": [
            {"PARTN_ROLE": role, "PARTN_NUMB": str(fields[name])} for name, role in PARTNERS.items() if fields.get(name)
        ],
        "ORDER_ITEMS_IN": items,
        "ORDER_ITEMS_INX": [_flags(values, "I") for values in items],
        "ORDER_SCHEDULES_IN": schedules,
        "ORDER_SCHEDULES_INX": [_flags(values, "I") for values in schedules],
        "ORDER_CONDITIONS_IN": prices,
        "ORDER_CONDITIONS_INX": [_flags(values, "I") for values in prices],
    }


def amendment(item: WriteItem, fields: Mapping[str, Any], settings: SapSettings) -> dict[str, Any] | None:
    """Write the parameters that change an order: what has changed and nothing else; None if that is nothing.

    The field that carries the hub's key keeps it.
    """
    before, known = item.before or {}, known_items(item)
    currency = str(fields.get("WAERK") or before.get("WAERK") or "")
    head = _renamed({name: value for name, value in fields.items() if name != settings.order_reference}, HEADER)
    partners = _partner_changes(item.id, fields, before)
    rows = [(row, _sign(row, known)) for row in fields.get("VBAP") or ()]
    if not (head or partners or rows):
        return None
    items = [(_changed_item(row, sign, settings), sign) for row, sign in rows]
    schedules = [
        (_schedule(row) if sign == "I" else _place(row) | FIRST_LINE | _renamed(row, SCHEDULE), sign)
        for row, sign in rows
        if sign == "I" or (sign == "U" and SCHEDULE.keys() & row.keys())
    ]
    prices = [
        (_price(_priced(row, known) if sign == "U" else row, currency, settings), sign)
        for row, sign in rows
        if (sign == "I" and row.get("NETPR") is not None) or (sign == "U" and PRICE.keys() & row.keys())
    ]
    return {
        "SALESDOCUMENT": item.id,
        "ORDER_HEADER_IN": head,
        "ORDER_HEADER_INX": {"UPDATEFLAG": "U", **dict.fromkeys(head, "X")},
        "LOGIC_SWITCH": {"COND_HANDL": "X"},  # change a condition that is there instead of adding one
        "ORDER_ITEM_IN": [values for values, _ in items],
        "ORDER_ITEM_INX": [_flags(values, sign) for values, sign in items],
        "SCHEDULE_LINES": [values for values, _ in schedules],
        "SCHEDULE_LINESX": [_flags(values, sign) for values, sign in schedules],
        "CONDITIONS_IN": [values for values, _ in prices],
        "CONDITIONS_INX": [_flags(values, sign) for values, sign in prices],
        "PARTNERCHANGES": partners,
    }


def known_items(item: WriteItem) -> dict[str, Raw]:
    """Give the items that an order had when it was last seen."""
    return {str(row.get("POSNR")): row for row in (item.before or {}).get("VBAP") or ()}


def _priced(row: Mapping[str, Any], known: Mapping[str, Raw]) -> Raw:
    """Complete a changed row by what it was: a price is said whole, also if only its unit changes."""
    return {**known.get(str(row.get("POSNR")), {}), **row}


def _partner_changes(number: str, fields: Mapping[str, Any], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Change roles; one that is emptied falls back to the sold-to party, as SAP itself fills it."""
    sold_to = fields.get(SOLD_TO) or before.get(SOLD_TO)
    return [
        {
            "DOCUMENT": number,
            "ITM_NUMBER": "000000",
            "UPDATEFLAG": "U",
            "PARTN_ROLE": role,
            "P_NUMB_OLD": str(before.get(name) or ""),
            "P_NUMB_NEW": str(fields[name] or sold_to or ""),
        }
        for name, role in PARTNERS.items()
        if name in fields
    ]


def _sign(row: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Give the BAPI's letter for what happens to a row."""
    stated = {"insert": "I", "update": "U", "delete": "D"}.get(str(row.get("_row", "")), "")
    return stated or ("U" if str(row.get("POSNR")) in known else "I")


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"ITM_NUMBER": position(row)}


def _changed_item(row: Mapping[str, Any], sign: str, settings: SapSettings) -> dict[str, Any]:
    if sign == "I":
        return _item(row, settings)
    return _place(row) | (_renamed(row, ITEM) if sign == "U" else {})


def _item(row: Mapping[str, Any], settings: SapSettings) -> dict[str, Any]:
    given = {name: value for name, value in row.items() if value is not None}
    quantity = {"TARGET_QTY": parameter("KWMENG", row.get("KWMENG"))}
    return _place(row) | _renamed(given, ITEM) | quantity | ({"PLANT": settings.plant} if settings.plant else {})


def _schedule(row: Mapping[str, Any]) -> dict[str, Any]:
    """Say how much of an item, and when; without a date SAP takes the order's."""
    date = {"REQ_DATE": parameter("EDATU", row["EDATU"])} if row.get("EDATU") else {}
    return _place(row) | FIRST_LINE | {"REQ_QTY": parameter("KWMENG", row.get("KWMENG"))} | date


def _price(row: Mapping[str, Any], currency: str, settings: SapSettings) -> dict[str, Any]:
    unit = row.get("KMEIN") or row.get("VRKME")
    return {
        **_place(row),
        "COND_TYPE": settings.condition_type,
        "COND_VALUE": parameter("NETPR", row.get("NETPR")),
        "COND_P_UNT": parameter("KPEIN", row.get("KPEIN") or 1),
        **({"CURRENCY": currency} if currency else {}),
        **({"COND_UNIT": unit} if unit else {}),
    }


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names[name]: parameter(name, value) for name, value in fields.items() if name in names}


def _flags(values: Mapping[str, Any], sign: str) -> dict[str, Any]:
    """Flag what is given; keys are repeated, not flagged."""
    keys = {name: values[name] for name in _KEYS if name in values}
    return {**keys, "UPDATEFLAG": sign, **{name: "X" for name in values if name not in keys}}

"""Billing: invoices for deliveries, credit memos for invoices, and cancellations, each with its document in accounting.

There is no tax here: a deal's amount, its order's and its invoices' are the same to the last minor unit. What an item's
deliveries are invoiced at adds up to the item's value, however it is split.
"""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from connectors.erp.sap_rfc.backend.clearing import invoice_item, move, open_amount
from connectors.erp.sap_rfc.backend.statuses import (
    COMPLETE,
    CREDIT_MEMO,
    CREDIT_MEMO_CANCELLED,
    DELIVERY,
    HEADER,
    INVOICE,
    INVOICE_CANCELLED,
    ORDER,
    invoiced,
    refresh,
    refresh_delivery,
    value_of,
)
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import Row
from connectors.erp.shared.codecs import shift_in, shift_out

TYPES: Final = MappingProxyType({INVOICE: "F2", CREDIT_MEMO: "G2", INVOICE_CANCELLED: "S1", CREDIT_MEMO_CANCELLED: "S2"})
_OBJECTS: Final = MappingProxyType({INVOICE: "billing_document", CREDIT_MEMO: "credit_memo"})
_CANCELLED_BY: Final = MappingProxyType({INVOICE: INVOICE_CANCELLED, CREDIT_MEMO: CREDIT_MEMO_CANCELLED})
_DEBITS: Final = frozenset({INVOICE, CREDIT_MEMO_CANCELLED})


def bill(system: System, delivery: str, actor: str) -> str:
    """Bill a delivery and give the invoice's number."""
    tables = system.tables
    items = tables.find("LIPS", VBELN=delivery)
    if not items:
        raise ValueError(f"There is no delivery {delivery}.")
    if (tables.get("VBUK", delivery) or {})["WBSTK"] != COMPLETE:
        raise ValueError(f"The goods of delivery {delivery} have not been issued.")
    if is_billed(tables, delivery):
        raise ValueError(f"Delivery {delivery} is billed already.")
    order = items[0]["VGBEL"]
    head = tables.get("VBAK", order) or {}
    lines = [
        {
            **{name: item[name] for name in ("POSNR", "MATNR", "ARKTX", "VRKME")},
            "FKIMG": item["LFIMG"],
            "NETWR": shift_in(_share(tables, order, item["VGPOS"], item["LFIMG"], head["WAERK"]), head["WAERK"]),
            "AUBEL": order, "AUPOS": item["VGPOS"], "VGBEL": delivery, "VGPOS": item["POSNR"],
        }
        for item in items
    ]  # fmt: skip
    payer = (tables.get("VBPA", order, HEADER, "RG") or {"KUNNR": head["KUNNR"]})["KUNNR"]
    document = {
        "VBTYP": INVOICE, "KUNRG": payer, "KUNAG": head["KUNNR"], "WAERK": head["WAERK"],
        "ZTERM": (tables.get("VBKD", order, HEADER) or {}).get("ZTERM", ""),
        "BUKRS": _company_code(tables, payer, head["VKORG"]),
    }  # fmt: skip
    number = _post(system, document, lines, actor)
    _follow(system, number, document, lines)
    return number


def credit(system: System, billing: str, actor: str) -> str:
    """Give credit for an invoice's first item and give the credit memo's number."""
    tables = system.tables
    head = _standing(tables, billing, INVOICE)
    item = tables.find("VBRP", VBELN=billing)[0]
    if is_credited(tables, billing):
        raise ValueError(f"Credit for invoice {billing} was given already.")
    line = {**item, "VGBEL": billing, "VGPOS": item["POSNR"]}
    document = {name: head[name] for name in ("KUNRG", "KUNAG", "WAERK", "ZTERM", "BUKRS")} | {"VBTYP": CREDIT_MEMO}
    number = _post(system, document, [line], actor)
    _follow(system, number, document, [line])
    return number


def cancel(system: System, billing: str, actor: str) -> str:
    """Cancel an invoice of which nothing is paid, or an open credit memo, and give the cancellation's number."""
    tables = system.tables
    head = _standing(tables, billing, *_CANCELLED_BY)
    found = invoice_item(tables, billing)
    if found is None or open_amount(tables, billing) != shift_out(found[1]["WRBTR"], head["WAERK"]):
        raise ValueError(f"{billing} is paid at least in part: reverse the payments first.")
    if head["VBTYP"] == INVOICE and is_credited(tables, billing):
        raise ValueError(f"Credit for invoice {billing} was given: cancel the credit memo first.")
    lines = tables.find("VBRP", VBELN=billing)
    kept = {name: head[name] for name in ("KUNRG", "KUNAG", "WAERK", "ZTERM", "BUKRS")}
    document = {**kept, "VBTYP": _CANCELLED_BY[head["VBTYP"]], "SFAKN": billing}
    number = _post(system, document, lines, actor)
    tables.put("VBRK", {**head, "FKSTO": "X"})
    by = tables.find("BSID", VBELN=number)[0]
    for row in (found[1], by):
        move(tables, row, "BSID", "BSAD", {"AUGDT": system.today(), "AUGBL": by["BELNR"]})
    _follow(system, number, document, lines)
    for line in lines:
        _flow(system, number, document, line, (billing, line["POSNR"], head["VBTYP"]))
    system.changed("FAKTBELEG", billing, actor, "U", "VF11")
    system.record(actor, "cancel", _OBJECTS[head["VBTYP"]], billing, {"SFAKN": number})
    return number


def is_billed(tables: Tables, delivery: str) -> bool:
    """Tell whether there is an invoice for a delivery."""
    return any(invoiced(tables, delivery, item["POSNR"]) > 0 for item in tables.find("LIPS", VBELN=delivery))


def is_credited(tables: Tables, billing: str) -> bool:
    """Tell whether there is a credit memo for an invoice."""
    memos = {row["VBELN"] for row in tables.find("VBFA", VBELV=billing, VBTYP_N=CREDIT_MEMO)}
    return any(not (tables.get("VBRK", memo) or {})["FKSTO"] for memo in memos)


def _standing(tables: Tables, billing: str, *kinds: str) -> Row:
    head = tables.get("VBRK", billing)
    if head is None or head["VBTYP"] not in kinds or head["FKSTO"]:
        raise ValueError(f"{billing} is no billing document that stands.")
    return head


def _share(tables: Tables, order: str, position: str, quantity: Decimal, currency: str) -> Decimal:
    """Give the value of a part of an item: of all up to it less of all before, so that no rounding is lost or added.

    The last part takes what is left of the item's value, whatever the price was when the others were invoiced.
    """
    item = tables.get("VBAP", order, position) or {}
    before = invoiced(tables, order, position)
    share = value_of(item, before + quantity, currency) - value_of(item, before, currency)
    if before + quantity < item["KWMENG"]:
        return share
    signs = {INVOICE: 1, INVOICE_CANCELLED: -1}
    billed = sum(
        (
            signs[row["VBTYP_N"]] * shift_out(row["RFWRT"], currency)
            for row in tables.find("VBFA", VBELV=order, POSNV=position)
            if row["VBTYP_N"] in signs
        ),
        Decimal(0),
    )
    rest = value_of(item, item["KWMENG"], currency) - billed
    return rest if rest >= 0 else share


def _follow(system: System, number: str, document: Row, lines: list[Row]) -> None:
    """Write what a billing document follows into the document flow, and how far that has come."""
    tables, invoices = system.tables, document["VBTYP"] in {INVOICE, INVOICE_CANCELLED}
    for line in lines:
        _flow(system, number, document, line, (line["AUBEL"], line["AUPOS"], ORDER))
        _flow(system, number, document, line, (line["VGBEL"], line["VGPOS"], DELIVERY if invoices else INVOICE))
    if invoices:
        for delivery in sorted({line["VGBEL"] for line in lines}):
            tables.put("LIKP", {**(tables.get("LIKP", delivery) or {}), "AEDAT": system.today()})
            refresh_delivery(tables, delivery)
    for order in sorted({line["AUBEL"] for line in lines}):
        refresh(tables, order)


def _flow(system: System, number: str, document: Row, line: Row, before: tuple[str, str, str]) -> None:
    place, position, kind = before
    system.tables.put(
        "VBFA",
        {
            "VBELV": place, "POSNV": position, "VBELN": number, "POSNN": line["POSNR"], "VBTYP_N": document["VBTYP"],
            "VBTYP_V": kind, "RFMNG": line["FKIMG"], "MEINS": line["VRKME"], "RFWRT": line["NETWR"],
            "WAERS": document["WAERK"], "ERDAT": system.today(),
        },
    )  # fmt: skip


def _company_code(tables: Tables, payer: str, sales_org: str) -> str:
    """Give the company code that a sales organisation belongs to: its namesake, else the first one that knows the payer."""
    known = [row["BUKRS"] for row in tables.find("KNB1", KUNNR=payer)]
    return sales_org if sales_org in known or not known else str(known[0])


def _post(system: System, document: Row, lines: list[Row], actor: str) -> str:
    """Write a billing document, its accounting document and the customer's open item."""
    tables, today, kind = system.tables, system.today(), document["VBTYP"]
    number, account = tables.next_number("billing"), tables.next_number("accounting")
    total = sum((line["NETWR"] for line in lines), Decimal(0))
    place = {"BUKRS": document["BUKRS"], "BELNR": account, "GJAHR": today[:4]}
    tables.put(
        "VBRK", {**document, **place, "VBELN": number, "FKART": TYPES[kind], "FKDAT": today, "ERDAT": today, "NETWR": total}
    )
    for line in lines:
        tables.put("VBRP", {**line, "VBELN": number})
    common = {**place, "BLART": "RV", "BUDAT": today, "CPUDT": today, "XBLNR": number, "WAERS": document["WAERK"]}
    tables.put("BKPF", {**common, "BLDAT": today, "CPUTM": system.time(), "AWTYP": "VBRK", "AWKEY": number})
    tables.put(
        "BSID",
        {
            **common, "KUNNR": document["KUNRG"], "BUZEI": "001", "SHKZG": "S" if kind in _DEBITS else "H", "WRBTR": total,
            "ZUONR": number, "ZFBDT": today, "ZBD1T": _days(document["ZTERM"]), "VBELN": number,
        },
    )  # fmt: skip
    if kind in _OBJECTS:
        value = str(shift_out(total, document["WAERK"]))
        told = {"AUBEL": lines[0]["AUBEL"], "VGBEL": lines[0]["VGBEL"], "WAERK": document["WAERK"], "NETWR": value}
        system.record(actor, "create", _OBJECTS[kind], number, told)
    return number


def _days(terms: str) -> Decimal:
    """Give the days that terms of payment allow: the number at their end, as in NT30."""
    found = re.search(r"\d+$", terms)
    return Decimal(found.group()) if found else Decimal(0)

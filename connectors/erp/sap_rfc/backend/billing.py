"""Billing: invoices for deliveries and credit memos for invoices, each with its document in accounting.

There is no tax here: a deal's amount, its order's and its invoices' are the same to the last minor unit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from connectors.erp.sap_rfc.backend.statuses import COMPLETE, HEADER, followed, net_value, refresh
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import Row
from connectors.erp.shared.codecs import round_amount, shift_in, shift_out

COMPANY_CODE: Final = "1000"
INVOICE, CREDIT_MEMO = "M", "O"
_TYPES: Final = {INVOICE: "F2", CREDIT_MEMO: "G2"}
_OBJECTS: Final = {INVOICE: "billing_document", CREDIT_MEMO: "credit_memo"}
_NO_DAYS: Final = 0


def bill(system: System, delivery: str, actor: str) -> str:
    """Bill a delivery and give the invoice's number."""
    tables = system.tables
    items = tables.find("LIPS", VBELN=delivery)
    if not items:
        raise ValueError(f"There is no delivery {delivery}.")
    if any(row["VBTYP_N"] == INVOICE for row in tables.find("VBFA", VBELV=delivery)):
        raise ValueError(f"Delivery {delivery} is billed already.")
    order = items[0]["VGBEL"]
    head = tables.get("VBAK", order) or {}
    lines = []
    for item in items:
        ordered = tables.get("VBAP", order, item["VGPOS"]) or {}
        value = _share(tables, ordered, item["LFIMG"], head["WAERK"])
        lines.append({**_line(item, item["LFIMG"], value, head["WAERK"]), "AUBEL": order, "AUPOS": item["VGPOS"],
                      "VGBEL": delivery, "VGPOS": item["POSNR"]})  # fmt: skip
    number = _post(system, INVOICE, order, lines, actor)
    for line in lines:
        _flow(system, line, number, order, line["AUPOS"], "C", INVOICE, head["WAERK"])
        _flow(system, line, number, delivery, line["VGPOS"], "J", INVOICE, head["WAERK"])
    tables.put("VBUK", {**(tables.get("VBUK", delivery) or {"VBELN": delivery}), "GBSTK": COMPLETE})
    tables.put("LIKP", {**(tables.get("LIKP", delivery) or {}), "AEDAT": system.today()})
    refresh(tables, order)
    return number


def credit(system: System, billing: str, actor: str) -> str:
    """Give credit for an invoice's first item and give the credit memo's number."""
    tables = system.tables
    head = tables.get("VBRK", billing)
    if head is None or head["VBTYP"] != INVOICE:
        raise ValueError(f"{billing} is no invoice.")
    item = tables.find("VBRP", VBELN=billing)[0]
    line = {**item, "POSNR": "000010", "VGBEL": billing, "VGPOS": item["POSNR"]}
    number = _post(system, CREDIT_MEMO, item["AUBEL"], [line], actor)
    _flow(system, line, number, item["AUBEL"], item["AUPOS"], "C", CREDIT_MEMO, head["WAERK"])
    _flow(system, line, number, billing, item["POSNR"], INVOICE, CREDIT_MEMO, head["WAERK"])
    return number


def _share(tables: Tables, ordered: Row, quantity: Decimal, currency: str) -> Decimal:
    """Give the value of a part of an item; the last part takes what the others' rounding left."""
    whole = net_value(ordered, currency)
    order, position = ordered["VBELN"], ordered["POSNR"]
    billed = followed(tables, order, position, INVOICE) - followed(tables, order, position, "N")
    if billed + quantity < ordered["KWMENG"]:
        return round_amount(whole * quantity / ordered["KWMENG"], currency)
    before = [
        shift_out(row["RFWRT"], currency) * (1 if row["VBTYP_N"] == INVOICE else -1)
        for row in tables.find("VBFA", VBELV=order, POSNV=position)
        if row["VBTYP_N"] in {INVOICE, "N"}
    ]
    return whole - sum(before, Decimal(0))


def _line(item: Row, quantity: Decimal, value: Decimal, currency: str) -> Row:
    common = {name: item[name] for name in ("POSNR", "MATNR", "ARKTX", "VRKME")}
    return {**common, "FKIMG": quantity, "NETWR": shift_in(value, currency), "MWSBP": Decimal(0)}


def _flow(system: System, line: Row, number: str, before: str, position: str, kind_before: str, kind: str, currency: str) -> None:
    system.tables.put(
        "VBFA",
        {
            "VBELV": before, "POSNV": position, "VBELN": number, "POSNN": line["POSNR"], "VBTYP_N": kind, "VBTYP_V": kind_before,
            "RFMNG": line["FKIMG"], "MEINS": line["VRKME"], "RFWRT": line["NETWR"], "WAERS": currency, "ERDAT": system.today(),
        },
    )  # fmt: skip


def _post(system: System, kind: str, order: str, lines: list[Row], actor: str) -> str:
    """Write a billing document, its accounting document and the customer's open item."""
    tables, today = system.tables, system.today()
    head = tables.get("VBAK", order) or {}
    payer = (tables.get("VBPA", order, HEADER, "RG") or {"KUNNR": head["KUNNR"]})["KUNNR"]
    terms = (tables.get("VBKD", order, HEADER) or {}).get("ZTERM", "")
    number, account = tables.next_number("billing"), tables.next_number("accounting")
    total = sum((line["NETWR"] for line in lines), Decimal(0))
    year = today[:4]
    tables.put(
        "VBRK",
        {
            "VBELN": number, "FKART": _TYPES[kind], "VBTYP": kind, "FKDAT": today, "ERDAT": today, "KUNRG": payer,
            "KUNAG": head["KUNNR"], "WAERK": head["WAERK"], "NETWR": total, "MWSBK": Decimal(0), "ZTERM": terms,
            "BUKRS": COMPANY_CODE, "BELNR": account, "GJAHR": year,
        },
    )  # fmt: skip
    for line in lines:
        tables.put("VBRP", {**line, "VBELN": number})
    tables.put(
        "BKPF",
        {
            "BUKRS": COMPANY_CODE, "BELNR": account, "GJAHR": year, "BLART": "RV", "BLDAT": today, "BUDAT": today, "CPUDT": today,
            "CPUTM": system.time(), "XBLNR": number, "WAERS": head["WAERK"], "AWTYP": "VBRK", "AWKEY": number,
        },
    )  # fmt: skip
    days = Decimal(terms[2:]) if terms[2:].isdigit() else Decimal(_NO_DAYS)
    tables.put(
        "BSID",
        {
            "BUKRS": COMPANY_CODE, "KUNNR": payer, "GJAHR": year, "BELNR": account, "BUZEI": "001", "BUDAT": today,
            "CPUDT": today, "WAERS": head["WAERK"], "SHKZG": "S" if kind == INVOICE else "H", "WRBTR": total, "ZUONR": number,
            "ZFBDT": today, "ZBD1T": days, "VBELN": number, "BLART": "RV", "XBLNR": number,
        },
    )  # fmt: skip
    value = str(shift_out(total, head["WAERK"]))
    system.record(actor, "create", _OBJECTS[kind], number, {"AUBEL": order, "WAERK": head["WAERK"], "NETWR": value})
    return number

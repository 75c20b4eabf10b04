"""Incoming payments: BAPI_ACC_DOCUMENT_POST, and what the people of accounts receivable do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.billing import COMPANY_CODE
from connectors.erp.sap_rfc.backend.clearing import apply, move, open_amount
from connectors.erp.sap_rfc.backend.orders import date_in
from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.values import CLIENT, SYSTEM_ID, FunctionModule, Row, message, number
from connectors.erp.shared.codecs import alpha_in, round_amount, shift_in, shift_out

PAYMENT, REVERSAL = "DZ", "DA"
FIRST_OPEN_YEAR: Final = "2020"
_POST: Final = frozenset(
    {
        *("DOCUMENTHEADER", "ACCOUNTGL", "ACCOUNTRECEIVABLE", "ACCOUNTPAYABLE", "ACCOUNTTAX", "CURRENCYAMOUNT", "RETURN"),
        *("EXTENSION1", "EXTENSION2", "CRITERIA", "VALUEFIELD"),
    }
)


def bapi_acc_document_post(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Post a document at COMMIT; its number is known before."""
    only(params, _POST)
    head: Mapping[str, Any] = params.get("DOCUMENTHEADER") or {}
    amounts = {str(row.get("ITEMNO_ACC", "")): row for row in params.get("CURRENCYAMOUNT") or []}
    receivables = params.get("ACCOUNTRECEIVABLE") or []
    posted = date_in(head.get("PSTNG_DATE"), "PSTNG_DATE")
    fault = _fault(system, head, receivables, amounts, posted)
    if fault is not None:
        closing = message("E", "RW", "609", "Error in document: BKPFF $ 100")
        return {"OBJ_TYPE": "", "OBJ_KEY": "$", "OBJ_SYS": "", "RETURN": [closing, fault]}
    kind = str(head.get("DOC_TYPE") or "SA")
    belnr = system.tables.next_number("payment" if kind == PAYMENT else "accounting")
    company, year = str(head["COMP_CODE"]), posted[:4]
    dates = {"BLDAT": date_in(head.get("DOC_DATE"), "DOC_DATE"), "BUDAT": posted}
    document = {
        "BUKRS": company, "BELNR": belnr, "GJAHR": year, "BLART": kind, **dates, "XBLNR": str(head.get("REF_DOC_NO", ""))[:16],
    }  # fmt: skip
    lines = [_line(document, row, amounts[str(row["ITEMNO_ACC"])], place) for place, row in enumerate(receivables, start=2)]
    if lines:
        session.staged.setdefault("postings", {})[company, belnr, year] = lines[0]
    session.pending.append(lambda: _post(system, session.user, document, lines))
    text = f"Document posted successfully: BKPFF {belnr}{company}{year} {SYSTEM_ID}CLNT{CLIENT}"
    key = f"{belnr}{company}{year}"
    return {
        "OBJ_TYPE": "BKPFF", "OBJ_KEY": key, "OBJ_SYS": f"{SYSTEM_ID}CLNT{CLIENT}",
        "RETURN": [message("S", "RW", "605", text, "BKPFF", key)],
    }  # fmt: skip


def receive_payment(system: System, customer: str, amounts: Mapping[str, Decimal], actor: str) -> str:
    """Post a payment that clears amounts of invoices by their VBELN, and give its BELNR."""
    tables, today = system.tables, system.today()
    if not amounts:
        raise ValueError("A payment pays at least one invoice.")
    currencies = set()
    for billing, amount in amounts.items():
        left = open_amount(tables, billing)
        if left is None or not 0 < amount <= left:
            raise ValueError(f"{amount} cannot be paid for {billing}: {left} are open.")
        currencies.add((tables.get("VBRK", billing) or {})["WAERK"])
    if len(currencies) != 1:
        raise ValueError("A payment has one currency.")
    currency = currencies.pop()
    belnr, year = tables.next_number("payment"), today[:4]
    document = {
        "BUKRS": COMPANY_CODE, "BELNR": belnr, "GJAHR": year, "BLART": PAYMENT, "BLDAT": today, "BUDAT": today, "XBLNR": "",
    }  # fmt: skip
    total = sum(amounts.values(), Decimal(0))
    line = _line(document, {"CUSTOMER": customer}, {"CURRENCY": currency, "AMT_DOCCUR": -total}, 2)
    _post(system, actor, document, [line])
    apply(system, (COMPANY_CODE, belnr, year), amounts)
    return belnr


def reverse_payment(system: System, payment: str, actor: str) -> str:
    """Reverse a payment, which opens its invoices again, and give the reversal's BELNR."""
    tables, today = system.tables, system.today()
    found = tables.find("BKPF", BELNR=payment, BLART=PAYMENT)
    if not found or found[0]["STBLG"]:
        raise ValueError(f"{payment} is no payment that can be reversed.")
    original = found[0]
    company, year = original["BUKRS"], today[:4]
    reversal = tables.next_number("clearing")
    head = {"BUKRS": company, "BELNR": reversal, "GJAHR": year, "BLART": REVERSAL, "WAERS": original["WAERS"]}
    days = {"BLDAT": today, "BUDAT": today, "CPUDT": today, "CPUTM": system.time()}
    tables.put("BKPF", {**head, **days, "STBLG": payment, "XBLNR": original["XBLNR"]})
    tables.put("BKPF", {**original, "STBLG": reversal, "AEDAT": today})
    place = {"BUKRS": company, "BELNR": payment, "GJAHR": original["GJAHR"]}
    lines = [(ledger, row) for ledger in ("BSID", "BSAD") for row in tables.find(ledger, **place)]
    for ledger, row in lines:
        if ledger == "BSAD":
            _open_again(system, row["REBZG"])
        cleared = {"AUGDT": today, "AUGBL": reversal}
        move(tables, row, "BSID", "BSAD", cleared)
        other = {"BELNR": reversal, "GJAHR": year, "SHKZG": "S", "BUDAT": today, "CPUDT": today, "BLART": REVERSAL}
        tables.put("BSAD", {**row, **other, **cleared})
    system.changed("BELEG", f"{CLIENT}{company}{payment}{original['GJAHR']}", actor, "U", "FB08")
    system.record(actor, "reverse", "incoming_payment", payment, {"STBLG": reversal})
    return reversal


def _open_again(system: System, invoice: str) -> None:
    """Bring an invoice, and what else paid it, back to the open items."""
    tables = system.tables
    again = {"AUGDT": "", "AUGBL": ""}
    for row in [*tables.find("BSAD", BELNR=invoice), *tables.find("BSAD", REBZG=invoice)]:
        if row["BLART"] != REVERSAL and not _reversed(system, row):
            move(tables, row, "BSAD", "BSID", again)


def _reversed(system: System, row: Row) -> bool:
    head = system.tables.get("BKPF", row["BUKRS"], row["BELNR"], row["GJAHR"])
    return row["BLART"] == PAYMENT and head is not None and bool(head["STBLG"]) and row["AUGBL"] == head["STBLG"]


def _fault(
    system: System, head: Mapping[str, Any], receivables: list[Mapping[str, Any]], amounts: Mapping[str, Row], posted: str
) -> Row | None:
    if not head.get("COMP_CODE"):
        return message("E", "F5", "165", "Enter a company code", parameter="DOCUMENTHEADER", field="COMP_CODE")
    if posted[:4] < FIRST_OPEN_YEAR:
        text = f"Posting period {posted[4:6]} {posted[:4]} is not open"
        return message("E", "F5", "201", text, parameter="DOCUMENTHEADER", field="PSTNG_DATE")
    for place, row in enumerate(receivables, start=1):
        customer = alpha_in(str(row.get("CUSTOMER", "")))
        if system.tables.get("KNA1", customer) is None:
            text = f"Customer {customer} is not defined in company code {head['COMP_CODE']}"
            return message("E", "F5", "102", text, customer, parameter="ACCOUNTRECEIVABLE", row=place, field="CUSTOMER")
        if str(row.get("ITEMNO_ACC", "")) not in amounts:
            return message("E", "RW", "022", "An item has no amount", parameter="CURRENCYAMOUNT", row=place)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in amounts.values():
        sums[str(row.get("CURRENCY", ""))] += number(row.get("AMT_DOCCUR", 0), "AMT_DOCCUR")
    for currency, balance in sums.items():
        if balance:
            return message("E", "F5", "702", f"Balance in transaction currency: {balance} {currency}", str(balance), currency)
    return None


def _line(document: Mapping[str, Any], row: Mapping[str, Any], amount: Mapping[str, Any], place: int) -> Row:
    """Write a customer's item; credit is negative in the BAPI and marked H in the ledger."""
    currency = str(amount["CURRENCY"])
    value = round_amount(number(amount["AMT_DOCCUR"], "AMT_DOCCUR"), currency)
    return {
        **{name: document[name] for name in ("BUKRS", "BELNR", "GJAHR", "BLART", "BUDAT", "XBLNR")},
        "KUNNR": alpha_in(str(row.get("CUSTOMER", ""))), "BUZEI": f"{place:03d}", "WAERS": currency,
        "SHKZG": "H" if value < 0 else "S", "WRBTR": shift_in(abs(value), currency), "ZFBDT": document["BUDAT"],
        "ZUONR": str(row.get("ALLOC_NMBR", "")),
    }  # fmt: skip


def _post(system: System, user: str, document: Row, lines: list[Row]) -> None:
    tables = system.tables
    today = system.today()
    currency = lines[0]["WAERS"] if lines else ""
    key = f"{document['BELNR']}{document['BUKRS']}{document['GJAHR']}"
    entered = {"CPUDT": today, "CPUTM": system.time(), "WAERS": currency, "AWTYP": "BKPFF", "AWKEY": key}
    tables.put("BKPF", {**document, **entered})
    for line in lines:
        tables.put("BSID", {**line, "CPUDT": today})
    told = {"KUNNR": lines[0]["KUNNR"], "WRBTR": str(shift_out(lines[0]["WRBTR"], currency)), "WAERS": currency} if lines else {}
    system.record(user, "create", "incoming_payment", document["BELNR"], told)


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"BAPI_ACC_DOCUMENT_POST": bapi_acc_document_post})

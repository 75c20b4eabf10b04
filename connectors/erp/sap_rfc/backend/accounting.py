"""Incoming payments: BAPI_ACC_DOCUMENT_POST, and what the people of accounts receivable do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.clearing import (
    CREDIT,
    DEBIT,
    Place,
    clear,
    document_changed,
    invoice_item,
    move,
    object_key,
    open_amount,
    payments_in_part,
    reference,
)
from connectors.erp.sap_rfc.backend.orders import date_in
from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
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
_REVERSE: Final = frozenset({"I_BUKRS", "I_BELNR", "I_GJAHR", "I_STGRD", "E_STBLG", "RETURN"})
_FLIPPED: Final = MappingProxyType({CREDIT: DEBIT, DEBIT: CREDIT})


def bapi_acc_document_post(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Post a document at COMMIT; its number is known before."""
    only(params, _POST)
    head: Mapping[str, Any] = params.get("DOCUMENTHEADER") or {}
    receivables: Sequence[Mapping[str, Any]] = params.get("ACCOUNTRECEIVABLE") or []
    amounts = {_item(row): row for row in params.get("CURRENCYAMOUNT") or []}
    posted = date_in(head.get("PSTNG_DATE"), "PSTNG_DATE")
    fault = _fault(system.tables, params, amounts, posted)
    if fault is not None:
        closing = message("E", "RW", "609", f"Error in document: BKPFF $ {SYSTEM_ID}CLNT{CLIENT}")
        return {"OBJ_TYPE": "", "OBJ_KEY": "$", "OBJ_SYS": "", "RETURN": [closing, fault]}
    kind, company = str(head.get("DOC_TYPE") or "SA"), str(head["COMP_CODE"])
    belnr = system.tables.next_number("payment" if kind == PAYMENT else "accounting")
    place = (company, belnr, posted[:4])
    document = {
        **_placed(place), "BLART": kind, "BLDAT": date_in(head.get("DOC_DATE"), "DOC_DATE"), "BUDAT": posted,
        "XBLNR": str(head.get("REF_DOC_NO", ""))[:16], "WAERS": next(str(row.get("CURRENCY", "")) for row in amounts.values()),
    }  # fmt: skip
    lines = [_line(document, row, amounts[_item(row)], count) for count, row in enumerate(receivables, start=2)]
    accounts = [_account_line(document, row, amounts[_item(row)]) for row in params.get("ACCOUNTGL") or []]
    session.pending.append(lambda: _post(system, session.user, document, lines, accounts))
    key, told = object_key(place), f"{SYSTEM_ID}CLNT{CLIENT}"
    text = f"Document posted successfully: BKPFF {key} {told}"
    return {"OBJ_TYPE": "BKPFF", "OBJ_KEY": key, "OBJ_SYS": told, "RETURN": [message("S", "RW", "605", text, "BKPFF", key, told)]}


def receive_payment(system: System, customer: str, amounts: Mapping[str, Decimal], actor: str) -> str:
    """Post a payment that clears amounts of invoices by their VBELN, and give its BELNR.

    As transaction F-28 does: what is paid in full is one item in sum, and cleared by the payment itself; each payment in part is
    an item that refers to its invoice.
    """
    tables, today = system.tables, system.today()
    if not amounts:
        raise ValueError("A payment pays at least one invoice.")
    invoices = {billing: _payable(tables, billing, amount) for billing, amount in amounts.items()}
    same = {(row["BUKRS"], row["KUNNR"], row["WAERS"]) for row in invoices.values()}
    company, payer, currency = same.pop()
    if same or customer != payer:
        raise ValueError(f"A payment of {customer} pays invoices of that payer, in one company code and currency.")
    place = (company, tables.next_number("payment"), today[:4])
    document = {**_placed(place), "BLART": PAYMENT, "BLDAT": today, "BUDAT": today, "XBLNR": "", "WAERS": currency}
    full = [billing for billing, amount in amounts.items() if amount == open_amount(tables, billing)]
    sums: list[tuple[Row, Decimal]] = [({}, sum((amounts[billing] for billing in full), Decimal(0)))] if full else []
    parts = [(reference(invoices[billing]), amount) for billing, amount in amounts.items() if billing not in full]
    lines = [
        _line(document, {"CUSTOMER": customer}, {"CURRENCY": currency, "AMT_DOCCUR": -amount}, count) | refers
        for count, (refers, amount) in enumerate([*sums, *parts], start=2)
    ]
    _post(system, actor, document, lines)
    cleared = [row for billing in full for row in (invoices[billing], *payments_in_part(tables, invoices[billing]))]
    clear(system, [*cleared, *tables.find("BSID", **_placed(place), REBZG="")], place[1])
    return place[1]


def z_ltc_reverse_payment(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Open again what a payment cleared and reverse it, at once; one that is reversed already is no fault."""
    only(params, _REVERSE)
    payment = alpha_in(str(params.get("I_BELNR", "")))
    place = (str(params.get("I_BUKRS", "")), payment, str(params.get("I_GJAHR", "")))
    head = system.tables.get("BKPF", *place)
    if head is None or head["BLART"] != PAYMENT:
        text = f"Document {payment} {place[0]} {place[2]} is no incoming payment"
        return {"E_STBLG": "", "RETURN": [message("E", "ZLTC", "022", text, *(payment, place[0], place[2]), field="I_BELNR")]}
    by = head["STBLG"] or reverse_payment(system, payment, session.user)
    text = f"Document {by} was posted in company code {place[0]}"
    return {"E_STBLG": by, "RETURN": [message("S", "F5", "312", text, by, place[0])]}


def reverse_payment(system: System, payment: str, actor: str) -> str:
    """Reverse a payment, which opens its invoices again, and give the reversal's BELNR."""
    tables, today = system.tables, system.today()
    found = tables.find("BKPF", BELNR=payment, BLART=PAYMENT)
    if not found or found[0]["STBLG"]:
        raise ValueError(f"{payment} is no payment that can be reversed.")
    original = found[0]
    place = (original["BUKRS"], payment, original["GJAHR"])
    for by in sorted({row["AUGBL"] for row in tables.find("BSAD", **_placed(place))}):
        reset_clearing(system, place[0], by, actor)
    reversal = (place[0], tables.next_number("clearing"), today[:4])
    document = {**_placed(reversal), "BLART": REVERSAL, "BUDAT": today, "CPUDT": today, "XBLNR": original["XBLNR"]}
    head = {**document, "BLDAT": today, "CPUTM": system.time(), "WAERS": original["WAERS"], "STBLG": payment}
    tables.put("BKPF", {**head, "AWTYP": "BKPF", "AWKEY": object_key(reversal)})
    tables.put("BKPF", {**(tables.get("BKPF", *place) or original), "STBLG": reversal[1]})
    cleared = {"AUGDT": today, "AUGBL": reversal[1]}
    for row in tables.find("BSID", **_placed(place)):
        move(tables, row, "BSID", "BSAD", cleared)
        tables.put("BSAD", {**row, **document, **cleared, "SHKZG": _FLIPPED[row["SHKZG"]]})
    document_changed(system, place, actor, "FB08")
    system.record(actor, "reverse", "incoming_payment", object_key(place), {"STBLG": reversal[1]})
    return reversal[1]


def reset_clearing(system: System, company: str, by: str, actor: str) -> None:
    """Bring everything that a document cleared back to the open items, as FBRA does."""
    tables = system.tables
    rows = tables.find("BSAD", BUKRS=company, AUGBL=by)
    for row in rows:
        move(tables, row, "BSAD", "BSID", {"AUGDT": "", "AUGBL": ""})
    for place in sorted({(row["BUKRS"], row["BELNR"], row["GJAHR"]) for row in rows}):
        document_changed(system, place, actor, "FBRA")


def _payable(tables: Tables, billing: str, amount: Decimal) -> Row:
    """Find an invoice of which an amount can be paid."""
    left, found = open_amount(tables, billing), invoice_item(tables, billing)
    if found is None or left is None or found[1]["SHKZG"] != DEBIT or not 0 < amount <= left:
        raise ValueError(f"{amount} cannot be paid for {billing}: {left} are open.")
    return found[1]


def _fault(tables: Tables, params: Mapping[str, Any], amounts: Mapping[str, Mapping[str, Any]], posted: str) -> Row | None:
    """Say why a document cannot be posted."""
    head, receivables = params.get("DOCUMENTHEADER") or {}, params.get("ACCOUNTRECEIVABLE") or []
    company = str(head.get("COMP_CODE") or "")
    if not company:
        return message("E", "F5", "165", "Enter a company code", parameter="DOCUMENTHEADER", field="COMP_CODE")
    if posted[:4] < FIRST_OPEN_YEAR:
        text = f"Posting period {posted[4:6]} {posted[:4]} is not open"
        return message("E", "F5", "201", text, parameter="DOCUMENTHEADER", field="PSTNG_DATE")
    for place, row in enumerate(receivables, start=1):
        customer = alpha_in(str(row.get("CUSTOMER", "")))
        if tables.get("KNB1", customer, company) is None:
            text = f"Customer {customer} is not defined in company code {company}"
            return message("E", "F5", "102", text, customer, company, parameter="ACCOUNTRECEIVABLE", row=place, field="CUSTOMER")
    lacking = [row for row in [*receivables, *(params.get("ACCOUNTGL") or [])] if _item(row) not in amounts]
    if lacking or not amounts:
        return message("E", "RW", "022", "An item of the document has no amount", parameter="CURRENCYAMOUNT")
    return _unbalanced(amounts.values())


def _unbalanced(amounts: Iterable[Mapping[str, Any]]) -> Row | None:
    """Say in which currency debit and credit differ."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in amounts:
        sums[str(row.get("CURRENCY", ""))] += number(row.get("AMT_DOCCUR", 0), "AMT_DOCCUR")
    for currency, balance in sums.items():
        if balance:
            return message("E", "F5", "702", f"Balance in transaction currency: {balance} {currency}", str(balance), currency)
    return None


def _item(row: Mapping[str, Any]) -> str:
    return str(row.get("ITEMNO_ACC", "")).zfill(10)


def _placed(place: Place) -> dict[str, str]:
    return {"BUKRS": place[0], "BELNR": place[1], "GJAHR": place[2]}


def _line(document: Mapping[str, Any], row: Mapping[str, Any], amount: Mapping[str, Any], place: int) -> Row:
    """Write a customer's item; credit is negative in the BAPI and marked H in the ledger."""
    customer = {"KUNNR": alpha_in(str(row.get("CUSTOMER", ""))), "BUZEI": f"{place:03d}", "ZFBDT": document["BUDAT"]}
    return _posted(document, row, amount) | customer


def _account_line(document: Mapping[str, Any], row: Mapping[str, Any], amount: Mapping[str, Any]) -> Row:
    """Write an item of a general ledger account."""
    account = {"HKONT": alpha_in(str(row.get("GL_ACCOUNT", ""))), "BUZEI": _item(row)[-3:]}
    return _posted(document, row, amount) | account


def _posted(document: Mapping[str, Any], row: Mapping[str, Any], amount: Mapping[str, Any]) -> Row:
    currency = str(amount["CURRENCY"])
    value = round_amount(number(amount["AMT_DOCCUR"], "AMT_DOCCUR"), currency)
    return {
        **{name: document[name] for name in ("BUKRS", "BELNR", "GJAHR", "BLART", "BUDAT", "XBLNR")}, "WAERS": currency,
        "SHKZG": CREDIT if value < 0 else DEBIT, "WRBTR": shift_in(abs(value), currency),
        "ZUONR": str(row.get("ALLOC_NMBR", "")),
    }  # fmt: skip


def _post(system: System, user: str, document: Row, lines: Sequence[Row], accounts: Sequence[Row] = ()) -> None:
    """Write an accounting document, its customers' open items and its items of general ledger accounts."""
    tables, today = system.tables, system.today()
    key = object_key((document["BUKRS"], document["BELNR"], document["GJAHR"]))
    tables.put("BKPF", {**document, "CPUDT": today, "CPUTM": system.time(), "AWTYP": "BKPFF", "AWKEY": key})
    for line in lines:
        tables.put("BSID", {**line, "CPUDT": today})
    for account in accounts:
        tables.put("BSIS", account)
    told: Row = {"WAERS": document["WAERS"], "XBLNR": document["XBLNR"]}
    for line in lines:
        signed = shift_out(line["WRBTR"], line["WAERS"]) * (-1 if line["SHKZG"] == CREDIT else 1)
        told[line["BUZEI"]] = f"{line['KUNNR']} {line['ZUONR']} {signed}"
    system.record(user, "create", "incoming_payment" if document["BLART"] == PAYMENT else "accounting_document", key, told)


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType(
    {"BAPI_ACC_DOCUMENT_POST": bapi_acc_document_post, "Z_LTC_REVERSE_PAYMENT": z_ltc_reverse_payment}
)

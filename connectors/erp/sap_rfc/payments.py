"""Posting incoming payments by BAPI_ACC_DOCUMENT_POST with what they clear, in one piece of work, and reversing them.

A payment has one item for each invoice that it pays, which names it (ALLOC_NMBR, BSEG-ZUONR), and one without a name for what is
left on account. So what was paid of which invoice is in the document itself, whatever becomes of the clearing.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit, refused
from connectors.erp.sap_rfc.mock_sap import payment_fault
from connectors.erp.sap_rfc.parameters import parameter
from ltc.core.contract import Outcome, Verb, WriteResult
from ltc.core.errors import Rejected

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Journal, WriteItem

POST: Final = "BAPI_ACC_DOCUMENT_POST"
CLEAR: Final = "Z_LTC_CLEAR_OPEN_ITEMS"
REVERSE: Final = "Z_LTC_REVERSE_PAYMENT"
_COMPANY, _YEAR = slice(10, 14), slice(14, 18)


def write(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    """Post a payment from the bank account to the customer and clear the invoices that it pays, or reverse it."""
    if item.verb is Verb.REVERSE:
        return _reverse(session, settings, item)
    fault = _fault(item, settings)
    if fault is not None:
        return refused(item, fault)
    answer, refusal = attempt(session, item, POST, **posting(item, settings))
    if refusal is not None:
        return refusal
    key = str(answer.get("OBJ_KEY") or "")
    paid = [{"VBELN": invoice, "WRBTR": amount} for invoice, amount in allocated(item)]
    if paid:
        payer = {"I_KUNNR": str(item.fields.get("KUNNR") or ""), "I_WAERS": str(item.fields.get("WAERS") or "")}
        _, refusal = attempt(session, item, CLEAR, **_place(key), **payer, IT_ITEMS=paid)
        if refusal is not None:
            return refusal
    return commit(session, item, journal, key, Outcome.CREATED)


def _reverse(session: Session, settings: SapSettings, item: WriteItem) -> WriteResult:
    """Reverse a payment at once: there is nothing to commit, and doing it again does no harm."""
    if settings.tables == "mock_sap":
        text = "mock-sap has no function module that reverses a posting."
        return refused(item, Rejected(text, remedy="Try reversals on the simulator.", code="sap.mock"))
    _, refusal = attempt(session, item, REVERSE, **_place(item.id), I_STGRD=settings.reversal_reason)
    return refusal or WriteResult(item.key, Outcome.UPDATED, item.id)


def _fault(item: WriteItem, settings: SapSettings) -> Rejected | None:
    """Say what of a payment cannot be posted, before SAP is asked."""
    if item.verb is not Verb.CREATE:
        text = "A posted payment is not changed in SAP."
        return Rejected(text, remedy="Reverse it in SAP and post it anew.", code="sap.payment_posted")
    if settings.tables == "mock_sap":
        return payment_fault(item)
    amount, paid = parameter("WRBTR", item.fields.get("WRBTR")), sum((part for _, part in allocated(item)), Decimal(0))
    kept = _fee(item, settings)
    if not 0 <= kept <= amount:
        text = f"A fee of {kept} cannot have been kept of {amount}."
        return Rejected(text, field="FEE", remedy="Correct the fee.", code="sap.payment_fee")
    if paid > amount:
        text = f"The payment of {amount} would pay {paid} of invoices."
        return Rejected(text, field="ITEMS", remedy="Correct what it pays of each invoice.", code="sap.payment_exceeded")
    return None


def allocated(item: WriteItem) -> list[tuple[str, Decimal]]:
    """List what a payment pays of which invoice."""
    rows = item.fields.get("ITEMS") or ()
    return [(str(row.get("VBELN") or ""), parameter("WRBTR", row.get("WRBTR"))) for row in rows]


def _fee(item: WriteItem, settings: SapSettings) -> Decimal:
    """Give what is to be posted as fee: one in another currency is posted by whoever posts what the provider pays out."""
    same = item.fields.get("FEEWAERS") == item.fields.get("WAERS")
    fee: Decimal = parameter("FEE", item.fields.get("FEE"))
    return fee if settings.fee_account and same else Decimal(0)


def posting(item: WriteItem, settings: SapSettings) -> dict[str, Any]:
    """Write the parameters of a posting: bank and fee in debit, the customer's items in credit, the hub's key as reference.

    The fee is ours, not the customer's: what was paid clears invoices in full, and the bank gets the less.
    """
    fields = item.fields
    amount = parameter("WRBTR", fields.get("WRBTR"))
    parts = allocated(item)
    rest = amount - sum((part for _, part in parts), Decimal(0))
    if rest or not parts:
        parts = [*parts, ("", rest)]
    numbers = (f"{number:010d}" for number in count(1))
    bank = next(numbers)
    named = [(next(numbers), invoice, part) for invoice, part in parts]
    fee = _fee(item, settings)
    debits = [(bank, settings.bank_account, amount - fee), *([(next(numbers), settings.fee_account, fee)] if fee else [])]
    customer, currency = str(fields.get("KUNNR") or ""), str(fields.get("WAERS") or "")
    return {
        "DOCUMENTHEADER": {
            "BUS_ACT": "RFBU",
            "USERNAME": settings.user.upper(),
            "COMP_CODE": settings.company_code,
            "DOC_DATE": parameter("BLDAT", fields.get("BLDAT") or fields.get("BUDAT")),
            "PSTNG_DATE": parameter("BUDAT", fields.get("BUDAT") or fields.get("BLDAT")),
            "DOC_TYPE": settings.payment_type,
            "REF_DOC_NO": item.short_key,
        },
        "ACCOUNTGL": [{"ITEMNO_ACC": number, "GL_ACCOUNT": account} for number, account, _ in debits],
        "ACCOUNTRECEIVABLE": [
            {"ITEMNO_ACC": number, "CUSTOMER": customer, **({"ALLOC_NMBR": invoice} if invoice else {})}
            for number, invoice, _ in named
        ],
        "CURRENCYAMOUNT": [
            *({"ITEMNO_ACC": number, "CURRENCY": currency, "AMT_DOCCUR": part} for number, _, part in debits),
            *({"ITEMNO_ACC": number, "CURRENCY": currency, "AMT_DOCCUR": -part} for number, _, part in named),
        ],
    }


def _place(key: str) -> dict[str, str]:
    """Cut the key of an accounting document into its parts."""
    return {"I_BELNR": key[:10], "I_BUKRS": key[_COMPANY], "I_GJAHR": key[_YEAR]}

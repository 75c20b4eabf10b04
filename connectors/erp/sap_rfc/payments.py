"""Posting incoming payments by BAPI_ACC_DOCUMENT_POST and clearing what they pay, in one piece of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit, refused
from connectors.erp.sap_rfc.mock_sap import payment_fault
from connectors.erp.sap_rfc.parameters import parameter
from ltc.core.contract import Outcome, Verb
from ltc.core.errors import Rejected

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Journal, WriteItem, WriteResult

POST: Final = "BAPI_ACC_DOCUMENT_POST"
CLEAR: Final = "Z_LTC_CLEAR_OPEN_ITEMS"
BANK, CUSTOMER = "0000000001", "0000000002"


def write(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    """Post a payment from the bank account to the customer, and clear the invoices that it pays."""
    if item.verb is not Verb.CREATE:
        error = Rejected(
            "A posted payment is not changed in SAP.", remedy="Reverse it in SAP and post it anew.", code="sap.payment_posted"
        )
        return refused(item, error)
    fault = payment_fault(item) if settings.tables == "mock_sap" else None
    if fault is not None:
        return refused(item, fault)
    answer, refusal = attempt(session, item, POST, **posting(item, settings))
    if refusal is not None:
        return refusal
    key = str(answer.get("OBJ_KEY") or "")
    paid = [{"VBELN": str(row["VBELN"]), "WRBTR": parameter("WRBTR", row.get("WRBTR"))} for row in item.fields.get("ITEMS") or ()]
    if paid:
        place = {"I_BELNR": key[:10], "I_BUKRS": key[10:14], "I_GJAHR": key[14:18]}
        _, refusal = attempt(session, item, CLEAR, **place, IT_ITEMS=paid)
        if refusal is not None:
            return refusal
    return commit(session, item, journal, key, Outcome.CREATED)


def posting(item: WriteItem, settings: SapSettings) -> dict[str, Any]:
    """Write the parameters of a posting: bank in debit, customer in credit, the hub's key as reference."""
    fields = item.fields
    amount = parameter("WRBTR", fields.get("WRBTR"))
    currency = str(fields.get("WAERS") or "")
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
        "ACCOUNTGL": [{"ITEMNO_ACC": BANK, "GL_ACCOUNT": settings.bank_account}],
        "ACCOUNTRECEIVABLE": [{"ITEMNO_ACC": CUSTOMER, "CUSTOMER": str(fields.get("KUNNR") or "")}],
        "CURRENCYAMOUNT": [
            {"ITEMNO_ACC": BANK, "CURRENCY": currency, "AMT_DOCCUR": amount},
            {"ITEMNO_ACC": CUSTOMER, "CURRENCY": currency, "AMT_DOCCUR": -amount},
        ],
    }

"""Clearing: payments refer to invoices, and what is paid in full moves from the open items (BSID) to the cleared ones (BSAD)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import FunctionModule, Row, message, number
from connectors.erp.shared.codecs import alpha_in, shift_in, shift_out

_CLEAR: Final = frozenset({"I_BUKRS", "I_BELNR", "I_GJAHR", "IT_ITEMS", "RETURN"})
_KEY: Final = ("BUKRS", "KUNNR", "GJAHR", "BELNR", "BUZEI")


def z_ltc_clear_open_items(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Give a payment its invoices at COMMIT, and clear those that are paid in full."""
    only(params, _CLEAR)
    document = (str(params.get("I_BUKRS", "")), alpha_in(str(params.get("I_BELNR", ""))), str(params.get("I_GJAHR", "")))
    staged = session.staged.get("postings", {}).get(document)
    posted = next(iter(system.tables.find("BSID", BUKRS=document[0], BELNR=document[1], GJAHR=document[2])), None)
    line = staged or posted
    if line is None:
        text = f"Document {document[1]} {document[0]} {document[2]} does not exist"
        return {"RETURN": [message("E", "F5", "397", text, document[1])]}
    amounts: dict[str, Decimal] = {}
    for place, row in enumerate(params.get("IT_ITEMS") or [], start=1):
        billing = alpha_in(str(row.get("VBELN", "")))
        amounts[billing] = amounts.get(billing, Decimal(0)) + number(row.get("WRBTR", 0), "WRBTR")
        left = open_amount(system.tables, billing)
        if left is None:
            text = f"No open item of billing document {billing}"
            return {"RETURN": [message("E", "F5", "506", text, billing, parameter="IT_ITEMS", row=place, field="VBELN")]}
        if amounts[billing] > left:
            text = f"{amounts[billing]} is more than the {left} that are open of {billing}"
            return {"RETURN": [message("E", "F5", "263", text, billing, parameter="IT_ITEMS", row=place, field="WRBTR")]}
    if sum(amounts.values(), Decimal(0)) > shift_out(line["WRBTR"], line["WAERS"]):
        return {"RETURN": [message("E", "F5", "263", "The invoices are more than the payment", parameter="IT_ITEMS")]}
    session.pending.append(lambda: apply(system, document, amounts))
    return {"RETURN": [message("S", "F5", "312", f"Document {document[1]} was posted in company code {document[0]}")]}


def invoice_item(tables: Tables, billing: str) -> tuple[str, Row] | None:
    """Find a billing document's item and the table that holds it."""
    for ledger in ("BSID", "BSAD"):
        rows = tables.find(ledger, VBELN=billing)
        if rows:
            return ledger, rows[0]
    return None


def open_amount(tables: Tables, billing: str) -> Decimal | None:
    """Give what is still owed of a billing document; None if there is no open item of it."""
    found = invoice_item(tables, billing)
    if found is None or found[0] == "BSAD":
        return None
    item = found[1]
    paid = sum((row["WRBTR"] for row in tables.find("BSID", REBZG=item["BELNR"])), Decimal(0))
    return shift_out(item["WRBTR"] - paid, item["WAERS"])


def apply(system: System, document: tuple[str, str, str], amounts: Mapping[str, Decimal]) -> None:
    """Split a payment's item over invoices, and clear what is paid in full."""
    tables = system.tables
    whole = tables.find("BSID", BUKRS=document[0], BELNR=document[1], GJAHR=document[2])[0]
    tables.delete("BSID", *(whole[name] for name in _KEY))
    rest = whole["WRBTR"]
    for place, (billing, amount) in enumerate(amounts.items(), start=1):
        found = invoice_item(tables, billing)
        if found is None:
            raise KeyError(billing)
        invoice = found[1]
        part = shift_in(amount, whole["WAERS"])
        rest -= part
        reference = {"REBZG": invoice["BELNR"], "REBZJ": invoice["GJAHR"], "ZUONR": billing}
        tables.put("BSID", {**whole, "BUZEI": f"{place + 1:03d}", "WRBTR": part, **reference})
    if rest:
        tables.put("BSID", {**whole, "BUZEI": f"{len(amounts) + 2:03d}", "WRBTR": rest})
    for billing in amounts:
        if open_amount(tables, billing) == 0:
            _clear(system, billing, document[1])


def _clear(system: System, billing: str, by: str) -> None:
    tables = system.tables
    found = invoice_item(tables, billing)
    if found is None:
        raise KeyError(billing)
    for row in (found[1], *tables.find("BSID", REBZG=found[1]["BELNR"])):
        move(tables, row, "BSID", "BSAD", {"AUGDT": system.today(), "AUGBL": by})


def move(tables: Tables, row: Row, before: str, after: str, fields: Mapping[str, Any]) -> None:
    """Move an item from one ledger to the other."""
    tables.delete(before, *(row[name] for name in _KEY))
    tables.put(after, {**row, **fields})


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"Z_LTC_CLEAR_OPEN_ITEMS": z_ltc_clear_open_items})

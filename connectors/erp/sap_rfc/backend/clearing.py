"""Clearing: items of payments name their invoices (ZUONR), then refer to them (REBZG), and what balances is cleared.

What is cleared moves from the open items (BSID) to the cleared ones (BSAD), under the number of the document that cleared it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import CLIENT, FunctionModule, Row, message, number
from connectors.erp.shared.codecs import alpha_in, shift_out

Place: TypeAlias = tuple[str, str, str]
"""Company code, number and year of an accounting document."""

DEBIT, CREDIT = "S", "H"
CLEARING: Final = "AB"
LEDGERS: Final = ("BSID", "BSAD")
_CLEAR: Final = frozenset({"I_BUKRS", "I_BELNR", "I_GJAHR", "I_KUNNR", "I_WAERS", "IT_ITEMS", "RETURN"})
_KEY: Final = ("BUKRS", "KUNNR", "GJAHR", "BELNR", "BUZEI")


def z_ltc_clear_open_items(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Check now that invoices can take a payment's amounts, and clear after COMMIT, when the payment is posted."""
    only(params, _CLEAR)
    place = (str(params.get("I_BUKRS", "")), alpha_in(str(params.get("I_BELNR", ""))), str(params.get("I_GJAHR", "")))
    payer = {"BUKRS": place[0], "KUNNR": alpha_in(str(params.get("I_KUNNR", ""))), "WAERS": str(params.get("I_WAERS", ""))}
    amounts: dict[str, Decimal] = {}
    for count, row in enumerate(params.get("IT_ITEMS") or [], start=1):
        billing = alpha_in(str(row.get("VBELN", "")))
        amounts[billing] = amounts.get(billing, Decimal(0)) + number(row.get("WRBTR", 0), "WRBTR")
        fault = _fault(system.tables, payer, billing, amounts[billing], count)
        if fault is not None:
            return {"RETURN": [fault]}
    session.pending.append(lambda: clear_run(system, session.user, place, list(amounts)))
    return {"RETURN": [message("S", "F5", "312", f"Document {place[1]} was posted in company code {place[0]}")]}


def clear_run(system: System, user: str, place: Place, billings: Sequence[str]) -> None:
    """Do what Z_LTC_CLEAR_RUN does: let items refer to the invoices that they name, and clear each invoice that balances."""
    tables = system.tables
    referred = [_refer(tables, place, billing) for billing in billings]
    if any(referred):
        document_changed(system, place, user, "FB02")
    for billing in billings:
        found = invoice_item(tables, billing)
        if found is not None and found[0] == "BSID" and open_amount(tables, billing) == 0:
            clear_by_document(system, [found[1], *payments_in_part(tables, found[1])])
        # what is paid in part, or was paid by somebody else in the meantime, stays open


def assign(system: System, customer: str, actor: str) -> str:
    """Clear all open items of a customer, as F-32 does, and give the clearing document's BELNR; they have to balance."""
    rows = system.tables.find("BSID", KUNNR=customer)
    if not rows or sum((_credit(row) for row in rows), Decimal(0)):
        raise ValueError(f"The open items of {customer} do not balance.")
    by = clear_by_document(system, rows)
    system.record(actor, "clear", "accounting_document", by, {"KUNNR": customer})
    return by


def clear_by_document(system: System, items: Sequence[Row]) -> str:
    """Clear items by a document that has none of its own, and give its BELNR."""
    today, first = system.today(), items[0]
    place = (first["BUKRS"], system.tables.next_number("clearing"), today[:4])
    head = {"BUKRS": place[0], "BELNR": place[1], "GJAHR": place[2], "BLART": CLEARING, "BLDAT": today, "BUDAT": today}
    more = {"CPUDT": today, "CPUTM": system.time(), "WAERS": first["WAERS"], "AWTYP": "BKPF", "AWKEY": object_key(place)}
    system.tables.put("BKPF", {**head, **more})
    clear(system, items, place[1])
    return place[1]


def clear(system: System, items: Sequence[Row], by: str) -> None:
    """Move items that balance to the cleared ones."""
    for row in items:
        move(system.tables, row, "BSID", "BSAD", {"AUGDT": system.today(), "AUGBL": by})


def invoice_item(tables: Tables, billing: str) -> tuple[str, Row] | None:
    """Find a billing document's item and the ledger that holds it."""
    for ledger in LEDGERS:
        rows = tables.find(ledger, VBELN=billing)
        if rows:
            return ledger, rows[0]
    return None


def open_amount(tables: Tables, billing: str) -> Decimal | None:
    """Give what is still owed of a billing document, negative if it is overpaid; None if there is no open item of it."""
    found = invoice_item(tables, billing)
    if found is None or found[0] == "BSAD":
        return None
    return _amount(found[1]) - sum((_credit(row) for row in payments_in_part(tables, found[1])), Decimal(0))


def payments_in_part(tables: Tables, invoice: Row) -> list[Row]:
    """Give the open items that refer to an invoice."""
    return tables.find("BSID", BUKRS=invoice["BUKRS"], REBZG=invoice["BELNR"], REBZJ=invoice["GJAHR"])


def move(tables: Tables, row: Row, before: str, after: str, fields: Mapping[str, Any]) -> None:
    """Move an item from one ledger to the other."""
    tables.delete(before, *(row[name] for name in _KEY))
    tables.put(after, {**row, **fields})


def document_changed(system: System, place: Place, actor: str, transaction: str) -> None:
    """Say at an accounting document and in a change document that it was changed."""
    head = system.tables.get("BKPF", *place) or {}
    system.tables.put("BKPF", {**head, "AEDAT": system.today()})
    system.changed("BELEG", f"{CLIENT}{''.join(place)}", actor, "U", transaction)


def object_key(place: Place) -> str:
    """Write the key of an accounting document as the BAPIs do."""
    return f"{place[1]}{place[0]}{place[2]}"


def reference(invoice: Row) -> Row:
    """Write how an item refers to the invoice that it pays in part."""
    return {"REBZG": invoice["BELNR"], "REBZJ": invoice["GJAHR"]}


def _fault(tables: Tables, payer: Mapping[str, str], billing: str, amount: Decimal, row: int) -> Row | None:
    """Say why a payment cannot pay an amount of an invoice."""
    left, found = open_amount(tables, billing), invoice_item(tables, billing)
    if left is None or found is None or found[1]["SHKZG"] != DEBIT:
        text = f"No open item of billing document {billing}"
        return message("E", "F5", "506", text, billing, parameter="IT_ITEMS", row=row, field="VBELN")
    invoice = found[1]
    for name, wanted in payer.items():
        if invoice[name] != wanted:
            text = f"Billing document {billing} is of {name} {invoice[name]}, the payment of {wanted}"
            return message("E", "ZLTC", "021", text, billing, parameter="IT_ITEMS", row=row, field="VBELN")
    if not 0 < amount <= left:
        text = f"{amount} cannot be cleared: {left} are open of {billing}"
        return message("E", "F5", "263", text, billing, parameter="IT_ITEMS", row=row, field="WRBTR")
    return None


def _refer(tables: Tables, place: Place, billing: str) -> bool:
    """Let a payment's items refer to the invoice that they name, if it is still open, and tell whether any does now."""
    found = invoice_item(tables, billing)
    if found is None or found[0] == "BSAD":
        return False
    rows = tables.find("BSID", BUKRS=place[0], BELNR=place[1], GJAHR=place[2], SHKZG=CREDIT, ZUONR=billing)
    for row in rows:
        tables.put("BSID", {**row, **reference(found[1])})
    return bool(rows)


def _amount(row: Row) -> Decimal:
    return shift_out(row["WRBTR"], row["WAERS"])


def _credit(row: Row) -> Decimal:
    return _amount(row) * (1 if row["SHKZG"] == CREDIT else -1)


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"Z_LTC_CLEAR_OPEN_ITEMS": z_ltc_clear_open_items})

"""Clearing: payments refer to invoices, and what is paid in full moves from the open items (BSID) to the cleared ones (BSAD)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import CLIENT, FunctionModule, Row, message, number
from connectors.erp.shared.codecs import alpha_in, shift_in, shift_out

Place: TypeAlias = tuple[str, str, str]
"""Company code, number and year of an accounting document."""

DEBIT, CREDIT = "S", "H"
LEDGERS: Final = ("BSID", "BSAD")
_CLEAR: Final = frozenset({"I_BUKRS", "I_BELNR", "I_GJAHR", "IT_ITEMS", "RETURN"})
_KEY: Final = ("BUKRS", "KUNNR", "GJAHR", "BELNR", "BUZEI")


def z_ltc_clear_open_items(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Give a payment its invoices at COMMIT, and clear those that are paid in full."""
    only(params, _CLEAR)
    place = (str(params.get("I_BUKRS", "")), alpha_in(str(params.get("I_BELNR", ""))), str(params.get("I_GJAHR", "")))
    waiting = session.staged.get("postings", {}).get(place)
    lines = unassigned(system.tables, place) if waiting is None else waiting
    if not lines:
        text = f"Document {place[1]} {place[0]} {place[2]} has no open item of a customer"
        return {"RETURN": [message("E", "F5", "397", text, place[1])]}
    amounts: dict[str, Decimal] = {}
    for count, row in enumerate(params.get("IT_ITEMS") or [], start=1):
        billing = alpha_in(str(row.get("VBELN", "")))
        amounts[billing] = amounts.get(billing, Decimal(0)) + number(row.get("WRBTR", 0), "WRBTR")
        fault = _fault(system.tables, lines[0], billing, amounts[billing], count)
        if fault is not None:
            return {"RETURN": [fault]}
    if sum(amounts.values(), Decimal(0)) > sum((_amount(line) for line in lines), Decimal(0)):
        return {"RETURN": [message("E", "F5", "263", "The invoices are more than the payment", parameter="IT_ITEMS")]}
    session.pending.append(lambda: _assign(system, session.user, place, amounts, posted=waiting is None))
    return {"RETURN": [message("S", "F5", "312", f"Document {place[1]} was posted in company code {place[0]}")]}


def unassigned(tables: Tables, place: Place) -> list[Row]:
    """Give the open credit items of a document that refer to no invoice yet."""
    rows = tables.find("BSID", BUKRS=place[0], BELNR=place[1], GJAHR=place[2])
    return [row for row in rows if row["SHKZG"] == CREDIT and not row["REBZG"]]


def invoice_item(tables: Tables, billing: str) -> tuple[str, Row] | None:
    """Find a billing document's item and the ledger that holds it."""
    for ledger in LEDGERS:
        rows = tables.find(ledger, VBELN=billing)
        if rows:
            return ledger, rows[0]
    return None


def open_amount(tables: Tables, billing: str) -> Decimal | None:
    """Give what is still owed of a billing document; None if there is no open item of it."""
    found = invoice_item(tables, billing)
    if found is None or found[0] == "BSAD":
        return None
    return _amount(found[1]) - sum((_amount(row) for row in payments_in_part(tables, found[1])), Decimal(0))


def payments_in_part(tables: Tables, invoice: Row) -> list[Row]:
    """Give the open items that refer to an invoice."""
    return tables.find("BSID", BUKRS=invoice["BUKRS"], REBZG=invoice["BELNR"], REBZJ=invoice["GJAHR"])


def apply(system: System, place: Place, amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Assign a payment's items to invoices, clear those that are paid in full, and tell what was paid of each.

    An item that pays several invoices is split. What was paid by somebody else in the meantime stays without an invoice.
    """
    tables, paid = system.tables, {}
    for billing, amount in amounts.items():
        paid[billing] = min(amount, open_amount(tables, billing) or Decimal(0))
        found = invoice_item(tables, billing)
        if found is not None and paid[billing]:
            _refer(tables, place, found[1], paid[billing])
            if open_amount(tables, billing) == 0:
                _clear(system, found[1], place[1])
    return paid


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


def _fault(tables: Tables, payment: Row, billing: str, amount: Decimal, row: int) -> Row | None:
    """Say why a payment cannot pay an amount of an invoice."""
    left, found = open_amount(tables, billing), invoice_item(tables, billing)
    if left is None or found is None or found[1]["SHKZG"] != DEBIT:
        text = f"No open item of billing document {billing}"
        return message("E", "F5", "506", text, billing, parameter="IT_ITEMS", row=row, field="VBELN")
    invoice = found[1]
    for name in ("BUKRS", "KUNNR", "WAERS"):
        if invoice[name] != payment[name]:
            text = f"Billing document {billing} is of {name} {invoice[name]}, the payment of {payment[name]}"
            return message("E", "ZLTC", "021", text, billing, parameter="IT_ITEMS", row=row, field="VBELN")
    if not 0 < amount <= left:
        text = f"{amount} cannot be cleared: {left} are open of {billing}"
        return message("E", "F5", "263", text, billing, parameter="IT_ITEMS", row=row, field="WRBTR")
    return None


def _assign(system: System, user: str, place: Place, amounts: Mapping[str, Decimal], *, posted: bool) -> None:
    """Assign at COMMIT; a document that was posted earlier is changed by it."""
    paid = apply(system, place, amounts)
    if posted:
        document_changed(system, place, user, "F-32")
    told = {billing: format(amount, "f") for billing, amount in paid.items()}
    system.record(user, "update", "incoming_payment", object_key(place), told)


def _refer(tables: Tables, place: Place, invoice: Row, amount: Decimal) -> None:
    """Take an amount from the payment's items without invoice, and let it refer to one."""
    reference = {"REBZG": invoice["BELNR"], "REBZJ": invoice["GJAHR"], "ZUONR": invoice["VBELN"]}
    left = shift_in(amount, invoice["WAERS"])
    for row in unassigned(tables, place):
        part = min(left, row["WRBTR"])
        left -= part
        if part == row["WRBTR"]:
            tables.put("BSID", {**row, **reference})
        elif part:
            tables.put("BSID", {**row, "WRBTR": row["WRBTR"] - part})
            tables.put("BSID", {**row, "BUZEI": _next_item(tables, place), "WRBTR": part, **reference})


def _next_item(tables: Tables, place: Place) -> str:
    rows = [row for ledger in LEDGERS for row in tables.find(ledger, BUKRS=place[0], BELNR=place[1], GJAHR=place[2])]
    return f"{max(int(row['BUZEI']) for row in rows) + 1:03d}"


def _clear(system: System, invoice: Row, by: str) -> None:
    cleared = {"AUGDT": system.today(), "AUGBL": by}
    for row in (invoice, *payments_in_part(system.tables, invoice)):
        move(system.tables, row, "BSID", "BSAD", cleared)


def _amount(row: Row) -> Decimal:
    return shift_out(row["WRBTR"], row["WAERS"])


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"Z_LTC_CLEAR_OPEN_ITEMS": z_ltc_clear_open_items})

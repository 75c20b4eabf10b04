"""Incoming payments with the invoices that they paid.

What an item of a payment paid shows in three ways, of which the first that says something counts: it refers to an invoice
(REBZG), as payments in part do; it names the billing document (ZUONR), as the hub's payments do; or it was cleared together with
invoices, as those are that people post or assign later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from connectors.erp.sap_rfc.read_finance import CREDIT, credited
from connectors.erp.shared.codecs import alpha_in

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.table_reader import Row, TableReader
    from connectors.erp.sap_rfc.wanted import Reading
    from ltc.core.contract import Raw

Item: TypeAlias = tuple[str, str]
"""An item of an accounting document: the document's key and the item's number."""

_ITEM: Final = ("BUKRS", "KUNNR", "GJAHR", "BELNR", "BUZEI", "WAERS", "SHKZG", "WRBTR", "VBELN", "REBZG", "ZUONR", "AUGBL")
_BKPF: Final = ("BUKRS", "BELNR", "GJAHR", "BUDAT", "BLDAT", "WAERS", "XBLNR", "STBLG")
_ACCOUNT: Final = ("BUKRS", "BELNR", "GJAHR", "WAERS", "SHKZG", "WRBTR")
_NUMBER: Final = 10
LEDGERS: Final = ("BSID", "BSAD")
"""Customers' open items, and the cleared ones."""


def payments(reading: Reading, keys: Sequence[str]) -> dict[str, Raw]:
    """Read incoming payments by OBJ_KEY (BELNR, BUKRS, GJAHR together) with the invoices that they paid."""
    tables = reading.tables
    kind = f"BLART = '{reading.settings.payment_type}'"
    heads: dict[str, Row] = {}
    for rows in tables.by("BKPF", "BELNR", {belnr(key) for key in keys}, _BKPF, kind).values():
        heads |= {object_key(row): row for row in rows}
    heads = {key: heads[key] for key in keys if key in heads}
    lines: dict[str, list[Row]] = {key: [] for key in heads}
    if reading.wanted.any("KUNNR", "WRBTR") or reading.wanted.rows("ITEMS"):
        for ledger in LEDGERS:
            for rows in tables.by(ledger, "BELNR", {belnr(key) for key in heads}, _ITEM).values():
                for row in rows:
                    if row["KUNNR"] and object_key(row) in lines:
                        lines[object_key(row)].append(row)
    fees = _fees(reading, heads) if reading.settings.fee_account and reading.wanted.any("FEE", "FEEWAERS") else {}
    paid = _paid(tables, [row for rows in lines.values() for row in rows]) if reading.wanted.rows("ITEMS") else {}
    return {
        key: _payment(tables, key, head, sorted(lines[key], key=_place), paid) | fees.get(key, {}) for key, head in heads.items()
    }


def _payment(tables: TableReader, key: str, head: Row, lines: Sequence[Row], paid: Mapping[Item, Mapping[str, Decimal]]) -> Raw:
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for row in lines:
        for number, amount in paid.get(_item(row), {}).items():
            parts[number] += amount
    return {
        "OBJ_KEY": key,
        **{name: head[name] for name in _BKPF},
        "KUNNR": lines[0]["KUNNR"] if lines else "",
        "WRBTR": sum((credited(tables, row) for row in lines), Decimal(0)),
        "ITEMS": [{"VBELN": number, "WRBTR": amount} for number, amount in parts.items()],
    }


def _fees(reading: Reading, keys: Iterable[str]) -> dict[str, Raw]:
    """Read what of each payment was posted to the account of fees."""
    tables, account = reading.tables, f"HKONT = '{alpha_in(reading.settings.fee_account)}'"
    fees: dict[str, Raw] = {key: {"FEE": Decimal(0), "FEEWAERS": ""} for key in keys}
    for rows in tables.by("BSIS", "BELNR", {belnr(key) for key in keys}, _ACCOUNT, account).values():
        for row in rows:
            fee = fees.get(object_key(row))
            if fee is not None:
                fee |= {"FEE": fee["FEE"] - credited(tables, row), "FEEWAERS": row["WAERS"]}
    return fees


def _paid(tables: TableReader, lines: Sequence[Row]) -> dict[Item, dict[str, Decimal]]:
    """Say for each item what it paid of which invoice."""
    together = tables.by("BSAD", "AUGBL", (row["AUGBL"] for row in lines if row["SHKZG"] == CREDIT and not row["REBZG"]), _ITEM)
    rows = [*lines, *(row for group in together.values() for row in group)]
    invoice_of = _direct(tables, rows)
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for group in together.values():
        for row in group:
            groups[row["BUKRS"], row["KUNNR"], row["AUGBL"]].append(row)
    paid: dict[Item, dict[str, Decimal]] = {}
    for group in groups.values():
        paid |= shared(group, invoice_of, {_item(row): credited(tables, row) for row in group})
    return paid | {_item(row): {invoice_of[_item(row)]: credited(tables, row)} for row in lines if _item(row) in invoice_of}


def _direct(tables: TableReader, rows: Iterable[Row]) -> dict[Item, str]:
    """Find the billing documents that items refer to, or name as those of their own customer."""
    rows = list(rows)
    accounts = tables.one_by("VBRK", "BELNR", (row["REBZG"] for row in rows), ["VBELN"])
    named = (row["ZUONR"] for row in rows if not row["REBZG"] and not row["VBELN"] and len(row["ZUONR"]) <= _NUMBER)
    payers = {number: row["KUNRG"] for number, row in tables.one_by("VBRK", "VBELN", named, ["KUNRG"]).items()}
    found: dict[Item, str] = {}
    for row in rows:
        if row["REBZG"] in accounts:
            found[_item(row)] = accounts[row["REBZG"]]["VBELN"]
        elif not row["REBZG"] and not row["VBELN"] and payers.get(row["ZUONR"]) == row["KUNNR"]:
            found[_item(row)] = row["ZUONR"]
    return found


def shared(
    group: Sequence[Row], invoice_of: Mapping[Item, str], credit_of: Mapping[Item, Decimal]
) -> dict[Item, dict[str, Decimal]]:
    """Share what was cleared together: invoices, in the order of their numbers, are paid by what names no invoice, in its order.

    SAP does not keep which of several payments paid which of several invoices; the sums are right in any case.
    """
    left = {
        row["VBELN"]: -credit_of[_item(row)] for row in sorted(group, key=_number) if row["VBELN"] and credit_of[_item(row)] < 0
    }
    for row in group:
        if invoice_of.get(_item(row)) in left:
            left[invoice_of[_item(row)]] -= credit_of[_item(row)]
    paid: dict[Item, dict[str, Decimal]] = {}
    for row in sorted(group, key=_number):
        rest = Decimal(0) if _item(row) in invoice_of else max(credit_of[_item(row)], Decimal(0))
        for invoice, owed in left.items():
            part = min(rest, max(owed, Decimal(0)))
            if part:
                paid.setdefault(_item(row), {})[invoice] = part
                left[invoice] -= part
                rest -= part
    return paid


def _item(row: Row) -> Item:
    return object_key(row), str(row["BUZEI"])


def _number(row: Row) -> tuple[str, Item]:
    """Order the items of a clearing; what is itself a billing document, such as a credit memo, goes first."""
    return ("" if row["VBELN"] else "payment", _item(row))


def _place(row: Row) -> str:
    return str(row["BUZEI"])


def object_key(row: Mapping[str, Any]) -> str:
    """Write the key of an accounting document as SAP's BAPIs do.

    >>> object_key({"BELNR": "1400000001", "BUKRS": "1000", "GJAHR": "2026"})
    '140000000110002026'
    """
    return f"{row['BELNR']}{row['BUKRS']}{row['GJAHR']}"


def belnr(key: str) -> str:
    """Cut the document number out of a key."""
    return key[:10]

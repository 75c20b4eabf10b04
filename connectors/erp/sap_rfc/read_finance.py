"""Billing documents with what is still owed of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.shared.codecs import alpha_out, read_date

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.table_reader import Row, TableReader
    from connectors.erp.sap_rfc.wanted import Reading
    from ltc.core.contract import Raw

INVOICE, CREDIT_MEMO = "M", "O"
_VBRK: Final = (
    *(
        "VBELN",
        "FKART",
        "VBTYP",
        "FKDAT",
        "KUNRG",
        "KUNAG",
        "WAERK",
        "NETWR",
        "MWSBK",
        "ZTERM",
        "FKSTO",
        "BUKRS",
        "BELNR",
        "GJAHR",
    ),
)
_VBRP: Final = (*("POSNR", "MATNR", "ARKTX", "FKIMG", "VRKME", "NETWR", "MWSBP", "AUBEL", "AUPOS", "VGBEL", "VGPOS"),)
_ITEM: Final = (
    "BUKRS",
    "KUNNR",
    "GJAHR",
    "BELNR",
    "BUZEI",
    "BLART",
    "WAERS",
    "SHKZG",
    "WRBTR",
    "ZFBDT",
    "ZBD1T",
    "VBELN",
    "REBZG",
)
CREDIT: Final = "H"


def invoices(reading: Reading, numbers: Sequence[str]) -> dict[str, Raw]:
    """Read invoices by VBELN."""
    return _bills(reading, numbers, INVOICE)


def credit_memos(reading: Reading, numbers: Sequence[str]) -> dict[str, Raw]:
    """Read credit memos by VBELN."""
    return _bills(reading, numbers, CREDIT_MEMO)


def _bills(reading: Reading, numbers: Sequence[str], kind: str) -> dict[str, Raw]:
    tables, wanted = reading.tables, reading.wanted
    heads = tables.one_by("VBRK", "VBELN", numbers, _VBRK, f"VBTYP = '{kind}'")
    items = tables.by("VBRP", "VBELN", heads, _VBRP)
    owed = _owed(reading, heads) if wanted.any("DUE", "OPEN", "PAID", "PAYSTATE") else {}
    found: dict[str, Raw] = {}
    for number, head in heads.items():
        currency = str(head["WAERK"])
        rows = [_line(tables, row, currency) for row in items.get(number, ())]
        net, tax = (tables.meant(head[name], currency) for name in ("NETWR", "MWSBK"))
        found[number] = {
            **head,
            "VBELN": number,
            "NETWR": net,
            "MWSBK": tax,
            "GROSS": net + tax,
            "AUBEL": rows[0]["AUBEL"] if rows else "",
            "VGBEL": rows[0]["VGBEL"] if rows else "",
            **owed.get(number, _payment_state(net + tax, net + tax, "")),
            "VBRP": rows,
        }
    return found


def _line(tables: TableReader, row: Row, currency: str) -> Raw:
    line = {name: row[name] for name in _VBRP}
    line |= {name: tables.meant(row[name], currency) for name in ("NETWR", "MWSBP")}
    return line | {name: alpha_out(row[name]) for name in ("POSNR", "AUPOS", "VGPOS")}


def _owed(reading: Reading, heads: Mapping[str, Mapping[str, Any]]) -> dict[str, Raw]:
    """Work out what is still owed: an open item less the payments in part of it; a cleared one is paid."""
    tables = reading.tables
    open_items = tables.by("BSID", "VBELN", heads, _ITEM)
    cleared = tables.by("BSAD", "VBELN", heads, _ITEM)
    in_part = _paid_in_part(reading, {number: heads[number] for number in open_items})
    owed: dict[str, Raw] = {}
    for number in heads:
        items = [*open_items.get(number, ()), *cleared.get(number, ())]
        if not items:
            continue
        gross = sum((tables.meant(row["WRBTR"], row["WAERS"]) for row in items), Decimal(0))
        left = sum((tables.meant(row["WRBTR"], row["WAERS"]) for row in open_items.get(number, ())), Decimal(0))
        owed[number] = _payment_state(gross, max(left - in_part[number], left * 0), _due(items[0]))
    return owed


def _paid_in_part(reading: Reading, heads: Mapping[str, Mapping[str, Any]]) -> dict[str, Decimal]:
    """Add up the open items that refer to an invoice, and those of the payer's payments that only name it yet."""
    tables = reading.tables
    accounts = {head["BELNR"]: number for number, head in heads.items() if head["BELNR"]}
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for account, rows in tables.by("BSID", "REBZG", accounts, _ITEM).items():
        paid[accounts[account]] += sum((credited(tables, row) for row in rows), Decimal(0))
    only_named = ("REBZG = ''", f"BLART = '{reading.settings.payment_type}'")
    for number, rows in tables.by("BSID", "ZUONR", heads, _ITEM, *only_named).items():
        paid[number] += sum((credited(tables, row) for row in rows if row["KUNNR"] == heads[number]["KUNRG"]), Decimal(0))
    return paid


def credited(tables: TableReader, row: Row) -> Decimal:
    """Give what an item credits the customer with."""
    return tables.meant(row["WRBTR"], row["WAERS"]) * (1 if row["SHKZG"] == CREDIT else -1)


def _payment_state(gross: Decimal, left: Decimal, due: str) -> Raw:
    state = "paid" if left == 0 else "open" if left == gross else "partial"
    return {"DUE": due, "OPEN": left, "PAID": gross - left, "PAYSTATE": state}


def _due(item: Mapping[str, Any]) -> str:
    start = read_date(item["ZFBDT"])
    return f"{start + timedelta(days=int(item['ZBD1T'])):%Y%m%d}" if start is not None else ""

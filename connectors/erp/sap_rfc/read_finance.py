"""Billing documents with what is still owed of them, and incoming payments with what they paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    *("BUKRS", "KUNNR", "GJAHR", "BELNR", "BUZEI", "WAERS", "SHKZG", "WRBTR", "ZFBDT", "ZBD1T", "VBELN", "REBZG", "REBZJ"),
)
_BKPF: Final = ("BUKRS", "BELNR", "GJAHR", "BUDAT", "BLDAT", "WAERS", "XBLNR", "STBLG")
LEDGERS: Final = ("BSID", "BSAD")
"""Customers' open items, and the cleared ones."""


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
    owed = _owed(tables, heads) if wanted.any("DUE", "OPEN", "PAID", "PAYSTATE") else {}
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


def _owed(tables: TableReader, heads: Mapping[str, Mapping[str, Any]]) -> dict[str, Raw]:
    """Work out what is still owed: an open item less the payments in part that refer to it; a cleared one is paid."""
    accounts = {head["BELNR"]: number for number, head in heads.items() if head["BELNR"]}
    open_items = tables.by("BSID", "VBELN", heads, _ITEM)
    cleared = tables.by("BSAD", "VBELN", heads, _ITEM)
    in_part: dict[str, Decimal] = defaultdict(Decimal)
    for belnr, rows in tables.by("BSID", "REBZG", accounts, _ITEM).items():
        in_part[accounts[belnr]] += sum((tables.meant(row["WRBTR"], row["WAERS"]) for row in rows), Decimal(0))
    owed: dict[str, Raw] = {}
    for number in heads:
        items = [*open_items.get(number, ()), *cleared.get(number, ())]
        if not items:
            continue
        gross = sum((tables.meant(row["WRBTR"], row["WAERS"]) for row in items), Decimal(0))
        left = sum((tables.meant(row["WRBTR"], row["WAERS"]) for row in open_items.get(number, ())), Decimal(0))
        owed[number] = _payment_state(gross, max(left - in_part[number], left * 0), _due(items[0]))
    return owed


def _payment_state(gross: Decimal, left: Decimal, due: str) -> Raw:
    state = "paid" if left == 0 else "open" if left == gross else "partial"
    return {"DUE": due, "OPEN": left, "PAID": gross - left, "PAYSTATE": state}


def _due(item: Mapping[str, Any]) -> str:
    start = read_date(item["ZFBDT"])
    return f"{start + timedelta(days=int(item['ZBD1T'])):%Y%m%d}" if start is not None else ""


def payments(reading: Reading, keys: Sequence[str]) -> dict[str, Raw]:
    """Read incoming payments by OBJ_KEY (BELNR, BUKRS, GJAHR together) with the invoices that they paid."""
    tables = reading.tables
    kind = f"BLART = '{reading.settings.payment_type}'"
    heads: dict[str, Row] = {}
    for rows in tables.by("BKPF", "BELNR", {belnr(key) for key in keys}, _BKPF, kind).values():
        heads |= {object_key(row): row for row in rows}
    heads = {key: heads[key] for key in keys if key in heads}
    lines: dict[str, list[Row]] = defaultdict(list)
    if reading.wanted.any("KUNNR", "WRBTR") or reading.wanted.rows("ITEMS"):
        for ledger in LEDGERS:
            for rows in tables.by(ledger, "BELNR", {belnr(key) for key in heads}, _ITEM).values():
                for row in rows:
                    if row["KUNNR"]:
                        lines[object_key(row)].append(row)
    bills = _billed(tables, (row["REBZG"] for rows in lines.values() for row in rows))
    return {key: _payment(tables, key, head, sorted(lines[key], key=_place), bills) for key, head in heads.items()}


def _billed(tables: TableReader, accounts: Iterable[str]) -> dict[str, str]:
    """Find the billing documents of accounting documents."""
    return {belnr: row["VBELN"] for belnr, row in tables.one_by("VBRK", "BELNR", accounts, ["VBELN"]).items()}


def _payment(tables: TableReader, key: str, head: Row, lines: Sequence[Row], bills: Mapping[str, str]) -> Raw:
    amounts = [tables.meant(row["WRBTR"], row["WAERS"]) * (1 if row["SHKZG"] == "H" else -1) for row in lines]
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row, amount in zip(lines, amounts, strict=True):
        if row["REBZG"] in bills:
            paid[bills[row["REBZG"]]] += amount
    return {
        "OBJ_KEY": key,
        **{name: head[name] for name in _BKPF},
        "KUNNR": lines[0]["KUNNR"] if lines else "",
        "WRBTR": sum(amounts, Decimal(0)),
        "ITEMS": [{"VBELN": number, "WRBTR": amount} for number, amount in paid.items()],
    }


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

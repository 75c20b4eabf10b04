"""Pictures of the system for checkers: rows in the words of SAP's tables, and a normal form without numbers and times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from connectors.erp.sap_rfc.backend.accounting import PAYMENT
from connectors.erp.sap_rfc.backend.billing import is_billed, is_credited
from connectors.erp.sap_rfc.backend.clearing import CREDIT, DEBIT, LEDGERS, open_amount
from connectors.erp.sap_rfc.backend.statuses import CREDIT_MEMO, DELIVERY, HEADER, INVOICE, followed
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import Row
from connectors.erp.shared.codecs import shift_out


def rows(system: System, kind: str) -> list[Row]:
    """Give copies of all rows of a kind, in the order in which they came to be; amounts mean what they say."""
    return _KINDS[kind](system.tables)


def _customers(tables: Tables) -> list[Row]:
    found = []
    for head in tables.rows("KNA1"):
        address = tables.get("ADRC", head["ADRNR"]) or {}
        names = {
            "NAME1": "NAME1",
            "NAME2": "NAME2",
            "STRAS": "STREET",
            "ORT01": "CITY1",
            "PSTLZ": "POST_CODE1",
            "HUB_KEY": "SORT2",
        }
        found.append({**head, **{name: address.get(column, "") for name, column in names.items()}})
    return found


def _orders(tables: Tables) -> list[Row]:
    found = []
    for head in tables.rows("VBAK"):
        order, currency = head["VBELN"], head["WAERK"]
        items = [
            {
                "POSNR": item["POSNR"], "MATNR": item["MATNR"], "KWMENG": item["KWMENG"], "ABGRU": item["ABGRU"],
                "LFIMG": followed(tables, order, item["POSNR"], DELIVERY), "NETWR": shift_out(item["NETWR"], currency),
            }
            for item in tables.find("VBAP", VBELN=order)
        ]  # fmt: skip
        business = tables.get("VBKD", order, HEADER) or {}
        value = shift_out(head["NETWR"], currency)
        found.append({**head, "NETWR": value, "HUB_KEY": business.get("IHREZ", ""), "items": items})
    return found


def _deliveries(tables: Tables) -> list[Row]:
    found = []
    for head in tables.rows("LIKP"):
        items = tables.find("LIPS", VBELN=head["VBELN"])
        billed = is_billed(tables, head["VBELN"])
        found.append({**head, "VGBEL": items[0]["VGBEL"], "KUNNR": head["KUNAG"], "billed": billed})
    return found


def _billing(tables: Tables) -> list[Row]:
    found = []
    for head in tables.rows("VBRK"):
        number, currency = head["VBELN"], head["WAERK"]
        item = tables.find("VBRP", VBELN=number)[0]
        amounts = {name: shift_out(head[name], currency) for name in ("NETWR", "MWSBK")}
        left = open_amount(tables, number)
        found.append(
            {
                **head, **amounts, "VGBEL": item["AUBEL"], "invoice": item["VGBEL"], "cancelled": bool(head["FKSTO"]),
                "credited": is_credited(tables, number), "open": amounts["NETWR"] * 0 if left is None else left,
            }
        )  # fmt: skip
    return found


def _payments(tables: Tables) -> list[Row]:
    bills = {row["BELNR"]: row["VBELN"] for row in tables.scan("VBRK")}
    found = []
    for head in tables.rows("BKPF"):
        if head["BLART"] != PAYMENT:
            continue
        place = {name: head[name] for name in ("BUKRS", "BELNR", "GJAHR")}
        lines = sorted((row for ledger in LEDGERS for row in tables.find(ledger, **place)), key=lambda row: str(row["BUZEI"]))
        total = sum((_credited(line) for line in lines), Decimal(0))
        found.append(
            {
                **head, "KUNNR": lines[0]["KUNNR"] if lines else "", "WRBTR": total, "clears": _clears(tables, lines, bills),
                "reversed": bool(head["STBLG"]),
            }
        )  # fmt: skip
    return found


def _clears(tables: Tables, lines: Iterable[Row], bills: Mapping[str, str]) -> dict[str, Decimal]:
    """Say what of a payment settles which invoice: that which an item refers to or names, else those that it was cleared with."""
    clears: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        invoice = bills.get(line["REBZG"]) or (line["ZUONR"] if tables.get("VBRK", line["ZUONR"]) is not None else "")
        if invoice:
            clears[invoice] += _credited(line)
        elif line["AUGBL"]:
            together = tables.find("BSAD", BUKRS=line["BUKRS"], AUGBL=line["AUGBL"])
            for row in together:
                if row["VBELN"] and row["SHKZG"] == DEBIT:
                    before = sum((_credited(part) for part in together if part["REBZG"] == row["BELNR"]), Decimal(0))
                    clears[row["VBELN"]] += -_credited(row) - before
    return dict(clears)


def _credited(line: Row) -> Decimal:
    """Give what an item credits the customer with."""
    return shift_out(line["WRBTR"], line["WAERS"]) * (1 if line["SHKZG"] == CREDIT else -1)


_KINDS: Final[Mapping[str, Callable[[Tables], list[Row]]]] = MappingProxyType(
    {
        "customers": _customers, "orders": _orders, "deliveries": _deliveries, "billing": _billing, "payments": _payments,
    }
)  # fmt: skip


def state(system: System) -> dict[str, dict[str, Row]]:
    """Give the documents by what the business calls them, without numbers, times and the hub's keys."""
    tables = system.tables
    names = {row["VBELN"]: row["BSTNK"] for row in tables.scan("VBAK")}
    customers = {row["KUNNR"]: f"{row['NAME1']} {row['PSTLZ']}".strip() for row in _customers(tables)}
    bills = _billing(tables)
    sources = {row["VBELN"]: names[row["VGBEL"]] for row in bills}
    return {
        "sales_orders": _keyed(
            (names[row["VBELN"]], {"customer": customers[row["KUNNR"]], "WAERK": row["WAERK"], "NETWR": str(row["NETWR"]),
                                   "items": sorted(_item(item) for item in row["items"])})
            for row in _orders(tables)
        ),
        "deliveries": _keyed((names[row["VGBEL"]], {"items": _shipped(tables, row["VBELN"])}) for row in _deliveries(tables)),
        "billing_documents": _keyed((sources[row["VBELN"]], _bill(row)) for row in bills if row["VBTYP"] == INVOICE),
        "credit_memos": _keyed((sources[row["VBELN"]], _bill(row)) for row in bills if row["VBTYP"] == CREDIT_MEMO),
        "incoming_payments": _keyed(
            (
                customers.get(row["KUNNR"], ""),
                {"WAERS": row["WAERS"], "WRBTR": str(row["WRBTR"]), "reversed": row["reversed"],
                 "clears": sorted(f"{sources[bill]} {amount}" for bill, amount in row["clears"].items())},
            )
            for row in _payments(tables)
        ),
    }  # fmt: skip


def _item(item: Row) -> str:
    return f"{item['MATNR']} {item['KWMENG']} {item['NETWR']} {item['LFIMG']} {item['ABGRU']}".strip()


def _shipped(tables: Tables, delivery: str) -> list[str]:
    return sorted(f"{item['MATNR']} {item['LFIMG']}" for item in tables.find("LIPS", VBELN=delivery))


def _bill(row: Row) -> Row:
    amounts = {name: str(row[name]) for name in ("NETWR", "MWSBK", "open")}
    return {"WAERK": row["WAERK"], **amounts, "cancelled": row["cancelled"]}


def _keyed(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    """Tell rows of one name apart by their content, in an order that is the same in every run."""
    seen: Counter[str] = Counter()
    keyed: dict[str, Row] = {}
    for name, content in sorted(rows, key=lambda pair: (pair[0], str(pair[1]))):
        seen[name] += 1
        keyed[f"{name} #{seen[name]}"] = content
    return keyed

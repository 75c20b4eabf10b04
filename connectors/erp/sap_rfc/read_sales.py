"""Orders and deliveries put together from their tables; how far an order's items have come is summed from the document flow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.mock_sap import price_of
from connectors.erp.shared.codecs import alpha_out

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.table_reader import Row, TableReader
    from connectors.erp.sap_rfc.wanted import Reading
    from ltc.core.contract import Raw

HEADER: Final = "000000"
_VBAK: Final = (*("VBELN", "ERDAT", "AUDAT", "AUART", "VKORG", "VTWEG", "SPART", "KUNNR", "BSTNK", "WAERK", "NETWR", "VDATU"),)
_STATUS: Final = ("LFSTK", "FKSAK", "ABSTK", "GBSTK")
_PARTNERS: Final = MappingProxyType({"WE": "KUNWE", "RE": "KUNRE", "RG": "KUNRG"})
_VBAP: Final = ("POSNR", "MATNR", "ARKTX", "KWMENG", "VRKME", "KBMENG", "NETPR", "KPEIN", "KMEIN", "NETWR", "ABGRU")
_LIKP: Final = ("VBELN", "ERDAT", "LFART", "VSTEL", "KUNAG", "KUNNR", "WADAT", "WADAT_IST", "LFDAT", "BOLNR")
_LIPS: Final = ("POSNR", "MATNR", "ARKTX", "LFIMG", "VRKME", "VGBEL", "VGPOS")
_FLOW: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {"J": ("LFMENG", 1), "M": ("FKMENG", 1), "N": ("FKMENG", -1), "O": ("RTMENG", 1), "S": ("RTMENG", -1)}
)
"""What a following document adds to: deliveries, invoices and their cancellations, credit memos and theirs."""


def orders(reading: Reading, numbers: Sequence[str]) -> dict[str, Raw]:
    """Read orders by VBELN with statuses, partners, reference and items."""
    tables, wanted = reading.tables, reading.wanted
    heads = tables.one_by("VBAK", "VBELN", numbers, _VBAK)
    states = tables.one_by(tables.statuses_of("VBAK"), "VBELN", heads, _STATUS) if wanted.any(*_STATUS) else {}
    business = tables.one_by("VBKD", "VBELN", heads, ["IHREZ", "ZTERM"], f"POSNR = '{HEADER}'")
    partners: Mapping[str, Sequence[Row]] = {}
    if wanted.any(*_PARTNERS.values()):
        partners = tables.by("VBPA", "VBELN", heads, ["PARVW", "KUNNR"], f"POSNR = '{HEADER}'")
    items = _items(reading, list(heads)) if wanted.rows("VBAP") else {}
    found: dict[str, Raw] = {}
    for number, head in heads.items():
        currency = str(head["WAERK"])
        roles = {row["PARVW"]: row["KUNNR"] for row in partners.get(number, ())}
        found[number] = {
            **{name: tables.meant(head[name], currency) if name == "NETWR" else head[name] for name in _VBAK},
            **{name: states.get(number, {}).get(name, "") for name in _STATUS},
            "IHREZ": business.get(number, {}).get("IHREZ", ""),
            "ZTERM": business.get(number, {}).get("ZTERM", ""),
            **{name: roles.get(role, "") for role, name in _PARTNERS.items()},
            "VBAP": [_item(tables, row, currency) for row in items.get(number, ())],
        }
    return found


def _items(reading: Reading, numbers: Sequence[str]) -> dict[str, list[Row]]:
    """Read the items of orders, each with its first date, its delivery status, and what followed it."""
    tables, wanted = reading.tables, reading.wanted
    rows = tables.by("VBAP", "VBELN", numbers, _VBAP)
    if wanted.any("EDATU", rows="VBAP"):
        dates = tables.by("VBEP", "VBELN", numbers, ["POSNR", "ETENR", "EDATU"])
        _join(rows, {number: [one for one in some if one["EDATU"]] for number, some in dates.items()}, "EDATU")
    if wanted.any("LFSTA", rows="VBAP"):
        _join(rows, tables.by("VBUP", "VBELN", numbers, ["POSNR", "LFSTA"]), "LFSTA")
    if wanted.any("LFMENG", "FKMENG", "RTMENG", rows="VBAP"):
        flow = tables.by("VBFA", "VBELV", numbers, ["POSNV", "VBTYP_N", "RFMNG"], "VBTYP_V = 'C'")
        for number, some in rows.items():
            sums = followed(flow.get(number, ()))
            for row in some:
                row.update(sums[row["POSNR"]])
    return rows


def followed(flow: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Decimal]]:
    """Sum what followed each item: delivered, invoiced, credited quantities.

    >>> followed([{"POSNV": "000010", "VBTYP_N": "J", "RFMNG": Decimal(3)}])["000010"]["LFMENG"]
    Decimal('3')
    """
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(("LFMENG", "FKMENG", "RTMENG"), Decimal(0)))
    for row in flow:
        if row["VBTYP_N"] in _FLOW:
            name, sign = _FLOW[row["VBTYP_N"]]
            sums[row["POSNV"]][name] += sign * row["RFMNG"]
    return sums


def _join(rows: Mapping[str, Sequence[Row]], others: Mapping[str, Sequence[Row]], name: str) -> None:
    """Give each item the first value of its own further rows."""
    for number, some in rows.items():
        known: dict[str, Any] = {}
        for other in others.get(number, ()):
            known.setdefault(other["POSNR"], other[name])
        for row in some:
            row[name] = known.get(row["POSNR"], "")


def _item(tables: TableReader, row: Row, currency: str) -> Raw:
    item = {name: row[name] for name in _VBAP} | {"POSNR": alpha_out(row["POSNR"])}
    for name in ("NETPR", "NETWR"):
        item[name] = tables.meant(row[name], currency)
    if tables.dialect is not None:
        item |= price_of(item, currency)
    item |= {name: row.get(name, "") for name in ("EDATU", "LFSTA")}
    return item | {name: row.get(name, Decimal(0)) for name in ("LFMENG", "FKMENG", "RTMENG")}


def deliveries(reading: Reading, numbers: Sequence[str]) -> dict[str, Raw]:
    """Read deliveries by VBELN with statuses and items."""
    tables, wanted = reading.tables, reading.wanted
    heads = tables.one_by("LIKP", "VBELN", numbers, _LIKP)
    states = tables.one_by(tables.statuses_of("LIKP"), "VBELN", heads, ["WBSTK", "GBSTK"]) if wanted.any("WBSTK", "GBSTK") else {}
    items = tables.by("LIPS", "VBELN", heads, _LIPS)
    return {
        number: {
            **{name: head[name] for name in _LIKP},
            "WBSTK": states.get(number, {}).get("WBSTK", ""),
            "GBSTK": states.get(number, {}).get("GBSTK", ""),
            "VGBEL": items[number][0]["VGBEL"] if items.get(number) else "",
            "LIPS": [_numbered({name: row[name] for name in _LIPS}, "VGPOS") for row in items.get(number, ())],
        }
        for number, head in heads.items()
    }


def _numbered(row: Raw, *further: str) -> Raw:
    """Show item numbers as people do."""
    return row | {name: alpha_out(row[name]) for name in ("POSNR", *further)}

"""Customers and materials put together from their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.shared.codecs import to_sap_language

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.wanted import Reading
    from ltc.core.contract import Raw

_KNA1: Final = ("KUNNR", "ERDAT", "KTOKD", "STCD1", "STCD5", "STCEG", "BRSCH", "LOEVM", "AUFSD")
_ADRC: Final = (
    *("NAME1", "NAME2", "NAME3", "NAME4", "STREET", "CITY1", "POST_CODE1", "REGION", "COUNTRY"),
    *("LANGU", "SORT2", "TEL_NUMBER"),
)
_KNVV: Final = ("VKORG", "VTWEG", "SPART", "WAERS", "ZTERM", "INCO1", "KONDA")
_KNB1: Final = ("BUKRS", "AKONT", "ZTERM")
_MARA: Final = ("MATNR", "ERSDA", "MTART", "MATKL", "BISMT", "MEINS", "NTGEW", "GEWEI", "EAN11", "LVORM")


def customers(reading: Reading, numbers: Sequence[str]) -> dict[str, Raw]:
    """Read customers by KUNNR, with address, e-mail, credit limit, sales areas and company codes."""
    tables, wanted, settings = reading.tables, reading.wanted, reading.settings
    heads = tables.one_by("KNA1", "KUNNR", numbers, [*_KNA1, "ADRNR", "NAME1"])
    addresses = {head["ADRNR"] for head in heads.values()}
    post = tables.one_by("ADRC", "ADDRNUMBER", addresses, _ADRC)
    mails = tables.one_by("ADR6", "ADDRNUMBER", addresses, ["SMTP_ADDR"]) if wanted.any("SMTP_ADDR") else {}
    limits: Mapping[str, Mapping[str, Any]] = {}
    if wanted.any("KLIMK", "KWAER"):
        limits = tables.one_by("KNKK", "KUNNR", heads, ["KLIMK", "WAERS"], f"KKBER = '{settings.credit_area}'")
    need_areas = wanted.any("WAERS", "ZTERM") or wanted.rows("KNVV")
    areas = tables.by("KNVV", "KUNNR", heads, _KNVV) if need_areas else {}
    books = tables.by("KNB1", "KUNNR", heads, _KNB1) if wanted.rows("KNB1") else {}
    found: dict[str, Raw] = {}
    for number, head in heads.items():
        address, mail, limit = post.get(head["ADRNR"], {}), mails.get(head["ADRNR"], {}), limits.get(number, {})
        rows = [_area(row) for row in areas.get(number, ())]
        reference = next((row for row in rows if row["AREA"] == reference_area(settings)), {})
        currency = str(limit.get("WAERS", ""))
        found[number] = {
            **{name: head[name] for name in _KNA1},
            **{name: address.get(name, "") for name in _ADRC},
            "NAME1": address.get("NAME1") or head["NAME1"],
            "SMTP_ADDR": mail.get("SMTP_ADDR", ""),
            "KLIMK": tables.meant(limit["KLIMK"], currency) if limit else Decimal(0),
            "KWAER": currency,
            "WAERS": reference.get("WAERS", ""),
            "ZTERM": reference.get("ZTERM", ""),
            "KNVV": rows,
            "KNB1": [{name: row[name] for name in _KNB1} for row in books.get(number, ())],
        }
    return found


def reference_area(settings: Any) -> str:
    """Name the sales area whose currency and terms count as the customer's own."""
    return f"{settings.sales_org}/{settings.channel}/{settings.division}"


def _area(row: Mapping[str, Any]) -> Raw:
    return {"AREA": f"{row['VKORG']}/{row['VTWEG']}/{row['SPART']}", **{name: row[name] for name in _KNVV}}


def materials(reading: Reading, numbers: Sequence[str]) -> dict[str, Raw]:
    """Read materials by MATNR, with their text in the language of the logon."""
    tables = reading.tables
    heads = tables.one_by("MARA", "MATNR", numbers, _MARA)
    texts: Mapping[str, Mapping[str, Any]] = {}
    if reading.wanted.any("MAKTX"):
        language = to_sap_language(reading.settings.lang)
        texts = tables.one_by("MAKT", "MATNR", heads, ["MAKTX"], f"SPRAS = '{language}'")
    return {
        number: {**{name: head[name] for name in _MARA}, "MAKTX": texts.get(number, {}).get("MAKTX", "")}
        for number, head in heads.items()
    }

"""Describing: the fields of the tables that an object is put together from, by the names that its records have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.mock_sap import MOCK_SAP
from ltc.core.contract import FieldSchema, ObjectSchema

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Pool

_TYPES: Final = MappingProxyType(
    {"CURR": "decimal", "QUAN": "decimal", "DEC": "decimal", "DATS": "date", "TIMS": "time", "INT4": "integer", "NUMC": "string"}
)
_ORDER: Final = "KUNNR AUART VKORG VTWEG SPART BSTNK WAERK VDATU AUDAT IHREZ ZTERM KUNWE KUNRE KUNRG"
_CUSTOMER: Final = (
    "NAME1 NAME2 NAME3 NAME4 STREET CITY1 POST_CODE1 REGION COUNTRY LANGU SORT2 TEL_NUMBER SMTP_ADDR STCD1 STCD5 STCEG BRSCH "
    "KLIMK KWAER WAERS ZTERM LOEVM AUFSD KTOKD"
)
_BILL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "VBRK": "VBELN FKART VBTYP FKDAT KUNRG KUNAG WAERK NETWR MWSBK GROSS=NETWR ZTERM FKSTO BUKRS BELNR GJAHR",
        "VBRP": "AUBEL VGBEL",
        "BSID": "DUE=ZFBDT OPEN=WRBTR PAID=WRBTR PAYSTATE=SHKZG",
        "VBRP[]": "POSNR MATNR ARKTX FKIMG VRKME NETWR MWSBP AUBEL AUPOS VGBEL VGPOS",
    }
)
TREES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "customer": {
            "KNA1": "KUNNR ERDAT KTOKD STCD1 STCD5 STCEG BRSCH LOEVM AUFSD",
            "ADRC": "NAME1 NAME2 NAME3 NAME4 STREET CITY1 POST_CODE1 REGION COUNTRY LANGU SORT2 TEL_NUMBER",
            "ADR6": "SMTP_ADDR",
            "KNKK": "KLIMK KWAER=WAERS",
            "KNVV": "WAERS ZTERM",
            "KNVV[]": "VKORG VTWEG SPART WAERS ZTERM INCO1 KONDA",
            "KNB1[]": "BUKRS AKONT ZTERM",
        },
        "material": {"MARA": "MATNR ERSDA MTART MATKL BISMT MEINS NTGEW GEWEI EAN11 LVORM", "MAKT": "MAKTX"},
        "sales_order": {
            "VBAK": "VBELN ERDAT AUDAT AUART VKORG VTWEG SPART KUNNR BSTNK WAERK NETWR VDATU",
            "VBUK": "LFSTK FKSAK ABSTK GBSTK",
            "VBKD": "IHREZ ZTERM",
            "VBPA": "KUNWE=KUNNR KUNRE=KUNNR KUNRG=KUNNR",
            "VBAP[]": "POSNR MATNR ARKTX KWMENG VRKME KBMENG NETPR KPEIN KMEIN NETWR ABGRU",
            "VBEP[VBAP]": "EDATU",
            "VBUP[VBAP]": "LFSTA",
            "VBFA[VBAP]": "LFMENG=RFMNG FKMENG=RFMNG RTMENG=RFMNG",
        },
        "delivery": {
            "LIKP": "VBELN ERDAT LFART VSTEL KUNAG KUNNR WADAT WADAT_IST LFDAT BOLNR",
            "VBUK": "WBSTK GBSTK",
            "LIPS": "VGBEL",
            "LIPS[]": "POSNR MATNR ARKTX LFIMG VRKME VGBEL VGPOS",
        },
        "billing_document": _BILL,
        "credit_memo": _BILL,
        "incoming_payment": {
            "BKPF": "OBJ_KEY=AWKEY BUKRS BELNR GJAHR BUDAT BLDAT WAERS XBLNR STBLG",
            "BSID": "KUNNR WRBTR",
            "BSIS": "FEE=WRBTR FEEWAERS=WAERS",
            "BSID[ITEMS]": "VBELN WRBTR",
        },
    }
)
"""For each object its tables and the fields taken from them; ``NAME=FIELD`` where a record calls a field otherwise."""

WRITABLE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "customer": frozenset(_CUSTOMER.split()) | {"KNVV", "KNB1"},
        "material": frozenset(["MATNR", "MAKTX", "MATKL", "BISMT", "MEINS", "NTGEW", "GEWEI", "EAN11", "LVORM"]),
        "sales_order": frozenset(_ORDER.split()) | {"VBAP"},
        "incoming_payment": frozenset(["BUDAT", "BLDAT", "WAERS", "XBLNR", "KUNNR", "WRBTR", "FEE", "FEEWAERS", "ITEMS"]),
    }
)
_ITEMS: Final = frozenset(["POSNR", "MATNR", "ARKTX", "KWMENG", "VRKME", "NETPR", "KPEIN", "KMEIN", "ABGRU", "EDATU"])
_REQUIRED: Final = MappingProxyType(
    {"customer": {"NAME1", "COUNTRY"}, "material": {"MATNR", "MEINS"}, "sales_order": {"KUNNR"}, "incoming_payment": {"KUNNR"}}
)


def describe(pool: Pool, obj: str) -> ObjectSchema:
    """Describe an object by asking the dictionary for each of its tables."""
    head: dict[str, FieldSchema] = {}
    lists: dict[str, dict[str, FieldSchema]] = {}
    has_dictionary = pool.settings.tables != "mock_sap"
    with pool.session() as session:
        for place, names in TREES[obj].items():
            table, bracket, inner = place.partition("[")
            rows = (inner.rstrip("]") or table) if bracket else ""
            known = _fields(pool, session, table)
            target = lists.setdefault(rows, {}) if rows else head
            for name, _, column in (word.partition("=") for word in names.split()):
                if has_dictionary and (column or name) not in known:
                    continue  # this system's dictionary has no such column, so nobody can read it
                target.setdefault(name, _schema(obj, name, known.get(column or name, {}), rows))
    wanted = WRITABLE.get(obj, frozenset())
    listed = [FieldSchema(name, "list", writable=name in wanted, fields=list(some.values())) for name, some in lists.items()]
    return ObjectSchema(obj, [*head.values(), *listed])


def _fields(pool: Pool, session: Any, table: str) -> dict[str, Mapping[str, Any]]:
    """Ask for the fields of a table; mock-sap has no dictionary, so there its columns by their ECC names must do."""
    if pool.settings.tables == "mock_sap":
        return {name: {"DATATYPE": "CHAR", "LENG": "0", "DECIMALS": "0"} for name in MOCK_SAP.tables.get(table, ("", {}))[1]}
    return {str(row["FIELDNAME"]): row for row in session.call("DDIF_FIELDINFO_GET", TABNAME=table)["DFIES_TAB"]}


def _schema(obj: str, name: str, told: Mapping[str, Any], rows: str) -> FieldSchema:
    kind = str(told.get("DATATYPE", "CHAR"))
    wanted = WRITABLE.get(obj, frozenset())
    writable = name in _ITEMS if rows == "VBAP" else (rows or name) in wanted
    return FieldSchema(
        name,
        _TYPES.get(kind, "string"),
        required=not rows and name in _REQUIRED.get(obj, ()),
        writable=writable,
        length=int(told.get("LENG", 0)),
        decimals=int(told.get("DECIMALS", 0)),
    )

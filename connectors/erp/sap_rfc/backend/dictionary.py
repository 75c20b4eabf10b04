"""The ABAP dictionary of the simulated system: which fields its tables have, and of which type.

A field is written ``name:type``, a key with a star: C (text), N (digits), D (date), T (time), P (packed), ``A`` an amount of
money (kept shifted by the currency's decimals), ``Q`` a quantity, both with the field of their currency or unit; ``W`` a
currency key, ``U`` a unit, ``L`` a language. Every table starts with its client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from connectors.erp.sap_rfc.backend.dictionary_texts import TEXTS

_SOURCES: Final[Mapping[str, str]] = {
    "KNA1": "KUNNR*:C10 LAND1:C3 NAME1:C35 KTOKD:C4 ERDAT:D ADRNR:C10 STCD1:C16 STCD5:C60 STCEG:C20 BRSCH:C4 SPRAS:L LOEVM:C1 "
    "AUFSD:C2",
    "KNKK": "KUNNR*:C10 KKBER*:C4 KLIMK:A.WAERS WAERS:W",
    "ADRC": "ADDRNUMBER*:C10 NAME1:C40 NAME2:C40 NAME3:C40 NAME4:C40 CITY1:C40 POST_CODE1:C10 STREET:C60 COUNTRY:C3 "
    "REGION:C3 LANGU:L SORT1:C20 SORT2:C20 TEL_NUMBER:C30",
    "ADR6": "ADDRNUMBER*:C10 CONSNUMBER*:N3 SMTP_ADDR:C241",
    "KNVV": "KUNNR*:C10 VKORG*:C4 VTWEG*:C2 SPART*:C2 WAERS:W ZTERM:C4 INCO1:C3 KONDA:C2",
    "KNB1": "KUNNR*:C10 BUKRS*:C4 AKONT:C10 ZTERM:C4",
    "MARA": "MATNR*:C18 ERSDA:D LAEDA:D LVORM:C1 MTART:C4 MATKL:C9 BISMT:C18 MEINS:U NTGEW:Q13.3.GEWEI GEWEI:U EAN11:C18",
    "MAKT": "MATNR*:C18 SPRAS*:L MAKTX:C40",
    "VBAK": "VBELN*:C10 ERDAT:D ERZET:T AEDAT:D AUDAT:D VBTYP:C1 AUART:C4 VKORG:C4 VTWEG:C2 SPART:C2 KUNNR:C10 BSTNK:C20 "
    "WAERK:W NETWR:A.WAERK VDATU:D",
    "VBUK": "VBELN*:C10 LFSTK:C1 FKSAK:C1 ABSTK:C1 GBSTK:C1 WBSTK:C1",
    "VBUP": "VBELN*:C10 POSNR*:N6 LFSTA:C1 FKSAA:C1 ABSTA:C1 GBSTA:C1",
    "VBKD": "VBELN*:C10 POSNR*:N6 BSTKD:C35 IHREZ:C12 ZTERM:C4 INCO1:C3",
    "VBPA": "VBELN*:C10 POSNR*:N6 PARVW*:C2 KUNNR:C10",
    "VBAP": "VBELN*:C10 POSNR*:N6 MATNR:C18 ARKTX:C40 KWMENG:Q15.3.VRKME VRKME:U KBMENG:Q15.3.VRKME NETPR:A.WAERK "
    "KPEIN:P5 KMEIN:U NETWR:A.WAERK WAERK:W ABGRU:C2 MATKL:C9",
    "VBEP": "VBELN*:C10 POSNR*:N6 ETENR*:N4 EDATU:D WMENG:Q13.3.VBAP-VRKME BMENG:Q13.3.VBAP-VRKME",
    "ZATP": "VBELN*:C10 POSNR*:N6 BMENG:Q13.3.VBAP-VRKME",
    "VBFA": "VBELV*:C10 POSNV*:N6 VBELN*:C10 POSNN*:N6 VBTYP_N*:C1 VBTYP_V:C1 RFMNG:Q15.3.MEINS MEINS:U RFWRT:A.WAERS "
    "WAERS:W ERDAT:D",
    "LIKP": "VBELN*:C10 ERDAT:D AEDAT:D LFART:C4 VSTEL:C4 KUNAG:C10 KUNNR:C10 WADAT:D WADAT_IST:D LFDAT:D BOLNR:C35",
    "LIPS": "VBELN*:C10 POSNR*:N6 MATNR:C18 ARKTX:C40 LFIMG:Q13.3.VRKME VRKME:U VGBEL:C10 VGPOS:N6",
    "VBRK": "VBELN*:C10 FKART:C4 VBTYP:C1 FKDAT:D ERDAT:D KUNRG:C10 KUNAG:C10 WAERK:W NETWR:A.WAERK MWSBK:A.WAERK "
    "ZTERM:C4 FKSTO:C1 SFAKN:C10 BUKRS:C4 BELNR:C10 GJAHR:N4",
    "VBRP": "VBELN*:C10 POSNR*:N6 MATNR:C18 ARKTX:C40 FKIMG:Q13.3.VRKME VRKME:U NETWR:A.VBRK-WAERK MWSBP:A.VBRK-WAERK "
    "AUBEL:C10 AUPOS:N6 VGBEL:C10 VGPOS:N6",
    "BKPF": "BUKRS*:C4 BELNR*:C10 GJAHR*:N4 BLART:C2 BLDAT:D BUDAT:D CPUDT:D CPUTM:T AEDAT:D XBLNR:C16 WAERS:W STBLG:C10 "
    "AWTYP:C5 AWKEY:C20",
    "BSID": "BUKRS*:C4 KUNNR*:C10 GJAHR*:N4 BELNR*:C10 BUZEI*:N3 BUDAT:D CPUDT:D WAERS:W SHKZG:C1 WRBTR:A.WAERS ZUONR:C18 "
    "ZFBDT:D ZBD1T:P3 VBELN:C10 REBZG:C10 REBZJ:N4 BLART:C2 XBLNR:C16 AUGDT:D AUGBL:C10",
    "BSIS": "BUKRS*:C4 HKONT*:C10 GJAHR*:N4 BELNR*:C10 BUZEI*:N3 BUDAT:D WAERS:W SHKZG:C1 WRBTR:A.WAERS ZUONR:C18 BLART:C2 "
    "XBLNR:C16",
    "CDHDR": "OBJECTCLAS*:C15 OBJECTID*:C90 CHANGENR*:C10 USERNAME:C12 UDATE:D UTIME:T TCODE:C20 CHANGE_IND:C1",
}  # fmt: skip
_CLIENT_NAMES: Final = {"ADRC": "CLIENT", "ADR6": "CLIENT", "CDHDR": "MANDANT"}
_SHORTHAND: Final = {"D": "D8", "T": "T6", "W": "W5", "U": "U3", "L": "L1", "A": "A15.2"}
_DATATYPES: Final = {
    "C": "CHAR", "N": "NUMC", "D": "DATS", "T": "TIMS", "P": "DEC", "A": "CURR", "Q": "QUAN", "W": "CUKY", "U": "UNIT",
    "L": "LANG",
}  # fmt: skip
INITIAL_DATE: Final = "00000000"
INITIAL_TIME: Final = "000000"


@dataclass(frozen=True, slots=True)
class Field:
    """One column; ``kind`` is the ABAP type as RFC_READ_TABLE says it: C, N, D, T or P."""

    name: str
    kind: str
    datatype: str
    length: int
    decimals: int
    key: bool
    text: str
    reference: str = ""


@dataclass(frozen=True)
class Table:
    """One transparent table; its first field is the client."""

    name: str
    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Give the fields by name."""
        return MappingProxyType({field.name: field for field in self.fields})

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Name the key fields after the client."""
        return tuple(field.name for field in self.fields[1:] if field.key)


def _field(table: str, source: str) -> Field:
    name, _, kind = source.partition(":")
    letter, rest = kind[0], kind[1:]
    if kind.partition(".")[0] in _SHORTHAND:
        short, _, reference = kind.partition(".")
        full = _SHORTHAND[short][1:] + (f".{reference}" if reference else "")
    else:
        full = rest
    length, *more = full.split(".")
    decimals = int(more.pop(0)) if more and letter in "PAQ" else 0
    reference = more.pop(0) if more else ""
    if reference and "-" not in reference:
        reference = f"{table}-{reference}"
    plain = name.rstrip("*")
    return Field(
        name=plain,
        kind=letter if letter in "NDT" else "P" if letter in "PAQ" else "C",
        datatype=_DATATYPES[letter],
        length=int(length),
        decimals=decimals,
        key=name.endswith("*"),
        text=TEXTS.get(plain, plain),
        reference=reference,
    )


def _table(name: str, source: str) -> Table:
    client = Field(_CLIENT_NAMES.get(name, "MANDT"), "C", "CLNT", 3, 0, key=True, text="Client")
    return Table(name, (client, *(_field(name, one) for one in source.split())))


TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {name: _table(name, source) for name, source in {**_SOURCES, "BSAD": _SOURCES["BSID"]}.items()}
)
CLUSTERS: Final = frozenset({"BSEG"})
"""Tables that SAP keeps inside others, so that RFC_READ_TABLE cannot read them."""

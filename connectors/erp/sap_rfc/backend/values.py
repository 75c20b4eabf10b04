"""What all function modules of the simulated system say and how they take values in: messages, exceptions, languages, keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from connectors.erp.shared.codecs import alpha_in

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.backend.sessions import Session
    from connectors.erp.sap_rfc.backend.system import System

Row: TypeAlias = dict[str, Any]
FunctionModule: TypeAlias = Callable[["System", "Session", dict[str, Any]], dict[str, Any]]

CLIENT: Final = "100"
SYSTEM_ID: Final = "SIM"
MATERIAL_WIDTH: Final = 18
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AR": "A", "BG": "W", "CS": "C", "DA": "K", "DE": "D", "EL": "G", "EN": "E", "ES": "S", "FI": "U", "FR": "F", "HE": "B",
        "HR": "6", "HU": "H", "IT": "I", "JA": "J", "KO": "3", "NL": "N", "NO": "O", "PL": "L", "PT": "P", "RO": "4", "RU": "R",
        "SK": "Q", "SL": "5", "SV": "V", "TH": "2", "TR": "T", "UK": "8", "ZF": "M", "ZH": "1",
    }
)  # fmt: skip
"""ISO 639 and SAP's one character for it (table T002)."""


class AbapError(Exception):
    """A call fails as a whole: an ABAP exception (rc 5), a wrong parameter (20), a wrong value (22), a short dump (3)."""

    def __init__(self, rc: int, key: str, message: str) -> None:
        """Carry what the RFC library tells its caller."""
        super().__init__(message)
        self.rc = rc
        self.key = key
        self.message = message


def message(
    kind: str, identity: str, number: str, text: str, v1: str = "", v2: str = "", v3: str = "", v4: str = "", *,
    parameter: str = "", row: int = 0, field: str = "",
) -> Row:  # fmt: skip
    """Make a row of BAPIRET2."""
    return {
        "TYPE": kind, "ID": identity, "NUMBER": number, "MESSAGE": text, "LOG_NO": "", "LOG_MSG_NO": "000000",
        "MESSAGE_V1": v1, "MESSAGE_V2": v2, "MESSAGE_V3": v3, "MESSAGE_V4": v4,
        "PARAMETER": parameter, "ROW": row, "FIELD": field, "SYSTEM": f"{SYSTEM_ID}CLNT{CLIENT}",
    }  # fmt: skip


def failed(rows: list[Row]) -> bool:
    """Tell whether a RETURN table holds an error or an abort."""
    return any(row["TYPE"] in {"E", "A"} for row in rows)


def number(value: object, name: str = "") -> Decimal:
    """Take a number of a parameter in; a value that is none ends the call as the RFC library does."""
    try:
        return Decimal(str(value).strip() or "0")
    except InvalidOperation as error:
        raise AbapError(22, "RFC_CONVERSION_FAILURE", f"Cannot convert field {name} value {value!r} into a number") from error


def language(text: str) -> str:
    """Give SAP's one character for an ISO language; what SAP itself writes stays.

    >>> language("de"), language("ZH"), language("D"), language("")
    ('D', '1', 'D', '')
    """
    upper = text.strip().upper()
    return LANGUAGES.get(upper, upper[:1])


def material_number(text: str) -> str:
    """Write a material number as MARA keeps it: upper case, numeric ones with zeros in front.

    >>> material_number("p-100"), material_number("4711")
    ('P-100', '000000000000004711')
    """
    return alpha_in(text.strip().upper(), MATERIAL_WIDTH)


def flagged(flags: Mapping[str, Any], name: str) -> bool:
    """Tell whether an X structure of a BAPI says that a field is to be taken."""
    return str(flags.get(name, "")).strip().upper() == "X"

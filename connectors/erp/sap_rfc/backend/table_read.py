"""RFC_READ_TABLE and DDIF_FIELDINFO_GET: rows of any table as fixed-width text, and what the dictionary says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.dictionary import CLUSTERS, TABLES, Field, Table
from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.values import AbapError, FunctionModule, Row
from connectors.erp.sap_rfc.backend.where import select

MOST_IN_A_ROW: Final = 512
MOST_IN_AN_OPTION: Final = 72
_READ: Final = frozenset(
    {"QUERY_TABLE", "DELIMITER", "NO_DATA", "ROWSKIPS", "ROWCOUNT", "GET_SORTED", "OPTIONS", "FIELDS", "DATA"}
)
_DESCRIBE: Final = frozenset({"TABNAME", "FIELDNAME", "LANGU", "ALL_TYPES", "DFIES_TAB"})


def rfc_read_table(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Read committed rows of one table; in the order of its keys."""
    del session
    only(params, _READ)
    name = str(params.get("QUERY_TABLE", "")).upper()
    if name in CLUSTERS:
        raise AbapError(5, "TABLE_WITHOUT_DATA", f"{name} is a cluster table; its rows cannot be read directly")
    table = TABLES.get(name)
    if table is None:
        raise AbapError(5, "TABLE_NOT_AVAILABLE", f"Table {name} is not active in the Dictionary")
    fields = _wanted(table, params.get("FIELDS") or [])
    delimiter = str(params.get("DELIMITER", "")).strip()[:1]
    described = _placed(fields, delimiter)
    if int(described[-1]["OFFSET"]) + int(described[-1]["LENGTH"]) > MOST_IN_A_ROW:
        raise AbapError(5, "DATA_BUFFER_EXCEEDED", "Selected fields do not fit into structure DATA")
    rows = select(system.tables, table, _selection(params.get("OPTIONS") or []))
    if str(params.get("NO_DATA", "")).strip():
        return {"FIELDS": described, "DATA": []}
    skip, count = _count(params, "ROWSKIPS"), _count(params, "ROWCOUNT")
    page = islice(rows, skip, skip + count if count else None)
    return {"FIELDS": described, "DATA": [{"WA": _line(fields, delimiter, row)} for row in page]}


def ddif_fieldinfo_get(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Describe the fields of one table."""
    del system, session
    only(params, _DESCRIBE)
    table = TABLES.get(str(params.get("TABNAME", "")).upper())
    if table is None:
        raise AbapError(5, "NOT_FOUND", f"Nothing found for {params.get('TABNAME', '')}")
    wanted = str(params.get("FIELDNAME", "")).strip().upper()
    return {
        "DFIES_TAB": [
            _described(table, place, field) for place, field in enumerate(table.fields, start=1) if wanted in {"", field.name}
        ]
    }


def only(params: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse a parameter that the function module does not have, as the RFC library does."""
    strange = sorted(params.keys() - known)
    if strange:
        raise AbapError(20, "RFC_INVALID_PARAMETER", f"field '{strange[0]}' not found")


def _wanted(table: Table, asked: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    names = [str(row.get("FIELDNAME", "")).strip().upper() for row in asked]
    unknown = [name for name in names if name not in table.by_name]
    if unknown:
        raise AbapError(5, "FIELD_NOT_VALID", f"Field {unknown[0]} is not in table {table.name}")
    return tuple(table.by_name[name] for name in names) or table.fields


def _placed(fields: Sequence[Field], delimiter: str) -> list[Row]:
    described, offset = [], 0
    for field in fields:
        described.append(
            {
                "FIELDNAME": field.name, "OFFSET": f"{offset:06d}", "LENGTH": f"{field.length:06d}", "TYPE": field.kind,
                "FIELDTEXT": field.text,
            }
        )  # fmt: skip
        offset += field.length + len(delimiter)
    return described


def _selection(options: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [str(row.get("TEXT", "")) for row in options]
    for line in lines:
        if len(line.rstrip()) > MOST_IN_AN_OPTION:
            raise AbapError(
                22, "RFC_CONVERSION_FAILURE", f"TEXT of OPTIONS takes {MOST_IN_AN_OPTION} characters, not {len(line)}"
            )
    return lines


def _count(params: Mapping[str, Any], name: str) -> int:
    value = params.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AbapError(22, "RFC_CONVERSION_FAILURE", f"{name} takes a whole number, not {value!r}")
    return value


def _line(fields: Sequence[Field], delimiter: str, row: Row) -> str:
    return delimiter.join([_printed(field, row[field.name]) for field in fields]).rstrip()


def _printed(field: Field, value: str | Decimal) -> str:
    """Print a value as ABAP moves it into text: numbers to the right with a place for the sign behind them."""
    if not isinstance(value, Decimal):
        return value.ljust(field.length)
    text = f"{abs(value):f}{'-' if value < 0 else ' '}".rjust(field.length)
    # What does not fit loses its head and is marked with a star: so ABAP does it.
    return text if len(text) == field.length else f"*{text[1 - field.length :]}"


def _described(table: Table, place: int, field: Field) -> Row:
    reference, _, name = field.reference.partition("-")
    return {
        "TABNAME": table.name, "FIELDNAME": field.name, "POSITION": f"{place:04d}", "DATATYPE": field.datatype,
        "LENG": f"{field.length:06d}", "DECIMALS": f"{field.decimals:06d}", "KEYFLAG": "X" if field.key else "",
        "INTTYPE": field.kind, "FIELDTEXT": field.text, "REFTABLE": reference, "REFFIELD": name,
    }  # fmt: skip


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType(
    {"RFC_READ_TABLE": rfc_read_table, "DDIF_FIELDINFO_GET": ddif_fieldinfo_get}
)

"""Where the simulated system may fail, how, and by which business key that is decided: never by a number that SAP drew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.backend.customers import customer_key
from connectors.erp.sap_rfc.backend.values import Row, material_number, message
from connectors.erp.shared.codecs import alpha_in

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.backend.sessions import Session
    from connectors.erp.sap_rfc.backend.tables import Tables
    from ltc.core.simulation import Kind

COMMIT: Final = "BAPI_TRANSACTION_COMMIT"
READ_FAULTS: Final[tuple[Kind, ...]] = ("503", "drop_before", "truncate", "expire_token")
WRITE_FAULTS: Final[tuple[Kind, ...]] = ("503", "drop_before", "truncate", "lock", "expire_token")
COMMIT_FAULTS: Final[tuple[Kind, ...]] = ("503", "drop_before", "drop_after_commit", "truncate", "expire_token")


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the dialect that may fail, and the business key at hand."""

    name: str
    key: str
    kinds: tuple[Kind, ...]


def point(tables: Tables, session: Session, function: str, params: Mapping[str, Any]) -> Point | None:
    """Name the place where a call may fail; None for calls that do not."""
    if function == "RFC_READ_TABLE":
        return Point("read", str(params.get("QUERY_TABLE", "")), READ_FAULTS)
    if function == COMMIT:
        return Point("commit", " + ".join(session.keys), COMMIT_FAULTS) if session.keys else None
    named = _WRITES.get(function)
    if named is None:
        return None
    name, key = named(tables, session, params)
    return Point(name, key, WRITE_FAULTS)


def locked(function: str, point_of: Point, user: str) -> Row:
    """Answer that somebody else works on the object."""
    if function == "BAPI_MATERIAL_SAVEDATA":
        text = f"The material {point_of.key} is locked by user {user}"
        return {"RETURN": message("E", "M3", "024", text, point_of.key, user), "RETURNMESSAGES": []}
    text = f"{point_of.key} is currently being processed by user {user}"
    return {"RETURN": [message("E", "V1", "042", text, point_of.key, user)]}


def _customer(tables: Tables, session: Session, params: Mapping[str, Any]) -> tuple[str, str]:
    del session
    asked = str(params.get("I_KUNNR") or "").strip()
    if not asked:
        return "create", customer_key(params.get("IS_DATA") or {})
    general = tables.get("KNA1", alpha_in(asked)) or {}
    return "change", customer_key(tables.get("ADRC", str(general.get("ADRNR", ""))) or {})


def _material(tables: Tables, session: Session, params: Mapping[str, Any]) -> tuple[str, str]:
    del session
    material = material_number(str((params.get("HEADDATA") or {}).get("MATERIAL", "")))
    return "change" if tables.get("MARA", material) else "create", material


def _new_order(tables: Tables, session: Session, params: Mapping[str, Any]) -> tuple[str, str]:
    del tables, session
    return "create", str((params.get("ORDER_HEADER_IN") or {}).get("PURCH_NO_C", ""))


def _order(tables: Tables, session: Session, params: Mapping[str, Any]) -> tuple[str, str]:
    del session
    order = tables.get("VBAK", alpha_in(str(params.get("SALESDOCUMENT", "")))) or {}
    return "change", str(order.get("BSTNK", ""))


def _posting(tables: Tables, session: Session, params: Mapping[str, Any]) -> tuple[str, str]:
    del tables, session
    return "create", str((params.get("DOCUMENTHEADER") or {}).get("REF_DOC_NO", ""))


def _clearing(tables: Tables, session: Session, params: Mapping[str, Any]) -> tuple[str, str]:
    company, number, year = (str(params.get(name, "")) for name in ("I_BUKRS", "I_BELNR", "I_GJAHR"))
    document = tables.get("BKPF", company, alpha_in(number), year)
    waiting = session.keys[-1] if session.keys else ""
    return "change", f"clear {document['XBLNR'] if document else waiting}"


_WRITES: Final[Mapping[str, Callable[[Tables, Session, Mapping[str, Any]], tuple[str, str]]]] = MappingProxyType(
    {
        "Z_LTC_CUSTOMER_SAVE": _customer,
        "BAPI_MATERIAL_SAVEDATA": _material,
        "BAPI_SALESORDER_CREATEFROMDAT2": _new_order,
        "BAPI_SALESORDER_CHANGE": _order,
        "BAPI_ACC_DOCUMENT_POST": _posting,
        "Z_LTC_CLEAR_OPEN_ITEMS": _clearing,
        "Z_LTC_REVERSE_PAYMENT": _clearing,
    }
)
FAILURES: Final[Mapping[str, tuple[int, int, str, str]]] = MappingProxyType(
    {
        "429": (503, 1, "RFC_COMMUNICATION_FAILURE", "No free work process: the system is overloaded"),
        "503": (503, 1, "RFC_COMMUNICATION_FAILURE", "No free work process"),
        "expire_token": (500, 1, "RFC_COMMUNICATION_FAILURE", "Connection to partner was closed: the session is gone"),
        "lock": (500, 5, "FOREIGN_LOCK", "The object is locked by another user"),
        "partial": (500, 3, "SYSTEM_FAILURE", "TIME_OUT: Time limit exceeded"),
    }
)
"""How a fault is told: HTTP status, return code of the RFC library, key and message."""

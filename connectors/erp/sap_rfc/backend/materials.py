"""Material masters: the BAPI that saves them, and how clerks enter them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import FunctionModule, Row, flagged, language, material_number, message, number

MATERIAL_TYPE: Final = "HAWA"
LANGUAGE: Final = "E"
_SAVE: Final = frozenset({"HEADDATA", "CLIENTDATA", "CLIENTDATAX", "MATERIALDESCRIPTION", "RETURN", "RETURNMESSAGES"})
_DRAWN: Final = frozenset({"MANDT", "MATNR", "ERSDA", "LAEDA", "BISMT"})
_COLUMNS: Final = MappingProxyType(
    {
        "BASE_UOM": "MEINS",
        "MATL_GROUP": "MATKL",
        "OLD_MAT_NO": "BISMT",
        "EAN_UPC": "EAN11",
        "NET_WEIGHT": "NTGEW",
        "UNIT_OF_WT": "GEWEI",
        "DEL_FLAG": "LVORM",
    }
)


def bapi_material_savedata(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Create a material or change the flagged fields of one."""
    only(params, _SAVE)
    head: Mapping[str, Any] = params.get("HEADDATA") or {}
    material = material_number(str(head.get("MATERIAL", "")))
    data, flags = params.get("CLIENTDATA") or {}, params.get("CLIENTDATAX") or {}
    fields: Row = {}
    if flagged(head, "BASIC_VIEW"):
        fields = {column: data.get(name, "") for name, column in _COLUMNS.items() if flagged(flags, name)}
    if "NTGEW" in fields:
        fields["NTGEW"] = number(fields["NTGEW"], "NET_WEIGHT")
    texts = {
        language(str(row.get("LANGU") or row.get("LANGU_ISO") or LANGUAGE)): str(row.get("MATL_DESC", ""))
        for row in params.get("MATERIALDESCRIPTION") or []
    }
    new = system.tables.get("MARA", material) is None and material not in session.staged.get("materials", ())
    fault = _fault(material, str(head.get("MATL_TYPE", "")), fields, texts) if new else None
    if fault is not None:
        return {"RETURN": fault, "RETURNMESSAGES": [fault]}
    if new:
        fields["MTART"] = str(head["MATL_TYPE"])
        session.staged.setdefault("materials", set()).add(material)
    session.pending.append(lambda: save(system, material, fields, texts, session.user))
    said = message("S", "M3", "356", f"The material {material} has been created or extended", material)
    return {"RETURN": said, "RETURNMESSAGES": [said]}


def seed_material(system: System, given: Mapping[str, Any], actor: str) -> str:
    """Enter a material as a clerk does, keep its prices apart, and give its number."""
    material = material_number(str(given["MATNR"]))
    prices = {currency: Decimal(price) for currency, price in (given.get("prices") or {}).items()}
    fields = {name: value for name, value in given.items() if name not in {"MATNR", "MAKTX", "prices"}}
    text = {LANGUAGE: str(given["MAKTX"])} if "MAKTX" in given else {}
    save(system, material, {"MTART": MATERIAL_TYPE, **fields}, text, actor)
    system.tables.prices[material] = prices
    return material


def save(system: System, material: str, fields: Mapping[str, Any], texts: Mapping[str, str], actor: str) -> None:
    """Write a material; if nothing is new, there is neither a change document nor a mutation."""
    tables = system.tables
    old, today = tables.get("MARA", material), system.today()
    before = (old, tables.find("MAKT", MATNR=material))
    tables.put("MARA", {**(old or {"MATNR": material, "ERSDA": today}), **fields})
    for spoken, text in texts.items():
        if text:
            tables.put("MAKT", {"MATNR": material, "SPRAS": spoken, "MAKTX": text})
        else:
            tables.delete("MAKT", material, spoken)
    told = {name: str(value) for name, value in sorted(fields.items())} | {
        f"MAKTX {spoken}": text for spoken, text in texts.items()
    }
    if old is None:
        system.changed("MATERIAL", material, actor, "I", "MM01")
        system.record(actor, "create", "material", material, told)
    elif (tables.get("MARA", material), tables.find("MAKT", MATNR=material)) != before:
        tables.put("MARA", {**(tables.get("MARA", material) or {}), "LAEDA": today})
        system.changed("MATERIAL", material, actor, "U", "MM02")
        system.record(actor, "update", "material", material, told)


def state(tables: Tables) -> dict[str, Row]:
    """Give all materials by number, without dates and the hub's short key."""
    return {
        row["MATNR"]: {name: str(value) for name, value in row.items() if name not in _DRAWN}
        | {"MAKT": {text["SPRAS"]: text["MAKTX"] for text in tables.find("MAKT", MATNR=row["MATNR"])}}
        for row in tables.scan("MARA")
    }


def _fault(material: str, kind: str, fields: Mapping[str, Any], texts: Mapping[str, str]) -> Row | None:
    """Say why a material cannot be created."""
    if not material:
        return _missing("MARA-MATNR", "MATERIAL")
    if not kind.strip():
        text = f"The material {material} does not exist or is not activated"
        return message("E", "M3", "305", text, material, parameter="HEADDATA", field="MATERIAL")
    if not str(fields.get("MEINS", "")).strip():
        return _missing("MARA-MEINS", "BASE_UOM")
    if not any(text.strip() for text in texts.values()):
        return _missing("MAKT-MAKTX", "MATL_DESC")
    return None


def _missing(column: str, field: str) -> Row:
    text = f"The field {column}/{field} is defined as a required field; it does not contain an entry"
    return message("E", "MG", "144", text, column, parameter="CLIENTDATA", field=field)


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"BAPI_MATERIAL_SAVEDATA": bapi_material_savedata})

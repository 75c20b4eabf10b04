"""What `ltc mapping preview` tells: one record through its mapping, both sides and the operation between them, line by line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltc.app.cli.documents import plain
from ltc.app.cli.writes import parse_records, read_file
from ltc.core.contract import Presence
from ltc.core.errors import FieldError, Misconfigured, Rejected, Untranslatable
from ltc.core.mapping.looking import look
from ltc.core.mapping.operations.codec import MISSING, BadValue
from ltc.core.mapping.trials import line_of
from ltc.core.models import validate

if TYPE_CHECKING:
    from ltc.app.cli.direct import Direct
    from ltc.app.cli.frame import Frame
    from ltc.app.config import HubConfig
    from ltc.core.contract import Raw
    from ltc.core.mapping import Mapping
    from ltc.core.mapping.looking import Look


def pasted(file: str) -> list[Raw]:
    """Read records from a file, or from standard input (`-`): the system's own form, alone or below `raw`."""
    told = parse_records(sys.stdin.read(), "standard input") if file == "-" else read_file(Path(file))
    found = [one["raw"] if isinstance(one.get("raw"), dict) else one for one in told]
    if not found:
        raise Misconfigured("There is no record.", remedy="Give one as JSON.", code="file.no_records")
    return found


def live(direct: Direct, mapping: Mapping, record_id: str) -> Raw:
    """Read one record from its system; nothing is stored."""
    spec = direct.spec(mapping.object)
    with direct.placed(mapping.object):
        found = direct.connector.fetch(spec.name, [record_id], mapping.source_fields)
    bodies = [one.body for one in found if one.presence is Presence.LIVE]
    if not bodies:
        message = f"{direct.system.name} has no {mapping.object} {record_id!r}, or it was deleted."
        raise Rejected(message, remedy="Give the record's id in that system.", code="record.gone")
    return direct.connector.decode(mapping.object, bodies[0])


def previewed(config: HubConfig, mapping: Mapping, raw: Raw) -> dict[str, Any]:
    """Take a record through its mapping, in the shape of a record of `ltc mapping preview --json`."""
    lines = [_line(one) for one in look(mapping, raw)]
    told: dict[str, Any] = {"id": "", "in_scope": True, "lines": lines, "canonical": None, "written_back": None, "faults": []}
    faults: list[FieldError] = []
    try:
        told["id"] = mapping.key_of(raw)
        told["in_scope"] = mapping.applies(raw)
    except Untranslatable as problem:
        faults += problem.errors
    except BadValue as problem:
        faults.append(FieldError(problem.code, problem.message, source=mapping.key))
    try:
        canonical = mapping.get(raw)
        _validate(config, mapping.entity, canonical)
        told["canonical"] = canonical
        told["written_back"] = mapping.put(raw, canonical)
    except Untranslatable as problem:
        faults += problem.errors
    told["faults"] += [_fault(mapping, error) for error in faults]
    return told


def _validate(config: HubConfig, entity: str, canonical: dict[str, Any]) -> None:
    schema = config.schemas.get(entity)
    if schema is not None:
        schema.validate(canonical)
    else:
        validate(entity, canonical)


def _fault(mapping: Mapping, error: FieldError) -> dict[str, Any]:
    line = line_of(mapping, error.path)
    return {
        "code": error.code, "message": error.message, "path": error.path,
        "source": error.source or (line.source if line else ""), "value": error.value,
        "operation": error.operation or (line.operation if line else ""),
        "file": error.file or (line.file if line else ""), "line": error.line or (line.line if line else 0),
    }  # fmt: skip


def _line(one: Look) -> dict[str, Any]:
    line = one.line
    return {
        "path": one.path, "operation": line.operation, "direction": line.direction, "state": line.state,
        "found": {name: value for name, value in one.found.items() if value is not MISSING},
        "missing": [name for name, value in one.found.items() if value is MISSING],
        "there": one.value is not MISSING, "value": None if one.value is MISSING else one.value, "back": dict(one.back),
        "faults": [{"code": fault.code, "message": fault.message} for fault in one.faults],
        "file": line.file, "line": line.line, "column": line.column,
    }  # fmt: skip


def show_preview(frame: Frame, document: dict[str, Any]) -> None:
    """Print both sides of each record, and what is wrong with it."""
    frame.print(f"{document['mapping']}: {document['object']} → {document['entity']} ({document['file']})")
    for record in document["records"]:
        frame.print(f"\n{document['object']} {record['id']}".rstrip())
        if not record["in_scope"]:
            frame.print("  The guard (`when`) does not take this record: the hub would leave it alone.")
        rows = [_row(one) for one in record["lines"]]
        frame.table(("in the system", "operation", "canonical path", "value", "as the hub writes it", "line", ""), rows)
        for fault in record["faults"]:
            place = f" ({fault['file']}:{fault['line']})" if fault.get("file") else ""
            frame.print(f"  ✗ {fault['path'] or fault['source']} {fault['message']}{place}")
        if record["written_back"]:
            frame.print(f"  Writing back what was read would change {plain(record['written_back'])}.")
        elif record["canonical"] is not None:
            frame.print("  Writing back what was read changes nothing.")
    frame.print("\nNothing was written.")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    found = [f"{name}: {_shown(value)}" for name, value in one["found"].items()]
    found += [f"{name}: not there" for name in one["missing"]]
    back = ", ".join(f"{name}: {_shown(value)}" for name, value in one["back"].items())
    way = {"in": "only read", "out": "only written"}.get(one["direction"], "")
    words = [word for word in (way, "" if one["state"] == "active" else one["state"]) if word]
    problems = [f"✗ {fault['message']}" for fault in one["faults"]]
    rows = isinstance(next(iter(one["found"].values()), None), list) and one["operation"] == "each"
    value = f"{one['value']} rows" if rows and one["there"] else _shown(one["value"]) if one["there"] else " "
    return (
        ", ".join(found) or " ", one["operation"], one["path"], value, "as it is" if back and _same(one) else back or " ",
        _place(one), "; ".join([*words, *problems]) or " ",
    )  # fmt: skip


def _place(one: dict[str, Any]) -> str:
    return f"{Path(one['file']).name}:{one['line']}"


def _same(one: dict[str, Any]) -> bool:
    return all(one["found"].get(name) == value for name, value in one["back"].items())


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} rows"
    if isinstance(value, dict) and {*value} <= {"amount", "currency", "value", "unit", "per"}:
        return " ".join(
            str(part) for part in (value.get("amount", value.get("value")), value.get("currency", value.get("unit"))) if part
        )
    return "null" if value is None else '""' if value == "" else plain(value)

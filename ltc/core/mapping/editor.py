"""The JSON Schema of mapping files, for editors: generated from the vocabulary, so that it cannot drift from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ltc.core.mapping.blocks import STATES
from ltc.core.mapping.loading import HEADER, REQUIRED
from ltc.core.mapping.vocabulary import ALL_OPTIONS, OPERATIONS
from ltc.core.models import PathInfo, entities, shape_of

_TEXT: Final = {"type": "string"}
_NAMES: Final = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_POSITIVE: Final = {"type": "integer", "minimum": 1}
_OPTIONS: Final[Mapping[str, Any]] = {
    "as": {"anyOf": [{"enum": sorted(OPERATIONS)}, {"type": "string", "pattern": r"\."}]},
    "state": {"enum": list(STATES)},
    "one_way": {"enum": ["in", "out"]},
    "overflow": {"enum": ["park", "truncate"]},
    "units": {"enum": ["major", "minor", "stripe", "shifted"]},
    "write_as": {"enum": ["number", "text"]},
    "form": {"enum": ["alpha2", "alpha3", "name"]},
    "else": {},
    "codes": {"anyOf": [_TEXT, {"type": "object"}]},
    "ref": {"enum": list(entities())},
    "optional": {"type": "boolean"},
    "trim": {"type": "boolean"},
    **dict.fromkeys(("width", "alpha", "pad"), _POSITIVE),
    "one_line": {"type": "boolean"},
    "scale": {"anyOf": [{"type": "integer", "minimum": 0}, {"const": "currency"}]},
    **dict.fromkeys(("from", "split", "join", "first", "key"), _NAMES),
}


def editor_schema() -> dict[str, Any]:
    """Describe mapping files for editors: keys, canonical paths of the entity, operations and their options."""
    header: dict[str, Any] = dict.fromkeys(HEADER, _TEXT)
    header |= {
        "entity": {"enum": list(entities())},
        "key": _NAMES,
        "version": _NAMES,
        "hub_key": _NAMES,
        "create": {"type": "object"},
        "one_way": {"const": "in"},
        "fields": {"type": "object"},
        "examples": {"type": "array", "items": {"type": "object", "required": ["system", "canonical"]}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "LTC Hub mapping",
        "type": "object",
        "properties": header,
        "required": list(REQUIRED),
        "additionalProperties": False,
        "allOf": [
            {"if": {"properties": {"entity": {"const": name}}}, "then": {"properties": {"fields": {"$ref": f"#/$defs/{name}"}}}}
            for name in entities()
        ],
        "$defs": {"line": _line(), **{name: _fields(shape_of(name)) for name in entities()}},
    }


def _line() -> dict[str, Any]:
    options = {name: _OPTIONS.get(name, {}) for name in sorted({*ALL_OPTIONS, "case"})}
    return {"anyOf": [_TEXT, {"type": "null"}, {"type": "object", "properties": options, "additionalProperties": False}]}


def _fields(shape: Mapping[str, PathInfo]) -> dict[str, Any]:
    """Describe a group of fields; dotted paths lead into objects and custom fields."""
    properties: dict[str, Any] = {}
    for name, info in shape.items():
        properties[name] = {"description": info.description or info.type, **_path(info)}
    dotted = [name for name, info in shape.items() if info.type in {"object", "any"}]
    patterns = {rf"^{name}\.[^.]+$": {"$ref": "#/$defs/line"} for name in dotted}
    return {
        "type": "object",
        "properties": {**properties, "case": {"type": "object"}},
        "patternProperties": patterns,
        "additionalProperties": False,
    }


def _path(info: PathInfo) -> dict[str, Any]:
    if info.type == "any":
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/line"}}
    if info.type not in {"object", "list"}:
        return {"$ref": "#/$defs/line"}
    fields = _fields(info.fields)
    rows = {
        "type": "object",
        "properties": {"each": _TEXT, "embed": _TEXT, "key": _NAMES, "id": _TEXT, "where": {"type": "object"}, "fields": fields}
        | {name: _OPTIONS.get(name, _TEXT) for name in ("one_way", "state", "note")},
        "required": ["fields"],
        "additionalProperties": False,
    }
    null = {"type": "null"}
    return {"anyOf": [null, rows]} if info.type == "list" else {"anyOf": [null, fields, rows]}

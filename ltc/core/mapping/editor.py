"""A JSON Schema of mapping files, for editors: generated from the vocabulary and the canonical models, in draft 7.

It knows for every canonical path which operations can serve it, with which options, and what its codes and constants may be. What
only several lines together have wrong, a schema cannot see: `ltc mapping check` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ltc.core.mapping.blocks import STATES
from ltc.core.mapping.loading import HEADER, REQUIRED
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS
from ltc.core.mapping.spec import MOST
from ltc.core.mapping.tables import MADE_OF_SEVERAL
from ltc.core.mapping.vocabulary import OPERATIONS
from ltc.core.models import PathInfo, entities, shape_of
from ltc.core.models.check import PATTERNS
from ltc.core.models.isocodes import COUNTRIES, MINOR_UNITS

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""What language servers of YAML read best."""

_TEXT: Final = {"type": "string"}
_FIELD: Final = {"type": "string", "pattern": r"^/?[^.]+(\.[^.]+)*$"}
_FIELDS: Final = {"type": "array", "items": _FIELD, "minItems": 2, "uniqueItems": True}
_NAMES: Final = {"anyOf": [_FIELD, {"type": "array", "items": _FIELD, "minItems": 1, "uniqueItems": True}]}
_PLAIN: Final = {"type": ["string", "number", "boolean", "null"]}
_WIDTH: Final = {"type": "integer", "minimum": 1, "maximum": MOST}
_FLAG: Final = {"type": "boolean"}
_LETTER: Final = {"type": "string", "maxLength": 1}
_SCALE: Final = {"type": "integer", "minimum": 0, "maximum": 30}
_WHERE: Final = {
    "type": "object", "minProperties": 1,
    "additionalProperties": {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN, "minItems": 1}]},
}  # fmt: skip
_PARTS: Final[Mapping[str, Any]] = {
    "currency": {"enum": sorted(MINOR_UNITS)},
    "unit": {"type": "string", "pattern": PATTERNS["unit"]},
    "per": {"type": ["integer", "string"], "pattern": "^0*[1-9][0-9]*$", "minimum": 1},
}
"""The constants that may stand beside an amount."""


def _part(name: str) -> dict[str, Any]:
    """Describe what stands beside an amount: a constant or a field, or either with options."""
    long = {
        "type": "object",
        "properties": {
            "from": _FIELD, "const": _PARTS[name], "else": _PLAIN, "preferred": {}, "one_way": {"const": "in"},
            "codes": {"anyOf": [_TEXT, {"type": "object", "minProperties": 1, "additionalProperties": _PARTS[name]}]},
        },
        "additionalProperties": False,
        "oneOf": [{"required": ["from"]}, {"required": ["const"]}],
    }  # fmt: skip
    return {"anyOf": [_FIELD, _PARTS[name], long]}


_OPTIONS: Final[Mapping[str, Any]] = {
    "overflow": {"enum": ["park", "truncate"]},
    "units": {"enum": ["major", "minor", "stripe", "shifted"]},
    "write_as": {"enum": ["number", "text"]},
    "form": {"enum": ["alpha2", "alpha3", "name"]},
    "format": {"anyOf": [{"enum": sorted({*DATE_FORMATS, *TIME_FORMATS})}, {"type": "string", "pattern": "%"}]},
    "region": {"enum": sorted(COUNTRIES)},
    "trim": _FLAG,
    "one_line": _FLAG,
    "strip": _LETTER,
    "fill": _LETTER,
    **dict.fromkeys(("width", "alpha", "pad"), _WIDTH),
    **{name: _part(name) for name in _PARTS},
    "scale": _SCALE,
    "true": _PLAIN,
    "false": _PLAIN,
    "time": _FIELD,
}
_CODEC: Final = {"type": "string", "pattern": r"^[A-Za-z_][\w-]*\.[\w.-]+$"}
"""The name of a codec from a package of its own has a dot."""
_COMMON: Final[Mapping[str, Any]] = {
    "state": {"enum": list(STATES)},
    "one_way": {"enum": ["in", "out"]},
    "note": {"type": ["string", "number"]},
}
_ROW: Final[Mapping[str, Any]] = {"each": _FIELD, "key": _NAMES, "id": _FIELD, "where": _WHERE}
_WAYS: Final = ("from", "amount", "const", "compute", "split", "join", "first", "case")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "money": ("currency",), "quantity": ("unit",), "unit_price": ("currency", "unit"),
}  # fmt: skip


def editor_schema() -> dict[str, Any]:
    """Describe mapping files: keys, canonical paths of each entity, and for each path what its line may say."""
    lines: dict[str, Any] = {}
    fields = {name: _fields(shape_of(name), lines) for name in entities()}
    header: dict[str, Any] = {
        **{key: {"type": ["string", "number"]} for key in HEADER},
        "entity": {"enum": list(entities())},
        **dict.fromkeys(("key", "version", "hub_key"), _NAMES),
        "create": {"type": "object", "additionalProperties": _PLAIN},
        "empty": {"enum": ["", None]},
        "one_way": {"const": "in"},
        "when": _TEXT,
        "fields": {"type": "object"},
        "examples": {"type": "array", "items": _example()},
    }
    return {
        "$schema": DRAFT,
        "title": "LTC Hub mapping",
        "description": "How one object of one system corresponds to one entity. A file of a hub may say only what differs.",
        "type": "object",
        "minProperties": 1,
        "properties": header,
        "dependencies": {one: [other for other in REQUIRED if other != one] for one in REQUIRED if one != "fields"},
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"entity": {"const": name}}, "required": ["entity"]},
                "then": {"properties": {"fields": {"$ref": f"#/definitions/{name}"}}},
            }
            for name in entities()
        ],
        "definitions": {**lines, **fields},
    }


def _example() -> dict[str, Any]:
    group = {"type": "object"}
    return {
        "type": "object",
        "properties": {"system": group, "canonical": group, "note": _COMMON["note"]},
        "required": ["system", "canonical"],
        "additionalProperties": False,
    }


def _fields(shape: Mapping[str, PathInfo], lines: dict[str, Any]) -> dict[str, Any]:
    """Describe a group of fields; dotted paths lead into objects and custom fields."""
    properties: dict[str, Any] = {}
    for name, info in shape.items():
        properties[name] = _path(info, lines)
        for inner, below in info.fields.items() if info.type == "object" else ():
            properties[f"{name}.{inner}"] = _path(below, lines)
    custom = [name for name, info in shape.items() if info.type == "any"]
    branch = {"type": "object", "properties": {"on": _FIELD}, "required": ["on"], "minProperties": 2}
    branch["additionalProperties"] = {"type": ["object", "null"]}
    return {
        "type": "object",
        "properties": {**properties, **({} if "case" in shape else {"case": branch})},
        "patternProperties": {rf"^{name}\.[^.]+$": _line(PathInfo("any"), lines) for name in custom},
        "additionalProperties": False,
    }


def _path(info: PathInfo, lines: dict[str, Any]) -> dict[str, Any]:
    if info.type == "any":
        return {"type": "object", "additionalProperties": _line(info, lines)}
    if info.type not in {"object", "list"}:
        return _line(info, lines)
    fields = _fields(info.fields, lines)
    rows = {
        "type": "object",
        "properties": {**_ROW, **(_COMMON if info.type == "list" else {"note": _COMMON["note"]}), "fields": fields},
        "required": ["each", "fields"] if info.type == "list" else ["each", "where", "fields"],
        "additionalProperties": False,
    }
    if info.type == "list":
        return {"anyOf": [{"type": "null"}, rows]}
    embedded = {
        "type": "object",
        "properties": {"embed": _FIELD, "key": _NAMES, "fields": fields, "note": _COMMON["note"]},
        "required": ["embed", "fields"],
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "null"}, fields, rows, embedded]}


def _line(info: PathInfo, lines: dict[str, Any]) -> dict[str, Any]:
    """Refer to what a line for such a path may say; paths of one kind share it."""
    name = "line-" + "-".join((info.type, *([info.ref] if info.ref else []), *info.values))
    if name not in lines:
        lines[name] = {}  # branches of a case refer to it
        needed = _NEEDED.get(info.type, ())
        bare: list[dict[str, Any]] = [{"type": "null"}] if needed else [_FIELD, {"type": "null"}]
        lines[name] = {"anyOf": [*bare, _long_line(info, name, needed)]}
    return {"$ref": f"#/definitions/{name}"}


def _long_line(info: PathInfo, name: str, needed: tuple[str, ...]) -> dict[str, Any]:
    fitting = [word for word, operation in OPERATIONS.items() if info.type in operation.kinds]
    properties: dict[str, Any] = {option: _OPTIONS.get(option, _TEXT) for word in fitting for option in OPERATIONS[word].options}
    case = {"type": "object", "properties": {"on": _FIELD}, "required": ["on"], "minProperties": 2}
    case["additionalProperties"] = {"$ref": f"#/definitions/{name}"}
    properties |= {
        **_COMMON,
        **_ROW,
        "from": {"anyOf": [_FIELD, _FIELDS]},
        "amount": _FIELD,
        "as": {"anyOf": [{"enum": fitting}, _CODEC]},
    }
    if "case" in properties:  # upper or lower case shares its name with branches
        properties["case"] = {"anyOf": [{"enum": ["upper", "lower"]}, case]}
    else:
        properties["case"] = case
    if info.type not in MADE_OF_SEVERAL:
        value = _value(info)
        table = {"anyOf": [_TEXT, {"type": "object", "minProperties": 1, "additionalProperties": value}]}
        properties |= {"const": value, "default": value, "compute": _TEXT, "codes": table, "else": {"enum": ["park", "keep"]}}
        properties["preferred"] = {"type": ["string", "array", "object"]}
        properties.setdefault("width", _WIDTH)
    if info.type in {"text", "any"}:
        several = {"anyOf": [_FIELDS, {"enum": ["last", "first"]}]}
        properties |= {"split": several, "join": _FIELDS, "first": _FIELDS, "separator": _TEXT}
    if info.type == "unit_price":
        properties["scale"] = {"anyOf": [_SCALE, {"const": "currency"}]}
    if info.ref:
        properties |= {"ref": {"const": info.ref}, "optional": _FLAG}
    ways = [way for way in _WAYS if way in properties]
    choices: list[dict[str, Any]] = [
        {"required": [way, *needed]} if way in {"from", "amount"} else {"required": [way]} for way in ways
    ]
    return {
        "type": "object", "properties": properties, "additionalProperties": False, "anyOf": choices,
        "not": {"anyOf": [*_exclusive(ways), *_READ_ONLY]},
        "dependencies": {"preferred": ["codes"], "else": ["codes"], "fill": ["pad"], "each": ["where"]},
    }  # fmt: skip


_READ_ONLY: Final = [{"required": [way, "one_way"], "properties": {"one_way": {"const": "out"}}} for way in ("const", "compute")]
"""What has no way back cannot be written only."""


def _exclusive(ways: Sequence[str]) -> list[dict[str, Any]]:
    """Name what excludes each other; `split` beside `join` says how it goes back, and `case` may be that of letters."""
    alone = [way for way in ways if way not in {"split", "case"}]
    pairs = [[one, other] for index, one in enumerate(alone) for other in alone[index + 1 :]]
    return [{"required": pair} for pair in [*pairs, ["as", "codes"]]]


def _value(info: PathInfo) -> dict[str, Any]:
    """Describe a canonical value of one word; null is empty."""
    known: dict[str, Any] = {
        "choice": {"enum": [*info.values, None]},
        "boolean": {"type": ["boolean", "null"]},
        "integer": {"type": ["integer", "null"]},
        "decimal": {"type": ["number", "string", "null"]},
        "country": {"enum": [*sorted(COUNTRIES), None]},
        "currency": {"enum": [*sorted(MINOR_UNITS), None]},
        "text": {"type": ["string", "number", "boolean", "null"], "minLength": 1},
        "any": _PLAIN,
    }
    if info.type in known:
        found: dict[str, Any] = known[info.type]
        return found
    return {"anyOf": [{"type": "null"}, {"type": "string", "pattern": PATTERNS[info.type]}]}

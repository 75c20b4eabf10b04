"""JSON Schemas of a hub's own files, for editors: generated from the models that read them, in draft 7."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from ltc.app.config.settings import TRIGGERS, HubSettings, JobSettings, SystemSettings
from ltc.app.engine.flow.written import FlowFile
from ltc.core.errors import Misconfigured
from ltc.core.mapping import editor_schema
from ltc.core.mapping.editor import DRAFT
from ltc.core.models import CustomField, entities, paths
from ltc.core.models.isocodes import CURRENT_CURRENCIES
from ltc.core.yamlfile import did_you_mean
from mdm.policy import SurvivorshipFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ltc.app.config.catalogue import Catalogue

KINDS: Final = ("mapping", "flow", "hub", "systems", "jobs", "survivorship", "custom_fields")
"""The kinds of files that a hub has, as their schemas are called."""

_DURATION: Final = {"type": "string", "pattern": r"^\s*[0-9]{1,9}\s*[a-z]+\s*$"}
_TITLES: Final[Mapping[str, str]] = {
    "flow": "How one document gives rise to the next: mappings/flows/*.yaml.",
    "hub": "What holds for the whole hub: config/hub.yaml.",
    "systems": "The systems of the hub: config/systems.yaml.",
    "jobs": "What the hub does, and when: config/jobs.yaml.",
    "survivorship": "Whose value wins: config/survivorship.yaml.",
    "custom_fields": "The hub's own fields of entities: config/custom_fields.yaml.",
}


def schema_of(kind: str, catalogue: Catalogue) -> dict[str, Any]:
    """Describe the files of one kind."""
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "flow": _flow,
        "hub": _hub,
        "systems": lambda: _systems(catalogue),
        "jobs": _jobs,
        "survivorship": _survivorship,
        "custom_fields": _custom_fields,
    }
    if kind == "mapping":
        return editor_schema()
    if kind not in makers:
        remedy = did_you_mean(kind, KINDS) or f"There are: {', '.join(KINDS)}."
        raise Misconfigured(f"There is no schema {kind!r}.", remedy=remedy, code="schema.unknown")
    return {"$schema": DRAFT, "description": _TITLES[kind], **makers[kind](), "title": f"LTC Hub {kind.replace('_', ' ')}"}


def write_schemas(folder: Path, catalogue: Catalogue) -> list[Path]:
    """Write all schemas into a directory, where the first lines of a new hub's files look for them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in KINDS:
        path = folder / f"{kind}.json"
        path.write_text(json.dumps(schema_of(kind, catalogue), ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _of(model: type[BaseModel]) -> dict[str, Any]:
    """Take a model's own schema; draft 7 calls definitions otherwise, and durations are words here."""
    text = json.dumps(model.model_json_schema(by_alias=True)).replace("#/$defs/", "#/definitions/")
    schema: dict[str, Any] = _in_draft_7(json.loads(text))
    schema.setdefault("definitions", {})
    schema.pop("description", None)  # it is meant for programmers
    return schema


def _in_draft_7(part: Any, *, named: bool = False) -> Any:
    """Rename what draft 7 calls otherwise, and leave out what only programs need; ``named`` parts have keys of their own."""
    if isinstance(part, list):
        return [_in_draft_7(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "duration":
        return {**_DURATION, **({"description": part["description"]} if "description" in part else {})}
    renamed = {} if named else {"$defs": "definitions", "prefixItems": "items"}
    left_out = () if named else ("default", "discriminator")
    return {
        renamed.get(key, key): _in_draft_7(value, named=not named and key in {"properties", "$defs"})
        for key, value in part.items()
        if key not in left_out
    }


def _below(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a file of named entries."""
    entry = _of(model)
    definitions = entry.pop("definitions")
    names = {"pattern": "^[a-z][a-z0-9_]{0,31}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": entry, "definitions": definitions}


def _hub() -> dict[str, Any]:
    schema = _of(HubSettings)
    schema["properties"]["currency"] = {"enum": sorted(CURRENT_CURRENCIES)}
    schema["definitions"]["BrakeSettings"]["properties"]["max_money"]["propertyNames"] = {"enum": sorted(CURRENT_CURRENCIES)}
    return schema


def _jobs() -> dict[str, Any]:
    """Describe jobs: at most one thing starts a job."""
    schema = _below(JobSettings)
    entry = schema["additionalProperties"]
    entry["properties"]["entities"] = {"type": "array", "items": {"enum": list(entities())}}
    entry["not"] = {"anyOf": [{"required": list(pair)} for pair in combinations(TRIGGERS, 2)]}
    return schema


def _systems(catalogue: Catalogue) -> dict[str, Any]:
    """Describe systems, each with the settings of its connector; one whose library is not installed takes any."""
    schema = _below(SystemSettings)
    entry = schema["additionalProperties"]
    definitions = schema["definitions"]
    entry["properties"]["connector"] = {"enum": sorted(catalogue.entries)}
    takes_part = {"$ref": "#/definitions/EntitySettings"}
    entry["properties"]["entities"] = {
        "type": ["object", "null"],
        "propertyNames": {"enum": list(entities())},
        "additionalProperties": {"anyOf": [takes_part, {"type": "null"}]},
    }
    entry["allOf"] = []
    for kind, found in sorted(catalogue.entries.items()):
        try:
            settings = _of(found.load().Settings)
        except Misconfigured:
            continue
        definitions.update(settings.pop("definitions"))
        definitions[f"settings-{kind}"] = settings
        given = {"properties": {"settings": {"$ref": f"#/definitions/settings-{kind}"}}}
        entry["allOf"].append({"if": {"properties": {"connector": {"const": kind}}, "required": ["connector"]}, "then": given})
    return schema


def _survivorship() -> dict[str, Any]:
    """Describe survivorship rules, of which a bare word is short for `prefer`, and one owner for a list of one."""
    schema = _of(SurvivorshipFile)
    words = schema["properties"]["prefer"]["enum"]
    rule = schema["definitions"].pop("Rule")
    tier = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    owners = {"anyOf": [{"type": "string"}, {"type": "array", "items": tier}]}
    rule["properties"]["owner"] = owners
    for name in rule["properties"]:
        if name.startswith("from_"):
            rule["properties"][name] = {"type": "object", "additionalProperties": owners}
    rules = schema["definitions"]["EntityRules"]
    schema["definitions"]["Rule"] = {"anyOf": [{"enum": words}, rule]}
    named = {
        entity: {
            "allOf": [{"$ref": "#/definitions/EntityRules"}],
            "properties": {"fields": {"propertyNames": _path_names(entity)}},
        }
        for entity in entities()
    }
    schema["definitions"]["EntityRules"] = rules
    schema["properties"]["entities"] = {"type": "object", "properties": named, "additionalProperties": False}
    return schema


def _path_names(entity: str) -> dict[str, Any]:
    """Describe the canonical paths of an entity; below `custom` the hub's owner names them."""
    return {"anyOf": [{"enum": list(paths(entity))}, {"pattern": r"(^|\.)custom\.[^.]+$"}]}


def _custom_fields() -> dict[str, Any]:
    field = _of(CustomField)
    field.pop("definitions")
    either = {"anyOf": [{"enum": field["properties"]["type"]["enum"]}, {"$ref": "#/definitions/field"}]}
    fields = {"type": ["object", "null"], "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}, "additionalProperties": either}
    return {
        "type": "object", "properties": dict.fromkeys(entities(), fields), "additionalProperties": False,
        "definitions": {"field": field},
    }  # fmt: skip


def _flow() -> dict[str, Any]:
    """Describe flows; which values there are depends on what is derived."""
    schema = _of(FlowFile)
    names = {"enum": list(entities())}
    schema["properties"] |= {"from": names, "to": names}
    schema["properties"]["with"] = {"type": "object", "propertyNames": names, "additionalProperties": {"type": "string"}}
    schema["allOf"] = [
        {
            "if": {"properties": {"to": {"const": entity}}, "required": ["to"]},
            "then": {"properties": {"fields": {"propertyNames": _path_names(entity)}}},
        }
        for entity in entities()
    ]
    return schema

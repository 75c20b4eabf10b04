"""Turn a YAML node into a pydantic model, and pydantic's errors into faults that name file, line, column and remedy."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile.node import Node, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Model = TypeVar("Model", bound=BaseModel)


def to_model(node: Node, model: type[Model], *, context: Mapping[str, Any] | None = None) -> Model:
    """Build the model from the node; raise Misconfigured with every fault."""
    if node.kind != "mapping":
        raise Misconfigured(
            faults=[node.fault("config.not_a_mapping", "must be a group of keys and values.", "Write `key: value` lines.")]
        )
    try:
        return model.model_validate(node.plain(), context=dict(context) if context else None)
    except ValidationError as error:
        raise Misconfigured(faults=faults_of(error, node, model)) from None


def faults_of(error: ValidationError, node: Node, model: type[BaseModel]) -> list[Fault]:
    """Give one fault per error of pydantic, at the key or value that it is about."""
    return [_fault(detail, node, model) for detail in error.errors(include_url=False)]


def _fault(detail: Any, node: Node, model: type[BaseModel]) -> Fault:  # pydantic's ErrorDetails
    loc: Sequence[int | str] = detail["loc"]
    kind: str = detail["type"]
    parent, found, name, path = _walk(node, loc)
    if kind == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        listed = f"Known keys: {', '.join(known)}." if known else "Remove it."
        return parent.fault(
            "config.unknown_key", f"{name!r} is not a known key.", did_you_mean(name, known) or listed, key=name, path=path
        )
    if kind == "missing":
        missing = str(loc[-1])
        return found.fault("config.missing_key", f"{missing!r} is missing.", f"Add `{missing}: …` here.", path=path)
    return found.fault(f"config.{kind}", _sentence(detail), _remedy(detail), path=path)


def _walk(node: Node, loc: Sequence[int | str]) -> tuple[Node, Node, str, str]:
    """Follow pydantic's location as far as the file goes; return parent, value, last key and dotted path."""
    parent = found = node
    name = ""
    path = ""
    for part in loc:
        below: Node | None = None
        if isinstance(part, int) and found.kind == "sequence" and part < len(found.value):
            below = found.value[part]
            path += f"[{part}]"
        elif isinstance(part, str) and found.kind == "mapping" and part in found.value:
            below = found.value[part]
            path += f".{part}" if path else part
        if below is not None:  # other parts of the location are names of pydantic's own: union members, "[key]"
            parent, found, name = found, below, str(part)
    if loc and isinstance(loc[-1], str) and name != loc[-1] and found.kind == "mapping":
        path += f".{loc[-1]}" if path else loc[-1]
    return parent, found, name, path


def _known_keys(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Name the keys that are allowed at a location of the model."""
    candidates: list[Any] = [model]
    for part in loc:
        below: list[Any] = []
        for candidate in candidates:
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                below += [
                    inner
                    for name, info in candidate.model_fields.items()
                    if part in {name, info.alias}
                    for inner in _members(info.annotation)
                ]
        candidates = below or candidates  # an index, a key of a dict, a union's tag: one level of the file, none of the model
    names: dict[str, None] = {}
    for candidate in candidates:
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            names.update(dict.fromkeys(info.alias or name for name, info in candidate.model_fields.items()))
    return list(names)


def _members(annotation: Any) -> list[Any]:
    """Take unions, optionals, lists, dicts and Annotated apart to what they hold."""
    origin = get_origin(annotation)
    if origin is None:
        return [annotation]
    if origin in {Union, UnionType} or isinstance(origin, type):
        return [member for argument in get_args(annotation) for member in _members(argument)]
    return _members(get_args(annotation)[0]) if get_args(annotation) else [annotation]


def _sentence(detail: Any) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"{message[:1].lower()}{message[1:]}.".replace("..", ".")


def _remedy(detail: Any) -> str:
    context = detail.get("ctx") or {}
    expected = context.get("expected")
    value = detail.get("input")
    if isinstance(expected, str) and isinstance(value, str):
        choices = [part.strip(" '") for part in expected.replace(" or ", ",").split(",")]
        return did_you_mean(value, choices) or f"Use one of: {', '.join(choices)}."
    return "Correct the value."

"""Turn a YAML node into a pydantic model, and pydantic's errors into faults that name file, line, column and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile.node import MAX_FAULTS, Node, did_you_mean

Model = TypeVar("Model", bound=BaseModel)

_KEY: Final = "[key]"
_LINES: Final = "Write `key: value` lines."
_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), ("a whole number", "Write digits only.")),
    **dict.fromkeys(("bool_type", "bool_parsing"), ("true or false", "Write true or false.")),
    **dict.fromkeys(("decimal_type", "decimal_parsing", "float_type", "float_parsing"), ("a number", "Write for example 0.5.")),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "mapping_type"), ("a group of keys and values", _LINES)),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), ("a list", "Write `[a, b]`.")),
    "string_type": ("a text", "Write one word or a quoted text."),
}
"""What was wanted where something of another type was found, by pydantic's name of the error, and how to write it."""

_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than_equal": ("ge", "Write at least {}."),
    "greater_than": ("gt", "Write more than {}."),
    "less_than_equal": ("le", "Write at most {}."),
    "less_than": ("lt", "Write less than {}."),
    "too_short": ("min_length", "Give at least {}."),
    "too_long": ("max_length", "Give at most {}."),
    "string_too_short": ("min_length", "Write at least {} characters."),
    "string_too_long": ("max_length", "Write at most {} characters."),
}


class WrongValue(ValueError):
    """A value that a model's own validator refuses: a sentence for people, and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        """Keep the remedy beside the message."""
        self.remedy = remedy
        super().__init__(message)


def to_model(node: Node, model: type[Model], *, context: Mapping[str, Any] | None = None) -> Model:
    """Build the model from the node; raise Misconfigured with every fault."""
    if node.kind != "mapping":
        raise Misconfigured(faults=[node.fault("config.not_a_mapping", "This must be a group of keys and values.", _LINES)])
    try:
        return model.model_validate(node.plain(), context=dict(context) if context else None)
    except ValidationError as error:
        raise Misconfigured(faults=faults_of(error, node, model)) from None


def faults_of(error: ValidationError, node: Node, model: type[BaseModel]) -> list[Fault]:
    """Give one fault per mistake, at the key or value that it is about."""
    wrongs = [_walk(node, detail) for detail in error.errors(include_url=False)[:MAX_FAULTS]]
    unknown = {id(wrong): _known_keys(model, wrong.steps[:-1]) for wrong in wrongs if wrong.kind == "extra_forbidden"}
    meant = {(wrong.home, near) for wrong in wrongs if id(wrong) in unknown and (near := _near(wrong.name, unknown[id(wrong)]))}
    faults: list[Fault] = []
    for wrong in _without_other_forms(wrongs):
        if wrong.kind == "extra_forbidden":
            known = unknown[id(wrong)]
            listed = f"Known keys: {', '.join(known)}." if known else "Remove it."
            remedy = did_you_mean(wrong.name, known) or listed
            message = f"{wrong.name!r} is not a known key."
            faults.append(wrong.parent.fault("config.unknown_key", message, remedy, key=wrong.name, path=wrong.path))
        elif wrong.kind != "missing":
            faults.append(_wrong_value(wrong))
        elif (wrong.home, wrong.name) not in meant:  # else it is there, and misspelt
            remedy = f"Add `{wrong.name}: …` here."
            faults.append(wrong.found.fault("config.missing_key", f"{wrong.name!r} is missing.", remedy, path=wrong.path))
    return faults


@dataclass(frozen=True, slots=True, eq=False)
class _Wrong:
    """One error of pydantic, followed into the file: what it is about, what that is in, and the way there."""

    kind: str
    detail: Any
    parent: Node
    found: Node
    name: str
    path: str
    home: str
    steps: tuple[int | str, ...]


def _walk(node: Node, detail: Any) -> _Wrong:  # pydantic's ErrorDetails
    """Follow pydantic's location as far as the file goes; other parts of it are names of pydantic's own: union members, tags."""
    loc: Sequence[int | str] = detail["loc"]
    parent = found = node
    name = path = home = ""
    steps: list[int | str] = []
    for part in loc:
        below: Node | None = None
        if isinstance(part, int) and found.kind == "sequence" and part < len(found.value):
            below, more = found.value[part], f"[{part}]"
        elif isinstance(part, str) and found.kind == "mapping" and part in found.value:
            below, more = found.value[part], f".{part}" if path else part
        if below is not None:
            parent, found, name, home, path = found, below, str(part), path, path + more
            steps.append(part)
    last = loc[-1] if loc else ""
    if detail["type"] == "missing":
        home, name, path = path, str(last), f"{path}.{last}" if path else str(last)
    return _Wrong(detail["type"], detail, parent, found, name, path, home, tuple(steps))


def _without_other_forms(wrongs: Iterable[_Wrong]) -> list[_Wrong]:
    """Where a value may have several forms, tell only what is wrong in the form that was meant: not that it has no other form."""
    kept: dict[str, _Wrong] = {}
    for wrong in wrongs:
        known = kept.get(wrong.path)
        if known is None or (known.kind in _WANTED and wrong.kind not in _WANTED):
            kept[wrong.path] = wrong
    inner = [wrong.path for wrong in kept.values()]
    return [wrong for wrong in kept.values() if wrong.kind not in _WANTED or not _any_below(wrong.path, inner)]


def _any_below(path: str, paths: Iterable[str]) -> bool:
    return any(one.startswith((f"{path}.", f"{path}[")) for one in paths)


def _wrong_value(wrong: _Wrong) -> Fault:
    code = f"config.{wrong.kind}"
    if wrong.detail["loc"][-1:] == (_KEY,):
        return wrong.parent.fault(code, *_said(wrong), key=wrong.name, path=wrong.path)
    return wrong.found.fault(code, *_said(wrong), path=wrong.path)


def _said(wrong: _Wrong) -> tuple[str, str]:
    """Say what is wrong with a value, and what to do."""
    context = wrong.detail.get("ctx") or {}
    value = wrong.detail.get("input")
    about = f"`{wrong.name}`" if wrong.name else "This"
    shown = f"{value}" if isinstance(value, int) else repr(value if isinstance(value, str) else wrong.found.text)
    if wrong.kind in _WANTED:
        wanted, remedy = _WANTED[wrong.kind]
        return f"{about} must be {wanted}.", remedy
    if wrong.kind in _LIMITS:
        limit, remedy = _LIMITS[wrong.kind]
        few = isinstance(value, list | tuple | dict)
        return f"{about} has {len(value)} entries." if few else f"{about} cannot be {shown}.", remedy.format(context.get(limit))
    if wrong.kind in {"literal_error", "enum"}:
        choices = [part.strip(" '") for part in str(context.get("expected", "")).replace(" or ", ",").split(",")]
        return f"{about} cannot be {shown}.", did_you_mean(str(value), choices) or f"Use one of: {', '.join(choices)}."
    if wrong.kind == "string_pattern_mismatch":
        return f"{about} cannot be {shown}.", f"It must match {context.get('pattern')}."
    error = context.get("error")
    message = str(error) if isinstance(error, ValueError) and str(error) else str(wrong.detail["msg"])
    sentence = f"{message[:1].upper()}{message[1:]}".rstrip(".") + "."
    return sentence, error.remedy if isinstance(error, WrongValue) else "Correct the value."


def _near(name: str, known: Sequence[str]) -> str:
    """Name the key that was meant, "" if none is near."""
    said = did_you_mean(name, known)
    return next((one for one in known if repr(one) in said), "") if said else ""


def _known_keys(model: type[BaseModel], steps: Sequence[int | str]) -> list[str]:
    """Name the keys that are allowed at a place of the file."""
    candidates: list[Any] = [model]
    for part in steps:
        below: list[Any] = []
        for candidate in candidates:
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                below += [
                    inner
                    for name, info in candidate.model_fields.items()
                    if part in {name, info.alias}
                    for inner in _members(info.annotation)
                ]
        candidates = below or candidates  # an index or a key of a dict: one level of the file, none of the model
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

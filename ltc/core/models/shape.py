"""The shape of an entity, read once from its model: every canonical path with its kind, reference, list key and codes."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ltc.core.models.values import Address, Keyed, Kind, Money, Personal, Quantity, Ref, UnitPrice

LeafKind: TypeAlias = Literal[
    "text", "boolean", "integer", "decimal", "date", "time", "currency", "country", "language", "choice",
    "money", "quantity", "unit_price", "any", "object", "list",
]  # fmt: skip
"""How a value is written: ``object`` and ``list`` have paths below them, ``any`` holds the custom fields, the rest are leaves."""

_VALUES: Final[Mapping[type[BaseModel], LeafKind]] = {Money: "money", Quantity: "quantity", UnitPrice: "unit_price"}


@dataclass(frozen=True, slots=True)
class PathInfo:
    """What is known of one canonical path; a path inside a list reads ``lines[].product``."""

    type: LeafKind
    ref: str = ""
    list_key: str = ""
    personal: bool = False
    values: tuple[str, ...] = ()
    required: bool = False
    description: str = ""
    fields: Mapping[str, PathInfo] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        """Tell whether the value is written as one, with no paths below."""
        return self.type not in {"object", "list"}


def read_shape(model: type[BaseModel]) -> Mapping[str, PathInfo]:
    """Read the attributes of a model, in the order of their declaration, ``custom`` last."""
    shape = {name: _read_field(info) for name, info in model.model_fields.items() if name != "custom"}
    if "custom" in model.model_fields:
        shape["custom"] = PathInfo("any", description="What the hub's owner declared in custom_fields.yaml")
    return types.MappingProxyType(shape)


def _read_field(info: FieldInfo) -> PathInfo:
    marks = list(info.metadata)
    annotation, more = _strip(info.annotation)
    marks += more
    ref = next((mark.entity for mark in marks if isinstance(mark, Ref)), "")
    personal = any(mark is Personal for mark in marks)
    required = info.is_required()
    if annotation in _VALUES:
        return PathInfo(_VALUES[annotation], personal=personal, required=required)
    if annotation is Address:
        return PathInfo("object", personal=personal, fields=read_shape(Address))
    if get_origin(annotation) is list:
        key = next(mark.key for mark in marks if isinstance(mark, Keyed))
        return PathInfo("list", list_key=key, fields=read_shape(get_args(annotation)[0]))
    if get_origin(annotation) is Literal:
        return PathInfo("choice", personal=personal, required=required, values=get_args(annotation))
    kind = next(mark.name for mark in marks if isinstance(mark, Kind))
    return PathInfo(kind, ref=ref, personal=personal, required=required)  # type: ignore[arg-type]  # Kind holds a LeafKind


def _strip(annotation: Any) -> tuple[Any, list[Any]]:  # annotations have no common type
    """Take ``| None`` and ``Annotated`` off an annotation; return what is left, and the marks."""
    marks: list[Any] = []
    while True:
        if hasattr(annotation, "__metadata__"):
            marks += annotation.__metadata__
            annotation = annotation.__origin__
        elif get_origin(annotation) in {Union, types.UnionType}:
            [annotation] = [part for part in get_args(annotation) if part is not type(None)]
        else:
            return annotation, marks


def walk(shape: Mapping[str, PathInfo], prefix: str = "") -> Iterator[tuple[str, PathInfo]]:
    """Walk all canonical paths, parents before what is below them."""
    for name, info in shape.items():
        path = prefix + name
        yield path, info
        if info.type == "object":
            yield from walk(info.fields, path + ".")
        elif info.type == "list":
            yield from walk(info.fields, path + "[].")

"""Custom fields: what a hub's owner adds to an entity in YAML, typed and checked like the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ltc.core.errors import Fault, Misconfigured
from ltc.core.models.check import Checker
from ltc.core.models.registry import shape_of
from ltc.core.models.shape import PathInfo, walk

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class CustomField(BaseModel):
    """One custom field of an entity, or of the rows of one of its lists; its path is ``custom.<name>``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal[
        "text", "boolean", "integer", "decimal", "date", "time", "currency", "country", "language",
        "choice", "money", "quantity", "unit_price",
    ]  # fmt: skip
    list: str = Field(default="", description="The list whose rows have the field, such as `lines`; empty: the record itself.")
    values: tuple[str, ...] = Field(default=(), description="The codes of a choice.")
    personal: bool = Field(default=False, description="Mask the value in logs and messages.")
    description: str = Field(default="", description="What the field means, for people.")

    @model_validator(mode="after")
    def _choices(self) -> Self:
        if (self.type == "choice") != bool(self.values):
            raise ValueError("`values` belongs to a choice, and a choice needs it")
        return self

    def info(self) -> PathInfo:
        """Say it as the shape of a path."""
        return PathInfo(self.type, personal=self.personal, values=self.values, description=self.description)


@dataclass(frozen=True)
class Schema:
    """An entity as one hub knows it: the shipped attributes and the hub's own custom fields."""

    entity: str
    shape: Mapping[str, PathInfo]

    @cached_property
    def paths(self) -> Mapping[str, PathInfo]:
        """Say what is known of every canonical path, ``custom.<name>`` included."""
        return dict(walk(self.shape))

    @cached_property
    def personal_paths(self) -> frozenset[str]:
        """Name the paths that hold personal data."""
        return frozenset(path for path, info in self.paths.items() if info.personal)

    @cached_property
    def _check(self) -> Checker:
        return Checker(self.shape)

    def validate(self, nested: dict[str, Any]) -> None:
        """Check a canonical record; raise Untranslatable with one field error per problem."""
        self._check(nested)


def with_custom(entity: str, declarations: Mapping[str, CustomField]) -> Schema:
    """Build the schema of an entity with the custom fields that are declared, by name, and no others."""
    shape = dict(shape_of(entity))
    faults = [fault for name, field in declarations.items() for fault in _faults(entity, shape, name, field)]
    if faults:
        raise Misconfigured(faults=faults)
    for place in ("", *(name for name, info in shape.items() if info.type == "list")):
        fields = {name: field.info() for name, field in declarations.items() if field.list == place}
        custom = PathInfo("object", fields=fields, description=shape["custom"].description)
        if place:
            shape[place] = replace(shape[place], fields={**shape[place].fields, "custom": custom})
        else:
            shape["custom"] = custom
    return Schema(entity, shape)


def _faults(entity: str, shape: Mapping[str, PathInfo], name: str, field: CustomField) -> list[Fault]:
    faults = []
    if not (name.isascii() and name.isidentifier() and name.islower()):
        message = f"{name!r} cannot be the name of a custom field."
        faults.append(
            Fault("custom.name", message, "Use lower-case letters, digits and _, a letter first.", path=f"{entity}.{name}")
        )
    if field.list and (field.list not in shape or shape[field.list].type != "list"):
        lists = ", ".join(path for path, info in shape.items() if info.type == "list") or "nothing"
        message = f"{entity} has no list {field.list!r}."
        near = get_close_matches(field.list, lists.split(", "), n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"It has: {lists}."
        faults.append(Fault("custom.list", message, remedy, path=f"{entity}.{name}.list"))
    return faults

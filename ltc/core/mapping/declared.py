"""What an expression may read, by name and kind: the attributes of entities, and the described fields of an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, TypeAlias

from ltc.core.contract.records import FieldSchema
from ltc.core.models import PathInfo, Schema, entities, shape_of

Kind: TypeAlias = Literal["text", "integer", "boolean", "any", "group"]
"""Numbers with a fraction are text, exact to the last digit; a group has fields of its own."""

HUB: Final = "hub"
"""What a flow may ask of the hub itself."""

_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "boolean": frozenset({"boolean", "bool"}),
    "integer": frozenset({"integer", "int", "long"}),
    "any": frozenset({"any", "anytype", "object", "list", "reference", "address", "location", "time", "json"}),
}
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "money": ("amount", "currency"),
    "quantity": ("value", "unit"),
    "unit_price": ("amount", "currency", "per", "unit"),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """One field: its kind, the group that it leads to, whether it is a list, and the codes that it can hold."""

    kind: Kind
    group: str = ""
    rows: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of fields; one that is a ``value`` is looked up as a whole."""

    name: str
    fields: Mapping[str, Declared]
    is_value: bool = False


Groups: TypeAlias = Mapping[str, Group]


@dataclass(slots=True)
class _Collector:
    """Groups while they are collected."""

    found: dict[str, Group] = field(default_factory=dict)

    def described(self, name: str, fields: Sequence[FieldSchema]) -> str:
        """Collect what a system describes."""
        self.found[name] = Group(name, {one.name: self._described(name, one) for one in fields if one.name.isidentifier()})
        return name

    def _described(self, home: str, one: FieldSchema) -> Declared:
        if one.fields:
            return Declared("group", self.described(f"{home}.{one.name}", one.fields), rows=one.type == "list")
        kind = one.type.casefold()
        found: Kind = next((known for known, names in _KINDS.items() if kind in names), "text")  # type: ignore[misc]  # keys are kinds
        return Declared(found, values=tuple(one.values) if found == "text" else ())

    def canonical(self, name: str, shape: Mapping[str, PathInfo], *, follow: bool) -> str:
        """Collect the attributes of an entity, or of what is inside of it."""
        self.found[name] = Group(name, {key: self._canonical(name, key, info, follow=follow) for key, info in shape.items()})
        return name

    def _canonical(self, home: str, key: str, info: PathInfo, *, follow: bool) -> Declared:
        if info.type in {"object", "list"}:
            inner = self.canonical(f"{home}.{key}", info.fields, follow=follow)
            return Declared("group", inner, rows=info.type == "list")
        if info.type in _VALUES:
            return Declared("group", info.type)
        if info.ref and follow:
            return Declared("group", info.ref)
        kinds: Mapping[str, Kind] = {"boolean": "boolean", "integer": "integer", "any": "any"}
        return Declared(kinds.get(info.type, "text"), values=info.values)


def described(name: str, fields: Sequence[FieldSchema]) -> Groups:
    """Declare what a system describes of an object or of its rows; names that CEL cannot write are left out.

    >>> fields = [FieldSchema("Name", "string"), FieldSchema("Paid", "boolean"), FieldSchema("/BIC/X", "string")]
    >>> [(name, one.kind) for name, one in described("record", fields)["record"].fields.items()]
    [('Name', 'text'), ('Paid', 'boolean')]
    """
    collector = _Collector()
    collector.described(name, fields)
    return collector.found


@cache
def canonical(*, follow: bool) -> Groups:
    """Declare all entities; to ``follow`` means that a reference leads to the record that it names.

    >>> canonical(follow=True)["contact"].fields["customer"].group, canonical(follow=False)["contact"].fields["customer"].kind
    ('customer', 'text')
    >>> sorted(canonical(follow=True)["money"].fields)
    ['amount', 'currency', 'minor']
    """
    collector = _Collector()
    for name in entities():
        collector.canonical(name, {**shape_of(name), "hub_id": PathInfo("text")}, follow=follow)
    for name, parts in _VALUES.items():
        whole = {"minor": Declared("integer")} if name == "money" else {}
        collector.found[name] = Group(name, {**{part: Declared("text") for part in parts}, **whole}, is_value=True)
    collector.found[HUB] = Group(HUB, {"roles": Declared("text", rows=True)})
    return collector.found


def with_schema(schema: Schema) -> Groups:
    """Declare all entities, one of them with the hub's own fields; references are plain ids.

    >>> from ltc.core.models import CustomField, with_custom
    >>> groups = with_schema(with_custom("order", {"rush": CustomField(type="boolean")}))
    >>> find(groups, "order", ("custom", "rush")).kind, find(groups, "order", ("custom", "rash"))
    ('boolean', None)
    """
    collector = _Collector({**canonical(follow=False)})
    collector.canonical(schema.entity, {**schema.shape, "hub_id": PathInfo("text")}, follow=False)
    return collector.found


def leaf_path(groups: Groups, name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """Cut a path where a value begins that is looked up as a whole.

    >>> leaf_path(canonical(follow=True), "order", ("total", "minor")), leaf_path(canonical(follow=True), "order", ("status",))
    (('total',), ('status',))
    """
    return tuple(_up_to_value(groups, name, path))


def _up_to_value(groups: Groups, name: str, path: tuple[str, ...]) -> Iterator[str]:
    for part in path:
        yield part
        found = groups[name].fields.get(part) if name in groups else None
        name = found.group if found is not None else ""
        if name in groups and groups[name].is_value:
            return


def find(groups: Groups, name: str, path: Sequence[str]) -> Declared | None:
    """Follow a path through the groups; None where it leads nowhere that is known.

    >>> find(canonical(follow=True), "order", ("customer", "status")).values[:2]
    ('active', 'blocked')
    """
    found: Declared | None = None
    for part in path:
        found = groups[name].fields.get(part) if name in groups else None
        if found is None:
            return None
        name = found.group
    return found

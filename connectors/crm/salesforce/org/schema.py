"""The objects and fields of the simulated org, read from a compact table and described as Salesforce does.

One line is one field: ``name type(detail) flags``. ``picklist!`` is restricted; ``reference(X) rel=R children=C`` names the
relationship upwards and downwards. Lengths of standard fields are those of recorded describes (see fixtures).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from connectors.crm.salesforce.org.objects import OBJECTS, SYSTEM

_LINE: Final = re.compile(r"^(?P<name>\w+)\s+(?P<type>\w+)(?P<strict>!?)(?:\((?P<detail>[^)]*)\))?\s*(?P<flags>.*)$")
NUMERIC: Final = frozenset({"currency", "double", "percent", "int"})
TEXT: Final = frozenset({"string", "textarea", "picklist", "email", "phone", "url"})
_LENGTHS: Final = MappingProxyType(
    {"string": 255, "id": 18, "reference": 18, "picklist": 255, "email": 80, "phone": 40, "url": 255, "textarea": 32000}
)
_LEFT_OUT: Final = MappingProxyType({"nocurrency": "CurrencyIsoCode", "nocustom": "LTC_Id__c"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object, as the org enforces it."""

    name: str
    type: str
    length: int = 0
    scale: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    external: bool = False
    unique: bool = False
    restricted: bool = False
    values: Sequence[str] = ()
    target: str = ""
    relationship: str = ""
    children: str = ""
    default: str = ""

    @property
    def custom(self) -> bool:
        """Tell custom fields by their suffix, as Salesforce does."""
        return self.name.endswith("__c")

    def described(self) -> dict[str, Any]:
        """Describe the field in the vendor's words."""
        return {
            "name": self.name,
            "label": self.name.removesuffix("__c").replace("_", " "),
            "type": self.type,
            "length": self.length,
            "precision": 18 if self.type in {"currency", "double"} else 0,
            "scale": self.scale,
            "nillable": not self.required and self.type not in {"boolean", "id"},
            "defaultedOnCreate": self.type in {"boolean", "id"} or bool(self.default) or not self.createable,
            "createable": self.createable,
            "updateable": self.updateable,
            "calculated": False,
            "custom": self.custom,
            "externalId": self.external,
            "idLookup": self.external or self.type == "id",
            "unique": self.unique,
            "restrictedPicklist": self.restricted,
            "picklistValues": [{"active": True, "defaultValue": v == self.default, "label": v, "value": v} for v in self.values],
            "referenceTo": [self.target] if self.target else [],
            "relationshipName": self.relationship or None,
        }


@dataclass(frozen=True)
class Table:
    """One object of the org."""

    name: str
    prefix: str
    fields: Mapping[str, Field] = field(default_factory=dict)

    @cached_property
    def folded(self) -> Mapping[str, Field]:
        """Find fields whatever their case, as SOQL does."""
        return {name.casefold(): one for name, one in self.fields.items()}

    @cached_property
    def parents(self) -> Mapping[str, Field]:
        """Find reference fields by the name of the relationship upwards."""
        return {one.relationship.casefold(): one for one in self.fields.values() if one.relationship}

    @cached_property
    def references(self) -> Sequence[Field]:
        """List the fields that point to other records."""
        return tuple(one for one in self.fields.values() if one.type == "reference")

    @cached_property
    def uniques(self) -> Sequence[Field]:
        """List the fields whose values may occur once only."""
        return tuple(one for one in self.fields.values() if one.unique)

    def described(self, schema: Schema) -> dict[str, Any]:
        """Describe the object in the vendor's words."""
        children = [
            {"childSObject": other.name, "field": one.name, "relationshipName": one.children or None, "cascadeDelete": False}
            for other in schema.tables.values()
            for one in other.references
            if one.target == self.name
        ]
        return {
            "name": self.name,
            "label": self.name.removesuffix("__c").replace("_", " "),
            "keyPrefix": self.prefix,
            "custom": self.name.endswith("__c"),
            "createable": True,
            "updateable": True,
            "deletable": True,
            "queryable": True,
            "mergeable": "MasterRecordId" in self.fields,
            "replicateable": True,
            "childRelationships": children,
            "fields": [one.described() for one in self.fields.values()],
            "urls": {"sobject": f"/services/data/v0.0/sobjects/{self.name}"},
        }


@dataclass(frozen=True)
class Schema:
    """All objects of the org."""

    tables: Mapping[str, Table]

    @cached_property
    def folded(self) -> Mapping[str, Table]:
        """Find objects whatever their case."""
        return {name.casefold(): one for name, one in self.tables.items()}

    @cached_property
    def by_prefix(self) -> Mapping[str, Table]:
        """Find the object that an id belongs to."""
        return {one.prefix: one for one in self.tables.values()}

    @cached_property
    def by_child(self) -> Mapping[tuple[str, str], tuple[Table, Field]]:
        """Find the child object and its reference by (parent object, relationship downwards)."""
        return {
            (one.target, one.children.casefold()): (table, one)
            for table in self.tables.values()
            for one in table.references
            if one.children
        }


def field_of(line: str) -> Field:
    """Read one line of the table.

    >>> field_of("Name string(255) required").length
    255
    >>> field_of("Rating picklist!(Hot|Warm) default=Warm").values
    ('Hot', 'Warm')
    """
    match = _LINE.match(line.strip())
    if match is None:
        message = f"not a field: {line!r}"
        raise ValueError(message)
    kind, detail = match["type"], match["detail"] or ""
    flags = match["flags"].split()
    options = dict(flag.split("=", 1) for flag in flags if "=" in flag)
    return Field(
        name=match["name"],
        type=kind,
        length=_length(kind, detail, options.get("length", "")),
        scale=int(detail) if kind == "double" and detail else 2 if kind in {"currency", "double"} else 0,
        required="required" in flags,
        createable="ro" not in flags,
        updateable="ro" not in flags and "fixed" not in flags,
        external="external" in flags,
        unique="unique" in flags,
        restricted=bool(match["strict"]),
        values=tuple(detail.split("|")) if kind == "picklist" and detail else (),
        target=detail if kind == "reference" else "",
        relationship=options.get("rel", ""),
        children=options.get("children", ""),
        default=options.get("default", "").replace("_", " "),
    )


def _length(kind: str, detail: str, given: str) -> int:
    if given:
        return int(given)
    if kind in {"string", "textarea"} and detail:
        return int(detail)
    return _LENGTHS.get(kind, 0)


def table_of(head: str, body: str) -> Table:
    """Read one object of the table: its head is ``name prefix``."""
    name, prefix, *flags = head.split()
    left_out = {field for flag, field in _LEFT_OUT.items() if flag in flags}
    system = [line for line in SYSTEM.strip().splitlines() if line.split()[0] not in left_out]
    lines = [*system, *body.strip().splitlines()]
    fields = [field_of(line) for line in lines if line.strip()]
    return Table(name, prefix, {one.name: one for one in fields})


def load() -> Schema:
    """Read the org's own table of objects."""
    tables = [table_of(head, body) for head, body in OBJECTS.items()]
    return Schema({one.name: one for one in tables})

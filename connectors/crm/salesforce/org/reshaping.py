"""What an admin of the org may do to a field: rename it, remove it, change its type, length, values and rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.crm.salesforce.org.schema import Field, Schema, Table, field_of

if TYPE_CHECKING:
    from connectors.crm.salesforce.org.values import Row


def reshaped(schema: Schema, table: Table, name: str, change: Mapping[str, Any]) -> Schema:
    """Give the schema in which one field is other than before; a line of the table of objects adds a field that is not there."""
    fields: dict[str, Field] = {}
    for one in table.fields.values():
        new = _changed(one, change) if one.name == name else one
        if new is not None:
            fields[new.name] = new
    if (name in table.fields) is ("add" in change):
        message = f"{table.name} has {'a' if name in table.fields else 'no'} field {name!r}."
        raise KeyError(message)
    if "add" in change:
        fields[name] = field_of(f"{name} {change['add']}")
    return Schema({**schema.tables, table.name: Table(table.name, table.prefix, fields)})


def _changed(one: Field, change: Mapping[str, Any]) -> Field | None:
    if change.get("remove"):
        return None
    plain = {word: change[word] for word in ("type", "length", "required") if word in change}
    if "rename" in change:
        plain["name"] = str(change["rename"])
    if "values" in change:
        plain |= {"type": "picklist", "restricted": True, "values": tuple(change["values"])}
    if "writable" in change:
        plain |= {"createable": bool(change["writable"]), "updateable": bool(change["writable"])}
    return replace(one, **plain)


def moved(row: Row, name: str, change: Mapping[str, Any]) -> None:
    """Bring a row under the changed field: what it held goes along with the name, or away."""
    if change.get("remove"):
        row.pop(name, None)
    elif "rename" in change:
        row[str(change["rename"])] = row.pop(name, None)
    elif "add" in change:
        row.setdefault(name, None)

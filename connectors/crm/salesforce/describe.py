"""What the org says about itself: objects and fields for the connected user, quota and latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ltc.core.contract import FieldSchema, Health, ObjectSchema
from ltc.core.errors import Gone, Misconfigured

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session
    from ltc.core.contract import Kit

_DAILY: Final = "DailyApiRequests"


def describe(session: Session, obj: str, lines: Sequence[tuple[str, str]]) -> ObjectSchema:
    """Describe an object; parents appear as fields without a list of their own, child rows as ``OrderItems.records``."""
    fields = _fields(session, obj)
    for relationship, child in lines:
        below = _fields(session, child)
        fields.append(FieldSchema(relationship, "list", fields=(FieldSchema("records", "list", fields=tuple(below)),)))
    return ObjectSchema(obj, tuple(fields))


def _fields(session: Session, obj: str) -> list[FieldSchema]:
    try:
        described: Mapping[str, Any] = getattr(session, obj).describe()
    except Gone as error:
        remedy = "Correct the object's name in the mapping, or give the connected user access to it."
        raise Misconfigured(f"The org has no object {obj}.", remedy=remedy, code="salesforce.no_object") from error
    above = [str(one["relationshipName"]) for one in described["fields"] if one.get("relationshipName")]
    # Which fields a parent has is for its own describe to say; a name from there can be read, never written.
    parents = [FieldSchema(name, "reference", writable=False) for name in above]
    return [*(field_schema(one) for one in described["fields"]), *parents]


def field_schema(one: Mapping[str, Any]) -> FieldSchema:
    """Translate one described field."""
    writable = bool(one["createable"] or one["updateable"])
    required = bool(one["createable"] and not one["nillable"] and not one["defaultedOnCreate"])
    values = tuple(str(value["value"]) for value in one.get("picklistValues") or () if value.get("active"))
    return FieldSchema(
        name=str(one["name"]),
        type=str(one["type"]),
        required=required,
        writable=writable,
        length=int(one.get("length") or 0),
        decimals=int(one.get("scale") or 0),
        values=values if one.get("restrictedPicklist") else (),
    )


def check(session: Session, kit: Kit) -> Health:
    """Ask for the limits: the cheapest call that proves address, credentials and quota."""
    began = kit.clock.now()
    limits: Mapping[str, Any] = session.limits()
    milliseconds = (kit.clock.now() - began).total_seconds() * 1000
    daily = limits.get(_DAILY, {})
    quota = {"limit": int(daily.get("Max", 0)), "used": int(daily.get("Max", 0)) - int(daily.get("Remaining", 0))}
    message = f"Signed in; {quota['used']} of {quota['limit']} calls of the last 24 hours used."
    return Health(ok=True, latency_ms=milliseconds, message=message, quota=quota)

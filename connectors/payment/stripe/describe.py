"""What Stripe says of itself: whether the key works, and which fields its objects have by the published fixtures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.payment.stripe.objects import HUB_KEY, KINDS
from ltc.core.contract import FieldSchema, Health, ObjectSchema
from ltc.core.resources import fixtures

if TYPE_CHECKING:
    from connectors.payment.stripe.session import Session
    from ltc.core.contract import Kit

_WRITABLE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "customer": frozenset(
            ["address", "description", "email", "metadata", "name", "phone", "preferred_locales", "shipping", "tax_exempt"]
        ),
        "product": frozenset(["active", "description", "metadata", "name", "statement_descriptor", "unit_label", "url"]),
        "price": frozenset(
            [
                "active",
                "currency",
                "lookup_key",
                "metadata",
                "nickname",
                "product",
                "tax_behavior",
                "unit_amount",
                "unit_amount_decimal",
            ]
        ),
        "invoice": frozenset(
            [
                "collection_method",
                "currency",
                "customer",
                "description",
                "due_date",
                "effective_at",
                "footer",
                "lines",
                "metadata",
                "number",
                "statement_descriptor",
                "total",
            ]
        ),
        "credit_note": frozenset(["currency", "effective_at", "invoice", "lines", "memo", "metadata", "total"]),
        "payment_intent": frozenset(
            ["amount", "currency", "customer", "description", "metadata", "payment_method", "receipt_email"]
        ),
        "refund": frozenset(["amount", "charge", "metadata", "payment_intent", "reason"]),
        "charge": frozenset(),
        "dispute": frozenset(),
        "payout": frozenset(),
    }
)
_ONLY_WRITTEN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"invoice": ("days_until_due",), "payment_intent": ("confirm", "off_session")}
)
"""Parameters that no record shows."""


def describe(obj: str) -> ObjectSchema:
    """Name the fields of an object. Stripe describes none itself, so they are those of the pinned version's fixtures."""
    resources: dict[str, Any] = msgspec.json.decode((fixtures("connectors.payment.stripe") / "fixtures3.json").read_bytes())
    example, kind, writable = resources["resources"][obj], KINDS[obj], _WRITABLE[obj]
    whole = {path.partition(".")[0] for path in kind.expand}
    fields = [
        FieldSchema(name, "object" if name in whole else _type(value), writable=name in writable)
        for name, value in example.items()
        if name not in kind.secret
    ]
    fields += [FieldSchema(name, "text") for name in _ONLY_WRITTEN.get(obj, ())]
    extra = [path for path in kind.expand if path not in example and "." not in path]
    extra += [joined.name for joined in kind.joined]
    fields += [FieldSchema(name, "list", writable=False) for name in extra]
    fields.append(FieldSchema(HUB_KEY, "text", length=500))
    return ObjectSchema(obj, fields)


def _type(value: Any) -> str:
    """Name the type of an example; what is null in the example may hold anything.

    >>> [_type(value) for value in (True, 7, "x", [], {}, None)]
    ['boolean', 'integer', 'text', 'list', 'object', 'any']
    """
    known = {bool: "boolean", int: "integer", str: "text", list: "list", dict: "object"}
    return known.get(type(value), "any")


def check(session: Session, kit: Kit) -> Health:
    """Ask for the balance: the cheapest call that proves address and key."""
    began = kit.clock.now()
    session.read("/v1/balance")
    milliseconds = (kit.clock.now() - began).total_seconds() * 1000
    return Health(ok=True, latency_ms=milliseconds, message="Stripe answers, and the key is good.")

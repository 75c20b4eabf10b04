"""What Stripe publishes of its API, as schemas, and whether a payload keeps to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import stripe
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

PUBLISHED: Final = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "balance": "Balance",
        "balance_transaction": "BalanceTransaction",
        "charge": "Charge",
        "credit_note": "CreditNote",
        "credit_note_line_item": "CreditNoteLineItem",
        "customer": "Customer",
        "dispute": "Dispute",
        "event": "EventBase",
        "invoice": "Invoice",
        "invoice_payment": "InvoicePayment",
        "invoiceitem": "InvoiceItem",
        "line_item": "InvoiceLineItem",
        "payment_intent": "PaymentIntent",
        "payout": "Payout",
        "price": "Price",
        "product": "Product",
        "refund": "Refund",
    }
)
"""The schema of each kind of object, by what it calls itself."""
_ERROR_TYPES: Final = ("api_error", "card_error", "idempotency_error", "invalid_request_error")


def faults(body: Any) -> list[str]:
    """Say where a body that the API answers or posts is not as Stripe publishes it."""
    return list(_faults(body)) if isinstance(body, dict) else [f"{type(body).__name__} is no object"]


@lru_cache(maxsize=1024)
def faults_in(body: bytes) -> Sequence[str]:
    """Say it of the bytes of a body; the same bytes are looked at once."""
    return faults(json.loads(body))


def _faults(body: Mapping[str, Any]) -> Iterator[str]:
    if "error" in body:
        yield from _said("error", body)
        return
    kind = body.get("object")
    if kind == "list":
        yield from _said("list", body)
        for row in body.get("data") or ():
            yield from _faults(row)
        return
    if kind not in NAMES:
        yield f"$.object: {kind!r} is no kind of object"
        return
    yield from _said(f"Deleted{NAMES[kind]}" if body.get("deleted") else NAMES[kind], body)
    if kind == "event":
        yield from _faults(body["data"].get("object", {}))


def _said(name: str, body: Any) -> Iterator[str]:
    for error in validator(name).iter_errors(body):
        yield from _told(name, error)


def _told(name: str, error: ValidationError) -> Iterator[str]:
    """Tell of what is wrong in the alternative that comes nearest."""
    if not error.context:
        yield f"{name}{error.json_path.removeprefix('$')}: {error.message[:300]}"
        return
    ways: dict[Any, list[ValidationError]] = {}
    for one in error.context:
        ways.setdefault(one.schema_path[0], []).append(one)
    for one in max(ways.values(), key=lambda found: max(len(fault.absolute_path) for fault in found)):
        yield from _told(name, one)


@cache
def validator(name: str) -> Draft7Validator:
    """Give the validator of a published definition."""
    definitions = {**PUBLISHED["definitions"], "error": _error(), "list": _list()}
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


def _error() -> dict[str, Any]:
    """Make the schema of an error of the names that Stripe's library for Python publishes."""
    said: dict[str, Any] = {name: {"type": "string"} for name in stripe.ErrorObject.__annotations__}
    said |= {"type": {"enum": list(_ERROR_TYPES)}, "payment_intent": {"$ref": "#/definitions/PaymentIntent"}}
    body = {"type": "object", "properties": said, "required": ["type", "message"], "additionalProperties": False}
    return {"type": "object", "properties": {"error": body}, "required": ["error"], "additionalProperties": False}


def _list() -> dict[str, Any]:
    said = {"object": {"const": "list"}, "data": {"type": "array"}, "has_more": {"type": "boolean"}, "url": {"type": "string"}}
    return {"type": "object", "properties": said, "required": list(said), "additionalProperties": False}

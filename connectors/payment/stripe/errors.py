"""What Stripe's errors mean to the hub, by type and code, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
import requests

from ltc.core.errors import Gone, Later, LtcError, Misconfigured, Rejected, Unauthorised, Unknown

KEY_SPENT: Final = "stripe.key_spent"
_RETRY: Final = "Stripe-Should-Retry"
_REPLAYED: Final = "Idempotent-Replayed"

_LATER: Final = frozenset({"rate_limit", "lock_timeout", "idempotency_key_in_use"})
_GONE: Final = frozenset({"resource_missing"})

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "card_declined": "The customer's bank said no: ask for another card, or try again as dunning does; the hub does not.",
        "expired_card": "Ask the customer for another card.",
        "authentication_required": "The customer has to confirm this payment: send the invoice's payment link.",
        "amount_too_small": "Collect it with another invoice: Stripe charges nothing below its least amount.",
        "parameter_unknown": "Correct the mapping: this version of the API has no such parameter.",
        "parameter_missing": "Map the field, or fill it in its source.",
        "invoice_not_editable": "It was finalised: correct it by another document.",
        "idempotency_error": "Look whether Stripe has it already; if not, change the record and retry it.",
        "resource_missing": "What it refers to is not in Stripe any more.",
        "charge_already_refunded": "Nothing is left to give back.",
        "charge_disputed": "The bank has taken the money back already.",
    }
)
ANY_REMEDY: Final = "Correct the record where it comes from, or the mapping, then retry it."


def classify(response: requests.Response) -> LtcError | None:
    """Read an answer: its own word on retries first, then the error's type and code."""
    status = response.status_code
    if status < requests.codes.bad_request:
        return None
    error = _error_of(response.content)
    message = str(error.get("message") or f"Stripe answered {status}.")
    if status == requests.codes.unauthorized:
        return Unauthorised(
            f"Stripe does not accept the key: {message}", remedy="Give a secret or restricted key of this account and mode."
        )
    if status == requests.codes.forbidden:
        return Misconfigured(message, remedy="Give the restricted key the right that Stripe names.", code="stripe.permission")
    if status >= requests.codes.server_error:
        return _broken(response, message)
    return _put_off(response, error, message) or _refused(error, message, status)


def _put_off(response: requests.Response, error: Mapping[str, Any], message: str) -> Later | None:
    """Tell what may be tried again as it is."""
    status, code = response.status_code, str(error.get("code") or "")
    if status == requests.codes.too_many_requests or code in _LATER:
        return Later(message, code=f"stripe.{code or 'rate_limit'}")
    if status == requests.codes.conflict:
        return Later(message, code="stripe.conflict")
    if response.headers.get(_RETRY) == "true":
        return Later(message, code=f"stripe.{code or error.get('type')}")
    return None


def _refused(error: Mapping[str, Any], message: str, status: int) -> LtcError:
    kind, code, param = (str(error.get(name) or "") for name in ("type", "code", "param"))
    if status == requests.codes.not_found and code in _GONE and param in {"", "id"}:
        return Gone(message)
    word = str(error.get("decline_code") or code or kind or status)
    remedy = REMEDIES.get(code) or REMEDIES.get(kind) or ANY_REMEDY
    return Rejected(message, field=param, remedy=remedy, code=f"stripe.{word}")


def _broken(response: requests.Response, message: str) -> LtcError | None:
    """Tell a failure that a key will always answer from one that may pass.

    The first answer of a key is stored, failures included: what is replayed never heals.
    """
    if response.request.method != "POST":
        return Later(message, code="stripe.api_error")
    if response.headers.get(_REPLAYED) == "true" or response.headers.get(_RETRY) == "false":
        return Unknown(f"Stripe failed within the call and stored that: {message}", code=KEY_SPENT)
    return Unknown(message, code="stripe.api_error")


def _error_of(body: bytes) -> Mapping[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    error = decoded.get("error") if isinstance(decoded, dict) else None
    return error if isinstance(error, dict) else {}

"""How the account refuses: errors in the vendor's own words."""

from __future__ import annotations

from typing import Any

from ltc.core.simulation import Refusal, Response


def error(status: int, kind: str, message: str, **more: str) -> Response:
    """Make an error's answer."""
    said: dict[str, Any] = {"message": message, "type": kind, **{name: value for name, value in more.items() if value}}
    if "code" in said:
        said["doc_url"] = f"https://stripe.com/docs/error-codes/{said['code'].replace('_', '-')}"
    return Response(status, {"error": said})


def refused(message: str, *, param: str = "", code: str = "", status: int = 400) -> Refusal:
    """Refuse a request for what it says."""
    return Refusal(error(status, "invalid_request_error", message, param=param, code=code))


def missing(param: str) -> Refusal:
    """Refuse a request for what it leaves out."""
    return refused(f"Missing required param: {param}.", param=param, code="parameter_missing")


def absent(kind: str, key: str, param: str = "id") -> Refusal:
    """Say that there is no such object: 404 for the one in the path, 400 for one that is referred to."""
    status = 404 if param == "id" else 400
    return refused(f"No such {kind.replace('_', ' ')}: '{key}'", param=param, code="resource_missing", status=status)


def declined(reason: str, payment_intent: dict[str, Any] | None = None, charge: str = "") -> Refusal:
    """Say that the bank declined a card."""
    words = {"insufficient_funds": "Your card has insufficient funds.", "expired_card": "Your card has expired."}
    code = "expired_card" if reason == "expired_card" else "card_declined"
    response = error(
        402, "card_error", words.get(reason, "Your card was declined."), code=code, decline_code=reason, charge=charge
    )
    if payment_intent is not None and isinstance(response.body, dict):
        response.body["error"]["payment_intent"] = payment_intent
    return Refusal(response)

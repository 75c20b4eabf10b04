"""What DocuSign's error codes mean to the hub, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

import msgspec
import requests

from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Unauthorised

HOURLY: Final = "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"
BURST: Final = "BURST_APIINVOCATION_LIMIT_EXCEEDED"
POLLING: Final = "HOURLY_ENVELOPE_POLLING_LIMIT_EXCEEDED"
BURST_SECONDS: Final = 30.0

CLASSES: Final[Mapping[str, type[LtcError]]] = MappingProxyType(
    {
        "AUTHORIZATION_INVALID_TOKEN": Unauthorised,
        "USER_AUTHENTICATION_FAILED": Unauthorised,
        "PARTNER_AUTHENTICATION_FAILED": Unauthorised,
        HOURLY: QuotaSpent,
        BURST: Later,
        POLLING: Later,
        "ENVELOPE_LOCKED": Later,
        "SERVICE_UNAVAILABLE": Later,
        "ENVELOPE_ALLOWANCE_EXCEEDED": Misconfigured,
        "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT": Misconfigured,
        "USER_LACKS_PERMISSIONS": Misconfigured,
        "ACCOUNT_LACKS_PERMISSIONS": Misconfigured,
        "RESOURCE_NOT_FOUND": Misconfigured,
        "ENVELOPE_DOES_NOT_EXIST": Gone,
    }
)
"""What is not here refuses the record: Rejected. Codes that begin with EDIT_LOCK_ are locks: Later."""

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ENVELOPE_CANNOT_VOID_INVALID_STATE": "Agree with the signers on a new document: what is signed is not taken back.",
        "ENVELOPE_INVALID_STATUS": "Correct it where it comes from, or void the envelope and send another.",
        "ENVELOPE_IS_INCOMPLETE": "Fill in each signer's name and e-mail address where they come from (the deal's contact).",
        "TEMPLATE_ID_INVALID": "Correct the template's id where it comes from, or share it with the hub's user.",
        "INVALID_TEMPLATE_ROLE": "Name the signers' roles as the template does.",
        "RECIPIENT_UPDATE_FAILED": "Who has signed can't be changed any more: void the envelope and send another.",
        "UNKNOWN_ENVELOPE_RECIPIENT": "Recipients can't be added to a sent envelope here: void it and send another.",
        "ENVELOPE_ALLOWANCE_EXCEEDED": "The plan's envelopes are used up: extend it.",
        "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT": "Correct account_id, or add the user to the account.",
        "USER_LACKS_PERMISSIONS": "Give the hub's user the right to send envelopes and to use the API.",
        "ACCOUNT_LACKS_PERMISSIONS": "Ask DocuSign to enable the feature for the account.",
        "AUTHORIZATION_INVALID_TOKEN": "A fresh token was refused too: check the application's keys and the user.",
        "USER_AUTHENTICATION_FAILED": "A fresh token was refused too: check the application's keys and the user.",
    }
)
ANY_REMEDY: Final = "Correct the request where it comes from, or the mapping, then retry it."


def error_of(code: str, message: str, now: datetime, reset: datetime | None = None) -> LtcError:
    """Turn one of DocuSign's errors into ours; the code stays visible as ``docusign.<code>``.

    >>> type(error_of("EDIT_LOCK_ENVELOPE_LOCKED", "locked", datetime(2026, 3, 2, tzinfo=UTC))).__name__
    'Later'
    >>> error_of("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", "too many", datetime(2026, 3, 2, 6, 20, tzinfo=UTC)).until.isoformat()
    '2026-03-02T07:00:00+00:00'
    """
    kind = Later if code.startswith("EDIT_LOCK_") else CLASSES.get(code, Rejected)
    stable, remedy, text = f"docusign.{code.lower()}", REMEDIES.get(code, ""), message or code
    error: LtcError
    if kind is QuotaSpent:
        error = QuotaSpent(text, until=reset or next_hour(now))
    elif kind is Later:
        after = {BURST: BURST_SECONDS, POLLING: (next_hour(now) - now).total_seconds()}.get(code)
        error = Later(text, after=after)
    elif kind is Gone:
        error = Gone(text)
    else:
        error = kind(text, remedy=remedy or (ANY_REMEDY if kind is Rejected else ""))
    error.code = stable
    return error


def classified(response: requests.Response, now: datetime) -> LtcError | None:
    """Read the error out of a failed call's body; None leaves it to the table of statuses."""
    if response.status_code < requests.codes.bad_request:
        return None
    told = _told(response.content)
    code = str(told.get("errorCode") or "").upper()
    # What the server could not finish may have had an effect: that is for the table of statuses to say.
    if not code or (response.status_code >= requests.codes.server_error and code not in CLASSES):
        return None
    reset = response.headers.get("X-RateLimit-Reset", "")
    until = datetime.fromtimestamp(int(reset), UTC) if reset.isdecimal() else None
    return error_of(code, str(told.get("message") or ""), now, until if until and until > now else None)


def next_hour(now: datetime) -> datetime:
    """Tell when the hourly limits begin anew."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def gauge(response: requests.Response) -> Mapping[str, int]:
    """Read what is left of the hour and of the burst."""
    found: dict[str, int] = {}
    for prefix, header in (("", "X-RateLimit"), ("burst_", "X-BurstLimit")):
        limit, left = (response.headers.get(f"{header}-{name}", "") for name in ("Limit", "Remaining"))
        if limit.isdecimal() and left.isdecimal():
            found |= {f"{prefix}used": int(limit) - int(left), f"{prefix}limit": int(limit)}
    return found


def _told(body: bytes) -> Mapping[str, object]:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}

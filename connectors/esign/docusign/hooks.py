"""Connect: what a signed message says may have changed.

The signature covers the raw bytes and no time, so a body that was good once is good for ever: what tells a repeated delivery
from a new event is its id. A retry is the same event with another ``retryCount``, so that is not part of the id; the time at
which the event was made is, since an envelope may be sent, corrected and sent again; and the recipient is, since two may sign
at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.esign.docusign.envelope import ENVELOPE
from ltc.core.contract import Hint
from ltc.core.errors import Misconfigured, Rejected, Unauthorised

if TYPE_CHECKING:
    from pydantic import SecretStr

_SIGNATURE: Final = re.compile(r"x-docusign-signature-\d+")
_OF_INTEREST: Final = ("envelope-", "recipient-")


def hear(keys: Sequence[SecretStr], account_id: str, headers: Mapping[str, str], body: bytes) -> list[Hint]:
    """Check the signature and say which envelope may have changed."""
    _check(keys, headers, body)
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("event"), str) or not isinstance(told.get("data"), dict):
        remedy = "Set the Connect configuration's data format to REST v2.1 with JSON (SIM event model)."
        raise Rejected("This is not a message of Connect in the JSON SIM format.", remedy=remedy, code="hook.unreadable")
    event, data = str(told["event"]), told["data"]
    if not event.startswith(_OF_INTEREST):
        return []
    key = data.get("envelopeId")
    if not isinstance(key, str) or not key:
        raise Rejected(
            f"The event {event} names no envelope.", remedy="Send envelope data with the event.", code="hook.unreadable"
        )
    if account_id and str(data.get("accountId") or account_id).lower() != account_id.lower():
        return []
    # A message without its time would look like every later one of its kind; then its bytes tell it apart.
    generated = str(told.get("generatedDateTime") or hashlib.sha256(body).hexdigest())
    parts = (key, event, generated, str(data.get("recipientId") or ""))
    return [Hint("/".join(part for part in parts if part), ENVELOPE.name, key, _moment(told.get("generatedDateTime")))]


def _check(keys: Sequence[SecretStr], headers: Mapping[str, str], body: bytes) -> None:
    if not keys:
        remedy = "Make an HMAC key in DocuSign's Connect settings and give it as webhook_secret."
        raise Misconfigured("There is no key to check Connect's signatures with.", remedy=remedy, code="hook.no_secret")
    given = [value.strip().encode() for name, value in headers.items() if _SIGNATURE.fullmatch(name)]
    mine = [base64.b64encode(hmac.digest(key.get_secret_value().encode(), body, "sha256")) for key in keys]
    # Every pair is compared, so that the time it takes tells nothing.
    matches = [hmac.compare_digest(own, theirs) for own in mine for theirs in given]
    if not any(matches):
        remedy = "Use the HMAC key that the Connect configuration signs with, and let it sign its messages."
        raise Unauthorised("The message is not signed with one of our keys.", remedy=remedy, code="hook.forged")


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)

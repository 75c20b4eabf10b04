"""Webhooks: the signature over the raw bytes, and the records that an event speaks of."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from connectors.payment.stripe.events import EVENTS, touched
from ltc.core.contract import Hint
from ltc.core.errors import Misconfigured, Rejected, Unauthorised

if TYPE_CHECKING:
    from connectors.payment.stripe.settings import StripeSettings

TOLERANCE_SECONDS: Final = 300
_FORGED: Final = "Check that webhook_secret is the signing secret of the endpoint that posts here."


def hear(settings: StripeSettings, now: datetime, headers: Mapping[str, str], body: bytes) -> list[Hint]:
    """Check a webhook and say which records may have changed."""
    secrets = [secret.get_secret_value() for secret in settings.webhook_secret]
    if not secrets:
        raise Misconfigured(
            "Stripe's webhooks cannot be checked: there is no secret.",
            remedy="Set webhook_secret to the endpoint's signing secret (whsec_…).",
            code="hook.no_secret",
        )
    at, signatures = _parts(headers.get("stripe-signature", ""))
    if not any(_signed(secret, at, body, signatures) for secret in secrets):
        raise Unauthorised("The webhook is not signed by Stripe with a secret of ours.", remedy=_FORGED, code="hook.forged")
    if abs(now.timestamp() - int(at)) > TOLERANCE_SECONDS:
        message = f"The webhook was signed more than {TOLERANCE_SECONDS} seconds ago, or ahead of our time."
        raise Unauthorised(message, remedy="Set this machine's clock; Stripe posts it again by itself.", code="hook.stale")
    try:
        event = EVENTS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected("The webhook's body is no event of Stripe.", code="hook.unreadable") from error
    occurred = datetime.fromtimestamp(event.created, UTC)
    found = touched(event)
    # The event's own id names its first hint; others of the same event are told apart, since a hint is taken once.
    return [Hint(event.id if not place else f"{event.id}/{obj}", obj, key, occurred) for place, (obj, key) in enumerate(found)]


def _parts(header: str) -> tuple[str, Sequence[str]]:
    """Take ``t=…,v1=…,v1=…`` apart; what is none has no time and no signature.

    >>> _parts("t=12,v1=ab,v0=cd,v1=ef"), _parts("nonsense")
    (('12', ['ab', 'ef']), ('', []))
    """
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t" and value.isascii() and value.isdecimal()]
    return times[0] if times else "", [value for name, _, value in pairs if name == "v1"]


def _signed(secret: str, at: str, body: bytes, signatures: Sequence[str]) -> bool:
    if not at:
        return False
    expected = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(expected, one.encode()) for one in signatures)

"""Webhooks: which events are posted in which order, and how they are signed; hostile ones come late and twice."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec

from ltc.core.simulation import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping


class Outbox:
    """The events that are posted, in order; what stands in a place stays there."""

    def __init__(self, seed: int, *, hostile: bool) -> None:
        """Start empty; in the hostile profile some events are overtaken by the next one, and some come twice."""
        self.posted: list[str] = []
        self._held = ""
        self._seed = seed
        self._hostile = hostile

    def add(self, key: str, telling: str) -> None:
        """Take an event; ``telling`` is what the dice are thrown for."""
        dice = hashlib.blake2b(f"{self._seed} {telling}".encode(), digest_size=2).digest()
        if self._hostile and not self._held and dice[0] % 3 == 0:
            self._held = key
            return
        self.posted.append(key)
        self.flush()
        if self._hostile and dice[1] % 5 == 0:
            self.posted.append(key)

    def flush(self) -> None:
        """Post what was held back."""
        if self._held:
            self.posted.append(self._held)
            self._held = ""

    def load(self, posted: list[str]) -> None:
        """Take back what was posted."""
        self.posted = posted


def sign(body: bytes, secret: str, at: int) -> str:
    """Write the header Stripe-Signature.

    >>> sign(b"{}", "whsec_test", 1)
    't=1,v1=7500d5d4be4b3ef07af1fe56f7d522d135cdaa7530de557e67cc1049c52de094'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def delivery(event: Mapping[str, Any], secret: str, at: int) -> Delivery:
    """Make the request that posts an event."""
    body = msgspec.json.format(msgspec.json.encode(event), indent=2)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)"}
    return Delivery(str(event["id"]), {**headers, "Stripe-Signature": sign(body, secret, at)}, body)

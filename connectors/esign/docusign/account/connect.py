"""What the account tells by Connect: JSON bodies in the SIM format, signed with one key or several, delivered with retries.

A calm account posts each message once and in order; a hostile one posts some twice, some again as a retry, and all of them out of
order. What was posted stays posted: a message keeps its place.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from ltc.core.simulation import Delivery

CONFIGURATION: Final = 10_407_291
_SHARE: Final = 4
"""One message in so many comes twice, and another one in so many comes as a retry, from a hostile account."""


class Connect:
    """A Connect configuration: its keys, what it has posted, and what waits."""

    def __init__(self, seed: int, *, hostile: bool) -> None:
        """Start with one key."""
        self.keys = [self._key(seed, 1)]
        self._seed, self._hostile = seed, hostile
        self._minted = 1
        self._posted: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []

    def say(self, event: str, at: str, path: str, data: Mapping[str, Any]) -> None:
        """Put a message in line."""
        self._waiting.append(
            {
                "event": event,
                "uri": path,
                "retryCount": 0,
                "configurationId": CONFIGURATION,
                "apiVersion": "v2.1",
                "generatedDateTime": at,
                "data": dict(data),
            }
        )

    def add_key(self) -> str:
        """Make another key; from now on messages are signed with it too."""
        self._minted += 1
        self.keys.append(self._key(self._seed, self._minted))
        return self.keys[-1]

    def drop_key(self) -> None:
        """Take the oldest key away, which ends a rotation."""
        del self.keys[0]

    def posted(self, since: int) -> list[Delivery]:
        """Give what is posted, without the first ``since``; what waits is posted now."""
        waiting, self._waiting = self._waiting, []
        self._posted += self._disordered(waiting) if self._hostile else waiting
        return [self._signed(message) for message in self._posted[since:]]

    def again(self, place: int, attempt: int) -> Delivery:
        """Give a message once more, as a retry."""
        message = self._posted[place]
        return self._signed({**message, "retryCount": message["retryCount"] + attempt})

    def dump(self) -> dict[str, Any]:
        """Give everything for the disk."""
        return {"keys": self.keys, "minted": self._minted, "posted": self._posted, "waiting": self._waiting}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what ``dump`` gave."""
        self.keys, self._minted = list(state["keys"]), state["minted"]
        self._posted, self._waiting = list(state["posted"]), list(state["waiting"])

    def _disordered(self, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        first = len(self._posted)
        placed = list(enumerate(messages, start=first))
        twice = [(place, one) for place, one in placed if self._dice(place, "twice") % _SHARE == 0]
        retried = [(place, {**one, "retryCount": 1}) for place, one in placed if self._dice(place, "retry") % _SHARE == 0]
        dealt = [
            (self._dice(place, f"order-{what}"), one) for what, some in enumerate((placed, twice, retried)) for place, one in some
        ]
        return [one for _, one in sorted(dealt, key=lambda pair: pair[0])]

    def _signed(self, message: Mapping[str, Any]) -> Delivery:
        body = msgspec.json.encode(message)
        return Delivery(str(message["event"]), sign(self.keys, body), body)

    def _dice(self, number: int, what: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self._seed}/{what}/{number}".encode(), digest_size=8).digest())

    @staticmethod
    def _key(seed: int, number: int) -> str:
        return base64.b64encode(hashlib.sha256(f"docusign-connect-{seed}-{number}".encode()).digest()).decode()


def sign(keys: Sequence[str], body: bytes) -> dict[str, str]:
    """Give the headers of a delivery: one signature for each key."""
    made = [base64.b64encode(hmac.digest(key.encode(), body, "sha256")).decode() for key in keys]
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-Authorization-Digest": "HMACSHA256",
        **{f"X-DocuSign-Signature-{place}": one for place, one in enumerate(made, start=1)},
    }

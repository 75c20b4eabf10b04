"""Customers and colleagues who are asked to sign: most of them do, some decline, some look and never answer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ltc.app.sandbox.dice import Dice
    from ltc.app.sandbox.doors import DocusignDoor

DECLINES, DAWDLES = 0.08, 0.2
"""The share of people who decline what they are asked to sign, and the share, those included, who do not sign."""

REASON = "Not on these terms."


class Signers:
    """Everybody who gets an envelope; a request's business key is its subject and how many of that subject went before."""

    def __init__(self, door: DocusignDoor | None, dice: Dice) -> None:
        """Take the door at which people sign; without one nobody is asked to."""
        self._door = door
        self._dice = dice

    def rows(self) -> list[dict[str, Any]]:
        """Give all envelopes, in order of creation."""
        return self._door.rows() if self._door is not None else []

    def hurry(self) -> int:
        """Let everybody sign who has not declined: the customers, and in their turn the sellers."""
        if self._door is None:
            return 0
        asked = list(_asked(self._door))
        for envelope, role, _ in asked:
            self._door.sign(envelope, role)
        return len(asked)

    def sign(self, day: date, share: float = 0.6) -> int:
        """Let some of those whose turn it is answer; say how many signed or declined."""
        if self._door is None:
            return 0
        self._door.dawdle()
        count = 0
        for envelope, role, key in list(_asked(self._door)):
            if not self._dice.chance(share, key, role, day, "answers"):
                continue
            temper = self._dice.share(key, role, "temper")
            if temper < DECLINES:
                self._door.decline(envelope, role, REASON)
            elif temper < DAWDLES:
                self._door.view(envelope, role)
                continue
            else:
                self._door.sign(envelope, role)
            count += 1
        return count


def _asked(door: DocusignDoor) -> Iterator[tuple[str, str, str]]:
    """Name for each envelope one person whose turn it is: the envelope, the person's role, and the request's key."""
    numbered: dict[str, int] = defaultdict(int)
    for row in door.rows():
        subject = row["subject"]
        numbered[subject] += 1
        turn = next((one for one in row["recipients"] if one["status"] in {"sent", "delivered"}), None)
        if row["status"] in {"sent", "delivered"} and turn is not None:
            yield row["id"], turn["role"] or turn["id"], f"{subject} {numbered[subject]}"

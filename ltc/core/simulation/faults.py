"""Faults on demand and by chance; chance is a hash of the business key, never the order of calls."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Profile: TypeAlias = Literal["calm", "hostile"]
Kind: TypeAlias = Literal["429", "503", "lock", "drop_after_commit", "drop_before", "truncate", "expire_token", "partial"]
KINDS: tuple[Kind, ...] = get_args(Kind)

HOSTILE_SHARE = 0.08
MOST_IN_A_ROW = 2


@dataclass(slots=True)
class _Plan:
    point: str
    key: str
    left: int
    kind: Kind

    def fits(self, point: str, key: str) -> bool:
        return self.left > 0 and self.point in {"*", point} and self.key in {"*", key}


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that was dealt, so that a test can prove that it happened."""

    point: str
    key: str
    kind: Kind


class Faults:
    """Decide which call fails and how; "calm" never fails by chance, "hostile" about one key in twelve at each point."""

    def __init__(self, seed: int, profile: Profile = "calm") -> None:
        """Take the seed that the hashes start from."""
        self.seed = seed
        self.profile = profile
        self.fired: list[Fired] = []
        self._attempts: dict[tuple[str, str], int] = {}
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()

    def decide(self, point: str, key: str, kinds: Sequence[Kind] = KINDS) -> Kind | None:
        """Say how this attempt fails, or None.

        ``point`` names a place in the dialect ("create", "query"), ``key`` the business key at hand, ``kinds`` what can
        go wrong there. A key fails on its first one or two attempts or never: whoever tries three times gets through.
        """
        with self._lock:
            kind = self._planned(point, key) or self._by_chance(point, key, kinds)
            if kind is not None:
                self.fired.append(Fired(point, key, kind))
            return kind

    def plan(self, point: str, key: str = "*", times: int = 1, kind: Kind = "503") -> None:
        """Order a fault for the next ``times`` attempts at this point; "*" means any."""
        with self._lock:
            self._plans.append(_Plan(point, key, times, kind))

    def dump(self) -> dict[str, Any]:
        """Give the attempt counters for the disk."""
        with self._lock:
            return {"attempts": [[point, key, count] for (point, key), count in self._attempts.items()]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take the attempt counters back."""
        with self._lock:
            self._attempts = {(point, key): count for point, key, count in state["attempts"]}

    def _planned(self, point: str, key: str) -> Kind | None:
        for plan in self._plans:
            if plan.fits(point, key):
                plan.left -= 1
                return plan.kind
        return None

    def _by_chance(self, point: str, key: str, kinds: Sequence[Kind]) -> Kind | None:
        if self.profile == "calm" or not kinds:
            return None
        digest = hashlib.blake2b(f"{self.seed}\0{point}\0{key}".encode(), digest_size=16).digest()
        if int.from_bytes(digest[:8]) >= HOSTILE_SHARE * 2**64:
            return None
        attempt = self._attempts.get((point, key), 0) + 1
        self._attempts[point, key] = attempt
        if attempt > 1 + digest[8] % MOST_IN_A_ROW:
            return None
        return kinds[int.from_bytes(digest[9:11]) % len(kinds)]

"""Webhooks: what a connector with an ear says about a request that arrived; the engine then reads the record by its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """Word from a system that a record of it may have changed.

    ``event`` is the vendor's own id of the event, or what else tells a repeated delivery from a new one; it is unique within the
    system. ``object`` and ``id`` say which record to read. What the event says beyond that is not believed: events come twice,
    late and in any order, and the record itself is read.
    """

    event: str
    object: str
    id: str
    occurred_at: datetime | None = None


@runtime_checkable
class Ear(Protocol):
    """A connector that takes webhooks has this beside its two verbs."""

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Check the signature on the raw bytes and say what may have changed; an event of no interest gives no hint.

        Header names are in lower case. It makes no call. It raises ``Unauthorised`` with the code ``hook.forged`` for a signature
        that is not ours or is missing, ``hook.stale`` for one that is too old, and ``Rejected`` with ``hook.unreadable`` for a
        body that is none; ``Misconfigured`` if no secret is set.
        """

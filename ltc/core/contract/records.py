"""What passes between the engine and a connector: records, pages, writes and their results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from ltc.core.errors import LtcError

Raw: TypeAlias = dict[str, Any]
"""A record as its system says it, decoded: str, int, bool, None, Decimal or JsonNumber (never float), list, dict."""


class Presence(StrEnum):
    """How a record shows in a page."""

    LIVE = "live"
    DELETED = "deleted"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of one system, undecoded.

    ``body`` is the record's own bytes as they came (JSON), or the canonical JSON of an SDK's objects.
    For a deleted or merged record the body may be ``b"{}"``. ``version`` orders two sightings of the record as a string
    compared within the object; "" if the system has none.
    """

    id: str
    version: str
    body: bytes
    presence: Presence = Presence.LIVE
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A run of records, oldest first, and the cursor from which the next page follows.

    ``bodies`` are the raw bytes of the live records, undecoded: their ids are not known yet. ``marked`` are records that
    the system reports as deleted or merged. ``cursor`` is opaque JSON text, safe to store as soon as the page is stored.
    ``more`` says whether another page is ready now.
    """

    bodies: Sequence[bytes]
    cursor: str
    more: bool
    marked: Sequence[RawRecord] = ()


class Verb(StrEnum):
    """What a write does to the target's record."""

    CREATE = "create"
    AMEND = "amend"
    CANCEL = "cancel"
    REVERSE = "reverse"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class WriteItem:
    """One write that the engine wants done, with the bytes that its intent has stored.

    ``key`` is the intent's deterministic key; ``short_key`` is the 12-character random key for reference fields.
    ``id`` is the target's own id (empty for a create). ``fields`` holds raw target fields: all of them for a create, only
    those that change for an amendment. ``before`` is the last seen raw record of an amendment. ``journal`` holds what steps of an
    earlier attempt stored, by step name.
    """

    key: str
    short_key: str
    verb: Verb
    id: str
    fields: Raw
    before: Raw | None = None
    parent: str = ""
    journal: Mapping[str, Any] = field(default_factory=dict)


class Outcome(StrEnum):
    """What a write came to."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    LATER = "later"
    STALE = "stale"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What one write came to; ``answer`` is the record's raw bytes if the system sent it back with the answer."""

    key: str
    outcome: Outcome
    id: str = ""
    version: str = ""
    error: LtcError | None = None
    answer: bytes | None = None


Journal: TypeAlias = Callable[[str, str, Mapping[str, Any]], None]
"""``journal(key, step, data)`` stores what a step learnt, durably, before the next step may begin. It also checks the fence."""


class Finding(StrEnum):
    """What a look-up found out about an intent whose outcome is unknown."""

    DONE = "done"
    ABSENT = "absent"
    PARTIAL = "partial"
    SEVERAL = "several"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer to "did this write happen?": DONE names the id, PARTIAL goes on from its journal, SEVERAL lists candidates."""

    key: str
    finding: Finding
    id: str = ""
    version: str = ""
    candidates: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of a connection check."""

    ok: bool
    latency_ms: float
    message: str
    quota: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """One field as a system describes it; ``length`` in characters, 0 if unlimited or unknown."""

    name: str
    type: str
    required: bool = False
    writable: bool = True
    length: int = 0
    decimals: int = 0
    values: Sequence[str] = ()
    fields: Sequence[FieldSchema] = ()


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """One object as a system describes it."""

    name: str
    fields: Sequence[FieldSchema]

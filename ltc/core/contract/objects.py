"""What a connector declares about each object: capabilities are data, and the engine plans from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from ltc.core.contract.records import Verb


class SettleRule(StrEnum):
    """How a write whose outcome is unknown is settled after a crash or a time-out."""

    READ = "read"
    RESEND = "resend"
    KEY = "key"
    LOOKUP = "lookup"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a write, and its settle rule; a later step starts only after the earlier one is journalled."""

    name: str
    settle: SettleRule


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """One object of a system as the engine needs to know it.

    ``key``, ``version``, ``hub_key`` (our id) and ``short_key`` (our 12-character key) are raw field paths ("" if there is
    none). ``page_size`` is the most records of one read call, ``batch_size`` of one write call, ``fetch_size`` of one read by
    ids. ``deletes`` says how deletions show: as a
    ``feed`` of marked records, as a ``flag`` in the record, only by a ``sweep`` over all ids, or never. ``parents`` are the raw
    reference fields by which a batch is sorted. ``fetch_shape`` says whether a read by id answers with the same bytes as a page.
    ``frozen_when`` is a CEL condition on the raw record after which it may only be corrected by further documents.
    ``settle_seconds`` is how long after its deadline a call may still take effect in the target. ``key_hours`` is how long the
    system surely recognises a repeated call, for steps with the rule ``key``. ``filled`` are required fields that the connector
    fills itself where nobody has said them. ``plain_json`` says that a body decodes to its own JSON and nothing else, so that the
    engine may decode it itself and leave numbers as they are written.
    """

    name: str
    key: str
    version: str = ""
    hub_key: str = ""
    short_key: str = ""
    page_size: int = 200
    batch_size: int = 1
    fetch_size: int = 1
    verbs: Mapping[Verb, Sequence[Step]] = field(default_factory=dict)
    parents: Sequence[str] = ()
    deletes: Literal["feed", "flag", "sweep", "never"] = "never"
    merges: bool = False
    frozen_when: str = ""
    settle_seconds: float = 0.0
    key_hours: float = 0.0
    webhooks: bool = False
    read_only: Sequence[str] = ()
    filled: Sequence[str] = ()
    plain_json: bool = False

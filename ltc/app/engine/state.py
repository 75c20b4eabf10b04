"""Records and golden records while the engine works on them, and how they are read from and kept in the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ltc.core.models.leaves import references
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.core.models.leaves import Reference
    from ltc.core.store import Tx

RECORD_COLUMNS = (
    "scope_id", "ext_id", "version", "raw", "raw_hash", "mapping_fp", "leaves", "state", "merged_into", "hub_id", "is_primary",
    "evidence", "sent", "normal_forms", "stamps", "flips", "short_key", "first_seen", "last_changed", "seen_run",
)  # fmt: skip
KEPT_COLUMNS = (*RECORD_COLUMNS, "settled")
GOLDEN_COLUMNS = (
    "hub_id", "entity", "version", "leaves", "provenance", "state", "merged_into", "label", "created_at", "updated_at",
)  # fmt: skip

HUB_MADE = frozenset({"written", "short_key", "hub_key"})
"""The evidence by which a record is linked that the hub itself created: its answer, or a key of ours that it carries."""

SETTLED_STATES = ("live", "out_of_scope")

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def to_json(value: Any) -> str:
    """Write plain values as JSON text; an empty collection is the empty text, which is what most columns hold."""
    return _encode(value).decode() if value else ""


def to_bytes(value: Any) -> bytes:
    """Write plain values as JSON for a wide column, which takes it as it is."""
    return _encode(value) if value else b""


def from_json(text: str) -> Any:
    """Read JSON text; the empty text is an empty mapping."""
    return _decode(text) if text else {}


def known_by(raw_hash: str, fingerprint: str) -> int:
    """Give what intake knows bytes by that a mapping has read: 64 bits, which hardly any two of a billion records share.

    >>> known_by("00" * 16, "00" * 16), known_by("ff" * 16, "00" * 16)
    (-9223372036854775808, 9223372036854775807)
    """
    return (int(raw_hash[:16], 16) ^ int(fingerprint[:16], 16)) - 2**63


class Known(NamedTuple):
    """What is known of very these leaves, so that nobody works it out again: the references among them, and their JSON.

    It is worked out while the leaves are in the processor's cache, where they do not stay for long.
    """

    leaves: dict[str, Any]
    references: list[Reference] | None = None
    text: bytes = b""


def references_of(entity: str, leaves: dict[str, Any], known: Known | None) -> list[Reference]:
    """List the references among leaves."""
    if known is None or known.leaves is not leaves or known.references is None:
        return references(entity, leaves)
    return known.references


def text_of(leaves: dict[str, Any], known: Known | None) -> bytes:
    """Write leaves as JSON."""
    return known.text if known is not None and known.leaves is leaves and known.text else to_bytes(leaves)


@dataclass(slots=True)
class RecordState:
    """What one system holds under one id, and its link.

    ``leaves`` are what was last seen, references as the system's own ids. ``sent`` are golden values written and not yet
    seen again; ``normal_forms`` maps a leaf to what we sent and what the system made of it, where the two differ; a third value
    marks what a decision that was taken back had written, and that is to be put back.
    ``news`` are the leaves that changed in the system since it was last seen; ``view`` is what it means, references as hub ids.
    ``known`` and ``view_known`` are what is known of ``leaves`` and of ``view``.
    """

    scope_id: int
    ext_id: str
    version: str = ""
    raw: bytes = b""
    raw_hash: str = ""
    mapping_fp: str = ""
    leaves: dict[str, Any] = field(default_factory=dict)
    state: str = "live"
    merged_into: str = ""
    hub_id: str | None = None
    is_primary: bool = True
    evidence: str = ""
    sent: dict[str, Any] = field(default_factory=dict)
    normal_forms: dict[str, list[Any]] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    flips: dict[str, list[Any]] = field(default_factory=dict)
    short_key: str = ""
    first_seen: str = ""
    last_changed: str = ""
    seen_run: int = 0
    is_new: bool = False
    news: set[str] = field(default_factory=set)
    view: dict[str, Any] | None = None
    known: Known | None = None
    view_known: Known | None = None
    key: tuple[int, str] = field(init=False)

    def __post_init__(self) -> None:
        """Identify the record in the store."""
        self.key = (self.scope_id, self.ext_id)

    @property
    def speaks(self) -> bool:
        """Tell whether the record has a say in its golden record."""
        return self.state == "live"

    @property
    def is_hub_made(self) -> bool:
        """Tell whether the hub created the record: then what it holds at first is an echo, and no news."""
        return self.evidence in HUB_MADE

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> RecordState:
        """Build it from a row in the order of :data:`RECORD_COLUMNS`."""
        return cls(
            row[0], row[1], row[2], bytes(row[3]), row[4], row[5], from_json(row[6]), row[7], row[8], row[9],
            bool(row[10]), row[11], from_json(row[12]), from_json(row[13]), from_json(row[14]), from_json(row[15]),
            row[16], row[17], row[18], row[19],
        )  # fmt: skip

    def row(self) -> tuple[Any, ...]:
        """Give the row to store."""
        return (
            self.scope_id, self.ext_id, self.version, self.raw, self.raw_hash, self.mapping_fp, text_of(self.leaves, self.known),
            self.state, self.merged_into, self.hub_id, self.is_primary, self.evidence, to_json(self.sent),
            to_json(self.normal_forms), to_json(self.stamps), to_json(self.flips), self.short_key, self.first_seen,
            self.last_changed, self.seen_run, self._settled(),
        )  # fmt: skip

    def _settled(self) -> int | None:
        """Give what intake knows the record by; None if it is to be looked at even if its bytes are the same.

        One that was written and not seen since is never settled: its normal form is still to be learnt.
        """
        if self.sent or not self.raw_hash or not self.mapping_fp or self.state not in SETTLED_STATES:
            return None
        return known_by(self.raw_hash, self.mapping_fp)


def pack(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Name the origin that most leaves share only once, under the empty path.

    >>> pack({"name": [[1, "A"], ""], "phone": [[1, "A"], ""], "city": [[2, "B"], ""]})
    {'': [[1, 'A'], ''], 'city': [[2, 'B'], '']}
    """
    if not provenance:
        return {}
    by_place = {id(origin): origin for origin in provenance.values()}
    if len(by_place) == 1:  # one record says it all
        return {"": next(iter(by_place.values()))}
    shares: dict[tuple[int, str, str], int] = {}
    for (scope_id, ext_id), at in provenance.values():
        key = (scope_id, ext_id, at)
        shares[key] = shares.get(key, 0) + 1
    usual = max(shares, key=lambda origin: shares[origin])
    others = {leaf: origin for leaf, origin in provenance.items() if (*origin[0], origin[1]) != usual}
    return {"": [list(usual[:2]), usual[2]], **others}


def unpack(packed: Mapping[str, Any], leaves: Iterable[str]) -> dict[str, Any]:
    """Give every leaf its origin again.

    >>> unpack({"": [[1, "A"], ""], "city": [[2, "B"], ""]}, ["name", "city"])
    {'name': [[1, 'A'], ''], 'city': [[2, 'B'], '']}
    """
    others = dict(packed)
    usual = others.pop("", None)
    return others if usual is None else {**dict.fromkeys(leaves, usual), **others}


@dataclass(slots=True)
class GoldenState:
    """The merged view of one real thing; references are hub ids; ``packed`` is its provenance as the store has it."""

    hub_id: str
    entity: str
    version: int = 0
    leaves: dict[str, Any] = field(default_factory=dict)
    packed: dict[str, Any] = field(default_factory=dict)
    state: str = "live"
    merged_into: str | None = None
    label: str = ""
    created_at: str = ""
    updated_at: str = ""
    is_new: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    known: Known | None = None

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> GoldenState:
        """Build it from a row in the order of :data:`GOLDEN_COLUMNS`."""
        leaves = from_json(row[3])
        return cls(row[0], row[1], row[2], leaves, from_json(row[4]), row[5], row[6], row[7], row[8], row[9], before=leaves)

    @property
    def provenance(self) -> dict[str, Any]:
        """Name the record behind each leaf, and since when it is."""
        return unpack(self.packed, self.leaves)

    def row(self) -> tuple[Any, ...]:
        """Give the row to store."""
        return (
            self.hub_id, self.entity, self.version, text_of(self.leaves, self.known), to_json(self.packed), self.state,
            self.merged_into, self.label, self.created_at, self.updated_at,
        )  # fmt: skip


def load_records(tx: Tx, scope_id: int, ext_ids: Iterable[str]) -> list[RecordState]:
    """Read records of one scope by their own ids."""
    rows = tx.select_in(t.record, RECORD_COLUMNS, "ext_id", ext_ids, equal={"scope_id": scope_id})
    return [RecordState.of_row(row) for row in rows]


def load_linked(tx: Tx, hub_ids: Iterable[str]) -> list[RecordState]:
    """Read all records that are linked to these golden records."""
    return [RecordState.of_row(row) for row in tx.select_in(t.record, RECORD_COLUMNS, "hub_id", list(hub_ids))]


def load_goldens(tx: Tx, hub_ids: Iterable[str], entity: str = "", *, lock: bool = True) -> list[GoldenState]:
    """Read golden records, only those of an entity if one is named.

    On PostgreSQL they are locked in id order, so that two runs never work on one at once. Whoever only looks at them does
    without the lock.
    """
    only = {"entity": entity} if entity else {}
    rows = tx.select_in(t.golden, GOLDEN_COLUMNS, "hub_id", sorted(hub_ids), equal=only, lock=lock)
    return [GoldenState.of_row(row) for row in rows]


def keep_records(tx: Tx, records: Iterable[RecordState]) -> None:
    """Store records, which come in the order of their keys."""
    tx.put_in_order(t.record, KEPT_COLUMNS, (record.row() for record in records), key=("scope_id", "ext_id"))


def keep_goldens(tx: Tx, goldens: Iterable[GoldenState]) -> None:
    """Store golden records, which come in the order of their ids."""
    tx.put_in_order(t.golden, GOLDEN_COLUMNS, (golden.row() for golden in goldens), key=("hub_id",))

"""What a decision about identity remembers, so that taking it back ends where it began: rows, values, and who said what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine.merge import keep_references
from ltc.app.engine.views import Views
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.state import RecordState
    from mdm.events import Decision

REVIEW_COLUMNS = ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at", "decided_at", "decided_by")
REVIEW_ROW = ("id", *REVIEW_COLUMNS)
OF = "of"
"""Where a review's evidence says which pair it was about first, if one of that pair has been merged away since."""


@dataclass(frozen=True, slots=True)
class Was:
    """What rows held that a decision changes: the evidence of links, the decisions behind pins, and reviews."""

    evidence: Mapping[tuple[int, str], str] = field(default_factory=dict)
    pins: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reviews: Mapping[tuple[str, str], Sequence[Any]] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Write it as plain JSON."""
        return {
            "evidence": [[*key, text] for key, text in self.evidence.items()],
            "pins": [[*key, number] for key, number in self.pins.items()],
            "reviews": [list(row) for row in self.reviews.values()],
        }

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Was:
        """Read it back; events of older hubs remember the evidence alone."""
        said = payload.get("was") or {"evidence": payload.get("evidence", [])}
        return cls(
            {(scope_id, ext_id): text for scope_id, ext_id, text in said["evidence"]},
            {(hub_id, leaf): number for hub_id, leaf, number in said.get("pins", ())},
            {(row[2], row[3]): row for row in said.get("reviews", ())},
        )


def was(batch: Batch, decision: Decision) -> Was:
    """Read what a decision is about to change."""
    linked = [batch.records[edit.key[0], edit.key[1]] for edit in decision.edits if edit.sheet == "link"]
    pinned = sorted({edit.key[0] for edit in decision.edits if edit.sheet == "pin"})
    rows = batch.tx.select_in(t.pin, ("hub_id", "leaf", "decision_id"), "hub_id", pinned) if pinned else ()
    pairs = [(edit.key[0], edit.key[1]) for edit in decision.edits if edit.sheet == "label"]
    reviews = {pair: row for pair in pairs if (row := review_row(batch, pair)) is not None}
    return Was(
        {record.key: record.evidence for record in linked}, {(hub_id, leaf): number for hub_id, leaf, number in rows}, reviews
    )


def review_row(batch: Batch, pair: Sequence[str]) -> list[Any] | None:
    """Read the review of a pair, whatever its state."""
    r = t.review
    found = select(*(r.c[name] for name in REVIEW_ROW)).where(r.c.left_id == pair[0], r.c.right_id == pair[1])
    row = batch.tx.execute(found).first()
    return None if row is None else list(row)


def put_review(batch: Batch, pair: Sequence[str], row: Sequence[Any] | None) -> None:
    """Let the review of a pair be as it was, or not be if there was none; its number is its own, unless another has it by now."""
    r = t.review
    batch.tx.execute(r.delete().where(r.c.left_id == pair[0], r.c.right_id == pair[1]))
    if row is not None:
        taken = batch.tx.scalar(select(r.c.id).where(r.c.id == row[0])) is not None
        named = dict(zip(REVIEW_ROW, row, strict=True))
        batch.tx.insert_one(r, {name: value for name, value in named.items() if name != "id" or not taken})


def remember(batch: Batch, hub_ids: Sequence[str], leaf: str = "") -> dict[str, Any]:
    """Say what golden records are, and what each of their records says and means, of one leaf or of all."""
    batch.load_hubs(hub_ids)
    linked = [record for hub_id in hub_ids for record in batch.linked[hub_id]]
    views = Views(batch, linked)
    goldens = {
        hub_id: [golden.leaves, golden.packed, golden.label, golden.state]
        for hub_id in hub_ids
        if (golden := batch.goldens.get(hub_id)) is not None
    }
    return {"goldens": {} if leaf else goldens, "records": [_said(record, views.of(record), leaf) for record in linked]}


def _said(record: RecordState, view: Mapping[str, Any], leaf: str) -> list[Any]:
    """Write down what a record says, where that is not what it means, and since when it has said it."""
    leaves = {path: value for path, value in record.leaves.items() if leaf in ("", path)}
    meant = {path: view[path] for path, value in leaves.items() if path in view and view[path] != value}
    return [*record.key, record.hub_id, leaves, meant, {path: at for path, at in record.stamps.items() if leaf in ("", path)}]


def put_golden_back(batch: Batch, memory: Mapping[str, Any], hub_id: str) -> None:
    """Let a golden record be what it was, before its records are asked again."""
    said = memory.get("goldens", {}).get(hub_id)
    if said is None:
        return
    golden = batch.goldens[hub_id]
    golden.before, golden.leaves, golden.packed = golden.leaves, said[0], said[1]
    golden.label, golden.state = said[2], said[3]
    golden.version += 1
    golden.updated_at = batch.now
    batch.keep_goldens([hub_id])
    keep_references(batch, [hub_id])


def disown(batch: Batch, memory: Mapping[str, Any], hub_id: str) -> None:
    """Let the records of a golden record mean again what they said, where the hub has overwritten it with another's values.

    What a person has entered since then stays, and so does what any record of the same golden record said itself. The target
    still holds what was written: the marked form lets the old value be planned back (see ``plan.difference``).
    """
    then = {(row[0], row[1]): row for row in memory.get("records", ())}
    ours = [record for record in batch.linked[hub_id] if record.key in then]
    own: dict[str, list[Any]] = {}
    for record in ours:
        _, _, _, leaves, _, stamps = then[record.key]
        for path, value in leaves.items():
            own.setdefault(path, []).append(value)
            if record.stamps.get(path) != stamps.get(path):
                own[path].append(record.leaves.get(path))
    for record in ours:
        _, _, _, leaves, meant, stamps = then[record.key]
        for path, value in _overwritten(record, leaves, stamps):
            if record.leaves[path] not in own[path]:
                record.normal_forms[path] = [meant.get(path, value), record.leaves[path], True]
                batch.dirty.add(record.key)


def _overwritten(record: RecordState, leaves: Mapping[str, Any], stamps: Mapping[str, str]) -> Iterable[tuple[str, Any]]:
    """List what a record said once and does not say now, although nobody has edited it since."""
    for path, value in leaves.items():
        if "[" in path or path not in record.leaves or record.leaves[path] == value:
            continue
        if record.stamps.get(path) == stamps.get(path):
            yield path, value

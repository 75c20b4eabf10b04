"""Identity decisions carried out: what ``mdm.events`` decides on a crosswalk becomes rows, and stays undoable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from ltc.app.engine.remembering import OF, REVIEW_COLUMNS, REVIEW_ROW, Was, put_review, remember, review_row, was
from ltc.app.engine.state import from_json, to_json
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from ltc.core.store.references import referring
from mdm import events
from mdm.events import ABSENT, Crosswalk, Decision, Edit
from mdm.identity import match_keys, strong_identifiers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.state import GoldenState, RecordState
    from mdm.identity import Key

KEYS = ("entity", "kind", "value", "hub_id")
OPEN_CHANGES = ("shadow", "due", "waiting", "held", "parked")
PAIR = ("left_id", "right_id")
MATCHED = frozenset({"customer", "contact", "product", "legal_entity", "employee"})
"""Entities of which several systems may hold the same real thing without having it from the hub."""


def crosswalk(batch: Batch, hub_ids: Iterable[str]) -> Crosswalk:
    """Say what is decided about some golden records; which records are primary is a matter of those that speak."""
    ids = list(hub_ids)
    batch.load_hubs(ids)
    records = [record for hub_id in ids for record in batch.linked[hub_id]]
    pins = batch.tx.select_in(t.pin, ("hub_id", "leaf", "value"), "hub_id", ids)
    decided = (t.review.c.right_id.in_(ids), t.review.c.state != "open")
    labels = batch.tx.select_in(t.review, (*PAIR, "state"), "left_id", ids, where=decided)
    merged = {hub_id: batch.goldens[hub_id].merged_into for hub_id in ids if hub_id in batch.goldens}
    return Crosswalk(
        link={record.key: record.hub_id or "" for record in records},
        primary={record.key: record.is_primary for record in records if record.speaks},
        merged_into={(hub_id,): into for hub_id, into in merged.items() if into},
        pin={(hub_id, leaf): from_json(value)["value"] for hub_id, leaf, value in pins},
        label={(left, right): state for left, right, state in labels},
    )


def carry_out(batch: Batch, before: Crosswalk, decision: Decision, *, actor: str, back: Was | None = None, **more: Any) -> int:
    """Store a decision as an event and do what it says; raise Stale if the crosswalk is not as it found it.

    The event remembers the rows that it changes. ``back`` is what the event remembers that this one takes back.
    """
    after = events.apply(before, decision)
    more["was"] = was(batch, decision).payload()
    back = back or Was()
    number = batch.tx.insert_one(
        t.decision,
        {
            "kind": decision.kind, "entity": decision.entity, "hub_id": decision.hub_id,
            "payload": to_json({**decision.payload(), **more}), "at": batch.now, "actor": actor,
        },
    )  # fmt: skip
    for edit in decision.edits:
        if edit.sheet == "link":
            _link(batch, edit, after, back.evidence.get((edit.key[0], edit.key[1]), decision.kind))
        elif edit.sheet == "primary":
            batch.records[edit.key[0], edit.key[1]].is_primary = edit.after is True
            batch.dirty.add((edit.key[0], edit.key[1]))
        elif edit.sheet == "pin":
            _pin(batch, edit, back.pins.get((edit.key[0], edit.key[1]), number))
        elif edit.sheet == "label":
            _label(batch, decision, edit, actor, back.reviews.get((edit.key[0], edit.key[1])))
        else:
            _resolve(batch, edit)
    batch.touched |= decision.touched()
    return number


def _link(batch: Batch, edit: Edit, after: Crosswalk, evidence: str) -> None:
    record = batch.records[edit.key[0], edit.key[1]]
    was = record.is_primary
    batch.link(record, edit.after, evidence)
    record.is_primary = after.primary.get(edit.key, was)


def _pin(batch: Batch, edit: Edit, number: int) -> None:
    hub_id, leaf = edit.key
    if edit.after == ABSENT:
        batch.tx.execute(t.pin.delete().where(t.pin.c.hub_id == hub_id, t.pin.c.leaf == leaf))
    else:
        row = (hub_id, leaf, to_json({"value": edit.after}), number)
        batch.tx.upsert(t.pin, ("hub_id", "leaf", "value", "decision_id"), [row], key=("hub_id", "leaf"))


def _label(batch: Batch, decision: Decision, edit: Edit, actor: str, back: Sequence[Any] | None) -> None:
    if edit.after == ABSENT or (back is not None and back[6] == edit.after):
        put_review(batch, edit.key, back)
        return
    known = review_row(batch, edit.key)
    evidence = {"decided": decision.kind} if known is None else from_json(known[5])
    evidence.pop(OF, None)  # from now on it is about this pair, whichever it came from
    row = (decision.entity, *edit.key, "", to_json(evidence), edit.after, batch.now, batch.now, actor)
    batch.tx.upsert(t.review, REVIEW_COLUMNS, [row], key=PAIR, update=("evidence", "state", "decided_at", "decided_by"))


def _resolve(batch: Batch, edit: Edit) -> None:
    """Let a hub id resolve to another from now on, or stand for itself again; its desires are planned afresh."""
    golden = batch.goldens[edit.key[0]]
    golden.merged_into = None if edit.after == ABSENT else edit.after
    golden.state = "merged" if golden.merged_into else "live"
    golden.version += 0 if golden.merged_into else 1
    golden.updated_at = batch.now
    batch.keep_goldens([golden.hub_id])
    if golden.merged_into:
        batch.merged_away.add(golden.hub_id)
        batch.tx.execute(
            update(t.change)
            .where(t.change.c.hub_id == golden.hub_id, t.change.c.state.in_(OPEN_CHANGES))
            .values(state="superseded", reason=f"merged into {golden.merged_into}", updated_at=batch.now)
        )


def merge_goldens(batch: Batch, one: str, other: str, *, actor: str, reason: str, asked: bool = False) -> str:
    """Make two golden records one: the older id survives, the other resolves to it for ever; return the survivor.

    Against a steward's "different", a system only opens the review again; ``asked`` says that a steward wants it. What the losing
    id had open to be written is dropped: the survivor's own desires are planned afresh.
    """
    survivor, loser = min(one, other), max(one, other)  # UUIDv7: the older sorts first
    if not asked and _ask_again(batch, survivor, loser, reason):
        return survivor
    before = crosswalk(batch, (survivor, loser))
    decision = events.merge(before, batch.goldens[survivor].entity, survivor, loser)
    memory = remember(batch, (survivor, loser))
    moved = _move_reviews(batch, survivor, loser)
    more: dict[str, Any] = {
        "loser": loser, "reason": reason, "memory": memory, "reviews": moved,
        "identifiers": rows_of(batch, t.identifier, loser), "keys": rows_of(batch, t.match_key, loser),
        "own_keys": rows_of(batch, t.match_key, survivor),
    }  # fmt: skip
    carry_out(batch, before, decision, actor=actor, **more)
    batch.touched.discard(loser)
    batch.tx.execute(update(t.identifier).where(t.identifier.c.hub_id == loser).values(hub_id=survivor))
    move_keys(batch, loser, survivor)
    touch_referrers(batch, loser, kept=survivor)
    return survivor


def _ask_again(batch: Batch, survivor: str, loser: str, reason: str) -> bool:
    """Put a pair that a steward has called different to a steward again; tell whether it is such a pair."""
    r = t.review
    ours = (r.c.left_id == survivor, r.c.right_id == loser)
    row = batch.tx.execute(select(r.c.state, r.c.evidence).where(*ours)).first()
    if row is None or (row[0] != "different" and "against" not in from_json(row[1])):
        return False
    evidence = to_json({"source": reason, "against": "an earlier decision"})
    batch.tx.execute(update(r).where(*ours).values(state="open", evidence=evidence))
    return True


def rows_of(batch: Batch, table: Any, hub_id: str) -> list[list[str]]:
    """List the identifiers or keys that lead to a golden record."""
    found = batch.tx.execute(select(table.c.entity, table.c.kind, table.c.value).where(table.c.hub_id == hub_id)).all()
    return [list(row) for row in found]


def move_keys(batch: Batch, loser: str, survivor: str) -> None:
    """Let all keys of one golden record lead to another."""
    batch.tx.insert_new(t.match_key, KEYS, [(*row, survivor) for row in rows_of(batch, t.match_key, loser)], key=KEYS)
    batch.tx.execute(t.match_key.delete().where(t.match_key.c.hub_id == loser))


def _move_reviews(batch: Batch, survivor: str, loser: str) -> list[dict[str, Any]]:
    """Put the loser's other reviews to the survivor, and say what was moved where; that two are different holds for both."""
    r = t.review
    ends = or_(r.c.left_id == loser, r.c.right_id == loser)
    rows = batch.tx.execute(select(*(r.c[name] for name in REVIEW_ROW)).where(ends, r.c.state != "same")).all()
    moved = []
    for row in rows:
        number, _, left, right, _, evidence, state = row[:7]
        other = right if left == loser else left
        if other == survivor:
            continue
        pair = events.pair(other, survivor)
        standing = review_row(batch, pair)
        ours = update(r).where(r.c.id == number)
        if standing is None:
            said = to_json({OF: [left, right], **from_json(evidence)})
            batch.tx.execute(ours.values(left_id=pair[0], right_id=pair[1], evidence=said))
        else:
            batch.tx.execute(r.delete().where(r.c.id == number))
            if standing[6] == "open" and state == "different":
                decided = dict(zip(REVIEW_COLUMNS[5:], (state, *row[7:]), strict=True))
                batch.tx.execute(update(r).where(r.c.id == standing[0]).values(**decided))
        moved.append({"row": list(row), "pair": list(pair), "before": standing, "after": review_row(batch, pair)})
    return moved


def touch_referrers(batch: Batch, *moved: str, kept: str) -> None:
    """Let whatever refers to golden records be merged again whose records have moved, and plan anew for one that kept its own.

    Of what refers to that one, only what waits to be written can have anything to do with the others: a document of which one
    system says the one, and another system the other.
    """
    touched = {referrer for _, referrer, _ in referring(batch.tx, moved)}
    others = sorted({referrer for _, referrer, _ in referring(batch.tx, [kept])} - touched)
    c = t.change
    touched |= {row[0] for row in batch.tx.select_in(c, ("hub_id",), "hub_id", others, where=(c.c.state.in_(OPEN_CHANGES),))}
    batch.load_hubs(sorted(touched))
    batch.touched |= touched


def living(batch: Batch, hub_id: str) -> GoldenState:
    """Load the golden record that a hub id stands for today: a losing id resolves for ever."""
    wanted = hub_id
    while True:
        batch.load_hubs([wanted])
        golden = batch.goldens.get(wanted)
        if golden is None:
            message = f"There is no golden record {wanted}."
            raise Rejected(message, remedy="`ltc trace` finds a record by any id of any system.", code="golden.unknown")
        if not golden.merged_into:
            return golden
        wanted = golden.merged_into


def last_decision(batch: Batch) -> int:
    """Give the number of the decision that was stored last."""
    return int(batch.tx.scalar(select(func.max(t.decision.c.id))) or 0)


def keep_apart(batch: Batch, left: str, right: str, *, actor: str) -> int:
    """Decide that two golden records are different things."""
    before = crosswalk(batch, (left, right))
    decision = events.set_label(before, batch.goldens[left].entity, left, right, "different")
    batch.touched |= {left, right}  # what was held for the review may go on
    return carry_out(batch, before, decision, actor=actor)


def pin(batch: Batch, hub_id: str, leaf: str, value: object, *, actor: str) -> int:
    """Fix one value of a golden record: no system overrules it until it is unpinned."""
    before = crosswalk(batch, (hub_id,))
    golden = batch.goldens[hub_id]
    decision = events.set_pin(before, golden.entity, hub_id, leaf, value)
    return carry_out(
        batch, before, decision, actor=actor, value_before=golden.leaves.get(leaf), memory=remember(batch, (hub_id,), leaf)
    )


def unpin(batch: Batch, hub_id: str, leaf: str, *, actor: str) -> int:
    """Let the systems decide a value again."""
    before = crosswalk(batch, (hub_id,))
    decision = events.unpin(before, batch.goldens[hub_id].entity, hub_id, leaf)
    return carry_out(batch, before, decision, actor=actor, memory=remember(batch, (hub_id,), leaf))


def split(batch: Batch, hub_id: str, records: Sequence[tuple[int, str]], *, actor: str) -> str:
    """Take records out of a golden record into one of their own; the two are never merged again by a machine.

    Identifiers and keys go with the records that bear them, unless one that stays bears them too.
    """
    before = crosswalk(batch, (hub_id,))
    entity = batch.goldens[hub_id].entity
    new_id = batch.ctx.new_id("")
    decision = events.split(before, entity, hub_id, records, new_id)
    memory = remember(batch, (hub_id,))
    batch.mint(entity, new_id)
    gone = [batch.records[key] for key in records]
    left = [one for one in batch.linked[hub_id] if one.key not in records]
    proofs = _only(strong_identifiers, entity, gone, left)
    more: dict[str, Any] = {"into": new_id, "memory": memory, "identifiers": proofs}
    carry_out(batch, before, decision, actor=actor, **more)
    i, k = t.identifier.c, t.match_key.c
    for kind, value in proofs:
        ours = (i.entity == entity, i.kind == kind, i.value == value, i.hub_id == hub_id)
        batch.tx.execute(update(t.identifier).where(*ours).values(hub_id=new_id))
    if entity in MATCHED:
        rows = [(entity, kind, value, new_id) for one in gone for kind, value in match_keys(entity, one.leaves)]
        batch.tx.insert_new(t.match_key, KEYS, rows, key=KEYS)
        for kind, value in _only(match_keys, entity, gone, left):
            ours = (k.entity == entity, k.kind == kind, k.value == value, k.hub_id == hub_id)
            batch.tx.execute(t.match_key.delete().where(*ours))
    touch_referrers(batch, hub_id, kept=new_id)
    return new_id


def _only(
    make: Callable[[str, Mapping[str, Any]], list[Key]],
    entity: str,
    records: Iterable[RecordState],
    others: Iterable[RecordState],
) -> list[Key]:
    """List what leads to some records and to none of some others."""
    shared = {key for other in others for key in make(entity, other.leaves)}
    return sorted({key for record in records for key in make(entity, record.leaves)} - shared)

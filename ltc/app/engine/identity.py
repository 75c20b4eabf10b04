"""Identity decisions: merge, split and pin are events that carry what their exact undo needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from ltc.app.engine.state import from_json, to_json
from ltc.core.errors import Rejected
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from ltc.app.engine.batch import Batch

OPEN_CHANGES = ("shadow", "due", "waiting", "held", "parked")


def decide(batch: Batch, kind: str, entity: str, hub_id: str, payload: dict[str, Any], actor: str) -> int:
    """Store an identity decision as an event."""
    return batch.tx.insert_one(
        t.decision,
        {"kind": kind, "entity": entity, "hub_id": hub_id, "payload": to_json(payload) or "{}", "at": batch.now, "actor": actor},
    )


def kept_apart(batch: Batch, left: str, right: str) -> bool:
    """Tell whether a steward has said that these two are different things."""
    pair = (min(left, right), max(left, right))
    state = batch.tx.scalar(select(t.review.c.state).where(t.review.c.left_id == pair[0], t.review.c.right_id == pair[1]))
    return bool(state == "different")


def merge_goldens(batch: Batch, one: str, other: str, *, actor: str, reason: str) -> str:
    """Make two golden records one: the older id survives, the other resolves to it for ever; return the survivor.

    Against a steward's "different" it only opens the review again. What the losing id had open to be written is dropped:
    the survivor's own desires are planned afresh.
    """
    survivor, loser = sorted((one, other))  # UUIDv7: the older sorts first
    batch.load_hubs([survivor, loser])
    golden, lost = batch.goldens[survivor], batch.goldens[loser]
    if actor != "steward" and kept_apart(batch, one, other):
        batch.tx.execute(
            update(t.review)
            .where(t.review.c.left_id == survivor, t.review.c.right_id == loser)
            .values(state="open", evidence=to_json({"source": reason, "against": "an earlier decision"}))
        )
        return survivor
    moved = [record for record in batch.linked[loser] if record.hub_id == loser]
    payload = {
        "loser": loser,
        "reason": reason,
        "records": [[record.scope_id, record.ext_id, record.is_primary, record.evidence] for record in moved],
        "identifiers": _rows(batch, t.identifier, loser),
        "keys": _rows(batch, t.match_key, loser),
        "loser_leaves": lost.leaves,
        "loser_label": lost.label,
    }
    decide(batch, "merge", golden.entity, survivor, payload, actor)
    for record in moved:
        batch.link(record, survivor, "merge")
    for table in (t.identifier, t.match_key):
        batch.tx.execute(update(table).where(table.c.hub_id == loser).values(hub_id=survivor)) if table is t.identifier else (
            _move_keys(batch, loser, survivor)
        )
    lost.state, lost.merged_into, lost.updated_at = "merged", survivor, batch.now
    batch.keep_goldens([loser])
    batch.linked[loser] = []
    batch.touched.discard(loser)
    batch.tx.execute(
        update(t.change)
        .where(t.change.c.hub_id == loser, t.change.c.state.in_(OPEN_CHANGES))
        .values(state="superseded", reason=f"merged into {survivor}", updated_at=batch.now)
    )
    _close_reviews(batch, survivor, loser, actor)
    rows = batch.tx.execute(select(t.reference.c.hub_id).where(t.reference.c.target == loser)).all()
    batch.load_hubs([row[0] for row in rows])
    batch.touched |= {row[0] for row in rows} | {survivor}
    return survivor


def _rows(batch: Batch, table: Any, hub_id: str) -> list[list[str]]:
    found = batch.tx.execute(select(table.c.entity, table.c.kind, table.c.value).where(table.c.hub_id == hub_id)).all()
    return [list(row) for row in found]


def _move_keys(batch: Batch, loser: str, survivor: str) -> None:
    columns = ("entity", "kind", "value", "hub_id")
    rows = [(*row, survivor) for row in _rows(batch, t.match_key, loser)]
    batch.tx.insert_new(t.match_key, columns, rows, key=columns)
    batch.tx.execute(t.match_key.delete().where(t.match_key.c.hub_id == loser))


def _close_reviews(batch: Batch, survivor: str, loser: str, actor: str) -> None:
    """Settle the pair's own review; the loser's other open reviews are asked of the survivor."""
    r = t.review
    batch.tx.execute(
        update(r)
        .where(r.c.left_id == survivor, r.c.right_id == loser)
        .values(state="same", decided_at=batch.now, decided_by=actor)
    )
    rows = batch.tx.execute(
        select(r.c.id, r.c.entity, r.c.left_id, r.c.right_id, r.c.evidence, r.c.state).where(
            or_(r.c.left_id == loser, r.c.right_id == loser), r.c.state != "same"
        )
    ).all()
    fresh = []
    for number, entity, left, right, evidence, state in rows:
        other = right if left == loser else left
        if other != survivor:
            pair = (min(other, survivor), max(other, survivor))
            fresh.append((entity, *pair, "", evidence, state, batch.now))
        batch.tx.execute(r.delete().where(r.c.id == number))
    batch.tx.insert_new(
        r,
        ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at"),
        fresh,
        key=("left_id", "right_id"),
    )


def undo_merge(batch: Batch, decision_id: int, *, actor: str) -> tuple[str, str]:
    """Take a merge back exactly: records, identifiers and keys return to the id that lost; what follows is planned afresh."""
    row = batch.tx.execute(
        select(t.decision.c.kind, t.decision.c.entity, t.decision.c.hub_id, t.decision.c.payload, t.decision.c.undone_by).where(
            t.decision.c.id == decision_id
        )
    ).one_or_none()
    if row is None or row[0] != "merge":
        message = f"Decision {decision_id} is not a merge."
        raise Rejected(message, remedy="`ltc review log` lists the decisions.")
    if row[4] is not None:
        message = f"Decision {decision_id} was undone already."
        raise Rejected(message)
    survivor, payload = row[2], from_json(row[3])
    loser = payload["loser"]
    batch.load_hubs([survivor, loser])
    golden = batch.goldens[loser]
    golden.state, golden.merged_into, golden.updated_at = "live", None, batch.now
    for scope_id, ext_id, is_primary, evidence in payload["records"]:
        batch.load_records(batch.ctx.scopes[scope_id], [ext_id])
        record = batch.records[scope_id, ext_id]
        batch.link(record, loser, evidence)
        record.is_primary = is_primary
    for table, name in ((t.identifier, "identifiers"), (t.match_key, "keys")):
        for entity, kind, value in payload[name]:
            batch.tx.execute(
                update(table)
                .where(table.c.entity == entity, table.c.kind == kind, table.c.value == value, table.c.hub_id == survivor)
                .values(hub_id=loser)
            )
    number = decide(batch, "undo", row[1], survivor, {"decision": decision_id}, actor)
    batch.tx.execute(update(t.decision).where(t.decision.c.id == decision_id).values(undone_by=number))
    pair = (min(survivor, loser), max(survivor, loser))
    batch.tx.upsert(
        t.review,
        ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at", "decided_at", "decided_by"),
        [(row[1], *pair, "", to_json({"undone": decision_id}), "different", batch.now, batch.now, actor)],
        key=("left_id", "right_id"),
    )
    referrers = batch.tx.execute(select(t.reference.c.hub_id).where(t.reference.c.target == survivor)).all()
    batch.load_hubs([found[0] for found in referrers])
    batch.touched |= {survivor, loser} | {found[0] for found in referrers}
    batch.goldens[loser].version += 1
    return survivor, loser


def pin(batch: Batch, hub_id: str, leaf: str, value: object, *, actor: str) -> int:
    """Fix one value of a golden record: no system overrules it until it is unpinned."""
    batch.load_hubs([hub_id])
    golden = batch.goldens[hub_id]
    number = decide(batch, "pin", golden.entity, hub_id, {"leaf": leaf, "value": value, "before": golden.leaves.get(leaf)}, actor)
    batch.tx.upsert(
        t.pin,
        ("hub_id", "leaf", "value", "decision_id"),
        [(hub_id, leaf, to_json({"value": value}), number)],
        key=("hub_id", "leaf"),
    )
    batch.touched.add(hub_id)
    return number


def unpin(batch: Batch, hub_id: str, leaf: str, *, actor: str) -> int:
    """Let the systems decide a value again."""
    batch.load_hubs([hub_id])
    number = decide(batch, "unpin", batch.goldens[hub_id].entity, hub_id, {"leaf": leaf}, actor)
    batch.tx.execute(t.pin.delete().where(t.pin.c.hub_id == hub_id, t.pin.c.leaf == leaf))
    batch.touched.add(hub_id)
    return number


def split(batch: Batch, hub_id: str, scope_id: int, ext_id: str, *, actor: str) -> str:
    """Take one record out of a golden record into one of its own; the two are never merged again by a machine."""
    batch.load_hubs([hub_id])
    record = batch.records.get((scope_id, ext_id))
    if record is None or record.hub_id != hub_id:
        message = f"Record {ext_id} does not belong to {hub_id}."
        raise Rejected(message)
    entity = batch.goldens[hub_id].entity
    payload = {"record": [scope_id, ext_id, record.is_primary, record.evidence]}
    golden = batch.mint(entity)
    decide(batch, "split", entity, hub_id, {**payload, "into": golden.hub_id}, actor)
    batch.link(record, golden.hub_id, "split")
    pair = (min(hub_id, golden.hub_id), max(hub_id, golden.hub_id))
    batch.tx.upsert(
        t.review,
        ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at", "decided_at", "decided_by"),
        [(entity, *pair, "", to_json({"split": ext_id}), "different", batch.now, batch.now, actor)],
        key=("left_id", "right_id"),
    )
    batch.touched |= {hub_id, golden.hub_id}
    return golden.hub_id

"""Identity decisions carried out: what ``mdm.events`` decides on a crosswalk becomes rows, and stays undoable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from ltc.app.engine.state import from_json, to_json
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from ltc.core.store.references import referring
from mdm import events
from mdm.events import ABSENT, Crosswalk, Decision, Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ltc.app.engine.batch import Batch

OPEN_CHANGES = ("shadow", "due", "waiting", "held", "parked")
REVIEW_COLUMNS = ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at", "decided_at", "decided_by")
PAIR = ("left_id", "right_id")


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


def carry_out(batch: Batch, before: Crosswalk, decision: Decision, *, actor: str, **more: Any) -> int:
    """Store a decision as an event and do what it says; raise Stale if the crosswalk is not as it found it."""
    after = events.apply(before, decision)
    evidence = {tuple(key): text for *key, text in more.get("evidence", ())} if decision.kind == "undo" else {}
    number = batch.tx.insert_one(
        t.decision,
        {
            "kind": decision.kind, "entity": decision.entity, "hub_id": decision.hub_id,
            "payload": to_json({**decision.payload(), **more}), "at": batch.now, "actor": actor,
        },
    )  # fmt: skip
    for edit in decision.edits:
        if edit.sheet == "link":
            _link(batch, edit, after, evidence.get(edit.key, decision.kind))
        elif edit.sheet == "primary":
            batch.records[edit.key[0], edit.key[1]].is_primary = edit.after is True
            batch.dirty.add((edit.key[0], edit.key[1]))
        elif edit.sheet == "pin":
            _pin(batch, edit, number)
        elif edit.sheet == "label":
            _label(batch, decision, edit, actor)
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


def _label(batch: Batch, decision: Decision, edit: Edit, actor: str) -> None:
    row = (decision.entity, *edit.key, "", to_json({"decided": decision.kind}), edit.after, batch.now, batch.now, actor)
    batch.tx.upsert(t.review, REVIEW_COLUMNS, [row], key=PAIR, update=("state", "decided_at", "decided_by"))


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


def merge_goldens(batch: Batch, one: str, other: str, *, actor: str, reason: str) -> str:
    """Make two golden records one: the older id survives, the other resolves to it for ever; return the survivor.

    Against a steward's "different", a system only opens the review again. What the losing id had open to be written is
    dropped: the survivor's own desires are planned afresh.
    """
    survivor, loser = min(one, other), max(one, other)  # UUIDv7: the older sorts first
    if actor != "steward" and _ask_again(batch, survivor, loser, reason):
        return survivor
    before = crosswalk(batch, (survivor, loser))
    decision = events.merge(before, batch.goldens[survivor].entity, survivor, loser)
    more = {
        "loser": loser, "reason": reason, "loser_leaves": batch.goldens[loser].leaves, "loser_label": batch.goldens[loser].label,
        "evidence": [[*record.key, record.evidence] for record in batch.linked[loser]],
        "identifiers": _rows(batch, t.identifier, loser), "keys": _rows(batch, t.match_key, loser),
        "own_keys": _rows(batch, t.match_key, survivor),
    }  # fmt: skip
    carry_out(batch, before, decision, actor=actor, **more)
    batch.touched.discard(loser)
    batch.tx.execute(update(t.identifier).where(t.identifier.c.hub_id == loser).values(hub_id=survivor))
    _move_keys(batch, loser, survivor)
    _ask_of_the_survivor(batch, survivor, loser)
    _touch_referrers(batch, loser)
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


def _rows(batch: Batch, table: Any, hub_id: str) -> list[list[str]]:
    found = batch.tx.execute(select(table.c.entity, table.c.kind, table.c.value).where(table.c.hub_id == hub_id)).all()
    return [list(row) for row in found]


def _move_keys(batch: Batch, loser: str, survivor: str) -> None:
    columns = ("entity", "kind", "value", "hub_id")
    rows = [(*row, survivor) for row in _rows(batch, t.match_key, loser)]
    batch.tx.insert_new(t.match_key, columns, rows, key=columns)
    batch.tx.execute(t.match_key.delete().where(t.match_key.c.hub_id == loser))


def _ask_of_the_survivor(batch: Batch, survivor: str, loser: str) -> None:
    """Put the loser's other reviews to the survivor."""
    r = t.review
    rows = batch.tx.execute(
        select(r.c.id, r.c.entity, r.c.left_id, r.c.right_id, r.c.evidence, r.c.state).where(
            or_(r.c.left_id == loser, r.c.right_id == loser), r.c.state != "same"
        )
    ).all()
    fresh = []
    for number, entity, left, right, evidence, state in rows:
        other = right if left == loser else left
        if other != survivor:
            fresh.append((entity, *events.pair(other, survivor), "", evidence, state, batch.now))
        batch.tx.execute(r.delete().where(r.c.id == number))
    batch.tx.insert_new(r, REVIEW_COLUMNS[:7], fresh, key=PAIR)


def _touch_referrers(batch: Batch, hub_id: str) -> None:
    referrers = {referrer for _, referrer, _ in referring(batch.tx, [hub_id])}
    batch.load_hubs(sorted(referrers))
    batch.touched |= referrers


def undo_merge(batch: Batch, decision_id: int, *, actor: str) -> tuple[str, str]:
    """Take a merge back exactly: records, pins, identifiers and keys return to the id that lost; what follows is planned afresh.

    What has moved on since then stays where it is, and no machine makes the two one again.
    """
    d = t.decision
    row = batch.tx.execute(
        select(d.c.kind, d.c.entity, d.c.hub_id, d.c.payload, d.c.undone_by).where(d.c.id == decision_id)
    ).first()
    if row is None or row[0] != "merge":
        message = f"Decision {decision_id} is not a merge."
        raise Rejected(message, remedy="`ltc review log` lists the decisions.")
    if row[4] is not None:
        message = f"Decision {decision_id} was undone already."
        raise Rejected(message)
    survivor, payload = row[2], from_json(row[3])
    loser, pair = payload["loser"], events.pair(row[2], payload["loser"])
    now = crosswalk(batch, (survivor, loser))
    back = events.undo(now, events.read_decision("merge", row[1], survivor, payload))
    apart = Edit("label", pair, now.label.get(pair, ABSENT), "different")
    edits = (*(edit for edit in back.edits if edit.sheet != "label"), apart)
    number = carry_out(
        batch, now, Decision("undo", row[1], survivor, edits), actor=actor, undone=decision_id, evidence=payload["evidence"]
    )
    batch.tx.execute(update(d).where(d.c.id == decision_id).values(undone_by=number))
    for entity, kind, value in payload["identifiers"]:
        i = t.identifier.c
        ours = (i.entity == entity, i.kind == kind, i.value == value, i.hub_id == survivor)
        batch.tx.execute(update(t.identifier).where(*ours).values(hub_id=loser))
    _give_keys_back(batch, payload["keys"], payload["own_keys"], survivor, loser)
    _touch_referrers(batch, survivor)
    return survivor, loser


def _give_keys_back(batch: Batch, keys: Sequence[list[str]], own: Sequence[list[str]], survivor: str, loser: str) -> None:
    """Give the loser its keys back; the survivor keeps those that it had before."""
    k, columns = t.match_key.c, ("entity", "kind", "value", "hub_id")
    batch.tx.insert_new(t.match_key, columns, [(*key, loser) for key in keys], key=columns)
    for entity, kind, value in keys:
        if [entity, kind, value] not in own:
            ours = (k.entity == entity, k.kind == kind, k.value == value, k.hub_id == survivor)
            batch.tx.execute(t.match_key.delete().where(*ours))


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
    return carry_out(batch, before, decision, actor=actor, value_before=golden.leaves.get(leaf))


def unpin(batch: Batch, hub_id: str, leaf: str, *, actor: str) -> int:
    """Let the systems decide a value again."""
    before = crosswalk(batch, (hub_id,))
    return carry_out(batch, before, events.unpin(before, batch.goldens[hub_id].entity, hub_id, leaf), actor=actor)


def split(batch: Batch, hub_id: str, scope_id: int, ext_id: str, *, actor: str) -> str:
    """Take one record out of a golden record into one of its own; the two are never merged again by a machine."""
    before = crosswalk(batch, (hub_id,))
    entity = batch.goldens[hub_id].entity
    new_id = batch.ctx.new_id("")
    decision = events.split(before, entity, hub_id, [(scope_id, ext_id)], new_id)
    batch.mint(entity, new_id)
    carry_out(batch, before, decision, actor=actor, into=new_id)
    return new_id

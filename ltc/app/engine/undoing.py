"""Undoing: any decision about identity is taken back exactly, and what was written because of it is planned back.

What builds on a decision is undone before it. Taking back a merge leaves the two apart for good. That can be taken back too:
then a steward decides about the pair again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from ltc.app.engine.identity import KEYS, carry_out, crosswalk, move_keys, touch_referrers
from ltc.app.engine.remembering import OF, REVIEW_ROW, Was, disown, put_golden_back, put_review, review_row
from ltc.app.engine.state import from_json, to_json
from ltc.core.errors import Rejected, Stale
from ltc.core.store import tables as t
from mdm import events
from mdm.events import ABSENT, Decision, Edit
from mdm.identity import match_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch

Standing = tuple[str, str, str, dict[str, Any]]
"""A decision that stands: its kind, its entity, the golden record that it is about, and its payload."""


def undo(batch: Batch, number: int, *, actor: str) -> dict[str, Any]:
    """Take a decision back; raise Rejected if it cannot be, and Stale if others build on it."""
    kind, entity, hub_id, payload = found = _standing(batch, number)
    if kind == "undo":
        made = _reopen(batch, number, entity, hub_id, payload, actor)
        told = {"hub_id": hub_id}
    else:
        decision = events.read_decision(kind, entity, hub_id, payload)  # type: ignore[arg-type]  # kinds come from us
        _insist_on_top(batch, number, decision, payload)
        involved = sorted({hub_id, *decision.touched(), payload.get("into", hub_id)})
        _insist_on_rest(batch, involved)
        if kind == "merge":
            made, told = _undo_merge(batch, number, found, decision, actor)
        elif kind == "split":
            made, told = _undo_split(batch, number, found, decision, actor)
        else:
            made, told = _undo_value(batch, number, found, decision, actor)
    batch.tx.execute(update(t.decision).where(t.decision.c.id == number).values(undone_by=made))
    return {"undone": number, "kind": kind, "decision": made, **told}


def _standing(batch: Batch, number: int) -> Standing:
    d = t.decision
    row = batch.tx.execute(
        select(d.c.kind, d.c.entity, d.c.hub_id, d.c.payload, d.c.undone_by).where(d.c.id == number)
    ).one_or_none()
    if row is None:
        message = f"There is no decision {number}."
        raise Rejected(message, remedy="`ltc mdm decisions` lists them.", code="decision.unknown")
    if row[4] is not None:
        message = f"Decision {number} was undone already, by decision {row[4]}."
        raise Rejected(message, code="decision.undone")
    payload = from_json(row[3])
    if row[0] == "undo" and not _apart(payload):
        message = f"Decision {number} took back another one; there is nothing to take back in it."
        raise Rejected(message, remedy="Decide anew what is to hold.", code="decision.undo")
    return row[0], row[1], row[2], payload


def _apart(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Find by which label an undone merge keeps two things apart."""
    return [edit for edit in payload["edits"] if edit["sheet"] == "label" and edit.get("after") == "different"]


def _insist_on_top(batch: Batch, number: int, decision: Decision, payload: Mapping[str, Any]) -> None:
    """Refuse to take away what later decisions build on."""
    _insist_on_present(batch, decision, payload)
    keys = _keys(decision, payload)
    moved = {end for one in payload.get("reviews", ()) for end in one["pair"]}
    into = payload.get("into", "")
    r = t.review.c
    named = batch.tx.execute(select(r.left_id).where(r.right_id == into, r.state != "open")).all() if into else ()
    about = sorted({decision.hub_id, *decision.touched(), into or decision.hub_id, *moved, *(row[0] for row in named)})
    d = t.decision
    later = (d.c.id > number, d.c.undone_by.is_(None), d.c.kind != "undo")
    rows = batch.tx.select_in(d, ("id", "kind", "hub_id", "payload"), "hub_id", about, where=later)
    for other, kind, hub_id, text in sorted(rows, reverse=True):
        said = from_json(text)
        theirs = events.read_decision(kind, decision.entity, hub_id, said)
        if keys & _keys(theirs, said) or (into and into in _ends(theirs)):
            message = f"Decision {other} ({kind}) builds on it: undo that first."
            raise Stale(message, remedy=f"`ltc mdm undo {other}`.", code="decision.below")


def _insist_on_present(batch: Batch, decision: Decision, payload: Mapping[str, Any]) -> None:
    """Refuse to take away what a record builds on that was merged away since."""
    labelled = {end for edit in decision.edits if edit.sheet == "label" for end in edit.key}
    about = sorted({decision.hub_id, payload.get("into", decision.hub_id), *labelled} - {payload.get("loser", "")})
    batch.load_hubs(about)
    for hub_id in about:
        golden = batch.goldens.get(hub_id)
        if golden is not None and golden.merged_into:
            message = f"{hub_id} was merged into {golden.merged_into} since then: undo that first."
            raise Stale(message, remedy=f"`ltc mdm decisions {golden.merged_into}` lists it.", code="decision.below")


def _keys(decision: Decision, payload: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    keys = {(edit.sheet, *edit.key) for edit in decision.edits}
    return keys | {("label", *one["pair"]) for one in payload.get("reviews", ()) if one["pair"]}


def _ends(decision: Decision) -> set[str]:
    """Name every golden record that a decision has to do with."""
    pairs = {end for edit in decision.edits if edit.sheet == "label" for end in edit.key}
    return {decision.hub_id, *decision.touched(), *pairs}


def _insist_on_rest(batch: Batch, hub_ids: Iterable[str]) -> None:
    """Refuse while a write is under way whose outcome would be another's."""
    if batch.tx.select_in(t.change, ("id",), "hub_id", list(hub_ids), where=(t.change.c.state == "writing",)):
        message = "A write is under way to one of these records."
        raise Stale(message, remedy="Run `ltc sync`, then undo again.", code="decision.writing")


def _undo_merge(batch: Batch, number: int, found: Standing, decision: Decision, actor: str) -> tuple[int, dict[str, Any]]:
    """Give the loser back what was its own; what has moved on since then stays, and no machine makes the two one again."""
    _, entity, survivor, payload = found
    loser = payload["loser"]
    named = events.pair(survivor, loser)
    now = crosswalk(batch, (survivor, loser))
    back = events.undo(now, decision)
    apart = Edit("label", named, now.label.get(named, ABSENT), "different")
    edits = (*(edit for edit in back.edits if edit.sheet != "label"), apart)
    made = carry_out(batch, now, Decision("undo", entity, survivor, edits), actor=actor, back=Was.read(payload), undone=number)
    i = t.identifier
    for kind_of, kind, value in payload["identifiers"]:
        ours = (i.c.entity == kind_of, i.c.kind == kind, i.c.value == value, i.c.hub_id == survivor)
        batch.tx.execute(update(i).where(*ours).values(hub_id=loser))
    _give_keys_back(batch, payload, entity, survivor, loser)
    _give_reviews_back(batch, payload.get("reviews", ()), survivor, loser)
    _restore(batch, payload, (survivor, loser))
    touch_referrers(batch, survivor, kept=loser)
    return made, {"survivor": survivor, "restored": loser}


def _restore(batch: Batch, payload: Mapping[str, Any], hub_ids: Iterable[str]) -> None:
    """Let golden records and what their records mean be as they were; then all that is known now is asked again."""
    memory = payload.get("memory") or {}
    for hub_id in hub_ids:
        put_golden_back(batch, memory, hub_id)
        disown(batch, memory, hub_id)
        batch.touched.add(hub_id)


def _give_keys_back(batch: Batch, payload: Mapping[str, Any], entity: str, survivor: str, loser: str) -> None:
    """Give the loser its keys back; the survivor keeps those that it had before, and those of its records."""
    k = t.match_key.c
    batch.tx.insert_new(t.match_key, KEYS, [(*key, loser) for key in payload["keys"]], key=KEYS)
    own = {tuple(key) for key in payload["own_keys"]}
    own |= {(entity, *key) for record in batch.linked[survivor] for key in match_keys(entity, record.leaves)}
    for key in payload["keys"]:
        if tuple(key) not in own:
            ours = (k.entity == key[0], k.kind == key[1], k.value == key[2], k.hub_id == survivor)
            batch.tx.execute(t.match_key.delete().where(*ours))


def _give_reviews_back(batch: Batch, moved: Iterable[Mapping[str, Any]], survivor: str, loser: str) -> None:
    """Put the loser's reviews to it again, and take from the survivor those that it got by the merge alone."""
    for one in moved:
        standing = review_row(batch, one["pair"]) if one["pair"] else None
        if standing is not None and standing[1:] == one["after"][1:]:
            put_review(batch, one["pair"], one["before"])
        _put_in_place(batch, one["row"])
    r = t.review
    ours = select(*(r.c[name] for name in REVIEW_ROW)).where(or_(r.c.left_id == survivor, r.c.right_id == survivor))
    for row in batch.tx.execute(ours).all():
        if loser in from_json(row[5]).get(OF, ()):
            batch.tx.execute(r.delete().where(r.c.id == row[0]))
            _put_in_place(batch, list(row))


def _put_in_place(batch: Batch, row: Sequence[Any]) -> None:
    """Put a review to what the pair stands for today that it was about first; one that is there already stays."""
    evidence = from_json(row[5])
    first = evidence.pop(OF, [row[2], row[3]])
    pair = events.pair(*(_resolved(batch, end) for end in first))
    said = to_json(evidence if set(pair) == set(first) else {OF: first, **evidence})
    if pair[0] != pair[1] and review_row(batch, pair) is None:
        put_review(batch, pair, [*row[:2], *pair, row[4], said, *row[6:]])
    elif set(pair) != set(first):
        for end in first:
            _leave_with_merge(batch, row, end)


def _leave_with_merge(batch: Batch, row: Sequence[Any], hub_id: str) -> None:
    """Leave a review that has no place today with the merge that one of its ends went away by: undoing that puts it back."""
    into = _resolved(batch, hub_id)
    while hub_id != into and (following := batch.goldens[hub_id].merged_into) != into:
        hub_id = following or into
    d = t.decision
    standing = (d.c.hub_id == into, d.c.kind == "merge", d.c.undone_by.is_(None))
    for number, text in batch.tx.execute(select(d.c.id, d.c.payload).where(*standing)).all() if hub_id != into else ():
        payload = from_json(text)
        if payload["loser"] == hub_id:
            payload["reviews"] = [*payload.get("reviews", ()), {"row": list(row), "pair": [], "before": None, "after": None}]
            batch.tx.execute(update(d).where(d.c.id == number).values(payload=to_json(payload)))


def _resolved(batch: Batch, hub_id: str) -> str:
    """Follow merges to the golden record that a hub id stands for."""
    while True:
        batch.load_hubs([hub_id])
        golden = batch.goldens.get(hub_id)
        if golden is None or not golden.merged_into:
            return hub_id
        hub_id = golden.merged_into


def _undo_split(batch: Batch, number: int, found: Standing, decision: Decision, actor: str) -> tuple[int, dict[str, Any]]:
    """Take the record back, with whatever was made of it meanwhile; the new hub id resolves to the old one for ever."""
    _, entity, hub_id, payload = found
    new_id = payload["into"]
    now = crosswalk(batch, (hub_id, new_id))
    back = events.undo(now, decision)
    returned = {edit.key for edit in back.edits if edit.sheet == "link"}
    since = [record for record in now.records(new_id) if record not in returned]
    taken = {record[0] for record in now.records(hub_id) if now.primary.get(record)}
    edits = [*back.edits, *(Edit("link", record, new_id, hub_id) for record in since)]
    edits += [
        Edit("primary", record, True, False)  # noqa: FBT003  # the values before and after
        for record in since
        if now.primary.get(record) and record[0] in taken
    ]
    edits.append(Edit("merged_into", (new_id,), ABSENT, hub_id))
    made = carry_out(
        batch, now, Decision("undo", entity, hub_id, tuple(edits)), actor=actor, back=Was.read(payload), undone=number
    )
    batch.touched.discard(new_id)
    batch.tx.execute(update(t.identifier).where(t.identifier.c.hub_id == new_id).values(hub_id=hub_id))
    move_keys(batch, new_id, hub_id)
    _ask_of(batch, hub_id, new_id)
    _restore(batch, payload, (hub_id,))
    touch_referrers(batch, new_id, kept=hub_id)
    return made, {"hub_id": hub_id, "resolves": new_id}


def _ask_of(batch: Batch, hub_id: str, gone: str) -> None:
    """Put what is still to be decided about a golden record that is gone to the one that it resolves to."""
    r = t.review
    rows = batch.tx.execute(
        select(r.c.id, r.c.left_id, r.c.right_id).where(or_(r.c.left_id == gone, r.c.right_id == gone), r.c.state == "open")
    ).all()
    for number, left, right in rows:
        pair = events.pair(right if left == gone else left, hub_id)
        if hub_id in (left, right) or review_row(batch, pair) is not None:
            batch.tx.execute(r.delete().where(r.c.id == number))
        else:
            batch.tx.execute(update(r).where(r.c.id == number).values(left_id=pair[0], right_id=pair[1]))


def _undo_value(batch: Batch, number: int, found: Standing, decision: Decision, actor: str) -> tuple[int, dict[str, Any]]:
    """Take back a pin, its end, or what was said of a pair."""
    _, entity, hub_id, payload = found
    ends = sorted({hub_id, *(end for edit in decision.edits if edit.sheet == "label" for end in edit.key)})
    now = crosswalk(batch, ends)
    back = events.undo(now, decision)
    made = carry_out(batch, now, Decision("undo", entity, hub_id, back.edits), actor=actor, back=Was.read(payload), undone=number)
    batch.touched |= set(ends)
    if decision.kind == "pin":
        disown(batch, payload.get("memory") or {}, hub_id)
    return made, {"hub_id": hub_id}


def _reopen(batch: Batch, number: int, entity: str, hub_id: str, payload: Mapping[str, Any], actor: str) -> int:
    """Let a steward decide again about two things that an undone merge keeps apart."""
    left, right = _apart(payload)[0]["key"]
    now = crosswalk(batch, (left, right))
    named = events.pair(left, right)
    if now.label.get(named) != "different":
        message = f"{left} and {right} are not kept apart any more."
        raise Stale(message, code="decision.moved_on")
    edits = (Edit("label", named, "different", ABSENT),)
    row = review_row(batch, named)
    if row is not None:
        row[6:] = ["open", row[7], None, ""]
    back = Was(reviews={named: row} if row is not None else {})
    made = carry_out(batch, now, Decision("undo", entity, hub_id, edits), actor=actor, back=back, undone=number)
    batch.touched |= {left, right}
    return made

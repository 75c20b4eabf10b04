"""Matching the hub's own golden records: doubtful pairs become reviews, sure ones a plan of merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine.state import to_json
from ltc.app.engine.stewards import merge_records
from ltc.app.mdm.files import found_document
from ltc.app.mdm.records import golden_records, matchable
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from mdm.events import pair as named_pair
from mdm.matching.found import Found, find
from mdm.matching.records import Pair, ScoredPair, pair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

REVIEW = ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at")
_MOST: int = 10_000
"""So many reviews are opened at once; the surest come first, and nobody decides more in a month."""


def match_hub(ctx: Context, entity: str, *, apply: bool, preview: bool, actor: str, limit: int = 1000) -> dict[str, Any]:
    """Match all golden records of an entity: open reviews, and plan merges; with ``apply`` the merges are done.

    What stewards have decided holds: what they told apart is not proposed again. With ``preview`` nothing is stored.
    """
    matchable(entity)
    with ctx.store.reading() as tx:
        records = tuple(golden_records(tx, entity))
        places = {record.id: place for place, record in enumerate(records)}
        labels = _labels(tx, entity, places)
    found = find(entity, records, labels=labels)
    document = found_document(found, limit)
    document["merges"] = [_proposal(found, group) for group in found.merged()]
    document["opened"] = 0 if preview else ctx.transact(lambda tx: _open(ctx, tx, found))
    document["applied"], document["refused"] = [], []
    for one in document["merges"] if apply and not preview else ():
        for loser in one["losers"]:
            try:
                merged = merge_records(ctx, one["survivor"], loser, actor=actor)
            except Rejected as refusal:
                document["refused"].append({"survivor": one["survivor"], "loser": loser, "reason": refusal.message})
            else:
                document["applied"].append({"survivor": merged["hub_id"], "loser": loser, "decision": merged["decision"]})
    return document


def _labels(tx: Tx, entity: str, places: Mapping[str, int]) -> dict[Pair, bool]:
    """Read what stewards decided about pairs of these records."""
    r = t.review.c
    rows = tx.execute(select(r.left_id, r.right_id, r.state).where(r.entity == entity, r.state != "open")).all()
    return {
        pair(places[left], places[right]): state == "same"
        for left, right, state in rows
        if left in places and right in places and left != right
    }


def _proposal(found: Found, group: tuple[int, ...]) -> dict[str, Any]:
    """Say which records would become one, the oldest surviving, and why."""
    survivor, *losers = sorted(found.records[place].id for place in group)
    inside = [one for one in found.pairs if one.left in group and one.right in group]
    why = {
        found.records[one.left].id + " " + found.records[one.right].id: round(one.score, 6)
        for one in sorted(inside, key=lambda one: -one.score)
    }
    return {"survivor": survivor, "losers": losers, "names": [_name(found, place) for place in group], "scores": why}


def _name(found: Found, place: int) -> str:
    fields = found.records[place].fields
    return fields.get("name") or " ".join(filter(None, (fields.get("first_name"), fields.get("last_name")))) or ""


def _open(ctx: Context, tx: Tx, found: Found) -> int:
    """Open a review for each doubtful pair that has none."""
    rows = [(found.entity, *_ids(found, one), f"{one.score:.4f}", _evidence(found, one), "open", ctx.now()) for one in
            found.reviews()[:_MOST]]  # fmt: skip
    return len(tx.insert_new(t.review, REVIEW, rows, key=("left_id", "right_id")))


def _ids(found: Found, one: ScoredPair) -> tuple[str, str]:
    left, right = named_pair(found.records[one.left].id, found.records[one.right].id)
    return left, right


def _evidence(found: Found, one: ScoredPair) -> str:
    ends = (one.left, one.right)
    weights = {reason.field: round(reason.weight, 2) for reason in found.reasons(ends)[:12]}
    return to_json({"score": round(one.score, 4), "weights": weights, "doubts": found.doubts(ends)})

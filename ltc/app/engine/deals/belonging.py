"""Belonging: documents join the deals of what they hang on as they are seen, and what they say moves those deals on.

A document that is new joins by one look-up, as nothing can hang on it yet; everything else that hangs on something else than
before is put together anew with all that may be concerned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.deals.keeping import keep, rows_of
from ltc.app.engine.deals.regrouping import regroup, told_by
from ltc.app.engine.deals.sources import derived_from
from ltc.app.engine.deals.turning import touch_turned
from ltc.app.engine.state import references_of
from ltc.core.models.deals import DOCUMENTS, HANGS_ON, hangs_on
from ltc.core.models.leaves import references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.deals.keeping import Rows
    from ltc.app.engine.state import GoldenState
    from ltc.core.models.deals import Mark

_KINDS = frozenset(DOCUMENTS)
_ORDER = {entity: place for place, entity in enumerate(DOCUMENTS)}


def belong(batch: Batch, hub_ids: Sequence[str]) -> None:
    """Keep up to which deals documents belong and how far these have come; a hub without flows keeps no deals.

    Documents whose owners are others at a deal's new stage are touched, so that they are merged again.
    """
    if not batch.ctx.flows:
        return
    documents = {hub_id: golden for hub_id in hub_ids if (golden := batch.goldens[hub_id]).entity in _KINDS}
    gone = batch.take_merged_away()
    if not documents and not gone:
        return
    known = rows_of(batch.tx, {*(one for one in documents if not _is_first(batch, one)), *gone})
    marks = {hub_id: told_by(golden) for hub_id, golden in documents.items()}
    fresh, moved = _sorted_out(batch, documents, {hub_id for _, hub_id in known})
    before: dict[str, Mark | None] = {hub_id: mark for (_, hub_id), mark in known.items() if marks.get(hub_id, mark) != mark}
    joined = _joined(batch, fresh, moved, known, marks)
    turns = keep(batch, {key: marks[key[1]] for key in known if key[1] in before}, {}, joined)
    moved |= gone
    left: dict[str, set[str]] = {}
    if moved:
        again, left = regroup(batch, moved)
        turns |= keep(batch, again, left)
    touch_turned(batch, turns, {**dict.fromkeys(fresh), **before}, marks, {**{one: set() for one in moved}, **left})


def _is_first(batch: Batch, hub_id: str) -> bool:
    """Tell whether a document is new, and seen here for the first time: then it is in no deal."""
    return batch.goldens[hub_id].is_new and hub_id not in batch.hangs


def _sorted_out(batch: Batch, documents: Mapping[str, GoldenState], known: set[str]) -> tuple[list[str], set[str]]:
    """Tell documents that are new from those that hang on something else than before."""
    fresh: list[str] = []
    moved: set[str] = set()
    for hub_id, golden in documents.items():
        before = batch.hangs.get(hub_id)
        now = batch.hangs[hub_id] = _hangs_on(batch, golden)
        if before is None and golden.is_new and hub_id not in known:
            fresh.append(hub_id)
        elif now != (_hung_on(batch, golden) if before is None else before) or (hub_id not in known and _belongs(golden, now)):
            moved.add(hub_id)
    return fresh, moved


def _belongs(golden: GoldenState, near: frozenset[str]) -> bool:
    """Tell whether a document may be in a deal: it founds one, or hangs on something."""
    return golden.entity in HANGS_ON or bool(near)


def _hangs_on(batch: Batch, golden: GoldenState) -> frozenset[str]:
    """Name what a document hangs on: what it refers to, and what a flow derived it from."""
    ids = [record.ext_id for record in batch.linked[golden.hub_id] if batch.scope_of(record).is_hub]
    refers = references_of(golden.entity, golden.leaves, golden.known)
    return hangs_on(golden.entity, refers) | derived_from(batch.ctx, golden.hub_id, ids)


def _hung_on(batch: Batch, golden: GoldenState) -> frozenset[str]:
    """Name what a document hung on when it was loaded."""
    linked = batch.linked[golden.hub_id]
    ids = [record.ext_id for record in linked if batch.scope_of(record).is_hub and not record.is_new]
    return hangs_on(golden.entity, references(golden.entity, golden.before)) | derived_from(batch.ctx, golden.hub_id, ids)


def _joined(batch: Batch, fresh: Iterable[str], moved: set[str], known: Rows, marks: Mapping[str, Mark]) -> Rows:
    """Let new documents join; those for which that is not enough are added to ``moved``."""
    ordered = sorted(fresh, key=lambda hub_id: (_ORDER[marks[hub_id].entity], hub_id))
    ahead = set(ordered)
    deals: dict[str, set[str]] = {}
    for deal, hub_id in (*known, *rows_of(batch.tx, {near for one in ordered for near in batch.hangs[one]} - marks.keys())):
        deals.setdefault(hub_id, set()).add(deal)
    rows: Rows = {}
    for hub_id in ordered:
        ahead.discard(hub_id)
        near = batch.hangs[hub_id]
        found = set().union(*(deals.get(one, ()) for one in near))
        if near & ahead or near & moved or (marks[hub_id].entity in HANGS_ON and not _simply(hub_id, near, deals, found)):
            moved.add(hub_id)
            continue
        if marks[hub_id].entity in HANGS_ON:
            found = found or {hub_id}
        deals[hub_id] = found
        rows |= {(deal, hub_id): marks[hub_id] for deal in found}
    return rows


def _simply(hub_id: str, near: Iterable[str], deals: Mapping[str, set[str]], found: set[str]) -> bool:
    """Tell whether a new founder simply joins one deal that is older than itself, or begins one."""
    return all(one in deals for one in near) and len(found) <= 1 and all(deal < hub_id for deal in found)

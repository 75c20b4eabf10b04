"""Adopt: a document that a person made for the same deal is taken, and not doubled, whichever of the two is seen first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.flow.documents import ADOPTED, DERIVED, ENDINGS
from ltc.app.engine.flow.reach import glimpse, neighbours
from ltc.app.engine.identity import merge_goldens
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.flow.documents import Document
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.flow.work import Work
    from ltc.app.engine.state import GoldenState


def adoptable(batch: Batch, flow: Flow, golden: GoldenState) -> str:
    """Find the one document of the target entity for the same deal that a person made, or another flow if the file says so."""
    if not flow.adopt:
        return ""
    deal = golden.leaves.get("opportunity")
    around = neighbours(batch, [golden.hub_id, *([deal] if deal else [])])
    others = glimpse(batch, {other for found in around.values() for other in found} - {golden.hub_id}, flow.target)
    fit = [other.hub_id for other in others.values() if other.entity == flow.target and other.state == "live"]
    batch.load_hubs(sorted(fit))
    found = [hub_id for hub_id in sorted(set(fit)) if may_adopt(batch, flow, hub_id)]
    return found[0] if len(found) == 1 else ""


def may_adopt(batch: Batch, flow: Flow, hub_id: str) -> bool:
    """Tell whether a person made a document in a system of which the flow takes such, or another flow if the file says so."""
    scopes = [batch.scope_of(record) for record in batch.linked[hub_id] if record.speaks]
    if any(scope.is_hub for scope in scopes) and "hub" not in flow.adopt:
        return False
    wanted = set(flow.adopt.items())
    return any((scope.system, scope.object) in wanted or (scope.role, scope.object) in wanted for scope in scopes)


def near_made_by_people(batch: Batch, flow: Flow, hub_ids: Sequence[str]) -> list[str]:
    """Find the sources near documents that are new, or have just come to their end.

    What is new may be what the flow has just derived, and with what has ended a double may have gone.
    """
    if not flow.adopt:
        return []
    goldens = [batch.goldens[hub_id] for hub_id in hub_ids]
    new = [golden for golden in goldens if golden.entity == flow.target and (golden.is_new or _has_ended(golden))]
    if not new:
        return []
    starts = [golden.hub_id for golden in new] + [deal for golden in new if (deal := golden.leaves.get("opportunity"))]
    around = {other for others in neighbours(batch, starts).values() for other in others}
    found = {golden.hub_id for golden in glimpse(batch, around, flow.source).values() if golden.entity == flow.source}
    derived = {"flow": flow.name, "state": DERIVED}
    rows = batch.tx.select_in(t.derivation, ("source",), "source", found - {*hub_ids}, equal=derived)
    sources = sorted({row[0] for row in rows})
    batch.load_hubs(sources)
    return sources


def _has_ended(golden: GoldenState) -> bool:
    """Tell whether a document has come to its end just now."""
    status = golden.leaves.get("status")
    return status in ENDINGS and golden.before.get("status") != status


def take_over(work: Work, golden: GoldenState, told: Sequence[Document]) -> None:
    """Take the document that a person made in the meantime, as long as no system has the one that was derived."""
    document, batch = told[0], work.batch
    if not work.flow.adopt or len(told) > 1 or document.state != DERIVED or not _is_nowhere(batch, document):
        return
    adopted = adoptable(batch, work.flow, golden)
    if not adopted or document.golden is None or adopted == document.golden.hub_id:
        return
    document.state = ADOPTED
    work.changed.append(document)
    if batch.locks:  # whoever only looks makes nothing one
        reason = f"flow {work.flow.name} takes what a person made"
        survivor = merge_goldens(batch, document.golden.hub_id, adopted, actor="hub", reason=reason)
        document.golden = batch.goldens[survivor]
        batch.dirty.add(document.record.key)


def _is_nowhere(batch: Batch, document: Document) -> bool:
    """Tell whether no system has a document, and none is just being told of it."""
    if document.golden is None:
        return False
    if any(not batch.scope_of(record).is_hub for record in batch.linked[document.golden.hub_id]):
        return False
    told = {"state": ("writing", "parked")}
    return not batch.tx.select_in(t.change, ("id",), "hub_id", [document.golden.hub_id], equal=told)

"""Derive: a document gives rise to the next one, as a record of the system `hub` that goes the same way as all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.adopt import adoptable, near_made_by_people, take_over
from ltc.app.engine.flow.back import roll_up
from ltc.app.engine.flow.compute import choices_of, compute, slots
from ltc.app.engine.flow.dates import is_young
from ltc.app.engine.flow.documents import ADOPTED, DERIVED, LINKED, load_documents, next_slot
from ltc.app.engine.flow.doubles import tell_doubles
from ltc.app.engine.flow.follow import follow, has_rows, hold_anything, remainder, tell_too_much
from ltc.app.engine.flow.reach import concerned, views
from ltc.app.engine.flow.work import Work
from ltc.core.mapping.operations.codec import BadValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.flow.documents import Document
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.flow.ways import View
    from ltc.app.engine.state import GoldenState, RecordState


def derive(batch: Batch, hub_ids: Sequence[str]) -> list[RecordState]:
    """Run every flow over the golden records that were looked at; return derived records that are new or changed."""
    out: list[RecordState] = []
    for flow in batch.ctx.flows:
        if flow.when is not None:
            sources = concerned(batch, flow, [*hub_ids, *near_made_by_people(batch, flow, hub_ids)])
            if sources:
                out += _derive_documents(batch, flow, sources)
        if flow.roll_ups:
            out += roll_up(batch, flow, hub_ids)
    return out


def _derive_documents(batch: Batch, flow: Flow, sources: Sequence[str]) -> list[RecordState]:
    seen = views(batch, flow, sources)
    known = load_documents(batch, flow, sources)
    work = Work(batch, flow)
    for source in sources:
        try:
            bring_up(work, batch.goldens[source], seen[source], known[source])
        except BadValue as error:
            work.blame_source(source, error)
    tell_doubles(work, known)
    return work.finish(sources, (document for documents in known.values() for document in documents))


def bring_up(work: Work, golden: GoldenState, view: View, documents: Sequence[Document]) -> None:
    """Bring the documents of one source to what it says now."""
    flow, is_live = work.flow, golden.state == "live"
    begins = is_live and flow.begins.holds(view)
    stays = is_live and (flow.stays.holds(view) if flow.stays is not None else begins)
    begins = begins and stays  # else what is begun would be taken back at once, and begun again
    current = slots(flow, view)
    for document in documents:
        if document.is_alive and not (stays and document.base in current):
            _retract(work, document)
    for slot in current:
        told = [document for document in documents if document.base == slot]
        if stays and any(document.is_alive for document in told):
            take_over(work, golden, told)
            follow(work, view, told)
        elif begins and not told:
            _first(work, golden, view, slot)
        elif begins:
            _begin_again(work, golden, view, told)


def _first(work: Work, golden: GoldenState, view: View, slot: str) -> None:
    """Derive a document for the first time, or take the one that a person made already for the same deal.

    What is older than the flow is never derived: its document is only known, if there is one.
    """
    adopted = adoptable(work.batch, work.flow, golden)
    is_new = is_young(work.flow, golden.leaves, golden.created_at)
    if not is_new and not adopted:
        return
    memory: dict[str, Any] = {}
    leaves = compute(work.flow, view, memory, slot) if is_new else {}
    state = (ADOPTED if adopted else DERIVED) if is_new else LINKED
    document = work.make(golden.hub_id, slot, leaves, memory, state)
    if adopted:
        work.batch.link(document.record, adopted, "adopted")


def _begin_again(work: Work, golden: GoldenState, view: View, told: Sequence[Document]) -> None:
    """Make a document anew that was taken back; what of it was delivered before is not ordered again.

    Where the flow does not say what becomes of that, a person decides.
    """
    flow = work.flow
    fulfilled = [document for document in told if document.is_fulfilled]
    if fulfilled and flow.quantity is None:
        status = fulfilled[-1].status
        text = f"The {flow.source} meets the flow's condition again, but its {flow.target} is {status} and was cancelled in part."
        work.blame(fulfilled[-1], "flow.begun_again", text)
        return
    memory = choices_of(fulfilled[-1].memory) if fulfilled else {}
    leaves = compute(flow, view, memory, told[0].base)
    wanted, short = remainder(flow, leaves, memory, told)
    if flow.quantity is None or has_rows(flow, wanted) or not hold_anything(flow, told):
        work.make(golden.hub_id, next_slot(told, told[0].base), wanted, memory, DERIVED)
    tell_too_much(work, told[-1], short)


def _retract(work: Work, document: Document) -> None:
    """Act when the condition no longer holds: leave the document, cancel it, or ask a person."""
    flow = work.flow
    if flow.on_retract == "ignore" or document.state == LINKED:
        return
    if flow.on_retract == "exception" and document.ending(flow.target):
        work.blame(document, "flow.retracted", f"The {flow.source} no longer meets the flow's condition.")
    else:
        work.take_back(document)

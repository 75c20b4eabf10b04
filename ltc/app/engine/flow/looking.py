"""Looking: what a flow would make of one source now, found by letting it work in memory and keeping nothing."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ltc.app.engine.batch import Batch
from ltc.app.engine.flow.compute import compute, slots
from ltc.app.engine.flow.conditions import Outcome, waits_for
from ltc.app.engine.flow.dates import is_young
from ltc.app.engine.flow.derive import bring_up
from ltc.app.engine.flow.documents import ADOPTED, LINKED, RETRACTED, load_documents
from ltc.app.engine.flow.follow import is_balanced, policy
from ltc.app.engine.flow.reach import views
from ltc.app.engine.flow.work import Work
from ltc.core.mapping.operations.codec import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.app.engine.context import Context
    from ltc.app.engine.flow.documents import Document
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.flow.ways import View
    from ltc.app.engine.state import GoldenState
    from ltc.core.errors import FieldError
    from ltc.core.store import Tx

Action = Literal["derive", "adopt", "link", "keep", "change", "take back", "stay taken back"]


@dataclass(slots=True)
class Drawn:
    """One document of a source: as it is, as the flow would have it, and what its source says now."""

    document: Document
    action: Action
    before: dict[str, Any]
    now: dict[str, Any]
    memory: dict[str, Any]
    known_state: str = ""

    @property
    def after(self) -> dict[str, Any]:
        """Give what the document would say."""
        return self.document.record.leaves


@dataclass(slots=True)
class Look:
    """What a flow sees from one source, and what it would do."""

    flow: Flow
    golden: GoldenState
    view: View
    begins: Outcome
    stays: Outcome
    is_young: bool
    slots: list[str]
    drawn: list[Drawn] = field(default_factory=list)
    faults: list[tuple[str, FieldError]] = field(default_factory=list)
    broken: str = ""


def looking(ctx: Context, tx: Tx) -> Batch:
    """Make a working set for somebody who only looks."""
    return Batch(ctx, tx, ctx.now(), locks=False)


def look(batch: Batch, flow: Flow, hub_id: str) -> Look:
    """Look at one source with the eyes of a flow that derives; the working set is used up by it."""
    batch.load_hubs([hub_id])
    golden = batch.goldens[hub_id]
    view = views(batch, flow, [hub_id])[hub_id]
    begins = waits_for(flow, flow.begins, view)
    stays = waits_for(flow, flow.stays, view) if flow.stays is not None else begins
    seen = Look(flow, golden, view, begins, stays, is_young(flow, golden.leaves, golden.created_at), [])
    documents = load_documents(batch, flow, [hub_id])[hub_id]
    before = {document.ext_id: (document.state, dict(document.record.leaves)) for document in documents}
    work = Work(batch, flow)
    try:
        seen.slots = slots(flow, view)
        bring_up(work, golden, view, documents)
    except BadValue as error:
        seen.broken = error.message
    made = [document for document in work.changed if document.ext_id not in before]
    seen.drawn = [_drawn(seen, document, *before.get(document.ext_id, ("", {}))) for document in (*documents, *made)]
    seen.faults = [(ext_id, error) for ext_id, (_, errors) in work.faults.items() for error in errors]
    return seen


def _drawn(seen: Look, document: Document, state: str, leaves: dict[str, Any]) -> Drawn:
    memory = copy.deepcopy(document.memory)
    now = {} if seen.broken or not document.is_alive else compute(seen.flow, seen.view, memory, document.base)
    return Drawn(document, _action(document, state, leaves), leaves, now, memory, state)


def _action(document: Document, state: str, leaves: dict[str, Any]) -> Action:
    if not state:
        made: dict[str, Action] = {ADOPTED: "adopt", LINKED: "link"}
        return made.get(document.state, "derive")
    if document.state == RETRACTED:
        return "stay taken back" if state == RETRACTED else "take back"
    return "keep" if leaves == document.record.leaves else "change"


def late(seen: Look, drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Name the leaves in which a document goes on to differ from its source, each with the reason."""
    if drawn.document.state in (LINKED, RETRACTED):
        return
    for leaf in sorted({*drawn.now, *drawn.after}):
        if drawn.now.get(leaf) == drawn.after.get(leaf) or is_balanced(seen.flow, leaf, drawn.now, drawn.after):
            continue
        following = policy(seen.flow, leaf, is_in_both=leaf in drawn.now and leaf in drawn.after)
        if following is None:
            yield leaf, "taken when it was derived"
        elif state := drawn.document.state_in(following.until):
            yield leaf, f"{'changed too late' if following.is_told else 'taken as it was then'}: it is {state}"


def why(seen: Look) -> str:
    """Say in one sentence why a source has given rise to something, or has not."""
    return next(_reasons(seen))


def _reasons(seen: Look) -> Iterator[str]:
    """Give the reasons, the weightiest first."""
    flow, source, target = seen.flow, seen.flow.source, seen.flow.target
    alive = [one for one in seen.drawn if one.known_state and one.known_state != RETRACTED]
    new = [one for one in seen.drawn if one.action in ("derive", "adopt", "link")]
    if seen.broken:
        yield f"The flow cannot be worked out: {seen.broken}."
    if any(one.action == "take back" for one in seen.drawn):
        yield f"The {source} no longer fulfils the condition: its {target} is taken back at the next run."
    if alive:
        yield _stands(seen, alive)
    if seen.golden.state != "live":
        yield f"The {source} is {seen.golden.state}: nothing is derived from it."
    if new:
        made = {
            "derive": "derived",
            "adopt": "taken over from whoever made it",
            "link": "linked, since it is older than the flow",
        }
        yield f"The condition holds: one {target} is {made[new[0].action]} at the next run."
    if not (seen.begins.holds and seen.stays.holds):
        lacking = seen.begins if not seen.begins.holds else seen.stays
        yield f"{target}: waits for {lacking.waits_for}" + ("." if lacking.may_come else ", which can no longer come.")
    if not seen.is_young:
        yield f"The {source} is older than {flow.live_from}, when the flow began: nothing is derived from it."
    yield f"Its {target} was taken back, and nothing is left to derive anew."


def _stands(seen: Look, alive: list[Drawn]) -> str:
    names = {ADOPTED: "was taken over from whoever made it", LINKED: "is only linked: the source is older than the flow"}
    document = alive[-1].document
    many = f" ({len(alive)} documents)" if len(alive) > 1 else ""
    text = f"The {seen.flow.target} {names.get(document.state, 'was derived')}{many}"
    if seen.stays.holds:
        return f"{text}, and the flow stands by it."
    act = {"ignore": "it is left as it is", "exception": "a person decides", "cancel": "it has come to its end by itself"}
    return f"{text}; the {seen.flow.source} no longer fulfils the condition, and {act[seen.flow.on_retract]}."

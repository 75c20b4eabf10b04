"""Expected: what a deal waits for: the next step of each flow that has not given rise to anything yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.conditions import waits_for
from ltc.app.engine.flow.dates import is_young
from ltc.app.engine.flow.documents import ENDINGS, RETRACTED
from ltc.app.engine.flow.looking import looking
from ltc.app.engine.flow.reach import views
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.context import Context
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.flow.ways import View
    from ltc.app.engine.state import GoldenState
    from ltc.core.store import Tx

MOST = 200
"""So many sources of one flow are looked at, at most: nobody reads more."""


def next_steps(ctx: Context, tx: Tx, goldens: Iterable[GoldenState]) -> list[dict[str, Any]]:
    """Say which flows have given rise to nothing yet, and what they wait for; what can no longer come is not waited for."""
    by_entity: dict[str, list[GoldenState]] = {}
    for golden in goldens:
        if golden.state == "live" and golden.leaves.get("status") not in ENDINGS:
            by_entity.setdefault(golden.entity, []).append(golden)
    found: list[dict[str, Any]] = []
    for flow in ctx.flows:
        sources = by_entity.get(flow.source, [])[:MOST] if flow.when is not None else []
        if sources:
            batch = looking(ctx, tx)
            batch.goldens.update({golden.hub_id: golden for golden in sources})
            found += _steps(batch, flow, _without(batch, flow, sources))
    return found


def _without(batch: Batch, flow: Flow, sources: Sequence[GoldenState]) -> list[GoldenState]:
    """Leave out the sources that have a document which the flow stands by."""
    ids = [golden.hub_id for golden in sources]
    rows = batch.tx.select_in(t.derivation, ("source", "state"), "source", ids, equal={"flow": flow.name})
    told = {source for source, state in rows if state != RETRACTED}
    return [golden for golden in sources if golden.hub_id not in told]


def _steps(batch: Batch, flow: Flow, sources: Sequence[GoldenState]) -> Iterator[dict[str, Any]]:
    seen = views(batch, flow, [golden.hub_id for golden in sources]) if sources else {}
    for golden in sources:
        lacking = _lacking(flow, seen[golden.hub_id]) if is_young(flow, golden.leaves, golden.created_at) else ""
        if lacking:
            yield {
                "flow": flow.name, "file": flow.file, "line": flow.place("when").line, "to": flow.target,
                "source": {"entity": golden.entity, "hub_id": golden.hub_id, "label": golden.label},
                "waits_for": lacking, "message": f"{flow.target}: waits for {lacking}",
            }  # fmt: skip


def _lacking(flow: Flow, view: View) -> str:
    """Say what a source lacks; "" if nothing, or if it can no longer come."""
    for formula in (flow.begins, flow.stays):
        outcome = waits_for(flow, formula, view) if formula is not None else None
        if outcome is not None and not outcome.holds:
            return outcome.waits_for if outcome.may_come else ""
    return ""

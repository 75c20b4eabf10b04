"""Creation: whether a system that does not have a thing is to get it, and what holds that up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.desires import Desire, ScopeStatus, is_reversed, wanted
from ltc.app.engine.flow.documents import ENDINGS
from ltc.app.engine.identity import MATCHED
from ltc.app.engine.recovery import HELD
from ltc.core.contract import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import GoldenState


def creation(
    batch: Batch, golden: GoldenState, scope: Scope, status: Mapping[int, ScopeStatus], state: str, *, in_review: bool
) -> Desire | None:  # fmt: skip
    """Say what a system is to make that has no record of this thing; None if it is to have none."""
    if scope.spec is None or Verb.CREATE not in scope.spec.verbs:
        return None
    if not wanted(scope.wants.create, golden) or is_reversed(golden, scope) or _is_taken_back(batch, golden):
        return None
    gate = ""
    if state == "due":
        gate = HELD if batch.ctx.recovery.now(batch.tx) else closed_gate(batch, golden.entity, status, in_review=in_review)
    return Desire(scope, golden.hub_id, "", Verb.CREATE, golden.version, {}, {}, "held" if gate else state, gate)


def _is_taken_back(batch: Batch, golden: GoldenState) -> bool:
    """Tell whether a flow took a document back before a system had it: then none is to have it any more."""
    status = golden.leaves.get("status")
    return status in ENDINGS and any(
        batch.scope_of(record).is_hub and record.speaks and record.leaves.get("status") == status
        for record in batch.linked[golden.hub_id]
    )


def closed_gate(batch: Batch, entity: str, status: Mapping[int, ScopeStatus], *, in_review: bool) -> str:
    """Say why nothing of this entity may be created yet; "" if it may.

    Until every system that the entity is matched across was read in full, what looks new may only be unread.
    """
    if in_review:
        return "review"
    if entity not in MATCHED:
        return ""
    unread = sorted(
        batch.ctx.scopes[number].system
        for number, state in status.items()
        if number in batch.ctx.scopes and batch.ctx.scopes[number].entity == entity and not state.full_read_at
        and not batch.ctx.scopes[number].is_hub
    )  # fmt: skip
    return f"full read of {', '.join(unread)}" if unread else ""

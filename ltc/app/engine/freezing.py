"""Freezing: a record that its system has closed is corrected by further documents, never by a silent change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.contract import Verb
from ltc.core.errors import Rejected
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.models.states import MACHINES, reachable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.context import Context
    from ltc.app.engine.desires import Desire
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import GoldenState, RecordState

FROZEN = "frozen"
"""The reason of a change that is parked because of this."""

SILENT = frozenset({Verb.AMEND, Verb.DEACTIVATE, Verb.DELETE})
"""What changes a record in place; cancelling and reversing are acts of their own, with a trace."""


def is_frozen(ctx: Context, scope: Scope, record: RecordState) -> bool:
    """Tell whether a record may no longer be changed in place; one of which that cannot be told may not."""
    if scope.frozen is None or not record.raw:
        return False
    try:
        return scope.frozen(ctx.connectors[scope.system].decode(scope.object, record.raw))
    except BadValue:
        return True


def unless_frozen(batch: Batch, wish: Desire | None) -> Desire | None:
    """Park what would change a record that its system has closed; a rollout in shadow only shows it.

    What a flow wanted of a document that has come to its end meanwhile is no longer wanted: flows tell by themselves what they
    would have changed too late.
    """
    if wish is None or wish.verb not in SILENT or wish.state not in ("due", "shadow"):
        return wish
    if not is_frozen(batch.ctx, wish.scope, batch.records[wish.scope.id, wish.ext_id]):
        return wish
    golden = batch.goldens[wish.hub_id]
    if wish.verb is Verb.AMEND and _is_over(golden):
        origins = golden.provenance
        derived = {leaf for leaf in wish.after if leaf in origins and batch.ctx.scopes[origins[leaf][0][0]].is_hub}
        if len(derived) == len(wish.after):
            return None
        wish = wish._replace(after={leaf: value for leaf, value in wish.after.items() if leaf not in derived})
    return wish._replace(state="parked" if wish.state == "due" else wish.state, reason=FROZEN)


def _is_over(golden: GoldenState) -> bool:
    """Tell whether a document has come to its end: no step leads on from its status."""
    status = golden.leaves.get("status")
    return bool(status) and golden.entity in MACHINES and not reachable(golden.entity, str(status))


def refusal(scope: Scope, ext_id: str, leaves: Iterable[str]) -> Rejected:
    """Say that a change comes too late, and what can be done instead."""
    wanted = ", ".join(sorted(leaves)) or "its state"
    return Rejected(
        f"{scope.object} {ext_id} is closed in {scope.system}, which no longer lets it change; {wanted} would have to.",
        remedy=f"Correct it in {scope.system} by a further document, or take the change back where it came from.",
        code="record.frozen",
    )

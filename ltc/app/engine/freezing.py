"""Freezing: a record that its system has closed is corrected by further documents, never by a silent change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.contract import Verb
from ltc.core.errors import Rejected
from ltc.core.mapping.operations.codec import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import RecordState

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


def refusal(scope: Scope, ext_id: str, leaves: Iterable[str]) -> Rejected:
    """Say that a change comes too late, and what can be done instead."""
    wanted = ", ".join(sorted(leaves)) or "its state"
    return Rejected(
        f"{scope.object} {ext_id} is closed in {scope.system}, which no longer lets it change; {wanted} would have to.",
        remedy=f"Correct it in {scope.system} by a further document, or take the change back where it came from.",
        code="record.frozen",
    )

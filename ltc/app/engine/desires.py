"""Desires: what records of systems are to come to, and what any of them is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ltc.core.contract import Verb
from ltc.core.models.leaves import unflatten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.scope import Guard, Scope
    from ltc.app.engine.state import GoldenState

REVERSED = "reversed"
"""The status of a payment that was taken back."""


@dataclass(frozen=True, slots=True)
class ScopeStatus:
    """What operation has made of a scope: its mode, whether it was read in full, whether it is stopped."""

    mode: str
    full_read_at: str | None
    live_leaves: frozenset[str]
    stopped: str


class Desire(NamedTuple):
    """What one record of one scope should come to; of a create ``after`` is empty, see :func:`to_create`."""

    scope: Scope
    hub_id: str
    ext_id: str
    verb: Verb
    desire: int
    before: dict[str, Any]
    after: dict[str, Any]
    state: str
    reason: str = ""


def to_create(scope: Scope, leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a system is to make of a golden record's leaves: all that is known and that its mapping writes.

    A create that was not begun is stored without values. It means these, of what the golden record says when it is begun, so
    that it is always the newest desire. Its intent gives it the values that were sent, and a refusal those that were refused.
    """
    writes = scope.writes
    return {leaf: value for leaf, value in leaves.items() if value is not None and writes[leaf]}


def wanted(guard: Guard | None, golden: GoldenState) -> bool:
    """Ask a guard about a golden record in its nested form."""
    return guard is None or guard(unflatten(golden.entity, golden.leaves))


def is_reversed(golden: GoldenState, scope: Scope) -> bool:
    """Tell whether a document came to nothing, in a system that undoes it by an act; a mapping with a status says so by that."""
    can = scope.spec is not None and Verb.REVERSE in scope.spec.verbs and "status" not in scope.outbound
    return can and golden.leaves.get("status") == REVERSED

"""Counting by line: what proposed lines would have given in a run, and deprecated ones still gave; most mappings have neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ltc.core.errors import Fault
from ltc.core.models.leaves import flatten, generic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import Raw

DEPRECATED: Final = "deprecated:"
PROPOSED: Final = "proposed:"
UNFIT: Final = "proposed_unfit:"


def count_lines(ctx: Context, scope: Scope, raw: Raw, leaves: Mapping[str, Any]) -> None:
    """Count a record for each deprecated line that gave something, and for each proposed one that would have or would not fit."""
    if scope.deprecated:
        _count(ctx, scope, DEPRECATED, (path for path in _filled(leaves) if path in scope.deprecated))
    if scope.shadow is not None:
        nested, errors = scope.shadow(raw)
        proposed = {line.path for line in scope.mapping.lines if line.state == "proposed"} if scope.mapping is not None else set()
        _count(ctx, scope, PROPOSED, (path for path in _filled(flatten(scope.entity, nested)) if path in proposed))
        _count(ctx, scope, UNFIT, (generic(error.path) for error in errors))


def _filled(leaves: Mapping[str, Any]) -> Iterable[str]:
    return (generic(leaf) for leaf, value in leaves.items() if value is not None)


def _count(ctx: Context, scope: Scope, word: str, paths: Iterable[str]) -> None:
    for path in set(paths):
        ctx.count(scope, f"{word}{path}")


def warnings_of(scope: Scope, counts: Mapping[str, int]) -> list[Fault]:
    """Warn of each deprecated line that still gave something: once for a run, however many records it was."""
    lines = {line.path: line for line in scope.mapping.lines} if scope.mapping is not None else {}
    found = []
    for name, number in counts.items():
        line = lines.get(name.removeprefix(DEPRECATED)) if name.startswith(DEPRECATED) else None
        if line is not None:
            records = "1 record" if number == 1 else f"{number} records"
            message = f"{line.path} is deprecated and still gave something: in {records} of this run."
            remedy = "Empty the field in the system, or take the line away for good."
            found.append(Fault("mapping.deprecated", message, remedy, "warning", line.file, line.line, line.column, line.path))
    return found


def proposals_of(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Say of each proposed line in how many records of a run it would have given a value, and in how many it would not fit."""
    found: dict[str, dict[str, int]] = {}
    for word, key in ((PROPOSED, "would_give"), (UNFIT, "would_not_fit")):
        for name, number in counts.items():
            if name.startswith(word):
                found.setdefault(name.removeprefix(word), {"would_give": 0, "would_not_fit": 0})[key] = number
    return found

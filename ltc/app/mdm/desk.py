"""The stewards' desk: all that can be asked and decided about identity, with plain arguments, in plain documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine import stewards
from ltc.app.engine.state import from_json
from ltc.app.mdm.explaining import explain
from ltc.app.mdm.golden import decisions, golden
from ltc.app.mdm.matching import match_hub
from ltc.app.mdm.quality import quality
from ltc.app.mdm.records import named
from ltc.core.errors import Misconfigured
from ltc.core.models import paths
from ltc.core.models.leaves import generic, unflatten
from ltc.core.store import tables as t
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.app.engine.context import Context


class MasterData:
    """Who is who in one hub; the context is opened when it is first needed."""

    def __init__(self, context: Callable[[], Context]) -> None:
        """Take what gives the context."""
        self._context = context

    def match(self, entity: str, *, apply: bool = False, preview: bool = False, limit: int = 1000, actor: str) -> dict[str, Any]:
        """Match the golden records of an entity: open reviews, and plan merges; with ``apply`` do them."""
        return match_hub(self._context(), entity, apply=apply, preview=preview, actor=actor, limit=limit)

    def explain(self, one: str, other: str) -> dict[str, Any]:
        """Say why two records are the same thing, or not."""
        return explain(self._context(), one, other)

    def golden(self, any_id: str) -> dict[str, Any]:
        """Show a golden record with the origin of each value."""
        return golden(self._context(), any_id)

    def decisions(self, any_id: str = "", *, limit: int = 100, after: int = 0) -> dict[str, Any]:
        """List decisions, the newest first."""
        return decisions(self._context(), any_id=any_id, limit=limit, after=after)

    def quality(self, entity: str) -> dict[str, Any]:
        """Measure completeness, validity and duplicates by system."""
        return quality(self._context(), entity)

    def merge(self, one: str, other: str, *, actor: str) -> dict[str, Any]:
        """Make two golden records one."""
        return stewards.merge_records(self._context(), self._id(one), self._id(other), actor=actor)

    def split(self, any_id: str, records: Sequence[tuple[str, str]], *, actor: str) -> dict[str, Any]:
        """Take records of systems out of a golden record into one of their own."""
        return stewards.split_records(self._context(), self._id(any_id), records, actor=actor)

    def pin(self, any_id: str, field: str, value: object, *, actor: str) -> dict[str, Any]:
        """Fix a value of a golden record; one that does not fit the field is refused."""
        hub_id = self._id(any_id)
        self._insist_on_fit(hub_id, field, value)
        return stewards.pin_value(self._context(), hub_id, field, value, actor=actor)

    def unpin(self, any_id: str, field: str, *, actor: str) -> dict[str, Any]:
        """Let the systems decide a value again."""
        return stewards.unpin_value(self._context(), self._id(any_id), field, actor=actor)

    def undo(self, number: int, *, actor: str) -> dict[str, Any]:
        """Take a decision back exactly."""
        return stewards.undo_decision(self._context(), number, actor=actor)

    def _id(self, any_id: str) -> str:
        context = self._context()
        with context.store.reading() as tx:
            return named(context, tx, any_id).hub_id

    def _insist_on_fit(self, hub_id: str, field: str, value: object) -> None:
        context = self._context()
        with context.store.reading() as tx:
            ((entity, text),) = tx.select_in(t.golden, ("entity", "leaves"), "hub_id", [hub_id])
        schema = context.schemas.get(entity)
        known = set(schema.paths if schema is not None else paths(entity))
        if generic(field) not in known:
            remedy = did_you_mean(field, known) or "`ltc mdm golden` shows the fields that it has."
            raise Misconfigured(f"A {entity} has no field {field!r}.", remedy=remedy, code="golden.field")
        context.validate(entity, unflatten(entity, {**from_json(text), field: value}))

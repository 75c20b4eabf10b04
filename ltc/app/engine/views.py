"""Views: what records mean to the hub: references as hub ids, and our values where a system holds its own form of them."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from ltc.app.engine.state import Known, references_of, to_bytes
from ltc.core.models.leaves import replace_references
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.state import RecordState
    from ltc.core.models.leaves import Reference

UNRESOLVED = ("scope_id", "ext_id", "leaf", "system", "entity", "target_ext_id", "since")


class Views:
    """What some records mean: all that they refer to is looked up at once, and each is then seen when it is asked for.

    A reference to a record that has not been read is left out, and noted, so that it is merged when that one arrives.
    """

    def __init__(self, batch: Batch, records: Iterable[RecordState]) -> None:
        """Look up what the records refer to."""
        self._batch = batch
        self._unknown: list[tuple[Any, ...]] = []
        wanted: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(partial(defaultdict, set))
        derived: set[str] = set()
        for record in records:
            scope = batch.scope_of(record)
            refers = references_of(scope.entity, record.leaves, record.known)
            if record.known is None or record.known.leaves is not record.leaves:
                record.known = Known(record.leaves, refers)
            elif record.known.references is None:
                record.known = record.known._replace(references=refers)
            if scope.is_hub:
                derived |= {hub_id for _, _, hub_id in refers}
                continue
            ids = wanted[scope.system]
            for _, entity, local in refers:
                ids[entity].add(local)
        self._became = _followed(batch, derived)
        in_hand = _in_hand(batch)
        self._known = {
            system: {entity: _local_to_hub(batch, system, entity, ids, in_hand) for entity, ids in by_entity.items()}
            for system, by_entity in wanted.items()
        }

    def of(self, record: RecordState) -> dict[str, Any]:
        """Give what one of them means."""
        scope = self._batch.scope_of(record)
        refers = references_of(scope.entity, record.leaves, record.known)
        if not refers:
            record.view, record.view_known = effective(record, record.leaves), record.known
            return record.view
        if scope.is_hub:
            leaves, _ = replace_references(record.leaves, refers, partial(_last, self._became))
            record.view = effective(record, leaves)
            return record.view
        known = self._known[scope.system]
        simple = _plainly_replaced(record, refers, known)
        if simple is not None:
            record.view, record.view_known = effective(record, simple.leaves), simple
            return record.view
        leaves, unknown = replace_references(record.leaves, refers, partial(_known_id, known))
        lost = set(unknown)
        self._unknown += [
            (*record.key, leaf, scope.system, entity, local, self._batch.now) for leaf, entity, local in refers if leaf in lost
        ]
        record.view = effective(record, leaves)
        return record.view

    def keep_unknown(self) -> None:
        """Note which references wait for the records that they name."""
        self._batch.tx.upsert(t.unresolved, UNRESOLVED, self._unknown, key=UNRESOLVED[:3], update=UNRESOLVED[3:6])


def effective(record: RecordState, leaves: dict[str, Any]) -> dict[str, Any]:
    """Say what a record means: where the system holds its own normal form of what we sent, it means what we sent.

    Where it holds what is to be put back, it means what it is to hold again.
    """
    if not record.normal_forms and not record.sent:
        return leaves
    meant = {leaf: sent for leaf, (sent, seen, *_) in record.normal_forms.items() if record.leaves.get(leaf) == seen}
    return {**leaves, **{leaf: value for leaf, value in meant.items() if leaf in leaves}}


def _followed(batch: Batch, targets: set[str]) -> dict[str, str]:
    """Say what golden records have become to which derived documents refer: those hold hub ids, for ever."""
    became: dict[str, str] = {}
    while targets:
        rows = batch.tx.select_in(t.golden, ("hub_id", "merged_into"), "hub_id", sorted(targets))
        stored: dict[str, str | None] = {row[0]: row[1] for row in rows}
        stored |= {hub_id: batch.goldens[hub_id].merged_into for hub_id in targets & batch.goldens.keys()}
        found = {hub_id: winner for hub_id, winner in stored.items() if winner}
        became |= found
        targets = set(found.values()) - became.keys()
    return became


def _last(became: Mapping[str, str], entity: str, hub_id: str) -> str:
    """Follow a chain of merges to its end."""
    del entity
    while hub_id in became:
        hub_id = became[hub_id]
    return hub_id


def _known_id(known: Mapping[str, Mapping[str, str]], entity: str, local: str) -> str | None:
    return known[entity].get(local)


def _plainly_replaced(record: RecordState, refers: Iterable[Reference], known: Mapping[str, Mapping[str, str]]) -> Known | None:
    """Replace references in leaves where all are known and none is the key of a row, which nearly always is so; else None.

    What a new record means most probably is what a golden record is to hold, so that its JSON is written at once.
    """
    try:
        found = [(path, entity, known[entity][local]) for path, entity, local in refers]
    except KeyError:
        return None
    view = record.leaves.copy()
    for path, _, hub_id in found:
        if path[-1] == "]":
            return None
        view[path] = hub_id
    return Known(view, found, to_bytes(view) if record.is_new else b"")


def _in_hand(batch: Batch) -> dict[int, dict[str, str | None]]:
    """Say whose the records of the working set are, by scope: they may know better than the store."""
    found: defaultdict[int, dict[str, str | None]] = defaultdict(dict)
    for (scope_id, ext_id), record in batch.records.items():
        found[scope_id][ext_id] = record.hub_id
    return found


def _local_to_hub(
    batch: Batch, system: str, entity: str, ids: set[str], in_hand: Mapping[int, Mapping[str, str | None]]
) -> Mapping[str, str]:
    """Find the golden records behind a system's own ids; what was asked for before may be among them."""
    found: dict[str, str] = {}
    scopes = batch.ctx.scopes_of(system, entity)
    for scope in scopes:
        links, here = batch.links.setdefault(scope.id, {}), in_hand.get(scope.id, {})
        missing = ids.difference(links).difference(here)
        if missing:
            rows = batch.tx.select_in(t.record, ("ext_id", "hub_id"), "ext_id", missing, equal={"scope_id": scope.id})
            links |= {ext_id: hub_id for ext_id, hub_id in rows if hub_id is not None}
        if len(scopes) == 1 and not here:
            return links  # as they are, since they are many and nearly always all that there is to know
        found |= {ext_id: hub_id for ext_id, hub_id in {**links, **here}.items() if hub_id is not None}
    return found

"""Merge: per attribute, whose value wins; the golden record, where each value came from, milestones and references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.deals.turning import stages_of
from ltc.app.engine.state import from_json, pack, references_of
from ltc.app.engine.views import Views
from ltc.core.models import milestone_of
from ltc.core.models.leaves import by_target, references
from ltc.core.store import tables as t
from ltc.core.store.references import keep
from mdm.survivorship import Contribution, Origin
from mdm.survivorship import merge as survive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import GoldenState, RecordState
    from mdm.survivorship import Conflict


def merge(batch: Batch, hub_ids: Sequence[str]) -> Iterator[str]:
    """Recompute golden records from the records that are linked to them, and hand each on as soon as that is done.

    So whoever plans for one does it while its values are in the processor's cache. They are stored when all are done.
    """
    views = Views(batch, [record for hub_id in hub_ids for record in batch.linked[hub_id]])
    pins = _pins(batch, [hub_id for hub_id in hub_ids if not batch.goldens[hub_id].is_new])
    stages = stages_of(batch, [hub_id for hub_id in hub_ids if len(batch.linked[hub_id]) > 1])
    changed: list[str] = []
    for hub_id in hub_ids:
        golden, linked = batch.goldens[hub_id], batch.linked[hub_id]
        seen = [views.of(record) for record in linked]
        if is_sole(golden, linked):
            _take_over(batch, golden, linked[0], seen[0])
            changed.append(hub_id)
        elif _contest(batch, golden, list(zip(linked, seen, strict=True)), pins.get(hub_id, {}), stages.get(hub_id, "")):
            changed.append(hub_id)
        yield hub_id
    views.keep_unknown()
    batch.keep_goldens(changed)
    keep_references(batch, changed)


def _contest(
    batch: Batch, golden: GoldenState, linked: Sequence[tuple[RecordState, dict[str, Any]]], pins: Mapping[str, Any], stage: str
) -> bool:
    """Let survivorship say for each leaf whose value counts; tell whether the golden record is another than before."""
    speakers = [record for record, _ in linked if record.speaks]
    contributions = [contribution(golden, batch.scope_of(record), record, view) for record, view in linked if record.speaks]
    merged = survive(golden.entity, batch.ctx.policy, contributions, golden.leaves, pins, stage)
    for conflict in merged.conflicts:
        _log_conflict(batch, speakers, conflict)
    state = "live" if speakers else "retired"
    if merged.leaves == golden.leaves and state == golden.state and not golden.is_new:
        return False
    origin = next((found for found in merged.provenance.values() if found.record[0] in batch.ctx.scopes), None)
    source = batch.ctx.scopes[origin.record[0]].system if origin else "hub"
    _renew(batch, golden, merged.leaves, pack(merged.provenance), state, source)
    return True


def contribution(golden: GoldenState, scope: Scope, record: RecordState, leaves: dict[str, Any]) -> Contribution:
    """Say what a record contributes.

    What a record holds that the hub created is as old as the golden record's own values, not as the write that brought them
    there, and gives way to them: only what changes in it afterwards is news. A value that the golden record has left behind, and
    that waits here to be overwritten, has not become younger by that.
    """
    stamps, first_seen = record.stamps, record.first_seen
    if record.is_hub_made:
        now = golden.leaves  # the age of an empty value would say: emptied
        values = {leaf for leaf, value in leaves.items() if value not in (None, []) and now.get(leaf) == value}
        ages = {leaf: origin[1] for leaf, origin in golden.provenance.items() if leaf in values and origin[1]}
        stamps, first_seen = ages | stamps, min(first_seen, golden.created_at)
    return Contribution(
        record=record.key, system=scope.system, role=scope.role, leaves=leaves, stamps=stamps, first_seen=first_seen,
        weight=-1 if record.is_hub_made else 0,
    )  # fmt: skip


def is_sole(golden: GoldenState, linked: Sequence[RecordState]) -> bool:
    """Tell whether a golden record is new, and one record that nobody edited or wrote is all that there is to it."""
    if not golden.is_new or golden.version or len(linked) != 1:
        return False
    record = linked[0]
    return record.speaks and not record.stamps and not record.is_hub_made


def _take_over(batch: Batch, golden: GoldenState, record: RecordState, leaves: dict[str, Any]) -> None:
    """Let a new golden record be what its sole record says.

    Most records of a first read are such: nothing is contested and all of it has one origin, so no leaf is looked at by itself.
    """
    packed = {"": Origin(record.key, record.first_seen)} if leaves else {}
    _renew(batch, golden, leaves, packed, "live", batch.scope_of(record).system if leaves else "hub")
    golden.known = record.view_known
    batch.sole.add(golden.hub_id)


def _renew(batch: Batch, golden: GoldenState, leaves: dict[str, Any], packed: dict[str, Any], state: str, source: str) -> None:
    """Give a golden record its new version, and note the milestones that it passed."""
    before = golden.leaves
    golden.before, golden.leaves, golden.packed, golden.state = before, leaves, packed, state
    golden.version += 1
    golden.updated_at = batch.now
    golden.label = str(leaves.get("number") or leaves.get("name") or leaves.get("last_name") or "")[:255]
    hub_id, entity, now = golden.hub_id, golden.entity, batch.now
    batch.milestones += [
        (hub_id, stone.state, stone.occurred_at or now, source, entity, stone.precision, now, place)
        for place, stone in enumerate(milestone_of(entity, before, leaves))
    ]


def keep_references(batch: Batch, hub_ids: list[str]) -> None:
    """Note who refers to whom, where that changed: one row for each target, under the first leaf that names it."""
    gone: list[tuple[str, str]] = []
    rows: list[tuple[str, str, str]] = []
    for hub_id in hub_ids:
        golden = batch.goldens[hub_id]
        before = by_target(references(golden.entity, golden.before)) if golden.before else {}
        after = by_target(references_of(golden.entity, golden.leaves, golden.known))
        if before != after:
            gone += [(target, hub_id) for target, leaf in before.items() if after.get(target) != leaf]
            rows += [(target, hub_id, leaf) for target, leaf in after.items() if before.get(target) != leaf]
    rows.sort()
    keep(batch.tx, gone, rows)


def _pins(batch: Batch, hub_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Load what stewards pinned."""
    pins: dict[str, dict[str, Any]] = {}
    for hub_id, leaf, value in batch.tx.select_in(t.pin, ("hub_id", "leaf", "value"), "hub_id", hub_ids):
        pins.setdefault(hub_id, {})[leaf] = from_json(value)["value"]
    return pins


def _log_conflict(batch: Batch, speakers: Iterable[RecordState], conflict: Conflict) -> None:
    """Log a conflict once: when one of the records in it brought news for the leaf."""
    for record in speakers:
        if conflict.path in record.news:
            detail = {
                "field": conflict.path, "winner": conflict.winner, "loser": conflict.loser, "value": conflict.value,
                "lost": conflict.lost, "rule": conflict.rule,
            }  # fmt: skip
            batch.log(record, "conflict", detail)
            batch.ctx.count(batch.scope_of(record), "conflicts")
            return

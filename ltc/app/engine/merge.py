"""Merge: per attribute, whose value wins; the golden record, where each value came from, milestones and references."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from ltc.app.engine.state import Known, from_json, pack, references_of, to_bytes
from ltc.core.models import milestone_of
from ltc.core.models.leaves import references, replace_references
from ltc.core.store import tables as t
from mdm.survivorship import Contribution, Origin
from mdm.survivorship import merge as survive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import GoldenState, RecordState
    from ltc.core.models.leaves import Reference
    from mdm.survivorship import Conflict


def merge(batch: Batch) -> None:
    """Recompute every touched golden record from the records that are linked to it."""
    touched = sorted(batch.touched)
    batch.touched.clear()
    batch.load_hubs(touched)
    live = [hub_id for hub_id in touched if hub_id in batch.goldens and not batch.goldens[hub_id].merged_into]
    views = resolve_references(batch, [record for hub_id in live for record in batch.linked[hub_id]])
    pins = _pins(batch, [hub_id for hub_id in live if not batch.goldens[hub_id].is_new])
    changed: list[str] = []
    for hub_id in live:
        golden = batch.goldens[hub_id]
        batch.merged.add(hub_id)
        if is_sole(golden, batch.linked[hub_id]):
            _take_over(batch, golden, batch.linked[hub_id][0], views)
            changed.append(hub_id)
            continue
        speakers = [record for record in batch.linked[hub_id] if record.speaks]
        contributions = [contribution(golden, batch.scope_of(record), record, views[record.key]) for record in speakers]
        merged = survive(golden.entity, batch.ctx.policy, contributions, golden.leaves, pins.get(hub_id, {}))
        for conflict in merged.conflicts:
            _log_conflict(batch, speakers, conflict)
        state = "live" if speakers else "retired"
        if merged.leaves != golden.leaves or state != golden.state or golden.is_new:
            origin = next((found for found in merged.provenance.values() if found.record[0] in batch.ctx.scopes), None)
            source = batch.ctx.scopes[origin.record[0]].system if origin else "hub"
            _renew(batch, golden, merged.leaves, pack(merged.provenance), state, source)
            changed.append(hub_id)
    batch.keep_goldens(changed)
    _keep_references(batch, changed)


def contribution(golden: GoldenState, scope: Scope, record: RecordState, leaves: dict[str, Any]) -> Contribution:
    """Say what a record contributes.

    What a record holds that the hub created is as old as the golden record's own values, not as the write that brought them
    there, and gives way to them: only what changes in it afterwards is news.
    """
    stamps, first_seen = record.stamps, record.first_seen
    if record.is_hub_made:
        values = {leaf for leaf, value in leaves.items() if value not in (None, [])}  # the age of an empty one would say: emptied
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


def _take_over(batch: Batch, golden: GoldenState, record: RecordState, views: Mapping[tuple[int, str], dict[str, Any]]) -> None:
    """Let a new golden record be what its sole record says.

    Most records of a first read are such: nothing is contested and all of it has one origin, so no leaf is looked at by itself.
    """
    leaves = views[record.key]
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
    for stone in milestone_of(golden.entity, before, leaves):
        occurred_at = stone.occurred_at or batch.now
        batch.milestones.append((golden.entity, golden.hub_id, stone.state, occurred_at, stone.precision, source, batch.now))


def effective(record: RecordState, leaves: dict[str, Any]) -> dict[str, Any]:
    """Say what a record means: where the system holds its own normal form of what we sent, it means what we sent."""
    if not record.normal_forms and not record.sent:
        return leaves
    meant = {leaf: sent for leaf, (sent, seen) in record.normal_forms.items() if record.leaves.get(leaf) == seen}
    return {**leaves, **{leaf: value for leaf, value in meant.items() if leaf in leaves}}


def resolve_references(batch: Batch, records: Iterable[RecordState]) -> dict[tuple[int, str], dict[str, Any]]:
    """Give each record's leaves with hub ids for references.

    A reference to a record that has not been read is left out, and noted, so that it is merged when that one arrives.
    """
    views: dict[tuple[int, str], dict[str, Any]] = {}
    wanted: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(partial(defaultdict, set))
    pending: list[tuple[RecordState, list[tuple[str, str, str]]]] = []
    derived: list[RecordState] = []
    for record in records:
        scope = batch.scope_of(record)
        refers = references_of(scope.entity, record.leaves, record.known)
        if refers and scope.is_hub:
            derived.append(record)
            continue
        if not refers:
            views[record.key] = record.view = effective(record, record.leaves)
            record.view_known = record.known
            continue
        pending.append((record, refers))
        ids = wanted[scope.system]
        for _, entity, local in refers:
            ids[entity].add(local)
    _follow_merges(batch, derived, views)
    known = {
        system: {entity: local_to_hub(batch, system, entity, ids) for entity, ids in by_entity.items()}
        for system, by_entity in wanted.items()
    }
    rows = []
    for record, refers in pending:
        scope = batch.scope_of(record)
        simple = _plainly_replaced(record, refers, known[scope.system])
        if simple is not None:
            views[record.key] = record.view = effective(record, simple.leaves)
            record.view_known = simple
            continue
        leaves, unknown = replace_references(record.leaves, refers, partial(_known_id, known[scope.system]))
        views[record.key] = record.view = effective(record, leaves)
        lost = set(unknown)
        rows += [(*record.key, leaf, scope.system, entity, local, batch.now) for leaf, entity, local in refers if leaf in lost]
    columns = ("scope_id", "ext_id", "leaf", "system", "entity", "target_ext_id", "since")
    batch.tx.upsert(t.unresolved, columns, rows, key=columns[:3], update=columns[3:6])
    return views


def _follow_merges(batch: Batch, derived: Sequence[RecordState], views: dict[tuple[int, str], dict[str, Any]]) -> None:
    """Read derived documents with the golden records that those they were made of have become: they hold hub ids, for ever."""
    targets = {hub_id for record in derived for _, _, hub_id in references(batch.scope_of(record).entity, record.leaves)}
    became: dict[str, str] = {}
    while targets:
        rows = batch.tx.select_in(t.golden, ("hub_id", "merged_into"), "hub_id", sorted(targets))
        stored: dict[str, str | None] = {row[0]: row[1] for row in rows}
        stored |= {hub_id: batch.goldens[hub_id].merged_into for hub_id in targets & batch.goldens.keys()}
        found = {hub_id: winner for hub_id, winner in stored.items() if winner}
        became |= found
        targets = set(found.values()) - became.keys()
    for record in derived:
        refers = references(batch.scope_of(record).entity, record.leaves)
        leaves, _ = replace_references(record.leaves, refers, partial(_last, became))
        views[record.key] = record.view = effective(record, leaves)


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
    view = record.leaves.copy()
    found: list[Reference] = []
    for path, entity, local in refers:
        hub_id = known[entity].get(local)
        if hub_id is None or path[-1] == "]":
            return None
        view[path] = hub_id
        found.append((path, entity, hub_id))
    return Known(view, found, to_bytes(view) if record.is_new else b"")


def local_to_hub(batch: Batch, system: str, entity: str, ids: Iterable[str]) -> dict[str, str]:
    """Find the golden records behind a system's own ids."""
    found: dict[str, str] = {}
    for scope in batch.ctx.scopes_of(system, entity):
        links = batch.links.setdefault(scope.id, {})
        missing = []
        for ext_id in ids:
            record = batch.records.get((scope.id, ext_id))
            hub_id = links.get(ext_id) if record is None else record.hub_id
            if hub_id is not None:
                found[ext_id] = hub_id
            elif record is None:
                missing.append(ext_id)
        if missing:
            where = (t.record.c.scope_id == scope.id, t.record.c.hub_id.is_not(None))
            links |= batch.tx.select_in(t.record, ("ext_id", "hub_id"), "ext_id", missing, where=where)
            found |= {ext_id: links[ext_id] for ext_id in missing if ext_id in links}
    return found


def _keep_references(batch: Batch, hub_ids: list[str]) -> None:
    """Note who refers to whom, where that changed: one row for each target, under the first leaf that names it."""
    gone: list[str] = []
    rows = []
    for hub_id in sorted(hub_ids):
        golden = batch.goldens[hub_id]
        before = _targets(references(golden.entity, golden.before)) if golden.before else {}
        after = _targets(references_of(golden.entity, golden.leaves, golden.known))
        if before != after:
            if before:
                gone.append(hub_id)
            rows += sorted([(hub_id, leaf, target) for target, leaf in after.items()])
    batch.tx.delete_in(t.reference, "hub_id", gone)
    batch.tx.put_in_order(t.reference, ("hub_id", "leaf", "target"), rows, key=("hub_id", "leaf"))


def _targets(refers: Iterable[Reference]) -> dict[str, str]:
    """Map what a record refers to to the first leaf that names it."""
    found: dict[str, str] = {}
    for leaf, _, target in refers:
        found.setdefault(target, leaf)
    return found


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

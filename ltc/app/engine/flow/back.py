"""Back: values go from documents to their sources through the one way back that is named, the roll-up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ltc.app.engine.flow.documents import hub_scope, load_documents
from ltc.app.engine.flow.reach import glimpse, neighbours
from ltc.app.engine.flow.roll_ups import aggregate
from ltc.app.engine.flow.shares import Part
from ltc.app.engine.state import RecordState
from ltc.core.models import paths
from ltc.core.models.leaves import references
from ltc.core.store import tables as t
from ltc.core.store.references import referring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.state import GoldenState


def roll_up(batch: Batch, flow: Flow, hub_ids: Sequence[str]) -> list[RecordState]:
    """Work out anew what goes back to the sources to which these golden records matter."""
    sources = sources_of(batch, flow, hub_ids)
    if not sources:
        return []
    documents = _derived(batch, flow, sources) if flow.when is not None else _referring(batch, flow, sources)
    back = hub_scope(batch, flow.source)
    batch.load_hubs(sources)
    batch.load_records(back, [f"{flow.name}/{source}" for source in sources])
    out = []
    for source in sources:
        part = Part(flow.source, source)
        values = {roll.leaf: (aggregate(roll, documents[source], part), roll) for roll in flow.roll_ups}
        leaves = {leaf: value for leaf, (value, roll) in values.items() if value is not None or roll.codes is None}
        record = batch.records.get((back.id, f"{flow.name}/{source}"))
        if record is None:
            if not any(value is not None for value in leaves.values()):
                continue  # a record that says nothing would only say: emptied
            record = RecordState(back.id, f"{flow.name}/{source}", first_seen=batch.now, last_changed=batch.now, is_new=True)
            batch.records[record.key] = record
            batch.link(record, source, "roll_up")
        if leaves != record.leaves:
            record.stamps |= {leaf: batch.now for leaf in leaves if leaves[leaf] != record.leaves.get(leaf)}
            record.leaves, record.last_changed = leaves, batch.now
            batch.dirty.add(record.key)
            out.append(record)
    return out


def sources_of(batch: Batch, flow: Flow, hub_ids: Sequence[str]) -> list[str]:
    """Find the sources to which something goes back of those of these golden records that are the flow's documents."""
    targets = [hub_id for hub_id in hub_ids if batch.goldens[hub_id].entity == flow.target]
    if flow.when is not None:
        return _derived_from(batch, flow, targets)
    return sorted(_live(batch, flow, _referred_to(batch, flow, targets) | _referring_to(batch, flow, hub_ids, targets)))


def _derived_from(batch: Batch, flow: Flow, targets: Sequence[str]) -> list[str]:
    """Find the sources that these documents were derived from."""
    own = hub_scope(batch, flow.target)
    batch.load_hubs(targets)
    ext_ids = [
        record.ext_id for hub_id in targets for record in batch.linked[hub_id]
        if record.scope_id == own.id and record.ext_id.startswith(f"{flow.name}/")
    ]  # fmt: skip
    if not ext_ids:
        return []
    rows = batch.tx.select_in(t.derivation, ("source",), "ext_id", ext_ids, equal={"flow": flow.name})
    return sorted(_live(batch, flow, {row[0] for row in rows}))


def _derived(batch: Batch, flow: Flow, sources: Sequence[str]) -> dict[str, list[GoldenState]]:
    """Find everything that was derived from these sources."""
    found = load_documents(batch, flow, sources)
    return {source: [one.golden for one in documents if one.golden is not None] for source, documents in found.items()}


def _referred_to(batch: Batch, flow: Flow, targets: Sequence[str]) -> set[str]:
    """Find the sources that these documents refer to, and those that they referred to before."""
    found: set[str] = set()
    for hub_id in targets:
        golden = batch.goldens[hub_id]
        for leaves in (golden.leaves, golden.before):
            found |= {target for _, entity, target in references(golden.entity, leaves) if entity == flow.source}
    return found


def _referring_to(batch: Batch, flow: Flow, hub_ids: Sequence[str], targets: Sequence[str]) -> set[str]:
    """Find the sources that refer to these documents, as a credit note does to its invoice, and those that were changed."""
    if not _looks_up(flow.source, flow.target):
        return set()
    changed = {hub_id for hub_id in hub_ids if batch.goldens[hub_id].entity == flow.source}
    return changed | {hub_id for _, hub_id, _ in referring(batch.tx, targets)}


@cache
def _looks_up(source: str, target: str) -> bool:
    """Tell whether records of an entity refer to those of another one."""
    return any(info.ref == target for info in paths(source).values())


def _referring(batch: Batch, flow: Flow, sources: Sequence[str]) -> dict[str, list[GoldenState]]:
    """Find all documents that refer to these sources, or that these refer to."""
    around = neighbours(batch, sources)
    goldens = glimpse(batch, {other for others in around.values() for other in others}, flow.target)
    return {source: _fitting(flow, goldens, others) for source, others in around.items()}


def _fitting(flow: Flow, goldens: Mapping[str, GoldenState], others: set[str]) -> list[GoldenState]:
    found = {golden.hub_id: golden for other in others if (golden := goldens.get(other)) is not None}
    return [golden for golden in found.values() if golden.entity == flow.target and golden.state == "live"]


def _live(batch: Batch, flow: Flow, sources: set[str]) -> set[str]:
    """Follow merges, and leave out what is no source of this flow."""
    return {golden.hub_id for golden in glimpse(batch, sources, flow.source).values() if golden.entity == flow.source}

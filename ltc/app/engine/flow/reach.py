"""Reach: what flows see from golden records, and which sources look again when something that they see has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.flow.ways import Sight, View
from ltc.app.engine.state import load_goldens
from ltc.core.models.leaves import by_target, references, unflatten
from ltc.core.store.references import referring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.flow.form import Chain, Flow
    from ltc.app.engine.flow.ways import Hop
    from ltc.app.engine.state import GoldenState


def views(batch: Batch, flow: Flow, sources: Sequence[str]) -> dict[str, View]:
    """Give what a flow sees from each of these sources; they are in the batch already."""
    seen: dict[str, dict[Chain, Sight]] = {hub_id: {(): sight(batch.goldens[hub_id])} for hub_id in sources}
    for chain in flow.chains:
        _extend(batch, flow, chain, seen)
    return {
        hub_id: View(flow.source, found[()], {chain: other for chain, other in found.items() if chain}, flow.roles)
        for hub_id, found in seen.items()
    }


def sight(golden: GoldenState) -> Sight:
    """Look at a golden record."""
    return Sight(golden.hub_id, unflatten(golden.entity, golden.leaves))


def _extend(batch: Batch, flow: Flow, chain: Chain, seen: Mapping[str, dict[Chain, Sight]]) -> None:
    """Follow the last hop of a chain from where its others lead."""
    *before, hop = chain
    origins = {source: found[tuple(before)] for source, found in seen.items() if tuple(before) in found}
    if hop.is_relative:
        ends = _relatives(batch, flow, hop, sorted({origin.hub_id for origin in origins.values()}))
        leads = {source: ends.get(origin.hub_id) for source, origin in origins.items()}
    else:
        targets = {source: origin.nested.get(hop.name) for source, origin in origins.items()}
        known = glimpse(batch, {target for target in targets.values() if target})
        leads = {source: known.get(target or "") for source, target in targets.items()}
    for source, golden in leads.items():
        if golden is not None:
            seen[source][chain] = sight(golden)


def _relatives(batch: Batch, flow: Flow, hop: Hop, hub_ids: Sequence[str]) -> dict[str, GoldenState]:
    """Find for each record its newest live relative of an entity that fulfils what the flow asks of one."""
    condition = flow.relatives[hop.name]
    around = neighbours(batch, hub_ids)
    goldens = glimpse(batch, {other for others in around.values() for other in others}, hop.entity)
    found: dict[str, GoldenState] = {}
    for hub_id in hub_ids:
        fit = [
            golden for other in around[hub_id]
            if (golden := goldens.get(other)) is not None and golden.entity == hop.entity and golden.state == "live"
            and (condition is None or condition(sight(golden).nested))
        ]  # fmt: skip
        if fit:
            found[hub_id] = max(fit, key=lambda golden: golden.hub_id)
    return found


def neighbours(batch: Batch, hub_ids: Sequence[str]) -> dict[str, set[str]]:
    """Find what these records refer to, and what refers to them."""
    found: dict[str, set[str]] = {hub_id: set() for hub_id in hub_ids}
    for target, hub_id, _ in referring(batch.tx, hub_ids):
        found[target].add(hub_id)
    for hub_id, golden in glimpse(batch, hub_ids).items():
        if golden.hub_id == hub_id:  # else it was merged: what it refers to is the survivor's matter
            found[hub_id] |= by_target(references(golden.entity, golden.leaves)).keys()
    return found


def glimpse(batch: Batch, hub_ids: Iterable[str], entity: str = "") -> dict[str, GoldenState]:
    """Look at golden records without taking them into the working set; what was merged away is seen as what it has become.

    Whoever looks for one entity only says so: a record's neighbours are many, and what is left out need not be read.
    """
    found: dict[str, GoldenState] = {}
    became = {hub_id: hub_id for hub_id in hub_ids}
    while wanted := {now for now in became.values() if now not in found}:
        found |= {hub_id: batch.goldens[hub_id] for hub_id in wanted if hub_id in batch.goldens}
        missing = wanted - found.keys()
        if missing:
            found |= {golden.hub_id: golden for golden in load_goldens(batch.tx, missing, entity, lock=False)}
        became = {asked: (found[now].merged_into or now) if now in found else "" for asked, now in became.items() if now}
        became = {asked: now for asked, now in became.items() if now}
    return {asked: found[now] for asked, now in became.items()}


def concerned(batch: Batch, flow: Flow, hub_ids: Sequence[str]) -> list[str]:
    """Find the sources of a flow to look at since these golden records were: themselves, or those that see them."""
    by_entity: dict[str, list[str]] = {}
    for hub_id in hub_ids:
        by_entity.setdefault(batch.goldens[hub_id].entity, []).append(hub_id)
    found = dict.fromkeys(by_entity.get(flow.source, ()))
    for chain in flow.watched:
        ends = by_entity.get(chain[-1].entity, [])
        for place in range(len(chain) - 1, -1, -1):
            if not ends:
                break
            ends = _back(batch, chain[place], chain[place - 1].entity if place else flow.source, ends)
        found |= dict.fromkeys(ends)
    batch.load_hubs(found)
    return [hub_id for hub_id in found if hub_id in batch.goldens and batch.goldens[hub_id].entity == flow.source]


def _back(batch: Batch, hop: Hop, origin: str, ends: Sequence[str]) -> list[str]:
    """Go a hop back: from what it leads to to the records of an entity that it may have started at."""
    if hop.is_relative:
        around = {other for others in neighbours(batch, ends).values() for other in others}
        # What no longer refers to a source has to be looked at from there once more.
        around |= {
            target for end in ends if end in batch.goldens
            for path, target in batch.goldens[end].before.items() if isinstance(target, str) and path == origin
        }  # fmt: skip
    else:
        around = {hub_id for _, hub_id, _ in referring(batch.tx, ends)}
    goldens = glimpse(batch, around, origin)
    return sorted({golden.hub_id for golden in goldens.values() if golden.entity == origin})

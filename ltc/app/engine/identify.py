"""Identify: which real thing a record is about: its link, our id stored in the system, a strong identifier, else a new one.

Weak evidence (an equal tax id, name and postal code) never links by itself: it opens a review for a steward, and until that is
settled neither of the two is created anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.identity import MATCHED, merge_goldens
from ltc.app.engine.recovery import recognise, twins
from ltc.app.engine.state import to_json
from ltc.core.store import tables as t
from mdm.identity import contradictions, match_keys, strong_identifiers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.state import RecordState


def identify(batch: Batch, records: Sequence[RecordState], hub_keys: dict[tuple[int, str], str]) -> None:
    """Link records to golden records; every record that comes in leaves with a hub id."""
    known = {record.hub_id for record in records if record.hub_id is not None}
    batch.load_hubs(sorted(known))
    batch.touched |= known
    unknown = [record for record in records if record.hub_id is None]
    unknown = _by_hub_key(batch, unknown, hub_keys)
    unknown = _by_short_key(batch, unknown)
    unknown = recognise(batch, unknown)
    unknown = _by_strong_identifier(batch, unknown)
    for record in unknown:
        batch.link(record, batch.mint_for(record).hub_id, "new")
    records = [record for record in records if record.hub_id is not None]
    _claim_identifiers(batch, records)
    _release_children(batch, records)
    _follow_source_merges(batch)


def _by_hub_key(batch: Batch, records: list[RecordState], hub_keys: dict[tuple[int, str], str]) -> list[RecordState]:
    """Link records that carry our id; one that another hub minted is not trusted, an unknown one of ours is adopted."""
    if not hub_keys:
        return records
    claims = {record.key: batch.ctx.identity.own_id(hub_keys.get(record.key, "")) for record in records}
    batch.load_hubs(sorted({hub_id for hub_id in claims.values() if hub_id}))
    if batch.ctx.recovery.now(batch.tx):
        claims = _reborn(batch, records, claims)
    left = []
    for record in records:
        hub_id = claims[record.key]
        golden = batch.goldens.get(hub_id) if hub_id else None
        while golden is not None and golden.merged_into:
            batch.load_hubs([golden.merged_into])
            golden = batch.goldens.get(golden.merged_into)
        entity = batch.scope_of(record).entity
        if not hub_id or (golden is not None and golden.entity != entity):
            left.append(record)
            continue
        evidence = "hub_key" if golden is not None and not golden.is_new else "adopted"
        golden = golden or batch.mint(entity, hub_id)
        batch.link(record, golden.hub_id, evidence)
    return left


def _reborn(batch: Batch, records: Sequence[RecordState], claims: dict[tuple[int, str], str]) -> dict[tuple[int, str], str]:
    """Put, for ids of ours that a restored hub does not know, those that it has minted for the same things meanwhile."""
    claims = dict(claims)
    for record in records:
        hub_id = claims[record.key]
        if hub_id and hub_id not in batch.goldens:
            claims[record.key] = twins(batch, batch.scope_of(record).entity, [hub_id]).get(hub_id, hub_id)
    batch.load_hubs(sorted({hub_id for hub_id in claims.values() if hub_id}))
    return claims


def _by_short_key(batch: Batch, records: list[RecordState]) -> list[RecordState]:
    """Link records that carry the short key of a write of ours, even if that write's outcome is still open."""
    keys = sorted({record.short_key for record in records if record.short_key})
    if not keys:
        return records
    rows = batch.tx.select_in(t.intent, ("scope_id", "short_key", "hub_id"), "short_key", keys)
    owners = {(row[0], row[1]): row[2] for row in rows}
    left = []
    for record in records:
        hub_id = owners.get((record.scope_id, record.short_key))
        if hub_id is None:
            left.append(record)
        else:
            batch.load_hubs([hub_id])
            batch.link(record, batch.goldens[hub_id].merged_into or hub_id, "short_key")
    return left


def _by_strong_identifier(batch: Batch, records: list[RecordState]) -> list[RecordState]:
    """Link records that share a strong identifier with exactly one golden record."""
    claims = {record.key: strong_identifiers(batch.scope_of(record).entity, record.leaves) for record in records}
    values = sorted({value for pairs in claims.values() for _, value in pairs})
    if not values:
        return records
    rows = batch.tx.select_in(t.identifier, ("entity", "kind", "value", "hub_id"), "value", values)
    owners = {(entity, kind, value): hub_id for entity, kind, value, hub_id in rows}
    batch.load_hubs(sorted(set(owners.values())))
    left = []
    for record in records:
        entity = batch.scope_of(record).entity
        found = sorted({owners[entity, kind, value] for kind, value in claims[record.key] if (entity, kind, value) in owners})
        hub_id = ""
        if len(found) == 1:
            hub_id = "" if _contradicts(batch, found[0], claims[record.key]) else found[0]
        elif not found and claims[record.key]:
            hub_id = batch.mint_for(record).hub_id
            owners.update({(entity, kind, value): hub_id for kind, value in claims[record.key]})
        if hub_id:
            batch.link(record, hub_id, "identifier" if found else "new")
        else:
            left.append(record)
    return left


def _contradicts(batch: Batch, hub_id: str, claims: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a golden record holds another value of a strong identifier: then a person decides."""
    golden = batch.goldens[hub_id]
    return bool(contradictions(strong_identifiers(golden.entity, golden.leaves), claims))


def _claim_identifiers(batch: Batch, records: Sequence[RecordState]) -> None:
    """Store strong identifiers and weak keys of new or changed records, and open reviews where weak keys meet.

    A strong identifier is unique in the store. If another run claimed it in the meantime, its golden record wins.
    """
    strong: list[tuple[str, str, str, str]] = []
    weak: list[tuple[str, str, str, str]] = []
    for record in records:
        hub_id = record.hub_id
        if hub_id is None or not (hub_id in batch.keys_changed or record.news):
            continue
        entity = batch.scope_of(record).entity
        strong += [(entity, kind, value, hub_id) for kind, value in strong_identifiers(entity, record.leaves)]
        if entity in MATCHED:
            weak += [(entity, kind, value, hub_id) for kind, value in match_keys(entity, record.leaves)]
    columns = ("entity", "kind", "value", "hub_id")
    if strong:
        batch.tx.insert_new(t.identifier, columns, strong, key=columns[:3])
    if weak:
        fresh = batch.tx.insert_new(t.match_key, columns, weak, key=columns)
        _propose(batch, [row for row in weak if row in fresh])


def _propose(batch: Batch, keys: Sequence[tuple[str, str, str, str]]) -> None:
    """Open a review for each pair of golden records that share a weak key."""
    values = sorted({value for _, _, value, _ in keys})
    rows = batch.tx.select_in(t.match_key, ("entity", "kind", "value", "hub_id"), "value", values)
    holders: dict[tuple[str, str, str], list[str]] = {}
    for entity, kind, value, hub_id in rows:
        holders.setdefault((entity, kind, value), []).append(hub_id)
    pairs: dict[tuple[str, str], list[str]] = {}
    entities: dict[tuple[str, str], str] = {}
    for entity, kind, value, hub_id in keys:
        for other in holders.get((entity, kind, value), ()):
            if other != hub_id:
                pair = (min(other, hub_id), max(other, hub_id))
                entities[pair] = entity
                if kind not in pairs.setdefault(pair, []):
                    pairs[pair].append(kind)
    review = ("entity", "left_id", "right_id", "score", "evidence", "state", "created_at")
    batch.tx.insert_new(
        t.review,
        review,
        [
            (entities[pair], *pair, "", to_json({"equal": sorted(kinds)}), "open", batch.now)
            for pair, kinds in sorted(pairs.items())
        ],
        key=("left_id", "right_id"),
    )


def _release_children(batch: Batch, records: Sequence[RecordState]) -> None:
    """Merge those records again that referred to one of these before it was known."""
    by_target: dict[tuple[str, str], list[str]] = {}
    for record in records:
        if record.hub_id in batch.newly_linked:
            scope = batch.scope_of(record)
            by_target.setdefault((scope.system, scope.entity), []).append(record.ext_id)
    for (system, entity), ext_ids in by_target.items():
        here = {"system": system, "entity": entity}
        rows = batch.tx.select_in(t.unresolved, ("scope_id", "ext_id"), "target_ext_id", ext_ids, equal=here)
        if not rows:
            continue
        waiting: dict[int, list[str]] = {}
        for scope_id, ext_id in rows:
            waiting.setdefault(scope_id, []).append(ext_id)
        for scope_id, children in waiting.items():
            if scope_id in batch.ctx.scopes:
                batch.load_records(batch.ctx.scopes[scope_id], children)
                hubs = {batch.records[scope_id, child].hub_id for child in children if (scope_id, child) in batch.records}
                batch.touched |= {hub_id for hub_id in hubs if hub_id}
        batch.tx.delete_in(
            t.unresolved,
            "target_ext_id",
            ext_ids,
            where=(t.unresolved.c.system == system, t.unresolved.c.entity == entity),
        )


def _follow_source_merges(batch: Batch) -> None:
    """Treat a merge that a source system made as a must-link."""
    merged = [record for record in batch.records.values() if record.state == "merged" and record.hub_id and record.merged_into]
    for record in merged:
        scope = batch.scope_of(record)
        batch.load_records(scope, [record.merged_into])
        winner = batch.records.get((scope.id, record.merged_into))
        if winner is None or winner.hub_id is None or winner.hub_id == record.hub_id:
            continue
        merge_goldens(batch, winner.hub_id, record.hub_id or "", actor=scope.system, reason="merged in the source system")

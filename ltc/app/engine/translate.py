"""Translate: a system's record becomes canonical; what does not fit its mapping is parked with field and line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ltc.app.engine.by_line import count_lines
from ltc.app.engine.endings import heed_endings
from ltc.app.engine.exceptions import close_at, edits_for, park, parked_before
from ltc.app.engine.state import Known, RecordState, to_bytes
from ltc.core.contract import Presence, decode_json
from ltc.core.errors import FieldError, Untranslatable
from ltc.core.mapping import explains
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.models.leaves import flatten, generic, row_of

MEANT = "meant"
"""Marks a value in ``sent`` whose form the target chooses freely: what is seen there then means this value."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.intake import Arrivals
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import Raw, RawRecord
    from ltc.core.mapping import Mapping

    Parked: TypeAlias = list[tuple[RecordState, Untranslatable]]

ALTERNATIONS = 3
"""So often a system may take back what the hub wrote before the field is parked."""


class Sighting(NamedTuple):
    """What a body says: its canonical leaves, or None if the mapping's guard does not take it; or what does not fit.

    The raw record itself is let go at once: it is by far the largest of all forms, and a slice of them would not fit the
    processor's cache.
    """

    body: bytes
    digest: str
    version: str
    leaves: dict[str, Any] | None = None
    known: Known | None = None
    hub_key: str = ""
    short_key: str = ""
    fault: Untranslatable | None = None
    stray: Untranslatable | None = None  # the hub key does not fit, which matters only as long as there is no link


def translate(batch: Batch, scope: Scope, arrivals: Arrivals) -> list[RecordState]:
    """Turn arrivals into records with canonical leaves; return those that may go on to identify."""
    mapping = scope.mapping
    if mapping is None:
        return []
    sightings, parked = _sight(batch, scope, mapping, arrivals.bodies)
    batch.load_records(scope, [*sightings, *(mark.id for mark in arrivals.marked)])
    before = parked_before(batch, scope, sightings)
    mended = edits_for(before, {one.ext_id: sightings[one.ext_id].digest for one in before})
    well: list[RecordState] = []
    for ext_id, first in sightings.items():
        record = _sighted(batch, scope, ext_id, first.version)
        if record is None:
            continue
        sighting = _mend(batch, scope, mapping, first, mended[ext_id]) if ext_id in mended else first
        record.raw, record.raw_hash, record.mapping_fp = sighting.body, sighting.digest, mapping.fingerprint
        record.version, record.seen_run = sighting.version, batch.ctx.run_id
        batch.dirty.add(record.key)
        fault = sighting.fault or (sighting.stray if record.hub_id is None else None)
        if fault is not None:
            record.state = "untranslated" if record.is_new else record.state
            parked.append((record, _placed(fault, mapping)))
        elif sighting.leaves is None:
            _leave_scope(batch, record)
        else:
            if record.hub_id is None:
                _note_keys(batch, scope, record, sighting)
            if ext_id in mended:
                record.raw_hash = ""  # what a person mended is looked at again until the source says it itself
            kept = _kept(scope, record, sighting.leaves) if scope.lacking else {}
            see(batch, record, {**kept, **sighting.leaves} if kept else sighting.leaves)
            record.known = None if kept else sighting.known
            record.state = "live"
            well.append(record)
    heed_endings(batch, scope, well)
    park(batch, scope, parked, stage="translate")
    close_at(batch, before, {record.ext_id for record in well}, stage="translate")
    for mark in arrivals.marked:
        _entomb(batch, scope, mark)
    return well


def _sight(
    batch: Batch, scope: Scope, mapping: Mapping, bodies: Sequence[tuple[bytes, str]]
) -> tuple[dict[str, Sighting], Parked]:
    """Read records one by one, by their ids; those that do not say which they are, or which version, are parked."""
    decode = _decoder(batch, scope)
    sightings: dict[str, Sighting] = {}
    parked: Parked = []
    for body, digest in bodies:
        raw, ext_id = decode(body), ""
        try:
            ext_id = _told(mapping.key_of, raw, mapping.key)
            version = _told(mapping.version_of, raw, mapping.version)
        except Untranslatable as fault:
            parked.append((RecordState(scope.id, ext_id), fault))
            continue
        # a record that shows twice in a page: the later one counts
        sightings[ext_id] = _read(batch, scope, mapping, raw, (body, digest, version))
    return sightings, parked


def _decoder(batch: Batch, scope: Scope) -> Callable[[bytes], Raw]:
    """Give what decodes a body: where it is plain JSON, numbers may stay as they are written, since most are only passed on."""
    if scope.spec is not None and scope.spec.plain_json:
        return decode_json
    return partial(batch.ctx.connectors[scope.system].decode, scope.object)


def _mend(batch: Batch, scope: Scope, mapping: Mapping, sighting: Sighting, edit: dict[str, Any]) -> Sighting:
    """Read a record again with what a person mended in it."""
    raw = batch.ctx.connectors[scope.system].decode(scope.object, sighting.body)
    return _read(batch, scope, mapping, {**raw, **edit}, sighting[:3])


def _read(batch: Batch, scope: Scope, mapping: Mapping, raw: Raw, of: tuple[bytes, str, str]) -> Sighting:
    """Bring a raw record into its canonical form, and read what it says about whose it is."""
    body, digest, version = of
    try:
        if not mapping.applies(raw):
            return Sighting(body, digest, version)
        leaves, known = _leaves(batch, scope, mapping, raw)
    except Untranslatable as fault:
        return Sighting(body, digest, version, fault=fault)
    if scope.deprecated or scope.shadow is not None:
        count_lines(batch.ctx, scope, raw, leaves)
    short = scope.spec.short_key if scope.spec is not None else ""
    short_key = str(raw.get(short) or "") if short else ""
    if not mapping.hub_key:
        return Sighting(body, digest, version, leaves, known, "", short_key)
    try:
        return Sighting(body, digest, version, leaves, known, _told(mapping.hub_key_of, raw, mapping.hub_key), short_key)
    except Untranslatable as fault:
        return Sighting(body, digest, version, leaves, known, "", short_key, stray=fault)


def _leaves(batch: Batch, scope: Scope, mapping: Mapping, raw: Raw) -> tuple[dict[str, Any], Known]:
    """Read a record into leaves: straight, if nothing needs a second look, else by its nested form, which is checked."""
    straight = mapping.leaves(raw) if scope.entity not in batch.ctx.schemas else None
    if straight is not None:
        leaves, refers = straight
        return leaves, Known(leaves, refers, to_bytes(leaves))
    nested = mapping.get(raw)
    batch.ctx.validate(scope.entity, nested, proven=mapping.proven)
    leaves = flatten(scope.entity, nested)
    return leaves, Known(leaves, text=to_bytes(leaves))


def _kept(scope: Scope, record: RecordState, leaves: dict[str, Any]) -> dict[str, Any]:
    """Give what a system said last of fields that it does not have any more: that a field is gone takes no value away."""
    kept: dict[str, Any] = {}
    for leaf, value in record.leaves.items():
        row = row_of(leaf)
        if leaf not in leaves and scope.lacks(leaf) and (row in ("", leaf) or row in leaves or scope.lacks(row)):
            kept[leaf] = value
    return kept


def _told(read: Callable[[Raw], str], raw: Raw, source: str) -> str:
    """Read what a record says of itself: its id, its version, our id; a group where a plain value should be does not fit."""
    try:
        return read(raw)
    except BadValue as problem:
        raise Untranslatable(errors=[FieldError(problem.code, problem.message, source=source)]) from None


def _note_keys(batch: Batch, scope: Scope, record: RecordState, sighting: Sighting) -> None:
    """Note what the record says about whose it is: our id, or the short key of a write of ours."""
    if scope.mapping is not None and scope.mapping.hub_key:
        batch.hub_keys[record.key] = sighting.hub_key
    if scope.spec is not None and scope.spec.short_key:
        record.short_key = sighting.short_key


def _sighted(batch: Batch, scope: Scope, ext_id: str, version: str) -> RecordState | None:
    """Find or make the record; None for a sighting that is older than what is known."""
    record = batch.records.get((scope.id, ext_id))
    if record is None:
        record = RecordState(scope.id, ext_id, first_seen=batch.now, last_changed=batch.now, is_new=True)
        batch.records[record.key] = record
        return record
    return None if version and record.version and version < record.version and not record.sent else record


def see(batch: Batch, record: RecordState, leaves: dict[str, Any]) -> None:
    """Compare what is seen with what was seen before: learn normal forms, and note what is news."""
    if record.is_new and not record.sent:
        record.leaves = leaves
        return
    before = record.leaves
    for leaf, sent in record.sent.items():
        seen = leaves.get(leaf)
        meant = isinstance(sent, dict) and sent.get(MEANT)
        if leaf in leaves and seen not in (sent, before.get(leaf)) and (meant or explains(sent, seen)):
            record.normal_forms[leaf] = [meant or sent, seen]
            before = {**before, leaf: seen}
        else:
            record.normal_forms.pop(leaf, None)
    record.sent = {}
    if record.is_new or not before:
        record.news = set()
    else:
        edited = {leaf for leaf, value in leaves.items() if leaf in before and before[leaf] != value}
        edited |= {leaf for leaf in before if leaf not in leaves and "[" in leaf}
        edited |= {leaf for leaf in leaves if leaf not in before and "[" in leaf and row_of(leaf) not in before}
        for leaf in edited:
            record.normal_forms.pop(leaf, None)
            record.stamps[leaf] = batch.now
            _watch_for_loop(batch, record, leaf, before.get(leaf), leaves.get(leaf))
        record.news = edited | {leaf for leaf in leaves if leaf not in before}  # a leaf first seen is old, not an edit
        if record.news:
            record.last_changed = batch.now
    record.leaves = leaves


def _watch_for_loop(batch: Batch, record: RecordState, leaf: str, before: object, now: object) -> None:
    """Count how often a system takes back what the hub wrote; the count survives any number of days."""
    last = record.flips.get(leaf)
    if last is not None and last[0] == now and last[0] != before:
        record.flips[leaf] = [now, last[1] + 1]
        if last[1] + 1 == ALTERNATIONS:
            fault = FieldError(
                "record.loop",
                f"alternates between {before!r} and {now!r}: the hub and {batch.scope_of(record).system} overwrite each other.",
                path=leaf,
            )
            park(batch, batch.scope_of(record), [(record, Untranslatable(errors=[fault]))], stage="loop")
    else:
        record.flips[leaf] = [now, 0]


def loops(record: RecordState) -> set[str]:
    """Name the leaves that the loop breaker holds."""
    return {leaf for leaf, (_, count) in record.flips.items() if count >= ALTERNATIONS}


def _leave_scope(batch: Batch, record: RecordState) -> None:
    """Note that the mapping's guard no longer takes the record: it keeps its link but has no say."""
    if record.state != "out_of_scope":
        record.state = "out_of_scope"
        batch.ctx.count(batch.scope_of(record), "out_of_scope")
        if record.hub_id is not None:
            batch.touched.add(record.hub_id)
            batch.log(record, "out_of_scope")


def _entomb(batch: Batch, scope: Scope, mark: RawRecord) -> None:
    """Note a deletion or a merge in the source; a record that the hub never saw is not kept."""
    record = batch.records.get((scope.id, mark.id))
    state = "merged" if mark.presence is Presence.MERGED else "deleted"
    if record is None or (record.state == state and record.merged_into == mark.merged_into):
        return
    record.state, record.merged_into = state, mark.merged_into
    record.version = mark.version or record.version
    record.seen_run = batch.ctx.run_id
    batch.dirty.add(record.key)
    batch.log(record, state, {"into": mark.merged_into} if mark.merged_into else None)
    if record.hub_id is not None:
        batch.touched.add(record.hub_id)


def _placed(fault: Untranslatable, mapping: Mapping) -> Untranslatable:
    """Add the mapping's line to errors that the model found."""
    lines = {line.path: line for line in mapping.lines}

    def place(error: FieldError) -> FieldError:
        line = lines.get(generic(error.path)) or lines.get(error.path.partition(".")[0])
        if error.line or line is None:
            return error
        return replace(
            error, file=line.file, line=line.line, column=line.column, source=error.source or line.source,
            operation=error.operation or line.operation,
        )  # fmt: skip

    return Untranslatable(errors=[place(error) for error in fault.errors])

"""Payloads: what a change means in the target's own fields, with the target's own ids; what it must wait for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from ltc.app.engine.batch import Batch
from ltc.app.engine.bind import park_changes
from ltc.app.engine.desires import to_create
from ltc.app.engine.freezing import SILENT, is_frozen, refusal
from ltc.app.engine.translate import MEANT
from ltc.core.contract import Verb, WriteItem
from ltc.core.errors import LtcError, Rejected, Untranslatable
from ltc.core.models.leaves import generic, references, replace_references, unflatten
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import RecordState
    from ltc.core.contract import Raw

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Due:
    """A change that is due, as it stands in the outbox; a create that was not begun has its values once it is drafted."""

    id: int
    hub_id: str
    ext_id: str
    verb: Verb
    desire: int
    attempts: int
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is ready to be written: the item, the golden values that it sends, and the leaves that it should lead to.

    ``begun`` is when its intent was stored; "" before.
    """

    change: Due
    item: WriteItem
    sent: dict[str, Any]
    expected: dict[str, Any]
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A reference that the target does not have yet."""

    entity: str
    hub_id: str


def intent_key(scope: Scope, change: Due, epoch: str = "") -> str:
    """Name a write: the same desire has the same key, however often it is tried; a restored hub counts its desires anew."""
    text = f"{scope.system}/{scope.object}/{change.hub_id}/{change.verb}/{change.desire}{epoch and '/'}{epoch}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def encode_payload(item: WriteItem) -> bytes:
    """Give the exact bytes of a write, from which it can be sent again."""
    return _encoder.encode({"fields": item.fields, "before": item.before, "parent": item.parent})


def decode_payload(payload: bytes) -> Any:
    """Read a stored payload: fields, before, parent."""
    return _decoder.decode(payload)


def draft(ctx: Context, scope: Scope, due: Sequence[Due]) -> list[Draft]:
    """Translate due changes back; those that lack a reference wait, those that cannot be said are parked."""
    return ctx.transact(lambda tx: _draft(Batch(ctx, tx, ctx.now()), scope, due))


def _draft(batch: Batch, scope: Scope, due: Sequence[Due]) -> list[Draft]:
    ready: list[Draft] = []
    waiting: list[tuple[Due, list[Missing]]] = []
    moot: list[tuple[Due, RecordState | None]] = []
    faults: list[tuple[Due, LtcError]] = []
    batch.load_hubs([change.hub_id for change in due])
    due = [_begun(scope, change, batch.goldens[change.hub_id].leaves) for change in due]
    local = hub_to_local(batch, scope, due)
    for change in due:
        golden = batch.goldens[change.hub_id]
        record = batch.records.get((scope.id, change.ext_id)) if change.ext_id else None
        if golden.merged_into or (record is None and change.verb is not Verb.CREATE):
            moot.append((change, None))
            continue
        try:
            leaves, missing, blocking = localise(scope, change, local)
            if blocking or (missing and not leaves and change.after):
                waiting.append((change, missing))
                continue
            if record is not None and change.verb in SILENT and is_frozen(batch.ctx, scope, record):
                raise refusal(scope, change.ext_id, change.after)
            item = _item(batch.ctx, scope, change, leaves, record)
        except (Untranslatable, Rejected) as fault:
            faults.append((change, fault))
            continue
        if not item.fields and change.verb is Verb.AMEND:
            moot.append((change, record))
            continue
        refers = {leaf for leaf, _, _ in references(scope.entity, leaves)}
        sent = {leaf: value for leaf, value in leaves.items() if leaf not in refers and value is not None}
        if change.verb is Verb.DEACTIVATE:
            sent = {leaf: {MEANT: value} for leaf, value in sent.items()}
        ready.append(Draft(change, item, sent, leaves))
    _wait(batch, scope, waiting)
    _drop(batch, moot)
    park_changes(batch, scope, faults)
    batch.keep()
    return ready


def _begun(scope: Scope, change: Due, leaves: Mapping[str, Any]) -> Due:
    """Let a create that is begun mean what its golden record says now."""
    return replace(change, after=to_create(scope, leaves)) if change.verb is Verb.CREATE and not change.after else change


def localise(scope: Scope, change: Due, local: Mapping[tuple[str, str], str]) -> tuple[dict[str, Any], list[Missing], bool]:
    """Put the target's own ids in place of hub ids; say which are missing, and whether the change cannot go without them."""
    refers = references(scope.entity, change.after)
    leaves, unknown = replace_references(change.after, refers, lambda entity, hub_id: local.get((entity, hub_id)))
    if not unknown:
        return leaves, [], False
    lost = set(unknown)
    required = {line.path for line in scope.mapping.refs if line.required} if scope.mapping is not None else set()
    missing = [Missing(entity, hub_id) for leaf, entity, hub_id in refers if leaf in lost]
    return leaves, missing, any(leaf.endswith("]") or generic(leaf) in required for leaf in unknown)


def hub_to_local(batch: Batch, scope: Scope, due: Iterable[Due]) -> dict[tuple[str, str], str]:
    """Find the target's own ids of everything that these changes refer to; the primary record counts."""
    wanted: dict[str, set[str]] = {}
    for change in due:
        for _, entity, hub_id in references(scope.entity, change.after):
            wanted.setdefault(entity, set()).add(hub_id)
    found: dict[tuple[str, str], str] = {}
    for entity, hub_ids in wanted.items():
        for other in batch.ctx.scopes_of(scope.system, entity):
            rows = batch.tx.select_in(
                t.record, ("hub_id", "ext_id", "is_primary"), "hub_id", sorted(hub_ids),
                equal={"scope_id": other.id, "state": "live"},
            )  # fmt: skip
            for hub_id, ext_id, _ in sorted(rows, key=lambda row: bool(row[2])):
                found[entity, hub_id] = ext_id
    return found


def _item(ctx: Context, scope: Scope, change: Due, leaves: dict[str, Any], record: RecordState | None) -> WriteItem:
    mapping, spec = scope.mapping, scope.spec
    if mapping is None or spec is None:
        message = f"{scope.system} has no mapping for {scope.entity}."
        raise Rejected(message)
    before: Raw | None = None
    if record is None:
        fields = mapping.put(None, unflatten(scope.entity, leaves))
    else:
        before = ctx.connectors[scope.system].decode(scope.object, record.raw)
        fields = {}
        if change.verb is Verb.AMEND:
            desired = overlay(record.leaves, leaves)
            only = {generic(leaf) for leaf in leaves}
            fields = mapping.put(before, unflatten(scope.entity, desired), only)
    if mapping.hub_key and (fields or record is None) and not mapping.hub_key_of(before or {}):
        fields[mapping.hub_key] = ctx.identity.hub_key(change.hub_id)
    return WriteItem(
        key=intent_key(scope, change, ctx.identity.epoch),
        short_key=ctx.identity.short_key(scope.system, scope.object, change.hub_id),
        verb=change.verb,
        id=change.ext_id,
        fields=fields,
        before=before,
        parent=next((str(fields[name]) for name in spec.parents if fields.get(name)), ""),
    )


def overlay(seen: Mapping[str, Any], leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Lay desired leaves over what the target holds; a row whose own leaf is None goes, with all that it holds."""
    gone = tuple(leaf for leaf, value in leaves.items() if leaf.endswith("]") and value is None)
    desired = {leaf: value for leaf, value in seen.items() if not (gone and leaf.startswith(gone))}
    return desired | {leaf: value for leaf, value in leaves.items() if leaf not in gone}


def _wait(batch: Batch, scope: Scope, waiting: Sequence[tuple[Due, list[Missing]]]) -> None:
    """Let changes wait; they are released when what they refer to is bound in the target."""
    rows = [(change.id, scope.system, one.entity, one.hub_id) for change, missing in waiting for one in missing]
    batch.tx.insert_new(t.wait, ("change_id", "system", "entity", "target"), rows, key=("change_id", "system", "target"))
    batch.tx.update_many(
        t.change, ("id",), ("state", "reason", "updated_at"),
        [
            (change.id, "waiting", "waits for " + ", ".join(sorted({one.entity for one in missing})), batch.now)
            for change, missing in waiting
        ],
    )  # fmt: skip
    batch.ctx.count(scope, "waiting", len(waiting))


def _drop(batch: Batch, moot: Sequence[tuple[Due, RecordState | None]]) -> None:
    """Close changes that need no write: the target cannot express the difference, or its record is gone."""
    for change, record in moot:
        if record is not None:
            for leaf, value in change.after.items():
                record.normal_forms[leaf] = [value, record.leaves.get(leaf)]
            batch.dirty.add(record.key)
    batch.tx.update_many(
        t.change, ("id",), ("state", "reason", "updated_at"),
        [(change.id, "dropped", "nothing to write", batch.now) for change, _ in moot],
    )  # fmt: skip

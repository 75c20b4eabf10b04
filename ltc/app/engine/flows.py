"""Flows at work: a document gives rise to the next one, as a record of the system `hub` that goes the same way as all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from ltc.app.engine.exceptions import park, resolve
from ltc.app.engine.roll_ups import aggregate
from ltc.app.engine.scope import HUB
from ltc.app.engine.state import RecordState, from_json, to_json
from ltc.core.errors import FieldError, Untranslatable
from ltc.core.models.leaves import flatten, unflatten
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.roll_ups import RollUp
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import GoldenState

RETRACTED = "retracted"
ROUND = "#"
"""Stands in a slot before the number of its round: a document that was taken back may be begun again."""

FULFILLED = frozenset({"partially_delivered", "delivered", "invoiced", "closed"})
"""States of a document of which something was fulfilled already."""

DERIVATION_COLUMNS = ("flow", "source", "slot", "ext_id", "entity", "state", "memory", "created_at")


@dataclass(frozen=True, slots=True)
class Rows:
    """How the rows of a derived list follow from those of the source's list; new rows are numbered in steps."""

    source: str
    source_key: str
    key: str
    fields: Mapping[str, str]
    step: int = 10


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow file, ready to run.

    ``fields`` maps target leaves to source leaves, ``constants`` to fixed values, ``lists`` target lists to their rows.
    ``follow_until`` names, per target leaf, the states of the derived document from which on the source is not followed; a
    leaf that is not named is a snapshot, taken when the document was derived.
    """

    name: str
    file: str
    source: str
    target: str
    when: Callable[[dict[str, Any]], bool]
    slot: str
    live_from: str
    adopt: Mapping[str, str]
    fields: Mapping[str, str]
    constants: Mapping[str, Any]
    lists: Mapping[str, Rows]
    follow_until: Mapping[str, frozenset[str]]
    on_retract: Literal["ignore", "cancel", "exception"]
    roll_ups: Sequence[RollUp] = ()
    line: int = 0


def derive(batch: Batch, hub_ids: Sequence[str]) -> list[RecordState]:
    """Run every flow over the golden records that were looked at; return derived records that are new or changed."""
    out: list[RecordState] = []
    for flow in batch.ctx.flows:
        sources = [hub_id for hub_id in hub_ids if batch.goldens[hub_id].entity == flow.source]
        targets = [hub_id for hub_id in hub_ids if batch.goldens[hub_id].entity == flow.target]
        if sources:
            out += _derive_documents(batch, flow, sources)
        if targets and flow.roll_ups:
            out += _roll_up(batch, flow, targets)
    return out


def _derive_documents(batch: Batch, flow: Flow, sources: Sequence[str]) -> list[RecordState]:
    scope = hub_scope(batch, flow.target)
    rows = batch.tx.select_in(
        t.derivation,
        ("source", "slot", "ext_id", "memory", "state"),
        "source",
        list(sources),
        where=(t.derivation.c.flow == flow.name,),
    )
    known = _newest(rows)
    batch.load_records(scope, [row[2] for row in rows])
    out: list[RecordState] = []
    kept: list[tuple[Any, ...]] = []
    for source_id in sources:
        golden = batch.goldens[source_id]
        nested = unflatten(golden.entity, golden.leaves)
        slot = str(golden.leaves.get(flow.slot) or "") if flow.slot else ""
        row = known.get((source_id, slot))
        wanted = golden.state == "live" and flow.when(nested)
        if row is not None and wanted and row[4] == RETRACTED and _may_begin_again(batch, flow, scope, row):
            slot, row = _next_round(row[1]), None
        if row is None:
            if wanted and _is_live(flow, golden):
                record, derivation = _first(batch, flow, scope, golden, slot)
                out.append(record)
                kept.append(derivation)
            continue
        known_record = batch.records.get((scope.id, row[2]))
        if known_record is None or known_record.state != "live":
            continue
        record = known_record
        if not wanted:
            taken_back = _retract(batch, flow, scope, record)
            out += taken_back
            kept += [(flow.name, source_id, row[1], record.ext_id, flow.target, RETRACTED, row[3], batch.now) for _ in taken_back]
            continue
        if row[4] == RETRACTED:
            continue
        resolve(batch, scope, [record.ext_id], stage="flow")
        memory = from_json(row[3])
        leaves = _follow(batch, flow, golden, record, memory)
        if leaves != record.leaves:
            record.news = {leaf for leaf in {*leaves, *record.leaves} if leaves.get(leaf) != record.leaves.get(leaf)}
            record.stamps |= dict.fromkeys(record.news, batch.now)
            record.leaves, record.last_changed = leaves, batch.now
            batch.dirty.add(record.key)
            out.append(record)
            kept.append((flow.name, source_id, row[1], record.ext_id, flow.target, row[4], to_json(memory), batch.now))
    batch.tx.upsert(t.derivation, DERIVATION_COLUMNS, kept, key=("flow", "source", "slot"), update=("state", "memory"))
    return out


def _newest(rows: Iterable[Any]) -> dict[tuple[str, str], Any]:
    """Find the newest document of each source and slot: what was taken back and came again is in a further round."""
    newest: dict[tuple[str, str], Any] = {}
    for row in sorted(rows, key=lambda row: _round(row[1])):
        newest[row[0], row[1].partition(ROUND)[0]] = row
    return newest


def _round(slot: str) -> int:
    """Tell how often a document was begun.

    >>> _round(""), _round("a"), _round("a#3")
    (1, 1, 3)
    """
    return int(slot.partition(ROUND)[2] or 1)


def _next_round(slot: str) -> str:
    """Name the slot of a document that is begun again.

    >>> _next_round(""), _next_round("a#2")
    ('#2', 'a#3')
    """
    return f"{slot.partition(ROUND)[0]}{ROUND}{_round(slot) + 1}"


def _may_begin_again(batch: Batch, flow: Flow, scope: Scope, row: Any) -> bool:
    """Let a document that was taken back be made anew, unless the old one had begun to be fulfilled: then a person decides."""
    record = batch.records.get((scope.id, row[2]))
    if record is None or record.hub_id is None:
        return True
    batch.load_hubs([record.hub_id])
    document = batch.goldens.get(record.hub_id)
    status = str(document.leaves.get("status") or "") if document is not None else ""
    if status not in FULFILLED:
        return True
    fault = FieldError(
        "flow.begun_again",
        f"The {flow.source} meets the flow's condition again, but its {flow.target} is {status} and was cancelled in part.",
        path="status",
        file=flow.file,
        line=flow.line,
    )
    park(batch, scope, [(record, Untranslatable(errors=[fault]))], stage="flow")
    return False


def hub_scope(batch: Batch, entity: str) -> Scope:
    """Find the scope of derived records of an entity."""
    return batch.ctx.scopes_of(HUB, entity)[0]


def _is_live(flow: Flow, golden: GoldenState) -> bool:
    """Tell whether a document is young enough to be derived from; older ones are linked if found, never derived."""
    closed = str(golden.leaves.get("closed_at") or golden.leaves.get("close_date") or golden.created_at)
    return not flow.live_from or closed[:10] >= flow.live_from


def _first(batch: Batch, flow: Flow, scope: Scope, golden: GoldenState, slot: str) -> tuple[RecordState, tuple[Any, ...]]:
    """Derive a document for the first time, or take the one that a person made already for the same deal."""
    memory: dict[str, Any] = {}
    ext_id = f"{flow.name}/{golden.hub_id}" + (f"/{slot}" if slot else "")
    record = RecordState(
        scope.id, ext_id, leaves=compute(flow, golden, memory), first_seen=batch.now, last_changed=batch.now, is_new=True
    )
    batch.records[record.key] = record
    batch.dirty.add(record.key)
    adopted = _adoptable(batch, flow, golden.hub_id)
    if adopted:
        batch.link(record, adopted, "adopted")
    state = "adopted" if adopted else "derived"
    return record, (flow.name, golden.hub_id, slot, ext_id, flow.target, state, to_json(memory), batch.now)


def _adoptable(batch: Batch, flow: Flow, source_id: str) -> str:
    """Find one document of the target entity that refers to the source and that no flow derived."""
    if not flow.adopt:
        return ""
    rows = batch.tx.execute(select(t.reference.c.hub_id).where(t.reference.c.target == source_id)).all()
    batch.load_hubs(sorted({row[0] for row in rows}))
    wanted = {(system, obj) for system, obj in flow.adopt.items()}
    found = []
    for hub_id in sorted({row[0] for row in rows}):
        golden = batch.goldens.get(hub_id)
        if golden is None or golden.entity != flow.target or golden.state != "live":
            continue
        scopes = [batch.scope_of(record) for record in batch.linked[hub_id] if record.speaks]
        by_hand = any((scope.system, scope.object) in wanted or (scope.role, scope.object) in wanted for scope in scopes)
        if by_hand and not any(scope.is_hub for scope in scopes):
            found.append(hub_id)
    return found[0] if len(found) == 1 else ""


def compute(flow: Flow, golden: GoldenState, memory: dict[str, Any]) -> dict[str, Any]:
    """Work out the derived leaves; ``memory`` keeps the numbers given to rows, so that they never shift.

    What the source does not say, the document leaves to others: an ERP fills in the text of a line from its material.
    """
    leaves: dict[str, Any] = dict(flow.constants)
    for target, path in flow.fields.items():
        for leaf, value in golden.leaves.items():
            if value is not None and (leaf == path or leaf.startswith(path + ".")):
                leaves[target + leaf[len(path) :]] = value
        if path == "hub_id":
            leaves[target] = golden.hub_id
    for target, rows in flow.lists.items():
        numbers = memory.setdefault(target, {})
        nested = unflatten(golden.entity, golden.leaves).get(rows.source) or []
        derived = []
        for row in nested:
            source_key = str(row[rows.source_key])
            if source_key not in numbers:
                numbers[source_key] = str(
                    (max((int(number) for number in numbers.values()), default=0) // rows.step + 1) * rows.step
                )
            fields = {name: row[path] for name, path in rows.fields.items() if row.get(path) is not None}
            derived.append({rows.key: numbers[source_key], **fields})
        leaves |= flatten(flow.target, {target: derived})
    return leaves


def _follow(batch: Batch, flow: Flow, golden: GoldenState, record: RecordState, memory: dict[str, Any]) -> dict[str, Any]:
    """Let those leaves follow their source that still may; a change that comes too late is an exception, not a silent edit."""
    now = compute(flow, golden, memory)
    document = batch.goldens.get(record.hub_id or "")
    status = str(document.leaves.get("status") or "") if document else ""
    leaves = dict(record.leaves)
    late: list[FieldError] = []
    for leaf in {*now, *record.leaves}:
        if now.get(leaf) == record.leaves.get(leaf):
            continue
        rule = flow.follow_until.get(leaf.partition("[")[0].partition(".")[0]) or flow.follow_until.get(leaf)
        if rule is None:
            continue
        if status in rule:
            there, here = record.leaves.get(leaf), now.get(leaf)
            late.append(
                FieldError(
                    "flow.too_late",
                    f"changed after the {flow.target} was {status}: {there!r} there, {here!r} at the source.",
                    path=leaf,
                    file=flow.file,
                    line=flow.line,
                )
            )
        elif leaf in now:
            leaves[leaf] = now[leaf]
        else:
            del leaves[leaf]
    if late:
        park(batch, batch.scope_of(record), [(record, Untranslatable(errors=late))], stage="flow")
    return leaves


def _retract(batch: Batch, flow: Flow, scope: Scope, record: RecordState) -> list[RecordState]:
    """Act when the condition no longer holds: leave it, cancel the document, or ask a person."""
    if flow.on_retract == "ignore" or record.leaves.get("status") == "cancelled":
        return []
    if flow.on_retract == "cancel":
        record.leaves = {**record.leaves, "status": "cancelled"}
        record.stamps["status"] = batch.now
        record.news = {"status"}
        batch.dirty.add(record.key)
        return [record]
    fault = FieldError(
        "flow.retracted",
        f"The {flow.source} no longer meets the flow's condition.",
        path="status",
        file=flow.file,
        line=flow.line,
    )
    park(batch, scope, [(record, Untranslatable(errors=[fault]))], stage="flow")
    return []


def _roll_up(batch: Batch, flow: Flow, targets: Sequence[str]) -> list[RecordState]:
    """Carry values back to the sources of these documents, through the one way back that is named."""
    own = hub_scope(batch, flow.target)
    ext_ids = [
        record.ext_id for hub_id in targets for record in batch.linked[hub_id]
        if record.scope_id == own.id and record.ext_id.startswith(f"{flow.name}/")
    ]  # fmt: skip
    rows = batch.tx.select_in(t.derivation, ("source",), "ext_id", ext_ids, where=(t.derivation.c.flow == flow.name,))
    sources = sorted({row[0] for row in rows})
    siblings = batch.tx.select_in(
        t.derivation, ("source", "ext_id"), "source", sources, where=(t.derivation.c.flow == flow.name,)
    )
    batch.load_records(own, [ext_id for _, ext_id in siblings])
    batch.load_hubs(sources)
    back = hub_scope(batch, flow.source)
    batch.load_records(back, [f"{flow.name}/{source}" for source in sources])
    out = []
    for source in sources:
        documents = [
            batch.records[own.id, ext_id].hub_id for owner, ext_id in siblings
            if owner == source and (own.id, ext_id) in batch.records
        ]  # fmt: skip
        batch.load_hubs([hub_id for hub_id in documents if hub_id])
        goldens = [batch.goldens[hub_id] for hub_id in documents if hub_id]
        leaves = {roll.leaf: aggregate(roll, goldens) for roll in flow.roll_ups}
        record = batch.records.get((back.id, f"{flow.name}/{source}"))
        if record is None:
            record = RecordState(back.id, f"{flow.name}/{source}", first_seen=batch.now, last_changed=batch.now, is_new=True)
            batch.records[record.key] = record
            batch.link(record, source, "roll_up")
        if leaves != record.leaves:
            record.stamps |= {leaf: batch.now for leaf in leaves if leaves[leaf] != record.leaves.get(leaf)}
            record.leaves, record.last_changed = leaves, batch.now
            batch.dirty.add(record.key)
            out.append(record)
    return out

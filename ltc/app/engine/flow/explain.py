"""Explain: what flows did with a record and why, and what one would do with it now; told as documents for people and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.back import sources_of
from ltc.app.engine.flow.conditions import parts_of
from ltc.app.engine.flow.dates import day_of
from ltc.app.engine.flow.documents import ADOPTED, DERIVED, LINKED
from ltc.app.engine.flow.looking import late, look, looking, why
from ltc.app.engine.flow.reach import glimpse
from ltc.app.engine.flow.roll_ups import aggregate
from ltc.app.engine.flow.rules import rule_of
from ltc.app.engine.flow.shares import Part
from ltc.app.engine.flow.veil import Veil
from ltc.app.engine.scope import HUB
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.models.leaves import references
from ltc.core.store import tables as t
from ltc.core.store.queries import exceptions as parked
from ltc.core.store.queries import graph, search
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.context import Context
    from ltc.app.engine.flow.documents import Document
    from ltc.app.engine.flow.form import Flow, Formula
    from ltc.app.engine.flow.looking import Drawn, Look
    from ltc.app.engine.flow.roll_ups import RollUp
    from ltc.app.engine.state import GoldenState, RecordState
    from ltc.core.store import Tx

Told = dict[str, Any]
MOST = 20
"""So many records are looked at, at most, where one id names several."""


def preview(ctx: Context, name: str, any_id: str, through: Sequence[str]) -> Told:
    """Say what a flow would make now of the source that an id leads to; nothing is written.

    An id of another document leads to the source in the same deal; ``through`` names the entities that make up a deal.
    """
    flow = _flow(ctx, name)
    with ctx.store.reading() as tx:
        sources = _sources(tx, flow, any_id, through)
        return {"flow": _head(flow), "sources": [_previewed(ctx, looking(ctx, tx), flow, hub_id) for hub_id in sources]}


def _flow(ctx: Context, name: str) -> Flow:
    flows = {flow.name: flow for flow in ctx.flows}
    if name not in flows:
        remedy = did_you_mean(name, flows) or f"Its flows: {', '.join(flows) or 'none'}."
        raise Misconfigured(f"The hub has no flow {name!r}.", remedy=remedy, code="flow.unknown")
    if flows[name].when is None:
        remedy = "`ltc flow explain` says what it gives back."
        raise Misconfigured(f"The flow {name} derives nothing: it only rolls up.", remedy=remedy, code="flow.derives_nothing")
    return flows[name]


def _found(tx: Tx, any_id: str) -> list[Told]:
    found = search.find(tx, any_id.strip()) if any_id.strip() else []
    if not found:
        message = f"No record of any system has the id {any_id!r}."
        raise Rejected(message, remedy="Give a hub id, a system's own id, or a document number.", code="flow.unknown_id")
    return found[:MOST]


def _sources(tx: Tx, flow: Flow, any_id: str, through: Sequence[str]) -> list[str]:
    """Find the sources that an id names, or those in the same deal as what it names."""
    found = _found(tx, any_id)
    named = [one["hub_id"] for one in found if one["entity"] == flow.source]
    if not named:
        near = graph.connected(tx, [one["hub_id"] for one in found], through=through, most=MOST * 10).distances
        rows = tx.select_in(t.golden, ("hub_id", "entity"), "hub_id", near)
        named = sorted((hub_id for hub_id, entity in rows if entity == flow.source), key=lambda hub_id: (near[hub_id], hub_id))
    if not named:
        kinds = ", ".join(sorted({one["entity"] for one in found}))
        message = f"{any_id!r} names {kinds}, and no {flow.source} hangs together with it."
        raise Rejected(message, remedy=f"Give the id of a {flow.source}.", code="flow.no_source")
    return named[:MOST]


def _head(flow: Flow) -> Told:
    return {"name": flow.name, "file": flow.file, "line": flow.line, "from": flow.source, "to": flow.target}


def _named(golden: GoldenState) -> Told:
    status = golden.leaves.get("status") or golden.state
    number = golden.leaves.get("number")
    return {"entity": golden.entity, "hub_id": golden.hub_id, "number": number, "label": golden.label, "state": status}


def _previewed(ctx: Context, batch: Batch, flow: Flow, hub_id: str) -> Told:
    seen = look(batch, flow, hub_id)
    veil = Veil(ctx.schemas)
    return {
        "source": _named(seen.golden), "why": why(seen), **_conditions(seen, veil), "slots": seen.slots,
        "documents": [{**_document(batch, seen, one), "leaves": _leaves(batch, seen, one, veil)} for one in seen.drawn],
        "questions": [
            {
                "id": ext_id, "code": error.code, "message": error.message, "path": error.path, "file": error.file,
                "line": error.line,
            }
            for ext_id, error in seen.faults
        ],
    }  # fmt: skip


def _conditions(seen: Look, veil: Veil) -> Told:
    flow = seen.flow
    since = {"day": day_of(seen.golden.leaves, seen.golden.created_at), "from": flow.live_from, "holds": seen.is_young}
    told: Told = {"when": _condition(seen, flow.begins, "when", veil)}
    if flow.stays is not None:
        told["while"] = _condition(seen, flow.stays, "while", veil)
    return {**told, "live_from": since}


def _condition(seen: Look, formula: Formula, key: str, veil: Veil) -> Told:
    outcome = seen.begins if key == "when" else seen.stays
    parts = [
        {
            "text": part.text, "holds": part.outcome.holds, "waits_for": part.outcome.waits_for,
            "reads": [{"path": path, "value": veil.at(seen.flow.source, way, value)} for path, way, value in part.reads],
        }
        for part in parts_of(seen.flow, formula, seen.view)
    ]  # fmt: skip
    return {
        "text": formula.expression.text, "line": seen.flow.place(key).line, "holds": outcome.holds,
        "waits_for": outcome.waits_for, "may_come": outcome.may_come, "parts": parts,
    }  # fmt: skip


def _document(batch: Batch, seen: Look, one: Drawn) -> Told:
    document = one.document
    golden = document.golden
    return {
        "slot": document.slot, "action": one.action, "state": one.known_state or document.state, "id": document.ext_id,
        "since": document.created_at if one.known_state else "", "hub_id": golden.hub_id if golden else None,
        "number": golden.leaves.get("number") if golden else None, "status": document.status,
        "links": _links(batch, document), "adopted": document.state == ADOPTED,
        "late": _late(seen, one, Veil(batch.ctx.schemas)),
    }  # fmt: skip


def _links(batch: Batch, document: Document) -> list[Told]:
    """Say where a document is, in the systems."""
    records = batch.linked.get(document.golden.hub_id, []) if document.golden is not None else []
    scopes = [(batch.scope_of(record), record) for record in records]
    return [
        {"system": scope.system, "object": scope.object, "id": record.ext_id, "state": record.state}
        for scope, record in scopes
        if not scope.is_hub
    ]


def _late(seen: Look, one: Drawn, veil: Veil) -> list[Told]:
    target = seen.flow.target
    return [
        {
            "leaf": leaf, "document": veil.leaf(target, leaf, one.after.get(leaf)),
            "source": veil.leaf(target, leaf, one.now.get(leaf)), "reason": reason, "line": seen.flow.line_of(leaf),
        }
        for leaf, reason in late(seen, one)
    ]  # fmt: skip


def _leaves(batch: Batch, seen: Look, one: Drawn, veil: Veil) -> list[Told]:
    """Say of every leaf what it is, what it would be, what the source says, and where that comes from."""
    target = seen.flow.target
    labels = {leaf: golden.label for leaf, golden in _referred(batch, target, one.after).items()}
    told = []
    for leaf in dict.fromkeys((*one.after, *one.before, *one.now)):
        rule, line = rule_of(seen.flow, leaf, one.memory, seen.view)
        before, after, now = one.before.get(leaf), one.after.get(leaf), one.now.get(leaf)
        told.append(
            {
                "leaf": leaf, "value": veil.leaf(target, leaf, after), "before": veil.leaf(target, leaf, before),
                "source": veil.leaf(target, leaf, now), "changes": before != after, "rule": rule, "line": line,
                "label": labels.get(leaf, ""),
            }
        )  # fmt: skip
    return told


def _referred(batch: Batch, entity: str, leaves: Mapping[str, Any]) -> dict[str, GoldenState]:
    """Find what the leaves refer to, so that people read a name and not a hub id."""
    found = {leaf: hub_id for leaf, _, hub_id in references(entity, leaves)}
    seen = glimpse(batch, found.values())
    return {leaf: seen[hub_id] for leaf, hub_id in found.items() if hub_id in seen}


def explain(ctx: Context, any_id: str) -> Told:
    """Say of what an id names which flow made it, and of what; what flows make of it, or why not; what they roll up to it."""
    with ctx.store.reading() as tx:
        found = _found(tx, any_id)
        known = {flow.source for flow in ctx.flows} | {flow.target for flow in ctx.flows}
        hub_ids = [one["hub_id"] for one in found if one["entity"] in known]
        if not hub_ids:
            kinds = ", ".join(sorted({one["entity"] for one in found}))
            message = f"{any_id!r} names {kinds}, and no flow starts or ends there."
            raise Rejected(message, remedy=f"Flows are about: {', '.join(sorted(known))}.", code="flow.not_concerned")
        return {"records": [_explained(ctx, tx, hub_id) for hub_id in hub_ids]}


def _explained(ctx: Context, tx: Tx, hub_id: str) -> Told:
    batch = looking(ctx, tx)
    batch.load_hubs([hub_id])
    golden = batch.goldens[hub_id]
    own = [record for record in batch.linked[hub_id] if batch.scope_of(record).is_hub]
    gives = [_given(ctx, tx, flow, hub_id) for flow in ctx.flows if flow.when is not None and flow.source == golden.entity]
    return {
        **_named(golden), "from": origins(ctx, tx, own), "gives": gives, "back": _back(ctx, golden, own),
        "contributes": _contributions(looking(ctx, tx), hub_id),
    }  # fmt: skip


def _contributions(batch: Batch, hub_id: str) -> list[Told]:
    """Say to which values of which sources a document contributes: of a sum its share, of a latest value its own."""
    batch.load_hubs([hub_id])
    golden = batch.goldens[hub_id]
    veil = Veil(batch.ctx.schemas)
    told = []
    for flow in batch.ctx.flows:
        sources = sources_of(batch, flow, [hub_id]) if flow.roll_ups and flow.target == golden.entity else []
        batch.load_hubs(sources)
        for source, roll in ((batch.goldens[one], roll) for one in sources for roll in flow.roll_ups):
            gives = aggregate(roll, [golden], Part(flow.source, source.hub_id))
            told.append(
                {
                    "flow": flow.name, "file": flow.file, "line": flow.place(f"roll_up.{flow.source}.{roll.leaf}").line,
                    "to": _named(source), "leaf": roll.leaf, "of": _formula(flow, roll),
                    "gives": veil.leaf(flow.source, roll.leaf, gives),
                    "value": veil.leaf(flow.source, roll.leaf, source.leaves.get(roll.leaf)),
                }
            )  # fmt: skip
    return told


def _formula(flow: Flow, roll: RollUp) -> str:
    return f"{roll.function}({flow.target}.{roll.path}{f' * {roll.times}' if roll.times else ''})"


def _given(ctx: Context, tx: Tx, flow: Flow, hub_id: str) -> Told:
    batch = looking(ctx, tx)
    seen = look(batch, flow, hub_id)
    ids = [one.document.ext_id for one in seen.drawn] or [f"{flow.name}/{hub_id}"]
    return {
        **_head(flow), "why": why(seen), **_conditions(seen, Veil(ctx.schemas)), "slots": seen.slots,
        "documents": [_document(batch, seen, one) for one in seen.drawn],
        "exceptions": open_exceptions(tx, ids),
    }  # fmt: skip


def open_exceptions(tx: Tx, ext_ids: Iterable[str]) -> list[Told]:
    """List what flows ask people about these derived documents."""
    found = [
        one for ext_id in dict.fromkeys(ext_ids) for one in parked.exceptions(tx, stage="flow", system=HUB, record_id=ext_id)
    ]
    return [{"id": one["id"], "record_id": one["record_id"], "since": one["created_at"], **one["error"]} for one in found]


def origins(ctx: Context, tx: Tx, records: Sequence[RecordState]) -> list[Told]:
    """Say what records of the system `hub` were derived from, by which flow, and how things stand with that."""
    flows = {flow.name: flow for flow in ctx.flows}
    columns = ("ext_id", "flow", "source", "slot", "state", "created_at", "entity")
    # What is rolled up to a source has an id like what was derived from it: only the entity tells them apart.
    own = {(record.ext_id, ctx.scopes[record.scope_id].entity) for record in records}
    found = tx.select_in(t.derivation, columns, "ext_id", [record.ext_id for record in records])
    rows = sorted(row[:6] for row in found if (row[0], row[6]) in own)
    sources = {row[2] for row in rows}
    shown = {
        hub_id: {"entity": entity, "hub_id": hub_id, "label": label}
        for hub_id, entity, label in tx.select_in(t.golden, ("hub_id", "entity", "label"), "hub_id", sources)
    }
    return [
        {
            "flow": name, "file": flows[name].file if name in flows else "", "line": flows[name].line if name in flows else 0,
            "source": shown.get(source, {"entity": "", "hub_id": source, "label": ""}), "slot": slot, "state": state,
            "adopted": state == ADOPTED, "since": since, "id": ext_id, "why": _origin(name, state, shown.get(source, {})),
            "exceptions": open_exceptions(tx, [ext_id]),
        }
        for ext_id, name, source, slot, state, since in rows
    ]  # fmt: skip


def _origin(name: str, state: str, source: Told) -> str:
    of = f"{source.get('entity', '')} {source.get('label', '')}".strip()
    ways = {
        DERIVED: f"{name} derived it from {of}.",
        ADOPTED: f"A person made it, and {name} took it over for {of}.",
        LINKED: f"{name} only knows that it belongs to {of}, which is older than the flow.",
    }
    return ways.get(state, f"{name} derived it from {of}, and took it back.")


def _back(ctx: Context, golden: GoldenState, own: Sequence[RecordState]) -> list[Told]:
    """Say what flows roll up to a record."""
    flows = {flow.name: flow for flow in ctx.flows}
    veil = Veil(ctx.schemas)
    told = []
    for record in own:
        flow = flows.get(record.ext_id.partition("/")[0])
        if flow is None or flow.source != golden.entity or ctx.scopes[record.scope_id].entity != flow.source:
            continue
        for roll in flow.roll_ups:
            leaf = f"{golden.entity}.{roll.leaf}"
            value = veil.leaf(golden.entity, roll.leaf, record.leaves.get(roll.leaf))
            line = flow.place(f"roll_up.{leaf}").line
            told.append(
                {
                    "flow": flow.name,
                    "file": flow.file,
                    "line": line,
                    "leaf": roll.leaf,
                    "of": _formula(flow, roll),
                    "value": value,
                }
            )
    return told

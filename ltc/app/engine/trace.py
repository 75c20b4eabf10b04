"""Trace: all documents of a deal, from any id of any system, by a few look-ups however much the hub holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.expected import next_steps
from ltc.app.engine.scope import rank
from ltc.app.engine.state import from_json, load_goldens
from ltc.core.errors import Rejected
from ltc.core.models.deals import DOCUMENTS
from ltc.core.store import tables as t
from ltc.core.store.queries import deals, graph, search
from ltc.core.store.queries.milestones import milestones_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

SHARED = ("payment", "refund", "dispute")
"""One of these may settle the invoices of many deals, so that a walk along references ends there."""

Told = dict[str, Any]

_NOTHING: Mapping[str, Any] = MappingProxyType(
    {"links": [], "milestones": [], "stuck": [], "derived_from": None, "exceptions": []}
)

STUCK = ("due", "waiting", "held", "writing", "parked")


def trace(ctx: Context, any_id: str) -> dict[str, Any]:
    """Follow a deal through all systems; ``any_id`` is a hub id, any system's own id, a document's number or a name.

    ``deals`` say how far each deal is to which it leads, and where it is stuck; ``next`` are the steps that flows wait for.
    ``cut`` says that there are more documents than are told. Documents that are in no deal hang together by their references.
    """
    with ctx.store.reading() as tx:
        start = _find(tx, any_id.strip()) if any_id.strip() else set()
        if not start:
            message = f"No record of any system has the id {any_id!r}."
            raise Rejected(message, remedy="Give a hub id, a system's own id, or a document number.", code="trace.unknown")
        numbers = deals.of_documents(tx, start)
        hub_ids, is_cut = deals.documents_of(tx, numbers, most=graph.MOST) if numbers else _hanging_together(tx, start)
        goldens = sorted(load_goldens(tx, hub_ids, lock=False), key=lambda golden: (rank(golden.entity), golden.hub_id))
        hub_ids = [golden.hub_id for golden in goldens]
        records = _records(ctx, tx, hub_ids)
        told: dict[str, Mapping[str, Any]] = {
            "links": _links(ctx, records), "milestones": milestones_of(tx, hub_ids), "stuck": _stuck(ctx, tx, hub_ids),
            "derived_from": _origins(ctx, tx, records), "exceptions": _exceptions(ctx, tx, hub_ids, records),
        }  # fmt: skip
        steps = next_steps(ctx, tx, goldens)
        found = deals.told(tx, numbers)
    documents = [
        {
            "entity": golden.entity, "hub_id": golden.hub_id, "number": golden.leaves.get("number"), "label": golden.label,
            "state": golden.leaves.get("status") or golden.state,
            **{name: parts.get(golden.hub_id, _NOTHING[name]) for name, parts in told.items()},
        }
        for golden in goldens
    ]  # fmt: skip
    root = next(
        (document["hub_id"] for document in documents if document["entity"] in ("opportunity", "quote", "order")),
        documents[0]["hub_id"],
    )
    return {"deal": root, "deals": found, "documents": documents, "cut": is_cut, "next": steps}


def _hanging_together(tx: Tx, start: Iterable[str]) -> tuple[list[str], bool]:
    """Walk along references, for what is in no deal: all documents of a customer, or those of a hub without flows."""
    found = graph.connected(tx, start, through=DOCUMENTS, ends=SHARED)
    return sorted(found.distances), found.cut


def _find(tx: Tx, any_id: str) -> set[str]:
    """Find the golden records that an id names; documents go before anything else."""
    found = search.find(tx, any_id)
    documents = {one["hub_id"] for one in found if one["entity"] in DOCUMENTS}
    return documents or {one["hub_id"] for one in found}


def _records(ctx: Context, tx: Tx, hub_ids: Iterable[str]) -> list[Told]:
    """Read what the systems say of the documents, and what flows derived."""
    columns = ("hub_id", "scope_id", "ext_id", "state", "leaves", "first_seen", "last_changed")
    rows = sorted(tx.select_in(t.record, columns, "hub_id", hub_ids), key=lambda row: row[:3])
    return [dict(zip(columns, row, strict=True)) for row in rows if row[1] in ctx.scopes]


def _links(ctx: Context, records: Iterable[Told]) -> dict[str, list[Told]]:
    """Say in which systems the documents are, what each says of them, and since when."""
    out: dict[str, list[Told]] = defaultdict(list)
    for record in records:
        scope = ctx.scopes[record["scope_id"]]
        out[record["hub_id"]].append(
            {
                "system": scope.system, "object": scope.object, "id": record["ext_id"], "state": record["state"],
                "status": from_json(record["leaves"]).get("status"), "first_seen": record["first_seen"],
                "last_changed": record["last_changed"],
            }
        )  # fmt: skip
    return out


def _origins(ctx: Context, tx: Tx, records: Iterable[Told]) -> dict[str, Told]:
    """Say of derived documents what they were derived from, by which flow; of several flows, the first."""
    flows = {flow.name: flow for flow in ctx.flows}
    own = {
        (record["ext_id"], ctx.scopes[record["scope_id"]].entity): record["hub_id"] for record in records
        if ctx.scopes[record["scope_id"]].is_hub
    }  # fmt: skip
    columns = ("created_at", "ext_id", "entity", "flow", "source", "slot", "state")
    rows = tx.select_in(t.derivation, columns, "ext_id", [ext_id for ext_id, _ in own]) if own else []
    out: dict[str, Told] = {}
    for since, ext_id, entity, name, source, slot, state in sorted(rows):
        flow = flows.get(name)
        if (ext_id, entity) in own:
            place = {"file": flow.file if flow else "", "line": flow.line if flow else 0}
            origin = {"flow": name, **place, "source": source, "slot": slot, "state": state, "since": since}
            out.setdefault(own[ext_id, entity], origin)
    return out


def _exceptions(ctx: Context, tx: Tx, hub_ids: Iterable[str], records: Iterable[Told]) -> dict[str, list[Told]]:
    """List what people are asked about the documents, whether it is known by the document or by one of its records."""
    columns = (
        "id",
        "scope_id",
        "ext_id",
        "hub_id",
        "stage",
        "code",
        "message",
        "field",
        "mapping_file",
        "mapping_line",
        "created_at",
    )
    open_ones = (t.exception.c.state.in_(("open", "retrying")),)
    linked = {(record["scope_id"], record["ext_id"]): record["hub_id"] for record in records}
    rows = {*tx.select_in(t.exception, columns, "hub_id", hub_ids, where=open_ones)}
    rows |= {*tx.select_in(t.exception, columns, "ext_id", [ext_id for _, ext_id in linked], where=open_ones)}
    out: dict[str, list[Told]] = defaultdict(list)
    for number, scope_id, ext_id, hub_id, stage, code, message, field, file, line, since in sorted(rows):
        owner = linked.get((scope_id, ext_id)) or hub_id
        system = ctx.scopes[scope_id].system if scope_id in ctx.scopes else ""
        out[owner].append(
            {
                "id": number, "system": system, "stage": stage, "code": code, "message": message, "field": field, "file": file,
                "line": line, "since": since,
            }
        )  # fmt: skip
    return out


def _stuck(ctx: Context, tx: Tx, hub_ids: Iterable[str]) -> dict[str, list[Told]]:
    """Say what has not got through yet, and why."""
    out: dict[str, list[Told]] = defaultdict(list)
    columns = ("hub_id", "id", "scope_id", "state", "reason", "error", "verb", "created_at")
    open_ones = (t.change.c.state.in_(STUCK),)
    rows = [row for row in sorted(tx.select_in(t.change, columns, "hub_id", hub_ids, where=open_ones)) if row[2] in ctx.scopes]
    waits = _waits(tx, [row[1] for row in rows if row[3] == "waiting"])
    for hub_id, number, scope_id, state, reason, error, verb, since in rows:
        out[hub_id].append(
            {
                "system": ctx.scopes[scope_id].system, "state": state, "reason": reason or error, "verb": verb, "since": since,
                "waits_for": waits.get(number, []),
            }
        )  # fmt: skip
    return out


def _waits(tx: Tx, changes: Iterable[int]) -> dict[int, list[Told]]:
    """Say which documents have to be in which system before these changes can be written."""
    out: dict[int, list[Told]] = defaultdict(list)
    for number, system, entity, target in sorted(
        tx.select_in(t.wait, ("change_id", "system", "entity", "target"), "change_id", changes)
    ):
        out[number].append({"system": system, "entity": entity, "hub_id": target})
    return out

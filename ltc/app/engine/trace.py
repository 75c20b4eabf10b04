"""Trace: all documents of a deal, from any id of any system, by a few look-ups however much the hub holds."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ltc.app.engine.scope import rank
from ltc.app.engine.state import from_json
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from ltc.core.store.queries import graph, search

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

DOCUMENTS = (
    "lead", "opportunity", "quote", "contract", "signature_request", "order", "delivery", "acceptance", "return", "invoice",
    "credit_note", "payment", "refund", "dispute",
)  # fmt: skip
SHARED = ("payment", "refund", "dispute")
"""One of these may settle the invoices of many deals, so that a deal ends there."""

STUCK = ("due", "waiting", "held", "writing", "parked")


def trace(ctx: Context, any_id: str) -> dict[str, Any]:
    """Follow a deal through all systems; ``any_id`` is a hub id, any system's own id, a document's number or a name.

    ``cut`` says that there are more documents than are told.
    """
    with ctx.store.reading() as tx:
        start = _find(tx, any_id.strip()) if any_id.strip() else set()
        if not start:
            message = f"No record of any system has the id {any_id!r}."
            raise Rejected(message, remedy="Give a hub id, a system's own id, or a document number.", code="trace.unknown")
        found = graph.connected(tx, start, through=DOCUMENTS, ends=SHARED)
        hub_ids = sorted(found.distances)
        rows = tx.select_in(t.golden, ("hub_id", "entity", "leaves", "label", "state"), "hub_id", hub_ids)
        links, stones, stuck = _links(ctx, tx, hub_ids), _milestones(tx, hub_ids), _stuck(ctx, tx, hub_ids)
    documents = []
    for hub_id, entity, leaves, label, state in sorted(rows, key=lambda row: (rank(row[1]), row[0])):
        values = from_json(leaves)
        documents.append(
            {
                "entity": entity, "hub_id": hub_id, "number": values.get("number"), "label": label,
                "state": values.get("status") or state, "links": links[hub_id], "milestones": stones[hub_id],
                "stuck": stuck[hub_id],
            }
        )  # fmt: skip
    root = next(
        (document["hub_id"] for document in documents if document["entity"] in ("opportunity", "quote", "order")),
        documents[0]["hub_id"],
    )
    return {"deal": root, "documents": documents, "cut": found.cut}


def _find(tx: Tx, any_id: str) -> set[str]:
    """Find the golden records that an id names; documents go before anything else."""
    found = search.find(tx, any_id)
    documents = {one["hub_id"] for one in found if one["entity"] in DOCUMENTS}
    return documents or {one["hub_id"] for one in found}


def _links(ctx: Context, tx: Tx, hub_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Say in which systems the documents are."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    columns = ("hub_id", "scope_id", "ext_id", "state")
    for hub_id, scope_id, ext_id, state in sorted(tx.select_in(t.record, columns, "hub_id", hub_ids)):
        if scope_id in ctx.scopes:
            scope = ctx.scopes[scope_id]
            out[hub_id].append({"system": scope.system, "object": scope.object, "id": ext_id, "state": state})
    return out


def _milestones(tx: Tx, hub_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Say what has happened to the documents, in the order of business time."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    columns = ("hub_id", "occurred_at", "id", "state", "source", "precision")
    for hub_id, at, _, state, source, precision in sorted(tx.select_in(t.milestone, columns, "hub_id", hub_ids)):
        out[hub_id].append({"state": state, "occurred_at": at, "source": source, "precision": precision})
    return out


def _stuck(ctx: Context, tx: Tx, hub_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Say what has not got through yet, and why."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    columns = ("hub_id", "id", "scope_id", "state", "reason", "error")
    open_ones = (t.change.c.state.in_(STUCK),)
    for hub_id, _, scope_id, state, reason, error in sorted(tx.select_in(t.change, columns, "hub_id", hub_ids, where=open_ones)):
        if scope_id in ctx.scopes:
            out[hub_id].append({"system": ctx.scopes[scope_id].system, "state": state, "reason": reason or error})
    return out

"""Deals: how far each has come, which documents it has, and where it is stuck."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, union

from ltc.core.models.deals import STAGES
from ltc.core.store.queries.paging import Document
from ltc.core.store.tables import change, deal, deal_document, exception, golden, scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.sql import Select

    from ltc.core.store.door import Tx

_HELD = ("waiting", "held")
"""Changes that do not go on by themselves, or not yet; of those that are parked, people are asked."""

_IS_HELD = (change.c.scope_id.in_(select(scope.c.id)), change.c.state.in_(_HELD))  # by the index, which begins with the scope
_IS_OPEN = (exception.c.state.in_(("open", "retrying")), exception.c.hub_id != "")
_STUCK = union(select(change.c.hub_id).where(*_IS_HELD), select(exception.c.hub_id).where(*_IS_OPEN)).subquery("stuck")


def stages(tx: Tx) -> list[Document]:
    """Count deals by the furthest stage that they have come to: all of them, those that were lost, and those that are stuck."""
    found: dict[str, Document] = {stage: {"stage": stage, "deals": 0, "lost": 0, "stuck": 0} for stage in STAGES}
    of_all = select(deal.c.stage, deal.c.is_lost, func.count()).group_by(deal.c.stage, deal.c.is_lost)
    for stage, is_lost, count in tx.execute(of_all):
        found[stage]["deals"] += int(count)
        found[stage]["lost"] += int(count) if is_lost else 0
    of_stuck = _of_stuck().add_columns(deal.c.stage).subquery()
    for stage, count in tx.execute(select(of_stuck.c.stage, func.count()).group_by(of_stuck.c.stage)):
        found[stage]["stuck"] = int(count)
    return [one for one in found.values() if one["deals"]]


def _of_stuck() -> Select[Any]:
    """Find the deals that have a document which is stuck."""
    joined = _STUCK.join(deal_document, deal_document.c.hub_id == _STUCK.c.hub_id)
    return select(deal.c.deal_id).select_from(joined.join(deal, deal.c.deal_id == deal_document.c.deal_id)).distinct()


def deals(tx: Tx, *, stage: str = "", stuck: bool = False, limit: int = 100, after: str = "") -> list[Document]:
    """List deals, the oldest first: those at a stage, or those that are stuck."""
    wanted = select(deal.c.deal_id).where(deal.c.deal_id > after).order_by(deal.c.deal_id).limit(limit)
    if stage:
        wanted = wanted.where(deal.c.stage == stage)
    if stuck:
        wanted = wanted.where(deal.c.deal_id.in_(_of_stuck()))
    return told(tx, [row[0] for row in tx.execute(wanted)])


def told(tx: Tx, deal_ids: Iterable[str]) -> list[Document]:
    """Say of deals how far they have come, since when, and where they are stuck; they are named by their oldest document."""
    rows = sorted(tx.select_in(deal, ("deal_id", "stage", "is_lost", "since"), "deal_id", deal_ids))
    ids = [row[0] for row in rows]
    names = {row[0]: row[1:] for row in tx.select_in(golden, ("hub_id", "entity", "label"), "hub_id", ids)}
    documents: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, hub_id, entity in tx.select_in(deal_document, ("deal_id", "hub_id", "entity"), "deal_id", ids):
        documents[number][hub_id] = entity
    held = _held(tx, {hub_id for found in documents.values() for hub_id in found})
    return [
        {
            "id": number, "entity": names.get(number, ("", ""))[0], "label": names.get(number, ("", ""))[1], "stage": stage,
            "is_lost": bool(is_lost), "since": since, "documents": len(documents[number]),
            "stuck": [{"entity": documents[number][one["hub_id"]], **one} for one in held if one["hub_id"] in documents[number]],
        }
        for number, stage, is_lost, since in rows
    ]  # fmt: skip


def _held(tx: Tx, hub_ids: Collection[str]) -> list[Document]:
    """Say what holds documents up: changes that do not go on, and what people are asked; the oldest first."""
    systems = {row[0]: row[1] for row in tx.execute(select(scope.c.id, scope.c.system))}
    columns = ("created_at", "hub_id", "scope_id", "state", "reason", "error")
    rows = [(*row[:4], row[4] or row[5]) for row in tx.select_in(change, columns, "hub_id", hub_ids, where=_IS_HELD[1:])]
    asked = ("created_at", "hub_id", "scope_id", "message")
    rows += [(*row[:3], "asked", row[3]) for row in tx.select_in(exception, asked, "hub_id", hub_ids, where=_IS_OPEN[:1])]
    return [
        {"hub_id": hub_id, "system": systems.get(number, ""), "state": state, "reason": reason, "since": since}
        for since, hub_id, number, state, reason in sorted(rows)
    ]


def of_documents(tx: Tx, hub_ids: Iterable[str]) -> list[str]:
    """Name the deals that documents belong to."""
    return sorted({row[0] for row in tx.select_in(deal_document, ("deal_id",), "hub_id", hub_ids)})


def documents_of(tx: Tx, deal_ids: Iterable[str], *, most: int) -> tuple[list[str], bool]:
    """Name the documents of deals, and tell whether there are more than so many."""
    found = sorted({row[0] for row in tx.select_in(deal_document, ("hub_id",), "deal_id", deal_ids)})
    return found[:most], len(found) > most

"""Keeping: what is stored of deals: their documents with what each of them says, and the furthest stage."""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from ltc.core.models.deals import Mark, Reached, reached
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.engine.batch import Batch
    from ltc.core.store import Tx

COLUMNS = ("deal_id", "hub_id", "entity", "stage", "standing")

Rows: TypeAlias = dict[tuple[str, str], Mark]
"""What documents say, by deal and document."""

Turns: TypeAlias = dict[str, tuple[str, str]]
"""Deals whose stage is another than before, with both."""


def rows_of(tx: Tx, hub_ids: Iterable[str]) -> Rows:
    """Read in which deals documents are."""
    return _rows(tx, "hub_id", hub_ids)


def members_of(tx: Tx, deal_ids: Iterable[str]) -> Rows:
    """Read which documents deals have."""
    return _rows(tx, "deal_id", deal_ids)


def _rows(tx: Tx, key: str, ids: Iterable[str]) -> Rows:
    wanted = list(ids)
    rows = tx.select_in(t.deal_document, COLUMNS, key, wanted) if wanted else []
    return {(row[0], row[1]): Mark(*row[2:]) for row in rows}


def keep(
    batch: Batch, rows: Mapping[tuple[str, str], Mark], left: Mapping[str, Iterable[str]],
    joined: Mapping[tuple[str, str], Mark] = MappingProxyType({}),
) -> Turns:  # fmt: skip
    """Store what documents say of deals, and how far these have come by that; give the deals that are at another stage now.

    ``left`` are documents of which no row is to stay but these, with the deals that they were in, ``joined`` the rows of
    documents that are new.
    """
    tx = batch.tx
    shaken = {deal for deal, _ in rows} | {deal for found in left.values() for deal in found}
    deals = shaken | {deal for deal, _ in joined}
    if not deals:
        return {}
    columns = ("deal_id", "stage", "is_lost")
    before = {row[0]: Reached(row[1], bool(row[2])) for row in tx.select_in(t.deal, columns, "deal_id", deals, lock=True)}
    if left:
        tx.delete_in(t.deal_document, "hub_id", left)
    tx.upsert(t.deal_document, COLUMNS, [(*key, *mark) for key, mark in (*rows.items(), *joined.items())], key=COLUMNS[:2])
    now = _summed(tx, before, shaken, {**rows, **joined})
    changed = [(deal, *found, batch.now) for deal, found in now.items() if before.get(deal) != found]
    tx.upsert(t.deal, (*columns, "since"), changed, key=("deal_id",))
    gone = (before.keys() & shaken) - now.keys()
    if gone:
        tx.delete_in(t.deal, "deal_id", gone)
    old = {deal: before[deal].stage if deal in before else "" for deal, *_ in changed}
    return {deal: (stage, now[deal].stage) for deal, stage in old.items() if stage != now[deal].stage}


def _summed(tx: Tx, before: Mapping[str, Reached], shaken: set[str], rows: Mapping[tuple[str, str], Mark]) -> dict[str, Reached]:
    """Say how far deals have come; all documents of a deal are looked at only if one more does not tell by itself."""
    marks: defaultdict[str, list[Mark]] = defaultdict(list)
    for (deal, _), mark in rows.items():
        marks[deal].append(mark)
    simple = {
        deal: before[deal].joined_by(found) for deal, found in marks.items()
        if deal in before and deal not in shaken and before[deal].can_tell(found)
    }  # fmt: skip
    whole = before.keys() - simple.keys()
    for (deal, hub_id), mark in members_of(tx, whole).items():
        if (deal, hub_id) not in rows:
            marks[deal].append(mark)
    return simple | {deal: reached(found) for deal, found in marks.items() if deal not in simple}

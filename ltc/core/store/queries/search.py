"""Search: golden records by any id: our own, any system's, a business number, an identifier, a short key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from ltc.core.store.queries.paging import Document
from ltc.core.store.tables import golden, identifier, intent, record, scope

if TYPE_CHECKING:
    from sqlalchemy import Table

    from ltc.core.store.door import Tx

_HUB_ID = re.compile(r"(?:[\w.-]+:)?([0-9a-f]{32})")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MERGES = 20
_SHORT = 15
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def find(tx: Tx, any_id: str, *, entities: tuple[str, ...] = ()) -> list[Document]:
    """Find what an id names: ``{hub_id, entity, label, state, found_by}``, best first; merged ones lead to their survivor."""
    ways: dict[str, str] = {}
    for way, hub_ids in (
        ("hub id", [_HUB_ID.sub(r"\1", any_id)] if _HUB_ID.fullmatch(any_id) else []),
        ("system's id", _by_ext_id(tx, any_id)),
        ("number", _column(tx, golden, "label", *spellings(any_id))),
        ("identifier", _column(tx, identifier, "value", any_id)),
        ("short key", _column(tx, intent, "short_key", any_id)),
    ):
        for hub_id in hub_ids:
            ways.setdefault(hub_id, way)
    found = _survivors(tx, ways)
    return [one for one in found if not entities or one["entity"] in entities]


def spellings(any_id: str) -> list[str]:
    """Give an id as a person writes it and as systems store it.

    SAP fills numbers up to ten digits; Salesforce shows people ids of 15 characters and gives programs three more, which say
    which of the others are capitals; a GUID is the same in capitals, which no system stores.

    >>> spellings("8693ED07-5830-40F6-8519-B8E1A1051083")
    ['8693ED07-5830-40F6-8519-B8E1A1051083', '8693ed07-5830-40f6-8519-b8e1a1051083']
    >>> spellings("4711"), spellings("0000004711"), spellings("001A"), spellings("001D000000IqhSL")
    (['4711', '0000004711'], ['0000004711', '4711'], ['001A'], ['001D000000IqhSL', '001D000000IqhSLIAZ'])
    """
    if len(any_id) == _SHORT and any_id.isascii() and any_id.isalnum():
        return [any_id, any_id + _capitals(any_id)]
    if _GUID.fullmatch(any_id):
        return list(dict.fromkeys((any_id, any_id.lower())))
    if not any_id.isdecimal() or len(any_id) > 10:
        return [any_id]
    return list(dict.fromkeys((any_id, any_id.zfill(10), any_id.lstrip("0") or "0")))


def _capitals(any_id: str) -> str:
    """Say which characters are capitals: one character for every five."""
    fives = (any_id[start : start + 5] for start in range(0, _SHORT, 5))
    return "".join(_CHECKS[sum(1 << place for place, one in enumerate(five) if "A" <= one <= "Z")] for five in fives)


def _by_ext_id(tx: Tx, any_id: str) -> list[str]:
    """Look in each scope by its key: a handful of look-ups, however many records there are."""
    scopes = [row[0] for row in tx.execute(select(scope.c.id))]  # not pairs: SQLite scans for these
    own = (record.c.scope_id.in_(scopes), record.c.ext_id.in_(spellings(any_id)), record.c.hub_id.is_not(None))
    return [row[0] for row in tx.execute(select(record.c.hub_id).where(*own))]


def _survivors(tx: Tx, ways: dict[str, str]) -> list[Document]:
    """Follow merges to who is left."""
    out: dict[str, Document] = {}
    border = dict(ways)
    for _ in range(_MERGES):
        rows = tx.select_in(golden, ("hub_id", "entity", "label", "state", "merged_into"), "hub_id", border)
        following: dict[str, str] = {}
        for hub_id, entity, label, state, merged_into in sorted(rows, key=lambda row: list(border).index(row[0])):
            if merged_into:
                following[merged_into] = border[hub_id]
            else:
                shown = {"hub_id": hub_id, "entity": entity, "label": label, "state": state, "found_by": border[hub_id]}
                out.setdefault(hub_id, shown)
        if not following:
            break
        border = following
    return list(out.values())


def _column(tx: Tx, table: Table, name: str, *values: str) -> list[str]:
    return [row[0] for row in tx.execute(select(table.c.hub_id).where(table.c[name].in_(values)).limit(100))]

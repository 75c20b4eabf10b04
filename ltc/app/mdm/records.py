"""Golden records as what matching reads, and what people call them: by a hub id, or as SYSTEM:ID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from ltc.app.engine.state import from_json
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.store import tables as t
from ltc.core.store.queries import search
from mdm.matching.records import MatchRecord, entity_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

SOURCE: Final = "hub"
_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody named: its golden record, its entity, and what it says; ``said_by`` is a system, or the hub."""

    hub_id: str
    entity: str
    said_by: str
    leaves: Mapping[str, Any]


def named(ctx: Context, tx: Tx, text: str) -> Named:
    """Find what a hub id, SYSTEM:ID, or any other id means; raise Rejected if that is nothing, or several things."""
    system, _, ext_id = text.partition(":")
    if ext_id and any(scope.system == system for scope in ctx.scopes.values()):
        return _of_system(ctx, tx, system, ext_id)
    found = search.find(tx, text)
    if not found:
        message = f"Nothing is known by {text!r}."
        raise Rejected(message, remedy="Give a hub id, SYSTEM:ID, or a number.", code="golden.unknown")
    if len(found) > 1:
        several = ", ".join(f"{one['entity']} {one['hub_id']}" for one in found[:5])
        message = f"{text!r} means several records: {several}."
        raise Rejected(message, remedy="Give a hub id, or SYSTEM:ID.", code="golden.several")
    hub_id = str(found[0]["hub_id"])
    row = tx.execute(select(t.golden.c.entity, t.golden.c.leaves).where(t.golden.c.hub_id == hub_id)).one()
    return Named(hub_id, row[0], SOURCE, from_json(row[1]))


def _of_system(ctx: Context, tx: Tx, system: str, ext_id: str) -> Named:
    r = t.record.c
    scopes = {scope.id: scope.entity for scope in ctx.scopes.values() if scope.system == system}
    rows = tx.execute(
        select(r.scope_id, r.hub_id, r.leaves).where(r.scope_id.in_(sorted(scopes)), r.ext_id.in_(search.spellings(ext_id)))
    ).all()
    known = [row for row in rows if row[1] is not None]
    if len(known) != 1:
        what = "no linked record" if not known else f"{len(known)} records"
        message = f"{system} has {what} {ext_id!r}."
        raise Rejected(message, remedy="Give a hub id.", code="golden.unknown" if not known else "golden.several")
    scope_id, hub_id, leaves = known[0]
    found = search.find(tx, hub_id)
    return Named(str(found[0]["hub_id"]) if found else hub_id, scopes[scope_id], system, from_json(leaves))


def matchable(entity: str) -> str:
    """Insist that records of an entity can be matched."""
    if entity_named(entity) != entity:
        raise Misconfigured(f"A hub has no {entity}.", remedy=f"It has {entity_named(entity)}.", code="matching.entity")
    return entity


def texts(leaves: Mapping[str, Any]) -> dict[str, str]:
    """Give what matching reads of leaves: plain values as text, money by its amount.

    >>> texts({"name": "Acme", "lines[1]": True, "note": None, "price": {"amount": "9.5", "currency": "EUR"}})
    {'name': 'Acme', 'price': '9.5'}
    """
    found = {}
    for leaf, value in leaves.items():
        said = value.get("amount", value.get("value")) if isinstance(value, dict) else value
        if "[" not in leaf and isinstance(said, str) and said.strip():
            found[leaf] = said
    return found


def golden_records(tx: Tx, entity: str) -> Iterator[MatchRecord]:
    """Read the live golden records of an entity, the oldest first."""
    g, last = t.golden.c, ""
    while True:
        live = (g.entity == entity, g.state == "live", g.hub_id > last)
        rows = tx.execute(select(g.hub_id, g.leaves).where(*live).order_by(g.hub_id).limit(_AT_ONCE)).all()
        yield from (MatchRecord(SOURCE, row[0], texts(from_json(row[1]))) for row in rows)
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]

"""Brakes: what is due before the first write, and what is missing after a full read, is counted; beyond limits the run asks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ltc.app.engine.state import from_json, to_json
from ltc.core.errors import Braked
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.store import Tx

DOCUMENT_MONEY = ("total", "amount")


def check_brakes(ctx: Context, scopes: Sequence[Scope]) -> None:
    """Stop a system's whole delivery if any of its scopes is over a limit that nobody released."""
    with ctx.store.reading() as tx:
        for scope in scopes:
            reason = over_limit(ctx, tx, scope)
            if reason:
                raise Braked(
                    f"{scope.system}.{scope.object}: {reason}. Nothing was written to {scope.system}.",
                    remedy=f"Look at `ltc status`; if it is right: `ltc rollout release {scope.system} {scope.entity}`.",
                )


def over_limit(ctx: Context, tx: Tx, scope: Scope) -> str:
    """Say which limit a scope is over; "" if none. A release holds for one run and for as many as were due then."""
    brakes, c = scope.brakes, t.change
    if brakes.max_creates is None and brakes.max_changed_share is None and not brakes.max_money:
        return ""
    rows = tx.execute(select(c.c.verb, func.count()).where(c.c.scope_id == scope.id, c.c.state == "due").group_by(c.c.verb)).all()
    due = {row[0]: int(row[1]) for row in rows}
    released = release_of(tx, scope)
    creates = due.get("create", 0)
    if brakes.max_creates is not None and creates > max(brakes.max_creates, released.get("creates", 0)):
        return f"{creates} creates are due, the brake is at {brakes.max_creates}"
    amends = sum(number for verb, number in due.items() if verb != "create")
    if brakes.max_changed_share is not None and amends:
        r = t.record
        total = tx.scalar(select(func.count()).select_from(r).where(r.c.scope_id == scope.id, r.c.state == "live")) or 1
        if amends / total > brakes.max_changed_share and amends > released.get("amends", 0):
            return f"{amends} of {total} records would be changed, the brake is at {brakes.max_changed_share:.0%}"
    return _money_over(ctx, tx, scope, released)


def _money_over(ctx: Context, tx: Tx, scope: Scope, released: dict[str, int]) -> str:
    if not scope.brakes.max_money or released.get("money"):
        return ""
    del ctx
    c = t.change
    moved: dict[str, Decimal] = {}
    for (after,) in tx.execute(select(c.c.after).where(c.c.scope_id == scope.id, c.c.state == "due", c.c.verb == "create")):
        leaves = from_json(after)
        money = next((leaves[name] for name in DOCUMENT_MONEY if leaves.get(name)), None)
        if money:
            moved[money["currency"]] = moved.get(money["currency"], Decimal()) + Decimal(money["amount"])
    for currency, limit in scope.brakes.max_money.items():
        if moved.get(currency, Decimal()) > Decimal(limit):
            return f"documents over {moved[currency]} {currency} are due, the brake is at {limit} {currency}"
    return ""


def disappeared(tx: Tx, scope: Scope, missing: int, total: int) -> str:
    """Say that too many records did not show in a full read; "" if that is within the limit, or as many as were released.

    How many there were is noted for the release, which holds for the next full read.
    """
    limit, key = scope.brakes.max_disappeared_share, f"disappeared/{scope.system}/{scope.object}"
    noted = tx.scalar(select(t.hub.c.value).where(t.hub.c.key == key)) or ""
    if limit is None or not total or missing / total <= limit or missing <= from_json(noted).get("released", 0):
        if noted:
            tx.execute(t.hub.delete().where(t.hub.c.key == key))
        return ""
    tx.upsert(t.hub, ("key", "value"), [(key, to_json({"missing": missing}))], key=("key",))
    return f"{missing} of {total} {scope.object} records of {scope.system} have disappeared, the brake is at {limit:.0%}."


def _release_disappeared(tx: Tx, scope: Scope) -> int:
    key = f"disappeared/{scope.system}/{scope.object}"
    missing = int(from_json(tx.scalar(select(t.hub.c.value).where(t.hub.c.key == key)) or "").get("missing", 0))
    if missing:
        tx.upsert(t.hub, ("key", "value"), [(key, to_json({"missing": missing, "released": missing}))], key=("key",))
    return missing


def release_of(tx: Tx, scope: Scope) -> dict[str, int]:
    """Read what a person released for a scope."""
    found = tx.scalar(select(t.hub.c.value).where(t.hub.c.key == f"release/{scope.system}/{scope.object}"))
    return dict(from_json(found)) if found else {}


def release_brakes(tx: Tx, scope: Scope) -> dict[str, int]:
    """Let through, once, as much as is due now."""
    c = t.change
    rows = tx.execute(select(c.c.verb, func.count()).where(c.c.scope_id == scope.id, c.c.state == "due").group_by(c.c.verb)).all()
    due = {row[0]: int(row[1]) for row in rows}
    allowed = {"creates": due.get("create", 0), "amends": sum(due.values()) - due.get("create", 0), "money": 1}
    tx.upsert(t.hub, ("key", "value"), [(f"release/{scope.system}/{scope.object}", to_json(allowed))], key=("key",))
    return allowed | {"disappeared": _release_disappeared(tx, scope)}


def end_release(tx: Tx, scope: Scope) -> None:
    """Take a release back: it held for one run."""
    tx.execute(t.hub.delete().where(t.hub.c.key == f"release/{scope.system}/{scope.object}"))

"""Brakes: what is due before the first write, and what has gone, by a feed or after a full read; beyond limits the run asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ltc.app.engine.desires import to_create
from ltc.app.engine.state import from_json, to_json
from ltc.core.contract import Presence
from ltc.core.errors import Braked
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import Page
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
    before = {} if released else ctx.let_through.get(scope.id, {})
    creates = due.get("create", 0) + before.get("creates", 0)
    if brakes.max_creates is not None and creates > max(brakes.max_creates, released.get("creates", 0)):
        return f"{creates} creates are due, the brake is at {brakes.max_creates}"
    amends = sum(number for verb, number in due.items() if verb != "create") + before.get("amends", 0)
    if brakes.max_changed_share is not None and amends:
        r = t.record
        total = tx.scalar(select(func.count()).select_from(r).where(r.c.scope_id == scope.id, r.c.state == "live")) or 1
        if amends / total > brakes.max_changed_share and amends > released.get("amends", 0):
            return f"{amends} of {total} records would be changed, the brake is at {brakes.max_changed_share:.0%}"
    return _money_over(ctx, tx, scope, released)


def _money_over(ctx: Context, tx: Tx, scope: Scope, released: dict[str, int]) -> str:
    if not scope.brakes.max_money or released.get("money"):
        return ""
    moved = money_due(tx, scope)
    for currency, amount in ctx.let_through.get(scope.id, {}).get("money", {}).items():
        moved[currency] = moved.get(currency, Decimal()) + amount
    for currency, limit in scope.brakes.max_money.items():
        if moved.get(currency, Decimal()) > Decimal(limit):
            return f"documents over {moved[currency]} {currency} are due, the brake is at {limit} {currency}"
    return ""


def money_due(tx: Tx, scope: Scope) -> dict[str, Decimal]:
    """Sum up the money of the documents that are due to be created, by currency."""
    c, g = t.change.c, t.golden.c
    moved: dict[str, Decimal] = {}
    due = select(c.after, g.leaves).join_from(t.change, t.golden, c.hub_id == g.hub_id)
    for after, golden in tx.execute(due.where(c.scope_id == scope.id, c.state == "due", c.verb == "create")):
        leaves = from_json(after) or to_create(scope, from_json(golden))
        money = next((leaves[name] for name in DOCUMENT_MONEY if leaves.get(name)), None)
        if money:
            moved[money["currency"]] = moved.get(money["currency"], Decimal()) + Decimal(money["amount"])
    return moved


def disappeared(tx: Tx, scope: Scope, missing: int, total: int) -> str:
    """Say that too many records did not show in a full read; "" if that is within the limit, or as many as were released.

    How many there were is noted for the release, which holds for the next full read.
    """
    limit, key = scope.brakes.max_disappeared_share, _disappeared_key(scope)
    noted = tx.scalar(select(t.hub.c.value).where(t.hub.c.key == key)) or ""
    if limit is None or not total or missing / total <= limit or missing <= from_json(noted).get("released", 0):
        if noted:
            tx.execute(t.hub.delete().where(t.hub.c.key == key))
        return ""
    tx.upsert(t.hub, ("key", "value"), [(key, to_json({"missing": missing}))], key=("key",))
    return f"{missing} of {total} {scope.object} records of {scope.system} have disappeared, the brake is at {limit:.0%}."


@dataclass(slots=True)
class Toll:
    """The deletions that a feed reports during one read, counted against the brake before any of them is believed.

    ``taken`` are those that were believed before, in this read and in those that the brake stopped since the last release.
    """

    scope: Scope
    taken: int = 0
    released: int = 0
    seen: set[str] = field(default_factory=set)

    @classmethod
    def begin(cls, tx: Tx, scope: Scope) -> Toll:
        """Go on from what a brake that still holds has noted."""
        rows = tx.select_in(t.hub, ("value",), "key", [_disappeared_key(scope)])
        noted = from_json(rows[0][0] if rows else "")
        return cls(scope, int(noted.get("taken", 0)), int(noted.get("released", 0)))

    def over(self, tx: Tx, page: Page) -> bool:
        """Count a page's deletions of records that were there until now; tell whether that is too many."""
        limit = self.scope.brakes.max_disappeared_share
        reported = [record.id for record in page.marked if record.presence is Presence.DELETED]
        if limit is None or not reported:
            return False
        r = t.record
        there = (r.c.scope_id == self.scope.id, r.c.state == "live")
        self.seen |= {row[0] for row in tx.select_in(r, ("ext_id",), "ext_id", reported, where=there)}
        missing = self.taken + len(self.seen)
        return missing > self.released and missing / self._total(tx) > limit

    def believe(self) -> None:
        """Let what was counted be taken in."""
        self.taken += len(self.seen)
        self.seen.clear()

    def stop(self, tx: Tx) -> str:
        """Note how many there are, for the release, and say so."""
        missing = self.taken + len(self.seen)
        noted = to_json({"missing": missing, "taken": self.taken})
        tx.upsert(t.hub, ("key", "value"), [(_disappeared_key(self.scope), noted)], key=("key",))
        scope, limit = self.scope, self.scope.brakes.max_disappeared_share or 0
        return (
            f"{missing} of {self._total(tx)} {scope.object} records of {scope.system} have been deleted, "
            f"the brake is at {limit:.0%}."
        )

    def end(self, tx: Tx) -> None:
        """Forget a brake that was passed."""
        if self.taken or self.released:
            tx.execute(t.hub.delete().where(t.hub.c.key == _disappeared_key(self.scope)))

    def _total(self, tx: Tx) -> int:
        r = t.record
        live = select(func.count()).select_from(r).where(r.c.scope_id == self.scope.id, r.c.state == "live")
        return int(tx.scalar(live) or 0) + self.taken


def _disappeared_key(scope: Scope) -> str:
    return f"disappeared/{scope.system}/{scope.object}"


def _release_disappeared(tx: Tx, scope: Scope) -> int:
    key = _disappeared_key(scope)
    noted = from_json(tx.scalar(select(t.hub.c.value).where(t.hub.c.key == key)) or "")
    missing = int(noted.get("missing", 0))
    if missing:
        tx.upsert(t.hub, ("key", "value"), [(key, to_json({**noted, "released": missing}))], key=("key",))
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
    tx.delete_in(t.hub, "key", [f"release/{scope.system}/{scope.object}"])

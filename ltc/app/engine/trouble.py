"""What ails a system as a whole: noted when a run or a lane gives it up, forgotten when it goes well again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select

from ltc.app.engine.bodies import without_bodies
from ltc.app.engine.context import instant
from ltc.core.errors import Braked, Fenced, Later, LtcError, Misconfigured, QuotaSpent, Unauthorised
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ltc.core.store import Tx

MISCONFIGURED: Final = "misconfigured"
UNAUTHORISED: Final = "unauthorised"
UNREACHABLE: Final = "unreachable"
BRAKED: Final = "braked"
REFUSED: Final = "refused"
"""Webhooks of the system were refused; this one is not forgotten when the system goes well, but when none comes any more."""

REFUSED_WITHIN: Final = timedelta(minutes=15)
_PASSING: Final = ("store.", "lease.", "system.crowded")


def kind_of(fault: LtcError) -> str:
    """Say what kind of trouble an error is; "" for what passes by itself or is told otherwise."""
    if isinstance(fault, QuotaSpent | Fenced) or fault.code.startswith(_PASSING):
        return ""
    kinds = ((Braked, BRAKED), (Misconfigured, MISCONFIGURED), (Unauthorised, UNAUTHORISED), (Later, UNREACHABLE))
    return next((kind for cls, kind in kinds if isinstance(fault, cls)), "")


def note(tx: Tx, system: str, fault: LtcError, now: str) -> None:
    """Note what went wrong; what went wrong before in the same way is since then, what did in another way is over."""
    kind = kind_of(fault)
    if kind:
        tx.execute(delete(t.trouble).where(t.trouble.c.system == system, t.trouble.c.kind.not_in((kind, REFUSED))))
        keep(tx, system, kind, without_bodies(fault.message), fault.remedy, now)


def keep(tx: Tx, system: str, kind: str, message: str, remedy: str, now: str, times: int = 1) -> None:
    """Keep a trouble, and how often it was met."""
    known = (t.trouble.c.system == system, t.trouble.c.kind == kind)
    row = tx.execute(select(t.trouble.c.since, t.trouble.c.times).where(*known)).first()
    since, before = (row[0], int(row[1])) if row is not None else (now, 0)
    columns = ("system", "kind", "message", "remedy", "since", "last_at", "times")
    tx.upsert(t.trouble, columns, [(system, kind, message, remedy, since, now, before + times)], key=("system", "kind"))


def keep_refused(tx: Tx, system: str, number: int, now: datetime) -> None:
    """Keep that webhooks were refused; after a quarter of an hour without any, counting begins anew."""
    old = instant(now - REFUSED_WITHIN)
    same = (t.trouble.c.system == system, t.trouble.c.kind == REFUSED, t.trouble.c.last_at < old)
    tx.execute(delete(t.trouble).where(*same))
    keep(tx, system, REFUSED, "Webhooks were refused.", "", instant(now), number)


def forget(tx: Tx, systems: Sequence[str]) -> None:
    """Note that systems go well."""
    if systems:
        tx.execute(_FORGET, {"systems": list(systems)})


_FORGET = delete(t.trouble).where(t.trouble.c.system.in_(bindparam("systems", expanding=True)), t.trouble.c.kind != REFUSED)


def troubles(tx: Tx) -> list[dict[str, Any]]:
    """Say what ails systems."""
    rows = tx.execute(select(t.trouble).order_by(t.trouble.c.system, t.trouble.c.kind)).mappings()
    return [dict(row) for row in rows]

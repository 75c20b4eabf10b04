"""Quotas: tokens and budgets that all workers share, each taken in one statement by the database's clock.

The bucket is kept as one moment, `full_at`: when it would be full again if nobody called. Whoever takes tokens moves that moment
on and learns from the answer when each token may be used; so nobody asks twice, and nobody can take what another has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, TextClause, bindparam, text

from ltc.core.store.leases import NOW
from ltc.core.store.quota_table import quota as q

if TYPE_CHECKING:
    from ltc.core.store.door import Tx

MINUTE, HOUR = 60_000_000, 3_600_000_000
ASKED = 3
"""Calls that may be made to hear how a budget stands: signing in is one, and its answer does not say it."""
COLUMNS = ("full_at", "period", "used", "told_limit", "told_at", "rests_until", "why")


@dataclass(frozen=True, slots=True)
class State:
    """How a system's quota stands; ``now`` is the clock by which it is kept."""

    now: int
    full_at: int = 0
    period: int = 0
    used: int = 0
    told_limit: int = 0
    told_at: int = 0
    rests_until: int = 0
    why: str = ""

    def used_since(self, period: int) -> int:
        """Say how much of the present period's budget is used."""
        return self.used if self.period >= period else 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a worker would like to take.

    ``interval`` is the time between two tokens and ``burst`` the time that a full bucket is worth, both in microseconds (0: no
    limit). ``period`` is when the budget's day or hour began, ``most`` how much of it this worker may use (-1: any). ``told``
    is what the system said was used since this worker asked last (-1: nothing), ``told_limit`` what it said there is, and
    ``told_at`` when. ``given_back`` are tokens that were taken and not used. ``patience`` is the longest wait for the first one.
    """

    system: str
    number: int = 1
    interval: int = 0
    burst: int = 0
    period: int = 0
    most: int = -1
    told: int = -1
    told_limit: int = 0
    told_at: int = 0
    given_back: int = 0
    patience: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens that were taken: the moment from which the first may be used, and the time between two of them."""

    now: int
    first_at: int
    interval: int
    number: int
    used: int


def clock(tx: Tx, virtual: int | None) -> str:
    """Give the expression of the present moment: the database's own clock, or a virtual one's microseconds."""
    return NOW[tx.dialect] if virtual is None else str(int(virtual))


def prepare(tx: Tx, system: str) -> None:
    """Make a system's row, unless it is there."""
    tx.insert_new(q, ("system",), [(system,)], key=("system",))


def look(tx: Tx, system: str, virtual: int | None = None) -> State:
    """Say how a system's quota stands; as good as new if nobody has called it."""
    now = clock(tx, virtual)
    sql = f'SELECT {now}, {", ".join(COLUMNS)} FROM "quota" WHERE system = :system'  # noqa: S608 - expressions of our own
    row = tx.connection.execute(text(sql), {"system": system}).first()
    if row is None:
        return State(int(tx.connection.execute(text(f"SELECT {now}")).scalar_one()))
    return State(*row)


def take(tx: Tx, wish: Wish, virtual: int | None = None) -> Grant | None:
    """Take tokens, or None: then :func:`look` says whether the system rests, is crowded, or has no budget left.

    A bucket that would be full later than anybody can have brought about is that of a clock that was set back since.
    """
    now = clock(tx, virtual)
    used = "(CASE WHEN :told >= 0 THEN :told WHEN period < :period THEN 0 WHEN used < :back THEN 0 ELSE used - :back END)"
    begun = f"(CASE WHEN :interval > 0 AND full_at > {now} AND full_at <= {now} + :far THEN full_at ELSE {now} END)"
    sql = (
        f'UPDATE "quota" SET full_at = {begun} + :number * :interval, used = {used} + :number, '  # noqa: S608 - as above
        "period = CASE WHEN period < :period THEN :period ELSE period END, "
        "told_limit = CASE WHEN :limit > 0 THEN :limit ELSE told_limit END, "
        "told_at = CASE WHEN :told >= 0 THEN :told_at ELSE told_at END "
        f"WHERE system = :system AND rests_until <= {now} "
        f"AND {begun} + :interval - :burst - {now} <= :patience "
        f"AND (:most < 0 OR {used} + :number <= :most) "
        f"RETURNING {now}, full_at, used"
    )
    row = tx.connection.execute(_typed(sql), _parameters(wish)).first()
    if row is None:
        return None
    before = int(row[1]) - wish.number * wish.interval
    return Grant(int(row[0]), before + wish.interval - wish.burst, wish.interval, wish.number, int(row[2]))


def ask_again(tx: Tx, system: str, virtual: int | None = None) -> Grant | None:
    """Take a few tokens of a budget of which the system last spoke an hour ago: its answers say how it stands now."""
    now = clock(tx, virtual)
    sql = (
        f'UPDATE "quota" SET told_at = {now}, used = used + {ASKED} '  # noqa: S608 - as above
        f"WHERE system = :system AND told_at > 0 AND told_at <= {now} - {HOUR} AND rests_until <= {now} RETURNING {now}, used"
    )
    row = tx.connection.execute(text(sql), {"system": system}).first()
    return Grant(int(row[0]), int(row[0]), 0, ASKED, int(row[1])) if row is not None else None


def note(tx: Tx, wish: Wish) -> None:
    """Keep what the system said, and give back what was not used, without taking anything."""
    sql = (
        'UPDATE "quota" SET used = CASE WHEN :told >= 0 THEN :told WHEN period < :period THEN 0 '
        "WHEN used < :back THEN 0 ELSE used - :back END, "
        "period = CASE WHEN period < :period THEN :period ELSE period END, "
        "told_limit = CASE WHEN :limit > 0 THEN :limit ELSE told_limit END, "
        "told_at = CASE WHEN :told >= 0 THEN :told_at ELSE told_at END WHERE system = :system"
    )
    tx.connection.execute(_typed(sql), _parameters(wish))


def rest(tx: Tx, system: str, until: int, why: str) -> None:
    """Leave a system alone until a moment, since it said that its quota is spent."""
    prepare(tx, system)
    sql = 'UPDATE "quota" SET rests_until = :until, why = :why WHERE system = :system AND rests_until < :until'
    tx.connection.execute(text(sql), {"system": system, "until": until, "why": why[:500]})


def _typed(sql: str) -> TextClause:
    """Say that the numbers are large: PostgreSQL would multiply small ones in sixteen bits."""
    names = ("number", "interval", "burst", "period", "most", "told", "told_at", "limit", "back", "patience", "far")
    return text(sql).bindparams(*(bindparam(name, type_=BigInteger) for name in names if f":{name}" in sql))


def _parameters(wish: Wish) -> dict[str, Any]:
    return {
        "system": wish.system, "number": wish.number, "interval": wish.interval, "burst": wish.burst, "period": wish.period,
        "most": wish.most, "told": wish.told, "told_at": wish.told_at, "limit": wish.told_limit, "back": wish.given_back,
        "patience": wish.patience, "far": 2 * (wish.patience + wish.burst) + MINUTE,
    }  # fmt: skip

"""After a clock was set back: moments that seemed near lie hours ahead, and nobody waits for them.

To be early does no harm: a system whose calls are spent says so again, and who is alive renews what is his in a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from ltc.core.store.leases import NOW
from ltc.core.store.queue import UNCLAIMED_SECONDS

if TYPE_CHECKING:
    from ltc.core.store.door import Tx

FAR_SECONDS: Final = 3600.0
"""No right is held for so long: who finds one has it from a clock that was set back while he was not there."""

RIGHTS: Final = (
    "UPDATE run SET until = {now} + :term WHERE until IS NOT NULL AND status = 'running' AND until > {now} + :far + :term",
    "UPDATE run SET until = {now} + :asked WHERE status = 'queued' AND until > {now} + :far + :asked AND not_before < {now}",
    'UPDATE "lease" SET until = {now} + :term WHERE until > {now} + :far + :term',
)
CALLS: Final = "UPDATE intent SET deadline = :ended WHERE state = 'open' AND deadline > :far_ended"
PUT_OFF: Final = (
    "UPDATE run SET not_before = 0, until = {now} + :asked WHERE until IS NOT NULL AND status = 'queued' AND not_before > {now}",
    'UPDATE "quota" SET rests_until = 0 WHERE rests_until > {now}',
    "UPDATE change SET not_before = :at WHERE state = 'due' AND not_before > :at",
    "UPDATE hook SET not_before = :at WHERE state = 'pending' AND not_before > :at",
    "UPDATE notice SET not_before = :at WHERE state = 'due' AND not_before > :at",
)


def hold_to(tx: Tx, ended: str, far_ended: str, *, term: float, far: float) -> None:
    """Let rights that reach further than ``far`` lapse within a term, and calls be settled when they have ended.

    ``ended`` is an instant by which a call that is under way has come to its end; those that end after ``far_ended`` are meant.
    """
    known = {"term": term, "far": far, "asked": UNCLAIMED_SECONDS}
    for sql in RIGHTS:
        _run(tx, sql, **{name: int(seconds * 1_000_000) for name, seconds in known.items()})
    _run(tx, CALLS, ended=ended, far_ended=far_ended)


def release(tx: Tx, at: str) -> None:
    """Let what was put off be tried at this instant."""
    for sql in PUT_OFF:
        _run(tx, sql, at=at, asked=int(UNCLAIMED_SECONDS * 1_000_000))


def _run(tx: Tx, sql: str, **known: object) -> None:
    wanted = {name: value for name, value in known.items() if f":{name}" in sql}
    tx.connection.execute(text(sql.format(now=NOW[tx.dialect])), wanted)

"""The queue of runs: what was claimed and has not ended is in the store, so that a message about it may be lost or doubled.

A run is queued, running, or has ended. Whoever takes it holds it for a term of the database's clock and renews that term; when it
lapses, the sweep queues the run again under a higher token, and the old holder writes nothing more. What is queued and taken by
nobody is asked for again, each time after twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, text

from ltc.core.errors import Fenced
from ltc.core.store.leases import BEATS, NOW, Held

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection, Row

    from ltc.core.store.door import Tx
    from ltc.core.store.store import Store

UNCLAIMED_SECONDS: Final = 15.0
"""So long a queued run waits before it is asked for again."""

LOOK_SECONDS: Final = 10.0
"""The sweep looks at least so often."""

MOST_ATTEMPTS: Final = 5
"""A run whose worker was lost so often, without an end of a slice in between, has failed for good."""

_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Hold(Held):
    """The right to work on a run, and what there is to know of the run."""

    run_id: int = 0
    job: str = ""
    slot: str = ""
    options: str = "{}"
    slices: int = 0
    begun: str = ""

    def check(self, connection: Connection) -> None:
        """Renew within a transaction; raise :class:`Fenced` if the run was given to another worker, or has ended."""
        sql = (
            f"UPDATE run SET until = {NOW[connection.dialect.name]} + :term "  # noqa: S608 - the clock's expression is ours
            "WHERE id = :id AND token = :token AND status = 'running'"
        )
        known = {"term": int(self.seconds * _SECOND), "id": self.run_id, "token": self.token}
        if connection.execute(text(sql), known).rowcount != 1:
            raise Fenced(f"{self.holder} lost run {self.run_id} of {self.job!r} (token {self.token}) to another worker.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for a worker."""

    run_id: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: runs to ask for again, those whose worker was lost, those given up, and when to look again."""

    waiting: list[Waiting] = field(default_factory=list)
    lost: list[tuple[int, str, str]] = field(default_factory=list)
    given_up: list[tuple[int, str, str]] = field(default_factory=list)
    seconds: float = LOOK_SECONDS


def put(tx: Tx, row: Mapping[str, Any], *, most: int = 0, wait: float = 0.0) -> int | None:
    """Queue a run; None if its slot is taken, or if ``most`` runs of its job have not ended, those with options apart.

    ``row`` has job and slot, and may have priority, options and actor. ``wait`` is the seconds before which nobody takes it.
    """
    connection, now = tx.connection, NOW[tx.dialect]
    if most:
        lock(tx, row["job"])  # two slots of one job that are claimed at once must see each other
        active = text("SELECT count(*) FROM run WHERE job = :job AND until IS NOT NULL AND options = '{}'")
        if (connection.execute(active, {"job": row["job"]}).scalar() or 0) >= most:
            return None
    begins = f"{now} + :wait" if wait else "0"  # not `now`: should the clock be set back, who may begin now still may
    sql = (
        "INSERT INTO run (job, slot, status, counts, priority, options, actor, until, not_before) "  # noqa: S608
        f"VALUES (:job, :slot, 'queued', :counts, :priority, :options, :actor, {now} + :until, {begins}) "
        "ON CONFLICT (job, slot) DO NOTHING RETURNING id"
    )
    values = {
        "counts": "{}", "priority": 0, "options": "{}", "actor": "hub", **row,
        "wait": int(wait * _SECOND), "until": int((wait + UNCLAIMED_SECONDS) * _SECOND),
    }  # fmt: skip
    if not wait:
        del values["wait"]
    return connection.execute(text(sql), values).scalar()


def lock(tx: Tx, job: str) -> None:
    """Let what is decided about a job's runs be decided by one transaction after another; SQLite has one at a time anyway."""
    if tx.dialect == "postgresql":
        tx.connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('ltc.run/' || :job))"), {"job": job})


def waits_to_begin(tx: Tx, job: str) -> bool:
    """Tell whether a run of a job is queued that no worker has begun: whatever happened until now, it will see."""
    begins = "until IS NOT NULL AND status = 'queued' AND slices = 0 AND options = '{}'"
    sql = f"SELECT 1 FROM run WHERE job = :job AND {begins} LIMIT 1"  # noqa: S608 - the condition is ours
    return tx.connection.execute(text(sql), {"job": job}).first() is not None


def take(store: Store, holder: str, seconds: float, at: str, run_id: int = 0, jobs: Sequence[str] = ()) -> Hold | None:
    """Take a run that waits, the named one or else the most urgent (of some jobs); None if another was quicker."""
    with store.writing() as connection:
        return take_within(connection, store, holder, seconds, at, run_id, jobs)


def take_within(
    connection: Connection, store: Store, holder: str, seconds: float, at: str, run_id: int = 0, jobs: Sequence[str] = ()
) -> Hold | None:
    """Take a run in a transaction that has more to do."""
    now = NOW[connection.dialect.name]
    skip = " FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    chosen = f"AND {'id = :id' if run_id else f'not_before <= {now}'} {'AND job IN :jobs' if jobs else ''}"
    sql = (
        f"UPDATE run SET status = 'running', token = token + 1, holder = :holder, until = {now} + :term, submissions = 0, "  # noqa: S608
        "slices = slices + 1, started_at = COALESCE(started_at, :at) WHERE id = ("
        f"SELECT id FROM run WHERE until IS NOT NULL AND status = 'queued' {chosen} ORDER BY priority DESC, id LIMIT 1{skip}"
        ") RETURNING id, job, slot, token, options, slices, started_at"
    )
    known: dict[str, Any] = {"holder": holder, "term": int(seconds * _SECOND), "at": at, "id": run_id}
    statement = text(sql)
    if jobs:
        statement, known["jobs"] = statement.bindparams(bindparam("jobs", expanding=True)), list(jobs)
    row = connection.execute(statement, known).first()
    if row is None:
        return None
    told = (row.id, row.job, row.slot, row.options, row.slices, row.started_at)
    return Hold(store, f"run/{row.id}", row.token, holder, seconds, *told)


def is_anything_waiting(tx: Tx) -> bool:
    """Tell whether a run waits that could be taken now; nothing is locked for it."""
    sql = f"SELECT 1 FROM run WHERE until IS NOT NULL AND status = 'queued' AND not_before <= {NOW[tx.dialect]} LIMIT 1"  # noqa: S608
    return tx.connection.execute(text(sql)).first() is not None


def hand_on(tx: Tx, hold: Hold, *, wait: float = 0.0) -> None:
    """Queue a held run again, since there is more to do; the transaction is under the hold."""
    sql = (
        "UPDATE run SET status = 'queued', attempts = 0, submissions = 0, "  # noqa: S608
        f"until = {NOW[tx.dialect]} + :until, not_before = {f'{NOW[tx.dialect]} + :until' if wait else 0} WHERE id = :id"
    )
    until = wait or UNCLAIMED_SECONDS  # what must wait is asked for when its time has come
    tx.connection.execute(text(sql), {"id": hold.run_id, "until": int(until * _SECOND)})


def end(tx: Tx, hold: Hold, *, status: str, error: str, counts: str, at: str) -> None:
    """End a held run; the transaction is under the hold."""
    sql = "UPDATE run SET status = :status, error = :error, counts = :counts, finished_at = :at, until = NULL WHERE id = :id"
    tx.connection.execute(text(sql), {"status": status, "error": error, "counts": counts, "at": at, "id": hold.run_id})


def sweep(store: Store, at: str, *, most: int = MOST_ATTEMPTS, term: float = 0.0) -> Swept:
    """Queue again what lost its worker, ask again for what nobody took, give up what loses every worker.

    ``term`` is how long a worker holds a run: so long after a jump of the clock nobody is taken for lost.
    """
    with store.reading() as tx:
        store.clock.hear(tx.connection)
        seconds = _soonest(tx) if store.clock.is_steady(term) else term / BEATS
    if seconds > 0:
        return Swept(seconds=min(seconds, LOOK_SECONDS))
    with store.writing() as connection:
        rows = connection.execute(text(_sweeping(connection.dialect.name)), {"most": most, "at": at}).all()
        swept = Swept()
        for row in rows:
            _sort(swept, row)
        parts = text(
            "UPDATE run SET status = 'failed', error = 'interrupted', finished_at = :at WHERE parent = :id AND status = 'running'"
        )
        for run_id, _, _ in swept.given_up:
            connection.execute(parts, {"at": at, "id": run_id})
    return swept


def _soonest(tx: Tx) -> float:
    sql = f"SELECT min(until) - {NOW[tx.dialect]} FROM run WHERE until IS NOT NULL"  # noqa: S608
    soonest = tx.connection.execute(text(sql)).scalar()
    return LOOK_SECONDS if soonest is None else float(soonest) / _SECOND + 0.05


def _sweeping(dialect: str) -> str:
    """Say the sweep; a row that a transaction of its holder has locked is alive, and left alone."""
    now, skip = NOW[dialect], " FOR UPDATE SKIP LOCKED" if dialect == "postgresql" else ""
    lost, over = "status = 'running'", "status = 'running' AND attempts + 1 >= :most"
    told = "'Given up: ' || (attempts + 1) || ' workers were lost while they worked on it, the last one was ' || holder || '.'"
    pause = f"CAST({int(UNCLAIMED_SECONDS * _SECOND)} AS BIGINT)"
    longer = f"{pause} * (1 << (CASE WHEN submissions > 5 THEN 5 ELSE submissions END))"
    return (
        f"UPDATE run SET until = CASE WHEN {over} THEN NULL WHEN {lost} THEN {now} + {pause} ELSE {now} + {longer} END, "  # noqa: S608
        f"error = CASE WHEN {over} THEN {told} ELSE error END, finished_at = CASE WHEN {over} THEN :at ELSE finished_at END, "
        f"attempts = attempts + CASE WHEN {lost} THEN 1 ELSE 0 END, token = token + CASE WHEN {lost} THEN 1 ELSE 0 END, "
        f"submissions = CASE WHEN {lost} THEN 0 ELSE submissions + 1 END, "
        f"not_before = CASE WHEN {lost} THEN 0 ELSE not_before END, "
        f"status = CASE WHEN {over} THEN 'failed' ELSE 'queued' END "
        f"WHERE id IN (SELECT id FROM run WHERE until < {now}{skip}) "
        "RETURNING id, job, status, priority, attempts, submissions, holder"
    )


def _sort(swept: Swept, row: Row[Any]) -> None:
    if row.status == "failed":
        swept.given_up.append((row.id, row.job, row.holder))
        return
    if not row.submissions:
        swept.lost.append((row.id, row.job, row.holder))
    swept.waiting.append(Waiting(row.id, row.priority))

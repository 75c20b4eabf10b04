"""The ledger of a lane: one run for every five minutes in which webhooks had something done.

A run for every webhook would be thousands in an hour. Five minutes are as long as a shipped sync's turn, so that brakes, which
hold per run, are as strict for webhooks as for syncs.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select, update

from ltc.app.engine.brakes import end_release
from ltc.app.engine.context import instant
from ltc.app.engine.counting import add_records
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

JOBS = "hooks"
SLOT_SECONDS = 300
KEPT_EVERY_SECONDS = 2.0
BARE = ("read", "writes", "parked")


class Ledger:
    """The runs of one system's lane; processes that work on one system share them."""

    def __init__(self, ctx: Context, system: str, holder: str) -> None:
        """Take the context whose counts are kept."""
        self.ctx, self.system, self.holder = ctx, system, holder
        self.job = f"{JOBS}:{system}"
        self._slot = ""
        self._run = 0
        self._extra: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._summed: dict[int, Counter[str]] = {}
        self._kept_at: datetime | None = None
        self._error = ""

    @property
    def run_id(self) -> int:
        """Give the number of the present run; it begins with the first thing that there is to do."""
        if not self._run:
            self._slot = instant(self._begin())
            self._run = self.ctx.transact(self._open)
        return self._run

    def turn_page(self) -> bool:
        """End a run whose five minutes are over; tell whether there was one."""
        if not self._run or instant(self._begin()) == self._slot:
            return False
        self.close()
        return True

    def count(self, name: str, number: int) -> None:
        """Count what belongs to no scope."""
        self._extra[name] += number

    def fail(self, error: str) -> None:
        """Note what went wrong last."""
        self._error, self._kept_at = error, None

    def keep(self) -> None:
        """Store the counts now and then."""
        now = self.ctx.clock.now()
        if self._run and (self._kept_at is None or (now - self._kept_at).total_seconds() >= KEPT_EVERY_SECONDS):
            self._kept_at = now
            self.ctx.transact(lambda tx: self._store(tx, "running"))

    def close(self) -> None:
        """End the run."""
        if self._run:
            self.ctx.transact(lambda tx: self._store(tx, "failed" if self._error else "done"))
            self.ctx.transact(self._end_releases)
        self._run, self._error, self._kept_at = 0, "", None
        self._extra.clear()
        self._kept.clear()
        self._summed.clear()
        self.ctx.counts.clear()

    def _begin(self) -> datetime:
        """Give the beginning of the present five minutes."""
        seconds = int(self.ctx.clock.now().timestamp()) // SLOT_SECONDS * SLOT_SECONDS
        return datetime.fromtimestamp(seconds, UTC)

    def _open(self, tx: Tx) -> int:
        r, now = t.run, self.ctx.now()
        ended = {"status": "done", "finished_at": now}
        tx.execute(update(r).where(r.c.job == self.job, r.c.status == "running", r.c.slot < self._slot).values(**ended))
        row = (self.job, self._slot, self.system, "running", now)
        tx.insert_new(r, ("job", "slot", "system", "status", "started_at"), [row], key=("job", "slot"))
        return int(tx.scalar(select(r.c.id).where(r.c.job == self.job, r.c.slot == self._slot)))

    def _store(self, tx: Tx, status: str) -> None:
        """Add to the run's counts what came since they were kept last."""
        total, tallies = self._extra.copy(), {scope_id: counts.tally.copy() for scope_id, counts in self.ctx.counts.items()}
        for tally in tallies.values():
            total.update(tally)
        new = total - self._kept
        for scope_id, tally in tallies.items():
            add_records(tx, self.ctx.scopes[scope_id], tally - self._summed.get(scope_id, Counter()))
        rows = tx.select_in(t.run, ("counts",), "id", [self._run], lock=True)
        kept = Counter(msgspec.json.decode(rows[0][0])) if rows else Counter()
        merged = {**dict.fromkeys(BARE, 0), **(kept + new)}
        values = {
            "counts": msgspec.json.encode(merged).decode(),
            "status": status,
            "error": self._error,
            "finished_at": self.ctx.now(),
        }
        tx.update_in(t.run, "id", [self._run], values)
        tx.afterwards.append(partial(self._has_kept, total, tallies))

    def _has_kept(self, total: Counter[str], tallies: dict[int, Counter[str]]) -> None:
        """Remember what is counted in the store; only now, since the transaction might have been done again."""
        self._kept, self._summed = total, tallies

    def _end_releases(self, tx: Tx) -> None:
        """Take back what a person let through, once something was written under it: it held for one run."""
        for scope in self.ctx.scopes.values():
            written = self.ctx.counts[scope.id].tally["writes"] if scope.id in self.ctx.counts else 0
            if scope.system == self.system and written:
                end_release(tx, scope)

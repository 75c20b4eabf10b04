"""Counting: what runs did is added to the totals by the transaction that ends them, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ltc.core.store import totals

if TYPE_CHECKING:
    from collections import Counter

    from ltc.app.engine.scope import Scope
    from ltc.core.store import Tx

RECORDS: Final = frozenset(
    {
        *("read", "unchanged", "planned", "created", "updated", "writes", "parked", "unknown", "settled", "put_off"),
        *("read_back_failed", "api_calls"),
    }
)
"""What is added up, of all that runs count; other counts bear names of fields or lines, which may be many."""


def add_job(tx: Tx, job: str, status: str) -> None:
    """Count a job's run that has ended."""
    totals.add(tx, {("jobs", "", job, status): 1})


def add_run(tx: Tx, scope: Scope, status: str, counts: Counter[str]) -> None:
    """Count a run of one object that has ended, and what it did."""
    totals.add(tx, {("runs", scope.system, scope.object, status): 1})
    add_records(tx, scope, counts)


def add_records(tx: Tx, scope: Scope, counts: Counter[str]) -> None:
    """Count what became of the records of one object."""
    totals.add(tx, {("records", scope.system, scope.object, name): counts[name] for name in RECORDS})

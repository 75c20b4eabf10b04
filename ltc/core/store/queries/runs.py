"""Runs: what ran, when, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ltc.core.store.queries.paging import Document, page, plain
from ltc.core.store.tables import run as r

if TYPE_CHECKING:
    from ltc.core.store.door import Tx


def runs(
    tx: Tx, *, job: str = "", system: str = "", entity: str = "", status: str = "", after: int = 0, limit: int = 100,
    newest_first: bool = True,
) -> list[Document]:  # fmt: skip
    """List runs; ``job`` also finds those of its parts, named ``job:system.object``."""
    statement = select(r)
    if job:
        statement = statement.where((r.c.job == job) | r.c.job.startswith(f"{job}:", autoescape=True))
    for column, wanted in ((r.c.system, system), (r.c.entity, entity), (r.c.status, status)):
        if wanted:
            statement = statement.where(column == wanted)
    return [_document(row) for row in page(tx, statement, r.c.id, after=after, limit=limit, newest_first=newest_first)]


def run(tx: Tx, number: int) -> Document | None:
    """Give one run."""
    found = tx.execute(select(r).where(r.c.id == number)).mappings().first()
    return _document(dict(found)) if found is not None else None


def last_runs(tx: Tx) -> dict[str, Document]:
    """Give each job's last run that began, by the job's name."""
    last = select(func.max(r.c.id)).where(r.c.started_at.is_not(None)).group_by(r.c.job)
    rows = tx.execute(select(r).where(r.c.id.in_(last)).order_by(r.c.id)).mappings()
    return {row["job"]: _document(dict(row)) for row in rows}


def last_success(tx: Tx) -> dict[str, str]:
    """Say when each job last ended well, by the job's name: a silent stop is a failure too."""
    statement = select(r.c.job, func.max(r.c.finished_at)).where(r.c.status == "done").group_by(r.c.job)
    return {row[0]: row[1] for row in tx.execute(statement)}


def _document(row: dict[str, Any]) -> Document:
    return row | {"counts": plain(row["counts"])}

"""Exceptions: records that could not go on, each with its reason, its field and its mapping line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ltc.core.store.queries.paging import Document, page
from ltc.core.store.queries.search import find, spellings
from ltc.core.store.tables import exception as e
from ltc.core.store.tables import scope as s

if TYPE_CHECKING:
    from sqlalchemy.sql import Select

    from ltc.core.store.door import Tx

ALL = "all"


def exceptions(
    tx: Tx, *, state: str = "open", system: str = "", obj: str = "", entity: str = "", stage: str = "", code: str = "",
    field: str = "", record_id: str = "", run: int = 0, after: int = 0, limit: int = 100, newest_first: bool = False,
) -> list[Document]:  # fmt: skip
    """List exceptions; ``state`` is open, retrying, resolved or all; ``record_id`` any id of the record."""
    joined = e.outerjoin(s, s.c.id == e.c.scope_id)
    statement = select(e, s.c.system, s.c.object).select_from(joined)
    if state != ALL:
        statement = statement.where(e.c.state == state)
    if record_id:
        hub_ids = [found["hub_id"] for found in find(tx, record_id)]
        statement = statement.where(e.c.ext_id.in_(spellings(record_id)) | e.c.hub_id.in_(hub_ids))
    if run:
        statement = statement.where(e.c.run_id == run)
    for column, wanted in (
        (s.c.system, system), (s.c.object, obj), (e.c.entity, entity), (e.c.stage, stage), (e.c.code, code), (e.c.field, field),
    ):  # fmt: skip
        if wanted:
            statement = statement.where(column == wanted)
    rows = page(tx, statement, e.c.id, after=after, limit=limit, newest_first=newest_first)
    return [_document(row) for row in rows]


def exception(tx: Tx, number: int) -> Document | None:
    """Give one exception."""
    joined = e.outerjoin(s, s.c.id == e.c.scope_id)
    found = tx.execute(select(e, s.c.system, s.c.object).select_from(joined).where(e.c.id == number)).mappings().first()
    return _document(dict(found)) if found is not None else None


def causes(tx: Tx, *, state: str = "open", limit: int = 100) -> list[Document]:
    """Group exceptions by what they have in common, the most frequent first: one mend often frees them all."""
    shared = (s.c.system, s.c.object, e.c.entity, e.c.stage, e.c.code, e.c.field, e.c.mapping_file, e.c.mapping_line)
    number = func.count().label("number")
    extremes = (func.min(e.c.created_at).label("since"), func.max(e.c.id).label("example"))
    statement: Select[Any] = select(*shared, number, *extremes).select_from(e.outerjoin(s, s.c.id == e.c.scope_id))
    if state != ALL:
        statement = statement.where(e.c.state == state)
    rows = tx.execute(statement.group_by(*shared).order_by(number.desc(), func.max(e.c.id)).limit(limit)).mappings()
    return [
        {
            "number": row["number"], "system": row["system"], "object": row["object"], "entity": row["entity"],
            "stage": row["stage"], "code": row["code"], "field": row["field"],
            "mapping": {"file": row["mapping_file"], "line": row["mapping_line"]}, "since": row["since"],
            "example": row["example"],
        }
        for row in rows
    ]  # fmt: skip


def counts(tx: Tx) -> dict[str, int]:
    """Count exceptions by state."""
    return {row[0]: int(row[1]) for row in tx.execute(select(e.c.state, func.count()).group_by(e.c.state))}


def _document(row: dict[str, Any]) -> Document:
    return {
        "id": row["id"], "system": row["system"], "object": row["object"], "record_id": row["ext_id"], "entity": row["entity"],
        "hub_id": row["hub_id"], "stage": row["stage"],
        "error": {
            "code": row["code"], "message": row["message"], "remedy": row["remedy"], "severity": "error",
            "file": row["mapping_file"], "line": row["mapping_line"], "column": 0, "path": row["field"],
        },
        "field": row["field"], "source_field": row["source_field"], "value": row["value"],
        "mapping": {"file": row["mapping_file"], "line": row["mapping_line"]}, "state": row["state"],
        "attempts": row["attempts"], "edited": bool(row["edit"]), "run": row["run_id"], "created_at": row["created_at"],
        "updated_at": row["updated_at"], "resolved_at": row["resolved_at"], "resolved_by": row["resolved_by"],
    }  # fmt: skip

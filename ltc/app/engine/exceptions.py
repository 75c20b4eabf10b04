"""Exceptions: records that could not go on, with their reason; mended, retried, and closed when a later success covers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ltc.app.engine.state import from_json
from ltc.core.errors import FieldError, LtcError, Rejected, Untranslatable
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import RecordState
    from ltc.core.mapping import Line

COLUMNS = (
    "scope_id", "ext_id", "entity", "hub_id", "stage", "code", "message", "remedy", "field", "source_field", "value",
    "mapping_file", "mapping_line", "state", "attempts", "run_id", "created_at", "updated_at",
)  # fmt: skip
UNRESOLVED = ("open", "retrying")
OPEN_KEY = ("scope_id", "ext_id", "hub_id", "stage", "field")


def park(batch: Batch, scope: Scope, faults: Sequence[tuple[RecordState, LtcError]], *, stage: str) -> None:
    """Park records at a stage, one exception for each field at fault; a known exception counts one attempt more."""
    rows: list[tuple[Any, ...]] = []
    for record, fault in faults:
        rows += [
            (
                scope.id,
                record.ext_id,
                scope.entity,
                record.hub_id or "",
                stage,
                error.code,
                error.message,
                fault.remedy,
                error.path,
                error.source,
                error.value,
                error.file,
                error.line,
                "open",
                1,
                batch.ctx.run_id,
                batch.now,
                batch.now,
            )
            for error in reasons(scope, fault)
        ]
        batch.log(record, "parked", {"stage": stage, "code": fault.code, "error": fault.message})
    if rows:
        batch.ctx.count(scope, "parked", len(faults))
        store_exceptions(batch, rows)


def reasons(scope: Scope, fault: LtcError) -> list[FieldError]:
    """List the fields at fault; of a field that the system named, the line of the mapping that writes it."""
    if isinstance(fault, Untranslatable):
        return fault.errors
    source = fault.field if isinstance(fault, Rejected) else ""
    line = _line_of(scope, source) if source else None
    if line is None:
        return [FieldError(fault.code, fault.message, source=source)]
    return [FieldError(fault.code, fault.message, line.path, source, file=line.file, line=line.line, column=line.column)]


def _line_of(scope: Scope, source: str) -> Line | None:
    """Find the line that writes a raw field; a field of a row is known by its own name too."""
    lines = [line for line in scope.mapping.lines if line.direction != "in"] if scope.mapping is not None else []
    names = [(line, [name.strip() for name in line.source.split(",")]) for line in lines]
    return next((line for line, told in names if source in told), None) or next(
        (line for line, told in names if source in {name.rpartition(".")[2] for name in told}), None
    )


def store_exceptions(batch: Batch, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert exceptions; one that is open already for the same record, stage and field is brought up to date."""
    scope_id = rows[0][0]
    found = batch.tx.select_in(
        t.exception,
        ("id", *OPEN_KEY, "attempts"),
        "ext_id",
        sorted({row[1] for row in rows}),
        equal={"scope_id": scope_id, "state": UNRESOLVED},
    )
    known = {tuple(row[1:6]): (row[0], row[6]) for row in found}
    fresh, again = {}, []
    for row in rows:
        key = (row[0], row[1], row[3], row[4], row[8])
        if key in known:
            number, attempts = known[key]
            again.append((number, row[5], row[6], row[10], "open", attempts + 1, batch.now))
        else:
            fresh[key] = row
    batch.tx.insert(t.exception, COLUMNS, list(fresh.values()))
    batch.tx.update_many(t.exception, ("id",), ("code", "message", "value", "state", "attempts", "updated_at"), again)


def resolve(batch: Batch, scope: Scope, ext_ids: Iterable[str], *, stage: str) -> None:
    """Close the open exceptions that these records had at a stage: they came through."""
    here = {"scope_id": scope.id, "stage": stage}
    rows = batch.tx.select_in(t.exception, ("id", "state"), "ext_id", ext_ids, equal=here)
    close(batch, [number for number, state in rows if state != "resolved"], actor="hub")


def open_at(batch: Batch, scope: Scope, ext_ids: Iterable[str], *, stage: str) -> list[str]:
    """Name those of these records that have an open exception at a stage."""
    known = {"scope_id": scope.id, "stage": stage, "state": UNRESOLVED}
    return sorted({row[0] for row in batch.tx.select_in(t.exception, ("ext_id",), "ext_id", list(ext_ids), equal=known)})


def close(batch: Batch, ids: Sequence[int], *, actor: str) -> None:
    """Mark exceptions as resolved."""
    batch.tx.update_many(
        t.exception,
        ("id",),
        ("state", "resolved_at", "resolved_by", "updated_at"),
        [(number, "resolved", batch.now, actor, batch.now) for number in ids],
    )


class Parked(NamedTuple):
    """What is known of an exception while its record is read again."""

    id: int
    ext_id: str
    stage: str
    state: str
    edit: str
    edit_basis: str | None


def parked_before(batch: Batch, scope: Scope, ext_ids: Iterable[str]) -> list[Parked]:
    """Look up the exceptions that these records have or had, at all stages at once."""
    rows = batch.tx.select_in(t.exception, Parked._fields, "ext_id", ext_ids, equal={"scope_id": scope.id})
    return [Parked(*row) for row in rows]


def edits_for(before: Iterable[Parked], digests: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Find what people mended in these records, by their hashes; an edit expires when the source itself changes."""
    return {
        one.ext_id: from_json(one.edit)
        for one in before if one.edit and one.state != "expired" and one.edit_basis == digests[one.ext_id]
    }  # fmt: skip


def close_at(batch: Batch, before: Iterable[Parked], ext_ids: Container[str], *, stage: str) -> None:
    """Close the exceptions among these that are open at a stage, of records that came through."""
    done = [one.id for one in before if one.stage == stage and one.state != "resolved" and one.ext_id in ext_ids]
    close(batch, done, actor="hub")

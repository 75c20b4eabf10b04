"""Lines of opportunities and orders: rows of a child object, written after the head that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.crm.salesforce.collections import Operation
from connectors.crm.salesforce.objects import HUB_KEY, LINES, Lines
from connectors.crm.salesforce.prices import complete_prices
from connectors.crm.salesforce.writer import Writer, head, result
from ltc.core.contract import Journal, Outcome, Verb, WriteItem, WriteResult
from ltc.core.errors import Rejected

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session

_NOT_COLUMNS = frozenset({"_row", "attributes", "id", "Id"})
_OPERATIONS: tuple[tuple[str, Operation], ...] = (("delete", "delete"), ("update", "update"), ("insert", "insert"))


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an item: what happens to it, its id or its key, and its columns."""

    item: WriteItem
    kind: str
    id: str
    columns: dict[str, Any]


def lines_of(obj: str, item: WriteItem) -> list[Line]:
    """Take the child rows of an item; on a create, every row is an insert."""
    lines = LINES.get(obj)
    held = item.fields.get(lines.relationship) if lines is not None else None
    rows: Sequence[Mapping[str, Any]] = (held.get("records") or ()) if isinstance(held, Mapping) else held or ()
    found = []
    for place, row in enumerate(rows):
        kind = "insert" if item.verb is Verb.CREATE else str(row.get("_row") or ("update" if row.get("Id") else "insert"))
        columns = {name: value for name, value in row.items() if name not in _NOT_COLUMNS and not isinstance(value, (dict, list))}
        if kind == "insert" and lines is not None:
            columns.setdefault(HUB_KEY, line_key(item, lines, row, place))
        found.append(Line(item, kind, str(row.get("Id") or row.get("id") or ""), columns))
    return found


def line_key(item: WriteItem, lines: Lines, row: Mapping[str, Any], place: int) -> str:
    """Give a line a key of its own, the same for each try: by its number if it has one, else by the intent and its place."""
    number = row.get(lines.number) if lines.number else None
    if number:
        known = item.fields.get(HUB_KEY) or (item.before or {}).get(HUB_KEY) or item.id or item.short_key
        return f"{known}-{number}"
    return f"{item.key[:32]}-{place}"


def write_lined(session: Session, writer: Writer, obj: str, items: Sequence[WriteItem], journal: Journal) -> list[WriteResult]:
    """Write heads, then lines; a head without changes of its own is not written."""
    changed = [item for item in items if item.verb is Verb.CREATE or head(obj, item.fields) or not lines_of(obj, item)]
    results = {item.key: WriteResult(item.key, Outcome.UPDATED, item.id) for item in items}
    if changed:
        results |= {one.key: one for one in writer.items(obj, changed)}
    going = [item for item in items if results[item.key].error is None]
    for item in going:
        if lines_of(obj, item):
            journal(item.key, "upsert" if item.verb is Verb.CREATE else "update", {"id": results[item.key].id})
    parents = {item.key: results[item.key].id for item in going}
    refusals = write_lines(session, writer, obj, [line for item in going for line in lines_of(obj, item)], parents)
    for item in going:
        if item.key in refusals:
            results[item.key] = refusals[item.key]
    return [results[item.key] for item in items]


def write_lines(
    session: Session, writer: Writer, obj: str, rows: Sequence[Line], parents: Mapping[str, str]
) -> dict[str, WriteResult]:
    """Delete, update and insert lines of several records together; give the results of the items whose lines failed."""
    lines = LINES[obj]
    complete_prices(session, obj, [(row.columns, parents[row.item.key]) for row in rows if row.kind == "insert"])
    refusals = {row.item.key: _other_product(row) for row in rows if row.kind == "update" and row.columns.get("Product2Id")}
    for kind, operation in _OPERATIONS:
        some = [row for row in rows if row.kind == kind and row.item.key not in refusals]
        given = [_row(row, lines, parents) for row in some]
        for row, answer in zip(
            some, writer.rows(lines.object, operation, given, lines.parent if kind == "insert" else ""), strict=True
        ):
            if answer.error is not None:
                failed = result(row.item, answer)
                refusals[row.item.key] = WriteResult(
                    row.item.key, _of_whole(failed.outcome), parents.get(row.item.key, row.item.id), error=failed.error
                )
    return refusals


def _other_product(row: Line) -> WriteResult:
    remedy = "Reject the line in its source and add another."
    error = Rejected("The product of a line that exists can't be changed in Salesforce.", field="Product2Id", remedy=remedy)
    return WriteResult(row.item.key, Outcome.REJECTED, row.item.id, error=error)


def _of_whole(outcome: Outcome) -> Outcome:
    """Say of the whole record what one line came to: a line that has gone makes the record stale."""
    return Outcome.STALE if outcome is Outcome.GONE else outcome


def _row(row: Line, lines: Lines, parents: Mapping[str, str]) -> dict[str, Any]:
    if row.kind == "delete":
        return {"id": row.id}
    if row.kind == "update":
        fixed = {lines.parent, "PricebookEntryId", "Product2Id"}
        return {"id": row.id, **{name: value for name, value in row.columns.items() if name not in fixed}}
    return {**row.columns, lines.parent: parents[row.item.key]}

"""Writing batches of the engine's items: rows to Collections or Bulk, results back to items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from connectors.crm.salesforce.bulk import Bulk
from connectors.crm.salesforce.collections import Collections, Operation, RowResult
from connectors.crm.salesforce.objects import ALONE, HUB_KEY, INSERTED, LINES, OBJECTS, STANDING
from connectors.crm.salesforce.prices import complete_entries
from ltc.core.contract import Outcome, Verb, WriteItem, WriteResult
from ltc.core.errors import Gone, Later, LtcError, Rejected, Stale, Unknown

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session
    from connectors.crm.salesforce.settings import SalesforceSettings
    from ltc.core.contract import Kit

_OUTCOMES: Final[Sequence[tuple[type[LtcError], Outcome]]] = (
    (Later, Outcome.LATER),
    (Unknown, Outcome.UNKNOWN),
    (Gone, Outcome.GONE),
    (Stale, Outcome.STALE),
)


class Writer:
    """Writes items of objects whose records are one row each; lines and orders build on its rows."""

    def __init__(self, session: Session, settings: SalesforceSettings, kit: Kit) -> None:
        """Choose between Collections and Bulk by the settings' threshold."""
        self._session = session
        self._threshold = settings.bulk_threshold
        self._collections = Collections(session, settings, kit)
        self._bulk = Bulk(session, settings, kit)

    def rows(
        self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], parent: str = "", *, repeat: bool = True
    ) -> list[RowResult]:
        """Write rows of one object, in whichever way costs fewer calls; results in order."""
        if not rows:
            return []
        order = (
            sorted(range(len(rows)), key=lambda place: str(rows[place].get(parent) or "")) if parent else list(range(len(rows)))
        )
        given = [rows[place] for place in order]
        answers = self._by_bulk(obj, operation, given) if len(rows) > self._threshold and _keyed(given) else None
        if answers is None:
            answers = self._collections.write(obj, operation, given, parent, repeat=repeat)
        results: list[RowResult] = [RowResult()] * len(rows)
        for place, answer in zip(order, answers, strict=True):
            results[place] = answer
        return results

    def _by_bulk(self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]]) -> list[RowResult] | None:
        """Write by a bulk job; None if the org refuses the job as a whole, since Collections then find the row that spoils it."""
        try:
            return self._bulk.write(obj, operation, rows)
        except Rejected:
            return None

    def items(self, obj: str, items: Sequence[WriteItem]) -> list[WriteResult]:
        """Write the heads of items of one verb."""
        verb = items[0].verb
        parent = next(iter(OBJECTS[obj].parents), "") if obj in OBJECTS else ""
        if verb is Verb.DELETE:
            answers = self.rows(obj, "delete", [{"id": item.id} for item in items])
        elif verb is Verb.CREATE:
            answers = self._create(obj, items, parent)
        else:
            standing = STANDING.get((obj, verb), {})
            rows = [{"id": item.id, **head(obj, item.fields), **standing} for item in items]
            # By the time of a second attempt somebody may have edited the record: the hub looks before it says it again.
            answers = self._update(obj, rows, parent)
        return [result(item, answer) for item, answer in zip(items, answers, strict=True)]

    def _create(self, obj: str, items: Sequence[WriteItem], parent: str) -> list[RowResult]:
        operation: Operation = "insert" if obj in INSERTED else "upsert"
        rows = [{**head(obj, item.fields), HUB_KEY: hub_key(item)} for item in items]
        if obj == "PricebookEntry":
            complete_entries(self._session, rows)
        if obj != "Contract":
            return self.rows(obj, operation, rows, parent)
        # Contracts begin as drafts.
        answers = self.rows(obj, operation, [{**row, "Status": "Draft"} for row in rows], parent)
        wanted = [{"id": answer.id, "Status": row.get("Status")} for answer, row in zip(answers, rows, strict=True)]
        return self._afterwards(obj, answers, [row if row["Status"] != "Draft" else {} for row in wanted], repeat=True)

    def _update(self, obj: str, rows: Sequence[Mapping[str, Any]], parent: str) -> list[RowResult]:
        alone = ALONE.get(obj, "")
        if not any(alone in row for row in rows):
            return self.rows(obj, "update", rows, parent, repeat=False)
        others = [{name: value for name, value in row.items() if name != alone} for row in rows]
        answers = [RowResult(id=str(row["id"])) for row in rows]
        places = [at for at, row in enumerate(others) if len(row) > 1]
        written = self.rows(obj, "update", [others[at] for at in places], parent, repeat=False)
        for at, answer in zip(places, written, strict=True):
            answers[at] = answer
        return self._afterwards(obj, answers, [{"id": row["id"], alone: row.get(alone)} for row in rows], repeat=False)

    def _afterwards(
        self, obj: str, answers: list[RowResult], rows: Sequence[Mapping[str, Any]], *, repeat: bool
    ) -> list[RowResult]:
        """Update what has to change by itself, of the rows that were taken so far."""
        alone = ALONE[obj]
        places = [at for at, row in enumerate(rows) if row.get(alone) is not None and answers[at].error is None]
        moved = self.rows(obj, "update", [rows[at] for at in places], repeat=repeat)
        for at, answer in zip(places, moved, strict=True):
            if answer.error is not None:
                answers[at] = answer
        return answers


def _keyed(rows: Sequence[Mapping[str, Any]]) -> bool:
    keys = [row.get("id") or row.get(HUB_KEY) for row in rows]
    return None not in keys and len(set(keys)) == len(keys)


def head(obj: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Take an item's own fields, without child rows and fields of parents."""
    lines = LINES.get(obj)
    return {
        name: value
        for name, value in fields.items()
        if (lines is None or name != lines.relationship) and not isinstance(value, dict)
    }


def hub_key(item: WriteItem) -> str:
    """Give the value by which the record is found again: the hub's own id, or the item's short key."""
    return str(item.fields.get(HUB_KEY) or item.short_key)


def result(item: WriteItem, answer: RowResult) -> WriteResult:
    """Say what a row came to in the engine's words."""
    if answer.error is None:
        done = Outcome.CREATED if answer.created else Outcome.UNCHANGED if answer.adopted else Outcome.UPDATED
        return WriteResult(item.key, done, answer.id or item.id)
    outcome = next((one for kind, one in _OUTCOMES if isinstance(answer.error, kind)), Outcome.REJECTED)
    if outcome is Outcome.GONE and item.verb is Verb.CREATE:
        outcome = Outcome.REJECTED
    return WriteResult(item.key, outcome, item.id, error=answer.error)

"""Orders begin as drafts, take their products and are activated; an activated one is opened again to change its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from connectors.crm.salesforce.lines import Line, lines_of, write_lines
from connectors.crm.salesforce.objects import HUB_KEY, STANDING
from connectors.crm.salesforce.prices import complete_books
from connectors.crm.salesforce.query import chosen, matching
from connectors.crm.salesforce.writer import Writer, head, hub_key, result
from ltc.core.contract import Journal, Outcome, Verb, WriteItem, WriteResult

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session

_ORDER: Final = "Order"
_DRAFT: Final = "Draft"
_FROZEN: Final = frozenset({"Quantity", "UnitPrice", "ServiceDate"})


class Orders:
    """Writes a batch of orders together, step by step; what each step did is journalled before the next one begins."""

    def __init__(self, session: Session, writer: Writer, journal: Journal) -> None:
        """Write through this session."""
        self._session = session
        self._writer = writer
        self._journal = journal
        self._results: dict[str, WriteResult] = {}

    def write(self, items: Sequence[WriteItem]) -> list[WriteResult]:
        """Write orders of one verb; one result per item, in order."""
        self._results = {}
        if items[0].verb is Verb.CREATE:
            self._create(items)
        elif items[0].verb is Verb.AMEND:
            self._amend(items)
        else:
            self._results = {one.key: one for one in self._writer.items(_ORDER, items)}
        return [self._results[item.key] for item in items]

    def _going(self, items: Sequence[WriteItem]) -> list[WriteItem]:
        return [item for item in items if item.key not in self._results]

    def _create(self, items: Sequence[WriteItem]) -> None:
        there = self._there(items)
        ids, created = self._drafts(items, there)
        self._items(self._going(items), ids, there)
        self._activate(self._going(items), ids, there)
        for item in self._going(items):
            outcome = Outcome.CREATED if item.key in created else Outcome.UPDATED
            self._results[item.key] = WriteResult(item.key, outcome, ids[item.key])

    def _there(self, items: Sequence[WriteItem]) -> dict[str, dict[str, Any]]:
        """Look up which orders an earlier try has made, and with which products; a first try finds none."""
        by_hub_key = {hub_key(item): item.key for item in items}
        names = ["Id", HUB_KEY, "StatusCode", f"({chosen(['Id', HUB_KEY], 'OrderItems')})"]
        found = matching(self._session, _ORDER, names, HUB_KEY, list(by_hub_key))
        return {by_hub_key[order[HUB_KEY]]: order for order in found}

    def _drafts(self, items: Sequence[WriteItem], there: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, str], set[str]]:
        ids = {key: str(order["Id"]) for key, order in there.items()}
        new = [item for item in items if item.key not in ids]
        rows = [{**head(_ORDER, item.fields), HUB_KEY: hub_key(item), "Status": _DRAFT} for item in new]
        lines = [[line.columns for line in lines_of(_ORDER, item)] for item in new]
        complete_books(self._session, list(zip(rows, lines, strict=True)))
        created = set()
        for item, answer in zip(new, self._writer.rows(_ORDER, "upsert", rows, "AccountId"), strict=True):
            if answer.error is not None:
                self._results[item.key] = result(item, answer)
                continue
            ids[item.key] = answer.id
            if answer.created:
                created.add(item.key)
        self._renew([item for item in items if item.key in there and "draft" not in item.journal], ids)
        for item in self._going(items):
            if "draft" not in item.journal:
                self._journal(item.key, "draft", {"id": ids[item.key]})
        return ids, created

    def _renew(self, items: Sequence[WriteItem], ids: Mapping[str, str]) -> None:
        """Give orders that an earlier write began what this one says of them: it may say more."""
        rows = [{"id": ids[item.key], **_head(item, {item.key: _DRAFT})} for item in items]
        for item, answer in zip(items, self._writer.rows(_ORDER, "update", rows, "AccountId"), strict=True):
            if answer.error is not None:
                self._results[item.key] = result(item, answer)

    def _items(self, items: Sequence[WriteItem], ids: Mapping[str, str], there: Mapping[str, Mapping[str, Any]]) -> None:
        rows = []
        for item in items:
            order = there.get(item.key, {})
            if _activated(order):
                continue
            held = {one[HUB_KEY]: str(one["Id"]) for one in ((order.get("OrderItems") or {}).get("records")) or ()}
            rows += [line for line in lines_of(_ORDER, item) if line.columns.get(HUB_KEY) not in held]
            if "draft" not in item.journal:
                rows += [_renewed(line, held) for line in lines_of(_ORDER, item) if line.columns.get(HUB_KEY) in held]
        self._results |= write_lines(self._session, self._writer, _ORDER, rows, ids)
        for item in self._going(items):
            if "items" not in item.journal:
                self._journal(item.key, "items", {"id": ids[item.key]})

    def _activate(self, items: Sequence[WriteItem], ids: Mapping[str, str], there: Mapping[str, Mapping[str, Any]]) -> None:
        wanted = {
            item.key: item.fields["Status"]
            for item in items
            if item.fields.get("Status") not in {None, _DRAFT}
            and lines_of(_ORDER, item)
            and not _activated(there.get(item.key, {}))
        }
        self._set_status([item for item in items if item.key in wanted], wanted, ids)
        for item in self._going(items):
            if item.key in wanted:
                self._journal(item.key, "activate", {"id": ids[item.key]})

    def _amend(self, items: Sequence[WriteItem]) -> None:
        ids = {item.key: item.id for item in items}
        rows = {item.key: lines_of(_ORDER, item) for item in items}
        shut = [item for item in items if any(_needs_draft(line) for line in rows[item.key])]
        former = self._reopen(shut, ids)
        # The status comes last where products change: a draft that is activated first would not take them.
        again = {item.key: item.fields.get("Status") or former.get(item.key) for item in shut}
        again = {key: status for key, status in again.items() if status}
        heads = [item for item in self._going(items) if _head(item, again)]
        answers = self._writer.rows(_ORDER, "update", [{"id": item.id, **_head(item, again)} for item in heads], "AccountId")
        for item, answer in zip(heads, answers, strict=True):
            if answer.error is not None:
                self._results[item.key] = result(item, answer)
        lines = [line for item in self._going(items) for line in rows[item.key]]
        refusals = write_lines(self._session, self._writer, _ORDER, lines, ids)
        self._set_status([item for item in shut if item.key in again], again, ids)
        self._results |= refusals
        for item in self._going(items):
            self._results[item.key] = WriteResult(item.key, Outcome.UPDATED, item.id)

    def _reopen(self, items: Sequence[WriteItem], ids: Mapping[str, str]) -> dict[str, str]:
        """Make drafts of activated orders whose products change; give the statuses that they had."""
        keys = {item.id: item.key for item in items}
        found = matching(self._session, _ORDER, ["Id", "Status", "StatusCode"], "Id", list(keys))
        former = {item.key: str(item.journal["reopen"]["status"]) for item in items if "reopen" in item.journal}
        former |= {keys[order["Id"]]: str(order["Status"]) for order in found if _activated(order)}
        opened = [item for item in items if item.key in former]
        for item in opened:
            self._journal(item.key, "reopen", {"status": former[item.key]})
        self._set_status(opened, dict.fromkeys(former, _DRAFT), ids)
        return former

    def _set_status(self, items: Sequence[WriteItem], wanted: Mapping[str, Any], ids: Mapping[str, str]) -> None:
        rows = [{"id": ids[item.key], "Status": wanted[item.key]} for item in items]
        for item, answer in zip(items, self._writer.rows(_ORDER, "update", rows), strict=True):
            if answer.error is not None and item.key not in self._results:
                failed = result(item, answer)
                self._results[item.key] = WriteResult(item.key, failed.outcome, ids[item.key], error=failed.error)


def _renewed(line: Line, held: Mapping[str, str]) -> Line:
    """Give a line that an earlier write made what this one says of it."""
    columns = {name: value for name, value in line.columns.items() if name not in {HUB_KEY, "Product2Id", "PricebookEntryId"}}
    return Line(line.item, "update", held[line.columns[HUB_KEY]], columns)


def _activated(order: Mapping[str, Any]) -> bool:
    return bool(order) and order.get("StatusCode") != _DRAFT


def _needs_draft(line: Line) -> bool:
    return line.kind in {"insert", "delete"} or bool(_FROZEN & set(line.columns))


def _head(item: WriteItem, later: Mapping[str, Any]) -> dict[str, Any]:
    """Take the order's own changed fields, without a status that is set later."""
    fields = {**head(_ORDER, item.fields), **STANDING.get((_ORDER, item.verb), {})}
    return {name: value for name, value in fields.items() if not (name == "Status" and item.key in later)}

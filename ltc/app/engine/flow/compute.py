"""Compute: the derived document, from what a flow sees; nothing here knows a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.form import Const, EachRow, FirstOf, Formula, OfRow, Take
from ltc.core.mapping.rules import dig
from ltc.core.models import paths
from ltc.core.models.leaves import flatten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.app.engine.flow.form import FixedRows, Flow, ListRule, Rule
    from ltc.app.engine.flow.ways import View

CHOSEN = "<"
"""Marks, in a document's memory, which of several lists its rows came from."""

Row = dict[str, Any]


def compute(flow: Flow, view: View, memory: dict[str, Any], slot: str = "") -> dict[str, Any]:
    """Work out the derived leaves; ``memory`` keeps the numbers given to rows, so that they never shift.

    What the source does not say, the document leaves to others: an ERP fills in the text of a line from its material.
    """
    nested: dict[str, Any] = {}
    for path, rule in flow.fields.items():
        value = evaluate(rule, view, {})
        if value is not None:
            _put(nested, path, value)
    for name, choices in flow.lists.items():
        nested[name] = _rows(flow, name, choices, view, memory, slot)
    return {leaf: value for leaf, value in flatten(flow.target, nested).items() if value is not None}


def evaluate(rule: Rule, view: View, row: Mapping[str, Any]) -> Any:
    """Give the value of one rule; what is not there is None."""
    if isinstance(rule, Take):
        return view.value(rule.way)
    if isinstance(rule, Const):
        return rule.value
    if isinstance(rule, OfRow):
        return dig(dict(row), tuple(rule.path.split(".")))
    if isinstance(rule, Formula):
        return rule.compute(view)
    if isinstance(rule, FirstOf):
        return next((value for one in rule.rules if (value := evaluate(one, view, row)) is not None), None)
    raise TypeError(rule)


def slots(flow: Flow, view: View) -> list[str]:
    """Name the documents that a source gives: one, or one for each value of a row that the slot names.

    A document whose rows do not say it is in no slot of its own.
    """
    if flow.slot is None:
        return [""]
    value = view.value(flow.slot.way)
    if not flow.slot.row_path:
        return [_text(value)]
    named = dict.fromkeys(_text(row.get(flow.slot.row_path)) for row in value or ())
    return list(named) or [""]


def source_keys(memory: Mapping[str, Any], name: str) -> dict[str, str]:
    """Say which row of the source each numbered row of a derived list came from."""
    return {str(number): key for key, number in memory.get(name, {}).items()}


def choices_of(memory: Mapping[str, Any]) -> dict[str, Any]:
    """Take over which of several lists a document's rows came from: a further one would not know them by rows of another list."""
    return {name: chosen for name, chosen in memory.items() if name.endswith(CHOSEN)}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _put(nested: dict[str, Any], path: str, value: Any) -> None:
    *groups, name = path.split(".")
    for group in groups:
        nested = nested.setdefault(group, {})
    nested[name] = value


def _rows(flow: Flow, name: str, choices: ListRule, view: View, memory: dict[str, Any], slot: str) -> list[Row]:
    """Derive a list by the choice that was made when the document was begun, or make the choice now."""
    key = paths(flow.target)[name].list_key
    chosen = memory.get(name + CHOSEN)
    for index, choice in enumerate(choices):
        if chosen is not None and index != chosen:
            continue
        made = _each(flow, name, key, choice, view, memory, slot) if isinstance(choice, EachRow) else _fixed(choice, key, view)
        rows = list(made)
        if rows or chosen is not None or index == len(choices) - 1:
            if len(choices) > 1 and rows:
                memory[name + CHOSEN] = index
            return rows
    return []


def _each(
    flow: Flow, name: str, key: str, rule: EachRow, view: View, memory: dict[str, Any], slot: str
) -> Iterator[Row]:  # fmt: skip
    numbers = memory.setdefault(name, {})
    taken: set[str] = set()
    for row in view.value(rule.way) or ():
        if flow.slot is not None and flow.slot.way == rule.way and _text(row.get(flow.slot.row_path)) != slot:
            continue
        source_key = _source_key(rule, row, taken)
        taken.add(source_key)
        if source_key not in numbers:
            highest = max((int(number) for number in numbers.values()), default=0)
            numbers[source_key] = str((highest // rule.step + 1) * rule.step)
        yield _row({key: numbers[source_key]}, rule.fields, view, row)


def _source_key(rule: EachRow, row: Mapping[str, Any], taken: set[str]) -> str:
    """Name a row of the source: by what the flow says, or by its own key where that says nothing or names another row too."""
    named = _text(row.get(rule.source_key))
    own = rule.way.info.list_key if rule.way.info is not None else rule.source_key
    return named if named and named not in taken else f"{own} {row[own]}"


def _fixed(rule: FixedRows, key: str, view: View) -> Iterator[Row]:
    """Derive the rows that are written out; one whose key has no value is left out, since nothing could tell it apart."""
    for fields in rule.rows:
        row = _row({}, fields, view, {})
        if row.get(key):
            yield row


def _row(made: Row, fields: Mapping[str, Rule], view: View, row: Mapping[str, Any]) -> Row:
    for path, rule in fields.items():
        value = evaluate(rule, view, row)
        if value is not None:
            _put(made, path, value)
    return made

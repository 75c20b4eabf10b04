"""Rules, told to people: which rule of a flow file a derived leaf comes from, as it is written there, and its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.compute import CHOSEN, evaluate
from ltc.app.engine.flow.form import Const, EachRow, Formula, OfRow, Take
from ltc.core.models import paths
from ltc.core.models.leaves import decode_key, generic, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.flow.form import FixedRows, Flow, Rule
    from ltc.app.engine.flow.ways import View, Way


def rule_of(flow: Flow, leaf: str, memory: Mapping[str, Any], view: View) -> tuple[str, int]:
    """Give the rule that a leaf comes from and its line; ("", 0) for what the flow does not derive."""
    whole, _, inner = generic(leaf).partition("[].")
    if whole in flow.lists:
        choices = flow.lists[whole]
        choice = choices[memory.get(whole + CHOSEN, 0) if len(choices) > 1 else 0]
        return _of_row(flow, whole, choice, inner, decode_key(row_of(leaf).rpartition("[")[2][:-1]), view)
    name = _holder(flow.fields, generic(leaf))
    return (describe(flow.fields[name]), flow.line_of(name)) if name else ("", 0)


def _of_row(flow: Flow, whole: str, choice: EachRow | FixedRows, inner: str, key: str, view: View) -> tuple[str, int]:
    if isinstance(choice, EachRow):
        fields, lines, head = choice.fields, choice.lines, f"each {written(choice.way)}"
    else:
        name = paths(flow.target)[whole].list_key
        keys = [str(evaluate(row[name], view, {})) for row in choice.rows]
        number = keys.index(key) if key in keys else 0
        fields, lines, head = choice.rows[number], (choice.lines or ({},))[number], f"row {number + 1}"
    found = _holder(fields, inner)
    if not found:
        return head, flow.line_of(whole)
    return f"{head}: {describe(fields[found])}", lines.get(found, flow.line_of(whole))


def _holder(fields: Mapping[str, Rule], path: str) -> str:
    """Find the rule that a path comes from: its own, or that of the group which it is in."""
    while path and path not in fields:
        path = path.rpartition(".")[0]
    return path


def describe(rule: Rule) -> str:
    """Write a rule as it stands in the file.

    >>> describe(OfRow("requested_date")), describe(Const("soon"))
    ('requested_date', 'const soon')
    """
    if isinstance(rule, Take):
        return written(rule.way)
    if isinstance(rule, Const):
        return f"const {rule.value}"
    if isinstance(rule, OfRow):
        return rule.path
    if isinstance(rule, Formula):
        return f"compute {rule.expression.text}"
    return f"[{', '.join(describe(one) for one in rule.rules)}]"


def written(way: Way) -> str:
    """Write a way as a path."""
    return ".".join((*(hop.name for hop in way.hops), way.path))

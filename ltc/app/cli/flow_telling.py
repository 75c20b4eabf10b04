"""What `ltc flow preview` and `ltc flow explain` print for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.cli.documents import plain

if TYPE_CHECKING:
    from ltc.app.cli.frame import Frame

Told = dict[str, Any]


def show_preview(frame: Frame, document: Told) -> None:
    """Print what a flow would make of its sources."""
    flow = document["flow"]
    frame.print(f"{flow['name']}: {flow['from']} → {flow['to']} ({flow['file']}:{flow['line']})")
    for source in document["sources"]:
        frame.print(f"\n{_name(source['source'])}")
        frame.print(f"  {source['why']}")
        _conditions(frame, source)
        for one in source["documents"]:
            frame.print(f"\n  {one['action']}: {_document(flow['to'], one)}")
            rows = [
                (leaf["leaf"], leaf["label"] or _value(leaf["value"]), _before(leaf), leaf["rule"], leaf["line"] or " ")
                for leaf in one["leaves"]
            ]  # fmt: skip
            frame.table(("leaf", "value", "before", "rule", "line"), rows)
            _late(frame, one)
        for question in source["questions"]:
            frame.print(f"  ! {question['message']} ({question['file']}:{question['line']})")
    frame.print("\nNothing was written.")


def show_explanation(frame: Frame, document: Told) -> None:
    """Print what flows made of records, and of what those were made."""
    for record in document["records"]:
        frame.print(_name(record))
        for one in record["from"]:
            slot = f", slot {one['slot']}" if one["slot"] else ""
            frame.print(f"  ← {one['why']} ({one['file']}:{one['line']}{slot}, {one['state']} since {_day(one['since'])})")
            _exceptions(frame, one["exceptions"])
        for one in record["gives"]:
            frame.print(f"  → {one['name']} ({one['file']}:{one['line']})")
            frame.print(f"    {one['why']}")
            _conditions(frame, one, indent="    ")
            for made in one["documents"]:
                frame.print(f"    {_document(one['to'], made)}: {made['state']} since {_day(made['since'])}")
                _late(frame, made)
            _exceptions(frame, one["exceptions"])
        for one in record["back"]:
            frame.print(f"  ⇠ {one['leaf']}: {_value(one['value'])} is {one['of']} ({one['file']}:{one['line']})")
        for one in record.get("contributes", ()):
            frame.print(f"  ⇢ {_value(one['gives'])} to {one['leaf']} of {_name(one['to'])}: {_contributed(one)}")
        if not (record["from"] or record["gives"] or record["back"] or record.get("contributes")):
            frame.print("  No flow made it, starts at it, or rolls anything up to it or from it.")


def _contributed(one: Told) -> str:
    """Say what a value that is rolled up is in all, and where that is said."""
    return f"{_value(one['value'])} is {one['of']} ({one['file']}:{one['line']})"


def _name(one: Told) -> str:
    label = one["number"] or one["label"] or one["hub_id"]
    return f"{one['entity']} {label} ({one['state']})"


def _conditions(frame: Frame, told: Told, indent: str = "  ") -> None:
    """Print a condition part by part, each with what it reads."""
    for key in ("when", "while"):
        if key not in told:
            continue
        frame.print(f"{indent}{key} (line {told[key]['line']}):")
        for part in told[key]["parts"]:
            reads = ", ".join(f"{read['path']} = {_value(read['value'])}" for read in part["reads"])
            frame.print(f"{indent}  {'✓' if part['holds'] else '✗'} {part['text']}" + (f"   [{reads}]" if reads else ""))
    since = told["live_from"]
    if since["from"]:
        frame.print(f"{indent}live_from: {'✓' if since['holds'] else '✗'} {since['from']}   [it is of {since['day']}]")


def _value(value: Any) -> str:
    """Write a value as people do: rows as their number, amounts and quantities with what they are of."""
    if isinstance(value, list) and any(isinstance(row, dict) for row in value):
        return f"{len(value)} row{'' if len(value) == 1 else 's'}"
    if isinstance(value, dict) and {*value} <= {"amount", "currency", "value", "unit", "per"}:
        per = value.get("per")
        parts = (value.get("amount"), value.get("currency"), f"per {per}" if per else None, value.get("value"), value.get("unit"))
        return " ".join(str(part) for part in parts if part)
    return plain(value)


def _document(entity: str, one: Told) -> str:
    """Name a derived document."""
    name = one["number"] or one["id"]
    slot = f", slot {one['slot']}" if one["slot"] else ""
    where = ", ".join(f"{link['system']} {link['id']}" for link in one["links"])
    return f"{entity} {name} ({one['status'] or 'without a status'}{slot}{f'; {where}' if where else ''})"


def _before(leaf: Told) -> str:
    return _value(leaf["before"]) if leaf["changes"] and leaf["before"] is not None else " "


def _late(frame: Frame, one: Told) -> None:
    for late in one["late"]:
        there, here = _value(late["document"]), _value(late["source"])
        frame.print(f"      {late['leaf']} stays {there}, and the source says {here}: {late['reason']} (line {late['line']}).")


def _exceptions(frame: Frame, exceptions: list[Told]) -> None:
    for one in exceptions:
        frame.print(f"    ! exception {one['id']}: {one['message']} ({one['file']}:{one['line']})")


def _day(since: Any) -> str:
    return str(since or "")[:10] or "the next run"

"""What `ltc mdm` shows a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.cli.frame import Frame

_NAMES = ("name", "legal_name", "title", "last_name", "family_name")


def pairs_table(frame: Frame, document: Mapping[str, Any]) -> None:
    """Show judged pairs, a line each, and how many there are of each kind."""
    rows = [
        (number, _named(row, "a."), _named(row, "b."), f"{row['score']:.3f}", row["decision"], reasons(row["why"]))
        for number, row in enumerate(document["pairs"], 1)
    ]
    frame.table(("", "one", "other", "score", "decision", "why"), rows)
    frame.print(", ".join(f"{count} {decision}" for decision, count in document["totals"].items()) + ".")


def _named(row: Mapping[str, str], side: str) -> str:
    return next((row[side + name] for name in _NAMES if row.get(side + name)), "")


def reasons(why: Iterable[Mapping[str, Any]]) -> str:
    """Put the weights of fields into one line, the weightiest first.

    >>> reasons([{"field": "phone", "level": "different", "weight": -2.0}, {"field": "name", "level": "equal", "weight": 11.1}])
    'name +11.1, phone -2.0'
    """
    weighty = sorted(why, key=lambda one: -abs(one["weight"]))
    return ", ".join(f"{one['field']} {one['weight']:+.1f}" for one in weighty if abs(one["weight"]) >= 0.05)


def match_table(frame: Frame, document: Mapping[str, Any]) -> None:
    """Show what was found among records: what may be merged, and what a person is to look at."""
    groups = document.get("merges") or document["clusters"]
    named = [(number, _members(group)) for number, group in enumerate(groups, 1)]
    frame.table(("", "one thing"), named, empty="Nothing may be merged without asking.")
    rows = [
        (_record(one["left"]), _record(one["right"]), f"{one['score']:.3f}", reasons(one["why"][:8]), "; ".join(one["doubts"]))
        for one in document["pairs"]
    ]
    frame.table(("one", "other", "score", "why", "doubts"), rows, empty="Nobody needs to be asked.")
    totals = document["totals"]
    frame.print(
        f"{document['records']} records: {totals['clusters']} groups of {totals['clustered']}, {totals['review']} to review."
    )
    if "merges" in document:
        done = len(document["applied"])
        frame.print(f"{document['opened']} reviews opened, {done} merged." + ("" if done else " --apply does the merges."))
        for one in document["refused"]:
            frame.say(f"{one['survivor']} and {one['loser']} were left apart: {one['reason']}")


def _members(group: Any) -> str:
    if isinstance(group, list):
        return ", ".join(map(_record, group))
    return f"{group['survivor']} takes {', '.join(group['losers'])} ({'; '.join(dict.fromkeys(group['names']))})"


def _record(one: Mapping[str, str]) -> str:
    return one["id"] if one["source"] == "hub" else f"{one['source']} {one['id']}"


def waterfall(frame: Frame, document: Mapping[str, Any]) -> None:
    """Show what each field says about a pair, and the sum."""
    total, rows = 0.0, []
    for one in document["why"]:
        total += one["weight"]
        said = f"{one['level']} ({one['detail']})" if one.get("detail") else one["level"]
        rows.append((one["field"], said, f"{one['weight']:+.2f}", f"{total:+.2f}"))
    frame.table(("field", "what is seen", "bits", "sum"), rows)
    frame.print(f"Score {document['score']:.4f}: {document['decision']}.")
    for doubt in document["doubts"]:
        frame.print(f"! {doubt}")
    if document["linked"]:
        frame.print(f"The hub takes both for one: {document['left']['hub_id']}.")
    if document["review"]:
        frame.print(f"Review {document['review']['id']}: {document['review']['state']}.")


def golden_tables(frame: Frame, document: Mapping[str, Any]) -> None:
    """Show a golden record: values with their origin, records, and what was decided."""
    frame.print(f"{document['entity']} {document['label']}: {document['hub_id']}, {document['state']}.")
    rows = [(one["field"], one["value"], _origin(one["from"]), one["since"]) for one in document["values"]]
    frame.table(("field", "value", "from", "since"), rows)
    records = [
        (one["system"], one["object"], one["id"], one["state"], one["primary"], one["evidence"], one["since"])
        for one in document["records"]
    ]
    frame.table(("system", "object", "id", "state", "primary", "evidence", "since"), records, empty="No record is linked to it.")
    if document["also"]:
        frame.print(f"These ids lead here: {', '.join(document['also'])}.")
    for one in document["reviews"]:
        frame.print(f"Review {one['id']} is open: the same as {one['other']}?")
    if document["decisions"]:
        decision_table(frame, document["decisions"])


def _origin(origin: Any) -> str:
    if isinstance(origin, dict):
        return f"{origin['system']} {origin['id']}"
    return str(origin or "")


def decision_table(frame: Frame, decisions: Iterable[Mapping[str, Any]]) -> None:
    """Show decisions."""
    rows = [
        (one["id"], one["at"], one["kind"], one["entity"], one["hub_id"], _about(one), one["actor"], one["undone_by"])
        for one in decisions
    ]
    frame.table(("id", "at", "kind", "entity", "record", "about", "by", "undone by"), rows, empty="Nothing was decided yet.")


def _about(one: Mapping[str, Any]) -> str:
    """Say what a decision was about.

    >>> _about({"kind": "undo", "undone": 7}), _about({"kind": "pin", "field": "phone", "value": "1"})
    ('takes back 7', 'phone = 1')
    """
    if "undone" in one:
        return f"takes back {one['undone']}"
    if "field" in one:
        return f"{one['field']} = {one['value']}"
    if "pair" in one:
        return f"{' and '.join(one['pair'])}: {one['verdict']}"
    return str(one.get("loser") or one.get("into") or "")


def quality_tables(frame: Frame, document: Mapping[str, Any]) -> None:
    """Show how complete and valid fields are, and what systems have twice."""
    rows = [
        (one["system"], one["records"], one["things"], one["duplicates"], _percent(one["duplicate_share"]))
        for one in document["systems"]
    ]
    frame.table(("system", "records", "things", "too many", "share"), rows)
    systems = [(one["system"], {each["field"]: each for each in one["fields"]}) for one in document["systems"]]
    rows = [
        (
            one["field"], _percent(one["completeness"]), _percent(one["validity"]),
            *(_percent(fields.get(one["field"], {}).get("completeness")) for _, fields in systems),
        )
        for one in document["fields"]
    ]  # fmt: skip
    frame.table(("field", "golden", "valid", *(system for system, _ in systems)), rows, empty="No field has a value yet.")
    opened = document["reviews"].get("open", 0)
    frame.print(f"{document['golden']} golden records, {opened} reviews open.")


def _percent(share: float | None) -> str:
    """Write a share.

    >>> _percent(0.125), _percent(None)
    ('12.5%', '')
    """
    return "" if share is None else f"{share:.1%}"

"""Writing a file of records into one system, batch by batch, with a result for each record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ltc.app.cli.direct import short_key, write_key
from ltc.core.contract import Finding, Outcome, Presence, Verb, WriteItem, WriteResult
from ltc.core.errors import Fault, Gone, LtcError, Misconfigured, Rejected, Untranslatable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ltc.app.cli.direct import Direct
    from ltc.core.contract import Raw, RawRecord
    from ltc.core.mapping import Mapping as ObjectMapping

LARGEST: Final = 50_000_000
PATIENCE: Final = 30.0
_KEYS: Final = frozenset(
    {"key", "id", "verb", "canonical", "fields", "raw", "version", "deleted", "in_scope", "merged_into", "errors"}
)
_WORDS: Final = {Outcome.LATER: Outcome.REJECTED, Outcome.STALE: Outcome.REJECTED, Outcome.GONE: Outcome.REJECTED}


@dataclass
class Row:
    """One record of the file, on its way: what is asked, what is to be sent, what came of it."""

    key: str
    id: str
    verb: Verb
    canonical: Mapping[str, Any] | None
    fields: Raw | None
    before: Raw | None = None
    item: WriteItem | None = None
    result: dict[str, Any] = field(default_factory=dict)


def read_file(path: Path) -> list[dict[str, Any]]:
    """Read JSON (a list, `{"records": [...]}`, or one record) or JSON lines; raise Misconfigured with the place."""
    try:
        if path.stat().st_size > LARGEST:
            raise Misconfigured(f"{path} is larger than {LARGEST} bytes.", remedy="Split it.", code="file.too_large")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise Misconfigured(f"{path} cannot be read: {reason}.", remedy="Check the name.", code="file.unreadable") from None
    return parse_records(text, str(path))


def parse_records(text: str, path: str) -> list[dict[str, Any]]:
    """Read the text of such a file; ``path`` is how it is called in messages."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        told = json.loads(text, parse_float=Decimal)
    except (json.JSONDecodeError, RecursionError) as whole:
        if len(lines) < 2 or not lines[0].lstrip().startswith("{") or not lines[0].rstrip().endswith("}"):
            raise _not_json(path, whole, 0) from None
        told = [_line(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    listed = told.get("records", [told]) if isinstance(told, dict) else told
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Misconfigured(f"{path} does not hold records.", remedy="Give a JSON list of objects.", code="file.no_records")
    return listed


def _line(path: str, number: int, line: str) -> Any:
    try:
        return json.loads(line, parse_float=Decimal)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _not_json(path, error, number) from None


def _not_json(path: str, error: Exception, line: int) -> Misconfigured:
    message = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
    place = (line or error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (line, 0)
    fault = Fault("file.not_json", f"not JSON: {message}.", "Correct it.", file=path, line=place[0], column=place[1])
    return Misconfigured(faults=[fault])


def write(direct: Direct, obj: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Write records, in the shape of `ltc system write --json`; what is wrong with the file is found before anything is sent."""
    spec, mapping = direct.spec(obj), direct.mapping(obj)
    rows = [_row(direct, obj, mapping, number, one) for number, one in enumerate(records, 1)]
    with direct.placed(obj):
        _fetch(direct, obj, rows)
    for row in rows:
        if not row.result:
            _draft(direct, row, mapping, spec.parents)
    for verb in Verb:
        due = [row for row in rows if row.item is not None and row.verb is verb]
        if due and verb not in spec.verbs:
            raise Misconfigured(
                f"{obj} does not know the verb {verb.value!r}.",
                remedy=f"It knows: {', '.join(sorted(spec.verbs)) or 'none'}.",
                code="system.unknown_verb",
            )
    for verb in Verb:
        due = [row for row in rows if row.item is not None and row.verb is verb]
        for start in range(0, len(due), max(1, spec.batch_size)):
            _send(direct, obj, due[start : start + max(1, spec.batch_size)])
    _settle(direct, obj, [row for row in rows if row.result.get("outcome") == Outcome.UNKNOWN.value and row.item is not None])
    return {"results": [row.result for row in rows]}


def _row(direct: Direct, obj: str, mapping: ObjectMapping | None, number: int, one: dict[str, Any]) -> Row:
    """Understand one record of the file; one without our words is taken as the canonical form itself."""
    wrapped = bool({"canonical", "fields", "raw"} & set(one)) or set(one) <= _KEYS
    said = one if wrapped else {"canonical": one}
    canonical, fields = said.get("canonical"), said.get("fields")
    if canonical is None and fields is None:
        fields = said.get("raw")
    if canonical is not None and mapping is None:
        raise Misconfigured(
            f"{obj} of {direct.system.name} has no mapping: record {number} cannot be translated.",
            remedy="Give `fields` with the system's own names, or write a mapping.",
            code="system.no_mapping",
        )
    record_id = str(said.get("id") or "")
    verb = str(said.get("verb") or ("amend" if record_id else "create"))
    verb = {"update": "amend"}.get(verb, verb)
    if verb not in {one.value for one in Verb}:
        known = ", ".join(one.value for one in Verb)
        raise Misconfigured(f"Record {number}: {verb!r} is not a verb.", remedy=f"Use one of {known}.", code="file.verb")
    if not record_id and verb != Verb.CREATE.value:
        remedy = "Add its `id`, as `ltc system read` shows it."
        raise Misconfigured(f"Record {number}: {verb} is for a record that exists.", remedy=remedy, code="file.no_id")
    for name, value in (("canonical", canonical), ("fields", fields)):
        if value is not None and not isinstance(value, dict):
            raise Misconfigured(f"Record {number}: {name} is not an object.", remedy="Give names and values.", code="file.record")
    key = str(said.get("key") or write_key(direct.system.name, obj, said))
    return Row(key, record_id, Verb(verb), canonical, fields)


def _fetch(direct: Direct, obj: str, rows: list[Row]) -> None:
    """Read what the records hold now, so that only differences are written."""
    spec, mapping = direct.spec(obj), direct.mapping(obj)
    wanted = [row for row in rows if row.id and row.verb is Verb.AMEND]
    extra = dict.fromkeys(name for row in wanted for name in row.fields or ())
    fields = list(dict.fromkeys([*(mapping.source_fields if mapping is not None else [spec.key]), *extra]))
    ids = list(dict.fromkeys(row.id for row in wanted))
    held: dict[str, RawRecord] = {}
    for start in range(0, len(ids), max(1, spec.fetch_size)):
        for one in direct.connector.fetch(obj, ids[start : start + max(1, spec.fetch_size)], fields):
            held[one.id] = one
    for row in wanted:
        found = held.get(row.id)
        if found is None or found.presence is not Presence.LIVE:
            row.result = _document(row, Outcome.REJECTED, error=Gone(f"{direct.system.name} has no {obj} {row.id}."))
        else:
            row.before = direct.connector.decode(obj, found.body)


def _draft(direct: Direct, row: Row, mapping: ObjectMapping | None, parents: Sequence[str]) -> None:
    """Say what is to be sent; nothing, if the record already says it."""
    try:
        fields = dict(row.fields or {})
        if row.canonical is not None and mapping is not None:
            direct.validate(mapping.entity, dict(row.canonical))
            fields = mapping.put(row.before, row.canonical)
        elif row.before is not None:
            before = row.before
            fields = {name: value for name, value in fields.items() if name not in before or before[name] != value}
    except Untranslatable as error:
        row.result = _document(row, Outcome.REJECTED, error=error)
        return
    if row.verb is Verb.AMEND and not fields:
        row.result = _document(row, Outcome.UNCHANGED)
        return
    parent = next((str(fields[name]) for name in parents if fields.get(name)), "")
    row.item = WriteItem(row.key, short_key(row.key), row.verb, row.id, fields, row.before, parent)


def _send(direct: Direct, obj: str, rows: list[Row]) -> None:
    journals: dict[str, dict[str, Any]] = {}

    def journal(key: str, step: str, data: Mapping[str, Any]) -> None:
        journals.setdefault(key, {})[step] = dict(data)

    items = [row.item for row in rows if row.item is not None]
    try:
        results = list(direct.connector.write(obj, items, journal))
    except LtcError as error:
        unsent = Outcome.UNKNOWN if error.code == "system.outcome_unknown" else Outcome.REJECTED
        results = [WriteResult(item.key, unsent, item.id, error=error) for item in items]
    for row, result in zip(rows, results, strict=True):
        if row.item is not None:
            row.item = replace(row.item, journal=journals.get(row.key, {}))
        row.result = _document(row, result.outcome, result.id, result.version, result.error)


def _settle(direct: Direct, obj: str, rows: list[Row]) -> None:
    """Find out about cut calls, if the system lets us know soon enough; what stays unknown is told as such."""
    wait = direct.spec(obj).settle_seconds
    if not rows or wait > PATIENCE:
        return
    direct.kit.clock.sleep(wait)
    items = [row.item for row in rows if row.item is not None]
    for row, settled in zip(rows, direct.connector.settle(obj, items), strict=True):
        if settled.finding is Finding.DONE:
            done = Outcome.CREATED if row.verb is Verb.CREATE else Outcome.UPDATED
            row.result = _document(row, done, settled.id, settled.version)
        elif settled.finding is Finding.ABSENT:
            error = Rejected("The call was cut off and had no effect.", remedy="Write it again.", code="record.not_written")
            row.result = _document(row, Outcome.REJECTED, error=error)


def _document(
    row: Row, outcome: Outcome, record_id: str = "", version: str = "", error: LtcError | None = None
) -> dict[str, Any]:
    told = None
    if error is not None:
        told = {
            "code": error.code, "message": error.message, "remedy": error.remedy, "severity": "error", "file": "", "line": 0,
            "column": 0, "path": getattr(error, "field", ""),
        }  # fmt: skip
        if isinstance(error, Untranslatable) and error.errors:
            first = error.errors[0]
            told |= {"code": first.code, "file": first.file, "line": first.line, "column": first.column, "path": first.path}
    return {
        "key": row.key, "id": record_id or row.id, "outcome": _WORDS.get(outcome, outcome).value, "version": version,
        "error": told,
    }  # fmt: skip


def failed(results: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether any record was not written."""
    return any(one["outcome"] in {Outcome.REJECTED.value, Outcome.UNKNOWN.value} for one in results)


def kept_out(results: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether nothing was written since the system could not be reached or did not take our credentials."""
    outside = {"system.unreachable", "system.unauthorised"}
    return all(one["outcome"] == Outcome.REJECTED.value and one["error"]["code"] in outside for one in results)

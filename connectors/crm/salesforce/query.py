"""Reading: SOQL by cursor, records by id, deletions and merges; each record's bytes are kept as they came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.crm.salesforce.cursor import Cursor, quoted, server_time
from connectors.crm.salesforce.extract import page as extract_page
from connectors.crm.salesforce.extract import start
from connectors.crm.salesforce.objects import MERGEABLE, VERSION
from ltc.core.contract import Page, Presence, Raw, RawRecord
from ltc.core.errors import Misconfigured, Rejected

if TYPE_CHECKING:
    from requests import Response

    from connectors.crm.salesforce.session import Session
    from connectors.crm.salesforce.settings import SalesforceSettings
    from ltc.core.contract import Kit

_CHILD: Final = re.compile(r"^(?P<relationship>\w+)\.records(?:\[\])?(?:\.(?P<rest>.+))?$")
_DELETED: Final = b'"IsDeleted":true'
_PAGE: Final = 2000
_LISTED: Final = 400
"""Values in one SOQL condition: a query travels in a URL, and those end at 16 KB."""


class _Head(msgspec.Struct):
    """What the hub must know of a record before it is decoded."""

    id: str = msgspec.field(name="Id")
    version: str = msgspec.field(name=VERSION)
    deleted: bool = msgspec.field(name="IsDeleted", default=False)
    master: str | None = msgspec.field(name="MasterRecordId", default=None)


class _Answer(msgspec.Struct):
    """A page of a query, its records still in bytes."""

    records: list[msgspec.Raw]
    done: bool
    total: int = msgspec.field(name="totalSize")
    following: str | None = msgspec.field(name="nextRecordsUrl", default=None)


_HEADS: Final = msgspec.json.Decoder(_Head)
_ANSWERS: Final = msgspec.json.Decoder(_Answer)
_LISTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_PLAIN: Final = msgspec.json.Decoder(float_hook=Decimal)


def decode(body: bytes) -> Raw:
    """Decode a record; numbers with a fraction become Decimal."""
    record: Raw = _PLAIN.decode(body)
    return record


def columns(obj: str, fields: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Split raw paths into the columns of the query (with what the hub always needs) and the columns of child rows.

    >>> columns("Order", ["Status", "Account.Name", "OrderItems.records[].Quantity"])[1]
    {'OrderItems': ['Id', 'Quantity']}
    """
    plain = dict.fromkeys(["Id", VERSION, "IsDeleted", *(["MasterRecordId"] if obj in MERGEABLE else [])])
    children: dict[str, dict[str, None]] = {}
    for path in fields:
        match = _CHILD.match(path)
        if match is None:
            plain[path] = None
            continue
        below = children.setdefault(match["relationship"], {"Id": None})
        if match["rest"]:
            below[match["rest"]] = None
    return list(plain), {name: list(below) for name, below in children.items()}


def select(obj: str, fields: Sequence[str]) -> str:
    """Write the SELECT of an object, child rows as subqueries."""
    plain, children = columns(obj, fields)
    below = [f"({chosen(names, name)} WHERE IsDeleted = false ORDER BY Id)" for name, names in children.items()]
    return chosen([*plain, *below], obj)


def chosen(names: Sequence[str], source: str) -> str:
    """Write SELECT and FROM."""
    return " ".join(("SELECT", ", ".join(names), "FROM", source))


def read_page(
    session: Session, obj: str, text: str, fields: Sequence[str], limit: int, settings: SalesforceSettings, kit: Kit
) -> Page:
    """Read the records that follow the cursor.

    Each page is a query of its own that starts strictly after the last record (time, id), so a page is never read twice, ties
    at its edge are neither lost nor repeated, and neither a crash nor an expired query locator costs more than one page.
    """
    cursor, now = Cursor.read(text), kit.clock.now()
    where = cursor.condition(settings.overlap_seconds)
    soql = " ".join(part for part in (select(obj, fields), where, f"ORDER BY {VERSION}, Id") if part)
    if cursor.left > settings.bulk_read_threshold and not limit and _flat(obj, fields):
        job = cursor.job or start(session, soql, settings, kit)
        found = extract_page(session, obj, job, cursor.locator)
        if found is not None:
            cursor.job, cursor.locator = job, found.locator
            return _page(session, cursor, found.records, now, more=bool(found.locator))
    size = min(limit or _PAGE, _PAGE)
    # One more than is wanted tells whether there is more; the first query of a run has no limit, and so tells how much.
    params = {"q": f"{soql} LIMIT {size + 1}" if limit or cursor.after else soql}
    response = _asked(session, "GET", "queryAll/", params=params)
    answer = _ANSWERS.decode(response.content)
    records = [bytes(raw) for raw in answer.records][:size]
    if not cursor.began:
        cursor.began, cursor.server = now.isoformat(), server_time(response.headers.get("Date", ""))
    cursor.left, cursor.job, cursor.locator = max(0, (cursor.left or answer.total) - len(records)), "", ""
    return _page(session, cursor, records, now, more=not answer.done or len(answer.records) > len(records))


def _flat(obj: str, fields: Sequence[str]) -> bool:
    plain, children = columns(obj, fields)
    return not children and not any("." in name for name in plain)


def _page(session: Session, going: Cursor, records: Sequence[bytes], now: datetime, *, more: bool) -> Page:
    """Part living records from those in the bin, and move the cursor."""
    if records:
        last = _HEADS.decode(records[-1])
        # A cursor never goes back: what an overlap alone showed is older than what is known.
        going.since, going.after = last.version if more else max(going.since, last.version), last.id
    if not more:
        going = going.closed(now)
    bodies = [_whole(session, body) for body in records if _DELETED not in body]
    marked = [mark(body) for body in records if _DELETED in body]
    return Page(bodies, going.write(), more, marked)


def ask(session: Session, soql: str, *, deleted: bool = False) -> _Answer:
    """Run one query and give its first page."""
    return _ANSWERS.decode(_got(session, "GET", "queryAll/" if deleted else "query/", params={"q": soql}))


def _got(session: Session, method: str, path: str, **options: Any) -> bytes:
    return _asked(session, method, path, **options).content


def _asked(session: Session, method: str, path: str, **options: Any) -> Response:
    """Read; what refuses a whole read is not a record's fault but the mapping's or the settings'."""
    try:
        return session.raw(method, path, **options)
    except Rejected as error:
        raise Misconfigured(error.message, remedy=error.remedy, code=error.code) from error


def ask_all(session: Session, soql: str) -> list[Raw]:
    """Run one query and give all its records, decoded."""
    answer = ask(session, soql)
    records = [decode(bytes(raw)) for raw in answer.records]
    while not answer.done and answer.following:
        answer = _ANSWERS.decode(_got(session, "GET", f"query/{answer.following.rpartition('/')[2]}"))
        records += [decode(bytes(raw)) for raw in answer.records]
    return records


def matching(session: Session, obj: str, names: Sequence[str], field: str, values: Sequence[str]) -> list[Raw]:
    """Find the records whose field holds one of these values, decoded, in as few queries as URLs allow."""
    found: list[Raw] = []
    for some in _portions(values):
        found += ask_all(session, f"{chosen(names, obj)} WHERE {field} IN ({listed(some)})")
    return found


def listed(values: Sequence[str]) -> str:
    """Write string literals for IN.

    >>> listed(["a", "b"])
    "'a', 'b'"
    """
    return ", ".join(quoted(value) for value in values)


def mark(body: bytes) -> RawRecord:
    """Tell a record in the bin: deleted, or merged into another."""
    head = _HEADS.decode(body)
    if head.master:
        return RawRecord(head.id, head.version, b"{}", Presence.MERGED, head.master)
    return RawRecord(head.id, head.version, b"{}", Presence.DELETED)


def fetch(session: Session, obj: str, ids: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
    """Read records by id, in the order of the ids; what is not there comes as deleted or merged."""
    plain, children = columns(obj, fields)
    found: dict[str, bytes] = {}
    if children or any("." in name for name in plain):
        for some in _portions(ids):
            answer = ask(session, f"{select(obj, fields)} WHERE Id IN ({listed(some)})")
            found |= {_HEADS.decode(raw).id: _whole(session, bytes(raw)) for raw in answer.records}
    else:
        for start_at in range(0, len(ids), _PAGE):
            asked = {"ids": list(ids[start_at : start_at + _PAGE]), "fields": plain}
            given = _LISTS.decode(_got(session, "POST", f"composite/sobjects/{obj}", json=asked))
            found |= {_HEADS.decode(raw).id: bytes(raw) for raw in given if bytes(raw) != b"null"}
    lost = _lost(session, obj, [key for key in ids if key not in found])
    return [RawRecord(key, _HEADS.decode(found[key]).version, found[key]) if key in found else lost[key] for key in ids]


def _lost(session: Session, obj: str, ids: Sequence[str]) -> Mapping[str, RawRecord]:
    marks = {key: RawRecord(key, "", b"{}", Presence.DELETED) for key in ids}
    for some in _portions(ids):
        answer = ask(session, f"{select(obj, [])} WHERE Id IN ({listed(some)})", deleted=True)
        for raw in answer.records:
            if _DELETED in bytes(raw):
                found = mark(bytes(raw))
                marks[found.id] = found
    return marks


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _LISTED] for start in range(0, len(ids), _LISTED))


def _whole(session: Session, body: bytes) -> bytes:
    """Complete child rows that did not fit: a record with very many lines comes with a page of them only."""
    if b'"nextRecordsUrl"' not in body:
        return body
    record = decode(body)
    for value in record.values():
        if isinstance(value, dict) and value.get("nextRecordsUrl"):
            _complete(session, value)
    return msgspec.json.Encoder(decimal_format="number").encode(record)


def _complete(session: Session, below: dict[str, Any]) -> None:
    following: str | None = below.pop("nextRecordsUrl")
    while following:
        answer = _ANSWERS.decode(_got(session, "GET", f"query/{following.rpartition('/')[2]}"))
        below["records"] += [decode(bytes(raw)) for raw in answer.records]
        following = answer.following
    below["done"] = True

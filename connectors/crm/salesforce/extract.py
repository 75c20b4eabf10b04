"""Reading very many records by a Bulk API 2.0 query job; each line of its CSV becomes the JSON that REST would have shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from ltc.core.errors import Gone, Later

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session
    from connectors.crm.salesforce.settings import SalesforceSettings
    from ltc.core.contract import Kit

_PAGE: Final = 10_000
_DONE: Final = frozenset({"JobComplete", "Failed", "Aborted"})
_NUMBERS: Final = frozenset({"currency", "double", "percent", "int", "long"})
_END: Final = "null"


class Extract(NamedTuple):
    """One page of a job: records in bytes, and where the next page begins ("" at the end)."""

    records: list[bytes]
    locator: str


def start(session: Session, soql: str, settings: SalesforceSettings, kit: Kit) -> str:
    """Start a job, wait for it and give its id."""
    asked = {"operation": "queryAll", "query": soql}
    info: Mapping[str, Any] = msgspec.json.decode(session.raw("POST", "jobs/query", json=asked).content)
    job = str(info["id"])
    ends = kit.clock.now() + timedelta(seconds=settings.job_timeout)
    while info["state"] not in _DONE:
        if kit.clock.now() >= ends:
            raise Later(f"The bulk query {job} is still {info['state']} after {settings.job_timeout:g} s.")
        kit.clock.sleep(settings.poll_seconds)
        info = msgspec.json.decode(session.raw("GET", f"jobs/query/{job}").content)
    if info["state"] != "JobComplete":
        raise Later(f"The bulk query {job} ended as {info['state']}: {info.get('errorMessage')}")
    return job


def page(session: Session, obj: str, job: str, locator: str) -> Extract | None:
    """Read one page of a job's rows; None if the org has forgotten the job (it keeps results for seven days)."""
    params = {"maxRecords": str(_PAGE), **({"locator": locator} if locator else {})}
    try:
        answer = session.raw("GET", f"jobs/query/{job}/results", params=params, expect="any")
    except Gone:
        return None
    names, *rows = list(csv.reader(io.StringIO(answer.content.decode(), newline=""))) or [[]]
    told = answer.headers.get("Sforce-NumberOfRecords", "")
    if told.isdecimal() and int(told) != len(rows):
        raise Later(f"The bulk query {job} gave {len(rows)} of {told} records: its answer was cut.")
    following = answer.headers.get("Sforce-Locator", _END)
    write = record_writer(session, obj, names)
    return Extract([write(row) for row in rows], "" if following == _END else following)


def record_writer(session: Session, obj: str, names: Sequence[str]) -> Callable[[Sequence[str]], bytes]:
    """Prepare the writing of records as REST shows them; the object's description says which columns are no texts."""
    types = {str(one["name"]): str(one["type"]) for one in getattr(session, obj).describe()["fields"]}
    columns = [(msgspec.json.encode(name).decode(), types.get(name, "string")) for name in names]
    at = list(names).index("Id")
    url = f'{{"attributes":{{"type":"{obj}","url":"/services/data/v{session.sf_version}/sobjects/{obj}/'

    def write(row: Sequence[str]) -> bytes:
        values = ",".join(f"{name}:{_value(kind, text)}" for (name, kind), text in zip(columns, row, strict=True))
        return f'{url}{row[at]}"}},{values}}}'.encode()

    return write


def _value(kind: str, text: str) -> str:
    r"""Write one cell as JSON.

    >>> _value("currency", "12.5"), _value("string", 'a "b"'), _value("datetime", "2026-01-01T00:00:00.000Z"), _value("date", "")
    ('12.5', '"a \\"b\\""', '"2026-01-01T00:00:00.000+0000"', 'null')
    """
    if not text:
        return "false" if kind == "boolean" else "null"
    if kind == "boolean" or kind in _NUMBERS:
        return text
    if kind == "datetime" and text.endswith("Z"):
        text = f"{text[:-1]}+0000"
    return msgspec.json.encode(text).decode()

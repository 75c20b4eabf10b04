"""Bulk API 2.0 jobs of the simulated org: CSV in, CSV out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from connectors.crm.salesforce.org.queries import Reader
from connectors.crm.salesforce.org.rows import Org
from connectors.crm.salesforce.org.schema import Table
from connectors.crm.salesforce.org.soql import Query, SoqlError, parse
from connectors.crm.salesforce.org.values import RowError, SeveralError, full_id, mint

Write: TypeAlias = Callable[[Table, str, str, Mapping[str, Any]], tuple[str, bool]]
"""``write(table, operation, external id field, fields)`` does one row and tells its id and whether it is new."""

_DELIMITERS: Final = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
_EMPTY: Final = "#N/A"
_DONE: Final = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(slots=True)
class Job:
    """One job and what came of it."""

    id: str
    kind: str
    operation: str
    object: str
    delimiter: str
    external: str = ""
    state: str = "Open"
    polls: int = 0
    content: str = ""
    message: str = ""
    header: Sequence[str] = ()
    good: list[list[str]] = field(default_factory=list)
    bad: list[list[str]] = field(default_factory=list)
    left: list[list[str]] = field(default_factory=list)


class Jobs:
    """Takes jobs in and works them off when they are closed; they show as done at the second look."""

    def __init__(self, org: Org) -> None:
        """Work on the org's rows."""
        self._org = org
        self._jobs: dict[str, Job] = {}

    def find(self, key: str) -> Job | None:
        """Find a job by id."""
        return self._jobs.get(key)

    def create(self, kind: str, asked: Mapping[str, Any], version: str) -> Job:
        """Open an ingest job, or run a query job."""
        job = Job(
            id=mint("750", len(self._jobs) + 1),
            kind=kind,
            operation=str(asked.get("operation", "")),
            object=str(asked.get("object", "")),
            delimiter=_DELIMITERS[str(asked.get("columnDelimiter", "COMMA"))],
            external=str(asked.get("externalIdFieldName", "")),
        )
        if kind == "query":
            self._run_query(job, str(asked.get("query", "")), version)
        else:
            job.object = self._org.table(job.object).name
            if job.operation not in {"insert", "update", "upsert", "delete", "hardDelete"}:
                raise RowError("INVALIDJOB", f"unknown operation: {job.operation}")
        self._jobs[job.id] = job
        return job

    def close(self, job: Job, write: Write) -> None:
        """Work the uploaded rows off, each for itself."""
        job.state = "UploadComplete"
        table = self._org.table(job.object)
        rows = list(csv.reader(io.StringIO(job.content), delimiter=job.delimiter))
        job.header = rows[0] if rows else ()
        unknown = [name for name in job.header if name.casefold() not in table.folded]
        if unknown:
            job.state, job.message = "Failed", f"InvalidBatch : Field name not found : {unknown[0]}"
            job.left = rows[1:]
            return
        for row in rows[1:]:
            fields = {name: None if value == _EMPTY else value for name, value in zip(job.header, row, strict=True) if value}
            try:
                key, created = write(table, job.operation, job.external, fields)
            except RowError as error:
                job.bad.append([fields.get("Id") or "", f"{error.code}:{error.message}:{' '.join(error.fields) or '--'}", *row])
            except SeveralError as error:
                job.bad.append(["", f"DUPLICATE_EXTERNAL_ID:Upsert matched {len(error.ids)} records:--", *row])
            else:
                job.good.append([key, str(created).lower(), *row])

    def info(self, job: Job, version: str) -> dict[str, Any]:
        """Describe a job; looking moves it on."""
        if job.state == "UploadComplete":
            job.polls += 1
            job.state = "InProgress" if job.polls == 1 else "JobComplete"
        elif job.state == "InProgress":
            job.state = "JobComplete"
        return self.described(job, version)

    def described(self, job: Job, version: str) -> dict[str, Any]:
        """Describe a job as it is."""
        described = {
            "id": job.id,
            "operation": job.operation,
            "object": job.object,
            "state": job.state,
            "contentType": "CSV",
            "apiVersion": float(version),
            "lineEnding": "LF",
            "columnDelimiter": next(name for name, sign in _DELIMITERS.items() if sign == job.delimiter),
            "concurrencyMode": "Parallel",
            "errorMessage": job.message or None,
            "numberRecordsProcessed": len(job.good) + len(job.bad) if job.state in _DONE else 0,
            "numberRecordsFailed": len(job.bad) if job.state in _DONE else 0,
        }
        if job.kind == "ingest":
            described["contentUrl"] = f"services/data/v{version}/jobs/ingest/{job.id}/batches"
            if job.external:
                described["externalIdFieldName"] = job.external
        return described

    def table(self, job: Job, which: str) -> str:
        """Write one of the three result files of an ingest job."""
        if which == "successfulResults":
            return _csv(job, ["sf__Id", "sf__Created", *job.header], job.good)
        if which == "failedResults":
            return _csv(job, ["sf__Id", "sf__Error", *job.header], job.bad)
        return _csv(job, list(job.header), job.left)

    def page(self, job: Job, locator: str, most: int) -> tuple[str, str, int]:
        """Write one page of a query job's rows: text, next locator ("null" at the end), number of rows."""
        start = int(locator or 0)
        rows = job.good[start : start + most]
        following = str(start + most) if start + most < len(job.good) else "null"
        return _csv(job, list(job.header), rows), following, len(rows)

    def _run_query(self, job: Job, text: str, version: str) -> None:
        query = parse(text)
        if any(isinstance(path, Query) for path in query.fields) or not query.fields:
            message = "Bulk queries take neither child queries nor COUNT()"
            raise SoqlError(message, "API_ERROR")
        reader = Reader(self._org, version)
        table = self._org.table(query.source)
        shape = reader.shape(query)
        names = [str(path) for path in query.fields]
        rows = self._org.tables[table.name]
        job.object, job.header, job.state = table.name, names, "UploadComplete"
        for key in reader.find(query, deleted=job.operation == "queryAll"):
            record = shape(rows[key])
            job.good.append([_cell(_dig(record, name.split("."))) for name in names])

    def abort(self, job: Job) -> None:
        """Stop a job."""
        job.state = "Aborted"


def id_of(fields: Mapping[str, Any]) -> str:
    """Find the id column of a row."""
    return full_id(next((value for name, value in fields.items() if name.casefold() == "id"), ""))


def _dig(record: Any, path: Sequence[str]) -> Any:
    for name in path:
        record = None if record is None else record.get(name)
    return record


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value)
    return f"{text[:-5]}Z" if text.endswith("+0000") and "T" in text else text


def _csv(job: Job, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=job.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()

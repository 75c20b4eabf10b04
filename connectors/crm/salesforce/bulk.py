"""Bulk API 2.0, for more rows than Collections should carry: CSV in, CSV out, one job a batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.crm.salesforce.collections import Operation, RowResult, refused
from connectors.crm.salesforce.objects import HUB_KEY
from ltc.core.errors import Later, Rejected, Unknown

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session
    from connectors.crm.salesforce.settings import SalesforceSettings
    from ltc.core.contract import Kit

_EMPTY: Final = "#N/A"
_DONE: Final = frozenset({"JobComplete", "Failed", "Aborted"})


class Bulk:
    """Runs ingest jobs and waits for them."""

    def __init__(self, session: Session, settings: SalesforceSettings, kit: Kit) -> None:
        """Write through this session, with the settings' patience."""
        self._session = session
        self._settings = settings
        self._kit = kit

    def write(self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        """Write all rows in one job and give a result for each, in order; a job that is complete may still hold failed rows."""
        asked: dict[str, Any] = {"object": obj, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        if operation == "upsert":
            asked["externalIdFieldName"] = HUB_KEY
        job = self._json("POST", "jobs/ingest", json=asked)["id"]
        headers = {"Content-Type": "text/csv; charset=UTF-8"}
        self._session.raw("PUT", f"jobs/ingest/{job}/batches", data=table(rows).encode(), headers=headers, expect="any")
        self._json("PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"})
        info = self._wait(f"jobs/ingest/{job}")
        if info["state"] != "JobComplete":
            raise Rejected(
                f"The bulk job {job} ended as {info['state']}: {info.get('errorMessage')}", code="salesforce.bulk_failed"
            )
        return self._results(job, info, operation, rows)

    def _results(
        self, job: str, info: Mapping[str, Any], operation: Operation, rows: Sequence[Mapping[str, Any]]
    ) -> list[RowResult]:
        column = "Id" if operation in {"update", "delete"} else HUB_KEY
        keys = [str(row.get("id") or row.get(column)) for row in rows]
        failed, done = int(info["numberRecordsFailed"]), int(info["numberRecordsProcessed"])
        if column == "Id" and not failed and done == len(rows):
            return [RowResult(key) for key in keys]
        found: dict[str, RowResult] = {}
        for line in self._table(job, "successfulResults"):
            found[line[column]] = RowResult(line["sf__Id"], line["sf__Created"] == "true")
        if failed:
            for line in self._table(job, "failedResults"):
                code, _, rest = line["sf__Error"].partition(":")
                message, _, fields = rest.rpartition(":")
                found[line[column]] = refused(code, message, [] if fields == "--" else fields.split(), operation)
        left = RowResult(error=Later("The bulk job did not come to this row."), sent=False)
        return [found.get(key, left) for key in keys]

    def _wait(self, path: str) -> dict[str, Any]:
        ends = self._kit.clock.now() + timedelta(seconds=self._settings.job_timeout)
        while True:
            info = self._json("GET", path)
            if info["state"] in _DONE:
                return info
            if self._kit.clock.now() >= ends:
                raise Unknown(f"The bulk job {info['id']} is still {info['state']} after {self._settings.job_timeout:g} s.")
            self._kit.clock.sleep(self._settings.poll_seconds)

    def _table(self, job: str, which: str) -> list[dict[str, str]]:
        answer = self._session.raw("GET", f"jobs/ingest/{job}/{which}", expect="any")
        return list(csv.DictReader(io.StringIO(answer.content.decode())))

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        decoded: dict[str, Any] = msgspec.json.decode(self._session.raw(method, path, **options).content)
        return decoded


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV: what a row does not mention stays blank, which leaves the field alone; empty is #N/A.

    >>> print(table([{"id": "1", "Name": "A", "Phone": None}, {"id": "2", "IsActive": True}]), end="")
    Id,Name,Phone,IsActive
    1,A,#N/A,
    2,,,true
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Id" if name == "id" else name for name in names])
    writer.writerows([[_cell(row[name]) if name in row else "" for name in names] for row in rows])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return _EMPTY
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)

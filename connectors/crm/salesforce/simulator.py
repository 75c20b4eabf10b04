"""A Salesforce org for the sandbox and for tests: REST, sObject Collections, Bulk API 2.0, and doors for its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from connectors.crm.salesforce.org import business
from connectors.crm.salesforce.org.api import JOB_FAULTS, READ_FAULTS, WRITE_FAULTS, Api, actor_of, record_of
from connectors.crm.salesforce.org.collections import Collections, Disturb
from connectors.crm.salesforce.org.jobs import Jobs
from connectors.crm.salesforce.org.queries import Reader
from connectors.crm.salesforce.org.rows import Org
from connectors.crm.salesforce.org.schema import load
from connectors.crm.salesforce.org.tokens import CLIENT, USERNAME, TokenError
from connectors.crm.salesforce.org.values import Row, RowError, SeveralError, full_id, stamp
from ltc.core.simulation import Answer, Request, Response, route

_DATA: Final = "/services/data/v<version>"
_MOST_IDS: Final = 2000


class SalesforceSimulator(Api):
    """Behaves as an org does; ``insert``, ``update``, ``delete``, ``merge`` and ``convert`` are what its people do."""

    # -- doors for people and checkers --------------------------------------------------------------------------

    def insert(self, object_name: str, fields: Mapping[str, Any], actor: str) -> str:
        """Make a record as a person and give back its id; audit fields such as CreatedDate may be set."""
        with self.lock:
            return self.org.insert(self.org.table(object_name), fields, actor, seeded=True)

    def update(self, object_name: str, record_id: str, fields: Mapping[str, Any], actor: str) -> None:
        """Change a record as a person."""
        with self.lock:
            self.org.update(self.org.table(object_name), record_id, fields, actor)

    def delete(self, object_name: str, record_id: str, actor: str) -> None:
        """Delete a record as a person."""
        with self.lock:
            self.org.delete(self.org.table(object_name), record_id, actor)

    def merge(self, object_name: str, master: str, losers: Sequence[str], actor: str) -> None:
        """Merge records into a master as a person."""
        with self.lock:
            self.org.merge(self.org.table(object_name), master, losers, actor)

    def convert(self, lead_id: str, actor: str, *, opportunity: str = "", account: str = "") -> dict[str, str]:
        """Convert a lead as a person: account, if none is named, contact and, if it is given a name, opportunity."""
        with self.lock:
            return business.convert(self.org, lead_id, actor, opportunity, account)

    def reshape(self, object_name: str, field: str, change: Mapping[str, Any]) -> None:
        """Change a field's definition as an admin: ``rename``, ``remove``, ``type``, ``length``, ``values``, ``required``."""
        with self.lock:
            self.org.reshape(self.org.table(object_name), field, change)

    def rows(self, object_name: str, *, deleted: bool = False) -> list[Row]:
        """Give copies of an object's rows, in order of creation."""
        with self.lock:
            table = self.org.table(object_name)
            return [dict(row) for row in self.org.tables[table.name].values() if deleted or not row["IsDeleted"]]

    def row(self, object_name: str, record_id: str) -> Row:
        """Give a copy of one row; KeyError if there is none."""
        with self.lock:
            return dict(self.org.tables[self.org.table(object_name).name][record_id])

    @property
    def standard_pricebook(self) -> str:
        """Name the id of the standard price book."""
        return next(str(row["Id"]) for row in self.org.live("Pricebook2") if row["IsStandard"])

    def state(self) -> dict[str, Any]:
        """Give all live rows without ids, times and running numbers; references become business keys."""
        with self.lock:
            return business.state(self.org)

    def credentials(self) -> dict[str, str]:
        """Give the connected app's client id and secret, and the integration user's name."""
        return {"client_id": CLIENT, "client_secret": self.tokens.secret, "username": USERNAME}

    def jwt_credentials(self) -> dict[str, str]:
        """Give a client id, user and freshly made private key for signed assertions."""
        return {"client_id": CLIENT, "username": USERNAME, "private_key": self.tokens.key_pair()}

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON."""
        with self.lock:
            return super().dump() | {"org": self.org.dump(), "public_key": self.tokens.public_key.decode()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take everything from what ``dump`` said."""
        with self.lock:
            super().load(state)
            self.org = Org(load(), self.clock, self._tell)
            self.org.load(state["org"])
            self.jobs = Jobs(self.org)
            self.tokens.public_key = state["public_key"].encode()

    # -- the API ------------------------------------------------------------------------------------------------

    @route("POST", "/services/oauth2/token")
    def token(self, request: Request) -> Answer:
        """Sign a client in."""

        def act() -> Response:
            try:
                return Response(
                    200, self.tokens.grant(request.form(), request.headers.get("Authorization", ""), request.base_url)
                )
            except TokenError as error:
                return Response(400, {"error": error.error, "error_description": str(error)})

        return self.disturbed(self.faults.decide("auth", CLIENT, ("503", "drop_before")), act)

    @route("GET", f"{_DATA}/limits")
    def limits(self, request: Request, version: str) -> Answer:
        """Tell the quotas."""
        del version
        left = max(0, self.daily_limit - self.used)
        daily = {"Max": self.daily_limit, "Remaining": left}
        return self.called(request, "limits", "limits", lambda: {"DailyApiRequests": daily})

    @route("GET", f"{_DATA}/sobjects")
    def describe_all(self, request: Request, version: str) -> Answer:
        """List the objects."""
        del version
        return self.called(request, "describe", "*", lambda: business.described_all(self.org.schema))

    @route("GET", f"{_DATA}/sobjects/<name>/describe")
    def describe(self, request: Request, version: str, name: str) -> Answer:
        """Describe one object."""
        del version
        return self.called(request, "describe", name, lambda: self.org.table(name).described(self.org.schema))

    @route("GET", f"{_DATA}/query")
    def query(self, request: Request, version: str) -> Answer:
        """Answer SOQL, without what is in the bin."""
        return self.ask(request, version, deleted=False)

    @route("GET", f"{_DATA}/queryAll")
    def query_all(self, request: Request, version: str) -> Answer:
        """Answer SOQL, with what is in the bin."""
        return self.ask(request, version, deleted=True)

    @route("GET", f"{_DATA}/query/<locator>")
    @route("GET", f"{_DATA}/queryAll/<locator>")
    def query_more(self, request: Request, version: str, locator: str) -> Answer:
        """Give the next page of a query."""

        def act() -> dict[str, Any]:
            key, _, start = locator.rpartition("-")
            return self.page(version, key, int(start), request)

        return self.called(request, "query", locator, act, READ_FAULTS)

    @route("GET", f"{_DATA}/sobjects/<name>/deleted")
    def deleted(self, request: Request, version: str, name: str) -> Answer:
        """List what went into the bin in a window of time."""
        del version

        def act() -> dict[str, Any]:
            rows = self.org.deleted_between(self.org.table(name).name, request.query["start"], request.query["end"])
            records = [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in rows]
            earliest = stamp(self.clock.now() - timedelta(days=15))
            return {"deletedRecords": records, "earliestDateAvailable": earliest, "latestDateCovered": self.org.now()}

        return self.called(request, "query", f"deleted {name}", act, READ_FAULTS)

    @route("POST", f"{_DATA}/sobjects/<name>")
    def create(self, request: Request, version: str, name: str) -> Answer:
        """Make one record."""
        del version

        def act() -> Response:
            table = self.org.table(name)
            fields = record_of(request)
            self.disturb_row(table, fields)
            key = self.org.insert(table, fields, actor_of(request))
            return Response(201, {"id": key, "success": True, "errors": []})

        return self.called(request, "write", self.write_key(name, request), act, WRITE_FAULTS)

    @route("GET", f"{_DATA}/sobjects/<name>/<key>")
    @route("GET", f"{_DATA}/sobjects/<name>/<field>/<key>")
    def retrieve(self, request: Request, version: str, name: str, key: str, field: str = "Id") -> Answer:
        """Give one record."""

        def act() -> dict[str, Any]:
            table, row = self.org.table(name), self.one(name, field, key)
            reader = Reader(self.org, version)
            names = request.query.get("fields")
            return reader.print(table, names.split(","))(row) if names else reader.record(table, row)

        return self.called(request, "query", f"{name} {key}", act, READ_FAULTS)

    @route("PATCH", f"{_DATA}/sobjects/<name>/<key>")
    def amend(self, request: Request, version: str, name: str, key: str) -> Answer:
        """Change one record."""
        del version

        def act() -> Response:
            table = self.org.table(name)
            self.disturb_row(table, {"Id": key})
            self.org.update(table, full_id(key), record_of(request), actor_of(request))
            return Response(204)

        return self.called(request, "write", f"{name} {key}", act, WRITE_FAULTS)

    @route("PATCH", f"{_DATA}/sobjects/<name>/<field>/<key>")
    def upsert(self, request: Request, version: str, name: str, field: str, key: str) -> Answer:
        """Make or change the record that an external id names."""

        def act() -> Response:
            table = self.org.table(name)
            try:
                found, created = self.org.upsert(table, field, key, record_of(request), actor_of(request))
            except SeveralError as error:
                urls = [f"/services/data/v{version}/sobjects/{table.name}/{one}" for one in error.ids]
                return Response(300, urls)
            body = {"id": found, "success": True, "errors": [], "created": created}
            return Response(201 if created else 200, body)

        return self.called(request, "write", f"{name} {key}", act, WRITE_FAULTS)

    @route("DELETE", f"{_DATA}/sobjects/<name>/<key>")
    @route("DELETE", f"{_DATA}/sobjects/<name>/<field>/<key>")
    def remove(self, request: Request, version: str, name: str, key: str, field: str = "Id") -> Answer:
        """Delete one record."""
        del version

        def act() -> Response:
            self.org.delete(self.org.table(name), self.one(name, field, key)["Id"], actor_of(request))
            return Response(204)

        return self.called(request, "write", f"{name} {key}", act, WRITE_FAULTS)

    @route("POST", f"{_DATA}/composite/sobjects")
    @route("PATCH", f"{_DATA}/composite/sobjects")
    def collect(self, request: Request, version: str) -> Answer:
        """Make or change up to 200 records."""
        del version

        def act(disturb: Disturb) -> list[dict[str, Any]]:
            body = record_of(request)
            batch = Collections(self.org, actor_of(request), disturb)
            do = batch.insert if request.method == "POST" else batch.update
            return do(body["records"], all_or_none=bool(body.get("allOrNone", False)))

        return self.collected(request, act)

    @route("DELETE", f"{_DATA}/composite/sobjects")
    def collect_deletes(self, request: Request, version: str) -> Answer:
        """Delete up to 200 records."""
        del version

        def act(disturb: Disturb) -> list[dict[str, Any]]:
            batch = Collections(self.org, actor_of(request), disturb)
            return batch.delete(
                request.query["ids"].split(","), all_or_none=request.query.get("allOrNone", "false").lower() == "true"
            )

        return self.collected(request, act)

    @route("PATCH", f"{_DATA}/composite/sobjects/<name>/<field>")
    def collect_upserts(self, request: Request, version: str, name: str, field: str) -> Answer:
        """Make or change up to 200 records by external id."""
        del version

        def act(disturb: Disturb) -> list[dict[str, Any]]:
            body = record_of(request)
            batch = Collections(self.org, actor_of(request), disturb)
            return batch.upsert(self.org.table(name), field, body["records"], all_or_none=bool(body.get("allOrNone", False)))

        return self.collected(request, act)

    @route("POST", f"{_DATA}/composite/sobjects/<name>")
    def retrieve_many(self, request: Request, version: str, name: str) -> Answer:
        """Give up to 2,000 records by id, with null for those that are not there."""

        def act() -> Response:
            body = record_of(request)
            if len(body["ids"]) > _MOST_IDS:
                raise RowError(
                    "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_MOST_IDS} records into this call"
                )
            table = self.org.table(name)
            shape = Reader(self.org, version).print(table, body["fields"])
            rows = [self.org.get(table.name, key) for key in body["ids"]]
            return Response(200, [shape(row) if row and not row["IsDeleted"] else None for row in rows])

        return self.called(request, "query", f"{name} {request.body[:200]!r}", act, READ_FAULTS)

    @route("POST", f"{_DATA}/jobs/<kind>")
    def open_job(self, request: Request, version: str, kind: str) -> Answer:
        """Open a bulk job."""

        def act() -> dict[str, Any]:
            return self.jobs.described(self.jobs.create(kind, record_of(request), version), version)

        return self.called(request, "job", f"open {kind}", act, JOB_FAULTS)

    @route("GET", f"{_DATA}/jobs/<kind>/<key>")
    def look_at_job(self, request: Request, version: str, kind: str, key: str) -> Answer:
        """Describe a bulk job."""
        return self.called(request, "job", f"{kind} look {key}", lambda: self.jobs.info(self.job(key), version), READ_FAULTS)

    @route("PUT", f"{_DATA}/jobs/ingest/<key>/batches")
    def upload(self, request: Request, version: str, key: str) -> Answer:
        """Take the rows of a bulk job in."""
        del version

        def act() -> Response:
            self.job(key).content = request.body.decode()
            return Response(201)

        return self.called(request, "job", f"upload {key}", act, JOB_FAULTS)

    @route("PATCH", f"{_DATA}/jobs/<kind>/<key>")
    def move_job(self, request: Request, version: str, kind: str, key: str) -> Answer:
        """Close or abort a bulk job."""

        def act() -> dict[str, Any]:
            job = self.job(key)
            if record_of(request).get("state") == "UploadComplete" and job.state == "Open":
                self.jobs.close(job, self.row_writer(request))
            elif job.state == "Open":
                self.jobs.abort(job)
            return self.jobs.described(job, version)

        return self.called(request, "job", f"{kind} close {key}", act, JOB_FAULTS)

    @route("GET", f"{_DATA}/jobs/ingest/<key>/<which>")
    def ingest_results(self, request: Request, version: str, key: str, which: str) -> Answer:
        """Give one result file of an ingest job."""
        del version
        return self.called(request, "job", f"{which} {key}", lambda: _csv(self.jobs.table(self.job(key), which)), READ_FAULTS)

    @route("GET", f"{_DATA}/jobs/query/<key>/results")
    def query_results(self, request: Request, version: str, key: str) -> Answer:
        """Give one page of a query job's rows."""
        del version

        def act() -> Response:
            most = int(request.query.get("maxRecords", "50000"))
            text, locator, count = self.jobs.page(self.job(key), request.query.get("locator", ""), most)
            return _csv(text, {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(count)})

        return self.called(request, "job", f"results {key}", act, READ_FAULTS)


def _csv(text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(200, text, {"Content-Type": "text/csv; charset=UTF-8", **(headers or {})})

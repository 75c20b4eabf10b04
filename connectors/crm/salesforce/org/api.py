"""The part of the simulated API that every call goes through: sessions, quota, faults, error bodies, pages."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from connectors.crm.salesforce.org import business
from connectors.crm.salesforce.org.jobs import Job, Jobs, Write, id_of
from connectors.crm.salesforce.org.queries import Reader
from connectors.crm.salesforce.org.rows import Org
from connectors.crm.salesforce.org.schema import Table, load
from connectors.crm.salesforce.org.soql import Query, SoqlError, parse
from connectors.crm.salesforce.org.tokens import CLIENT, Tokens
from connectors.crm.salesforce.org.values import Row, RowError, SeveralError, mint
from ltc.core.simulation import Answer, Kind, Profile, Refusal, Request, Response, Simulator

if TYPE_CHECKING:
    from ltc.core.contract import Clock

READ_FAULTS: Final[tuple[Kind, ...]] = ("429", "503", "truncate", "drop_before", "expire_token")
WRITE_FAULTS: Final[tuple[Kind, ...]] = ("429", "503", "truncate", "drop_before", "drop_after_commit", "expire_token", "partial")
JOB_FAULTS: Final[tuple[Kind, ...]] = ("429", "503", "truncate", "drop_before", "drop_after_commit", "expire_token")
_PAGE: Final = 2000
_MOST_LOCATORS: Final = 20
_STATUS: Final = {"NOT_FOUND": 404, "INVALID_CROSS_REFERENCE_KEY": 404, "ENTITY_IS_DELETED": 404, "INVALID_TYPE": 404}
_SAID: Final[Mapping[Kind, tuple[int, str, str]]] = {
    "429": (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    "503": (503, "SERVER_UNAVAILABLE", "Server is busy."),
    "lock": (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
    "expire_token": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "partial": (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
}


class Api(Simulator, ABC):
    """Sessions, quota, faults and error bodies of the simulated org."""

    def __init__(self, name: str, clock: Clock, seed: int = 0, profile: Profile = "calm") -> None:
        """Start with an organisation, its currencies, the standard price book and the integration user."""
        super().__init__(name, clock, seed, profile)
        self.daily_limit = 1_000_000
        self.used = 0
        self.tokens = Tokens(clock, seed, lifetime=7200.0)
        self.org = Org(load(), clock, self._tell)
        self.jobs = Jobs(self.org)
        self._locators: dict[str, tuple[Query, list[str], bool]] = {}
        self._asked = 0
        self._expired: set[tuple[str, str]] = set()
        business.set_up(self.org)
        self.journal.clear()

    def called(self, request: Request, point: str, key: str, act: Callable[[], Any], kinds: Sequence[Kind] = ()) -> Answer:
        """Do one authenticated call, with the faults of its point and key."""
        if not self.tokens.good(request.headers.get("Authorization", "")):
            return self.fault("expire_token")
        self.used += 1
        if self.used > self.daily_limit:
            return refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        kind = self.faults.decide(point, key, kinds)
        if kind == "expire_token":
            if (point, key) in self._expired:
                kind = None  # a session that was renewed for this very call does not end at once
            else:
                self._expired.add((point, key))
                self.tokens.expire_all()
        return self.disturbed(kind, lambda: self._said(act))

    def collected(self, request: Request, act: Callable[[Callable[[Table, Mapping[str, Any], int], None]], Any]) -> Answer:
        """Do one call of sObject Collections, some rows of which may fail."""
        records = _peeked(request).get("records") or [{}]
        key = f"{request.method} {self._key(request.path.split('/')[-2], records[0])} x{len(records)}"
        partial = self.faults.decide("batch", key, ("partial",)) == "partial"

        def disturb(table: Table, fields: Mapping[str, Any], place: int) -> None:
            if partial and place % 2:
                raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
            self.disturb_row(table, fields, place)

        return self.called(request, "write", key, lambda: act(disturb), [kind for kind in WRITE_FAULTS if kind != "partial"])

    def disturb_row(self, table: Table, fields: Mapping[str, Any], _place: int = 0) -> None:
        """Let a row be locked, if a fault says so."""
        if self.faults.decide("row", self.business_key(table.name, fields), ("lock",)) is not None:
            raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records")

    def write_key(self, name: str, request: Request) -> str:
        """Name a single write by what the business calls its record."""
        return f"{request.method} {self._key(name, _peeked(request))}"

    def fault(self, kind: Kind) -> Response:
        """Say a fault in Salesforce's words."""
        return refused(*_SAID[kind])

    def no_route(self, request: Request, status: int) -> Response:
        """Say in Salesforce's words that there is no such resource."""
        del request
        return refused(status, "NOT_FOUND", "The requested resource does not exist")

    def ask(self, request: Request, version: str, *, deleted: bool) -> Answer:
        """Answer a query's first page."""
        text = request.query.get("q", "")

        def act() -> dict[str, Any]:
            query = parse(text)
            ids = Reader(self.org, version).find(query, deleted=deleted)
            if not query.fields:
                return {"totalSize": len(ids), "done": True, "records": []}
            self._asked += 1
            key = mint("01g", self._asked)
            while len(self._locators) >= _MOST_LOCATORS:
                del self._locators[next(iter(self._locators))]
            self._locators[key] = (query, ids, deleted)
            return self.page(version, key, 0, request)

        return self.called(request, "query", text, act, READ_FAULTS)

    def page(self, version: str, key: str, start: int, request: Request) -> dict[str, Any]:
        """Give one page of a query that was answered before."""
        if key not in self._locators:
            message = "invalid query locator"
            raise SoqlError(message, "INVALID_QUERY_LOCATOR")
        query, ids, deleted = self._locators[key]
        size = _page_size(request)
        reader = Reader(self.org, version)
        shape, rows = reader.shape(query, deleted=deleted), self.org.tables[self.org.table(query.source).name]
        page: dict[str, Any] = {"totalSize": len(ids), "done": start + size >= len(ids)}
        if not page["done"]:
            page["nextRecordsUrl"] = f"/services/data/v{version}/query/{key}-{start + size}"
        page["records"] = [shape(rows[one]) for one in ids[start : start + size]]
        return page

    def one(self, name: str, field: str, value: str) -> Row:
        """Find the record that a URL names, or answer 404 or 300."""
        table = self.org.table(name)
        one = table.folded.get(field.casefold())
        found = self.org.matches(table, one, value) if one is not None else []
        if not found:
            raise Refusal(refused(404, "NOT_FOUND", "The requested resource does not exist"))
        if len(found) > 1:
            raise SeveralError(found)
        return self.org.tables[table.name][found[0]]

    def job(self, key: str) -> Job:
        """Find a bulk job or answer 404."""
        job = self.jobs.find(key)
        if job is None:
            raise Refusal(refused(404, "NOT_FOUND", "The requested resource does not exist"))
        return job

    def row_writer(self, request: Request) -> Write:
        """Do single rows of a bulk job."""
        actor = actor_of(request)

        def write(table: Table, operation: str, external: str, fields: Mapping[str, Any]) -> tuple[str, bool]:
            self.disturb_row(table, fields)
            rest = {name: value for name, value in fields.items() if name.casefold() != "id"}
            if operation == "insert":
                return self.org.insert(table, rest, actor), True
            if operation == "upsert":
                value = fields.get(external)
                return self.org.upsert(table, external, value, {k: v for k, v in rest.items() if k != external}, actor)
            key = id_of(fields)
            if operation == "update":
                self.org.update(table, key, rest, actor)
            else:
                self.org.delete(table, key, actor)
            return key, False

        return write

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        """Name a row as the business does."""
        return business.key_of(self.org, self.org.table(object_name).name, row)

    def _key(self, name: str, row: Mapping[str, Any]) -> str:
        kind = (row.get("attributes") or {}).get("type") or name
        table = self.org.schema.folded.get(str(kind).casefold())
        return self.business_key(table.name, row) if table else str(kind)

    def _said(self, act: Callable[[], Any]) -> Response:
        try:
            answer = act()
        except RowError as error:
            body = [{"message": error.message, "errorCode": error.code, "fields": list(error.fields)}]
            response = Response(_STATUS.get(error.code, 400), body)
        except SoqlError as error:
            response = refused(400, error.code, str(error))
        except SeveralError as error:
            response = Response(300, [f"/services/data/sobjects/{one}" for one in error.ids])
        except Refusal as error:
            response = error.response
        else:
            response = answer if isinstance(answer, Response) else Response(200, answer)
        own = {
            "Sforce-Limit-Info": f"api-usage={self.used}/{self.daily_limit}",
            "Date": format_datetime(self.clock.now(), usegmt=True),
        }
        return Response(response.status, response.body, {**response.headers, **own})

    def _tell(self, actor: str, verb: str, table: str, key: str, fields: Mapping[str, Any]) -> None:
        said = {name: format(value, "f") if isinstance(value, Decimal) else value for name, value in fields.items()}
        self.record(actor, verb, table, key, said)


def refused(status: int, code: str, message: str) -> Response:
    """Make an error body: a list, as Salesforce has it."""
    return Response(status, [{"message": message, "errorCode": code}])


def record_of(request: Request) -> dict[str, Any]:
    """Decode a JSON object, or answer as the real parser does."""
    try:
        body = request.json()
    except ValueError as error:
        raise RowError("JSON_PARSER_ERROR", f"The HTTP entity body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        code = "JSON_PARSER_ERROR"
        raise RowError(code, "The HTTP entity body must be an object")
    return {name: value for name, value in body.items() if name != "attributes"}


def _peeked(request: Request) -> dict[str, Any]:
    """Look into a body to name what it is about; whether it is right is for the call itself to say."""
    try:
        return record_of(request) if request.body else {}
    except RowError:
        return {}


def actor_of(request: Request) -> str:
    """Name the API client, by the client name that it sends or by the connected app."""
    options = request.headers.get("Sforce-Call-Options", "")
    named = [part.strip().removeprefix("client=") for part in options.split(",") if part.strip().startswith("client=")]
    return f"api:{named[0] if named else CLIENT}"


def _page_size(request: Request) -> int:
    options = request.headers.get("Sforce-Query-Options", "")
    size = int(options.removeprefix("batchSize=")) if options.startswith("batchSize=") else _PAGE
    return max(1, min(size, _PAGE))

"""The part of the simulated account that every call goes through: tokens, sites, limits, faults, error bodies, lists."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from connectors.esign.docusign.account.connect import Connect
from connectors.esign.docusign.account.envelopes import Envelopes, Row, moment
from connectors.esign.docusign.account.limits import Limits
from connectors.esign.docusign.account.refusals import RefusedError, refused
from connectors.esign.docusign.account.tokens import Tokens
from connectors.esign.docusign.account.views import envelope_view, for_connect, stamp
from ltc.core.simulation import Answer, Kind, Profile, Request, Response, Simulator

if TYPE_CHECKING:
    from ltc.core.contract import Clock

ACTOR: Final = "api:ltc-hub"
ACCOUNT: Final = "a3c1e0d2-6f54-4a8b-9d27-51b0c4e8f963"
OTHER_ACCOUNT: Final = "e81f7b90-2d4c-4f3a-8b6e-90c2a7d5134f"
SITE: Final = "na1"
READ_FAULTS: Final[tuple[Kind, ...]] = ("429", "503", "truncate", "drop_before", "expire_token")
WRITE_FAULTS: Final[tuple[Kind, ...]] = (*READ_FAULTS, "drop_after_commit", "lock", "partial")
_MOST: Final = 1000
_SAID: Final[Mapping[Kind, tuple[str, str, int]]] = {
    "429": ("BURST_APIINVOCATION_LIMIT_EXCEEDED", "The maximum number of API calls in a burst has been exceeded.", 429),
    "503": ("SERVICE_UNAVAILABLE", "The service is not available.", 503),
    "lock": ("ENVELOPE_LOCKED", "The envelope is locked by another user.", 400),
    "expire_token": ("AUTHORIZATION_INVALID_TOKEN", "The access token provided is expired, revoked or malformed.", 401),
    "partial": ("UNSPECIFIED_ERROR", "An unspecified error has occurred.", 500),
}
_ORDERS: Final[Mapping[str, Callable[[Row], tuple[str, int]]]] = {
    "last_modified": lambda row: (row["modified"], row["number"]),
    "status_changed": lambda row: (row["changed"], row["number"]),
    "created": lambda row: (row["times"]["created"], row["number"]),
}


class Api(Simulator, ABC):
    """Tokens, sites, limits, faults and error bodies of the simulated account."""

    def __init__(self, name: str, clock: Clock, seed: int = 0, profile: Profile = "calm") -> None:
        """Start with one account without templates, a second one that is not used, and one Connect key."""
        super().__init__(name, clock, seed, profile)
        self.site = SITE
        self.search_lag = 0.0
        self.tokens = Tokens(clock, seed, name)
        self.limits = Limits(clock)
        self.connect = Connect(seed, hostile=profile == "hostile")
        self.envelopes = Envelopes(clock, seed, self._tell, self._announce)
        self._expired: set[tuple[str, str]] = set()

    def called(
        self, request: Request, place: tuple[str, str], point: str, key: str, act: Callable[[], Any], *, envelope: str = ""
    ) -> Answer:
        """Do one call at a site for an account, with the faults of its point and key."""
        site, account = place
        if not self.tokens.good(request.bearer):
            return self.fault("expire_token")
        if site != self.site:
            return refused("USER_AUTHENTICATION_FAILED", "One or both of Username and Password are invalid. Invalid access token")
        if account != ACCOUNT:
            message = "The specified User is not a member of the specified Account."
            return refused("USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT", message, 401)
        try:
            self.limits.count(envelope)
        except RefusedError as error:
            return self._with_limits(error.response())
        kind = self.faults.decide(point, key, READ_FAULTS if request.method == "GET" else WRITE_FAULTS)
        if kind == "expire_token":
            if (point, key) in self._expired:
                kind = None  # a token that was renewed for this very call does not end at once
            else:
                self._expired.add((point, key))
                self.tokens.expire_all()
        return self.disturbed(kind, lambda: self._said(act))

    def fault(self, kind: Kind) -> Response:
        """Say a fault in DocuSign's words."""
        return refused(*_SAID[kind])

    def no_route(self, request: Request, status: int) -> Response:
        """Say in DocuSign's words that there is no such resource."""
        del request
        return refused("RESOURCE_NOT_FOUND", "The URL provided does not resolve to a resource.", status)

    def envelope(self, key: str) -> Row:
        """Find an envelope or refuse."""
        row = self.envelopes.rows.get(key)
        if row is None:
            message = "The envelope specified either does not exist or you have no rights to it."
            raise RefusedError("ENVELOPE_DOES_NOT_EXIST", message)
        return row

    def unlocked(self, key: str) -> Row:
        """Find an envelope that nobody edits."""
        row = self.envelope(key)
        if row["locked_until"] > stamp(self.clock.now()):
            raise RefusedError("EDIT_LOCK_ENVELOPE_LOCKED", "The envelope is locked by another user.")
        return row

    def listed(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer a list of envelopes as the query wants it."""
        rows = self._found(query)
        order = _ORDERS.get(query.get("order_by", ""), _ORDERS["created"])
        rows = sorted(rows, key=order, reverse=query.get("order", "asc") == "desc")
        start, count = _number(query, "start_position", 0), min(_number(query, "count", _MOST), _MOST)
        include = query.get("include", "").split(",")
        page = [envelope_view(row, ACCOUNT, include) for row in rows[start : start + count]]
        told: dict[str, Any] = {
            "resultSetSize": str(len(page)),
            "totalSetSize": str(len(rows)),
            "startPosition": str(start),
            "endPosition": str(start + max(0, len(page) - 1)),
            "lastQueriedDateTime": stamp(self.clock.now()),
            "folders": [],
        }
        if start + len(page) < len(rows):
            told["continuationToken"] = str(start + len(page))
        # An empty result has no list at all.
        return {**told, "envelopes": page} if page else told

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        """Name an envelope by its subject and the people in it."""
        people = row.get("recipients") or row.get("templateRoles") or ()
        who = sorted(str(one.get("email") or "") for one in people if isinstance(one, Mapping))
        return f"{object_name}:{row.get('subject') or row.get('emailSubject') or ''}|{','.join(who)}"

    def key_of(self, envelope_id: str) -> str:
        """Name an envelope that exists, or its absence."""
        row = self.envelopes.rows.get(envelope_id)
        return self.business_key("envelope", row) if row else "envelope:"

    def _found(self, query: Mapping[str, str]) -> Iterable[Row]:
        everything = list(self.envelopes.rows.values())
        if "envelope_ids" in query:
            wanted = set(query["envelope_ids"].split(","))
            return [row for row in everything if row["id"] in wanted]
        found = self._visible(everything)
        if "transaction_ids" in query:
            wanted = set(query["transaction_ids"].split(","))
            return [row for one in wanted for row in self._visible(self.envelopes.by_transaction(one))]
        if "from_date" not in query:
            raise RefusedError(
                "INVALID_REQUEST_PARAMETER", "The request contained at least one invalid parameter. from_date is missing."
            )
        since, until = _date(query["from_date"]), _date(query.get("to_date") or stamp(self.clock.now()))
        qualifier = query.get("from_to_status", "changed").lower()
        found = [row for row in found if since <= _when(row, qualifier) <= until]
        statuses = set(query.get("status", "any").lower().split(","))
        if "any" not in statuses:
            found = [row for row in found if row["status"] in statuses]
        name, _, value = unquote(query.get("custom_field", "")).partition("=")
        if name:
            found = [row for row in found if any(one["name"] == name and one["value"] == value for one in row["custom"])]
        return found

    def _visible(self, rows: Sequence[Row]) -> list[Row]:
        """Leave out what the search does not know yet."""
        newest = stamp(self.clock.now() - timedelta(seconds=self.search_lag))
        return [row for row in rows if row["times"]["created"] <= newest]

    def _said(self, act: Callable[[], Any]) -> Response:
        try:
            answer = act()
        except RefusedError as error:
            response = error.response()
        except ValueError as error:
            response = refused("INVALID_REQUEST_BODY", f"The request body is missing or improperly formatted. {error}")
        else:
            response = answer if isinstance(answer, Response) else Response(200, answer)
        return self._with_limits(response)

    def _with_limits(self, response: Response) -> Response:
        own = {"Date": format_datetime(self.clock.now(), usegmt=True), **self.limits.headers()}
        return Response(response.status, response.body, {**response.headers, **own})

    def _tell(self, actor: str, verb: str, key: str, fields: Mapping[str, Any]) -> None:
        self.record(actor, verb, "envelope", key, fields)

    def _announce(self, event: str, row: Row, recipient_id: str) -> None:
        view = for_connect(envelope_view(row, ACCOUNT, ("recipients", "custom_fields")))
        path = f"/restapi/v2.1/accounts/{ACCOUNT}/envelopes/{row['id']}"
        data = {"accountId": ACCOUNT, "userId": self.user_id, "envelopeId": row["id"], "envelopeSummary": view}
        if recipient_id:
            data["recipientId"] = recipient_id
        self.connect.say(event, stamp(self.clock.now()), path, data)

    @property
    def user_id(self) -> str:
        """Name the user for whom the hub acts."""
        return self.credentials()["user_id"]


def _when(row: Row, qualifier: str) -> str:
    """Tell the moment that a status qualifier is about; "" if it never came."""
    if qualifier in {"created", "sent", "completed"}:
        return str(row["times"].get(qualifier, ""))
    return str(row["changed"])


def _date(text: str) -> str:
    when = moment(text)
    if when.tzinfo is None:
        message = "A date without a time zone means the server's."
        raise RefusedError("INVALID_REQUEST_PARAMETER", message)
    return stamp(when.astimezone(UTC))


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, "")
    if not text:
        return otherwise
    if not text.isdecimal():
        raise RefusedError("INVALID_REQUEST_PARAMETER", f"The request contained at least one invalid parameter. {name}={text}")
    return int(text)

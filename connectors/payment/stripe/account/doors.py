"""What every call goes through: the key, the version, faults, stored answers of repeated calls, and errors."""

from __future__ import annotations

import base64
import hashlib
from abc import ABC
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec

from connectors.payment.stripe.account import forms
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.refusals import error, refused
from connectors.payment.stripe.account.shapes import VERSION
from ltc.core.simulation import Answer, Kind, Profile, Refusal, Request, Response, Simulator

if TYPE_CHECKING:
    from ltc.core.contract import Clock

READ_FAULTS: Final[tuple[Kind, ...]] = ("429", "503", "truncate", "drop_before")
WRITE_FAULTS: Final[tuple[Kind, ...]] = ("429", "503", "truncate", "drop_before", "drop_after_commit", "lock", "partial")
KEY_HOURS: Final = 24
_LONGEST_KEY: Final = 255
_SAID: Final[Mapping[Kind, tuple[int, str, str, str]]] = {
    "429": (429, "invalid_request_error", "Request rate limit exceeded.", "rate_limit"),
    "503": (503, "api_error", "The service is unavailable for a moment.", ""),
    "expire_token": (401, "invalid_request_error", "Invalid API Key provided.", "api_key_expired"),
}


class Stored(msgspec.Struct):
    """The first answer that a key got."""

    fingerprint: str
    status: int
    body: Any
    until: float


class Doors(Simulator, ABC):
    """Lets calls in, answers repeated ones as before, and says errors as the API does."""

    def __init__(self, name: str, clock: Clock, seed: int = 0, profile: Profile = "calm") -> None:
        """Start with an empty account in test mode."""
        super().__init__(name, clock, seed, profile)
        digest = hashlib.sha256(f"{name} {seed}".encode()).hexdigest()
        self.api_key = f"sk_test_{digest[:32]}"
        self.webhook_secret = f"whsec_{digest[32:]}"
        self.books = Books(clock, seed, self._tell, hostile=profile == "hostile")
        self.stored: dict[str, Stored] = {}
        self.half_done: bool | None = None
        """Whether an internal error (the fault ``partial``) strikes after the effect or before; by the key's hash if None."""
        self._actor = ""
        self._calls = 0

    def called(self, request: Request, key: str, act: Callable[[Mapping[str, Any]], Thing]) -> Answer:
        """Do one call."""
        if not self._known(request.headers.get("Authorization", "")):
            return self._stamped(error(401, "invalid_request_error", "Invalid API Key provided."), "")
        try:
            params = forms.parse(_query_of(request) if request.method in {"GET", "DELETE"} else request.body.decode())
            if request.headers.get("Stripe-Version", VERSION) != VERSION:
                raise refused(f"Invalid Stripe API version: {request.headers['Stripe-Version']}")
        except Refusal as refusal:
            return self._stamped(refusal.response, "")
        if request.method != "POST":
            kind = self.faults.decide("read", f"{request.method} {key}", READ_FAULTS)
            return self.disturbed(kind, lambda: self._answered(request, lambda: act(params)))
        return self._posted(request, key, lambda: act(params))

    def _posted(self, request: Request, key: str, act: Callable[[], Thing]) -> Answer:
        idempotency = request.headers.get("Idempotency-Key", "")
        if len(idempotency) > _LONGEST_KEY:
            return self._stamped(error(400, "invalid_request_error", "Idempotency keys can have up to 255 characters."), "")
        fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
        held = self.stored.get(idempotency) if idempotency else None
        if held is not None and held.until <= self.clock.now().timestamp():
            del self.stored[idempotency]
            held = None
        if held is not None and held.fingerprint != fingerprint:
            message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            return self._stamped(error(400, "idempotency_error", message), idempotency)
        kind = self.faults.decide("write", f"{request.method} {key}", WRITE_FAULTS)
        if kind == "lock":
            return self._stamped(self._locked(key, idempotency), idempotency)
        if held is not None:
            replay = Response(held.status, held.body, {"Idempotent-Replayed": "true"})
            if held.status >= 500:
                replay.headers = {**replay.headers, "Stripe-Should-Retry": "false"}
            return self.disturbed(None if kind == "partial" else kind, lambda: self._stamped(replay, idempotency))
        if kind == "partial":
            return self._keep(idempotency, fingerprint, self._broken(request, key, act))
        return self.disturbed(kind, lambda: self._keep(idempotency, fingerprint, self._answered(request, act)))

    def _locked(self, key: str, idempotency: str) -> Response:
        if idempotency and len(key) % 2:
            message = "There is currently another in-progress request using this idempotency key."
            return error(409, "idempotency_error", message, code="idempotency_key_in_use")
        return error(429, "invalid_request_error", "This object cannot be accessed right now.", code="lock_timeout")

    def _broken(self, request: Request, key: str, act: Callable[[], Thing]) -> Response:
        """Fail within: after the effect, or before it."""
        half_done = self.half_done
        if half_done is None:
            half_done = bool(hashlib.sha256(key.encode()).digest()[0] % 2)
        if half_done:
            answer = self._answered(request, act)
            if answer.status >= 400:
                return answer
        response = error(500, "api_error", "An unknown error occurred.")
        response.headers = {"Stripe-Should-Retry": "false"}
        return response

    def _keep(self, idempotency: str, fingerprint: str, answer: Response) -> Response:
        """Store an answer under its key, unless the request was refused before it began."""
        if idempotency and (answer.status < 400 or answer.status == 402 or answer.status >= 500):
            until = (self.clock.now() + timedelta(hours=KEY_HOURS)).timestamp()
            self.stored[idempotency] = Stored(fingerprint, answer.status, answer.body, until)
        return self._stamped(answer, idempotency)

    def _answered(self, request: Request, act: Callable[[], Thing]) -> Response:
        self._calls += 1
        self._actor = f"api:{request.headers.get('User-Agent', '').partition('/')[0] or 'client'}"
        self.books.request = {"id": f"req_{self._calls:014d}", "idempotency_key": request.headers.get("Idempotency-Key")}
        try:
            answer = Response(200, _printed(act()))
        except Refusal as refusal:
            answer = refusal.response
        finally:
            self._actor = ""
            self.books.request = {"id": None, "idempotency_key": None}
        return self._stamped(answer, request.headers.get("Idempotency-Key", ""))

    def _stamped(self, answer: Response, idempotency: str) -> Response:
        headers = {**answer.headers, "Request-Id": f"req_{self._calls:014d}", "Stripe-Version": VERSION}
        headers |= {"Content-Type": "application/json", "Date": format_datetime(self.clock.now(), usegmt=True)}
        if idempotency:
            headers["Idempotency-Key"] = idempotency
        return Response(answer.status, answer.body, headers)

    def _known(self, authorization: str) -> bool:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic":
            value = base64.b64decode(value.encode()).decode().removesuffix(":")
        return value == self.api_key

    def fault(self, kind: Kind) -> Response:
        """Say a fault in Stripe's words."""
        if kind == "lock":
            return self._locked("", "")
        if kind == "partial":
            return error(500, "api_error", "An unknown error occurred.")
        status, type_, message, code = _SAID[kind]
        answer = error(status, type_, message, code=code)
        answer.headers = {"Stripe-Should-Retry": "false" if kind == "expire_token" else "true"}
        return self._stamped(answer, "")

    def no_route(self, request: Request, status: int) -> Response:
        """Say in Stripe's words that there is no such URL."""
        del status
        return error(404, "invalid_request_error", f"Unrecognized request URL ({request.method}: {request.path}).")

    def _tell(self, verb: str, kind: str, key: str, fields: Mapping[str, Any]) -> None:
        if kind != "event":
            self.record(self._actor or "person", verb, kind, key, fields)


def _query_of(request: Request) -> str:
    return urlencode(request.query)


def _printed(thing: Thing) -> bytes:
    """Print as Stripe does: with line breaks and indentation, so that an object in a list differs in bytes from itself alone."""
    return msgspec.json.format(msgspec.json.encode(thing), indent=2)

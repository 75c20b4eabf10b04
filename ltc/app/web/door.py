"""The door for webhooks, as an ASGI application: `POST /hooks/{system}` and `GET /health`.

A request is answered with 200 when its hints are on disk, whether they are new or came before. The signature is checked by the
system's connector, on the bytes as they came.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ltc.app.cli.documents import fault_document, faults_of
from ltc.app.telemetry.meters import Meters
from ltc.app.telemetry.tracing import SILENT, Tracing
from ltc.app.web.gathering import Gathering
from ltc.app.web.refusals import Refusals
from ltc.core.errors import Later, LtcError, Misconfigured, Rejected, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

    from ltc.app.engine.hooks import Heard
    from ltc.core.contract import Ear

_LOG = logging.getLogger(__name__)

LARGEST = 1_048_576
MOST_IN_FLIGHT = 64 * 1_048_576
"""Bytes of bodies that may be under way at once: who cannot sign may still send, and memory is finite."""

READ_WITHIN_SECONDS = 20.0

FIGURES = "Figures are told if `web: {metrics: true}` is in config/hub.yaml and the extra `metrics` is installed."

LONG = 32_768
"""A longer body is checked in a thread: a megabyte takes up to 20 ms, a usual one of 6 KB less than the way to a thread."""


class Receiver(Protocol):
    """What stands behind the door."""

    @property
    def ears(self) -> Mapping[str, Ear]:
        """The systems that post webhooks."""

    def hear(self, system: str, headers: Mapping[str, str], body: bytes) -> Heard:
        """Check a request."""

    def receive(self, requests: Sequence[Heard]) -> Sequence[int | LtcError]:
        """Store what requests brought."""

    def is_well(self) -> bool:
        """Tell whether the store can be reached, and takes what is written."""


class Door:
    """Takes requests in and answers them."""

    def __init__(
        self, receiver: Receiver, largest: int = LARGEST, *, meters: Meters | None = None, also: Sequence[Route] = (),
        tracing: Tracing = SILENT,
    ) -> None:  # fmt: skip
        """Take who hears and keeps, the size that a body may have, and what else is answered here."""
        self._receiver, self._also, self._tracing = receiver, also, tracing
        self._meters = meters or Meters()
        self._largest = largest
        self._in_flight = 0
        self.refusals = Refusals(_LOG)
        self._gathering: Gathering[Heard, int | LtcError] = Gathering(receiver.receive)

    def app(self) -> Starlette:
        """Give the application."""
        return Starlette(
            routes=[
                Route("/hooks/{system}", self.hook, methods=["POST"]),
                Route("/health", self.health, methods=["GET"]),
                *self._also,
            ],
            exception_handlers={HTTPException: self._not_here},
        )

    def close(self) -> None:
        """Let the last commit end, and say what was not logged."""
        self._gathering.close()
        self.refusals.tell()

    async def health(self, request: Request) -> Response:
        """Say whether the hub can take webhooks: 200, or 503 if its store is away, locked or full."""
        del request
        well = await asyncio.get_running_loop().run_in_executor(None, self._receiver.is_well)
        return JSONResponse({"ok": well}, 200 if well else 503)

    async def hook(self, request: Request) -> Response:
        """Take one webhook."""
        system, body = request.path_params["system"], bytearray()
        try:
            self._expect(system)
            await self._fill(body, request)
            with self._tracing.span("webhook", system=system):
                return await self._take(system, _headers(request), bytes(body))
        except _RefusedError as refusal:
            self._warn(system, refusal)
            return refusal.response
        except ClientDisconnect:
            return Response(status_code=400)
        finally:
            self._in_flight -= len(body)

    def _expect(self, system: str) -> None:
        """Refuse what nobody listens to."""
        if system not in self._receiver.ears:
            raise _RefusedError(404, Rejected("No system of this hub posts webhooks here.", code="hook.unknown_system"))

    def _warn(self, system: str, refusal: _RefusedError) -> None:
        status = refusal.response.status_code
        known = system if system in self._receiver.ears else ""
        self._meters.webhook(known or "nobody", f"refused_{status}")
        kind, told = f"for {known or 'nobody'} with {status} {refusal.code}", "A webhook for %.64r was refused with %d: %s"
        self.refusals.warn(kind, told, system, status, refusal.why, system=known, fault=refusal.bug)

    async def _fill(self, body: bytearray, request: Request) -> None:
        """Read the body, as far as it may go."""
        said = request.headers.get("content-length") or ""
        self._admit(int(said) if said.isdecimal() else 0)
        try:
            async with asyncio.timeout(READ_WITHIN_SECONDS):
                async for chunk in request.stream():
                    body += chunk
                    self._in_flight += len(chunk)
                    self._admit(len(body))
        except TimeoutError:
            raise _RefusedError(408, Rejected("The webhook did not arrive in time.", code="hook.slow")) from None

    async def _take(self, system: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Check a webhook, have it stored, and only then say so."""
        ear = partial(self._receiver.hear, system, headers, body)
        hear: Callable[[], Heard] = partial(copy_context().run, ear)  # whoever hears knows the request's span
        try:
            heard = hear() if len(body) <= LONG else await asyncio.get_running_loop().run_in_executor(None, hear)
        except LtcError as fault:
            raise _refusal(fault) from None
        except Exception as fault:  # noqa: BLE001 - a body that an ear stumbles over: say so, and serve the next one
            unreadable = Rejected("The webhook cannot be read.", code="hook.unreadable")
            raise _RefusedError(400, unreadable, why="the ear failed on it", bug=fault) from None
        answer = await self._gathering.put(heard)
        if isinstance(answer, LtcError):
            raise _refusal(answer)
        self._meters.webhook(system, "accepted")
        return JSONResponse({"new": answer, "known": len(heard.hints) - answer})

    async def _not_here(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that is not there."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        told = "%.16r for %.64r was refused with %d."
        self.refusals.warn(f"with {status} web.not_here", told, request.method, request.url.path, status)
        message = f"There is no {request.method} {request.url.path} here."
        remedy = FIGURES if request.url.path == "/metrics" and status == HTTPStatus.NOT_FOUND else ""
        return _refused(status, Rejected(message, remedy=remedy, code="web.not_here"), headers)

    def _admit(self, size: int) -> None:
        """Refuse a body that is too large, or more bodies at once than memory is set aside for."""
        if size > self._largest:
            message = f"A webhook has at most {self._largest} bytes."
            raise _RefusedError(413, Rejected(message, code="hook.too_large"))
        if self._in_flight > MOST_IN_FLIGHT:
            raise _RefusedError(503, Later("Too much arrives at once.", code="hook.busy"), after=1)


class _RefusedError(Exception):
    """Carries the answer, and for the log why: a code, since what came from outside may say anything, or our own fault."""

    def __init__(self, status: int, fault: LtcError, after: int = 0, why: str = "", bug: Exception | None = None) -> None:
        self.code, self.bug = fault.code, bug
        self.response = _refused(status, fault, {"Retry-After": str(after)} if after else None)
        self.why = why or fault.code
        super().__init__(status)


def _headers(request: Request) -> dict[str, str]:
    """Give the headers by lower-case name; one that comes several times is one with commas, as HTTP has it."""
    gathered: dict[str, str] = {}
    for name, value in request.headers.items():
        gathered[name] = f"{gathered[name]}, {value}" if name in gathered else value
    return gathered


def _refusal(fault: LtcError) -> _RefusedError:
    """Answer what an ear or the inbox says; what is wrong on our side is for our log, and the vendor tries again."""
    if isinstance(fault, Unauthorised):
        return _RefusedError(401, Unauthorised("The signature is not accepted.", code=fault.code))
    if isinstance(fault, Misconfigured):
        told = Later("This system's webhooks are not set up.", code="hook.not_set_up")
        return _RefusedError(503, told, after=60, why=str(fault))
    if isinstance(fault, Rejected):
        code = fault.code if fault.code.startswith("hook.") else "hook.unreadable"
        return _RefusedError(400, Rejected("The webhook cannot be read.", code=code))
    return _RefusedError(503, Later("The hub cannot take it now.", code="hook.later"), after=1, why=str(fault))


def _refused(status: int, fault: LtcError, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a fault in the shape in which the hub tells all faults."""
    told = [fault_document(one) for one in faults_of(fault)]
    return JSONResponse({"error": told[0], "faults": told}, status, headers)

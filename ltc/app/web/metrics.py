"""`GET /metrics`: figures for Prometheus; for this machine alone, or for who shows the token.

Behind a proxy everybody comes from this machine. A request that a proxy has passed on says so, and is taken for a stranger's.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ltc.app.telemetry.figures import CONTENT_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

    from ltc.app.telemetry.figures import Figures

PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Metrics:
    """Answers who may ask."""

    def __init__(self, figures: Figures, token: str = "") -> None:
        """Take the figures; with a token, only who shows it is answered, from wherever."""
        self._figures, self._token = figures, token

    def route(self) -> Route:
        """Give the route."""
        return Route("/metrics", self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        """Write the figures, in a thread, since the store is asked."""
        if not self._may_read(request):
            said = "Show the token: Authorization: Bearer …" if self._token else "For this machine only; see web.metrics_token."
            headers = {"WWW-Authenticate": "Bearer"} if self._token else None
            return PlainTextResponse(f"{said}\n", 401 if self._token else 403, headers)
        text = await asyncio.get_running_loop().run_in_executor(None, self._figures.text)
        return Response(text, media_type=CONTENT_TYPE)

    def _may_read(self, request: Request) -> bool:
        if self._token:
            shown = request.headers.get("authorization", "").removeprefix("Bearer ")
            return hmac.compare_digest(shown.encode(), self._token.encode())
        return not any(name in request.headers for name in PASSED_ON) and _is_here(request.client.host if request.client else "")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

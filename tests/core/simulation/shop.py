"""A small system for the kit's own tests: it takes orders, once or twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ltc.core.simulation import Answer, Drop, Refusal, Request, Response, Simulator, Truncate, VirtualClock, route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.core.simulation import Kind, Profile

START = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "fresh-0"


class Shop(Simulator):
    """Orders by number; the token is asked for only on ``/safe``."""

    def __init__(self, profile: Profile = "calm", seed: int = 0) -> None:
        super().__init__("shop", VirtualClock(START), seed, profile)
        self.orders: dict[str, list[dict[str, Any]]] = {}
        self.token = TOKEN

    def state(self) -> dict[str, Any]:
        return {"orders": {number: len(rows) for number, rows in sorted(self.orders.items())}}

    def credentials(self) -> dict[str, str]:
        return {"token": self.token}

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        return f"{object_name}:{row['number']}"

    def dump(self) -> dict[str, Any]:
        return {**super().dump(), "orders": self.orders}

    def load(self, state: Mapping[str, Any]) -> None:
        super().load(state)
        self.orders = dict(state["orders"])

    def fault(self, kind: Kind) -> Response:
        if kind == "503":
            return Response(503, {"error": "busy"}, {"Retry-After": "Thu, 01 Jan 2026 00:00:07 GMT"})
        return super().fault(kind)

    @route("GET", "/orders/<number>")
    def order(self, request: Request, number: str) -> Answer:
        del request
        if number not in self.orders:
            raise Refusal(Response(404, {"error": f"no order {number}"}))
        return self.disturbed(self.faults.decide("read", number), lambda: Response(200, {"rows": self.orders[number]}))

    @route("POST", "/orders")
    @route("PUT", "/orders")
    def create(self, request: Request) -> Answer:
        row = request.json()

        def act() -> Response:
            self.orders.setdefault(row["number"], []).append(row)
            self.record("api", "create", "order", row["number"], row)
            return Response(201, row, {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "93"})

        return self.disturbed(self.faults.decide("create", self.business_key("order", row)), act)

    @route("GET", "/safe/<path:rest>")
    def safe(self, request: Request, rest: str) -> Answer:
        if request.bearer != self.token:
            return Response(401, {"error": "expired"})
        return Response(200, {"rest": rest, "query": dict(request.query), "at": request.base_url})

    @route("POST", "/echo")
    def echo(self, request: Request) -> Answer:
        return Response(200, request.body, {"Content-Type": request.headers.get("content-type", "")})

    @route("GET", "/cut")
    def cut(self, request: Request) -> Answer:
        del request
        return Truncate(Response(200, "number;amount\n" * 100))

    @route("GET", "/status/<int:status>")
    @route("POST", "/status/<int:status>")
    def status(self, request: Request, status: int) -> Answer:
        if status == 0:
            return Drop()
        return Response(status, {"told": request.query.get("told", "")}, {"Location": "/elsewhere"})

"""What passes between a client and a simulator."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import msgspec
from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(slots=True)
class Request:
    """One request; ``path`` is percent-encoded as it came and has no query, ``headers`` forget about case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __post_init__(self) -> None:
        """Let headers be found in any case."""
        if not isinstance(self.headers, CaseInsensitiveDict):
            self.headers = CaseInsensitiveDict(self.headers)

    @classmethod
    def from_target(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """Take a request target such as ``/query?q=1`` apart; of a repeated parameter the last value counts."""
        path, _, query = target.partition("?")
        if "://" in path:
            path = urlsplit(path).path
        return cls(method, path or "/", dict(parse_qsl(query, keep_blank_values=True)), headers, body)

    @property
    def base_url(self) -> str:
        """Say under which address the client reached the simulator."""
        return f"http://{self.headers.get('Host', 'localhost')}"

    @property
    def bearer(self) -> str:
        """Take the token from the Authorization header; "" if there is none."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def json(self) -> Any:
        """Decode the body as JSON; numbers with a fraction become Decimal. Raises ValueError."""
        return json.loads(self.body, parse_float=Decimal)

    def form(self) -> dict[str, str]:
        """Decode the body as a web form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """One answer; a dict or list is sent as JSON (Decimals as numbers), a str as text, bytes as they are."""

    status: int = 200
    body: bytes | str | dict[str, Any] | list[Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> tuple[dict[str, str], bytes]:
        """Give headers (with a content type) and body as they go over the wire."""
        body, kind = _encoded(self.body)
        headers = dict(self.headers)
        if kind and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        return headers, body


@dataclass(slots=True)
class Drop:
    """Cut the connection without an answer; whether something happened before is the simulator's secret."""


@dataclass(slots=True)
class Truncate:
    """Send only a share of the answer's body.

    A ``silent`` cut declares the shortened length, as a broken gateway does, so that only a look at the content shows
    it; any other declares the whole length and then cuts the connection. JSON is cut silently unless told otherwise.
    """

    response: Response
    share: float = 0.5
    silent: bool | None = None

    def cut(self) -> tuple[dict[str, str], bytes, int]:
        """Give headers, the shortened body and the length to declare."""
        headers, body = self.response.encode()
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        short = body[: min(max(0, len(body) - 1), int(len(body) * self.share))]
        silent = self.silent if self.silent is not None else "json" in kind
        return headers, short, len(short) if silent else len(body)


Answer: TypeAlias = Response | Drop | Truncate


class Refusal(Exception):
    """Answer with an error from anywhere inside a simulator: ``raise Refusal(Response(400, {...}))``."""

    def __init__(self, response: Response) -> None:
        """Carry the answer to the door."""
        super().__init__(f"HTTP {response.status}")
        self.response = response


def _encoded(body: bytes | str | dict[str, Any] | list[Any] | None) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return _ENCODER.encode(body), "application/json;charset=UTF-8"

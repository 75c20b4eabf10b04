"""A transport for ``requests`` that calls a simulator in the same process: no ports, no threads, no waiting."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from ltc.core.simulation.messages import Drop, Request, Truncate

if TYPE_CHECKING:
    from ltc.core.simulation.simulator import Simulator


class InProcessAdapter(BaseAdapter):
    """Mount it in a session: ``session.mount("http://sim", InProcessAdapter(simulator))``."""

    def __init__(self, simulator: Simulator) -> None:
        """Take the simulator that answers everything under the mounted prefix."""
        super().__init__()
        self.simulator = simulator

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Answer as the network would, including what is cut off."""
        parts = urlsplit(request.url or "")
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = CaseInsensitiveDict(request.headers.items())
        headers.setdefault("Host", parts.netloc)
        answer = self.simulator.handle(Request.from_target(request.method or "GET", target, headers, _body(request)))
        if isinstance(answer, Drop):
            message = "Connection aborted: the simulator cut it without an answer."
            raise requests.ConnectionError(message, request=request)
        if isinstance(answer, Truncate):
            sent, body, declared = answer.cut()
            status = answer.response.status
            if declared != len(body):
                message = f"Connection broken: {len(body)} of {declared} bytes read."
                raise requests.exceptions.ChunkedEncodingError(message, request=request)
        else:
            sent, body = answer.encode()
            status = answer.status
        if request.method == "HEAD" or status in {204, 304}:
            body = b""
        return _response(request, status, sent, body)

    def close(self) -> None:
        """Give back nothing: there is no connection."""


def _body(request: requests.PreparedRequest) -> bytes:
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if hasattr(body, "read"):
        content = body.read()
        return content.encode() if isinstance(content, str) else bytes(content)
    return b"".join(body)


def _response(request: requests.PreparedRequest, status: int, headers: dict[str, str], body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers = CaseInsensitiveDict(headers)
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
    response.url = request.url or ""
    response.request = request
    return response

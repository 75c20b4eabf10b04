"""Simulators on loopback ports: HTTP/1.1 with keep-alive, one thread per connection.

werkzeug's own server closes the connection after each answer, and real vendors do not; hence this small one.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import sys
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from requests.structures import CaseInsensitiveDict

from ltc.core.simulation.messages import Answer, Drop, Request, Truncate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ltc.core.simulation.simulator import Simulator

_LOG = logging.getLogger(__name__)
_LONGEST_LINE = 65_536
_MOST_HEADERS = 200
_LARGEST_BODY = 256 * 1024 * 1024
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class _BadRequest(Exception):
    """The client does not speak HTTP as we do."""


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    rbufsize = _LONGEST_LINE
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.remember(self.connection)

    def handle(self) -> None:
        try:
            while self._one():
                continue
        except (OSError, _BadRequest) as error:
            _LOG.debug("The connection ended: %s", error)

    def finish(self) -> None:
        self.server.forget(self.connection)
        try:
            super().finish()
        except OSError as error:
            _LOG.debug("The client was gone before the answer: %s", error)

    def _one(self) -> bool:
        line = self.rfile.readline(_LONGEST_LINE)
        if not line.strip():
            return False
        try:
            method, target, version = line.decode("latin-1").split()
        except ValueError as error:
            raise _BadRequest(line) from error
        headers = self._headers()
        if headers.get("Expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = Request.from_target(method, target, headers, self._body(headers))
        keep = headers.get("Connection", "").lower() != "close" and version != "HTTP/1.0"
        return self._send(self.server.simulator.handle(request), keep=keep, head_only=method == "HEAD")

    def _headers(self) -> CaseInsensitiveDict[str]:
        headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        for _ in range(_MOST_HEADERS):
            line = self.rfile.readline(_LONGEST_LINE)
            if line in {b"\r\n", b"\n", b""}:
                return headers
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip()] = value.strip()
        raise _BadRequest

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" in headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = int(headers.get("Content-Length", "0") or "0")
        if length > _LARGEST_BODY:
            raise _BadRequest
        return self.rfile.read(length) if length else b""

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline(_LONGEST_LINE).split(b";")[0] or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline(_LONGEST_LINE)
            if len(body) > _LARGEST_BODY:
                raise _BadRequest
        while self.rfile.readline(_LONGEST_LINE).strip():
            continue
        return bytes(body)

    def _send(self, answer: Answer, *, keep: bool, head_only: bool) -> bool:
        if isinstance(answer, Drop):
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        if isinstance(answer, Truncate):
            status = answer.response.status
            headers, body, declared = answer.cut()
        else:
            status = answer.status
            headers, body = answer.encode()
            declared = len(body)
        keep = keep and declared == len(body)
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if status not in {204, 304}:
            lines.append(f"Content-Length: {declared}")
        if not keep:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.connection.sendall(head if head_only or status in {204, 304} else head + body)
        return keep


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Connection)

    def remember(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def hang_up(self) -> None:
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError as error:
                    _LOG.debug("The connection was closed already: %s", error)

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell of a fault of the simulator itself; the client sees a cut connection."""
        del request
        _LOG.error("The simulator %s failed on a request from %s.", self.simulator.name, client_address, exc_info=sys.exc_info())


class Running:
    """Simulators that are being served; use as a context manager or call ``stop``."""

    def __init__(self, servers: Mapping[str, _Server]) -> None:
        """Start to serve, one accepting thread per port."""
        self._servers = dict(servers)
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"simulator-{name}", daemon=True)
            for name, server in self._servers.items()
        ]
        self.base_urls = {name: f"http://{_host(server)}:{server.server_address[1]}" for name, server in self._servers.items()}
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop to accept, cut what is open and give the ports back; calling it again does nothing."""
        for server in self._servers.values():
            server.shutdown()
            server.hang_up()
            server.server_close()
        for thread in self._threads:
            thread.join()
        self._servers.clear()
        self._threads.clear()

    def __enter__(self) -> Self:
        """Serve for the length of a block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop at the end of the block."""
        self.stop()


def serve(simulators: Mapping[str, Simulator], host: str = "127.0.0.1", ports: Mapping[str, int] | None = None) -> Running:
    """Serve each simulator on a port of its own, free ones unless ``ports`` names them."""
    wanted = ports or {}
    servers: dict[str, _Server] = {}
    try:
        for name, simulator in simulators.items():
            servers[name] = _Server((host, wanted.get(name, 0)), simulator)
    except OSError:
        for server in servers.values():
            server.server_close()
        raise
    return Running(servers)


def _host(server: _Server) -> str:
    host = server.server_address[0]
    return host.decode() if isinstance(host, (bytes, bytearray)) else str(host)

"""The application on a port, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn

from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

BACKLOG = 2048
STOP_WITHIN_SECONDS = 10


class Serving:
    """Serves an application until it is stopped."""

    def __init__(self, app: Any, host: str, port: int, closed: Callable[[], None]) -> None:
        """Take the port; one that somebody else has is said at once. ``closed`` is called when nothing is served any more."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            message = f"The hub cannot listen on {host}:{port}: {error.strerror or error}."
            remedy = "Name another place with --host and --port, or take no webhooks in this process: --no-hooks."
            raise Misconfigured(message, remedy=remedy, code="web.port") from error
        place = self._socket.getsockname()
        self.address = f"http://{f'[{place[0]}]' if ':' in place[0] else place[0]}:{place[1]}"
        config = uvicorn.Config(
            app, log_config=None, log_level="error", access_log=False, lifespan="off", ws="none", server_header=False,
            backlog=BACKLOG, timeout_graceful_shutdown=STOP_WITHIN_SECONDS,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._closed = closed
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="ltc-web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what is under way, and give the port back."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(STOP_WITHIN_SECONDS + 5)
        self._socket.close()
        self._closed()

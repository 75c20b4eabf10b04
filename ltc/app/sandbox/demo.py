"""The demo: the whole story on a sandbox and a hub of its own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.hub import open_hub
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import play
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable


def run(
    hub_dir: Path | None = None,
    seed: int = 7,
    deals: int = 100,
    sap: str = "simulator",
    progress: Callable[[str], None] | None = None,
    *,
    scale: float = 1.0,
    profile: str = "calm",
) -> dict[str, Any]:
    """Run the demo on an own sandbox and an own hub on SQLite, and report in the shape of ``ltc demo --json``."""
    if sap != "simulator":
        raise Misconfigured(f"The demo does not run on {sap!r} yet.", remedy="Use --sap simulator.", code="demo.sap")
    begun = time.monotonic()
    tell = progress or _silent
    with tempfile.TemporaryDirectory(prefix="ltc-demo-") as scratch:
        tell("Bringing the sandbox up")
        with up(seed, scale, "hostile" if profile == "hostile" else "calm") as sandbox:
            tell("Making the hub")
            hub = open_hub(hub_dir or Path(scratch), sandbox)
            try:
                report = play(sandbox, hub, deals, tell)
            finally:
                hub.close()
    return {**report, "seconds": round(time.monotonic() - begun, 1)}


def _silent(_: str) -> None:
    """Tell nobody."""

"""The demo: the whole story on a sandbox and a hub of its own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.hub import open_hub
from ltc.app.sandbox.mock_sap.plot import LIMITS, MockSapPlot
from ltc.app.sandbox.mock_sap.running import MockSapSandbox, up_with_mock_sap
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import WholePlot, play
from ltc.app.sandbox.world import Size

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltc.app.sandbox.running import RunningSandbox
    from ltc.core.simulation import Profile

MOCK_SAP = "mock-sap"


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
    begun = time.monotonic()
    tell = progress or _silent
    with tempfile.TemporaryDirectory(prefix="ltc-demo-") as scratch:
        tell("Bringing the sandbox up")
        with _sandbox(sap, seed, scale, "hostile" if profile == "hostile" else "calm") as sandbox:
            tell("Making the hub")
            hub = open_hub(hub_dir or Path(scratch), sandbox)
            plot = MockSapPlot(sandbox) if isinstance(sandbox, MockSapSandbox) else WholePlot(sandbox)
            try:
                report = play(sandbox, hub, deals, tell, plot)
            finally:
                hub.close()
    return {**report, "seconds": round(time.monotonic() - begun, 1)}


def limits(sap: str) -> tuple[str, ...]:
    """Say what an SAP cannot do, for those who read the demo's output."""
    return LIMITS if sap == MOCK_SAP else ()


def _sandbox(sap: str, seed: int, scale: float, profile: Profile) -> RunningSandbox:
    if sap == MOCK_SAP:
        return up_with_mock_sap(seed, Size.shared(scale), profile)
    return up(seed, scale, profile)


def _silent(_: str) -> None:
    """Tell nobody."""

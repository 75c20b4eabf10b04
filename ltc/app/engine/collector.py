"""The garbage collector, set for what the engine does: many small objects that die together at the end of a page."""

from __future__ import annotations

import gc

YOUNG = 100_000
"""So many objects come to be before the collector looks at the young ones, which is about once a page."""


def settle_down() -> None:
    """Leave what was loaded until now out of all further collections, and collect seldom; for a process that is set up."""
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)

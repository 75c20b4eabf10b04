"""Crash hooks: named points at which a test lets the process die, to prove that nothing is lost and nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Hooks: TypeAlias = Callable[[str], None]
"""Called with the point's name. To die there, raise something that no handler of errors catches, or leave by ``os._exit``."""

BEFORE_COMMIT = "tx.before_commit"
AFTER_COMMIT = "tx.after_commit"
POINTS = (BEFORE_COMMIT, AFTER_COMMIT)
"""The store's own points; the engine has more."""


def nowhere(point: str) -> None:
    """Pass every point: what production does."""
    del point

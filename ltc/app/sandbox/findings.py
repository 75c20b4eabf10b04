"""What a checker finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``code`` is stable, ``subjects`` are the systems' own ids and numbers."""

    code: str
    message: str
    subjects: tuple[str, ...] = ()

"""What came of a job: its counts, what went wrong, and when it goes on if it stopped since calls were spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ltc.app.engine.bodies import without_bodies


@dataclass(frozen=True, slots=True)
class Done:
    """How a job ended; ``until`` is when it goes on by itself, if nothing but spent calls stopped it.

    A slice that is over before the job is leaves it ``paused``: it goes on after ``wait`` seconds.
    """

    counts: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    until: str = ""
    paused: bool = False
    wait: float = 0.0

    @property
    def status(self) -> str:
        """Say it in a word, as runs do."""
        if self.until:
            return "spent"
        return "failed" if self.error else "done"

    @property
    def told(self) -> str:
        """Say it in half a sentence, for the log: without the words of a system or of an error that is not ours."""
        if self.paused:
            return f"is put down for {self.wait:g} seconds." if self.wait else "is put down for its next slice."
        if self.until:
            return f"rests: {without_bodies(self.error)}"
        return f"failed: {without_bodies(self.error)}" if self.error else "is done."


def done_of(report: dict[str, Any]) -> Done:
    """Put the runs of a sync's objects together.

    >>> spent = {"status": "spent", "until": "2026-03-03T00:00:00Z", "error": {"message": "Spent."}}
    >>> done_of({"totals": {}, "runs": [spent, {"status": "done", "error": None}]}).status
    'spent'
    >>> done_of({"totals": {}, "runs": [spent, {"status": "failed", "until": None, "error": {"message": "No."}}]}).status
    'failed'
    """
    wrong = [run for run in report["runs"] if run["error"]]
    error = "; ".join(dict.fromkeys(run["error"]["message"] for run in wrong))
    untils = [run["until"] for run in wrong if run["status"] == "spent" and run["until"]]
    only_spent = bool(wrong) and len(untils) == len(wrong)
    return Done(report["totals"], error, min(untils) if only_spent else "")

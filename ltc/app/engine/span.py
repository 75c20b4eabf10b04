"""The span of a back-fill, as its run keeps it: whoever takes the run up reads the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from ltc.app.engine.context import instant, moment
from ltc.app.engine.state import to_json
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from datetime import datetime

    from ltc.core.store import Tx

USUAL: Final = "{}"
"""The options of a run that does what its job says."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when on, and before when, changes are read again; without an end: to the present."""

    since: datetime
    until: datetime | None = None

    def document(self) -> dict[str, Any]:
        """Tell it as the store keeps it."""
        return {"since": instant(self.since), "until": instant(self.until) if self.until is not None else None}

    def options(self) -> str:
        """Write it as a run's options."""
        return to_json(self.document()) or USUAL

    @classmethod
    def of(cls, options: str) -> Span | None:
        """Read it from a run's options; None if the run is no back-fill.

        >>> from datetime import UTC, datetime
        >>> span = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        >>> Span.of(span.options()) == span, Span.of("{}")
        (True, None)
        """
        said = json.loads(options)
        if not said.get("since"):
            return None
        return cls(moment(said["since"]), moment(said["until"]) if said["until"] else None)


def place(tx: Tx, run_id: int) -> str:
    """Give the cursor at which the back-fill of an object stands; "" if it has not begun."""
    return str(json.loads(tx.scalar(select(t.run.c.options).where(t.run.c.id == run_id)) or USUAL).get("cursor", ""))


def keep_place(tx: Tx, run_id: int, cursor: str) -> None:
    """Keep where the back-fill of an object stands."""
    tx.execute(update(t.run).where(t.run.c.id == run_id).values(options=to_json({"cursor": cursor})))

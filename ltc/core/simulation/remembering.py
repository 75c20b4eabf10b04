"""How a connector with a memory is tried: a read from a moment leaves out nothing that changed since."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ltc.core.contract import Memory
from ltc.core.simulation.trial import insist, read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.core.simulation.trial import Trial

_LONG: Final = timedelta(days=7)


def try_moments(trial: Trial, obj: str, fields: Sequence[str], fill: Callable[[], object]) -> None:
    """Read from before anything was there, in a span that has ended, and from after all that has changed."""
    connector = trial.connect()
    if not isinstance(connector, Memory):
        return
    before = trial.clock.now() - timedelta(hours=1)
    fill()
    trial.clock.advance(3600)
    between = trial.clock.now()
    trial.clock.advance(_LONG.total_seconds())
    everything = set(read_all(connector, obj, fields)[0])
    for until in (None, between):
        cursor = connector.cursor_at(obj, before, until)
        json.loads(cursor)
        bodies, cursors = read_all(trial.connect(), obj, fields, 2, cursor)
        insist(set(bodies) == everything, f"{obj}: from {before} to {until} {len(bodies)} of {len(everything)} are read.")
        rest, _ = read_all(trial.connect(), obj, fields, 2, cursors[0][0])
        insist(set(bodies[: cursors[0][1]]) | set(rest) >= everything, f"{obj}: a back-fill that goes on leaves some out.")
    bodies, _ = read_all(connector, obj, fields, 0, connector.cursor_at(obj, trial.clock.now()))
    insist(not bodies, f"{obj}: {len(bodies)} records that did not change are read from the present on.")

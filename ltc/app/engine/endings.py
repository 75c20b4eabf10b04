"""Endings: a record that the hub is about to end goes a step further meanwhile, which is no news against its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ltc.app.engine.state import from_json
from ltc.core.models.states import MACHINES, is_on_the_way
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import RecordState

STATUS: Final = "status"
UNHEARD: Final = ("due", "waiting", "held", "writing", "parked")
"""States of changes that the record's system has not heard of, and is to hear of."""


def heed_endings(batch: Batch, scope: Scope, records: Iterable[RecordState]) -> None:
    """Let a status that the hub has decided on, and not got through yet, stand against one on the way to it.

    Else who hurries wins: a deal is off, its order is to be cancelled, the ERP confirms it in the same minute, and it would be
    delivered. Once the system has heard of the end, whoever takes it back over there is right.
    """
    if scope.entity not in MACHINES:
        return
    moved = {record.ext_id: record for record in records if record.hub_id and record.stamps.get(STATUS) == batch.now}
    if not moved:
        return
    hub_ids = {record.hub_id for record in moved.values()}
    unheard = {"scope_id": scope.id, "state": UNHEARD}
    for ext_id, after in batch.tx.select_in(t.change, ("ext_id", "after"), "hub_id", hub_ids, equal=unheard):
        record = moved.get(ext_id)  # of several records of one golden record a change is to one
        if record is not None and after and is_on_the_way(scope.entity, record.leaves.get(STATUS), from_json(after).get(STATUS)):
            del record.stamps[STATUS]

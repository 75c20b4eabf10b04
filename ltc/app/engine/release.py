"""Release: changes that waited for a record to be in a system go on as soon as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.batch import Batch


def release(batch: Batch, system: str, hub_ids: Iterable[str]) -> None:
    """Release the changes that waited for these golden records to be in this system."""
    targets = sorted(hub_ids)
    rows = batch.tx.select_in(t.wait, ("change_id",), "target", targets, equal={"system": system})
    waiting = sorted({row[0] for row in rows})
    if not waiting:
        return
    batch.tx.delete_in(t.wait, "target", targets, where=(t.wait.c.system == system,))
    held = {row[0] for row in batch.tx.select_in(t.wait, ("change_id",), "change_id", waiting)}
    states = {row[0]: row[1] for row in batch.tx.select_in(t.change, ("id", "state"), "id", waiting)}
    free = [(number, "due", "", batch.now) for number in waiting if number not in held and states.get(number) == "waiting"]
    batch.tx.update_many(t.change, ("id",), ("state", "reason", "updated_at"), free)


def release_linked(batch: Batch) -> None:
    """Release what waited for the records that were linked in this transaction; nothing waits for what was minted in it."""
    by_system: dict[str, set[str]] = {}
    for hub_id in batch.newly_linked:
        golden = batch.goldens.get(hub_id)
        if golden is not None and golden.is_new:
            continue
        for record in batch.linked.get(hub_id, ()):
            scope = batch.scope_of(record)
            if not scope.is_hub and record.speaks:
                by_system.setdefault(scope.system, set()).add(hub_id)
    for system, hub_ids in sorted(by_system.items()):
        release(batch, system, hub_ids)
    batch.newly_linked.clear()

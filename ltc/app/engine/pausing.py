"""Pausing jobs: what time must not start for a while, in whichever process it would be started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from ltc.app.engine.state import to_json
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from ltc.core.store import Tx

_PREFIX: Final = "paused:"


def pause(tx: Tx, name: str, *, at: str, actor: str, why: str) -> bool:
    """Pause a job; tell whether it was not paused already, in which case the first pause stays as it was."""
    value = to_json({"at": at, "actor": actor, "why": why}) or ""
    return bool(tx.insert_new(t.hub, ("key", "value"), [(_PREFIX + name, value)], key=("key",)))


def resume(tx: Tx, name: str) -> bool:
    """Let time start a job again; tell whether it was paused."""
    return bool(tx.execute(delete(t.hub).where(t.hub.c.key == _PREFIX + name)).rowcount)


def paused(tx: Tx) -> dict[str, dict[str, Any]]:
    """Say which jobs are paused, since when, by whom and why."""
    rows = tx.execute(select(t.hub.c.key, t.hub.c.value).where(t.hub.c.key.startswith(_PREFIX, autoescape=True))).all()
    return {row[0].removeprefix(_PREFIX): json.loads(row[1]) for row in rows}

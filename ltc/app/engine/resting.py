"""Resting jobs: what stopped since a system's calls were spent, and goes on by itself when there are calls again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from ltc.app.engine.state import to_json
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from ltc.core.store import Tx

_PREFIX: Final = "resting:"


def keep(tx: Tx, job: str, until: str, why: str) -> None:
    """Remember until when a job rests, and why."""
    tx.upsert(t.hub, ("key", "value"), [(_PREFIX + job, to_json({"until": until, "why": why}) or "")], key=("key",))


def forget(tx: Tx, job: str) -> None:
    """Note that a job does not rest any more."""
    tx.execute(delete(t.hub).where(t.hub.c.key == _PREFIX + job))


def resting(tx: Tx) -> dict[str, dict[str, Any]]:
    """Say which jobs rest, until when and why."""
    rows = tx.execute(select(t.hub.c.key, t.hub.c.value).where(t.hub.c.key.startswith(_PREFIX, autoescape=True))).all()
    return {row[0].removeprefix(_PREFIX): json.loads(row[1]) for row in rows}


def rested(tx: Tx, now: str) -> dict[str, str]:
    """Name the jobs whose rest is over, each with the moment at which it ended: the slot in which it goes on."""
    return {job: told["until"] for job, told in resting(tx).items() if told["until"] <= now}

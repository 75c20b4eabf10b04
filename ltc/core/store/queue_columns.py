"""The columns by which a run is also a place in the queue: who works on it, until when, and what it is to do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Text

from ltc.core.store.schema import Id


def queue_columns() -> list[Column[Any]]:
    """Give the columns; ``until`` and ``not_before`` are microseconds of the database's clock."""
    return [
        Column("parent", Id),  # the job's run that a run of one object belongs to
        Column("stage", String(16), nullable=False, server_default=""),  # of one object: read = read to the end
        Column("priority", Integer, nullable=False, server_default="0"),
        Column("options", Text, nullable=False, server_default="{}"),  # JSON: what this run does other than its job says
        Column("token", Integer, nullable=False, server_default="0"),
        Column("holder", String(128), nullable=False, server_default=""),
        Column("until", BigInteger),  # running: when it is given to another; queued: when it is asked for again; ended: null
        Column("not_before", BigInteger, nullable=False, server_default="0"),
        Column("attempts", Integer, nullable=False, server_default="0"),  # workers that were lost since it last came on
        Column("submissions", Integer, nullable=False, server_default="0"),  # how often it was asked for again in vain
        Column("slices", Integer, nullable=False, server_default="0"),
    ]

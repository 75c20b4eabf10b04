"""Tables of who refers to whom."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text

from ltc.core.store.schema import HubId, metadata

reference = Table(  # who refers to a golden record; to whom it refers is in its leaves
    "reference",
    metadata,
    Column("target", HubId, nullable=False),
    Column("hub_id", HubId, nullable=False),
    Column("leaf", Text, nullable=False),  # the first one that names the target
    PrimaryKeyConstraint("target", "hub_id"),
    sqlite_with_rowid=False,
)

fresh_reference = Table(  # those that came last, on SQLite; see references.py
    "fresh_reference",
    metadata,
    Column("target", HubId, nullable=False),
    Column("hub_id", HubId, nullable=False),
    Column("leaf", Text, nullable=False),
    PrimaryKeyConstraint("target", "hub_id"),
    sqlite_with_rowid=False,
)

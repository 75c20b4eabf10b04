"""The tables of deals: how far each has come, and which documents belong to it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, String, Table

from ltc.core.store.schema import HubId, Instant, metadata

deal = Table(
    "deal",
    metadata,
    Column("deal_id", HubId, primary_key=True),  # the oldest of its founding documents
    Column("stage", String(16), nullable=False),  # the furthest that it has come
    Column("is_lost", Boolean, nullable=False),
    Column("since", Instant, nullable=False),  # when the hub saw it come there
    Index(None, "stage", "is_lost"),
    sqlite_with_rowid=False,
)

deal_document = Table(
    "deal_document",
    metadata,
    Column("deal_id", HubId, nullable=False),
    Column("hub_id", HubId, nullable=False),
    Column("entity", String(64), nullable=False),
    Column("stage", String(16), nullable=False),  # what was reached with it
    Column("standing", String(8), nullable=False),  # open | done | off
    PrimaryKeyConstraint("deal_id", "hub_id"),
    Index(None, "hub_id"),
    sqlite_with_rowid=False,
)

"""The table of webhooks: what arrived at the hub's door, and what became of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from ltc.core.store.schema import Id, Instant, metadata

hook = Table(
    "hook",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("system", String(64), nullable=False),
    Column("event", String(255), nullable=False),  # the vendor's id: the same each time that the event is delivered
    Column("object", String(128), nullable=False),
    Column("ext_id", String(255), nullable=False),
    Column("occurred_at", Instant),
    Column("received_at", Instant, nullable=False),
    Column("state", String(16), nullable=False, server_default="pending"),  # pending | done | dropped | parked
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant, nullable=False, server_default=""),
    Column("error", Text, nullable=False, server_default=""),
    Column("run_id", Id, nullable=False, server_default="0"),
    Column("done_at", Instant),
    Column("carried", String(64), nullable=False, server_default=""),  # the span of its arrival, as a traceparent
    UniqueConstraint("system", "event", "object", "ext_id"),
    Index(None, "system", "state", "object", "id"),
)

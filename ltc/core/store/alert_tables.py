"""The tables of alerts: what ails systems, what people have been told of, and the notices that are on their way to them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from ltc.core.store.schema import Id, Instant, metadata

trouble = Table(  # what last went wrong with a system as a whole; a row goes when that goes well again
    "trouble",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("message", Text, nullable=False),
    Column("remedy", Text, nullable=False, server_default=""),
    Column("since", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),
)

alert = Table(
    "alert",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("state", String(8), nullable=False),  # on | over
    Column("severity", String(8), nullable=False),
    Column("message", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("told_at", Instant, nullable=False),  # when a notice was last written
    Column("over_at", Instant),
)

notice = Table(  # the outbox: one row for each channel and round, with all that there was to tell
    "notice",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("events", Text, nullable=False),  # JSON
    Column("state", String(8), nullable=False, server_default="due"),  # due | sent | given_up
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant, nullable=False),
    Column("error", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index(None, "state", "not_before"),
)

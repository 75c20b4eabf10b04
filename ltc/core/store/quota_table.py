"""The table of quotas: one row for each system, shared by all that call it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from ltc.core.store.schema import metadata

quota = Table(  # moments are microseconds since 1970, by the database's clock
    "quota",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("full_at", BigInteger, nullable=False, server_default="0"),  # when its bucket of tokens is full again
    Column("period", BigInteger, nullable=False, server_default="0"),  # when the day or hour began that `used` counts
    Column("used", BigInteger, nullable=False, server_default="0"),
    Column("told_limit", BigInteger, nullable=False, server_default="0"),  # what the system itself says; 0 = nothing
    Column("told_at", BigInteger, nullable=False, server_default="0"),
    Column("rests_until", BigInteger, nullable=False, server_default="0"),  # the system said that its quota is spent
    Column("why", Text, nullable=False, server_default=""),
)

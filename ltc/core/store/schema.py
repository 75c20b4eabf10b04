"""What all tables share: the names of their constraints, and the kinds of their columns."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Index, Integer, MetaData, String, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
Instant = String(27)
HubId = String(32)


class Json(Text):
    """JSON in a wide column: a row may bring it as the encoder's own bytes, which saves a copy or two of the text."""

    cache_ok = True


def one_where(name: str, *columns: str, where: str) -> Index:
    """Allow one row of a key where a condition holds."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


def one_while(name: str, *columns: str, states: Sequence[str]) -> Index:
    """Allow one row of a key in these states.

    SQLite would make a table of the states anew for each row that it tests, which takes longer than to keep the index.
    """
    either = " or ".join(f"state = '{state}'" for state in states)
    among = f"state in ({', '.join(repr(state) for state in states)})"
    return Index(name, *columns, unique=True, sqlite_where=text(either), postgresql_where=text(among))

"""Pages by key: the next page starts after the last id of the one before, whatever was added in the meantime."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.sql import ColumnElement, Select

    from ltc.core.store.door import Tx

Document = dict[str, Any]


def page(
    tx: Tx, statement: Select[Any], key: ColumnElement[Any], *, after: int, limit: int, newest_first: bool = False
) -> list[Document]:
    """Give one page of a statement's rows as documents, oldest first if not told otherwise."""
    if newest_first:
        ordered = statement.order_by(key.desc())
        wanted = ordered.where(key < after) if after else ordered
    else:
        wanted = statement.order_by(key).where(key > after)
    return [dict(row) for row in tx.execute(wanted.limit(limit)).mappings()]


def next_after(page: Sequence[Mapping[str, Any]], limit: int) -> int:
    """Say where the next page starts; 0 if this one was the last.

    >>> next_after([{"id": 3}, {"id": 7}], 2), next_after([{"id": 9}], 2)
    (7, 0)
    """
    return int(page[-1]["id"]) if page and len(page) >= limit else 0


def plain(text: str) -> Any:
    """Read JSON of a column; the empty text is an empty mapping.

    >>> plain(""), plain('{"a": 1}')
    ({}, {'a': 1})
    """
    return json.loads(text) if text else {}

"""Texts as sparse rows: counts, TF-IDF, and the rows that are most alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = Any
"""A sparse matrix in rows (scipy's csr_array has no types)."""

_BLOCK = 512
"""So many rows are compared with all others at a time, which bounds the memory."""


def counted(documents: Iterable[Iterable[str]]) -> Rows:
    """Count the terms of each document: a row per document, a column per term."""
    columns: dict[str, int] = {}
    starts = [0]
    places: list[int] = []
    for terms in documents:
        places.extend(columns.setdefault(term, len(columns)) for term in terms)
        starts.append(len(places))
    values = np.ones(len(places), np.float32)
    parts = (values, np.array(places, np.int32), np.array(starts, np.int64))
    rows = sparse.csr_array(parts, shape=(len(starts) - 1, len(columns)))
    rows.sum_duplicates()
    return rows


def rarity(rows: Rows) -> Floats:
    """Weigh each term by how few documents have it: 0 for a term of all of them."""
    having = np.bincount(rows.indices, minlength=rows.shape[1])
    return np.asarray(np.log((1 + rows.shape[0]) / (1 + having)), np.float64)


def weighed(documents: Iterable[Iterable[str]]) -> Rows:
    """Weigh terms by TF-IDF in rows of length 1, so that the product of two rows is their cosine."""
    rows = counted(documents)
    rows.data = 1 + np.log(rows.data)
    rows = (rows @ sparse.diags_array((rarity(rows) + 1).astype(np.float32))).tocsr()
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1
    return (sparse.diags_array(1 / lengths) @ rows).tocsr().astype(np.float32)


def grams(text: str, sizes: Sequence[int]) -> list[str]:
    """Cut text into overlapping pieces of the given sizes.

    >>> grams("abcd", (3, 4))
    ['abc', 'bcd', 'abcd']
    """
    return [text[start : start + size] for size in sizes for start in range(len(text) - size + 1)]


def cosines(rows: Rows, left: Places, right: Places) -> Floats:
    """Compare pairs of rows."""
    return np.asarray(rows[left].multiply(rows[right]).sum(axis=1), np.float64).ravel()


def most_alike(left: Rows, right: Rows, count: int) -> tuple[Places, Places]:
    """For every row of ``left`` find so many rows of ``right`` that are most alike; rows that share nothing are left out."""
    across = right.T.tocsr()
    ones: list[NDArray[Any]] = []
    others: list[NDArray[Any]] = []
    for start in range(0, left.shape[0], _BLOCK):
        alike = (left[start : start + _BLOCK] @ across).tocsr()
        for place in range(alike.shape[0]):
            span = slice(alike.indptr[place], alike.indptr[place + 1])
            values, columns = alike.data[span], alike.indices[span]
            if len(values) > count:
                columns = columns[np.lexsort((columns, -values))[:count]]
            ones.append(np.full(len(columns), start + place, np.int64))
            others.append(columns.astype(np.int64))
    empty = np.empty(0, np.int64)
    return np.concatenate([empty, *ones]), np.concatenate([empty, *others])

"""Which pairs of products are looked at: those whose texts are most alike in some view, or that share a model number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from mdm.matching.products.text import Product
from mdm.matching.products.vectors import Places, Rows, grams, most_alike, weighed
from mdm.matching.records import Task

VIEWS: Final = ("letters", "letters in words", "words", "all text")
"""The views of ``Space`` that bring up candidates."""

_TOP: Final = 6
_COMMON: Final = 20
"""A model number of more records than this says little: a series, a standard, a size."""


@dataclass(frozen=True, slots=True)
class Space:
    """Products, and their texts as sparse rows in several views."""

    products: tuple[Product, ...]
    views: Mapping[str, Rows]


def space(products: Sequence[Product]) -> Space:
    """Lay products out in every view."""
    names = [product.name + product.maker for product in products]
    return Space(
        tuple(products),
        {
            "letters": weighed(grams(product.compact, (3, 4)) for product in products),
            "letters in words": weighed(
                (gram for word in product.name for gram in grams(f" {word} ", (2, 3, 4))) for product in products
            ),
            "words": weighed(names),
            "all text": weighed(name + product.description for name, product in zip(names, products, strict=True)),
            "pairs of words": weighed(
                (f"{one} {next_}" for one, next_ in zip(product.name, product.name[1:], strict=False)) for product in products
            ),
            "description": weighed(product.description for product in products),
        },
    )


def candidates(within: Space, sources: Sequence[str], task: Task, free: frozenset[str]) -> tuple[Places, Places]:
    """Find the pairs that are worth a look, each once; the source that comes first in the list is on the left."""
    places: dict[str, Places] = {
        source: np.flatnonzero(np.array(sources) == source).astype(np.int64) for source in dict.fromkeys(sources)
    }
    sides = list(combinations(places, 2))
    if task == "dedupe":
        sides += [(source, source) for source in places if source not in free]
    total = len(within.products)
    found = [np.empty(0, np.int64)]
    for one, other in sides:
        left, right = places[one], places[other]
        for view in VIEWS:
            rows = within.views[view]
            here, there = most_alike(rows[left], rows[right], _TOP + (one == other))
            found.append(left[here] * total + right[there])
            if one != other:
                there, here = most_alike(rows[right], rows[left], _TOP)
                found.append(left[here] * total + right[there])
        found.append(_same_number(within.products, left, right))
    keys = np.unique(np.concatenate(found))
    lefts, rights = keys // total, keys % total
    twin = np.array([sources[left] == sources[right] for left, right in zip(lefts, rights, strict=True)], bool)
    lefts, rights = np.where(twin, np.minimum(lefts, rights), lefts), np.where(twin, np.maximum(lefts, rights), rights)
    keys = np.unique((lefts * total + rights)[lefts != rights])
    return keys // total, keys % total


def _same_number(products: Sequence[Product], left: Places, right: Places) -> Places:
    """Find the pairs that share a model number."""
    having: dict[str, list[int]] = defaultdict(list)
    for place in right.tolist():
        for code in products[place].codes:
            having[code].append(place)
    pairs = [
        place * len(products) + other
        for place in left.tolist()
        for code in products[place].codes
        if len(having.get(code, ())) <= _COMMON
        for other in having.get(code, ())
    ]
    return np.array(pairs, np.int64)

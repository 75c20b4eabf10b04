"""What speaks for and against two products being the same: one column per feature, named in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from scipy import sparse

from mdm.matching.products import codes
from mdm.matching.products.candidates import Space
from mdm.matching.products.text import Product
from mdm.matching.products.vectors import Floats, Places, Rows, cosines, counted, rarity

Table: TypeAlias = dict[str, Floats]
"""The values of each feature, a value per pair; NaN where a record does not say."""

_SPELLING: Final = (
    "letters: ratio",
    "letters: sorted words",
    "letters: common words",
    "letters: best part",
    "letters: from the start",
)


def features(within: Space, left: Places, right: Places) -> Table:
    """Compare pairs of products by everything that they say."""
    products = within.products
    table = {f"alike: {view}": cosines(rows, left, right) for view, rows in within.views.items()}
    table |= _overlap("words", ([word for word in one.name if not word[0].isdigit()] for one in products), left, right)
    table |= _overlap("numbers", (one.numbers for one in products), left, right)
    table |= _overlap("measures", (one.measures for one in products), left, right)
    table |= _overlap("model numbers", (one.codes for one in products), left, right)
    table |= _contained(products, left, right)
    table |= _prices(products, left, right)
    table |= _one_by_one(products, left, right)
    lengths = np.array([len(one.name) for one in products], np.float64)
    return table | {"words: how many left": lengths[left], "words: how many right": lengths[right]}


def matrix(table: Table) -> Floats:
    """Put features side by side."""
    return np.column_stack(list(table.values()))


def _overlap(name: str, documents: Iterable[Iterable[str]], left: Places, right: Places) -> Table:
    """Weigh what two sets of terms share and what only one has, rare terms more."""
    rows = counted(set(terms) for terms in documents)
    weights = rarity(rows)
    totals = np.asarray(rows @ weights).ravel()
    one, other = rows[left], rows[right]
    both = one.multiply(other).tocsr()
    shared = np.asarray(both @ weights).ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [np.where(totals[side] > 0, shared / totals[side], np.nan) for side in (left, right)]
    return {
        f"{name}: shared": shared,
        f"{name}: only left": totals[left] - shared,
        f"{name}: only right": totals[right] - shared,
        f"{name}: share of left": shares[0],
        f"{name}: share of right": shares[1],
        f"{name}: rarest shared": _rarest(both, weights),
        f"{name}: rarest only left": _rarest(one - both, weights),
        f"{name}: rarest only right": _rarest(other - both, weights),
    }


def _rarest(rows: Rows, weights: Floats) -> Floats:
    if not rows.shape[1]:
        return np.zeros(rows.shape[0])
    return np.asarray((rows @ sparse.diags_array(weights)).tocsr().max(axis=1).todense(), np.float64).ravel()


def _contained(products: Sequence[Product], left: Places, right: Places) -> Table:
    """Weigh how much of one product's name stands anywhere in the other's text."""
    texts = [{*one.name, *one.maker, *one.description} for one in products]
    rows = counted([*({*one.name} for one in products), *texts])
    names, whole = rows[: len(products)], rows[len(products) :]
    weights = rarity(whole)
    totals = np.asarray(names @ weights).ravel()
    table = {}
    for name, one, other in (("left", left, right), ("right", right, left)):
        shared = np.asarray(names[one].multiply(whole[other]) @ weights).ravel()
        with np.errstate(invalid="ignore", divide="ignore"):
            table[f"words: {name} name in other text"] = np.where(totals[one] > 0, shared / totals[one], np.nan)
    return table


def _prices(products: Sequence[Product], left: Places, right: Places) -> Table:
    prices = np.array([np.nan if one.price is None else one.price for one in products], np.float64)
    ratio = np.log(prices[left] / prices[right])
    return {"price: left to right": ratio, "price: apart": np.abs(ratio)}


def _one_by_one(products: Sequence[Product], left: Places, right: Places) -> Table:
    """Compare spellings, model numbers and makers, pair by pair."""
    names = [" ".join(one.name) for one in products]
    spelling = np.empty((len(left), len(_SPELLING)))
    numbers = np.empty((len(left), len(codes.NAMES)))
    makers = np.empty(len(left))
    for row, (here, there) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        one, other = names[here], names[there]
        spelling[row] = (
            fuzz.ratio(one, other),
            fuzz.token_sort_ratio(one, other),
            fuzz.token_set_ratio(one, other),
            fuzz.partial_ratio(one, other),
            100 * JaroWinkler.similarity(products[here].compact, products[there].compact),
        )
        numbers[row] = codes.compare(products[here], products[there])
        makers[row] = maker_named(products[here], products[there])
    table = {name: spelling[:, column] for column, name in enumerate(_SPELLING)}
    table |= {name: numbers[:, column] for column, name in enumerate(codes.NAMES)}
    return table | {"maker: named by the other": makers}


def maker_named(left: Product, right: Product) -> float:
    """Tell which share of a product's maker the other names as maker or in its name; NaN if neither states a maker."""
    shares = [
        sum(word in {*other.maker, *other.name} for word in one.maker) / len(one.maker)
        for one, other in ((left, right), (right, left))
        if one.maker
    ]
    return max(shares, default=float("nan"))

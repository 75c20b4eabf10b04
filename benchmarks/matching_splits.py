"""How well pairs of products are told apart on published splits: learn from train, set the threshold on valid, count on test.

The folder ``splits`` of a set holds train, valid and test: gzipped text, a pair and its label (0 or 1) per line, as
``COL name VAL … COL price VAL …``, tab, the same of the other record, tab, label. ``pair_only`` looks at the two records alone;
``neighbours`` also at how the pair stands among the candidates of its records, whose labels nobody looks at.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ltc.core.errors import Misconfigured
from mdm.matching.products.candidates import candidates, space
from mdm.matching.products.features import features, matrix
from mdm.matching.products.learning import (
    Model,
    cross_fitted,
    log_odds,
    self_taught,
    with_neighbours,
)
from mdm.matching.products.text import product
from mdm.matching.products.vectors import Floats, Places

_SEEDS = (1, 2, 3, 4, 5)
_FIELD = re.compile(r"COL (\w+) VAL ")


def fields(text: str) -> dict[str, str]:
    """Read a record as the splits write it.

    >>> fields("COL title VAL acme drill COL price VAL 9.5 ")
    {'title': 'acme drill', 'price': '9.5'}
    """
    parts = _FIELD.split(text)
    return {name: value.strip() for name, value in zip(parts[1::2], parts[2::2], strict=True) if value.strip()}


def read_split(path: Path) -> list[tuple[str, str, bool]]:
    """Read the pairs of a split."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
    except OSError as error:
        remedy = "A set's folder splits holds train.txt.gz, valid.txt.gz and test.txt.gz."
        raise Misconfigured(f"The split {path} cannot be read: {error}.", remedy=remedy, code="matching.split") from error
    wrong = next((number for number, row in enumerate(rows, 1) if len(row) != 3 or row[2] not in {"0", "1"}), 0)
    if wrong:
        remedy = "A line is two records and 0 or 1, with tabs between."
        raise Misconfigured(f"Line {wrong} of {path} is no labelled pair.", remedy=remedy, code="matching.split")
    return [(left, right, label == "1") for left, right, label in rows]


def f1(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Balance precision and recall."""
    return float(2 * (found & true).sum() / max(1, found.sum() + true.sum()))


def threshold(scores: Floats, true: NDArray[np.bool_]) -> float:
    """Find the score from which on taking pairs for the same has the best F1."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(true[order])
    return float(scores[order][np.argmax(2 * right / (np.arange(1, len(order) + 1) + true.sum()))])


def measure_splits(folder: Path, seeds: Sequence[int] = _SEEDS) -> dict[str, Any]:
    """Measure the splits of a set with several seeds."""
    splits = {name: read_split(folder / "splits" / f"{name}.txt.gz") for name in ("train", "valid", "test")}
    sides = [list(dict.fromkeys(row[side] for rows in splits.values() for row in rows)) for side in (0, 1)]
    place = [{text: number for number, text in enumerate(side)} for side in sides]
    texts = [*sides[0], *sides[1]]
    within = space([product(fields(text)) for text in texts])
    sources = ["left"] * len(sides[0]) + ["right"] * len(sides[1])
    brought = set(zip(*(side.tolist() for side in candidates(within, sources, "link", frozenset())), strict=True))
    named = {
        name: [(place[0][left], len(sides[0]) + place[1][right]) for left, right, _ in rows] for name, rows in splits.items()
    }
    every = sorted(brought.union(*named.values()))
    left, right = (np.array([ends[side] for ends in every], np.int64) for side in (0, 1))
    row = {ends: number for number, ends in enumerate(every)}
    rows = {name: np.array([row[ends] for ends in pairs]) for name, pairs in named.items()}
    labels = {name: np.array([label for *_, label in pairs]) for name, pairs in splits.items()}
    table = features(within, left, right)
    odds = log_odds(self_taught(table, left, right, seeds[0]).predict(matrix(table)))
    wide = with_neighbours(table, "without labels", odds, left, right)
    figures: dict[str, list[float]] = {"pair_only": [], "neighbours": []}
    for seed in seeds:
        first = _learned(matrix(table), rows, labels, left, seed)
        figures["pair_only"].append(_tested(first, rows, labels))
        stacked = with_neighbours(wide, "with labels", log_odds(first), left, right)
        figures["neighbours"].append(_tested(_learned(matrix(stacked), rows, labels, left, seed), rows, labels))
    return {
        "set": folder.resolve().name,
        "splits": {
            name: {"f1": round(mean(found), 4), "seeds": [round(one, 4) for one in found]} for name, found in figures.items()
        },
    }


def _learned(
    values: Floats, rows: Mapping[str, Places], labels: Mapping[str, NDArray[np.bool_]], groups: Places, seed: int
) -> Floats:
    """Score every pair by trees that were grown on the train split, but none that it was in."""
    train = rows["train"]
    model: Model = cross_fitted(values[train], labels["train"].astype(np.float64), groups[train], seed)
    scores = np.mean([trees.predict(values, num_threads=1) for trees in model.trees], axis=0)
    scores[train] = model.predict(values[train])
    return scores


def _tested(scores: Floats, rows: Mapping[str, Places], labels: Mapping[str, NDArray[np.bool_]]) -> float:
    limit = threshold(scores[rows["valid"]], labels["valid"])
    return f1(scores[rows["test"]] >= limit, labels["test"])

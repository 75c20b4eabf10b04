"""Whether published splits are read and measured, and what is wrong in them is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from benchmarks.matching_splits import measure_splits, read_split
from ltc.core.errors import Misconfigured
from tests.mdm.matching.products.catalogue import catalogue


def written(record: dict[str, str]) -> str:
    return " ".join(f"COL {name} VAL {value}" for name, value in record.items())


def test_splits_are_learned_from_and_counted(tmp_path: Path) -> None:
    records, truth = catalogue()
    lines = [
        f"{written(dict(records[left].fields))}\t{written(dict(records[other].fields))}\t{int(other == right)}\n"
        for left, right in sorted(truth)
        for other in (right, right ^ 1, len(records) // 2 + (right + 2) % (len(records) // 2))
    ]
    (tmp_path / "splits").mkdir()
    for name, parts in (("train", {0, 1, 2, 3}), ("valid", {4}), ("test", {5})):
        with gzip.open(tmp_path / "splits" / f"{name}.txt.gz", "wt", encoding="utf-8") as file:
            file.writelines(line for place, line in enumerate(lines) if (place // 3) % 6 in parts)
    figures = measure_splits(tmp_path, seeds=(1,))
    assert figures["set"] == tmp_path.name
    assert figures["splits"]["pair_only"]["f1"] >= 0.8
    assert figures["splits"]["neighbours"]["seeds"][0] >= 0.8


def test_a_split_that_is_none_says_where(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_split(tmp_path / "train.txt.gz")
    with gzip.open(tmp_path / "train.txt.gz", "wt", encoding="utf-8") as file:
        file.write("COL name VAL a\tCOL name VAL b\t1\nCOL name VAL a\n")
    with pytest.raises(Misconfigured, match="Line 2"):
        read_split(tmp_path / "train.txt.gz")

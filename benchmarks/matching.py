"""How well matching finds what belongs together in a set whose true pairs are known.

python benchmarks/matching.py --data DIR [--labels N] [--seed S] [--splits] [--json]

DIR is a set (meta.json, records.csv, pairs.csv) or a folder of sets. Settings are per entity, the same for every set.
``pairwise`` takes the pairs that are rather the same than not, ``clustered`` the pairs inside the groups that are made of them.
``automatic`` takes the pairs inside the groups that would be merged without asking; its share is that of the true pairs.
``review_share`` is the share that a person is asked about among the pairs that are merged or asked about.
With ``--splits``, the published splits of sets that have them are measured instead (benchmarks/matching_splits.py).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.matching_splits import measure_splits
from ltc.core.errors import LtcError
from mdm.matching.cluster import cluster
from mdm.matching.decide import THRESHOLDS, decide, for_merging
from mdm.matching.matchers import matcher
from mdm.matching.records import LabelledSet, Pair, ScoredPair, read_set


def quality(found: set[Pair], truth: frozenset[Pair]) -> dict[str, float]:
    """Compare found pairs with the true ones."""
    right = len(found & truth)
    precision = right / len(found) if found else 1.0
    recall = right / len(truth) if truth else 1.0
    f1 = 2 * right / (len(found) + len(truth)) if found or truth else 1.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def inside(groups: Iterable[tuple[int, ...]], measured: LabelledSet) -> set[Pair]:
    """List the pairs inside groups; where sources are linked, those between two of them."""
    every = (pair for group in groups for pair in combinations(group, 2))
    if measured.task == "dedupe":
        return set(every)
    return {(left, right) for left, right in every if measured.records[left].source != measured.records[right].source}


def measure(measured: LabelledSet, labels: dict[Pair, bool]) -> tuple[dict[str, Any], list[ScoredPair]]:
    """Match a set, and compare what was found with what is true, labelled pairs left out."""
    started = time.perf_counter()
    pairs = matcher(measured.entity)(measured.records, measured.entity, measured.task, measured.free, labels)
    limits = THRESHOLDS[measured.entity]
    sources = [record.source for record in measured.records]
    must = [pair for pair, same in labels.items() if same]
    cannot = [pair for pair, same in labels.items() if not same]
    likely = cluster(sources, pairs, limits.likely, free=measured.free, must=must, cannot=cannot)
    merged = cluster(sources, for_merging(pairs), limits.same, free=measured.free, must=must, cannot=cannot)
    seconds = time.perf_counter() - started
    truth = measured.truth - labels.keys()
    chosen = {(pair.left, pair.right) for pair in pairs if pair.score >= limits.likely and not pair.vetoed} - labels.keys()
    automatic = quality(inside(merged, measured) - labels.keys(), truth)
    asked = sum(decide(pair, limits) == "review" for pair in pairs)
    sure = sum(decide(pair, limits) == "same" for pair in pairs)
    figures = {
        "set": measured.name,
        "pairwise": quality(chosen, truth),
        "clustered": quality(inside(likely, measured) - labels.keys(), truth),
        "automatic": {"precision": automatic["precision"], "share": automatic["recall"]},
        "review_share": round(asked / (asked + sure), 4) if asked + sure else 0.0,
        "candidates": len(pairs),
        "seconds": round(seconds, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return figures, pairs


def simulate_labels(measured: LabelledSet, pairs: Sequence[ScoredPair], count: int, seed: int) -> dict[Pair, bool]:
    """Let a steward who knows the truth decide so many of the pairs that are put before a person, drawn by the seed."""
    limits = THRESHOLDS[measured.entity]
    asked = sorted((pair.left, pair.right) for pair in pairs if decide(pair, limits) == "review")
    drawn = random.Random(seed).sample(asked, min(count, len(asked)))
    return {pair: pair in measured.truth for pair in drawn}


def run(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Measure one set, with so many labels."""
    measured = read_set(folder)
    figures, pairs = measure(measured, {})
    if not count:
        return figures
    labels = simulate_labels(measured, pairs, count, seed)
    return {**measure(measured, labels)[0], "labels": len(labels), "seed": seed}


def main() -> int:
    """Measure a set, or every set in a folder, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--labels", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--splits", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    single = (options.data / "meta.json").exists() or not options.data.is_dir()
    folders = [options.data] if single else sorted(meta.parent for meta in options.data.glob("*/meta.json"))
    if options.splits and not single:
        folders = [folder for folder in folders if (folder / "splits").is_dir()]
    try:
        if options.splits:
            rows = [measure_splits(folder) for folder in folders]
        else:
            rows = [run(folder, options.labels, options.seed) for folder in folders or [options.data]]
    except LtcError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(rows[0] if single else rows))
        return 0
    for row in rows:
        print(*(f"{name}: {value}" for name, value in row.items()), sep="\n", end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

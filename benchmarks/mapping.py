"""Time the mapping: an order of 58 values read and written, as ratios to decoding its JSON in the same run.

python benchmarks/mapping.py [--json] [--check]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import orjson
from orders import mapping, order

from ltc.core.mapping.reference import read_record
from ltc.core.models.leaves import flatten

RECORDS = 500
ROUNDS = 7


def rate(work: Callable[[Any], object], records: list[Any]) -> float:
    """Measure records per CPU-second of the process, the median of some rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for record in records:
            work(record)
        rates.append(len(records) * 1e9 / (time.process_time_ns() - start))
    return statistics.median(rates)


def measure() -> list[dict[str, object]]:
    """Take all figures in one run."""
    bodies = [orjson.dumps(order(number)) for number in range(1, RECORDS + 1)]
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    raws = [decode(body) for body in bodies]
    m = mapping()
    read = [m.get(raw) for raw in raws]
    values = len([path for path in flatten("order", read[0]) if not path.endswith("]")]) + 3
    due = [(raw, {**nested, "purchase_order": "changed"}) for raw, nested in zip(raws, read, strict=True)]
    baseline = rate(orjson.loads, bodies)
    fast, slow = rate(m.get, raws), rate(lambda raw: read_record(m.block, raw), raws[:50])
    rows = [
        (f"read {values} values, generated", fast, fast / baseline, 0.18),
        ("generated against readable engine", slow, fast / slow, 4.0),
        ("write one change of an order", rate(lambda pair: m.put(*pair), due[:100]), 0.0, 0.01),
        ("write a new order", rate(lambda nested: m.put(None, nested), read[:100]), 0.0, 0.006),
    ]
    figures = [(name, value, ratio or value / baseline, limit) for name, value, ratio, limit in rows]
    return [
        {
            "name": name,
            "value": round(value),
            "unit": "records/CPU-s",
            "baseline": round(baseline),
            "ratio": round(ratio, 3),
            "limit": limit,
        }
        | {"ok": ratio >= limit}
        for name, value, ratio, limit in figures
    ]


def main() -> int:
    """Print the figures; with --check fail if one is below its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    rows = measure()
    shown = [f"{row['name']}: {row['value']} {row['unit']}, ratio {row['ratio']} (at least {row['limit']})" for row in rows]
    print(json.dumps(rows) if options.json else "\n".join(shown))
    return 0 if all(row["ok"] for row in rows) or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())

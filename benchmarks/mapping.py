"""Time the mapping: an order of 58 values read and written, as ratios to `orjson.loads` of the same records in the same run.

    python benchmarks/mapping.py [--json] [--check]

CPU time of this process. Records go by in slices, decoded just before they are mapped, as in a page of the engine; every round
times the baseline and all others on each slice. The best round of each slice counts, since noise only ever adds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from orders import mapping, order_body

from ltc.app.engine.collector import settle_down
from ltc.app.engine.intake import raw_hash
from ltc.core.contract import decode_json
from ltc.core.mapping import Mapping
from ltc.core.mapping.reference import read_record
from ltc.core.models import validate
from ltc.core.models.leaves import digest, flatten, unflatten

RECORDS, SLICE, ROUNDS, EVENTS = 500, 20, 25, 4_000
LONG = 10**12
MILLISECOND = 1e6

decode = decode_json
encode = msgspec.json.Encoder(decimal_format="number").encode
split_page = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to time: what it is given for a slice of records, what it does with each thing, and its least ratio.

    The ratio is that to the baseline, or to the contender named by ``against``. The slow ones get ``share`` records of a slice.
    """

    name: str
    prepare: Callable[[Sequence[bytes]], Sequence[Any]]
    work: Callable[[Any], object]
    limit: float
    against: str = ""
    share: int = SLICE


def raws(bodies: Sequence[bytes]) -> Sequence[Any]:
    """Decode records."""
    return [decode(body) for body in bodies]


def page(bodies: Sequence[bytes]) -> Sequence[Any]:
    """Put records on a page."""
    return [b"[" + b",".join(bodies) + b"]"]


def contenders(m: Mapping) -> list[Contender]:
    """Name all that is timed; the baseline comes first."""

    def canonical(bodies: Sequence[bytes]) -> Sequence[Any]:
        return [m.get(decode(body)) for body in bodies]

    def stored_leaves(bodies: Sequence[bytes]) -> Sequence[Any]:
        return [msgspec.json.decode(msgspec.json.encode(flatten(m.entity, m.get(decode(body))))) for body in bodies]

    def due(bodies: Sequence[bytes]) -> Sequence[Any]:
        return [(raw := decode(body), {**m.get(raw), "purchase_order": "changed"}) for body in bodies]

    def journey(body: bytes) -> bytes:
        raw_hash(body)
        return one_record(body)

    def one_record(body: bytes) -> bytes:
        raw = decode(body)
        m.key_of(raw), m.version_of(raw), m.applies(raw)
        found = m.leaves(raw)
        if found is None:
            raise ValueError(body)
        return digest(found[0])

    def whole_page(body: bytes) -> None:
        for one in split_page(body):
            journey(bytes(one))

    def checked(body: bytes) -> bytes:
        nested = m.get(decode(body))
        validate(m.entity, nested)
        return digest(flatten(m.entity, nested))

    return [
        Contender("decode (orjson.loads)", lambda bodies: bodies, orjson.loads, 1.0),
        Contender("read", raws, m.get, 0.55),
        Contender("read into leaves", raws, m.leaves, 0.55),
        Contender("decode, map, validate, hash", lambda bodies: bodies, one_record, 0.17),
        Contender("page to hashed leaves: split, hash, decode, map, validate, hash", page, whole_page, 0.15),
        Contender("decode, map, full check as for mappings that are not proven, hash", lambda bodies: bodies, checked, 0.1),
        Contender("write a new record", canonical, lambda nested: m.put(None, nested), 0.55),
        Contender(
            "leaves to the bytes of a new record: put together, write, encode",
            stored_leaves,
            lambda leaves: encode(m.put(None, unflatten(m.entity, leaves))),
            0.17,
        ),
        Contender("write one change", due, lambda pair: m.put(*pair), 0.2),
        Contender("read against the readable engine", raws, lambda raw: read_record(m.block, raw), 2.5, "read", 5),
    ]


def race(m: Mapping) -> list[dict[str, object]]:
    """Time all contenders, round by round; give rates and ratios."""
    bodies = [order_body(number) for number in range(1, RECORDS + 1)]
    slices = [bodies[start : start + SLICE] for start in range(0, RECORDS, SLICE)]
    field = contenders(m)
    best: dict[tuple[str, int], int] = {}
    for _ in range(ROUNDS):
        for one in field:
            for number, some in enumerate(slices):
                key = one.name, number
                best[key] = min(best.get(key, LONG), _time(one, some[: one.share]))
    spent = {one.name: sum(best[one.name, number] for number in range(len(slices))) / len(slices) / one.share for one in field}
    rows: list[dict[str, object]] = []
    for one in field[1:]:
        mine, other = spent[one.name], spent[one.against or field[0].name]
        ratio = mine / other if one.against else other / mine
        row = _row(one.name, 1e9 / mine, "records/CPU-s", ratio, one.limit)
        rows.append(row | {"baseline": round(1e9 / other)})
    return rows


def _time(one: Contender, bodies: Sequence[bytes]) -> int:
    things = one.prepare(bodies)
    work = one.work
    start = time.process_time_ns()
    for thing in things:
        work(thing)
    return time.process_time_ns() - start


def single_events(m: Mapping) -> dict[str, object]:
    """Time records that come one by one, from bytes to hashed leaves: the 99th percentile, in milliseconds of CPU time."""
    times = []
    for number in range(EVENTS):
        body = order_body(number % RECORDS + 1)
        start = time.process_time_ns()
        raw_hash(body)
        found = m.leaves(decode(body))
        if found is None:
            raise ValueError(body)
        digest(found[0])
        times.append(time.process_time_ns() - start)
    spent = statistics.quantiles(times, n=100)[98] / MILLISECOND
    return _row("one event, 99th percentile", spent, "ms", spent, 1.0) | {"ok": spent <= 1.0}


def _row(name: str, value: float, unit: str, ratio: float, limit: float) -> dict[str, object]:
    digits = 0 if unit == "records/CPU-s" else 3
    return {
        "name": name, "value": round(value, digits), "unit": unit, "ratio": round(ratio, 3), "limit": limit, "ok": ratio >= limit,
    }  # fmt: skip


def measure() -> list[dict[str, object]]:
    """Take all figures in one run."""
    m = mapping()
    settle_down()
    return [*race(m), single_events(m)]


def main() -> int:
    """Print the figures; with --check fail if one is beyond its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    rows = measure()
    print(json.dumps(rows) if options.json else "\n".join(map(_told, rows)))
    return 0 if all(row["ok"] for row in rows) or not options.check else 1


def _told(row: dict[str, object]) -> str:
    if row["unit"] == "ms":
        return f"{row['name']}: {row['value']} ms (at most {row['limit']})"
    return f"{row['name']}: {row['value']:.0f} {row['unit']}, ratio {row['ratio']} (at least {row['limit']})"


if __name__ == "__main__":
    sys.exit(main())

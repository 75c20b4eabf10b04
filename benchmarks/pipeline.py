"""Time the pipeline: page to planned changes, unchanged pages, growth and memory, as ratios to `orjson.loads` in the same run.

    python benchmarks/pipeline.py [--json] [--check] [--quick]

The record is an order with its lines, which refers to customers, products, a deal and a contract that the hub knows. CPU time of
this process; the simulator is left out: pages are made beforehand, and handed out by a connector that only slices a list. The
store is SQLite in a temporary directory.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson
from orders import mapping, order_body, parent_bodies
from sqlalchemy import update

from ltc.app.engine.assembly import ScopeSettings, build_context, make_scope
from ltc.app.engine.collector import settle_down
from ltc.app.engine.context import Context, HubIdentity
from ltc.app.engine.door import read_changes
from ltc.app.engine.rollout import set_mode
from ltc.core import resources
from ltc.core.contract import Kit, ObjectSpec, Page, Raw, RawRecord, SettleRule, Step, SystemClock, Verb
from ltc.core.mapping import load
from ltc.core.store import Store
from ltc.core.store import tables as t
from mdm.survivorship import load_policy

PAGE = 2000


class Numbers(Sequence[bytes]):
    """Orders that are made when they are asked for, so that memory is the pipeline's and not theirs."""

    def __init__(self, size: int) -> None:
        """Take how many there are."""
        self.size = size

    def __len__(self) -> int:
        """Tell how many there are."""
        return self.size

    def __getitem__(self, place: Any) -> Any:
        """Make one order, or a page of them."""
        if isinstance(place, slice):
            return [order_body(number) for number in range(*place.indices(self.size))]
        return order_body(place)


class Canned:
    """A connector that hands out pages which were made beforehand."""

    def __init__(self, bodies: Sequence[bytes], *, sdk: bool = False) -> None:
        """Take the bodies of one object; ``sdk`` re-encodes each as for a client library that hands out objects."""
        self.bodies, self.sdk = bodies, sdk
        self.objects = [orjson.loads(body) for body in bodies] if sdk else []
        self._encode = msgspec.json.Encoder(order="sorted").encode

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Give the next page."""
        del obj, fields
        start, size = int(cursor or 0), limit or PAGE
        end = min(start + size, len(self.bodies))
        page = [self._encode(one) for one in self.objects[start:end]] if self.sdk else self.bodies[start:end]
        return Page(page, str(end), end < len(self.bodies))

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Know nothing by id."""
        del obj, ids, fields
        return []

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode as the Salesforce connector does."""
        del obj
        raw: Raw = _decode(body)
        return raw


class Shelf:
    """Several objects of one system, each handed out by its own connector."""

    def __init__(self, canned: dict[str, Canned]) -> None:
        """Take the connectors by object."""
        self.canned = canned

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Give the next page of an object."""
        return self.canned[obj].read(obj, cursor, fields, limit)

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode as the Salesforce connector does."""
        return self.canned[obj].decode(obj, body)


_decode = msgspec.json.Decoder(float_hook=__import__("decimal").Decimal).decode


def spec_of(name: str) -> ObjectSpec:
    """Declare an object as the Salesforce connector does."""
    return ObjectSpec(name, "Id", "SystemModstamp", page_size=PAGE, plain_json=True)


WRITABLE = {Verb.CREATE: (Step("create", SettleRule.RESEND),), Verb.AMEND: (Step("update", SettleRule.READ),)}


@contextmanager
def hub(bodies: Sequence[bytes], *, live: bool, sdk: bool = False) -> Iterator[tuple[Context, Any]]:
    """Open a hub on SQLite that knows what the orders refer to, with an empty ERP on the other side."""
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        store = Store(f"sqlite:///{folder}/hub.db")
        store.migrate()
        canned = {name: Canned(rows) for name, rows in parent_bodies().items()}
        canned["Order"] = Canned(bodies, sdk=sdk)
        files = {name: load([resources.mappings() / "salesforce" / f"{name.lower()}.yaml"]) for name in parent_bodies()}
        crm = [
            make_scope(ScopeSettings("salesforce", "crm", file, spec_of(name)))
            for name, file in {**files, "Order": mapping()}.items()
        ]
        erp = make_scope(
            ScopeSettings(
                "sap",
                "erp",
                load([resources.mappings() / "sap_rfc" / "sales_order.yaml"]),
                ObjectSpec("sales_order", "VBELN", verbs=WRITABLE, page_size=PAGE),
            )
        )
        kits = {"salesforce": Kit(), "sap": Kit()}
        ctx = build_context(
            store,
            clock,
            HubIdentity("bench", "bench"),
            [*crm, erp],
            load_policy([resources.config() / "survivorship.yaml"]),
            [],
            {"salesforce": Shelf(canned), "sap": Canned([])},
            kits,  # type: ignore[dict-item]
        )
        scopes = {scope.object: scope for scope in ctx.scopes.values()}
        for name in parent_bodies():
            read_changes(ctx, scopes[name])
        if live:
            read_changes(ctx, scopes["sales_order"])
            with store.transaction() as tx:
                tx.execute(_read_marks())
            set_mode(ctx, [scopes["Order"], scopes["sales_order"]], "live", actor="bench")
        settle_down()
        yield ctx, scopes["Order"]
        store.close()


def _read_marks() -> Any:
    return update(t.scope).values(full_read_at="2026-01-01T00:00:00.000000Z")


def cpu(work: Callable[[], object]) -> float:
    """Measure the CPU seconds of some work, the collector quiet."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def baseline(bodies: Sequence[bytes]) -> float:
    """Measure records per CPU-second of `orjson.loads`, the median of five."""

    def decode() -> None:
        for body in bodies:
            orjson.loads(body)

    return len(bodies) / statistics.median(cpu(decode) for _ in range(5))


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its limit; ``higher`` says on which side of the limit is good."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    limit: float
    higher: bool = True

    def as_dict(self) -> dict[str, object]:
        """Give it as the JSON report has it."""
        good = self.ratio >= self.limit if self.higher else self.ratio <= self.limit
        return {
            "name": self.name, "value": round(self.value, 1), "unit": self.unit, "baseline": round(self.baseline, 1),
            "ratio": round(self.ratio, 4), "limit": self.limit, "ok": good,
        }  # fmt: skip


def measure(*, quick: bool) -> list[Figure]:
    """Run all measurements; each has the baseline taken right before and right after it, since machines get faster and slower."""
    small, large = (4_000, 16_000) if quick else (10_000, 200_000)
    bodies = [order_body(number) for number in range(small)]

    def beside(name: str, limit: float, work: Callable[[], object]) -> Figure:
        before = baseline(bodies[:4000])
        rate = small / cpu(work)
        anchor = statistics.mean((before, baseline(bodies[:4000])))
        return Figure(name, rate, "records/CPU-s", anchor, rate / anchor, limit)

    figures: list[Figure] = []
    with hub(bodies, live=True) as (ctx, scope):
        figures.append(beside("page to planned changes, all new", 0.04, lambda: read_changes(ctx, scope)))
        figures.append(beside("unchanged, raw bytes", 0.6, lambda: read_changes(ctx, scope, full=True)))
    with hub(bodies, live=True, sdk=True) as (ctx, scope):
        read_changes(ctx, scope)
        figures.append(beside("unchanged, records from an SDK", 0.3, lambda: read_changes(ctx, scope, full=True)))
    before = baseline(bodies[:4000])
    with hub(Numbers(large), live=True) as (ctx, scope):
        made = cpu(lambda: [Numbers(large)[start : start + PAGE] for start in range(0, large, PAGE)])
        many = cpu(lambda: read_changes(ctx, scope)) - made
    few, anchor = 1 / figures[0].ratio, statistics.mean((before, baseline(bodies[:4000])))
    cost = many / large * anchor
    name = f"cost of a record among {large} against {small}"
    figures.append(Figure(name, cost, "decodings", few, cost / few, 1.3, higher=False))
    peak = float(subprocess.run([sys.executable, __file__, "--memory", str(large)], capture_output=True, check=True).stdout)
    figures.append(Figure("peak memory", peak, "MB", 256, peak / 256, 1.0, higher=False))
    return figures


def peak_memory(count: int) -> float:
    """Take orders in and give the most megabytes that this process ever had."""
    with hub(Numbers(count), live=True) as (ctx, scope):
        read_changes(ctx, scope)
    # Not ru_maxrss: a process that was begun by vfork starts with its parent's.
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the figures; with ``--check`` fail if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--memory", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        sys.stdout.write(str(peak_memory(arguments.memory)))
        return 0
    rows = [figure.as_dict() for figure in measure(quick=arguments.quick)]
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        for row in rows:
            verdict = "ok" if row["ok"] else "MISSED"
            text = f"{row['name']:<45} {row['value']:>12} {row['unit']:<14} ratio {row['ratio']:<8} limit {row['limit']:<6}"
            sys.stdout.write(f"{text} {verdict}\n")
    return 1 if arguments.check and not all(row["ok"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

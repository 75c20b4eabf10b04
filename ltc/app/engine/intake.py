"""Intake: what has not changed stops here, before it is decoded; tombstones and merges pass every guard."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import RawRecord

SETTLED_STATES = ("live", "out_of_scope")


def raw_hash(body: bytes) -> str:
    """Hash a record's own bytes."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


@dataclass(slots=True)
class Arrivals:
    """The records of a page that need work: undecoded bodies with their hashes, and tombstones."""

    bodies: list[tuple[bytes, str]] = field(default_factory=list)
    marked: Sequence[RawRecord] = ()

    def slices(self, size: int) -> Iterator[Arrivals]:
        """Divide a long page; who is gone or merged comes last, when all that the page brought is known."""
        last = max(len(self.bodies) - 1, 0) // size * size
        for start in range(0, last, size):
            yield Arrivals(self.bodies[start : start + size])
        yield Arrivals(self.bodies[last:], self.marked)


def intake(batch: Batch, scope: Scope, bodies: Sequence[bytes], marked: Sequence[RawRecord], *, sweep: bool) -> Arrivals:
    """Count and drop the records whose bytes and mapping are known; a sweep notes them, if only absence tells of deletions.

    A record that was written and not seen since is never "unchanged": its normal form is still to be learnt.
    """
    if scope.mapping is None:
        return Arrivals([(body, raw_hash(body)) for body in bodies], marked)
    hashes = [raw_hash(body) for body in bodies]
    rows = batch.tx.select_in(
        t.record,
        ("raw_hash", "ext_id", "state"),
        "raw_hash",
        hashes,
        where=(
            t.record.c.scope_id == scope.id,
            t.record.c.mapping_fp == scope.mapping.fingerprint,
            t.record.c.sent == "",
        ),
    )
    known = {row[0]: row[1] for row in rows if row[2] in SETTLED_STATES}
    if sweep and known and scope.spec is not None and scope.spec.deletes == "sweep":
        batch.tx.update_many(
            t.record,
            ("scope_id", "ext_id"),
            ("seen_run",),
            [(scope.id, ext_id, batch.ctx.run_id) for ext_id in known.values()],
        )
    fresh = [(body, digest) for body, digest in zip(bodies, hashes, strict=True) if digest not in known]
    batch.ctx.count(scope, "read", len(bodies) + len(marked))
    batch.ctx.count(scope, "unchanged", len(bodies) - len(fresh))
    return Arrivals(fresh, marked)

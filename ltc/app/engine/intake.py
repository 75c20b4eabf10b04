"""Intake: what has not changed stops here, before it is decoded; tombstones and merges pass every guard."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ltc.app.engine.state import known_by
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import RawRecord


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
    """Count and drop the records whose bytes and mapping are known; a sweep notes them, if only absence tells of deletions."""
    hashes = [raw_hash(body) for body in bodies]
    if scope.mapping is None:
        return Arrivals(list(zip(bodies, hashes, strict=True)), marked)
    fingerprint = scope.mapping.fingerprint
    marks = [known_by(digest, fingerprint) for digest in hashes]
    here = {"scope_id": scope.id}
    known = {row[0] for row in batch.tx.select_in(t.record, ("settled",), "settled", marks, equal=here)}
    if sweep and known and scope.spec is not None and scope.spec.deletes == "sweep":
        rows = batch.tx.select_in(t.record, ("scope_id", "ext_id"), "settled", known, equal=here)
        batch.tx.update_many(t.record, ("scope_id", "ext_id"), ("seen_run",), [(*row, batch.ctx.run_id) for row in rows])
    fresh = [(body, digest) for body, digest, mark in zip(bodies, hashes, marks, strict=True) if mark not in known]
    batch.ctx.count(scope, "read", len(bodies) + len(marked))
    batch.ctx.count(scope, "unchanged", len(bodies) - len(fresh))
    return Arrivals(fresh, marked)

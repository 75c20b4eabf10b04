"""The journey of a record: each stage is one function, and data moves forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.batch import Batch
from ltc.app.engine.deals.belonging import belong
from ltc.app.engine.flow.derive import derive
from ltc.app.engine.identify import identify
from ltc.app.engine.intake import intake
from ltc.app.engine.merge import merge
from ltc.app.engine.plan import plan
from ltc.app.engine.release import release_linked
from ltc.app.engine.translate import translate
from ltc.core.store.references import lay_down_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.desires import ScopeStatus
    from ltc.app.engine.intake import Arrivals
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import RawRecord
    from ltc.core.store import Tx


AT_ONCE = 100
"""So many records are in memory in all their forms at once, however long a page is: of many more, the processor's cache has lost
the first when they come to the next stage."""

COUNTED = 2_000
"""Fresh references are counted once in so many records, by chance where pages are small: it takes as long as a record or two."""


def take_in(
    ctx: Context, tx: Tx, scope: Scope, bodies: Sequence[bytes], marked: Sequence[RawRecord] = (), *, sweep: bool = False
) -> None:
    """Carry the records of one page from the door to the changes that follow from them, in the caller's transaction."""
    arrivals = intake(Batch(ctx, tx, ctx.now()), scope, bodies, marked, sweep=sweep)
    links: dict[int, dict[str, str]] = {}
    status: dict[int, ScopeStatus] = {}
    for some in arrivals.slices(AT_ONCE):
        _take_in_some(Batch(ctx, tx, ctx.now(), links=links, status=status), scope, some)
    if ctx.random.random() * COUNTED < len(bodies):
        lay_down_many(tx)


def _take_in_some(batch: Batch, scope: Scope, arrivals: Arrivals) -> None:
    """Carry a slice; all of it is let go when this returns, so that two of them are never in memory at once."""
    identify(batch, translate(batch, scope, arrivals), batch.hub_keys)
    follow_through(batch)


def follow_through(batch: Batch) -> None:
    """Merge and plan what was touched; what flows derive goes the same way, until nothing more follows."""
    while True:
        hub_ids = batch.take_touched()
        plan(batch, hub_ids, merge(batch, hub_ids))
        belong(batch, hub_ids)
        derived = derive(batch, hub_ids)
        if not derived and not batch.touched:
            break
        identify(batch, derived, {})
    release_linked(batch)
    batch.keep()

"""Regrouping: deals are put together anew from references and derivations, with all documents that may be concerned.

The outcome depends on what there is now and on nothing else: a deal has the id of the oldest of its founders, in whatever order
its documents were seen.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ltc.app.engine.deals.keeping import members_of, rows_of
from ltc.app.engine.deals.sources import derived_from
from ltc.app.engine.state import load_goldens
from ltc.core.models.deals import DOCUMENTS, HANGS_ON, hangs_on, mark_of
from ltc.core.models.leaves import references
from ltc.core.store import tables as t
from ltc.core.store.references import referring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.deals.keeping import Rows
    from ltc.app.engine.state import GoldenState
    from ltc.core.models.deals import Mark


def regroup(batch: Batch, hub_ids: Iterable[str]) -> tuple[Rows, dict[str, set[str]]]:
    """Say anew to which deals documents belong, and all to which that matters; what it gives is for ``keep``."""
    circle = _Circle(batch)
    first = set(hub_ids)
    circle.take(first | circle.referrers(first))
    circle.close()
    found = circle.grouped()
    while more := circle.referrers(circle.moved(found)) - circle.known:
        circle.take(more)
        circle.close()
        found = circle.grouped()
    left = circle.moved(found)
    rows = {
        (deal, hub_id): mark
        for hub_id, mark in circle.marks.items()
        for deal in found.get(hub_id, ())
        if hub_id in left or hub_id in circle.renewed
    }
    return rows, {hub_id: circle.deals.get(hub_id, set()) for hub_id in left}


class _Circle:
    """The documents that are looked at together: what they say, what they hang on, and the deals that they are in so far."""

    def __init__(self, batch: Batch) -> None:
        self._batch, self._tx = batch, batch.tx
        self.known: set[str] = set()
        self.marks: dict[str, Mark] = {}
        self.renewed: set[str] = set()
        self.hangs: dict[str, frozenset[str]] = {}
        self.deals: defaultdict[str, set[str]] = defaultdict(set)
        self._became: dict[str, str] = {}

    def take(self, hub_ids: Iterable[str]) -> None:
        """Look at further documents, and at all that are in a deal with them."""
        wanted = set(hub_ids) - self.known
        own = rows_of(self._tx, wanted)
        rows = members_of(self._tx, {deal for deal, _ in own}) | own
        for deal, hub_id in rows:
            self.deals[hub_id].add(deal)
        wanted |= {hub_id for _, hub_id in rows} - self.known
        self.known |= wanted
        seen = {hub_id: self._batch.goldens[hub_id] for hub_id in wanted & self._batch.goldens.keys()}
        others = wanted - seen.keys()
        seen |= {golden.hub_id: golden for golden in load_goldens(self._tx, others, lock=False)} if others else {}
        self._became |= {hub_id: golden.merged_into for hub_id, golden in seen.items() if golden.merged_into}
        fit = {hub_id: one for hub_id, one in seen.items() if one.entity in DOCUMENTS and not one.merged_into}
        marks = {hub_id: told_by(golden) for hub_id, golden in fit.items()}
        stored = {hub_id: mark for (_, hub_id), mark in rows.items()}
        self.renewed |= {hub_id for hub_id, mark in marks.items() if stored.get(hub_id) != mark}
        self.marks |= marks
        self._find_hangs(fit)

    def _find_hangs(self, goldens: Mapping[str, GoldenState]) -> None:
        """Find what documents hang on, by what they refer to and by what they were derived from."""
        ctx = self._batch.ctx
        ids: defaultdict[str, list[str]] = defaultdict(list)
        own = (t.record.c.scope_id.in_([scope.id for scope in ctx.scopes.values() if scope.is_hub]),)
        for hub_id, ext_id in self._tx.select_in(t.record, ("hub_id", "ext_id"), "hub_id", goldens, where=own):
            ids[hub_id].append(ext_id)
        for hub_id, golden in goldens.items():
            refers = references(golden.entity, golden.leaves)
            self.hangs[hub_id] = hangs_on(golden.entity, refers) | derived_from(ctx, hub_id, ids[hub_id])

    def close(self) -> None:
        """Look at everything, too, on which one of the founders hangs."""
        while missing := {one for hub_id in self.marks if self._founds(hub_id) for one in self._near(hub_id)} - self.known:
            self.take(missing)

    def _founds(self, hub_id: str) -> bool:
        return self.marks[hub_id].entity in HANGS_ON

    def _near(self, hub_id: str) -> set[str]:
        """Name what a document hangs on; what was merged away is what it has become."""
        near = set()
        for one in self.hangs[hub_id]:
            last = one
            while last in self._became:
                last = self._became[last]
            near.add(last)
        return near

    def referrers(self, hub_ids: Iterable[str]) -> set[str]:
        """Find what refers to documents; what is no document is left out when it is looked at."""
        return {hub_id for _, hub_id, _ in referring(self._tx, hub_ids)}

    def moved(self, found: Mapping[str, set[str]]) -> set[str]:
        """Name the documents that belong to other deals than before."""
        return {hub_id for hub_id in self.known if found.get(hub_id, set()) != self.deals.get(hub_id, set())}

    def grouped(self) -> dict[str, set[str]]:
        """Put the documents together to deals."""
        roots = self._roots([hub_id for hub_id in self.marks if self._founds(hub_id)])
        found = {hub_id: {_root(roots, hub_id)} for hub_id in roots}
        followers = [hub_id for hub_id in self.marks if hub_id not in found]
        outside: defaultdict[str, set[str]] = defaultdict(set)
        strangers = {one for hub_id in followers for one in self._near(hub_id)} - self.marks.keys()
        for deal, hub_id in rows_of(self._tx, strangers):
            outside[hub_id].add(deal)
        return found | {hub_id: self._followed(hub_id, found, outside) for hub_id in followers}

    def _roots(self, founders: Iterable[str]) -> dict[str, str]:
        """Make founders that hang on one another one; the oldest stands for all."""
        roots = {hub_id: hub_id for hub_id in founders}
        for hub_id in list(roots):
            for one in self._near(hub_id) & roots.keys():
                first, second = sorted((_root(roots, hub_id), _root(roots, one)))
                roots[second] = first
        return roots

    def _followed(self, hub_id: str, found: Mapping[str, set[str]], outside: Mapping[str, set[str]]) -> set[str]:
        """Find the deals of a follower: those of the founders that it leads to."""
        deals: set[str] = set()
        seen, ahead = {hub_id}, [hub_id]
        while ahead:
            for one in self._near(ahead.pop()) - seen:
                seen.add(one)
                if one in found:
                    deals |= found[one]
                elif one in self.marks:
                    ahead.append(one)
                else:
                    deals |= outside.get(one, set())
        return deals


def _root(roots: Mapping[str, str], hub_id: str) -> str:
    while roots[hub_id] != hub_id:
        hub_id = roots[hub_id]
    return hub_id


def told_by(golden: GoldenState) -> Mark:
    """Say what a document tells of its deal."""
    return mark_of(golden.entity, str(golden.leaves.get("status") or ""), is_live=golden.state == "live")

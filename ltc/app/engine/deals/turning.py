"""Turning: who owns a value may change with the stage of the deal, so that the documents that it is in are merged again.

What was agreed goes by the whole deal. Of several orders, deliveries or bills each goes by its own line: itself and all that
refers to it, directly or through others; one that is still to be delivered is not decided by another that is.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ltc.app.engine.deals.keeping import members_of, rows_of
from ltc.app.engine.state import from_json
from ltc.core.models.deals import AGREEMENTS, DOCUMENTS, OFF, further
from ltc.core.models.leaves import references
from ltc.core.store import tables as t
from ltc.core.store.references import referring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.deals.keeping import Turns
    from ltc.core.models.deals import Mark
    from ltc.core.store import Tx


def stages_of(batch: Batch, hub_ids: Iterable[str]) -> dict[str, str]:
    """Say how far the deal has come for each of these documents, as far as anybody's say depends on it."""
    policy = batch.ctx.policy
    ids = [one for one in hub_ids if policy.of(batch.goldens[one].entity).turns] if batch.ctx.flows else []
    agreed = [hub_id for hub_id in ids if batch.goldens[hub_id].entity in AGREEMENTS]
    line = _Lines(batch.tx, set(ids) - {*agreed}) if len(agreed) < len(ids) else None
    return _of_deals(batch.tx, agreed) | (line.stages() if line is not None else {})


def line_stages(tx: Tx, hub_ids: AbstractSet[str]) -> dict[str, str]:
    """Say how far the lines of documents have come."""
    return _Lines(tx, hub_ids).stages() if hub_ids else {}


def _of_deals(tx: Tx, hub_ids: Iterable[str]) -> dict[str, str]:
    """Say how far the deals of documents have come; of several, the furthest."""
    rows = rows_of(tx, hub_ids)
    stages: dict[str, str] = dict(tx.select_in(t.deal, ("deal_id", "stage"), "deal_id", {deal for deal, _ in rows}))
    found: dict[str, str] = {}
    for deal, hub_id in rows:
        found[hub_id] = further(found.get(hub_id, ""), stages[deal])
    return found


class _Lines:
    """What refers to some documents, directly or through others, and what each of these says of its deal."""

    def __init__(self, tx: Tx, roots: AbstractSet[str]) -> None:
        self.marks: dict[str, Mark] = {}
        self._below: dict[str, set[str]] = {root: {root} for root in roots}
        above: defaultdict[str, set[str]] = defaultdict(set, {root: {root} for root in roots})  # the roots over a document
        ahead = set(roots)
        while ahead:
            self.marks |= {hub_id: mark for (_, hub_id), mark in rows_of(tx, ahead).items()}
            known = ahead & self.marks.keys()
            ahead = set()
            for target, hub_id, _ in referring(tx, known):
                fresh = above[target] - above[hub_id]
                for root in fresh:
                    self._below[root].add(hub_id)
                above[hub_id] |= fresh
                ahead |= {hub_id} if fresh else set()

    def stages(self, before: Mapping[str, Mark | None] | None = None) -> dict[str, str]:
        """Say how far each line has come; ``before`` are documents that said something else then, or were not there."""
        marks: Mapping[str, Mark | None] = {**self.marks, **(before or {})}
        found: dict[str, str] = {}
        for root, below in self._below.items():
            stage = ""
            for hub_id in below:
                mark = marks.get(hub_id)
                if mark is not None and (mark.standing != OFF or hub_id == root):
                    stage = further(stage, mark.stage)
            found[root] = stage
        return found


def touch_turned(
    batch: Batch, turns: Turns, before: Mapping[str, Mark | None], now: Mapping[str, Mark], moved: Mapping[str, Iterable[str]]
) -> None:  # fmt: skip
    """Touch documents of which somebody else owns something now: by the stage of their deal, or of their line.

    ``before`` holds what documents said that say something else now, None for new ones, and ``now`` what they say; ``moved``
    are those that hang on something else than before, with the deals that they have left.
    """
    staged = {entity: rules.turns for entity, rules in batch.ctx.policy.by_entity.items() if rules.turns}
    if not staged:
        return
    agreed = {entity: stages for entity, stages in staged.items() if entity in AGREEMENTS}
    crossed = {deal for deal, turn in turns.items() if any(_is_passed(stages, *turn) for stages in agreed.values())}
    rows = members_of(batch.tx, crossed)
    found = {hub_id for (deal, hub_id), mark in rows.items() if _is_passed(agreed.get(mark.entity, ()), *turns[deal])}
    found |= _of_lines(batch.tx, {entity: staged[entity] for entity in staged.keys() - agreed.keys()}, before, now)
    deals = {deal for deal, _ in rows_of(batch.tx, moved)} | {deal for left in moved.values() for deal in left}
    found |= {hub_id for (_, hub_id), mark in members_of(batch.tx, deals).items() if mark.entity in staged}
    batch.touched |= _disputed(batch, found)


def _of_lines(
    tx: Tx, staged: Mapping[str, Iterable[str]], before: Mapping[str, Mark | None], now: Mapping[str, Mark]
) -> set[str]:
    """Find the documents whose line has passed a stage at which somebody else owns something."""
    turns = {stage for stages in staged.values() for stage in stages}
    news = {hub_id: mark for hub_id, mark in before.items() if _is_passed(turns, _live(mark), _live(now.get(hub_id)))}
    if not news:
        return set()
    entities = _above(tx, news)
    lines = _Lines(tx, {hub_id for hub_id, entity in entities.items() if entity in staged})
    was, stages = lines.stages(before), lines.stages()
    return {hub_id for hub_id, stage in stages.items() if _is_passed(staged[entities[hub_id]], was[hub_id], stage)}


def _live(mark: Mark | None) -> str:
    return mark.stage if mark is not None and mark.standing != OFF else ""


def _above(tx: Tx, hub_ids: Iterable[str]) -> dict[str, str]:
    """Find the documents to which these refer, directly or through others, and themselves, each with its entity."""
    entities = {hub_id: mark.entity for (_, hub_id), mark in rows_of(tx, hub_ids).items()}
    ahead = set(entities)
    while ahead:
        rows = tx.select_in(t.golden, ("entity", "leaves"), "hub_id", ahead)
        refers = [one for entity, leaves in rows for one in references(entity, from_json(leaves))]
        near = {target: entity for _, entity, target in refers if entity in DOCUMENTS and target not in entities}
        entities |= near
        ahead = {hub_id for hub_id, entity in near.items() if entity not in AGREEMENTS}
    return entities


def _is_passed(turns: Iterable[str], one: str, other: str) -> bool:
    """Tell whether one of these stages is passed on the way from one to another, forwards or back."""
    return any((further(one, stage) == one) != (further(other, stage) == other) for stage in turns)


def _disputed(batch: Batch, hub_ids: AbstractSet[str]) -> set[str]:
    """Leave out documents of which there is only one record: nobody disputes what that says."""
    unknown = [hub_id for hub_id in hub_ids if hub_id not in batch.linked]
    count: defaultdict[str, int] = defaultdict(int)
    for (hub_id,) in batch.tx.select_in(t.record, ("hub_id",), "hub_id", unknown) if unknown else ():
        count[hub_id] += 1
    count |= {hub_id: len(batch.linked[hub_id]) for hub_id in hub_ids if hub_id in batch.linked}
    return {hub_id for hub_id in hub_ids if count[hub_id] > 1}

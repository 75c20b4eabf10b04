"""Doubles: a document that a person made for a deal of which a system has the derived one already; somebody has to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.deals.keeping import members_of, rows_of
from ltc.app.engine.flow.adopt import may_adopt
from ltc.app.engine.flow.documents import DERIVED, ENDINGS
from ltc.core.models.deals import OFF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ltc.app.engine.flow.documents import Document
    from ltc.app.engine.flow.work import Work
    from ltc.app.engine.state import GoldenState


def tell_doubles(work: Work, known: Mapping[str, Sequence[Document]]) -> None:
    """Ask a person about derived documents beside which there is another one in the same deal, made by a person."""
    flow = work.flow
    derived = {source: one for source, documents in known.items() if (one := _standing(documents)) is not None}
    if not flow.adopt or not derived:
        return
    own = {one.golden.hub_id for documents in known.values() for one in documents if one.golden is not None}
    deals = {source: deal for deal, source in rows_of(work.batch.tx, derived)}
    found: dict[str, list[str]] = {}
    for (deal, hub_id), mark in members_of(work.batch.tx, set(deals.values())).items():
        if mark.entity == flow.target and mark.standing != OFF and hub_id not in own:
            found.setdefault(deal, []).append(hub_id)
    work.batch.load_hubs(hub_id for others in found.values() for hub_id in others)
    for source, document in derived.items():
        twins = list(_made_by_people(work, sorted(found.get(deals.get(source, ""), ()))))
        if twins and document.golden is not None:
            ours, theirs = _named(work, document.golden), " and ".join(_named(work, twin) for twin in twins)
            text = (
                f"There is more than one {flow.target} for this {flow.source}: {ours} was derived, {theirs} was made by a "
                f"person. Cancel what is not meant."
            )
            work.blame(document, "flow.double", text)


def _standing(documents: Sequence[Document]) -> Document | None:
    """Find the newest derived document that has not come to its end."""
    fit = [one for one in documents if one.state == DERIVED and one.golden is not None and one.status not in ENDINGS]
    return fit[-1] if fit else None


def _made_by_people(work: Work, hub_ids: Sequence[str]) -> Iterator[GoldenState]:
    for hub_id in hub_ids:
        golden = work.batch.goldens.get(hub_id)
        if golden is not None and golden.state == "live" and may_adopt(work.batch, work.flow, hub_id):
            yield golden


def _named(work: Work, golden: GoldenState) -> str:
    """Name a document as people find it."""
    records = [(work.batch.scope_of(record), record) for record in work.batch.linked[golden.hub_id]]
    where = ", ".join(f"{scope.system} {record.ext_id}" for scope, record in records if not scope.is_hub)
    return f"{golden.label or golden.hub_id} ({where or 'in no system yet'})"

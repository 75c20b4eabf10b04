"""The graph of references: everything that hangs together with a golden record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ltc.core.models.leaves import by_target, references
from ltc.core.store.queries.paging import plain
from ltc.core.store.references import referring
from ltc.core.store.tables import golden

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ltc.core.store.door import Tx

FARTHEST = 12
MOST = 10_000


@dataclass(slots=True)
class Neighbourhood:
    """Golden records that hang together: the distance of each, and the references between them as (from, leaf, to).

    ``cut`` says that there was more than was asked for.
    """

    distances: dict[str, int]
    references: set[tuple[str, str, str]] = field(default_factory=set)
    cut: bool = False


def connected(
    tx: Tx, start: Iterable[str], *, through: Collection[str] = (), ends: Collection[str] = (), depth: int = FARTHEST,
    most: int = MOST,
) -> Neighbourhood:  # fmt: skip
    """Walk references both ways, level by level.

    ``through`` names the entities that belong to the walk; without it, all do. A deal walks through its documents only, since
    customers and products are shared by all deals. At ``ends`` the walk stops, unless it starts there: one payment may settle
    the invoices of many deals.
    """
    found = Neighbourhood(dict.fromkeys(start, 0))
    border = set(found.distances)
    for distance in range(1, depth + 1):
        edges = _from(tx, border) | {(source, leaf, target) for target, source, leaf in referring(tx, border)}
        near = {end for source, _, target in edges for end in (source, target)} - set(found.distances)
        rows = tx.select_in(golden, ("hub_id", "entity", "state"), "hub_id", sorted(near))
        reached = {hub_id: entity for hub_id, entity, state in rows if state != "merged" and (not through or entity in through)}
        if len(found.distances) + len(reached) > most:
            reached = dict(sorted(reached.items())[: most - len(found.distances)])
            found.cut = True
        found.distances.update(dict.fromkeys(reached, distance))
        border = {hub_id for hub_id, entity in reached.items() if entity not in ends}
        found.references |= {edge for edge in edges if edge[0] in found.distances and edge[2] in found.distances}
        if not border or found.cut:
            return found
    found.cut = True
    return found


def _from(tx: Tx, hub_ids: Iterable[str]) -> set[tuple[str, str, str]]:
    """Say what golden records refer to."""
    rows = tx.select_in(golden, ("hub_id", "entity", "leaves"), "hub_id", sorted(hub_ids))
    return {
        (hub_id, leaf, target)
        for hub_id, entity, leaves in rows
        for target, leaf in by_target(references(entity, plain(leaves))).items()
    }

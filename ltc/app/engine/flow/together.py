"""Together: faults that no flow has by itself, only several of them, or a flow in a hub without the systems for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ltc.app.engine.flow.form import Flow
    from ltc.core.errors import Severity


def faults_together(flows: Sequence[Flow]) -> Iterator[Fault]:
    """Find what several flows do to one another."""
    yield from _two_ways_back(flows)
    yield from _circles(flows)


def unheld(flow: Flow, held: Collection[str]) -> Iterator[Fault]:
    """Warn of a flow whose source or target no system of the hub holds; ``held`` are the entities of the hub's mappings."""
    for key, entity in (("from", flow.source), ("to", flow.target)):
        if entity not in held:
            text = f"No system of this hub holds the entity {entity!r}."
            remedy = f"Map an object to it, or leave {flow.name} as it is: it does nothing here."
            yield _fault(flow, key, "flow.unheld", text, remedy, "warning")


def _two_ways_back(flows: Sequence[Flow]) -> Iterator[Fault]:
    """Find leaves that two flows roll up: each would undo what the other says."""
    first: dict[tuple[str, str], Flow] = {}
    for flow in flows:
        for roll in flow.roll_ups:
            other = first.setdefault((flow.source, roll.leaf), flow)
            if other is not flow:
                leaf = f"{flow.source}.{roll.leaf}"
                place = other.place(f"roll_up.{leaf}")
                text = f"{leaf} is rolled up by {other.name} too ({place.file}:{place.line})."
                yield _fault(flow, f"roll_up.{leaf}", "flow.two_ways_back", text, "Let one of them say it.")


def _circles(flows: Sequence[Flow]) -> Iterator[Fault]:
    """Find flows that derive in a circle: each document would give rise to another for ever."""
    deriving = [flow for flow in flows if flow.when is not None]
    told: set[frozenset[str]] = set()
    for flow in deriving:
        circle = _circle(flow, deriving)
        names = frozenset(one.name for one in circle)
        if circle and names not in told:
            told.add(names)
            way = " → ".join((circle[0].source, *(one.target for one in circle)))
            text = f"Flows derive in a circle: {way} ({', '.join(one.name for one in circle)})."
            yield _fault(flow, "to", "flow.circle", text, "Let values go back by `roll_up` instead.")


def _circle(start: Flow, flows: Sequence[Flow]) -> list[Flow]:
    """Find the shortest way of flows from a flow back to its source; none if there is no such way."""
    ways = [[start]]
    seen = {start.target}
    while ways:
        way = ways.pop(0)
        if way[-1].target == start.source:
            return way
        for flow in flows:
            if flow.source == way[-1].target and flow.target not in seen:
                seen.add(flow.target)
                ways.append([*way, flow])
    return []


def _fault(flow: Flow, key: str, code: str, message: str, remedy: str, severity: Severity = "error") -> Fault:
    place = flow.place(key)
    return Fault(code, message, remedy, severity, place.file, place.line, place.column, path=key)

"""Reach: what a flow sees over references and relatives, and which sources look again when what they see has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from ltc.app.engine.batch import Batch
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.form import Flow
from ltc.app.engine.flow.looking import looking
from ltc.app.engine.flow.reach import concerned, glimpse, neighbours, views
from ltc.app.engine.flow.ways import View, Way, resolve
from ltc.app.engine.state import to_json
from ltc.core.models.leaves import references
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub

ACME, GONE, ADA, DEAL, OTHER, OLD_QUOTE, QUOTE, DRAFT, BEN = (f"{number:032x}" for number in range(1, 10))
AT = "2026-03-02T08:00:00.000000Z"
GOLDEN = (
    "hub_id", "entity", "version", "leaves", "provenance", "state", "merged_into", "label", "created_at", "updated_at",
)  # fmt: skip
WORLD: dict[str, tuple[str, dict[str, Any]]] = {
    ACME: ("customer", {"name": "Acme", "payment_terms": "NT30"}),
    GONE: ("customer", {"name": "Acme Inc"}),
    ADA: ("contact", {"last_name": "Ada", "customer": GONE}),
    BEN: ("contact", {"last_name": "Ben"}),
    DEAL: ("opportunity", {"name": "Pumps", "status": "won", "customer": GONE, "contact": ADA}),
    OTHER: ("opportunity", {"name": "Valves", "status": "won", "customer": ACME}),
    OLD_QUOTE: ("quote", {"number": "Q1", "status": "accepted", "opportunity": DEAL, "contact": BEN}),
    QUOTE: ("quote", {"number": "Q2", "status": "accepted", "opportunity": DEAL, "contact": ADA}),
    DRAFT: ("quote", {"number": "Q3", "status": "draft", "opportunity": DEAL}),
}
FLOW = """
from: opportunity
to: order
with: {quote: "quote.status == 'accepted'"}
when: "opportunity.status == 'won' && quote.contact.last_name != null && opportunity.contact.customer.name != null"
fields:
  opportunity: hub_id
  payment_terms: customer.payment_terms
  purchase_order: quote.number
policy: {payment_terms: follow}
"""


@pytest.fixture
def world(hub: SmallHub) -> SmallHub:
    """A hub with a few golden records; one customer was merged into the other."""
    file = hub.tmp / "deal_to_order.yaml"
    file.write_text(FLOW, encoding="utf-8")
    hub.flows = [load_flow([file])]
    hub.context()
    merged = {GONE: ("merged", ACME)}
    with hub.store.transaction() as tx:
        tx.insert(
            t.golden,
            GOLDEN,
            [
                (hub_id, entity, 1, to_json(leaves), "{}", *merged.get(hub_id, ("live", None)), "", AT, AT)
                for hub_id, (entity, leaves) in WORLD.items()
            ],
        )
        rows = [(hub_id, leaf, to) for hub_id, (entity, leaves) in WORLD.items() for leaf, _, to in references(entity, leaves)]
        tx.insert(t.reference, ("hub_id", "leaf", "target"), rows)
    return hub


@contextmanager
def batch(hub: SmallHub) -> Iterator[Batch]:
    """Look at the world."""
    with hub.store.reading() as tx:
        yield looking(hub.context(), tx)


def value(flow: Flow, view: View, path: str) -> Any:
    """Give what is at the end of a path."""
    way = resolve(path, flow.source, flow.relatives)
    assert isinstance(way, Way)
    return view.value(way)


def test_a_flow_sees_the_newest_relative_that_fits_and_what_was_merged(world: SmallHub) -> None:
    (flow,) = world.flows
    with batch(world) as looked:
        looked.load_hubs([DEAL, OTHER])
        seen = views(looked, flow, [DEAL, OTHER])
    deal, other = seen[DEAL], seen[OTHER]
    assert value(flow, deal, "quote.number") == "Q2"
    assert value(flow, deal, "quote.contact.last_name") == "Ada"
    assert value(flow, deal, "customer.payment_terms") == "NT30"
    assert value(flow, deal, "contact.customer.hub_id") == ACME
    assert value(flow, other, "quote.number") is None
    assert value(flow, other, "contact.customer.name") is None
    assert value(flow, other, "customer.payment_terms") == "NT30"


@pytest.mark.parametrize(
    ("changed", "sources"),
    [
        ([DEAL], [DEAL]),
        ([QUOTE], [DEAL]),
        ([DRAFT], [DEAL]),  # it may have fitted before
        ([ADA], [DEAL]),
        ([BEN], [DEAL]),
        ([OTHER, QUOTE], [OTHER, DEAL]),
        ([], []),
    ],
)
def test_sources_look_again_when_what_they_see_has_changed(
    world: SmallHub, changed: Sequence[str], sources: Sequence[str]
) -> None:
    (flow,) = world.flows
    with batch(world) as looked:
        looked.load_hubs(changed)
        assert sorted(concerned(looked, flow, changed)) == sorted(sources)


def test_a_source_looks_again_that_a_relative_no_longer_refers_to(world: SmallHub) -> None:
    (flow,) = world.flows
    with world.store.transaction() as tx:
        moved = t.reference.update().where(t.reference.c.hub_id == QUOTE, t.reference.c.leaf == "opportunity")
        tx.execute(moved.values(target=OTHER))
    with batch(world) as looked:
        looked.load_hubs([QUOTE])
        quote = looked.goldens[QUOTE]
        quote.before, quote.leaves = quote.leaves, {**quote.leaves, "opportunity": OTHER}
        assert sorted(concerned(looked, flow, [QUOTE])) == [DEAL, OTHER]


def test_what_is_taken_once_does_not_let_a_flow_look_again(world: SmallHub) -> None:
    file = world.tmp / "deal_to_order.yaml"
    file.write_text(FLOW.replace("policy: {payment_terms: follow}\n", ""), encoding="utf-8")
    followed, once = world.flows[0], load_flow([file])
    names = [{"/".join(hop.name for hop in chain) for chain in flow.watched} for flow in (followed, once)]
    assert names[0] - names[1] == {"customer"}


def test_neighbours_and_glimpses(world: SmallHub) -> None:
    with batch(world) as looked:
        assert neighbours(looked, [DEAL, BEN]) == {DEAL: {GONE, ADA, OLD_QUOTE, QUOTE, DRAFT}, BEN: {OLD_QUOTE}}
        seen = glimpse(looked, [GONE, ADA, "f" * 32])
        assert {asked: golden.hub_id for asked, golden in seen.items()} == {GONE: ACME, ADA: ADA}
        assert set(glimpse(looked, [GONE, ADA, QUOTE, DRAFT], "customer")) == {GONE}, "what a flow does not look for is not read"
        assert looked.goldens == {}

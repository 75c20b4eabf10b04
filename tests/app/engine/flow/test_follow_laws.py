"""The law of following: whatever happens, the orders of a deal hold what it wants, or somebody is told why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltc.app.engine.batch import Batch
from ltc.app.engine.flow.derive import bring_up
from ltc.app.engine.flow.documents import Document
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.form import Flow
from ltc.app.engine.flow.ways import Sight, View
from ltc.app.engine.flow.work import Work
from ltc.app.engine.state import GoldenState
from ltc.core.models.leaves import flatten
from ltc.core.models.states import MACHINES

TEXT = """
from: opportunity
to: order
when: "opportunity.status == 'won'"
fields:
  opportunity: hub_id
  status: {const: submitted}
  lines: {each: lines, fields: {product: product, ordered_quantity: quantity, line_total: line_total}}
policy: {lines: follow until partially_delivered}
amend: {then: change_order}
on_retract: cancel
"""
ROWS = ("a", "b", "c")
SCOPE = SimpleNamespace(id=1)
quantities = st.dictionaries(st.sampled_from(ROWS), st.integers(0, 9), max_size=3)
wishes = st.tuples(st.just("want"), quantities)
reports = st.tuples(st.just("report"), st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 9)))
turns = st.tuples(st.just("turn"), st.sampled_from(["won", "open", "lost"]))
stories = st.lists(st.one_of(wishes, wishes, reports, turns), max_size=14)


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """One flow with change orders."""
    file = tmp_path_factory.mktemp("flows") / "deal_to_order.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return load_flow([Path(file)])


@dataclass
class Deal:
    """A deal, its orders, and an ERP that delivers them; there is no store."""

    flow: Flow
    status: str = "won"
    wanted: dict[str, int] = field(default_factory=lambda: {"a": 3})
    documents: list[Document] = field(default_factory=list)
    reported: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def happen(self, kind: str, what: Any) -> None:
        """Let something happen, and the flow look at it."""
        if kind == "want":
            self.wanted = what
        elif kind == "turn":
            self.status = what
        else:
            self.report(*what)
        self.look()

    def report(self, number: int, step: int, share: int) -> None:
        """Let the ERP bring an order a step on; of one that is delivered in part, a share is there."""
        if not self.documents:
            return
        document = self.documents[number % len(self.documents)]
        status, _ = self.reported.get(document.ext_id, (document.status, {}))
        ahead = MACHINES["order"].get(status, ())
        if not ahead or document.record.leaves["status"] == "cancelled":
            return
        status = ahead[step % len(ahead)]
        full = 9 if status in ("delivered", "invoiced", "closed") else share if status == "partially_delivered" else 0
        done = {
            leaf.replace("ordered_", "delivered_"): format(Decimal(value["value"]) * full // 9, "f")
            for leaf, value in document.record.leaves.items() if leaf.endswith("ordered_quantity")
        }  # fmt: skip
        self.reported[document.ext_id] = (status, done)

    def look(self) -> Work:
        """Let the flow look once more."""
        for document in self.documents:
            document.golden = self.seen(document)
        batch = SimpleNamespace(
            records={document.record.key: document.record for document in self.documents}, dirty=set(), now="2026-03-02",
            ctx=SimpleNamespace(scopes_of=lambda _system, _entity: [SCOPE]),
        )  # fmt: skip
        work = Work(cast("Batch", batch), self.flow)
        nested = {"status": self.status, "lines": [self.row(key, number) for key, number in sorted(self.wanted.items())]}
        golden = GoldenState("o1", "opportunity", leaves=flatten("opportunity", nested), created_at="2026-03-01")
        bring_up(work, golden, View("opportunity", Sight("o1", nested)), list(self.documents))
        known = {document.ext_id for document in self.documents}
        self.documents += [document for document in work.changed if document.ext_id not in known]
        return work

    def row(self, key: str, number: int) -> dict[str, Any]:
        """Make a line of the deal."""
        total = {"amount": f"{number}.00", "currency": "EUR"}
        return {"id": key, "product": f"P{key}", "quantity": {"value": str(number), "unit": "C62"}, "line_total": total}

    def seen(self, document: Document) -> GoldenState:
        """Merge what the hub wants with what the ERP says."""
        status, done = self.reported.get(document.ext_id, (document.record.leaves["status"], {}))
        if document.record.leaves["status"] == "cancelled" and not any(Decimal(value) for value in done.values()):
            status = "cancelled"
        quantities = {leaf: {"value": value, "unit": "C62"} for leaf, value in done.items()}
        return GoldenState(document.ext_id, "order", leaves={**document.record.leaves, **quantities, "status": status})

    def held(self) -> dict[str, Decimal]:
        """Count what the orders hold of each row: of one that was taken back, what was delivered."""
        held: dict[str, Decimal] = {}
        for document in self.documents:
            name = "ordered_quantity" if document.is_alive else "delivered_quantity"
            for key, number in document.memory.get("lines", {}).items():
                amount = self.seen(document).leaves.get(f"lines[{number}].{name}")
                held[key] = held.get(key, Decimal()) + Decimal(amount["value"] if amount else 0)
        return held


@given(story=stories)
@settings(max_examples=300)
def test_the_orders_hold_what_the_deal_wants_or_it_is_told_why_not(flow: Flow, story: list[tuple[str, Any]]) -> None:
    deal = Deal(flow)
    deal.look()
    for kind, what in story:
        deal.happen(kind, what)
    work = deal.look()
    assert not work.changed, "looking twice changes nothing more"
    told = " ".join(error.message for _, errors in work.faults.values() for error in errors)
    if deal.status != "won":
        assert not any(document.is_alive for document in deal.documents)
        return
    held = deal.held()
    for key in {*deal.wanted, *held}:
        wanted = deal.wanted.get(key, 0)
        if held.get(key, Decimal()) != wanted:
            assert f"of row {key} " in told or "was cancelled" in told, (key, wanted, held, told)


@given(story=stories)
@settings(max_examples=100)
def test_no_two_documents_have_one_slot_and_none_that_is_late_is_changed(flow: Flow, story: list[tuple[str, Any]]) -> None:
    deal = Deal(flow)
    deal.look()
    for kind, what in story:
        late = {
            document.ext_id: document.record.leaves for document in deal.documents
            if deal.seen(document).leaves["status"] in ("partially_delivered", "delivered", "invoiced", "closed")
        }  # fmt: skip
        deal.happen(kind, what)
        slots = [document.slot for document in deal.documents]
        assert len(slots) == len(set(slots))
        for document in deal.documents:
            if document.ext_id in late:
                changed = {leaf for leaf, value in document.record.leaves.items() if late[document.ext_id].get(leaf) != value}
                assert changed <= {"status"}

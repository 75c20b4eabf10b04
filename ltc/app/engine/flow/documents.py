"""Documents: what a flow has derived from a source so far, slot by slot, and what of it is firm."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.engine.deals.turning import line_stages
from ltc.app.engine.flow.compute import source_keys
from ltc.app.engine.scope import HUB
from ltc.app.engine.state import from_json, to_json
from ltc.core.models.deals import STAGES
from ltc.core.models.leaves import encode_key, row_of
from ltc.core.models.states import MACHINES, reachable
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import GoldenState, RecordState

DERIVED, ADOPTED, LINKED, RETRACTED = "derived", "adopted", "linked", "retracted"
"""States of a derivation: made by the flow; taken over from a person; older than the flow, so only known; taken back."""

ROUND = "#"
"""Stands in a slot before the number of a further document: begun again after it was taken back, or a change order."""

ENDINGS = ("cancelled", "voided", "terminated", "superseded", "disqualified", "lost", "reversed", "rejected", "declined")
"""What the end of a document is called, by which a flow takes it back; the first that the document can still come to."""

IN_PART = frozenset({"order"})
"""Documents of which the rest can be taken back when something was fulfilled already."""

FULFILLED = frozenset({"partially_delivered", "delivered", "invoiced", "closed"})
"""States of a document of which something was fulfilled already."""

BEGUN = "partially_delivered"
DELIVERY = "delivery"
"""The state of a document of which something was delivered, and the stage by which that is known."""

DELIVERED = "delivered_quantity"
PRODUCT = "product"
COLUMNS = ("flow", "source", "slot", "ext_id", "entity", "state", "memory", "created_at")


@dataclass(slots=True)
class Document:
    """One derived document: its derivation, its record in the system `hub`, and the golden record that this belongs to.

    ``stage`` is how far what refers to it has brought it: a system may still call an order confirmed of which goods have left.
    ``theirs`` are the systems' records of it.
    """

    source: str
    slot: str
    ext_id: str
    state: str
    memory: dict[str, Any]
    created_at: str
    record: RecordState
    golden: GoldenState | None = None
    stage: str = ""
    theirs: Sequence[RecordState] = ()

    @property
    def base(self) -> str:
        """The slot without the number of the document in it."""
        return self.slot.partition(ROUND)[0]

    @property
    def is_alive(self) -> bool:
        """Tell whether the flow stands by the document."""
        return self.state != RETRACTED

    @property
    def status(self) -> str:
        """What the systems say of it."""
        return str((self.golden.leaves if self.golden else self.record.leaves).get("status") or "")

    def state_in(self, states: Collection[str]) -> str:
        """Name the one of some states in which it is, by what the systems say of it or by what refers to it; "" for none."""
        if self.status in states:
            return self.status
        has_begun = self.stage not in ("", *STAGES[: STAGES.index(DELIVERY)])
        return BEGUN if has_begun and BEGUN in states else ""

    @property
    def is_fulfilled(self) -> bool:
        """Tell whether something of it was fulfilled already; an envelope that is delivered was only opened."""
        return self.golden is not None and self.golden.entity in IN_PART and self.status in FULFILLED

    def row(self, flow: Flow) -> tuple[Any, ...]:
        """Give the derivation to store."""
        memory = to_json(self.memory) or "{}"
        return (flow.name, self.source, self.slot, self.ext_id, flow.target, self.state, memory, self.created_at)

    def ending(self, entity: str) -> str:
        """Name the status by which it can still be taken back; "" if it has come to its end by itself."""
        if entity in IN_PART:
            return "" if self.record.leaves.get("status") == ENDINGS[0] else ENDINGS[0]
        ahead = reachable(entity, self.status) if entity in MACHINES else frozenset()
        return next((end for end in ENDINGS if end in ahead), "")

    def committed(self, flow: Flow) -> dict[str, tuple[Decimal, Any]]:
        """Say how much of each row of the source, and of which product, is firmly in this document.

        Of one that was taken back that is only what was delivered; what it was asked to take too late is not in it.
        """
        if flow.quantity is None:
            return {}
        name, field_name = flow.quantity.list, flow.quantity.field if self.is_alive else DELIVERED
        leaves = self.golden.leaves if self.golden is not None and not self.is_alive else self.record.leaves
        found: dict[str, tuple[Decimal, Any]] = {}
        for number, key in source_keys(self.memory, name).items():
            row = f"{name}[{encode_key(number)}]"
            leaf = f"{row}.{field_name}"
            quantity = (
                self.golden.leaves.get(leaf) if self.golden and self.is_alive and self._came_late(leaf) else leaves.get(leaf)
            )
            found[key] = (Decimal(quantity["value"]) if quantity else Decimal(), self.record.leaves.get(f"{row}.{PRODUCT}"))
        return found

    def _came_late(self, leaf: str) -> bool:
        """Tell whether an amount was asked for that no system has taken, nor changed itself since."""
        asked, golden = self.record.stamps.get(leaf), self.golden
        if golden is None or not asked or not self.theirs or golden.leaves.get(leaf) == self.record.leaves.get(leaf):
            return False
        return not any(other.stamps.get(name, "") > asked for other in self.theirs for name in (leaf, row_of(leaf)))


def round_of(slot: str) -> int:
    """Tell the number of a document in its slot.

    >>> round_of(""), round_of("a"), round_of("a#3")
    (1, 1, 3)
    """
    return int(slot.partition(ROUND)[2] or 1)


def next_slot(documents: Sequence[Document], base: str) -> str:
    """Name the place of a further document in a slot.

    >>> next_slot([], "a")
    'a'
    """
    if not documents:
        return base
    return f"{base}{ROUND}{max(round_of(document.slot) for document in documents) + 1}"


def load_documents(batch: Batch, flow: Flow, sources: Sequence[str]) -> dict[str, list[Document]]:
    """Load what a flow has derived from these sources, the oldest of a slot first."""
    columns = ("source", "slot", "ext_id", "state", "memory", "created_at")
    rows = batch.tx.select_in(t.derivation, columns, "source", list(sources), equal={"flow": flow.name})
    scope = hub_scope(batch, flow.target)
    batch.load_records(scope, [row[2] for row in rows])
    found: dict[str, list[Document]] = {source: [] for source in sources}
    for source, slot, ext_id, state, memory, created_at in sorted(rows, key=lambda row: (row[0], round_of(row[1]), row[1])):
        record = batch.records.get((scope.id, ext_id))
        if record is not None:
            found[source].append(Document(source, slot, ext_id, state, from_json(memory), created_at, record))
    _join(batch, flow, [document for documents in found.values() for document in documents])
    return found


def _join(batch: Batch, flow: Flow, documents: Sequence[Document]) -> None:
    """Give every document its golden record, and how far what refers to it has brought it."""
    linked = [(document, document.record.hub_id) for document in documents if document.record.hub_id]
    batch.load_hubs(sorted({hub_id for _, hub_id in linked}))
    for document, hub_id in linked:
        document.golden = batch.goldens.get(hub_id)
        document.theirs = [other for other in batch.linked[hub_id] if other.speaks and not batch.scope_of(other).is_hub]
    if any(following is not None and BEGUN in following.until for following in flow.policies.values()):
        stages = line_stages(batch.tx, {hub_id for document, hub_id in linked if not document.is_fulfilled})
        for document, hub_id in linked:
            document.stage = stages.get(hub_id, "")


def keep_documents(batch: Batch, flow: Flow, documents: Iterable[Document]) -> None:
    """Store derivations."""
    rows = list({document.ext_id: document.row(flow) for document in documents}.values())
    batch.tx.upsert(t.derivation, COLUMNS, rows, key=("flow", "source", "slot"), update=("state", "memory"))


def hub_scope(batch: Batch, entity: str) -> Scope:
    """Find the scope of derived records of an entity."""
    return batch.ctx.scopes_of(HUB, entity)[0]

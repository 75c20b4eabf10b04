"""Follow: a derived document keeps up with its source as long as it may; what comes later is corrected, or asked about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.compute import choices_of, compute, source_keys
from ltc.app.engine.flow.documents import DERIVED, LINKED, PRODUCT, next_slot
from ltc.core.models import paths, personal_paths
from ltc.core.models.leaves import encode_key, generic, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ltc.app.engine.flow.documents import Document
    from ltc.app.engine.flow.form import Flow, Following
    from ltc.app.engine.flow.ways import View
    from ltc.app.engine.flow.work import Work

Leaves = dict[str, Any]
CANCELLED = "cancelled"
ANSWERED = frozenset({"signed", "completed", "declined"})
"""What the rows of a document are called that go on no more while the document still does: signers."""


def follow(work: Work, view: View, told: Sequence[Document]) -> None:
    """Bring all documents of one slot to what their source says now."""
    alive = [document for document in told if document.is_alive and document.state != LINKED and document.record.state == "live"]
    for document in alive:
        _keep_up(work, document, compute(work.flow, view, document.memory, document.base))
    if alive and work.flow.quantity is not None:
        _balance(work, view, alive[-1], told)


def _keep_up(work: Work, document: Document, now: Leaves) -> None:
    """Let those leaves follow their source that still may; a change that comes too late is told to a person."""
    flow, record = work.flow, document.record
    leaves = dict(record.leaves)
    for leaf in sorted({*now, *leaves}):
        if now.get(leaf) == leaves.get(leaf) or is_balanced(flow, leaf, now, record.leaves):
            continue
        following = policy(flow, leaf, is_in_both=leaf in now and leaf in leaves)
        if following is None or _has_answered(document, leaf):
            continue
        if late := document.state_in(following.until):
            if following.is_told:
                work.blame(document, "flow.too_late", _too_late(flow, document, leaf, now.get(leaf), late), leaf)
        elif leaf in now:
            leaves[leaf] = now[leaf]
        else:
            del leaves[leaf]
    if leaves != record.leaves:
        work.renew(document, leaves)


def _has_answered(document: Document, leaf: str) -> bool:
    """Tell whether a leaf is of a row that has come to its own end: who has signed stays who has signed."""
    row = row_of(leaf)
    return bool(row) and document.golden is not None and document.golden.leaves.get(f"{row}.status") in ANSWERED


def policy(flow: Flow, leaf: str, *, is_in_both: bool) -> Following | None:
    """Say until when a leaf follows its source; None if it does not.

    A snapshot of a row's value is taken when the row is derived: a row that is new takes all its values.
    """
    whole, _, inner = generic(leaf).partition("[].")
    if inner and f"{whole}.{inner}" in flow.policies:
        own = flow.policies[f"{whole}.{inner}"]
        if own is not None or is_in_both:
            return own
    name = whole
    while name and name not in flow.policies:
        name = name.rpartition(".")[0]
    return flow.policies.get(name)


def is_balanced(flow: Flow, leaf: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Tell whether a leaf is a matter of how much there is of a row: that is shared out between all documents of a slot."""
    if flow.quantity is None or generic(leaf).partition("[")[0] != flow.quantity.list:
        return False
    row = row_of(leaf)
    return row not in now or row not in then or _is_amount(flow, leaf)


def _is_amount(flow: Flow, leaf: str) -> bool:
    """Tell whether a leaf of a row changes with the row's quantity."""
    kind = paths(flow.target).get(generic(leaf))
    named = flow.quantity is not None and generic(leaf) == f"{flow.quantity.list}[].{flow.quantity.field}"
    return named or (kind is not None and kind.type == "money" and "[]." in generic(leaf))


def _too_late(flow: Flow, document: Document, leaf: str, value: Any, state: str) -> str:
    """Say what changed too late; personal data is not told."""
    head = f"changed after the {flow.target} was {state}"
    if generic(leaf) in personal_paths(flow.target):
        return f"{head}."
    return f"{head}: {document.record.leaves.get(leaf)!r} there, {value!r} at the source."


def _balance(work: Work, view: View, newest: Document, told: Sequence[Document]) -> None:
    """Share out what the source wants: the newest document takes what the others lack, a further one what comes too late."""
    flow = work.flow
    late = flow.policies.get(flow.quantity.list) if flow.quantity else None
    if late is not None and newest.state_in(late.until):
        memory = choices_of(newest.memory)
        leaves, short = remainder(flow, compute(flow, view, memory, newest.base), memory, told)
        if newest.status == CANCELLED and (short or has_rows(flow, leaves)):
            text = f"The {flow.source} changed after its {flow.target} was cancelled."
            work.blame(newest, "flow.too_late", text, flow.quantity.list if flow.quantity else "")
            return
        if has_rows(flow, leaves):
            work.make(newest.source, next_slot(told, newest.base), leaves, memory, DERIVED)
    else:
        others = [document for document in told if document is not newest]
        leaves, short = remainder(flow, compute(flow, view, newest.memory, newest.base), newest.memory, others)
        if not has_rows(flow, leaves) and (any(other.is_alive for other in others) or hold_anything(flow, others)):
            work.take_back(newest)
        else:
            _take_rows(work, newest, leaves)
    tell_too_much(work, newest, short)


def tell_too_much(work: Work, document: Document, short: Mapping[str, tuple[Decimal, Decimal]]) -> None:
    """Ask a person to take back what documents firmly hold beyond what is wanted."""
    flow = work.flow
    for key, (there, wanted) in sorted(short.items()):
        text = (
            f"{there} of row {key} are in what the {flow.target} firmly holds, and the {flow.source} wants {wanted} now: "
            f"take the rest back there, by a return."
        )
        work.blame(document, "flow.too_much", text, flow.quantity.list if flow.quantity else "")


def hold_anything(flow: Flow, documents: Sequence[Document]) -> bool:
    """Tell whether documents firmly hold anything of what can be ordered more or less of."""
    return any(quantity for document in documents for quantity in document.committed(flow).values())


def _take_rows(work: Work, document: Document, wanted: Leaves) -> None:
    """Let a document that is still open have exactly these rows: new ones whole, of known ones the amounts."""
    flow, before = work.flow, document.record.leaves
    rows = {row_of(leaf) for leaf in wanted if _is_in_list(flow, leaf)}
    leaves = {
        leaf: value for leaf, value in before.items()
        if not _is_in_list(flow, leaf) or (row_of(leaf) in rows and not _is_amount(flow, leaf))
    }  # fmt: skip
    leaves |= {
        leaf: value for leaf, value in wanted.items()
        if _is_in_list(flow, leaf) and (row_of(leaf) not in before or _is_amount(flow, leaf))
    }  # fmt: skip
    if leaves != before:
        work.renew(document, leaves)


def _is_in_list(flow: Flow, leaf: str) -> bool:
    return flow.quantity is not None and bool(row_of(leaf)) and generic(leaf).partition("[")[0] == flow.quantity.list


def has_rows(flow: Flow, leaves: Leaves) -> bool:
    """Tell whether a document has anything that can be ordered more or less of."""
    return any(_is_in_list(flow, leaf) for leaf in leaves)


def remainder(
    flow: Flow, leaves: Leaves, memory: Mapping[str, Any], others: Sequence[Document]
) -> tuple[Leaves, dict[str, tuple[Decimal, Decimal]]]:
    """Leave to a document what the others of its slot do not hold; say of which rows they hold more than is wanted.

    A row that is not wanted whole says nothing of its amounts of money: those of the source are for all of it.
    """
    if flow.quantity is None or not others:
        return leaves, {}
    rows = {key: f"{flow.quantity.list}[{encode_key(number)}]" for number, key in source_keys(memory, flow.quantity.list).items()}
    wanted = {key: _number(leaves.get(f"{row}.{flow.quantity.field}")) for key, row in rows.items()}
    held = _held(flow, others, wanted, {key: leaves.get(f"{row}.{PRODUCT}") for key, row in rows.items()})
    out = dict(leaves)
    for key, row in rows.items():
        rest = wanted[key] - held.get(key, Decimal())
        if rest <= 0:
            out = {name: kept for name, kept in out.items() if row_of(name) != row}
        elif rest < wanted[key]:
            leaf = f"{row}.{flow.quantity.field}"
            amount = {**leaves[leaf], "value": format(rest, "f")}
            out = {name: kept for name, kept in out.items() if row_of(name) != row or not _is_amount(flow, name)} | {leaf: amount}
    none = Decimal()
    return out, {key: (much, wanted.get(key, none)) for key, much in held.items() if much > wanted.get(key, none)}


def _held(
    flow: Flow, others: Sequence[Document], wanted: Mapping[str, Decimal], products: Mapping[str, Any]
) -> dict[str, Decimal]:  # fmt: skip
    """Say how much of each row other documents hold; what they hold of a row that is gone counts for others of its product.

    A quote that is accepted again, and what a CRM makes of it, brings the same want in new rows.
    """
    held: dict[str, Decimal] = {}
    gone: dict[str, tuple[Decimal, Any]] = {}
    for document in others:
        for key, (much, product) in document.committed(flow).items():
            if wanted.get(key):
                held[key] = held.get(key, Decimal()) + much
            else:
                gone[key] = (gone.get(key, (Decimal(), None))[0] + much, product)
    for key, (much, product) in gone.items():
        left = much
        for other, need in wanted.items():
            if product is not None and products.get(other) == product:
                taken = max(min(left, need - held.get(other, Decimal())), Decimal())
                held[other] = held.get(other, Decimal()) + taken
                left -= taken
        if left:
            held[key] = held.get(key, Decimal()) + left
    return held


def _number(quantity: Mapping[str, str] | None) -> Decimal:
    return Decimal(quantity["value"]) if quantity else Decimal()

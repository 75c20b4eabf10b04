"""Deals: which documents belong together from the first contact to the payment, and how far they have come.

Founders make a deal: each hangs on at most one other by a reference of its own. Followers belong to the deals of all that they
refer to, so that a bill for two orders, or a payment of two bills, belongs to both deals and does not make them one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Final, NamedTuple

from ltc.core.models.registry import paths

STAGES: Final = paths("deal")["stage"].values
"""How far a deal can come, in order."""

HANGS_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "opportunity": (),
    "lead": ("converted_opportunity",),
    "quote": ("opportunity", "supersedes"),
    "contract": ("opportunity", "quote"),
    "signature_request": ("opportunity", "contract", "quote", "replaces"),
    "order": ("opportunity", "quote", "contract"),
}
"""The founders, and what each hangs on: the first of these references that it has. A frame contract so makes no orders one."""

FOLLOWERS: Final = ("delivery", "acceptance", "return", "invoice", "credit_note", "payment", "refund", "dispute")

AGREEMENTS: Final = ("lead", "opportunity", "quote", "contract", "signature_request")
"""Documents about the whole deal; of orders and what follows there may be several, each with deliveries and bills of its own."""

DOCUMENTS: Final = (*HANGS_ON, *FOLLOWERS)
"""What deals are made of, what others hang on first."""

OPEN, DONE, OFF = "open", "done", "off"
"""What a document says of itself: it goes on, it has come to its good end, or it came to nothing."""

_STAGE_OF: Final[Mapping[str, str]] = {
    "lead": "lead", "opportunity": "opportunity", "quote": "quote", "contract": "contract", "signature_request": "contract",
    "order": "order", "delivery": "delivery", "acceptance": "delivery", "return": "delivery", "invoice": "invoice",
    "credit_note": "invoice", "payment": "payment", "refund": "payment", "dispute": "payment",
}  # fmt: skip
_OTHERWISE: Final[Mapping[tuple[str, str], str]] = {
    ("delivery", "planned"): "order",  # nothing has left yet
    ("order", "partially_delivered"): "delivery",
    ("order", "delivered"): "delivery",
    ("order", "invoiced"): "invoice",
    ("invoice", "partially_paid"): "payment",
    ("invoice", "paid"): "payment",
}
_DONE: Final = frozenset({("order", "invoiced"), ("order", "closed"), ("invoice", "paid")})
_OFF: Final = frozenset(
    {"disqualified", "lost", "declined", "superseded", "voided", "terminated", "cancelled", "rejected", "failed", "reversed"}
)
_LAPSED: Final = frozenset({("quote", "expired"), ("signature_request", "expired")})
_RANKS: Final = {stage: rank for rank, stage in enumerate(STAGES)}


class Mark(NamedTuple):
    """What one document says of its deal: the stage that was reached with it, and how it stands itself."""

    entity: str
    stage: str
    standing: str


class Reached(NamedTuple):
    """The furthest stage that a deal has reached, and whether it was lost there."""

    stage: str
    is_lost: bool

    def can_tell(self, marks: Iterable[Mark]) -> bool:
        """Tell whether it is plain what documents that join change: what goes on only takes a deal further that goes on too."""
        return not self.is_lost and self.stage != STAGES[-1] and all(mark.standing == OPEN for mark in marks)

    def joined_by(self, marks: Iterable[Mark]) -> Reached:
        """Say how far the deal is with documents that join."""
        return Reached(reduce(further, [mark.stage for mark in marks], self.stage), self.is_lost)


def mark_of(entity: str, status: str, *, is_live: bool) -> Mark:
    """Say what a document tells of its deal.

    >>> mark_of("order", "partially_delivered", is_live=True), mark_of("quote", "expired", is_live=True).standing
    (Mark(entity='order', stage='delivery', standing='open'), 'off')
    """
    key = (entity, status)
    is_off = not is_live or status in _OFF or key in _LAPSED
    return Mark(entity, _OTHERWISE.get(key) or _STAGE_OF[entity], OFF if is_off else DONE if key in _DONE else OPEN)


def reached(marks: Iterable[Mark]) -> Reached:
    """Say how far a deal has come; what came to nothing counts only if nothing else is left.

    It is lost if nothing is left, or if its opportunities are off before anything was ordered. It is cleared when all that was
    billed is paid, and nothing that was ordered is still to be billed.

    >>> order, bill = Mark("order", "invoice", "done"), Mark("invoice", "payment", "done")
    >>> reached([order, bill]), reached([order, bill, Mark("order", "order", "open")])
    (Reached(stage='cleared', is_lost=False), Reached(stage='payment', is_lost=False))
    >>> reached([Mark("opportunity", "opportunity", "off"), Mark("quote", "quote", "open")])
    Reached(stage='quote', is_lost=True)
    """
    told = set(marks)
    live = {mark for mark in told if mark.standing != OFF}
    furthest = max((mark.stage for mark in live or told), key=_RANKS.__getitem__)
    first = {mark for mark in told if mark.entity == "opportunity"} or {mark for mark in told if mark.entity == "lead"}
    was_begun = _RANKS[furthest] >= _RANKS["order"]
    if not live or (first and not first & live and not was_begun):
        return Reached(furthest, is_lost=True)
    bills = {mark for mark in live if mark.entity == "invoice"}
    is_settled = bool(bills) and all(mark.standing == DONE for mark in live if mark.entity in ("order", "invoice"))
    return Reached("cleared" if is_settled else furthest, is_lost=False)


def hangs_on(entity: str, references: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """Name the documents by which a document belongs to deals, among its references as (leaf, entity, hub id).

    >>> sorted(hangs_on("order", [("customer", "customer", "C"), ("quote", "quote", "Q"), ("opportunity", "opportunity", "O")]))
    ['O']
    >>> sorted(hangs_on("invoice", [("order", "order", "1"), ("lines[10].order", "order", "2"), ("contract", "contract", "F")]))
    ['1', '2']
    """
    leaves = HANGS_ON.get(entity)
    if leaves is not None:
        found = {leaf: target for leaf, _, target in references if leaf in leaves}
        return frozenset([found[leaf] for leaf in leaves if leaf in found][:1])
    kinds: dict[str, set[str]] = {}
    for _, kind, target in references:
        if kind in DOCUMENTS:
            kinds.setdefault(kind, set()).add(target)
    near = [found for kind, found in kinds.items() if kind != "contract"] or kinds.values()
    return frozenset().union(*near)


def further(one: str, other: str) -> str:
    """Give the further of two stages; "" is before all of them.

    >>> further("", "lead"), further("order", "quote")
    ('lead', 'order')
    """
    return one if _RANKS.get(one, -1) >= _RANKS.get(other, -1) else other

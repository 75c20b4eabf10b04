"""State machines of documents: the order in which a status moves on.

They bind what the hub writes. What a system says is a fact, and is stored even if no step leads there: polling skips states,
payments are reversed, goods issues are cancelled. Such a fact is flagged as unexpected, never refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

Machine = Mapping[str, tuple[str, ...]]

MACHINES: Final[Mapping[str, Machine]] = {
    "lead": {
        "": ("new",),
        "new": ("working", "qualified", "disqualified"),
        "working": ("qualified", "disqualified"),
        "qualified": ("converted", "disqualified"),
        "disqualified": ("working",),
    },
    "opportunity": {"": ("open",), "open": ("won", "lost"), "won": ("open",), "lost": ("open",)},
    "quote": {
        "": ("draft",),
        "draft": ("in_approval", "approved", "sent", "superseded"),
        "in_approval": ("draft", "approved"),
        "approved": ("sent", "superseded"),
        "sent": ("accepted", "declined", "expired", "superseded"),
        "declined": ("superseded",),
        "expired": ("superseded",),
    },
    "contract": {
        "": ("draft",),
        "draft": ("in_review", "in_signature", "cancelled"),
        "in_review": ("draft", "in_signature", "cancelled"),
        "in_signature": ("signed", "draft", "cancelled"),
        "signed": ("active", "terminated"),
        "active": ("expired", "terminated"),
    },
    "signature_request": {
        "": ("draft",),
        "draft": ("sent", "voided"),
        "sent": ("delivered", "completed", "declined", "voided", "expired"),
        "delivered": ("completed", "declined", "voided", "expired"),
    },
    "order": {
        "": ("draft", "submitted"),
        "draft": ("submitted", "cancelled"),
        "submitted": ("confirmed", "cancelled"),
        "confirmed": ("partially_delivered", "delivered", "invoiced", "closed", "cancelled"),
        "partially_delivered": ("delivered", "closed"),
        "delivered": ("invoiced", "closed"),
        "invoiced": ("closed",),
    },
    "delivery": {"": ("planned",), "planned": ("shipped", "cancelled"), "shipped": ("delivered", "cancelled")},
    "acceptance": {
        "": ("pending",),
        "pending": ("accepted", "partially_accepted", "rejected"),
        "partially_accepted": ("accepted", "rejected"),
        "rejected": ("accepted", "partially_accepted"),
    },
    "return": {
        "": ("requested",),
        "requested": ("approved", "rejected", "cancelled"),
        "approved": ("received", "cancelled"),
        "received": ("credited",),
    },
    "invoice": {
        "": ("draft", "open"),
        "draft": ("open", "cancelled"),
        "open": ("partially_paid", "paid", "cancelled"),
        "partially_paid": ("paid", "open"),
        "paid": ("partially_paid", "open"),
    },
    "credit_note": {
        "": ("draft", "open"),
        "draft": ("open", "cancelled"),
        "open": ("partially_applied", "applied", "paid", "cancelled"),
        "partially_applied": ("applied", "open"),
        "applied": ("open",),
        "paid": ("open",),
    },
    "payment": {"": ("pending", "posted"), "pending": ("posted", "failed"), "posted": ("reversed",)},
    "refund": {"": ("pending", "posted"), "pending": ("posted", "failed", "cancelled")},
    "dispute": {
        "": ("inquiry", "needs_response"),
        "inquiry": ("needs_response", "under_review", "closed"),
        "needs_response": ("under_review", "won", "lost"),
        "under_review": ("won", "lost", "closed"),
    },
    "payout": {
        "": ("pending", "in_transit"),
        "pending": ("in_transit", "paid", "failed", "cancelled"),
        "in_transit": ("paid", "failed", "cancelled"),
        "paid": ("failed",),
    },
    "bank_transaction": {"": ("pending", "booked"), "pending": ("booked",), "booked": ("reversed",)},
    "deal": {"": ("open",), "open": ("lost",), "lost": ("open",)},
}
"""Per document: the steps from each status; ``""`` is a document that is not there yet."""


def is_step(entity: str, before: str | None, after: str | None) -> bool:
    """Tell whether one step leads from a status to another; staying is a step, and so is everything without a machine.

    >>> is_step("order", "draft", "submitted"), is_step("order", "draft", "delivered"), is_step("customer", "active", "blocked")
    (True, False, True)
    """
    machine = MACHINES.get(entity)
    return machine is None or before == after or after in machine.get(before or "", ())


def may_write(entity: str, before: str | None, after: str | None) -> bool:
    """Tell whether the hub may move a status: only onwards, over any number of steps, and never to empty.

    >>> may_write("order", "draft", "delivered"), may_write("order", "delivered", "draft"), may_write("order", None, "closed")
    (True, False, True)
    """
    if entity not in MACHINES or before == after:
        return True
    return after in reachable(entity, before or "")


def is_on_the_way(entity: str, status: str | None, end: str | None) -> bool:
    """Tell whether steps lead from a status to one at which a document has come to its end.

    >>> is_on_the_way("order", "confirmed", "cancelled"), is_on_the_way("order", "partially_delivered", "cancelled")
    (True, False)
    >>> is_on_the_way("opportunity", "open", "lost"), is_on_the_way("customer", "active", "inactive")
    (False, False)
    """
    machine = MACHINES.get(entity)
    return bool(machine and status and end and not machine.get(end)) and end in reachable(entity, status or "")


@cache
def reachable(entity: str, before: str) -> frozenset[str]:
    """Name every status that steps lead to from this one.

    >>> sorted(reachable("delivery", "shipped"))
    ['cancelled', 'delivered']
    """
    machine = MACHINES[entity]
    found: set[str] = set()
    ahead = list(machine.get(before, ()))
    while ahead:
        status = ahead.pop()
        if status not in found:
            found.add(status)
            ahead += machine.get(status, ())
    return frozenset(found)

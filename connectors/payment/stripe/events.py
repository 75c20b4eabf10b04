"""Events are hints: which records an event says something about, whether it was read from the list or came by webhook."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.payment.stripe.objects import KINDS

_ALSO: Final = ("payment_intent", "charge", "invoice")
"""Objects whose records show what befalls others: a refund changes its charge, a charge its payment."""

_SPEAKS_OF: Final = {
    "charge": ("payment_intent",),
    "refund": _ALSO[:2],
    "dispute": _ALSO[:2],
    "invoice_payment": ("invoice",),
    "credit_note": ("invoice",),
}


class Subject(msgspec.Struct):
    """What an event is about."""

    object: str
    id: str | None = None
    payment_intent: str | None = None
    charge: str | None = None
    invoice: str | None = None


class Data(msgspec.Struct):
    """An event's data."""

    object: Subject


class Event(msgspec.Struct):
    """One event."""

    id: str
    type: str
    created: int
    data: Data


EVENTS: Final = msgspec.json.Decoder(Event)


def touched(event: Event) -> list[tuple[str, str]]:
    """Name the records that may have changed, as (object, id).

    >>> subject = Subject("refund", "re_1", payment_intent="pi_1", charge="ch_1")
    >>> touched(Event("evt_1", "refund.created", 1, Data(subject)))
    [('refund', 're_1'), ('payment_intent', 'pi_1'), ('charge', 'ch_1')]
    """
    subject = event.data.object
    found = [(subject.object, subject.id)] if subject.object in KINDS else []
    found += [(name, getattr(subject, name)) for name in _SPEAKS_OF.get(subject.object, ())]
    return [(name, key) for name, key in found if key]

"""One picture of all systems' business objects at one moment, in the checker's own words.

It is drawn from what the simulators hold, never from the hub's store; :mod:`ltc.app.sandbox.salesforce_view` and
:mod:`ltc.app.sandbox.sap_view` draw it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

DealStatus = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as one system holds it; ``hub_key`` is the hub's own mark, if the hub has written it."""

    id: str
    name: str
    postal_code: str = ""
    tax_ids: frozenset[str] = frozenset()
    hub_key: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document; the product is its number without leading zeros."""

    product: str
    quantity: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity as Salesforce holds it; it is agreed if a quote of it was accepted."""

    id: str
    name: str
    customer: str
    status: DealStatus
    currency: str
    total: Decimal
    lines: tuple[Line, ...] = ()
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """An order, invoice, credit memo or payment as one system holds it.

    ``number`` is SAP's number, which both systems know; ``deal`` is the opportunity, where the system says so; ``total`` is
    what the document comes to, tax included if it has any. ``sources`` are the numbers of the documents that it follows: the
    orders of a delivery or invoice, the invoices of a payment or credit memo, and ``shares`` what of it goes to each of them.
    ``firm`` is how much of which product was delivered or is to be, ``terms`` are a bill's, and ``left`` is what of it is still
    to be paid. ``done`` says that nothing more is to come of it.
    """

    id: str
    number: str
    customer: str
    currency: str
    total: Decimal
    net: Decimal | None = None
    deal: str = ""
    lines: tuple[Line, ...] = ()
    reversed: bool = False
    sources: tuple[str, ...] = ()
    shares: tuple[tuple[str, Decimal], ...] = ()
    firm: tuple[tuple[str, Decimal], ...] = ()
    terms: str = ""
    left: Decimal | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request to sign a deal's contract; ``deal`` is the deal's name."""

    id: str
    deal: str
    status: str


@dataclass(frozen=True, slots=True)
class Asked:
    """An invoice of Stripe that asks for the money of a bill; amounts are in minor units."""

    id: str
    number: str
    currency: str
    total: int
    left: int
    status: str


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit note of Stripe: ``number`` is the credit's, ``bill`` that of its invoice; the amount is in minor units."""

    id: str
    number: str
    bill: str
    currency: str
    total: int
    status: str


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that Stripe holds: ``amount`` in minor units is what came in, ``stays`` says that no bank has taken it back.

    ``bill`` is the number of the bill that it is for, if it is for one.
    """

    id: str
    currency: str
    amount: int
    stays: bool
    bill: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of a system's journal of business mutations."""

    system: str
    at: str
    actor: str
    verb: str
    kind: str
    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)


TOLD = ("invoices", "credit_notes", "payments")
"""Kinds of documents that SAP makes and Salesforce is told of."""


@dataclass(frozen=True, slots=True)
class Side:
    """All business objects of one system."""

    customers: Mapping[str, Party] = field(default_factory=dict)
    deals: Mapping[str, Deal] = field(default_factory=dict)
    orders: Sequence[Document] = ()
    deliveries: Sequence[Document] = ()
    invoices: Sequence[Document] = ()
    credit_notes: Sequence[Document] = ()
    payments: Sequence[Document] = ()

    def documents(self, kind: str) -> Sequence[Document]:
        """Give the documents of a kind, by the name of its field."""
        found: Sequence[Document] = getattr(self, kind)
        return found


@dataclass(frozen=True, slots=True)
class Picture:
    """Both sides at one moment, and per system everything that was done up to it, in order."""

    salesforce: Side
    sap: Side
    journals: Mapping[str, Sequence[Deed]] = field(default_factory=dict)
    hub_actors: frozenset[str] = frozenset()
    envelopes: Sequence[Envelope] = ()
    asked: Sequence[Asked] = ()
    paid: Sequence[Paid] = ()
    credited: Sequence[Credited] = ()

    def marks(self) -> dict[str, int]:
        """Give the place in each journal that this picture reaches to."""
        return {system: len(deeds) for system, deeds in self.journals.items()}

    def since(self, marks: Mapping[str, int]) -> list[Deed]:
        """Give what was done, by anyone, after earlier marks."""
        return [deed for system, deeds in self.journals.items() for deed in deeds[marks.get(system, 0) :]]

    def by_hub(self, deed: Deed) -> bool:
        """Tell whether the hub did it."""
        return deed.actor in self.hub_actors

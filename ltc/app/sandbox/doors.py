"""The doors by which people use the simulated systems: what the sandbox asks of each vendor's simulator.

Simulators live in the connectors' folders and are found there by name, so that no connector is imported with its simulator.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from ltc.core.errors import Misconfigured
from ltc.core.simulation import Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ltc.app.sandbox.beings import Entry, Product
    from ltc.app.sandbox.picture import Side
    from ltc.core.simulation import Profile, VirtualClock

SYSTEMS = MappingProxyType(
    {
        "salesforce": "connectors.crm.salesforce.simulator",
        "sap": "connectors.erp.sap_rfc.simulator",
        "docusign": "connectors.esign.docusign.simulator",
        "stripe": "connectors.payment.stripe.simulator",
    }
)
"""The sandbox's systems by name, and the module of each one's simulator."""

BY_STRIPE = "NT14"
"""The terms of payment of those who pay by Stripe."""
ENTITIES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "stripe": {
            "customer": {"wants": {"create": f"customer.payment_terms == '{BY_STRIPE}'"}},
            "invoice": {"wants": {"create": f"invoice.payment_terms == '{BY_STRIPE}' && invoice.status == 'open'"}},
            "credit_note": {
                "wants": {"create": "credit_note.invoice_collection in ['open', 'paid'] && credit_note.status != 'cancelled'"}
            },
            "payment": {},
            "refund": {},
            "dispute": {},
            "payout": {},
        }
    }
)
"""What a hub has to do with a system, where that is not simply everything."""


class SalesforceDoor(Protocol):
    """What sellers and administrators do in Salesforce."""

    def insert(self, object_name: str, fields: Mapping[str, Any], actor: str) -> str:
        """Make a record."""

    def update(self, object_name: str, record_id: str, fields: Mapping[str, Any], actor: str) -> None:
        """Change a record."""

    def delete(self, object_name: str, record_id: str, actor: str) -> None:
        """Delete a record."""

    def merge(self, object_name: str, master: str, losers: Sequence[str], actor: str) -> None:
        """Merge records."""

    def convert(self, lead_id: str, actor: str, *, opportunity: str = "", account: str = "") -> dict[str, str]:
        """Convert a lead, into an account of its own or an existing one."""

    def rows(self, object_name: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Give copies of rows."""

    def row(self, object_name: str, record_id: str) -> dict[str, Any]:
        """Give a copy of one row."""

    @property
    def standard_pricebook(self) -> str:
        """Name the standard price book."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One item of a sales order; ``reference`` is the customer's purchase order, the same text in every run."""

    order: str
    item: str
    reference: str
    customer: str
    product: str
    quantity: Decimal
    delivered: Decimal


@dataclass(frozen=True, slots=True)
class Shipment:
    """A delivery; ``billed`` says whether there is an invoice for it."""

    number: str
    order: str
    reference: str
    billed: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice with what is still to be paid of it."""

    number: str
    reference: str
    customer: str
    currency: str
    total: Decimal
    open: Decimal
    credited: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """An incoming payment and the invoices that it settles."""

    number: str
    references: tuple[str, ...]
    reversed: bool


class SapDoor(Protocol):
    """What clerks, warehouses and the accounts department do in SAP."""

    def add_customer(self, entry: Entry) -> str:
        """Enter a customer and give its number."""

    def add_material(self, product: Product) -> str:
        """Enter a material and give its number."""

    def customers(self) -> set[str]:
        """Give the numbers of all customers."""

    def edit_customer(self, number: str, field: str, value: str, actor: str) -> None:
        """Change one field of a customer: street, email, payment_terms or phone."""

    def items(self) -> list[OrderItem]:
        """List the items of all orders that are not rejected."""

    def shipments(self) -> list[Shipment]:
        """List all deliveries."""

    def bills(self) -> list[Bill]:
        """List all invoices that are not cancelled."""

    def receipts(self) -> list[Receipt]:
        """List all incoming payments."""

    def cancel(self, order: str) -> None:
        """Reject what is not delivered of an order."""

    def ship(self, order: str, quantities: Mapping[str, Decimal]) -> str:
        """Deliver quantities of items and post the goods issue."""

    def bill(self, shipment: str) -> str:
        """Bill a delivery."""

    def credit(self, bill: str) -> str:
        """Give a credit memo for the first item of an invoice."""

    def receive(self, customer: str, amounts: Mapping[str, Decimal]) -> str:
        """Post a payment that settles invoices by amounts."""

    def reverse(self, receipt: str) -> str:
        """Reverse a payment."""

    def side(self) -> Side:
        """Draw the checker's picture of SAP."""


class DocusignDoor(Protocol):
    """How people use DocuSign: those who are asked to sign."""

    def rows(self, status: str = "") -> list[dict[str, Any]]:
        """Give copies of the envelopes, in order of creation."""

    def view(self, envelope_id: str, role: str) -> None:
        """Open an envelope."""

    def sign(self, envelope_id: str, role: str) -> None:
        """Sign."""

    def decline(self, envelope_id: str, role: str, reason: str) -> None:
        """Decline to sign."""

    def dawdle(self) -> None:
        """Let envelopes expire that nobody answered in time."""


class StripeDoor(Protocol):
    """How people use Stripe: those who are asked for money, their banks, and the account's owner."""

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Give copies of all objects of a kind, in order of creation."""

    def insert(self, kind: str, fields: Mapping[str, Any], actor: str) -> str:
        """Make an object."""

    def pay_invoice(self, invoice: str, amount: int = 0) -> str:
        """Pay an open invoice, in part if an amount is given."""

    def fail_invoice(self, invoice: str) -> str:
        """Try to pay with a card that the bank declines."""

    def refund(self, payment_intent: str, amount: int = 0) -> str:
        """Give money back, all that is left if no amount is given."""

    def dispute(self, payment_intent: str) -> str:
        """Let the customer's bank take a payment back."""

    def decide(self, dispute: str, *, won: bool) -> None:
        """Let a dispute end for us or against us."""

    def pay_out(self) -> list[str]:
        """Pay out what has become available."""


def kind_of(system: str) -> str:
    """Name the connector that speaks to a system of the sandbox: its folder is where the simulator is."""
    return SYSTEMS[system].split(".")[-2]


def simulator(name: str, clock: VirtualClock, seed: int, profile: Profile) -> Simulator:
    """Make the simulator of one of the sandbox's systems, which its connector's folder holds."""
    module = SYSTEMS[name]
    found = importlib.import_module(module)
    kinds = [
        kind
        for kind in vars(found).values()
        if isinstance(kind, type) and issubclass(kind, Simulator) and kind.__module__ == module
    ]
    if len(kinds) != 1:
        raise Misconfigured(
            f"{module} declares {len(kinds)} simulators.", remedy="Declare exactly one subclass of Simulator in simulator.py."
        )
    return kinds[0](name, clock, seed, profile)


def salesforce_door(simulated: Simulator) -> SalesforceDoor:
    """Use a simulator as Salesforce's people do."""
    return cast("SalesforceDoor", simulated)


def docusign_door(simulated: Simulator | None) -> DocusignDoor | None:
    """Use a simulator as signers do, if there is one."""
    return cast("DocusignDoor | None", simulated)


def stripe_door(simulated: Simulator | None) -> StripeDoor | None:
    """Use a simulator as payers do, if there is one."""
    return cast("StripeDoor | None", simulated)

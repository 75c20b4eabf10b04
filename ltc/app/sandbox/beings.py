"""What the sandbox's world is made of: companies, people, goods and deals, and how each system writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """A company as one system writes it; an empty text is a missing value."""

    name: str
    street: str
    city: str
    postal_code: str
    region: str
    country: str
    phone: str
    email: str
    website: str
    tax_id: str
    vat_id: str
    industry: str
    currency: str
    language: str
    payment_terms: str
    segment: str
    credit_limit: str = ""
    customer_since: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a company."""

    key: str
    salutation: str
    first_name: str
    last_name: str
    title: str
    email: str
    phone: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Company:
    """One real company and its entry in each system that knows it.

    ``lookalike`` is the key of another company with the same name and postal code that is not this one.
    """

    key: str
    entries: Mapping[str, Entry]
    contacts: tuple[Contact, ...]
    owner: str
    time_zone: str
    parent: str = ""
    lookalike: str = ""

    @property
    def currency(self) -> str:
        """Say in which currency it trades, which all its entries agree on."""
        return next(iter(self.entries.values())).currency


@dataclass(frozen=True, slots=True)
class Employee:
    """Someone who sells; the time zone is where that person sits."""

    key: str
    name: str
    email: str
    username: str
    time_zone: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that is sold: its name per system that knows it and its price per currency, as decimal text."""

    number: str
    names: Mapping[str, str]
    unit: str
    category: str
    gtin: str
    net_weight: str
    prices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lead:
    """Someone who might buy."""

    key: str
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    country: str
    source: str
    owner: str


@dataclass(frozen=True, slots=True)
class DealLine:
    """One line of a deal; quantity and price are decimal text, exact to the currency's minor unit when multiplied."""

    product: str
    quantity: str
    unit_price: str


@dataclass(frozen=True, slots=True)
class Deal:
    """One open opportunity; its name carries its key, so that it is the same deal in every run."""

    key: str
    name: str
    company: str
    owner: str
    currency: str
    close_in_days: int
    lines: tuple[DealLine, ...]

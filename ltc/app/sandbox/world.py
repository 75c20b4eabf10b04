"""The sandbox's world: companies, people, products and deals as they really are, and how each system writes them.

The world knows no vendor's field names; :mod:`ltc.app.sandbox.seed` puts it into the simulators.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.companies import companies
from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.trade import deals, employees, leads, products

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.beings import Company, Deal, Employee, Lead, Product

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday morning, when the sandbox's virtual time begins."""

CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything there is; ``both`` is the share of companies that both systems know.

    ``plain_sap`` is an SAP that knows no tax numbers and in which nothing is missing that Salesforce trades with.
    """

    companies: int
    both: float = 0.5
    products: int = 60
    employees: int = 24
    leads: int = 150
    deals: int = 160
    plain_sap: bool = False

    @classmethod
    def scaled(cls, scale: float) -> Size:
        """Give the usual world times ``scale``; products and people grow slower than customers."""
        gentle = max(min(scale, 1.0), scale**0.5)
        return cls(
            companies=max(round(1000 * scale), 4),
            products=max(round(60 * gentle), 12),
            employees=max(round(24 * gentle), 4),
            leads=round(150 * scale),
            deals=max(round(160 * scale), 4),
        )

    @classmethod
    def shared(cls, scale: float) -> Size:
        """Give the part of the usual world that both systems know, for an SAP in which no hub can make customers or products."""
        usual = cls.scaled(scale)
        return replace(usual, companies=max(round(usual.companies * usual.both), 4), both=1.0, plain_sap=True)

    @classmethod
    def first_connection(cls, each: int) -> Size:
        """Give two systems of ``each`` customers, half of which are the same companies, and nothing else to trade."""
        shared = each // 2
        return cls(companies=2 * each - shared, both=shared / (2 * each - shared), leads=0, deals=0)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is true before the business starts."""

    seed: int
    start: datetime
    companies: tuple[Company, ...]
    employees: tuple[Employee, ...]
    products: tuple[Product, ...]
    leads: tuple[Lead, ...]
    deals: tuple[Deal, ...]

    def company(self, key: str) -> Company:
        """Find a company by its key."""
        return next(company for company in self.companies if company.key == key)


def build(seed: int, size: Size, start: datetime = START) -> World:
    """Make the world of a seed; the same seed and size give the same world, byte for byte."""
    dice = Dice(seed)
    staff = employees(dice, size.employees)
    firms = companies(dice, size.companies, size.both, staff, tax_ids_in_sap=not size.plain_sap)
    goods = products(dice, size.products, CURRENCIES, all_in_both=size.plain_sap)
    return World(seed, start, firms, staff, goods, leads(dice, size.leads, staff), deals(dice, size.deals, firms, goods, staff))


@dataclass(slots=True)
class Truth:
    """Which records are the same real thing: (system, object kind, id) -> the key of the company or product.

    It is written when the world is put into the simulators, and by the business when it makes further records by hand.
    """

    companies: dict[str, dict[str, str]] = field(default_factory=lambda: {"salesforce": {}, "sap": {}})
    products: dict[str, dict[str, str]] = field(default_factory=lambda: {"salesforce": {}, "sap": {}})
    deals: dict[str, str] = field(default_factory=dict)
    amended: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)

    def same(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Tell whether two (system, id) pairs are the same company, which settles a proposal."""
        first = self.companies[one[0]].get(one[1])
        return first is not None and first == self.companies[other[0]].get(other[1])

    def dump(self) -> dict[str, object]:
        """Give plain values for disk."""
        return {
            "companies": self.companies,
            "products": self.products,
            "deals": self.deals,
            "amended": sorted(self.amended),
            "cancelled": sorted(self.cancelled),
        }

    @classmethod
    def load(cls, plain: Mapping[str, Any]) -> Truth:
        """Read what :meth:`dump` gave."""
        return cls(
            {system: dict(ids) for system, ids in plain["companies"].items()},
            {system: dict(ids) for system, ids in plain["products"].items()},
            {str(key): str(value) for key, value in plain["deals"].items()},
            set(plain["amended"]),
            set(plain.get("cancelled", ())),
        )

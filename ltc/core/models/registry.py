"""Which entities there are, and their models."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from ltc.core.errors import Misconfigured
from ltc.core.models import agreements, billing, catalogue, fulfilment, parties, sales
from ltc.core.models.shape import PathInfo, read_shape, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.core.models.values import Entity

_MODELS: Final[Mapping[str, type[Entity]]] = {
    "legal_entity": parties.LegalEntity,
    "employee": parties.Employee,
    "customer": parties.Customer,
    "contact": parties.Contact,
    "address": parties.PostalAddress,
    "product": catalogue.Product,
    "price": catalogue.Price,
    "campaign": sales.Campaign,
    "lead": sales.Lead,
    "opportunity": sales.Opportunity,
    "quote": sales.Quote,
    "contract": agreements.Contract,
    "signature_request": agreements.SignatureRequest,
    "order": fulfilment.Order,
    "delivery": fulfilment.Delivery,
    "acceptance": fulfilment.Acceptance,
    "return": fulfilment.Return,
    "invoice": billing.Invoice,
    "credit_note": billing.CreditNote,
    "payment": billing.Payment,
    "refund": billing.Refund,
    "dispute": billing.Dispute,
    "payout": billing.Payout,
    "bank_transaction": billing.BankTransaction,
    "deal": sales.Deal,
}

MASTER_DATA: Final = frozenset({"legal_entity", "employee", "customer", "contact", "address", "product", "price", "campaign"})
"""Entities that are levels: they come to equal. All others are documents, which are acts."""


def entities() -> tuple[str, ...]:
    """Name all entities, those first that others refer to."""
    return tuple(_MODELS)


def model(entity: str) -> type[Entity]:
    """Find the model of an entity."""
    try:
        return _MODELS[entity]
    except KeyError:
        msg = f"There is no entity {entity!r}."
        raise Misconfigured(msg, remedy=f"Use one of: {', '.join(_MODELS)}.", code="models.unknown_entity") from None


@cache
def shape_of(entity: str) -> Mapping[str, PathInfo]:
    """Read the shape of an entity."""
    return read_shape(model(entity))


@cache
def paths(entity: str) -> Mapping[str, PathInfo]:
    """Say what is known of every canonical path of an entity; custom fields are below ``custom``."""
    return dict(walk(shape_of(entity)))


@cache
def personal_paths(entity: str) -> frozenset[str]:
    """Name the paths that hold personal data, list rows as ``signers[].name``."""
    return frozenset(path for path, info in paths(entity).items() if info.personal)

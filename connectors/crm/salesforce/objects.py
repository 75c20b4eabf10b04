"""What each object of Salesforce can do: keys, batch sizes, verbs and their steps, lines and parents, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ltc.core.contract import ObjectSpec, SettleRule, Step, Verb

HUB_KEY: Final = "LTC_Id__c"
VERSION: Final = "SystemModstamp"
MERGEABLE: Final = frozenset({"Account", "Contact", "Lead"})
"""Objects whose losers name their master."""

INSERTED: Final = frozenset({"Contract", "PricebookEntry", "OpportunityLineItem", "OrderItem", "Quote", "QuoteLineItem"})
"""Objects that an upsert would disturb the second time (fixed parents, first status): inserted instead."""

ALONE: Final[Mapping[str, str]] = MappingProxyType({"Contract": "Status"})
"""Fields that have to change by an update of their own, after all others: a contract is activated by nothing but its status."""

_BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Lines:
    """The child rows that are read and written with an object: relationship downwards, their object, their parent field."""

    relationship: str
    object: str
    parent: str
    number: str = ""


LINES: Final[Mapping[str, Lines]] = MappingProxyType(
    {
        "Opportunity": Lines("OpportunityLineItems", "OpportunityLineItem", "OpportunityId"),
        "Quote": Lines("QuoteLineItems", "QuoteLineItem", "QuoteId", "Line_Number__c"),
        "Order": Lines("OrderItems", "OrderItem", "OrderId", "Line_Number__c"),
    }
)

STANDING: Final[Mapping[tuple[str, Verb], Mapping[str, Any]]] = MappingProxyType(
    {
        ("Account", Verb.DEACTIVATE): {"Status__c": "Inactive"},
        ("Contact", Verb.DEACTIVATE): {"Status__c": "Inactive"},
        ("Product2", Verb.DEACTIVATE): {"IsActive": False},
        ("PricebookEntry", Verb.DEACTIVATE): {"IsActive": False},
        ("Order", Verb.CANCEL): {"Status": "Cancelled"},
        ("Contract", Verb.CANCEL): {"Status": "Terminated"},
        ("Delivery__c", Verb.CANCEL): {"Status__c": "Cancelled"},
        ("Invoice__c", Verb.CANCEL): {"Status__c": "Cancelled"},
        ("Credit_Note__c", Verb.CANCEL): {"Status__c": "Cancelled"},
        ("Payment__c", Verb.REVERSE): {"Status__c": "Reversed"},
    }
)
"""Verbs that are nothing but a status of the record."""

_CREATE: Final = (Step("upsert", SettleRule.RESEND),)
_AMEND: Final = (Step("update", SettleRule.READ),)
_DELETE: Final = (Step("delete", SettleRule.READ),)
_ORDER_CREATE: Final = (Step("draft", SettleRule.RESEND), Step("items", SettleRule.RESEND), Step("activate", SettleRule.RESEND))
_LINED_CREATE: Final = (Step("upsert", SettleRule.RESEND), Step("lines", SettleRule.RESEND))


def _spec(
    name: str, *parents: str, create: Sequence[Step] = _CREATE, batch: int = _BATCH, fetch: int = 2000, filled: str = ""
) -> ObjectSpec:
    verbs: dict[Verb, Sequence[Step]] = {Verb.CREATE: create, Verb.AMEND: _AMEND, Verb.DELETE: _DELETE}
    verbs |= {verb: _AMEND for held, verb in STANDING if held == name}
    return ObjectSpec(
        name=name,
        key="Id",
        version=VERSION,
        hub_key=HUB_KEY,
        page_size=2000,
        batch_size=batch,
        fetch_size=fetch,
        verbs=verbs,
        parents=parents,
        deletes="feed",
        merges=name in MERGEABLE,
        settle_seconds=5.0,
        filled=tuple(filled.split()),
        plain_json=True,
    )


def _read_only(name: str) -> ObjectSpec:
    return ObjectSpec(
        name=name, key="Id", version=VERSION, page_size=2000, batch_size=1, fetch_size=2000, deletes="feed", plain_json=True
    )


_ALL: Final = (
    _spec("Account", "ParentId"),
    _spec("Contact", "AccountId"),
    _spec("Lead"),
    _spec("Opportunity", "AccountId", create=_LINED_CREATE, fetch=400),
    _spec("Quote", "OpportunityId", create=_LINED_CREATE, fetch=400),
    _spec("Product2"),
    _spec("PricebookEntry", "Product2Id", filled="Pricebook2Id"),
    _spec("Order", "AccountId", create=_ORDER_CREATE, batch=200, fetch=400),
    _spec("Contract", "AccountId"),
    _spec("Delivery__c", "Order__c"),
    _spec("Invoice__c", "Order__c"),
    _spec("Credit_Note__c", "Order__c"),
    _spec("Payment__c", "Account__c"),
    _read_only("User"),
    _read_only("Pricebook2"),
    _read_only("OpportunityHistory"),
)
OBJECTS: Final[Mapping[str, ObjectSpec]] = MappingProxyType({spec.name: spec for spec in _ALL})

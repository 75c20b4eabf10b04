"""The envelope as the hub knows it: its capabilities, and its record with people in one list and custom fields by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ltc.core.contract import FieldSchema, ObjectSchema, ObjectSpec, Raw, SettleRule, Step, Verb

if TYPE_CHECKING:
    from connectors.esign.docusign.settings import DocusignSettings

KEY: Final = "envelopeId"
VERSION: Final = "lastModifiedDateTime"
HUB_KEY: Final = "ltcId"
SHORT_KEY: Final = "ltcKey"
DRAFT, SEND = "draft", "send"
"""The steps of a create."""

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "signers": "signer",
        "carbonCopies": "carbonCopy",
        "certifiedDeliveries": "certifiedDelivery",
        "inPersonSigners": "inPersonSigner",
        "agents": "agent",
        "editors": "editor",
        "intermediaries": "intermediary",
        "notaries": "notary",
        "seals": "seal",
        "witnesses": "witness",
    }
)
"""The lists in which DocuSign keeps recipients, and what it calls those in them."""

IN_PROCESS: Final = frozenset({"sent", "delivered", "correct", "processing"})
ENDED: Final = frozenset({"completed", "declined", "voided", "timedout"})

ENVELOPE: Final = ObjectSpec(
    name="envelope",
    key=KEY,
    version=VERSION,
    hub_key=HUB_KEY,
    short_key=SHORT_KEY,
    page_size=100,
    batch_size=20,
    fetch_size=100,
    verbs={
        Verb.CREATE: (Step(DRAFT, SettleRule.DRAFT), Step(SEND, SettleRule.DRAFT)),
        Verb.AMEND: (Step("amend", SettleRule.READ),),
        Verb.CANCEL: (Step("void", SettleRule.READ),),
    },
    deletes="feed",
    frozen_when="record.status in ['completed', 'declined', 'voided', 'timedout']",
    settle_seconds=60.0,
    webhooks=True,
)
OBJECTS: Final[Mapping[str, ObjectSpec]] = MappingProxyType({ENVELOPE.name: ENVELOPE})

_WRITABLE: Final = frozenset({HUB_KEY, "emailSubject", "emailBlurb", "status", "templateId", "voidedReason"})
_TEXTS: Final = (
    *(KEY, VERSION, HUB_KEY, SHORT_KEY, "status", "emailSubject", "emailBlurb", "templateId", "voidedReason", "purgeState"),
    *("createdDateTime", "sentDateTime", "initialSentDateTime", "deliveredDateTime", "completedDateTime", "declinedDateTime"),
    *("voidedDateTime", "expireDateTime", "statusChangedDateTime"),
)
_PERSON: Final = (
    *("recipientKey", "recipientId", "recipientType", "roleName", "name", "email", "routingOrder", "status", "note"),
    *("sentDateTime", "deliveredDateTime", "signedDateTime", "declinedDateTime", "declinedReason"),
)
_PERSON_WRITABLE: Final = frozenset({"recipientKey", "name", "email", "routingOrder", "note"})

_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def decode(body: bytes, settings: DocusignSettings) -> Raw:
    """Decode an envelope; ``recipients`` becomes one list, ``customFields`` an object by name, our own fields stand beside them.

    A recipient's ``recipientKey`` is the name of its role, or its id if it has no role of its own: roles are what a template and
    the hub agree on, ids are the template's business.
    """
    raw: Raw = _DECODER.decode(body)
    if isinstance(raw.get("recipients"), dict):
        raw["recipients"] = _people(raw["recipients"])
    fields = raw.get("customFields")
    if isinstance(fields, dict):
        named = {
            str(one.get("name")): one.get("value")
            for group in ("textCustomFields", "listCustomFields")
            for one in fields.get(group) or ()
        }
        own = {HUB_KEY: settings.hub_key_field, SHORT_KEY: settings.short_key_field, "templateId": settings.template_field}
        raw |= {ours: named.pop(theirs, None) or None for ours, theirs in own.items()}
        raw["customFields"] = named
    return raw


def describe() -> ObjectSchema:
    """Say which fields an envelope has; custom fields are found by name below ``customFields``."""
    fields = [
        FieldSchema(name, "text", writable=name in _WRITABLE, length=100 if name in {"emailSubject", HUB_KEY} else 0)
        for name in _TEXTS
    ]
    person = tuple(FieldSchema(name, "text", writable=name in _PERSON_WRITABLE) for name in _PERSON)
    return ObjectSchema(
        ENVELOPE.name, (*fields, FieldSchema("recipients", "list", fields=person), FieldSchema("customFields", "object"))
    )


def _people(groups: Mapping[str, Any]) -> list[Raw]:
    people = [{**one, "recipientType": kind} for name, kind in GROUPS.items() for one in groups.get(name) or ()]
    roles = Counter(one.get("roleName") for one in people)
    for one in people:
        role = one.get("roleName")
        one["recipientKey"] = role if role and roles[role] == 1 else one.get("recipientId")
    return sorted(people, key=lambda one: (_order(one), str(one["recipientKey"])))


def _order(one: Mapping[str, Any]) -> int:
    text = str(one.get("routingOrder") or "0")
    return int(text) if text.isdecimal() else 0


def group_of(kind: str) -> str:
    """Name the list that holds recipients of a kind."""
    return next((name for name, one in GROUPS.items() if one == kind), "signers")

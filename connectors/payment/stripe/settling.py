"""Looking a create up when its key cannot tell any more: by listing and by our own metadata; searching would show it too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.payment.stripe.objects import HUB_KEY, KINDS
from connectors.payment.stripe.params import hub_key
from connectors.payment.stripe.reading import decode
from ltc.core.contract import Finding, Settled, Verb, WriteItem

if TYPE_CHECKING:
    from connectors.payment.stripe.session import Session

_NARROWED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "price": "product",
        "invoice": "customer",
        "credit_note": "invoice",
        "payment_intent": "customer",
        "refund": "payment_intent",
    }
)
"""The field by which an object's list is narrowed down; the others are listed whole, which is rare enough."""


def settle(session: Session, obj: str, items: Sequence[WriteItem]) -> list[Settled]:
    """Look creates up, one list for all that share it; whether a change happened, a read tells better."""
    lists: dict[str, dict[str, list[dict[str, Any]]]] = {}
    answers = []
    for item in items:
        if item.verb is not Verb.CREATE:
            answers.append(Settled(item.key, Finding.UNCLEAR, item.id))
            continue
        narrow = str(item.fields.get(_NARROWED.get(obj, "")) or "")
        if narrow not in lists:
            lists[narrow] = _by_hub_key(session, obj, narrow)
        answers.append(_settled(obj, item, lists[narrow].get(hub_key(item), [])))
    return answers


def _by_hub_key(session: Session, obj: str, narrow: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    name = HUB_KEY.partition(".")[2]
    for body in session.rows(f"/v1/{KINDS[obj].collection}", {_NARROWED[obj]: narrow} if narrow else {}):
        record = decode(body)
        key = (record.get("metadata") or {}).get(name)
        if key:
            found.setdefault(str(key), []).append(record)
    return found


def _settled(obj: str, item: WriteItem, found: Sequence[Mapping[str, Any]]) -> Settled:
    ids = [str(record["id"]) for record in found]
    if not ids:
        return Settled(item.key, Finding.ABSENT)
    if len(ids) > 1:
        return Settled(item.key, Finding.SEVERAL, candidates=ids)
    half_way = obj == "invoice" and found[0]["status"] == "draft"
    return Settled(item.key, Finding.PARTIAL if half_way else Finding.DONE, ids[0])

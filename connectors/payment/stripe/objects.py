"""What each object of Stripe can do: lists, events, what is read with a record, verbs and their steps, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ltc.core.contract import ObjectSpec, SettleRule, Step, Verb

HUB_KEY: Final = "metadata.ltc_id"
LINE_KEY: Final = "ltc_line"
BILL_STATUS: Final = "metadata.bill_status"
BILL_DUE: Final = "metadata.bill_due"
"""What has become of the bill that an invoice collects, and the day on which it is due, by those who billed it."""
THREE_DECIMALS: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
"""Currencies of which Stripe takes amounts only if their third decimal is 0."""
KEY_HOURS: Final = 23.0
"""Stripe keeps a key for at least 24 hours; a call may be on its way for a while."""

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Joined:
    """A list that is read with a record, if the mapping reads it: its name in the record, its address and its parameters.

    ``expand`` is what is shown in full in its rows. It is empty without a call unless ``only_if`` holds in the record; the row
    whose id the record has under ``without`` is left out.
    """

    name: str
    path: str
    params: Mapping[str, str]
    expand: Sequence[str] = ()
    only_if: str = ""
    without: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one object is listed and heard of."""

    collection: str
    events: Sequence[str]
    expand: Sequence[str] = ()
    joined: Sequence[Joined] = ()
    secret: Sequence[str] = ()


def _events(prefix: str, names: str) -> list[str]:
    return [f"{prefix}.{name}" for name in names.split()]


_MASTER: Final = "created updated deleted"
_DISPUTE: Final = _events("charge.dispute", "created updated closed funds_withdrawn funds_reinstated")
_CREDIT_NOTE: Final = _events("credit_note", "created updated voided")

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "customer": Kind("customers", _events("customer", _MASTER)),
        "product": Kind("products", _events("product", _MASTER)),
        "price": Kind("prices", _events("price", _MASTER)),
        "invoice": Kind(
            "invoices",
            [
                *_events(
                    "invoice", "created updated deleted finalized finalization_failed sent paid payment_succeeded payment_failed"
                ),
                *_events("invoice", "payment_action_required overdue voided marked_uncollectible"),
                "invoice_payment.paid",
                *_CREDIT_NOTE,
            ],
            expand=("payments",),
        ),
        "credit_note": Kind("credit_notes", _CREDIT_NOTE),
        "payment_intent": Kind(
            "payment_intents",
            [
                *_events(
                    "payment_intent", "created processing requires_action succeeded payment_failed canceled partially_funded"
                ),
                *_events("payment_intent", "amount_capturable_updated"),
                "charge.updated",
                "charge.refunded",
                *_DISPUTE,
            ],
            expand=("latest_charge.balance_transaction",),
            joined=(
                Joined(
                    "invoice_payments", "/v1/invoice_payments", {"payment[type]": "payment_intent", "payment[payment_intent]": ""}
                ),
                Joined("disputes", "/v1/disputes", {"payment_intent": ""}, only_if="latest_charge.disputed"),
            ),
            secret=("client_secret",),
        ),
        "charge": Kind(
            "charges",
            [*_events("charge", "succeeded failed pending captured expired updated refunded"), *_DISPUTE],
            expand=("balance_transaction",),
        ),
        "refund": Kind("refunds", _events("refund", "created updated failed"), expand=("balance_transaction",)),
        "dispute": Kind("disputes", _DISPUTE),
        "payout": Kind(
            "payouts",
            _events("payout", "created updated paid failed canceled reconciliation_completed"),
            expand=("balance_transaction",),
            joined=(
                Joined(
                    "balance_transactions",
                    "/v1/balance_transactions",
                    {"payout": ""},
                    expand=("source",),
                    without="balance_transaction",
                ),
            ),
        ),
    }
)

_CREATE: Final = (Step("create", SettleRule.KEY),)
_UPDATE: Final = (Step("update", SettleRule.READ),)
_INVOICE: Final = tuple(Step(name, SettleRule.KEY) for name in ("invoice", "items", "finalise", "send"))


def _spec(name: str, verbs: Mapping[Verb, Sequence[Step]], *parents: str, version: str = "") -> ObjectSpec:
    return ObjectSpec(
        name=name,
        key="id",
        version=version,
        hub_key=HUB_KEY,
        page_size=PAGE,
        batch_size=20,
        fetch_size=PAGE,
        verbs=verbs,
        parents=parents,
        deletes="feed",
        settle_seconds=30.0,
        key_hours=KEY_HOURS,
        webhooks=True,
        plain_json=True,
    )


_MASTER_DATA: Final = {Verb.CREATE: _CREATE, Verb.AMEND: _UPDATE}
_ALL: Final = (
    _spec("customer", {**_MASTER_DATA, Verb.DELETE: _UPDATE}),
    _spec("product", {**_MASTER_DATA, Verb.DEACTIVATE: _UPDATE, Verb.DELETE: _UPDATE}, version="updated"),
    _spec("price", {**_MASTER_DATA, Verb.DEACTIVATE: _UPDATE}, "product"),
    _spec(
        "invoice",
        {Verb.CREATE: _INVOICE, Verb.AMEND: _UPDATE, Verb.CANCEL: _UPDATE},
        "customer",
    ),
    _spec("credit_note", {Verb.CREATE: _CREATE, Verb.AMEND: _UPDATE, Verb.CANCEL: _UPDATE}, "invoice"),
    _spec("payment_intent", {Verb.CREATE: _CREATE, Verb.CANCEL: _UPDATE}, "customer"),
    _spec("refund", {Verb.CREATE: _CREATE, Verb.AMEND: _UPDATE}, "payment_intent"),
    _spec("charge", {}),
    _spec("dispute", {}),
    _spec("payout", {}),
)
OBJECTS: Final[Mapping[str, ObjectSpec]] = MappingProxyType({spec.name: spec for spec in _ALL})

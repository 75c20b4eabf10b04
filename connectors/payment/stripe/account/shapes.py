"""The shapes of the API's objects: every attribute that the published fixtures show, with what a fresh object holds in it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from ltc.core.resources import fixtures

VERSION: Final = "2026-10-28.endive"

_EVIDENCE: Final = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy "
    "refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier "
    "shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
)
_FRESH: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "customer": {
            "balance": 0,
            "delinquent": False,
            "metadata": {},
            "next_invoice_sequence": 1,
            "preferred_locales": [],
            "tax_exempt": "none",
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
        },
        "product": {
            "active": True,
            "images": [],
            "marketing_features": [],
            "metadata": {},
            "tax_details": None,
            "type": "service",
        },
        "price": {
            "active": True,
            "billing_scheme": "per_unit",
            "metadata": {},
            "tax_behavior": "unspecified",
            "type": "one_time",
        },
        "invoice": {
            "account_country": "DE",
            "account_name": "Sandbox GmbH",
            "amount_due": 0,
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_remaining": 0,
            "amount_shipping": 0,
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": False,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None},
            "billing_reason": "manual",
            "collection_method": "send_invoice",
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_tax_rates": [],
            "discounts": [],
            "issuer": {"type": "self"},
            "metadata": {},
            "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "starting_balance": 0,
            "status": "draft",
            "status_transitions": {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
            "subtotal": 0,
            "subtotal_excluding_tax": 0,
            "total": 0,
            "total_discount_amounts": [],
            "total_excluding_tax": 0,
            "total_pretax_credit_amounts": [],
            "total_taxes": [],
        },
        "line_item": {
            "discount_amounts": [],
            "discountable": True,
            "discounts": [],
            "metadata": {},
            "pretax_credit_amounts": [],
            "quantity": 1,
            "taxes": [],
        },
        "credit_note": {
            "amount_shipping": 0,
            "discount_amount": 0,
            "discount_amounts": [],
            "metadata": {},
            "pretax_credit_amounts": [],
            "refunds": [],
            "status": "issued",
            "total_taxes": [],
        },
        "credit_note_line_item": {
            "discount_amount": 0,
            "discount_amounts": [],
            "pretax_credit_amounts": [],
            "tax_rates": [],
            "taxes": [],
        },
        "invoiceitem": {
            "discountable": True,
            "discounts": [],
            "metadata": {},
            "proration": False,
            "quantity": 1,
            "tax_rates": [],
        },
        "invoice_payment": {"is_default": True, "status": "open", "status_transitions": {"canceled_at": None, "paid_at": None}},
        "payment_intent": {
            "allowed_payment_method_types": None,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "automatic_payment_methods": {"allow_redirects": "never", "enabled": True},
            "capture_method": "automatic_async",
            "confirmation_method": "automatic",
            "metadata": {},
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "payment_record": None,
            "status": "requires_payment_method",
        },
        "charge": {
            "amount_captured": 0,
            "amount_refunded": 0,
            "captured": False,
            "disputed": False,
            "fraud_details": {},
            "metadata": {},
            "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
            "paid": False,
            "refunded": False,
            "status": "pending",
        },
        "refund": {"destination_details": {"card": {"type": "refund"}, "type": "card"}, "metadata": {}, "status": "succeeded"},
        "dispute": {
            "balance_transactions": [],
            "enhanced_eligibility_types": [],
            "evidence": {"enhanced_evidence": {}, **dict.fromkeys(_EVIDENCE.split())},
            "intended_submission_method": None,
            "is_charge_refundable": False,
            "metadata": {},
            "evidence_details": {
                "due_by": None,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "reason": "general",
            "status": "needs_response",
        },
        "payout": {
            "automatic": True,
            "metadata": {},
            "method": "standard",
            "reconciliation_status": "in_progress",
            "source_type": "card",
            "status": "in_transit",
            "type": "bank_account",
        },
        "balance_transaction": {"balance_type": "payments", "fee": 0, "fee_details": [], "status": "pending"},
        "event": {"pending_webhooks": 0, "request": {"id": None, "idempotency_key": None}},
    }
)

_LEFT_OUT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "charge": frozenset({"refunds"}),
        "credit_note_line_item": frozenset({"invoice_line_item"}),
        "invoice": frozenset({"subscription"}),
    }
)
"""What the fixtures show and the pinned version no longer sends unless it is asked for."""

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer": "cus",
        "product": "prod",
        "price": "price",
        "invoice": "in",
        "line_item": "il",
        "invoiceitem": "ii",
        "credit_note": "cn",
        "credit_note_line_item": "cnli",
        "invoice_payment": "inpay",
        "payment_intent": "pi",
        "charge": "ch",
        "refund": "re",
        "dispute": "du",
        "payout": "po",
        "balance_transaction": "txn",
        "event": "evt",
        "request": "req",
    }
)


def published() -> dict[str, Any]:
    """Read the published fixtures of the objects that are simulated."""
    resources: dict[str, Any] = msgspec.json.decode((fixtures("connectors.payment.stripe") / "fixtures3.json").read_bytes())[
        "resources"
    ]
    return resources


class Shapes:
    """Makes fresh objects of every kind."""

    def __init__(self) -> None:
        """Read the fixtures once."""
        self._names = {kind: tuple(example) for kind, example in published().items()}

    def fresh(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Make an object that holds nothing but defaults and these fields."""
        left_out = _LEFT_OUT.get(kind, frozenset())
        made: dict[str, Any] = {name: None for name in self._names[kind] if name not in left_out}
        made |= {name: copy.deepcopy(value) for name, value in _FRESH.get(kind, {}).items()}
        made |= {"object": kind, **({"livemode": False} if "livemode" in made else {})}
        return {**made, **fields}


def listed(rows: list[dict[str, Any]], url: str, *, more: bool = False) -> dict[str, Any]:
    """Make a list object."""
    return {"object": "list", "data": rows, "has_more": more, "url": url}

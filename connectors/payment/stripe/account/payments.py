"""Payment intents and their charges, refunds, disputes and payouts, with the fees that the balance tells of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from connectors.payment.stripe.account import forms, invoices
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.catalogue import currency
from connectors.payment.stripe.account.refusals import declined, refused

_INTENT: Final = frozenset(
    [
        "amount",
        "automatic_payment_methods",
        "capture_method",
        "confirm",
        "currency",
        "customer",
        "description",
        "expand",
        "metadata",
        "off_session",
        "payment_method",
        "receipt_email",
        "statement_descriptor",
    ]
)
_DECLINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pm_card_chargeDeclined": "generic_decline",
        "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
        "pm_card_chargeDeclinedExpiredCard": "expired_card",
    }
)
"""The test cards that a bank refuses."""
_CARD: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "amount_authorized": None,
        "authorization_code": None,
        "brand": "visa",
        "checks": None,
        "country": "DE",
        "electronic_commerce_indicator": None,
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "installments": None,
        "last4": "4242",
        "mandate": None,
        "network": "visa",
        "network_transaction_id": None,
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
)
"""What a charge tells of the test card."""
_OPEN: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_REFUND: Final = frozenset(["amount", "charge", "expand", "metadata", "payment_intent", "reason"])
_REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
_LEAST: Final = MappingProxyType({"jpy": 50, "kwd": 100})
_FIXED_FEE: Final = MappingProxyType({"jpy": 30, "kwd": 100})
_DISPUTE_FEE: Final = MappingProxyType({"jpy": 1500, "kwd": 5000})
_PER_MILLE: Final = 15
_SETTLES_AFTER: Final = timedelta(days=2)


_STEPS: Final = MappingProxyType({"bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10, "isk": 100, "ugx": 100})
"""Amounts of these must end in zeros."""


def _insist_on_step(amount: int, code: str) -> None:
    step = _STEPS.get(code, 1)
    if amount % step:
        message = f"Invalid amount. Charged amounts in {code.upper()} must be evenly divisible by {step}."
        raise refused(message, param="amount", code="invalid_charge_amount")


def fee_of(amount: int, code: str) -> int:
    """Give what a charge costs: 1.5 % and a fixed amount."""
    return amount * _PER_MILLE // 1000 + _FIXED_FEE.get(code, 25)


def create(books: Books, params: Mapping[str, Any]) -> Thing:
    """Make a payment intent, and charge the card at once if that is asked for."""
    forms.known(params, _INTENT)
    code = str(currency(params))
    amount = forms.whole(params, "amount", required=True, least=1) or 0
    if amount < _LEAST.get(code, 50):
        raise refused("The amount is below the least that can be charged.", param="amount", code="amount_too_small")
    _insist_on_step(amount, code)
    buyer = books.find("customer", params["customer"], "customer")["id"] if params.get("customer") else None
    method = forms.text(params, "payment_method")
    intent = _intent(
        books, amount, code, buyer, method, description=forms.text(params, "description"), metadata=forms.metadata(params, {})
    )
    return confirm(books, intent, {}) if forms.flag(params, "confirm", default=False) else intent


def _intent(books: Books, amount: int, code: str, buyer: str | None, method: str | None, **more: Any) -> Thing:
    key = books.mint("payment_intent")
    return books.put(
        "payment_intent",
        key=key,
        amount=amount,
        currency=code,
        customer=buyer,
        payment_method=method,
        client_secret=f"{key}_secret_{key[-8:]}",
        status="requires_confirmation" if method else "requires_payment_method",
        **more,
    )


def update(books: Books, intent: Thing, params: Mapping[str, Any]) -> Thing:
    """Change an intent."""
    forms.known(params, _INTENT - {"confirm", "currency", "off_session"})
    fields: dict[str, Any] = {"metadata": forms.metadata(params, intent["metadata"])}
    if "description" in params:
        fields["description"] = forms.text(params, "description")
    if "amount" in params:
        _insist_on_open(intent)
        fields["amount"] = forms.whole(params, "amount", required=True, least=1)
    return books.change(intent, **fields)


def confirm(books: Books, intent: Thing, params: Mapping[str, Any]) -> Thing:
    """Charge the card of an intent."""
    _insist_on_open(intent)
    method = forms.text(params, "payment_method") or intent["payment_method"]
    if method is None:
        raise refused("You cannot confirm this PaymentIntent because it's missing a payment method.", code="parameter_missing")
    reason = _DECLINES.get(method)
    if reason is not None:
        charge = _charge(books, intent, method, reason)
        raise declined(reason, dict(intent), charge["id"])
    _charge(books, intent, method)
    return intent


def cancel(books: Books, intent: Thing) -> Thing:
    """Give an intent up."""
    _insist_on_open(intent)
    return books.change(intent, "canceled", status="canceled", canceled_at=books.now(), cancellation_reason=None)


def _insist_on_open(intent: Thing) -> None:
    if intent["status"] not in _OPEN:
        message = f"This PaymentIntent's status is {intent['status']}: it can't be changed in this way."
        raise refused(message, code="payment_intent_unexpected_state")


def _charge(books: Books, intent: Thing, method: str, reason: str = "") -> Thing:
    outcome = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "reason": reason or None,
        "network_status": "declined_by_network" if reason else "approved_by_network",
        "risk_level": "normal",
        "seller_message": "The bank declined the payment." if reason else "Payment complete.",
        "type": "issuer_declined" if reason else "authorized",
    }
    charge = books.put(
        "charge",
        event="failed" if reason else "succeeded",
        amount=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method,
        description=intent["description"],
        status="failed" if reason else "succeeded",
        paid=not reason,
        captured=not reason,
        outcome=outcome,
        amount_captured=0 if reason else intent["amount"],
        failure_code="card_declined" if reason else None,
        payment_method_details={"card": dict(_CARD), "type": "card"},
        failure_message="Your card was declined." if reason else None,
    )
    if reason:
        failure = {
            "charge": charge["id"],
            "code": "card_declined",
            "decline_code": reason,
            "message": "Your card was declined.",
            "type": "card_error",
        }
        books.change(
            intent,
            "payment_failed",
            status="requires_payment_method",
            last_payment_error=failure,
            latest_charge=charge["id"],
            payment_method=None,
        )
        return charge
    fee = fee_of(intent["amount"], intent["currency"])
    charge["balance_transaction"] = book(books, charge, "charge", intent["amount"], fee)["id"]
    books.change(
        intent,
        "succeeded",
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=method,
        last_payment_error=None,
    )
    return charge


def book(books: Books, source: Thing, kind: str, amount: int, fee: int = 0, category: str = "") -> Thing:
    """Note a movement of the balance; ``category`` is what reports call it, if not by its type."""
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": source["currency"],
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    available = int((books.clock.now() + _SETTLES_AFTER).timestamp())
    return books.put(
        "balance_transaction",
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=source["currency"],
        source=source["id"],
        type=kind,
        reporting_category=category or kind,
        fee_details=details if fee else [],
        available_on=available,
        description=source.get("description"),
    )


def pay_invoice(books: Books, invoice: Thing, method: str, amount: int = 0) -> Thing:
    """Charge a card for an invoice, in part if an amount is given; give the intent."""
    if invoice["status"] != "open":
        message = "Invoice is already paid" if invoice["status"] == "paid" else f"The invoice is {invoice['status']}."
        raise refused(message, code="invoice_not_payable")
    wanted = amount or invoice["amount_remaining"]
    _insist_on_step(wanted, invoice["currency"])
    intent = _intent(
        books, wanted, invoice["currency"], invoice["customer"], method, description=f"Payment for invoice {invoice['number']}"
    )
    books.change(invoice, "", attempted=True, attempt_count=invoice["attempt_count"] + 1)
    reason = _DECLINES.get(method)
    charge = _charge(books, intent, method, reason or "")
    if reason:
        books.announce("payment_failed", invoice)
        raise declined(reason, dict(intent), charge["id"])
    invoices.settle(books, invoice, wanted, intent["id"])
    return intent


def refund(books: Books, params: Mapping[str, Any]) -> Thing:
    """Give money back."""
    forms.known(params, _REFUND)
    charge = _charge_of(books, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = forms.whole(params, "amount", least=1) or left
    _insist_on_step(amount, charge["currency"])
    if not left:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if amount > left:
        raise refused(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    reason = forms.choice(params, "reason", _REASONS, "requested_by_customer") if "reason" in params else None
    made = books.put(
        "refund",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        metadata=forms.metadata(params, {}),
    )
    made["balance_transaction"] = book(books, made, "refund", -amount)["id"]
    given = charge["amount_refunded"] + amount
    books.change(charge, "refunded", amount_refunded=given, refunded=given == charge["amount_captured"])
    return made


def _charge_of(books: Books, params: Mapping[str, Any]) -> Thing:
    if params.get("charge"):
        return books.find("charge", params["charge"], "charge")
    intent = books.find("payment_intent", forms.text(params, "payment_intent") or "", "payment_intent")
    charge = books.rows["charge"].get(intent["latest_charge"] or "")
    if charge is None or not charge["paid"]:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise refused(message, param="payment_intent", code="charge_not_refundable")
    return charge


def dispute(books: Books, charge: Thing, reason: str) -> Thing:
    """Let a customer's bank take a payment back."""
    due = int((books.clock.now() + timedelta(days=9)).timestamp())
    made = books.put(
        "dispute",
        amount=charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        evidence_details={
            "due_by": due,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        payment_method_details={
            "card": {"brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10.4"},
            "type": "card",
        },
    )
    moved = book(books, made, "adjustment", -charge["amount"], _DISPUTE_FEE.get(charge["currency"], 2000), category="dispute")
    books.change(charge, disputed=True)
    return books.change(made, "funds_withdrawn", balance_transactions=[dict(moved)])


def decide(books: Books, held: Thing, *, won: bool) -> Thing:
    """Let a dispute end."""
    if not won:
        return books.change(held, "closed", status="lost")
    moved = book(books, held, "adjustment", held["amount"], category="dispute_reversal")
    books.change(held, "funds_reinstated", balance_transactions=[*held["balance_transactions"], dict(moved)])
    return books.change(held, "closed", status="won")


def payout(books: Books, code: str) -> Thing | None:
    """Pay out what has become available in a currency, if anything has."""
    now = books.now()
    due = [
        one
        for one in books.rows["balance_transaction"].values()
        if one["currency"] == code and one["type"] != "payout" and not one.get("_payout") and one["available_on"] <= now
    ]
    amount = sum(one["net"] for one in due)
    if amount <= 0:
        return None
    arrives = int((books.clock.now() + timedelta(days=1)).timestamp())
    made = books.put(
        "payout",
        amount=amount,
        currency=code,
        arrival_date=arrives,
        description="STRIPE PAYOUT",
        destination="ba_sandbox",
        statement_descriptor="LTC SANDBOX",
    )
    made["balance_transaction"] = book(books, made, "payout", -amount)["id"]
    for one in due:
        one["_payout"], one["status"] = made["id"], "available"
    books.rows["balance_transaction"][made["balance_transaction"]]["_payout"] = made["id"]
    return made


def arrive(books: Books) -> None:
    """Let payouts arrive whose day has come."""
    for one in books.rows["payout"].values():
        if one["status"] == "in_transit" and one["arrival_date"] <= books.now():
            books.change(one, "paid", status="paid", reconciliation_status="completed")

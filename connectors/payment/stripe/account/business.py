"""What people do in the account, and what a checker reads of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from connectors.payment.stripe.account import catalogue, credit_notes, forms, invoices, payments
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.refusals import refused
from ltc.core.simulation import Refusal

_TELLING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "customer": ("name", "email", "description"),
        "product": ("name",),
        "price": ("product", "currency", "unit_amount_decimal"),
        "invoice": ("customer", "description", "currency", "total"),
        "invoiceitem": ("description", "amount", "quantity"),
        "credit_note": ("invoice", "total"),
        "payment_intent": ("customer", "amount", "currency", "description"),
        "charge": ("amount", "currency"),
        "refund": ("payment_intent", "amount"),
        "dispute": ("amount", "currency"),
        "payout": ("amount", "currency"),
    }
)
"""What an object is known by."""
_POINTS_TO: Final = MappingProxyType(
    {"customer": "customer", "product": "product", "payment_intent": "payment_intent", "invoice": "invoice"}
)
_KEPT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "customer": ("name", "email", "phone", "address", "shipping", "description", "preferred_locales", "tax_exempt"),
        "product": ("name", "description", "active", "unit_label"),
        "price": ("product", "currency", "unit_amount_decimal", "active", "nickname"),
        "invoice": ("customer", "currency", "status", "total", "amount_paid", "amount_remaining", "description", "due_date"),
        "credit_note": ("invoice", "customer", "currency", "status", "total", "reason", "memo"),
        "payment_intent": ("customer", "amount", "currency", "status", "amount_received"),
        "charge": ("customer", "amount", "currency", "status", "amount_refunded", "disputed"),
        "refund": ("amount", "currency", "status", "reason"),
        "dispute": ("amount", "currency", "status", "reason"),
        "payout": ("amount", "currency", "status"),
    }
)
_HUB_MADE: Final = "ltc_"


def make(books: Books, kind: str, fields: Mapping[str, Any]) -> str:
    """Make an object from the API's parameters."""
    params = params_of(fields)
    makers = {
        "customer": catalogue.customer,
        "product": catalogue.product,
        "price": catalogue.price,
        "invoice": invoices.create,
        "invoiceitem": invoices.create_item,
        "payment_intent": payments.create,
        "credit_note": credit_notes.create,
    }
    return str(makers[kind](books, params)["id"])


def change(books: Books, kind: str, key: str, fields: Mapping[str, Any]) -> None:
    """Change an object by the API's parameters; an invoice may be told to be finalised."""
    held, params = books.find(kind, key), params_of(fields)
    if kind == "invoice":
        if params.pop("finalize", None):
            invoices.finalise(books, held)
        if params:
            invoices.update(books, held, params)
        return
    {"customer": catalogue.customer, "product": catalogue.product, "price": catalogue.price}[kind](books, params, held)


def params_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write plain values as a form has them: all of it text."""

    def said(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: said(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [said(one) for one in value]
        return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)

    return {name: said(value) for name, value in fields.items()}


def annotate(books: Books, held: Thing, params: Mapping[str, Any]) -> Thing:
    """Change nothing but metadata and description."""
    forms.known(params, frozenset({"metadata", "description", "expand"}))
    fields: dict[str, Any] = {"metadata": forms.metadata(params, held["metadata"])}
    if "description" in params and "description" in held:
        fields["description"] = forms.text(params, "description")
    return books.change(held, **fields)


def delete_product(books: Books, held: Thing) -> Thing:
    """Delete a product that has no prices."""
    if any(price["product"] == held["id"] for price in books.rows["price"].values()):
        raise refused("This product cannot be deleted because it has one or more user-created prices.", status=400)
    return books.remove(held)


def pay(books: Books, key: str, card: str, amount: int) -> str:
    """Pay an invoice; give the payment intent, even if the card was declined."""
    invoice = books.find("invoice", key)
    try:
        return str(payments.pay_invoice(books, invoice, card, amount)["id"])
    except Refusal as refusal:
        body = refusal.response.body
        if isinstance(body, dict) and "payment_intent" in body["error"]:
            return str(body["error"]["payment_intent"]["id"])
        raise


def give_back(books: Books, intent: str, amount: int) -> str:
    """Refund a payment."""
    params = {"payment_intent": intent, **({"amount": str(amount)} if amount else {})}
    return str(payments.refund(books, params)["id"])


def object_to(books: Books, intent: str, reason: str) -> str:
    """Dispute a payment."""
    charge = books.find("charge", books.find("payment_intent", intent)["latest_charge"])
    return str(payments.dispute(books, charge, reason)["id"])


def pay_out(books: Books) -> list[str]:
    """Do the day's payouts."""
    payments.arrive(books)
    codes = dict.fromkeys(one["currency"] for one in books.rows["balance_transaction"].values())
    made = [payments.payout(books, code) for code in codes]
    return [str(one["id"]) for one in made if one is not None]


def balance(books: Books) -> Thing:
    """Sum up what is available and what is pending."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for one in books.rows["balance_transaction"].values():
        held = sums["available" if one["available_on"] <= books.now() else "pending"]
        held[one["currency"]] = held.get(one["currency"], 0) + one["net"]
    said = {
        name: [{"amount": amount, "currency": code, "source_types": {"card": amount}} for code, amount in held.items()]
        for name, held in sums.items()
    }
    return {"object": "balance", "livemode": False, **said}


def key_of(books: Books, kind: str, row: Mapping[str, Any]) -> str:
    """Name an object by what the business knows it by."""
    parts = []
    for name in _TELLING.get(kind, ()):
        value = row.get(name)
        if name in _POINTS_TO and isinstance(value, str):
            held = books.rows[_POINTS_TO[name]].get(value) or {}
            value = key_of(books, _POINTS_TO[name], held)
        parts.append("" if value is None else str(value))
    return "|".join(part for part in parts if part)


def said_in(kind: str, body: str) -> str:
    """Name what a form is about, before it is known whether it is right; ids say nothing."""
    params = forms.parse(body)
    told = [str(params[name]) for name in _TELLING.get(kind, ()) if name in params and name not in _POINTS_TO]
    return " ".join([kind, *told])


def state(books: Books) -> dict[str, Any]:
    """Give the objects of each kind in a form that does not depend on ids, times or running numbers."""
    return {kind: sorted((_normal(books, kind, row) for row in books.rows[kind].values()), key=repr) for kind in _KEPT}


def _normal(books: Books, kind: str, row: Thing) -> dict[str, Any]:
    said = {name: copy.deepcopy(row[name]) for name in _KEPT[kind] if row.get(name) not in (None, "", [], {})}
    for name, kind_of in _POINTS_TO.items():
        if name in said:
            said[name] = key_of(books, kind_of, books.rows[kind_of].get(said[name]) or {})
    said["metadata"] = {name: value for name, value in (row.get("metadata") or {}).items() if not name.startswith(_HUB_MADE)}
    if kind in {"invoice", "credit_note"}:
        lines = invoices.lines(books, row) if kind == "invoice" else credit_notes.lines(books, row)
        said["lines"] = sorted((str(one["description"]), one["amount"]) for one in lines)
    return said

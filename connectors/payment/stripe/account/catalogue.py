"""Customers, products and prices: what the API takes of them, and what it makes of that."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors.payment.stripe.account import forms
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.refusals import missing, refused
from ltc.core.models.isocodes import MINOR_UNITS

_ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
_CUSTOMER: Final = frozenset(
    [
        "address",
        "balance",
        "description",
        "email",
        "expand",
        "invoice_prefix",
        "metadata",
        "name",
        "phone",
        "preferred_locales",
        "shipping",
        "tax_exempt",
    ]
)
_PRODUCT: Final = frozenset(
    [
        "active",
        "description",
        "expand",
        "id",
        "images",
        "metadata",
        "name",
        "shippable",
        "statement_descriptor",
        "unit_label",
        "url",
    ]
)
_PRICE: Final = frozenset(
    [
        "active",
        "currency",
        "expand",
        "lookup_key",
        "metadata",
        "nickname",
        "product",
        "tax_behavior",
        "unit_amount",
        "unit_amount_decimal",
    ]
)
_FIXED: Final = frozenset({"currency", "product", "unit_amount", "unit_amount_decimal"})


def currency(params: Mapping[str, Any], *, required: bool = True) -> str | None:
    """Take a currency; the API answers in small letters."""
    code = forms.text(params, "currency")
    if code is None:
        if required:
            raise missing("currency")
        return None
    if code.upper() not in MINOR_UNITS:
        raise refused(f"Invalid currency: {code}.", param="currency")
    return code.lower()


def address(params: Mapping[str, Any], name: str, held: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Take an address; parts that are not named stay."""
    given = params.get(name)
    if given == "":
        return None
    if given is None:
        return dict(held) if held else None
    if not isinstance(given, dict):
        raise refused("Invalid object", param=name)
    forms.known(given, frozenset(_ADDRESS))
    country = forms.text(given, "country")
    if country and len(country) != 2:
        raise refused(f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead.", param=name)
    merged = {part: forms.text(given, part) if part in given else (held or {}).get(part) for part in _ADDRESS}
    return merged if any(merged.values()) else None


def customer(books: Books, params: Mapping[str, Any], held: Thing | None = None) -> Thing:
    """Make or change a customer."""
    forms.known(params, _CUSTOMER)
    fields: dict[str, Any] = {}
    for name, most in (("name", 256), ("email", 512), ("phone", 20), ("description", 5000)):
        if name in params:
            fields[name] = forms.text(params, name, most=most)
    if fields.get("email") and "@" not in fields["email"]:
        raise refused(f"Invalid email address: {fields['email']}", param="email", code="email_invalid")
    if "tax_exempt" in params:
        fields["tax_exempt"] = forms.choice(params, "tax_exempt", ("none", "exempt", "reverse"), "none")
    if "preferred_locales" in params:
        fields["preferred_locales"] = list(params["preferred_locales"] or ())
    if "address" in params:
        fields["address"] = address(params, "address", (held or {}).get("address"))
    if "shipping" in params:
        fields["shipping"] = _shipping(params, (held or {}).get("shipping"))
    fields["metadata"] = forms.metadata(params, (held or {}).get("metadata") or {})
    if held is None:
        number = len(books.rows["customer"]) + len(books.deleted) + 1
        return books.put("customer", invoice_prefix=f"LTC{number:05d}", **fields)
    return books.change(held, **fields)


def _shipping(params: Mapping[str, Any], held: Mapping[str, Any] | None) -> dict[str, Any] | None:
    given = params["shipping"]
    if given == "":
        return None
    old = dict(held or {})
    if not (given.get("name") or old.get("name")):
        raise missing("shipping[name]")
    return {
        "address": address(given, "address", old.get("address")),
        "name": forms.text(given, "name") or old.get("name"),
        "phone": forms.text(given, "phone") if "phone" in given else old.get("phone"),
    }


def product(books: Books, params: Mapping[str, Any], held: Thing | None = None) -> Thing:
    """Make or change a product."""
    forms.known(params, _PRODUCT)
    fields: dict[str, Any] = {}
    for name, most in (("name", 5000), ("description", 5000), ("unit_label", 12), ("statement_descriptor", 22), ("url", 5000)):
        if name in params:
            fields[name] = forms.text(params, name, most=most)
    if not (fields.get("name") if held is None or "name" in fields else held["name"]):
        raise missing("name")
    if "active" in params:
        fields["active"] = forms.flag(params, "active", default=True)
    fields["metadata"] = forms.metadata(params, (held or {}).get("metadata") or {})
    if held is None:
        if params.get("id") in books.rows["product"]:
            raise refused("Product already exists.", code="resource_already_exists", param="id")
        return books.put("product", key=str(params.get("id") or ""), updated=books.now(), **fields)
    if any(held.get(name) != value for name, value in fields.items()):
        fields["updated"] = books.now()
    return books.change(held, **fields)


def price(books: Books, params: Mapping[str, Any], held: Thing | None = None) -> Thing:
    """Make or change a price; what it costs can never be changed."""
    forms.known(params, _PRICE if held is None else _PRICE - _FIXED)
    fields: dict[str, Any] = {}
    for name in ("nickname", "lookup_key"):
        if name in params:
            fields[name] = forms.text(params, name, most=200)
    taken = [
        one for one in books.rows["price"].values() if fields.get("lookup_key") and one["lookup_key"] == fields["lookup_key"]
    ]
    if any(one is not held for one in taken):
        raise refused(f"A price (`{taken[0]['id']}`) already uses that lookup key.", param="lookup_key")
    if "active" in params:
        fields["active"] = forms.flag(params, "active", default=True)
    fields["metadata"] = forms.metadata(params, (held or {}).get("metadata") or {})
    if held is not None:
        return books.change(held, **fields)
    sold = books.find("product", forms.text(params, "product") or "", "product")
    fields |= {"currency": currency(params), "product": sold["id"], **unit_amount(params)}
    return books.put("price", **fields)


def unit_amount(params: Mapping[str, Any]) -> dict[str, Any]:
    """Take a unit amount: whole minor units, or with up to twelve digits after the point."""
    text = forms.text(params, "unit_amount_decimal")
    if text is None:
        amount = forms.whole(params, "unit_amount", required=True, least=0)
        return {"unit_amount": amount, "unit_amount_decimal": str(amount)}
    try:
        exact = Decimal(text)
    except InvalidOperation:
        exact = Decimal(-1)
    if exact < 0 or -int(exact.as_tuple().exponent) > 12:
        raise refused(f"Invalid decimal: {text}; must be at least 0, with at most 12 decimal places", param="unit_amount_decimal")
    return {"unit_amount": int(exact) if exact == int(exact) else None, "unit_amount_decimal": format(exact.normalize(), "f")}

"""Lists of the API: newest first, a hundred a page at most, with the filters that each list has; and what `expand` puts in."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from connectors.payment.stripe.account import forms, invoices
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.refusals import refused
from connectors.payment.stripe.account.shapes import listed

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customers": "customer",
        "products": "product",
        "prices": "price",
        "invoices": "invoice",
        "invoiceitems": "invoiceitem",
        "invoice_payments": "invoice_payment",
        "credit_notes": "credit_note",
        "payment_intents": "payment_intent",
        "charges": "charge",
        "refunds": "refund",
        "disputes": "dispute",
        "payouts": "payout",
        "balance_transactions": "balance_transaction",
        "events": "event",
    }
)
"""Each list's kind of object."""

_FILTERS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "customer": ("email",),
        "product": ("active", "ids", "url"),
        "price": ("active", "currency", "lookup_keys", "product"),
        "invoice": ("collection_method", "customer", "status"),
        "invoiceitem": ("customer", "invoice"),
        "invoice_payment": ("invoice", "payment", "status"),
        "credit_note": ("customer", "invoice"),
        "payment_intent": ("customer",),
        "charge": ("customer", "payment_intent"),
        "refund": ("charge", "payment_intent"),
        "dispute": ("charge", "payment_intent"),
        "payout": ("destination", "status"),
        "balance_transaction": ("currency", "payout", "source", "type"),
        "event": ("type", "types"),
    }
)
_COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b}
)
_EXPANDED: Final = MappingProxyType(
    {
        "customer": "customer",
        "product": "product",
        "default_price": "price",
        "invoice": "invoice",
        "charge": "charge",
        "latest_charge": "charge",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
    }
)
_SOURCES: Final = ("charge", "refund", "dispute", "payout")
"""What a movement of the balance comes from."""


def page(books: Books, collection: str, params: Mapping[str, Any]) -> Thing:
    """Give one page of a list."""
    kind = KINDS[collection]
    filters = _FILTERS[kind]
    forms.known(params, frozenset({*filters, "created", "ending_before", "expand", "limit", "starting_after"}))
    rows = books.events() if kind == "event" else list(books.rows[kind].values())
    rows = [one for one in rows if _fits(one, params, filters)]
    rows.reverse()
    return paged(books, f"/v1/{collection}", rows, params)


def paged(books: Books, url: str, rows: list[Thing], params: Mapping[str, Any]) -> Thing:
    """Cut a page out of rows that are in the list's order."""
    size = forms.whole(params, "limit", least=1) or 10
    if size > 100:
        raise refused("This value must be less than or equal to 100.", param="limit", code="parameter_invalid_integer")
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise refused("You can only use one of ending_before and starting_after.", param="ending_before")
    start, end = 0, len(rows)
    if after:
        start = _place(books, rows, after, "starting_after") + 1
        end = min(end, start + size)
        more = end < len(rows)
    elif before:
        end = _place(books, rows, before, "ending_before")
        start = max(0, end - size)
        more = start > 0
    else:
        end = min(end, size)
        more = end < len(rows)
    wanted = [name.removeprefix("data.") for name in params.get("expand") or () if name.startswith("data.")]
    return listed([shown(books, one, wanted) for one in rows[start:end]], url, more=more)


def _place(books: Books, rows: list[Thing], key: str, param: str) -> int:
    for at, one in enumerate(rows):
        if one["id"] == key:
            return at
    del books
    raise refused(f"No such object: '{key}'", param=param, code="resource_missing")


def _fits(one: Thing, params: Mapping[str, Any], filters: Sequence[str]) -> bool:
    created = params.get("created")
    if isinstance(created, dict):
        for name in created:
            if name not in _COMPARE:
                raise refused(f"Received unknown parameter: created[{name}]", param="created")
            if not _COMPARE[name](int(one.get("created") or one["date"]), int(created[name])):
                return False
    elif created is not None and one.get("created") != int(created):
        return False
    return all(_holds(one, name, params[name]) for name in filters if params.get(name) not in (None, ""))


def _holds(one: Thing, name: str, wanted: Any) -> bool:
    special = _SPECIAL.get(name)
    if special is not None:
        return special(one, wanted)
    held = one.get(name)
    return str(held).lower() == wanted.lower() if isinstance(held, bool) else bool(held == wanted)


def _is_type(held: str, wanted: str) -> bool:
    return held.startswith(wanted.removesuffix("*")) if wanted.endswith("*") else held == wanted


_SPECIAL: Final[Mapping[str, Callable[[Thing, Any], bool]]] = MappingProxyType(
    {
        "types": lambda one, wanted: any(_is_type(one["type"], type_) for type_ in wanted),
        "type": lambda one, wanted: _is_type(one["type"], wanted),
        "ids": lambda one, wanted: one["id"] in wanted,
        "lookup_keys": lambda one, wanted: one["lookup_key"] in wanted,
        "payout": lambda one, wanted: one.get("_payout") == wanted,
        "payment": lambda one, wanted: one["payment"].get(wanted.get("type")) == wanted.get(wanted.get("type")),
    }
)


def shown(books: Books, thing: Thing, expand: Sequence[str] = ()) -> Thing:
    """Show an object as the API does, with what is to be expanded."""
    plain = {name: copy.deepcopy(value) for name, value in thing.items() if not name.startswith("_")}
    for path in expand:
        head, _, rest = path.partition(".")
        if thing["object"] == "invoice" and head == "payments":
            rows = [shown(books, one) for one in invoices.payments(books, thing)]
            plain["payments"] = listed(rows, f"/v1/invoices/{thing['id']}/payments")
            continue
        if head not in plain or (head not in _EXPANDED and head != "source"):
            raise refused(f"This property cannot be expanded ({head}).", param="expand", code="parameter_unknown")
        kinds = _SOURCES if head == "source" else (_EXPANDED[head],)
        key = thing[head] or ""
        held = next((books.rows[kind][key] for kind in kinds if key in books.rows[kind]), None) or books.deleted.get(key)
        if held is not None:
            plain[head] = shown(books, held, [rest] if rest else ())
    return plain

"""Invoices: from draft over open to paid, void or uncollectible, with their items and the payments that settle them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from connectors.payment.stripe.account import forms
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.catalogue import currency
from connectors.payment.stripe.account.refusals import missing, refused
from connectors.payment.stripe.account.shapes import listed

_INVOICE: Final = frozenset(
    [
        "auto_advance",
        "collection_method",
        "currency",
        "custom_fields",
        "customer",
        "days_until_due",
        "description",
        "due_date",
        "effective_at",
        "expand",
        "footer",
        "metadata",
        "number",
        "pending_invoice_items_behavior",
        "statement_descriptor",
    ]
)
_FIXED_ONCE_OPEN: Final = frozenset({"collection_method", "days_until_due", "due_date", "number", "currency", "effective_at"})
_ITEM: Final = frozenset(
    [
        "amount",
        "currency",
        "customer",
        "description",
        "discountable",
        "expand",
        "invoice",
        "metadata",
        "period",
        "quantity",
        "unit_amount_decimal",
    ]
)
_FIXED_ITEM: Final = frozenset({"currency", "customer", "invoice"})
MOST_LINES_SHOWN: Final = 10


def create(books: Books, params: Mapping[str, Any]) -> Thing:
    """Make a draft; items that wait for the next invoice come in only if that is asked for."""
    forms.known(params, _INVOICE)
    buyer = books.find("customer", forms.text(params, "customer") or "", "customer") if "customer" in params else None
    if buyer is None:
        raise missing("customer")
    fields = _fields(books, params, None)
    code = currency(params, required=False) or buyer["currency"] or "eur"
    now = books.now()
    key = books.mint("invoice")
    invoice = books.put(
        "invoice",
        key=key,
        lines=listed([], f"/v1/invoices/{key}/lines"),
        customer=buyer["id"],
        currency=code,
        customer_name=buyer["name"],
        customer_email=buyer["email"],
        customer_phone=buyer["phone"],
        customer_address=buyer["address"],
        customer_shipping=buyer["shipping"],
        period_start=now,
        period_end=now,
        **fields,
    )
    waits = params.get("pending_invoice_items_behavior") == "include"
    pending = [one for one in books.rows["invoiceitem"].values() if one["invoice"] is None and one["customer"] == buyer["id"]]
    for item in pending if waits else ():
        _attach(books, item, invoice)
    return invoice


def update(books: Books, invoice: Thing, params: Mapping[str, Any]) -> Thing:
    """Change an invoice; of one that is no draft only what is not money."""
    forms.known(params, _INVOICE - {"customer", "currency", "pending_invoice_items_behavior"})
    for name in params:
        if invoice["status"] != "draft" and name in _FIXED_ONCE_OPEN:
            raise refused("Finalized invoices can't be updated in this way", param=name, code="invoice_not_editable")
    return books.change(invoice, **_fields(books, params, invoice))


def _fields(books: Books, params: Mapping[str, Any], held: Thing | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"metadata": forms.metadata(params, (held or {}).get("metadata") or {})}
    for name in ("description", "footer", "statement_descriptor"):
        if name in params:
            fields[name] = forms.text(params, name)
    if "number" in params:
        fields["number"] = forms.text(params, "number", most=26)
    if "auto_advance" in params:
        fields["auto_advance"] = forms.flag(params, "auto_advance", default=False)
    if "effective_at" in params:
        fields["effective_at"] = forms.whole(params, "effective_at")
    return fields | _terms(books, params, held)


def _terms(books: Books, params: Mapping[str, Any], held: Thing | None) -> dict[str, Any]:
    """Take how an invoice is collected, and until when."""
    fields: dict[str, Any] = {}
    if "collection_method" in params:
        methods = ("charge_automatically", "send_invoice")
        fields["collection_method"] = forms.choice(params, "collection_method", methods, "send_invoice")
    method = fields.get("collection_method") or (held or {}).get("collection_method") or "charge_automatically"
    fields["collection_method"] = method
    for name in ("due_date", "days_until_due"):
        if name in params and method != "send_invoice":
            raise refused("You can only specify a due date if collection method is `send_invoice`.", param=name)
    if "due_date" in params:
        fields["due_date"] = forms.whole(params, "due_date")
        if (fields["due_date"] or 0) <= books.now():
            raise refused("Invalid timestamp: must be an integer Unix timestamp in the future.", param="due_date")
    if "days_until_due" in params:
        days = forms.whole(params, "days_until_due", least=0) or 0
        fields["due_date"] = books.now() + int(timedelta(days=days).total_seconds())
    if held is None and method == "send_invoice" and fields.get("due_date") is None:
        raise refused(
            "If invoice collection method is `send_invoice`, you must specify either `due_date` or `days_until_due`.",
            param="due_date",
        )
    return fields


def delete(books: Books, invoice: Thing) -> Thing:
    """Delete a draft."""
    if invoice["status"] != "draft":
        raise refused("You can only delete draft invoices.", code="invoice_not_editable")
    for item in [one for one in books.rows["invoiceitem"].values() if one["invoice"] == invoice["id"]]:
        books.rows["invoiceitem"].pop(item["id"])
    return books.remove(invoice)


def create_item(books: Books, params: Mapping[str, Any]) -> Thing:
    """Make an item, of a draft or of the customer's next invoice."""
    forms.known(params, _ITEM)
    buyer = books.find("customer", forms.text(params, "customer") or "", "customer")
    invoice = books.find("invoice", params["invoice"], "invoice") if params.get("invoice") else None
    if invoice is not None:
        _insist_on_draft(invoice)
        if invoice["customer"] != buyer["id"]:
            raise refused("The invoice belongs to another customer.", param="invoice")
    code = currency(params, required=False) or (invoice or {}).get("currency") or "eur"
    if invoice is not None and code != invoice["currency"]:
        raise refused(
            f"The currency of the invoice item ({code}) is not the invoice's ({invoice['currency']}).", param="currency"
        )
    amount = forms.whole(params, "amount", required=True) or 0
    quantity = forms.whole(params, "quantity", least=0) or 1
    now = books.now()
    item = books.put(
        "invoiceitem",
        amount=amount,
        net_amount=amount,
        currency=code,
        customer=buyer["id"],
        date=now,
        quantity=quantity,
        description=forms.text(params, "description"),
        metadata=forms.metadata(params, {}),
        period={"end": now, "start": now},
        pricing={"type": "price_details", "unit_amount_decimal": str(amount)},
        quantity_decimal=str(quantity),
    )
    if invoice is not None:
        _attach(books, item, invoice)
    return item


def update_item(books: Books, item: Thing, params: Mapping[str, Any]) -> Thing:
    """Change an item of a draft."""
    forms.known(params, _ITEM - _FIXED_ITEM)
    invoice = books.rows["invoice"].get(item["invoice"])
    if invoice is not None:
        _insist_on_draft(invoice)
    fields: dict[str, Any] = {"metadata": forms.metadata(params, item["metadata"])}
    if "amount" in params:
        amount = forms.whole(params, "amount", required=True)
        fields |= {
            "amount": amount,
            "net_amount": amount,
            "pricing": {"type": "price_details", "unit_amount_decimal": str(amount)},
        }
    if "description" in params:
        fields["description"] = forms.text(params, "description")
    if "quantity" in params:
        fields["quantity"] = forms.whole(params, "quantity", least=0) or 1
    books.change(item, **fields)
    if invoice is not None:
        _settle_lines(books, invoice)
    return item


def delete_item(books: Books, item: Thing) -> Thing:
    """Delete an item of a draft."""
    invoice = books.rows["invoice"].get(item["invoice"])
    if invoice is not None:
        _insist_on_draft(invoice)
    stub = books.remove(item)
    if invoice is not None:
        _settle_lines(books, invoice)
    return stub


def _attach(books: Books, item: Thing, invoice: Thing) -> None:
    item["invoice"] = invoice["id"]
    _settle_lines(books, invoice)


def _insist_on_draft(invoice: Thing) -> None:
    if invoice["status"] != "draft":
        message = "This invoice is no longer editable: it has been finalized."
        raise refused(message, param="invoice", code="invoice_not_editable")


def lines(books: Books, invoice: Thing) -> list[Thing]:
    """Give all lines of an invoice, the oldest first."""
    found = []
    for item in books.rows["invoiceitem"].values():
        if item["invoice"] != invoice["id"]:
            continue
        details = {"invoice_item": item["id"], "proration": False, "proration_details": None, "subscription": None}
        parent = {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}
        same = {name: item[name] for name in ("amount", "currency", "description", "metadata", "period", "pricing", "quantity")}
        line = books.shapes.fresh("line_item", id=item["id"].replace("ii_", "il_"), invoice=invoice["id"], parent=parent, **same)
        line |= {"subtotal": item["amount"], "quantity_decimal": str(item["quantity"])}
        found.append(line)
    return found


def _settle_lines(books: Books, invoice: Thing) -> None:
    rows = lines(books, invoice)
    total = sum(line["amount"] for line in rows)
    shown = listed(rows[:MOST_LINES_SHOWN], f"/v1/invoices/{invoice['id']}/lines", more=len(rows) > MOST_LINES_SHOWN)
    books.change(
        invoice,
        lines=shown,
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
        amount_due=max(0, total),
        amount_remaining=max(0, total - invoice["amount_paid"]),
    )


def payments(books: Books, invoice: Thing) -> list[Thing]:
    """Give the payments that settle an invoice, or are to."""
    return [one for one in books.rows["invoice_payment"].values() if one["invoice"] == invoice["id"]]


def finalise(books: Books, invoice: Thing) -> Thing:
    """Let a draft become a claim, with a number."""
    _insist_on_draft(invoice)
    buyer = books.rows["customer"].get(invoice["customer"])
    if buyer is None:
        raise refused("The customer of this invoice was deleted.", code="invoice_no_customer")
    number = buyer["next_invoice_sequence"]
    buyer["next_invoice_sequence"] = number + 1
    buyer["currency"] = buyer["currency"] or invoice["currency"]
    now, held = books.now(), int(buyer["balance"])
    due = invoice["total"] - min(invoice["total"], max(0, -held))
    books.change(buyer, balance=held + invoice["total"] - due)
    books.change(
        invoice,
        "finalized",
        status="open",
        number=invoice["number"] or f"{buyer['invoice_prefix']}-{number:04d}",
        effective_at=invoice["effective_at"] or now,
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
        hosted_invoice_url=f"https://invoice.stripe.com/i/{invoice['id']}",
        starting_balance=held,
        ending_balance=buyer["balance"],
        amount_due=due,
        amount_remaining=due,
        invoice_pdf=f"https://pay.stripe.com/invoice/{invoice['id']}/pdf",
    )
    if due <= 0:
        return paid(books, invoice)
    return invoice


def void(books: Books, invoice: Thing) -> Thing:
    """Take a claim back."""
    if invoice["status"] not in {"open", "uncollectible"}:
        raise refused(
            f"You can only void open or uncollectible invoices; this one is {invoice['status']}.", code="invoice_not_editable"
        )
    if invoice["amount_paid"]:
        raise refused("An invoice that was paid in part can't be voided.", code="invoice_not_editable")
    moved = {**invoice["status_transitions"], "voided_at": books.now()}
    return books.change(invoice, "voided", status="void", status_transitions=moved)


def send(books: Books, invoice: Thing) -> Thing:
    """Send a claim by e-mail; a draft is finalised first."""
    if invoice["collection_method"] != "send_invoice":
        raise refused("You can only send invoices whose collection method is `send_invoice`.", code="invoice_not_editable")
    if invoice["status"] == "draft":
        finalise(books, invoice)
    if invoice["status"] not in {"open", "paid", "uncollectible"}:
        raise refused(f"This invoice is {invoice['status']} and can't be sent.", code="invoice_not_editable")
    books.announce("sent", invoice)
    return invoice


def give_up(books: Books, invoice: Thing) -> Thing:
    """Call a claim uncollectible."""
    if invoice["status"] != "open":
        raise refused("You can only mark open invoices uncollectible.", code="invoice_not_editable")
    moved = {**invoice["status_transitions"], "marked_uncollectible_at": books.now()}
    return books.change(invoice, "marked_uncollectible", status="uncollectible", status_transitions=moved)


def settle(books: Books, invoice: Thing, amount: int, payment_intent: str) -> Thing:
    """Note money that came in for an invoice."""
    now, rest = books.now(), payments(books, invoice)
    books.put(
        "invoice_payment",
        invoice=invoice["id"],
        currency=invoice["currency"],
        amount_paid=amount,
        amount_requested=amount,
        payment={"payment_intent": payment_intent, "type": "payment_intent"},
        status="paid",
        is_default=not rest,
        status_transitions={"canceled_at": None, "paid_at": now},
    )
    sum_, due = invoice["amount_paid"] + amount, invoice["amount_due"]
    fields = {"amount_paid": min(sum_, due), "amount_remaining": max(0, due - sum_), "amount_overpaid": max(0, sum_ - due)}
    if sum_ < due:
        return books.change(invoice, **fields)
    books.change(invoice, "", **fields)
    return paid(books, invoice)


def pay_elsewhere(books: Books, invoice: Thing) -> Thing:
    """Call an invoice paid that was paid outside of the account."""
    if invoice["status"] not in {"open", "uncollectible"}:
        raise refused(
            "Invoice is already paid" if invoice["status"] == "paid" else "The invoice is not open.", code="invoice_not_payable"
        )
    books.change(invoice, "", amount_paid=invoice["amount_due"], amount_remaining=0, amount_paid_off_stripe=invoice["amount_due"])
    return paid(books, invoice)


def paid(books: Books, invoice: Thing) -> Thing:
    """Let a claim come to its end: nothing of it is left to pay."""
    moved = {**invoice["status_transitions"], "paid_at": books.now()}
    books.change(invoice, "paid", status="paid", attempted=True, status_transitions=moved)
    return invoice

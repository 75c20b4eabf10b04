"""Credit notes: what is taken off a finalised invoice, before it is paid or after, and how what was paid already goes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.payment.stripe.account import forms, invoices, payments
from connectors.payment.stripe.account.books import Books, Thing
from connectors.payment.stripe.account.refusals import missing, refused
from connectors.payment.stripe.account.shapes import listed

_CREDIT: Final = frozenset(
    [
        "amount",
        "credit_amount",
        "effective_at",
        "email_type",
        "expand",
        "invoice",
        "lines",
        "memo",
        "metadata",
        "out_of_band_amount",
        "reason",
        "refund_amount",
    ]
)
_LINE: Final = frozenset(["amount", "description", "invoice_line_item", "metadata", "quantity", "type", "unit_amount"])
_REASONS: Final = ("duplicate", "fraudulent", "order_change", "product_unsatisfactory")
_WAYS: Final = ("refund_amount", "credit_amount", "out_of_band_amount")
MOST_LINES_SHOWN: Final = 10


def create(books: Books, params: Mapping[str, Any]) -> Thing:
    """Take an amount off an invoice: first off what is still to be paid, the rest goes back in the ways that are named."""
    forms.known(params, _CREDIT)
    if "invoice" not in params:
        raise missing("invoice")
    invoice = books.find("invoice", params["invoice"], "invoice")
    if invoice["status"] not in {"open", "paid"}:
        raise refused(f"You can't create a credit note for an invoice that is {invoice['status']}.", param="invoice")
    rows = _rows(books, invoice, params)
    total = sum(row["amount"] for row in rows)
    if total <= 0 or total > creditable(books, invoice):
        message = (
            f"The credit note's total ({total}) can't be more than what is left of the invoice ({creditable(books, invoice)})."
        )
        raise refused(message, param="amount")
    before = min(total, invoice["amount_remaining"])
    ways = _ways(books, invoice, params, total - before)
    made = _put(books, invoice, params, rows, (before, total - before))
    _settle(books, invoice, made, ways)
    return made


def creditable(books: Books, invoice: Thing) -> int:
    """Tell how much of an invoice has not been taken off or refunded yet."""
    taken = int(invoice["pre_payment_credit_notes_amount"]) + int(invoice["post_payment_credit_notes_amount"])
    intents = {one["payment"]["payment_intent"] for one in invoices.payments(books, invoice)}
    linked = {one["refund"] for note in of(books, invoice) for one in note["refunds"]}
    refunds = (one for one in books.rows["refund"].values() if one["payment_intent"] in intents and one["id"] not in linked)
    return int(invoice["total"]) - taken - sum(int(one["amount"]) for one in refunds)


def of(books: Books, invoice: Thing) -> list[Thing]:
    """Give the credit notes of an invoice."""
    return [one for one in books.rows["credit_note"].values() if one["invoice"] == invoice["id"]]


def update(books: Books, note: Thing, params: Mapping[str, Any]) -> Thing:
    """Change what is said of a credit note; its amounts stay."""
    forms.known(params, frozenset({"memo", "metadata", "expand"}))
    fields: dict[str, Any] = {"metadata": forms.metadata(params, note["metadata"])}
    if "memo" in params:
        fields["memo"] = forms.text(params, "memo")
    return books.change(note, **fields)


def void(books: Books, note: Thing) -> Thing:
    """Take a credit note back, as long as its invoice is open."""
    invoice = books.rows["invoice"][note["invoice"]]
    if note["status"] == "void" or invoice["status"] != "open":
        state = note["status"] if note["status"] == "void" else f"of an invoice that is {invoice['status']}"
        raise refused(f"You can only void credit notes of open invoices; this one is {state}.")
    amount = note["pre_payment_amount"]
    books.change(
        invoice,
        pre_payment_credit_notes_amount=invoice["pre_payment_credit_notes_amount"] - amount,
        amount_due=invoice["amount_due"] + amount,
        amount_remaining=invoice["amount_remaining"] + amount,
    )
    return books.change(note, "voided", status="void", voided_at=books.now())


def lines(books: Books, note: Thing) -> list[Thing]:
    """Give all lines of a credit note."""
    return [one for one in books.rows["credit_note_line_item"].values() if one["_note"] == note["id"]]


def _rows(books: Books, invoice: Thing, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = params.get("lines")
    if given in (None, "", []):
        return [_custom("Credit", forms.whole(params, "amount", required=True, least=1) or 0, 1, {})]
    if not isinstance(given, list):
        raise refused("Invalid array", param="lines")
    rows = [_row(books, invoice, one, f"lines[{place}]") for place, one in enumerate(given)]
    asked = forms.whole(params, "amount")
    if asked is not None and asked != sum(row["amount"] for row in rows):
        raise refused("The amount is not the sum of the lines.", param="amount")
    return rows


def _row(books: Books, invoice: Thing, given: Mapping[str, Any], param: str) -> dict[str, Any]:
    forms.known(given, _LINE)
    kind = forms.choice(given, "type", ("custom_line_item", "invoice_line_item"), "")
    metadata = forms.metadata(given, {})
    if kind == "custom_line_item":
        amount, quantity = forms.whole(given, "unit_amount", required=True) or 0, forms.whole(given, "quantity", least=1) or 1
        if not given.get("description"):
            raise missing(f"{param}[description]")
        return _custom(str(given["description"]), amount, quantity, metadata)
    line = next((one for one in invoices.lines(books, invoice) if one["id"] == given.get("invoice_line_item")), None)
    if line is None:
        raise refused(f"No such invoice line item: '{given.get('invoice_line_item')}'", param=f"{param}[invoice_line_item]")
    said = {"description": line["description"], "invoice_line_item": line["id"], "quantity": None, "metadata": metadata}
    return {**said, "type": kind, "amount": forms.whole(given, "amount") or line["amount"]}


def _custom(description: str, amount: int, quantity: int, metadata: Mapping[str, str]) -> dict[str, Any]:
    said = {"type": "custom_line_item", "description": description, "quantity": quantity, "metadata": dict(metadata)}
    return {**said, "amount": amount * quantity, "unit_amount": amount, "unit_amount_decimal": str(amount)}


def _ways(books: Books, invoice: Thing, params: Mapping[str, Any], after: int) -> dict[str, int]:
    """Take the ways in which goes back what was paid already: together they are all of that."""
    ways = {name: forms.whole(params, name, least=0) or 0 for name in _WAYS}
    if sum(ways.values()) != after:
        message = (
            "The sum of credit amount, refund amount and out of band amount "
            f"({sum(ways.values())}) must equal the post payment amount ({after})."
        )
        raise refused(message, param=next((name for name in _WAYS if ways[name]), "amount"))
    if ways["refund_amount"] and _charged(books, invoice, ways["refund_amount"]) is None:
        raise refused("There is no charge of this invoice of which so much can be refunded.", param="refund_amount")
    return ways


def _put(
    books: Books, invoice: Thing, params: Mapping[str, Any], rows: list[dict[str, Any]], amounts: tuple[int, int]
) -> Thing:  # fmt: skip
    before, after = amounts
    key, number = books.mint("credit_note"), len(of(books, invoice)) + 1
    for row in rows:
        books.put("credit_note_line_item", _note=key, **row)
    url, shown = f"/v1/credit_notes/{key}/lines", [_plain(one) for one in lines(books, {"id": key})]
    total = before + after
    reason = forms.choice(params, "reason", _REASONS, "") if params.get("reason") else None
    return books.put(
        "credit_note",
        key=key,
        event="",
        amount=total,
        currency=invoice["currency"],
        customer=invoice["customer"],
        effective_at=forms.whole(params, "effective_at") or books.now(),
        invoice=invoice["id"],
        lines=listed(shown[:MOST_LINES_SHOWN], url, more=len(shown) > MOST_LINES_SHOWN),
        memo=forms.text(params, "memo"),
        metadata=forms.metadata(params, {}),
        number=f"{invoice['number']}-CN-{number:02d}",
        out_of_band_amount=forms.whole(params, "out_of_band_amount"),
        pdf=f"https://pay.stripe.com/credit_notes/{key}/pdf",
        post_payment_amount=after,
        pre_payment_amount=before,
        reason=reason,
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
        type="mixed" if before and after else "pre_payment" if before else "post_payment",
    )


def _settle(books: Books, invoice: Thing, made: Thing, ways: Mapping[str, int]) -> None:
    """Let the money follow: less is due, the rest is refunded, or held for the customer's next invoice."""
    before = made["pre_payment_amount"]
    if ways["refund_amount"]:
        charge = _charged(books, invoice, ways["refund_amount"]) or {}
        refund = payments.refund(books, {"charge": charge["id"], "amount": str(ways["refund_amount"])})
        part = {"amount_refunded": refund["amount"], "payment_record_refund": None, "refund": refund["id"], "type": "refund"}
        made["refunds"] = [part]
    if ways["credit_amount"]:
        buyer = books.find("customer", invoice["customer"], "customer")
        books.change(buyer, balance=buyer["balance"] - ways["credit_amount"])
        made["customer_balance_transaction"] = f"cbtxn_{made['id'].removeprefix('cn_')}"
    books.announce("created", made)
    books.change(
        invoice,
        pre_payment_credit_notes_amount=invoice["pre_payment_credit_notes_amount"] + before,
        post_payment_credit_notes_amount=invoice["post_payment_credit_notes_amount"] + made["post_payment_amount"],
        amount_due=invoice["amount_due"] - before,
        amount_remaining=invoice["amount_remaining"] - before,
    )
    if invoice["status"] == "open" and not invoice["amount_remaining"]:
        invoices.paid(books, invoice)


def _charged(books: Books, invoice: Thing, amount: int) -> Thing | None:
    """Find a charge of the invoice of which so much can be given back."""
    intents = [one["payment"]["payment_intent"] for one in invoices.payments(books, invoice)]
    charges = [books.rows["charge"].get(books.rows["payment_intent"][intent]["latest_charge"]) for intent in intents]
    fit = (one for one in charges if one and not one["disputed"] and one["amount_captured"] - one["amount_refunded"] >= amount)
    return next(fit, None)


def _plain(row: Thing) -> Thing:
    return {name: value for name, value in row.items() if not name.startswith("_")}

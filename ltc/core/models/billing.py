"""How a deal is paid: invoices, credit notes, payments, refunds, disputes, payouts and what the bank says."""

from __future__ import annotations

from typing import Annotated, Literal

from ltc.core.models.values import (
    Address,
    Currency,
    Day,
    Entity,
    Factor,
    Id,
    Keyed,
    Moment,
    Money,
    Personal,
    Quantity,
    Ref,
    RequiredText,
    Row,
    Text,
    UnitPrice,
)


class InvoiceLine(Row):
    """What is charged or credited for one product."""

    number: RequiredText
    order: Annotated[Id, Ref("order")] = None
    order_line: Text = None
    delivery: Annotated[Id, Ref("delivery")] = None
    delivery_line: Text = None
    product: Annotated[Id, Ref("product")] = None
    description: Text = None
    quantity: Quantity | None = None
    unit_price: UnitPrice | None = None
    line_total: Money | None = None
    tax_code: Text = None
    tax_percent: Factor = None


class Tax(Row):
    """The tax of one rate: the breakdown that EN 16931 asks for."""

    code: RequiredText
    category: Text = None
    percent: Factor = None
    taxable_amount: Money | None = None
    tax_amount: Money | None = None


class Bill(Entity):
    """What invoices and credit notes have in common."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    bill_to: Annotated[Id, Ref("customer")] = None
    payer: Annotated[Id, Ref("customer")] = None
    order: Annotated[Id, Ref("order")] = None
    contract: Annotated[Id, Ref("contract")] = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    purchase_order: Text = None
    issue_date: Day = None
    currency: Currency = None
    net_total: Money | None = None
    tax_total: Money | None = None
    total: Money | None = None
    payment_reference: Text = None
    billing_address: Address | None = None
    lines: Annotated[list[InvoiceLine] | None, Keyed("number")] = None
    taxes: Annotated[list[Tax] | None, Keyed("code")] = None
    created_at: Moment = None
    cancelled_at: Moment = None


class Invoice(Bill):
    """What a customer owes us for what we delivered.

    ``collection_status`` is how far whoever collects the money has come with it, and ``payment_url`` is where the customer pays.
    """

    delivery: Annotated[Id, Ref("delivery")] = None
    status: Literal["draft", "open", "partially_paid", "paid", "cancelled"] | None = None
    due_date: Day = None
    payment_terms: Text = None
    paid_total: Money | None = None
    open_total: Money | None = None
    collection_status: Literal["draft", "open", "paid", "void", "uncollectible"] | None = None
    payment_url: Text = None
    paid_at: Moment = None


class CreditNote(Bill):
    """What we give back of an invoice.

    ``collection_status`` is what has become of it where the money is collected, and ``invoice_collection`` how far that has come
    with the invoice itself.
    """

    invoice: Annotated[Id, Ref("invoice")] = None
    returned: Annotated[Id, Ref("return")] = None
    reason: Text = None
    status: Literal["draft", "open", "partially_applied", "applied", "paid", "cancelled"] | None = None
    due_date: Day = None
    delivery: Annotated[Id, Ref("delivery")] = None
    payment_terms: Text = None
    paid_total: Money | None = None
    collection_status: Literal["issued", "void"] | None = None
    invoice_collection: Literal["draft", "open", "paid", "void", "uncollectible"] | None = None


class Allocation(Row):
    """What of a payment settles which invoice."""

    invoice: Annotated[RequiredText, Ref("invoice")]
    amount: Money | None = None
    discount: Money | None = None


class Payment(Entity):
    """Money that came in, and which invoices it settles; ``fee`` is what whoever collected it kept."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    amount: Money | None = None
    fee: Money | None = None
    paid_date: Day = None
    method: Text = None
    reference: Text = None
    status: Literal["pending", "posted", "failed", "reversed"] | None = None
    reversal_of: Annotated[Id, Ref("payment")] = None
    allocations: Annotated[list[Allocation] | None, Keyed("invoice")] = None
    created_at: Moment = None
    reversed_at: Moment = None


class Refund(Entity):
    """Money that went back; ``fee`` is what that cost."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    payment: Annotated[Id, Ref("payment")] = None
    credit_note: Annotated[Id, Ref("credit_note")] = None
    amount: Money | None = None
    fee: Money | None = None
    refund_date: Day = None
    method: Text = None
    reason: Text = None
    reference: Text = None
    status: Literal["pending", "posted", "failed", "cancelled"] | None = None
    created_at: Moment = None


class Dispute(Entity):
    """A payment that the customer's bank calls in question; it takes the money back until it is decided, an inquiry does not."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    payment: Annotated[Id, Ref("payment")] = None
    amount: Money | None = None
    fee: Money | None = None
    reason: Text = None
    reference: Text = None
    status: Literal["inquiry", "needs_response", "under_review", "won", "lost", "closed"] | None = None
    evidence_due_at: Moment = None
    created_at: Moment = None


class PayoutLine(Row):
    """One movement of a payout: money that came in or went back, with what that cost; together they are the payout's amount."""

    number: RequiredText
    kind: Literal["payment", "refund", "dispute", "fee", "adjustment", "payout", "other"] | None = None
    payment: Annotated[Id, Ref("payment")] = None
    refund: Annotated[Id, Ref("refund")] = None
    dispute: Annotated[Id, Ref("dispute")] = None
    amount: Money | None = None
    fee: Money | None = None
    net_amount: Money | None = None


class Payout(Entity):
    """What a payment provider pays to our bank account: many payments in one sum, less fees, refunds and disputes.

    ``reference`` is what the bank's statement shows, by which the bank's line is found.
    """

    number: Text = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    amount: Money | None = None
    payout_date: Day = None
    account: Text = None
    reference: Text = None
    failure_reason: Text = None
    status: Literal["pending", "in_transit", "paid", "failed", "cancelled"] | None = None
    lines: Annotated[list[PayoutLine] | None, Keyed("number")] = None
    created_at: Moment = None


class BankTransaction(Entity):
    """One line of a bank statement; money that left has a negative amount."""

    account: Annotated[Text, Personal] = None
    statement: Text = None
    amount: Money | None = None
    booking_date: Day = None
    value_date: Day = None
    counterparty_name: Annotated[Text, Personal] = None
    counterparty_account: Annotated[Text, Personal] = None
    reference: Annotated[Text, Personal] = None
    end_to_end_id: Text = None
    payment: Annotated[Id, Ref("payment")] = None
    payout: Annotated[Id, Ref("payout")] = None
    status: Literal["booked", "pending", "reversed"] | None = None

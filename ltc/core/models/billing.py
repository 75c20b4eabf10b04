"""How a deal is paid: invoices, credit notes, payments, refunds and what the bank says."""

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
    """What a customer owes us for what we delivered."""

    delivery: Annotated[Id, Ref("delivery")] = None
    status: Literal["draft", "open", "partially_paid", "paid", "cancelled"] | None = None
    due_date: Day = None
    payment_terms: Text = None
    paid_total: Money | None = None
    open_total: Money | None = None
    paid_at: Moment = None


class CreditNote(Bill):
    """What we give back of an invoice."""

    invoice: Annotated[Id, Ref("invoice")] = None
    returned: Annotated[Id, Ref("return")] = None
    reason: Text = None
    status: Literal["draft", "open", "partially_applied", "applied", "paid", "cancelled"] | None = None
    due_date: Day = None
    delivery: Annotated[Id, Ref("delivery")] = None
    payment_terms: Text = None
    paid_total: Money | None = None


class Allocation(Row):
    """What of a payment settles which invoice."""

    invoice: Annotated[RequiredText, Ref("invoice")]
    amount: Money | None = None
    discount: Money | None = None


class Payment(Entity):
    """Money that came in, and which invoices it settles."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    amount: Money | None = None
    paid_date: Day = None
    method: Text = None
    reference: Text = None
    status: Literal["pending", "posted", "failed", "reversed"] | None = None
    reversal_of: Annotated[Id, Ref("payment")] = None
    allocations: Annotated[list[Allocation] | None, Keyed("invoice")] = None
    created_at: Moment = None
    reversed_at: Moment = None


class Refund(Entity):
    """Money that went back."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    payment: Annotated[Id, Ref("payment")] = None
    credit_note: Annotated[Id, Ref("credit_note")] = None
    amount: Money | None = None
    refund_date: Day = None
    method: Text = None
    reason: Text = None
    reference: Text = None
    status: Literal["pending", "posted", "failed", "cancelled"] | None = None
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
    status: Literal["booked", "pending", "reversed"] | None = None

"""How a deal is fulfilled: orders, deliveries, acceptances and returns."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ltc.core.models.values import (
    Address,
    Currency,
    Day,
    Entity,
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

OrderStatus: TypeAlias = Literal[
    "draft", "submitted", "confirmed", "partially_delivered", "delivered", "invoiced", "closed", "cancelled"
]


class OrderLine(Row):
    """One product that was ordered, and how far it has come."""

    number: RequiredText
    product: Annotated[Id, Ref("product")] = None
    price: Annotated[Id, Ref("price")] = None
    description: Text = None
    ordered_quantity: Quantity | None = None
    confirmed_quantity: Quantity | None = None
    delivered_quantity: Quantity | None = None
    invoiced_quantity: Quantity | None = None
    returned_quantity: Quantity | None = None
    unit_price: UnitPrice | None = None
    line_total: Money | None = None
    tax_code: Text = None
    plant: Text = None
    requested_date: Day = None
    confirmed_date: Day = None
    status: Literal["open", "partially_delivered", "delivered", "rejected"] | None = None
    rejection_reason: Text = None
    opportunity_line: Text = None
    quote_line: Text = None


class Order(Entity):
    """What a customer ordered from us."""

    number: Text = None
    kind: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    ship_to: Annotated[Id, Ref("customer")] = None
    bill_to: Annotated[Id, Ref("customer")] = None
    payer: Annotated[Id, Ref("customer")] = None
    contact: Annotated[Id, Ref("contact")] = None
    owner: Annotated[Id, Ref("employee")] = None
    opportunity: Annotated[Id, Ref("opportunity")] = None
    quote: Annotated[Id, Ref("quote")] = None
    contract: Annotated[Id, Ref("contract")] = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    sales_org: Text = None
    channel: Text = None
    division: Text = None
    purchase_order: Text = None
    currency: Currency = None
    order_date: Day = None
    requested_date: Day = None
    payment_terms: Text = None
    incoterms: Text = None
    status: OrderStatus | None = None
    delivery_block: Text = None
    billing_block: Text = None
    total: Money | None = None
    net_total: Money | None = None
    tax_total: Money | None = None
    invoiced_total: Money | None = None
    paid_total: Money | None = None
    price_list: Text = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    lines: Annotated[list[OrderLine] | None, Keyed("number")] = None
    created_at: Moment = None
    submitted_at: Moment = None
    confirmed_at: Moment = None
    closed_at: Moment = None
    cancelled_at: Moment = None


class DeliveryLine(Row):
    """What one delivery brings of one line of an order."""

    number: RequiredText
    order: Annotated[Id, Ref("order")] = None
    order_line: Text = None
    product: Annotated[Id, Ref("product")] = None
    description: Text = None
    quantity: Quantity | None = None
    batch: Text = None


class Delivery(Entity):
    """Goods on their way to a customer."""

    number: Text = None
    order: Annotated[Id, Ref("order")] = None
    customer: Annotated[Id, Ref("customer")] = None
    ship_to: Annotated[Id, Ref("customer")] = None
    status: Literal["planned", "shipped", "delivered", "cancelled"] | None = None
    planned_date: Day = None
    carrier: Text = None
    tracking_number: Text = None
    shipping_address: Address | None = None
    lines: Annotated[list[DeliveryLine] | None, Keyed("number")] = None
    created_at: Moment = None
    shipped_at: Moment = None
    delivered_at: Moment = None


class AcceptanceLine(Row):
    """What of one line of a delivery was accepted."""

    number: RequiredText
    delivery_line: Text = None
    product: Annotated[Id, Ref("product")] = None
    accepted_quantity: Quantity | None = None
    rejected_quantity: Quantity | None = None
    reason: Text = None


class Acceptance(Entity):
    """The customer's word that what was delivered is as agreed."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    order: Annotated[Id, Ref("order")] = None
    delivery: Annotated[Id, Ref("delivery")] = None
    accepted_by: Annotated[Text, Personal] = None
    status: Literal["pending", "accepted", "partially_accepted", "rejected"] | None = None
    lines: Annotated[list[AcceptanceLine] | None, Keyed("number")] = None
    created_at: Moment = None
    accepted_at: Moment = None


class ReturnLine(Row):
    """What of one line of an order comes back."""

    number: RequiredText
    order_line: Text = None
    product: Annotated[Id, Ref("product")] = None
    quantity: Quantity | None = None
    reason: Text = None


class Return(Entity):
    """Goods that a customer sends back."""

    number: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    order: Annotated[Id, Ref("order")] = None
    delivery: Annotated[Id, Ref("delivery")] = None
    credit_note: Annotated[Id, Ref("credit_note")] = None
    reason: Text = None
    status: Literal["requested", "approved", "received", "credited", "rejected", "cancelled"] | None = None
    lines: Annotated[list[ReturnLine] | None, Keyed("number")] = None
    created_at: Moment = None
    received_at: Moment = None

"""How a deal begins: campaigns, leads, opportunities, quotes, and the deal that holds all of it together."""

from __future__ import annotations

from typing import Annotated, Literal

from ltc.core.models.agreements import ContractStatus, SignatureStatus
from ltc.core.models.fulfilment import OrderStatus
from ltc.core.models.values import (
    Address,
    Currency,
    Day,
    Entity,
    Factor,
    Flag,
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
    Whole,
)


class Campaign(Entity):
    """A marketing effort that leads and deals come from."""

    name: Text = None
    kind: Text = None
    status: Literal["planned", "active", "completed", "cancelled"] | None = None
    start_date: Day = None
    end_date: Day = None
    budget: Money | None = None
    actual_cost: Money | None = None
    owner: Annotated[Id, Ref("employee")] = None
    parent: Annotated[Id, Ref("campaign")] = None
    created_at: Moment = None


class Lead(Entity):
    """Somebody who may become a customer."""

    first_name: Annotated[Text, Personal] = None
    last_name: Annotated[Text, Personal] = None
    company: Text = None
    title: Text = None
    email: Annotated[Text, Personal] = None
    phone: Annotated[Text, Personal] = None
    website: Text = None
    industry: Text = None
    address: Address | None = None
    status: Literal["new", "working", "qualified", "converted", "disqualified"] | None = None
    source: Text = None
    campaign: Annotated[Id, Ref("campaign")] = None
    owner: Annotated[Id, Ref("employee")] = None
    rating: Text = None
    score: Factor = None
    converted_customer: Annotated[Id, Ref("customer")] = None
    converted_contact: Annotated[Id, Ref("contact")] = None
    converted_opportunity: Annotated[Id, Ref("opportunity")] = None
    created_at: Moment = None
    qualified_at: Moment = None
    converted_at: Moment = None


class OpportunityLine(Row):
    """One product that the opportunity is about."""

    id: RequiredText
    product: Annotated[Id, Ref("product")] = None
    price: Annotated[Id, Ref("price")] = None
    description: Text = None
    quantity: Quantity | None = None
    unit_price: UnitPrice | None = None
    discount_percent: Factor = None
    line_total: Money | None = None
    requested_date: Day = None


class Opportunity(Entity):
    """A chance to sell; won, it gives rise to an order."""

    number: Text = None
    name: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    contact: Annotated[Id, Ref("contact")] = None
    owner: Annotated[Id, Ref("employee")] = None
    campaign: Annotated[Id, Ref("campaign")] = None
    status: Literal["open", "won", "lost"] | None = None
    stage: Text = None
    amount: Money | None = None
    currency: Currency = None
    probability: Factor = None
    close_date: Day = None
    closed_at: Moment = None
    source: Text = None
    lost_reason: Text = None
    signature_status: SignatureStatus | None = None
    contract_status: ContractStatus | None = None
    order_status: OrderStatus | None = None
    delivered_value: Money | None = None
    invoiced_value: Money | None = None
    paid_value: Money | None = None
    price_list: Text = None
    lines: Annotated[list[OpportunityLine] | None, Keyed("id")] = None
    created_at: Moment = None


class QuoteLine(Row):
    """One product that the quote offers."""

    number: RequiredText
    product: Annotated[Id, Ref("product")] = None
    price: Annotated[Id, Ref("price")] = None
    description: Text = None
    quantity: Quantity | None = None
    list_price: UnitPrice | None = None
    unit_price: UnitPrice | None = None
    discount_percent: Factor = None
    line_total: Money | None = None
    tax_code: Text = None
    requested_date: Day = None
    optional: Flag = None
    opportunity_line: Text = None


class Quote(Entity):
    """An offer; each revision replaces the one before it, and one of them may be accepted."""

    number: Text = None
    name: Text = None
    revision: Whole = None
    supersedes: Annotated[Id, Ref("quote")] = None
    customer: Annotated[Id, Ref("customer")] = None
    contact: Annotated[Id, Ref("contact")] = None
    opportunity: Annotated[Id, Ref("opportunity")] = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    owner: Annotated[Id, Ref("employee")] = None
    status: Literal["draft", "in_approval", "approved", "sent", "accepted", "declined", "expired", "superseded"] | None = None
    approval_status: Literal["not_required", "pending", "approved", "rejected"] | None = None
    approved_by: Annotated[Id, Ref("employee")] = None
    currency: Currency = None
    price_list: Text = None
    issue_date: Day = None
    valid_until: Day = None
    payment_terms: Text = None
    incoterms: Text = None
    net_total: Money | None = None
    tax_total: Money | None = None
    total: Money | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    lines: Annotated[list[QuoteLine] | None, Keyed("number")] = None
    created_at: Moment = None
    approved_at: Moment = None
    sent_at: Moment = None
    accepted_at: Moment = None


class Deal(Entity):
    """The correlation of all documents from the first contact to the payment; ``stage`` is the furthest that it has come."""

    number: Text = None
    name: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    lead: Annotated[Id, Ref("lead")] = None
    opportunity: Annotated[Id, Ref("opportunity")] = None
    owner: Annotated[Id, Ref("employee")] = None
    status: Literal["open", "lost"] | None = None
    stage: Literal["lead", "opportunity", "quote", "contract", "order", "delivery", "invoice", "payment", "cleared"] | None = None
    currency: Currency = None
    value: Money | None = None
    created_at: Moment = None
    closed_at: Moment = None

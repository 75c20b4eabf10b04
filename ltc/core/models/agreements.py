"""What was agreed: contracts and the requests to sign them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ltc.core.models.values import (
    Currency,
    Day,
    Entity,
    Flag,
    Id,
    Keyed,
    Language,
    Moment,
    Money,
    Personal,
    Ref,
    RequiredText,
    Row,
    Text,
    Whole,
)

ContractStatus: TypeAlias = Literal[
    "draft", "in_review", "in_signature", "signed", "active", "expired", "terminated", "cancelled"
]
SignatureStatus: TypeAlias = Literal["draft", "sent", "delivered", "completed", "declined", "voided", "expired"]


class Contract(Entity):
    """An agreement with a customer, and how long it holds."""

    number: Text = None
    name: Text = None
    kind: Text = None
    customer: Annotated[Id, Ref("customer")] = None
    contact: Annotated[Id, Ref("contact")] = None
    opportunity: Annotated[Id, Ref("opportunity")] = None
    quote: Annotated[Id, Ref("quote")] = None
    legal_entity: Annotated[Id, Ref("legal_entity")] = None
    owner: Annotated[Id, Ref("employee")] = None
    parent: Annotated[Id, Ref("contract")] = None
    status: ContractStatus | None = None
    start_date: Day = None
    end_date: Day = None
    term_months: Whole = None
    auto_renewal: Flag = None
    notice_days: Whole = None
    payment_terms: Text = None
    currency: Currency = None
    total: Money | None = None
    created_at: Moment = None
    signed_at: Moment = None
    activated_at: Moment = None
    terminated_at: Moment = None


class Signer(Row):
    """One person who is asked to sign, approve or receive a copy."""

    id: RequiredText
    name: Annotated[Text, Personal] = None
    email: Annotated[Text, Personal] = None
    role: Literal["signer", "approver", "copy", "other"] | None = None
    position: Whole = None
    contact: Annotated[Id, Ref("contact")] = None
    status: Literal["created", "sent", "delivered", "signed", "declined", "completed"] | None = None
    signed_at: Moment = None
    declined_reason: Text = None


class SignatureRequest(Entity):
    """An envelope: documents that were sent out to be signed."""

    number: Text = None
    subject: Text = None
    message: Text = None
    template: Text = None
    contract: Annotated[Id, Ref("contract")] = None
    opportunity: Annotated[Id, Ref("opportunity")] = None
    quote: Annotated[Id, Ref("quote")] = None
    customer: Annotated[Id, Ref("customer")] = None
    language: Language = None
    status: SignatureStatus | None = None
    voided_reason: Text = None
    replaces: Annotated[Id, Ref("signature_request")] = None
    signers: Annotated[list[Signer] | None, Keyed("id")] = None
    created_at: Moment = None
    sent_at: Moment = None
    delivered_at: Moment = None
    completed_at: Moment = None
    declined_at: Moment = None
    voided_at: Moment = None
    expires_at: Moment = None

"""Who takes part: customers, their contacts and addresses, our own legal entities and employees."""

from __future__ import annotations

from typing import Annotated, Literal

from ltc.core.models.values import (
    Address,
    Country,
    Currency,
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
)


class SalesArea(Row):
    """The terms of a customer in one sales area."""

    area: RequiredText
    sales_org: Text = None
    channel: Text = None
    division: Text = None
    currency: Currency = None
    payment_terms: Text = None
    incoterms: Text = None
    price_group: Text = None


class CompanyCode(Row):
    """The terms of a customer in one company code of the books."""

    company_code: RequiredText
    reconciliation_account: Text = None
    payment_terms: Text = None


class Customer(Entity):
    """An organisation or a person that buys from us, or may."""

    name: Annotated[RequiredText, Personal]
    kind: Literal["organisation", "person"] | None = None
    number: Text = None
    tax_id: Annotated[Text, Personal] = None
    vat_id: Text = None
    duns: Text = None
    lei: Text = None
    registration_id: Text = None
    phone: Annotated[Text, Personal] = None
    email: Annotated[Text, Personal] = None
    website: Text = None
    industry: Text = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    currency: Currency = None
    language: Language = None
    payment_terms: Text = None
    credit_limit: Money | None = None
    parent: Annotated[Id, Ref("customer")] = None
    owner: Annotated[Id, Ref("employee")] = None
    status: Literal["active", "blocked", "inactive"] | None = None
    rating: Text = None
    source: Text = None
    sales_areas: Annotated[list[SalesArea] | None, Keyed("area")] = None
    company_codes: Annotated[list[CompanyCode] | None, Keyed("company_code")] = None
    created_at: Moment = None


class LegalEntity(Entity):
    """One of our own companies: it sells, delivers and invoices."""

    code: Text = None
    name: Text = None
    country: Country = None
    currency: Currency = None
    tax_id: Text = None
    vat_id: Text = None


class Employee(Entity):
    """One of our own people."""

    name: Annotated[Text, Personal] = None
    username: Annotated[Text, Personal] = None
    email: Annotated[Text, Personal] = None
    number: Text = None
    active: Flag = None


class Contact(Entity):
    """A person at a customer."""

    customer: Annotated[Id, Ref("customer")] = None
    salutation: Text = None
    first_name: Annotated[Text, Personal] = None
    last_name: Annotated[RequiredText, Personal]
    title: Text = None
    department: Text = None
    email: Annotated[Text, Personal] = None
    phone: Annotated[Text, Personal] = None
    mobile: Annotated[Text, Personal] = None
    address: Address | None = None
    language: Language = None
    owner: Annotated[Id, Ref("employee")] = None
    status: Literal["active", "inactive"] | None = None
    created_at: Moment = None


class PostalAddress(Entity):
    """An address that a system keeps as a record of its own, with what it is used for."""

    customer: Annotated[Id, Ref("customer")] = None
    role: Literal["billing", "shipping", "site", "other"] | None = None
    name: Annotated[Text, Personal] = None
    address: Address | None = None
    phone: Annotated[Text, Personal] = None
    email: Annotated[Text, Personal] = None
    status: Literal["active", "inactive"] | None = None

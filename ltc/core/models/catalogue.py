"""What is sold: products and their prices."""

from __future__ import annotations

from typing import Annotated, Literal

from ltc.core.models.values import Day, Entity, Moment, Quantity, Ref, RequiredText, Text, UnitPrice


class Product(Entity):
    """A thing or a service that is sold, under the number that people know it by."""

    number: RequiredText
    name: Text = None
    description: Text = None
    category: Text = None
    unit: Text = None
    gtin: Text = None
    manufacturer: Text = None
    manufacturer_number: Text = None
    status: Literal["active", "inactive"] | None = None
    net_weight: Quantity | None = None
    gross_weight: Quantity | None = None
    created_at: Moment = None


class Price(Entity):
    """What a product costs in a price list."""

    product: Annotated[RequiredText, Ref("product")]
    price_list: Text = None
    price: UnitPrice | None = None
    status: Literal["active", "inactive"] | None = None
    valid_from: Day = None
    valid_to: Day = None

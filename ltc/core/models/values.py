"""What entities are made of: value types, and the markers that say more about a field than its Python type."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_serializer,
    model_validator,
)

from ltc.core.models.canonical import format_date, format_decimal, format_time
from ltc.core.models.isocodes import COUNTRIES, LANGUAGE, MINOR_UNITS, UNIT
from ltc.core.models.money import format_amount, is_exact


@dataclass(frozen=True, slots=True)
class Kind:
    """How the canonical form writes the value; see ``ltc.core.models.shape``."""

    name: str


@dataclass(frozen=True, slots=True)
class Ref:
    """The value is the id of a record of this entity: local in a record, a hub id in a golden record."""

    entity: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """The list's rows are told apart by this attribute."""

    key: str


@dataclass(frozen=True, slots=True)
class _PersonalData:
    """The value is personal data: masked in logs and messages."""


Personal: Final = _PersonalData()


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        msg = "must be a finite number"
        raise ValueError(msg)
    return value


def _one_of(what: str, codes: Container[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in codes:
            msg = f"must be a {what}"
            raise ValueError(msg)
        return value

    return check


_as_number = PlainSerializer(format_decimal, return_type=str, when_used="json-unless-none")
Number = Annotated[Decimal, AfterValidator(_finite), _as_number]
_Day = Annotated[date, PlainSerializer(format_date, return_type=str, when_used="json-unless-none")]
_Moment = Annotated[AwareDatetime, PlainSerializer(format_time, return_type=str, when_used="json-unless-none")]

_Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
_Currency = Annotated[str, AfterValidator(_one_of("currency of ISO 4217", MINOR_UNITS))]
_Country = Annotated[str, AfterValidator(_one_of("country of ISO 3166", COUNTRIES))]
_Language = Annotated[str, StringConstraints(strict=True, pattern=LANGUAGE)]
_Unit = Annotated[str, StringConstraints(strict=True, pattern=UNIT)]

RequiredText = Annotated[_Text, Kind("text")]
Text = Annotated[_Text | None, Kind("text")]
Id = Annotated[_Text | None, Kind("text")]
Flag = Annotated[StrictBool | None, Kind("boolean")]
Whole = Annotated[StrictInt | None, Kind("integer")]
Factor = Annotated[Number | None, Kind("decimal")]
Day = Annotated[_Day | None, Kind("date")]
Moment = Annotated[_Moment | None, Kind("time")]
Currency = Annotated[_Currency | None, Kind("currency")]
Country = Annotated[_Country | None, Kind("country")]
Language = Annotated[_Language | None, Kind("language")]


class Value(BaseModel):
    """A value that is written and compared as one."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Money(Value):
    """An amount in a currency, exact in its minor units."""

    amount: Number
    currency: _Currency

    @model_validator(mode="after")
    def _in_minor_units(self) -> Self:
        if not is_exact(self.amount, self.currency):
            msg = f"{self.currency} has fewer digits after the point than {self.amount}"
            raise ValueError(msg)
        return self

    @model_serializer(mode="plain", when_used="json")
    def _canonical(self) -> dict[str, str]:
        return {"amount": format_amount(self.amount, self.currency), "currency": self.currency}


class Quantity(Value):
    """A number of units, by the unit's UN/CEFACT code (``C62`` is one piece)."""

    value: Number
    unit: _Unit


class UnitPrice(Value):
    """The price of ``per`` units; the amount may be finer than the currency's minor unit."""

    amount: Number
    currency: _Currency
    per: Number
    unit: _Unit


class Address(BaseModel):
    """A postal address; the country by ISO 3166-1 alpha-2."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    street: Annotated[Text, Personal] = None
    street2: Annotated[Text, Personal] = None
    city: Annotated[Text, Personal] = None
    postal_code: Annotated[Text, Personal] = None
    region: Text = None
    country: Country = None


class Row(BaseModel):
    """One row of a keyed list of an entity."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    custom: dict[str, Any] = Field(default_factory=dict)


class Entity(BaseModel):
    """A canonical kind of thing.

    An attribute that was not set is not covered by the record; an attribute that is None is empty in the system.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    custom: dict[str, Any] = Field(default_factory=dict)

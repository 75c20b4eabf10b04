"""Money, quantities and unit prices: numbers that mean nothing without what they count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal

from ltc.core.mapping.operations.codec import KEEP, BadValue, Single
from ltc.core.mapping.operations.numbers import (
    MOST_DIGITS,
    canonical_number,
    fitting,
    read_number,
    rounded,
    too_long,
    write_number,
)
from ltc.core.models.canonical import format_decimal
from ltc.core.models.check import PATTERNS
from ltc.core.models.isocodes import MINOR_UNITS
from ltc.core.models.money import format_amount, from_minor, is_exact, quantise, to_minor

_MOST_ZEROS: Final = 4
_UNIT: Final = re.compile(PATTERNS["unit"])
_MANY_DIGITS: Final = 4
_USUAL_DIGITS: Final = 2
_STRIPE: Final = MappingProxyType({"ISK": 2, "UGX": 2, "MGA": 0})
"""Where Stripe counts in other units than ISO 4217: króna and shilling had two digits once, an ariary has none."""
_LARGEST_BASE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """A currency, unit or price base beside the number: a constant, or a raw field read by a codec of its own.

    ``index`` is the field's place among the line's fields; ``writable`` says whether the line may write it.
    """

    name: str
    constant: str | None = None
    codec: Single | None = None
    index: int = 0
    fallback: str | None = None
    fallback_index: int = 0
    writable: bool = True

    def decode(self, values: Sequence[Any]) -> str:
        """Read the part among the line's raw values; it must be there."""
        if self.codec is None:
            return self.require(self.constant)
        return self.read(values[self.index], values[self.fallback_index] if self.fallback_index else None)

    def read(self, value: Any, fallback: Any = None) -> str:
        """Read the part from its own raw value, or from the one that stands in for it."""
        if self.codec is None:
            return self.require(self.constant)
        found = self.codec.decode(value)
        if found is None and self.fallback_index:
            found = self.codec.decode(fallback)
        return self.require(self.fallback if found is None else found)

    def require(self, found: Any) -> str:
        """Insist that there is one."""
        if found is None:
            raise BadValue(f"no_{self.name}", f"has no {self.name}")
        if self.name == "unit" and _UNIT.search(found) is None:
            raise BadValue("unit", "is in no unit of UN/CEFACT such as C62 or KGM: a table of `codes` translates units")
        return str(found)

    def lacks(self, values: Sequence[Any]) -> bool:
        """Tell whether the record does not say it: a zero of nothing is what a system shows where nothing was entered."""
        if self.codec is None or self.fallback is not None or self.codec.decode(values[self.index]) is not None:
            return False
        return not self.fallback_index or self.codec.decode(values[self.fallback_index]) is None

    def encode(self, value: str, old: Sequence[Any], new: list[Any]) -> None:
        """Write the part into its place, or make sure that the target already means the same."""
        if self.codec is not None and self.writable:
            new[self.index] = self.codec.encode(value)
            return
        here = self.constant
        if self.codec is not None:
            here = self.codec.decode(old[self.index]) if old and self.index < len(old) else None
            here = self.fallback if here is None else here
        if here is not None and here != value:
            raise BadValue(f"other_{self.name}", f"is in {self.name} {value}, but the field holds {here}")


def number_text(number: Decimal | int) -> str:
    """Write a number in its canonical form.

    >>> number_text(Decimal("2.50")), number_text(Decimal("2.0")), number_text(Decimal("1.5E+3")), number_text(3)
    ('2.5', '2', '1500', '3')
    """
    text = str(number)
    if "." in text and "E" not in text and len(text) <= MOST_DIGITS:  # as most are; a number that is not finite has no point
        if text[-1] != "0":
            return text
        if number and text[-2] == ".":
            return text[:-2]
    return canonical_number(number)


POINTS: Final[Mapping[str | None, int]] = MappingProxyType(
    {None: 0, **{currency: -1 - digits if 0 < digits < _MANY_DIGITS else 0 for currency, digits in MINOR_UNITS.items()}}
)
"""Where the point stands in an amount that has exactly its currency's digits, counted from the end; no text has one at 0.

With three digits at most, what follows the point cannot hide an exponent.
"""


def amount_text(number: Decimal | int, currency: str) -> str:
    """Write an amount with exactly its currency's digits, quickly where nothing needs rounding.

    >>> amount_text(Decimal("1234.5"), "EUR"), amount_text(Decimal("100.0"), "JPY"), amount_text(Decimal("-0.0"), "EUR")
    ('1234.50', '100', '0.00')
    """
    digits = MINOR_UNITS[currency]
    if not number:
        return f"0.{'0' * digits}" if digits else "0"
    text = str(number)
    if text[-2:-1] == "." and digits == _USUAL_DIGITS and len(text) < MOST_DIGITS:
        return text + "0"
    whole, point, fraction = text.partition(".")
    if point and "E" not in fraction and len(text) < MOST_DIGITS - _MANY_DIGITS:  # a number that is not finite has no point
        if len(fraction) < digits:
            return f"{whole}.{fraction.ljust(digits, '0')}"
        if not fraction[digits:].strip("0"):
            return f"{whole}.{fraction[:digits]}" if digits else whole
    exact = Decimal(number)
    if not exact.is_finite():
        raise BadValue("not_a_number", "is not a finite number")
    if exact.adjusted() >= MOST_DIGITS:
        raise too_long()
    return fitting(format_amount(exact, currency))


def _known(currency: str) -> str:
    if currency not in MINOR_UNITS:
        raise BadValue("currency", "is in a currency that ISO 4217 does not know")
    return currency


WHOLE: Final = frozenset({"minor", "stripe"})
"""Units of money that are whole numbers."""


def stripe_digits(currency: str) -> int:
    """Tell how many digits after the point Stripe's whole numbers stand for.

    >>> stripe_digits("EUR"), stripe_digits("JPY"), stripe_digits("ISK"), stripe_digits("MGA")
    (2, 0, 2, 0)
    """
    return _STRIPE.get(currency, MINOR_UNITS[currency])


def _stripe_units(number: Decimal, currency: str) -> int:
    units = quantise(number, currency).scaleb(stripe_digits(currency))
    if units != units.to_integral_value():
        raise BadValue("not_whole", "is finer than Stripe's smallest unit of this currency")
    return int(units)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: the amount in major units, in minor units as ISO 4217 or Stripe counts them, or with SAP's two shifted decimals.

    >>> euro = Amount(Part("currency", constant="EUR"))
    >>> euro.decode(Decimal("10.5")), euro.encode({"amount": "10.50", "currency": "EUR"}, ())
    ({'amount': '10.50', 'currency': 'EUR'}, [Decimal('10.50')])
    >>> Amount(Part("currency", constant="EUR"), units="minor").decode(1050)
    {'amount': '10.50', 'currency': 'EUR'}
    >>> Amount(Part("currency", constant="JPY"), units="shifted").decode(Decimal("10.50"))
    {'amount': '1050', 'currency': 'JPY'}
    >>> Amount(Part("currency", constant="ISK"), units="stripe").encode({"amount": "5", "currency": "ISK"}, ())
    [500]
    """

    currency: Part
    units: Literal["major", "minor", "stripe", "shifted"] = "major"
    as_text: bool = False
    fields: int = 1
    blank: str | None = None
    primaries: int = 1

    def decode(self, *values: Any) -> dict[str, str] | None:
        """Read an amount and its currency."""
        number = read_number(values[0])
        if number is None or (not number and self.currency.lacks(values)):
            return None
        currency = _known(self.currency.decode(values))
        if self.units in WHOLE:
            if number != number.to_integral_value():
                raise BadValue("not_whole", "is not a whole number of minor units")
            number = from_minor(int(number), currency) if self.units == "minor" else number.scaleb(-stripe_digits(currency))
            if not is_exact(number, currency):
                raise BadValue("not_exact", "is finer than the currency's minor unit")
        elif self.units == "shifted":
            number = number.scaleb(2 - MINOR_UNITS[currency])
        return {"amount": amount_text(number, currency), "currency": currency}

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write an amount, and its currency where that is a field of its own."""
        new: list[Any] = [KEEP] * self.fields
        if value is None:
            new[0] = self.blank
            return new
        currency = _known(value["currency"])
        self.currency.encode(currency, old, new)
        number = read_number(value["amount"])
        if number is None:
            raise BadValue("not_a_number", "has no amount")
        if self.units in WHOLE:
            minor = to_minor(number, currency) if self.units == "minor" else _stripe_units(number, currency)
            new[0] = str(minor) if self.as_text else minor
            return new
        if self.units == "shifted":
            number = number.scaleb(MINOR_UNITS[currency] - 2)
        new[0] = format(number, "f") if self.as_text else number
        return new


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity: a number and its unit.

    >>> Measure(Part("unit", constant="C62")).decode(Decimal("3.000"))
    {'value': '3', 'unit': 'C62'}
    """

    unit: Part
    scale: int | None = None
    as_text: bool = False
    fields: int = 1
    blank: str | None = None
    primaries: int = 1

    def decode(self, *values: Any) -> dict[str, str] | None:
        """Read a number and its unit."""
        number = read_number(values[0])
        if number is None or (not number and self.unit.lacks(values)):
            return None
        return {"value": canonical_number(number), "unit": self.unit.decode(values)}

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write a number, and its unit where that is a field of its own."""
        new: list[Any] = [KEEP] * self.fields
        if value is None:
            new[0] = self.blank
            return new
        self.unit.encode(value["unit"], old, new)
        new[0] = write_number(value["value"], self.scale, as_text=self.as_text)
        return new


def in_minor_units(amount: Decimal, per: str, currency: str) -> tuple[Decimal, str]:
    """Take the price of more units, until its amount has no fractions of the currency's minor unit.

    >>> in_minor_units(Decimal("1.125"), "1", "EUR"), in_minor_units(Decimal("0.5"), "1", "JPY")
    ((Decimal('11.25'), '10'), (Decimal('5'), '10'))
    >>> in_minor_units(Decimal("1.125"), "1", "KWD")
    (Decimal('1.125'), '1')
    """
    base = Decimal(per)
    for power in range(_MOST_ZEROS + 1):
        more = amount.scaleb(power)
        if is_exact(more, currency) and base.scaleb(power) < _LARGEST_BASE:
            return more, format_decimal(base.scaleb(power))
    raise BadValue("too_fine", f"has fractions of a minor unit of {currency} that the field cannot hold")


@dataclass(frozen=True, slots=True)
class Price:
    """The price of ``per`` units; a base of zero or blank means one.

    ``whole`` says that the field holds no fractions of the currency's minor unit: finer prices are written for more units.

    >>> each = Price(Part("currency", constant="EUR"), Part("per", constant="1"), Part("unit", constant="C62"))
    >>> each.decode(Decimal("9.90"))
    {'amount': '9.9', 'currency': 'EUR', 'per': '1', 'unit': 'C62'}
    """

    currency: Part
    per: Part
    unit: Part
    scale: int | None = None
    as_text: bool = False
    fields: int = 1
    blank: str | None = None
    whole: bool = False
    primaries: int = 1

    def decode(self, *values: Any) -> dict[str, str] | None:
        """Read an amount, its currency, price base and unit."""
        number = read_number(values[0])
        if number is None or (not number and (self.unit.lacks(values) or self.currency.lacks(values))):
            return None
        per = self.per.decode(values)
        return {
            "amount": canonical_number(number),
            "currency": _known(self.currency.decode(values)),
            "per": "1" if per == "0" else per,
            "unit": self.unit.decode(values),
        }

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write the price; a price for another base than a fixed one is converted if that is exact."""
        new: list[Any] = [KEEP] * self.fields
        if value is None:
            new[0] = self.blank
            return new
        self.currency.encode(_known(value["currency"]), old, new)
        self.unit.encode(value["unit"], old, new)
        amount = read_number(value["amount"])
        if amount is None:
            raise BadValue("not_a_number", "has no amount")
        if self.per.codec is None and self.per.constant is not None and self.per.constant != value["per"]:
            amount = self._rebased(amount, Decimal(value["per"]), Decimal(self.per.constant))
        else:
            per = value["per"]
            if self.whole:
                amount, per = in_minor_units(amount, per, value["currency"])
            self.per.encode(per, old, new)
        new[0] = write_number(format_decimal(amount), self.scale, as_text=self.as_text)
        return new

    def _rebased(self, amount: Decimal, per: Decimal, base: Decimal) -> Decimal:
        """Convert a price to the field's base.

        >>> Price(Part("c"), Part("p"), Part("u"), scale=2)._rebased(Decimal(150), Decimal(100), Decimal(1))
        Decimal('1.50')
        """
        exact = amount * base / per
        number = exact if self.scale is None else rounded(exact, self.scale)
        if number * per != amount * base:
            raise BadValue("other_per", f"is a price for {per} that cannot be written exactly for {base}")
        return number

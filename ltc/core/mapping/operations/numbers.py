"""Numbers and truth values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ltc.core.contract.json_number import JsonNumber
from ltc.core.mapping.operations.codec import BadValue, Inline, raw_text, wrong_type
from ltc.core.models.canonical import format_decimal, parse_decimal

_PRECISION = 76
MOST_DIGITS = 60
"""So long may the canonical text of a number be."""


def is_plain(text: str) -> bool:
    """Tell whether a text is a number of digits and a point, as most are.

    >>> is_plain("12.50"), is_plain("-1"), is_plain("1e3"), is_plain(".")
    (True, False, False, False)
    """
    return len(text) <= MOST_DIGITS and text.replace(".", "", 1).isdigit() and text.isascii()


def read_number(value: Any) -> Decimal | None:
    """Read a number however the system writes it; SAP puts the minus sign last.

    >>> read_number("12.50-"), read_number(3), read_number(""), read_number(Decimal("1.0"))
    (Decimal('-12.50'), Decimal('3'), None, Decimal('1.0'))
    """
    if isinstance(value, str):
        return Decimal(value) if is_plain(value) else _read_text(value.strip())
    if value is None:
        return None
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise BadValue("not_a_number", "is not a finite number")
        return value
    if isinstance(value, JsonNumber):
        return value.exact
    if isinstance(value, bool):
        raise wrong_type("a number")
    if isinstance(value, int):
        return Decimal(value)
    raise wrong_type("an exact number")


def _read_text(text: str) -> Decimal | None:
    if not text:
        return None
    if text[-1] == "-":
        text = "-" + text[:-1].rstrip()
    try:
        return parse_decimal(text)
    except ValueError:
        raise BadValue("not_a_number", "is not a number") from None


def canonical_number(number: Decimal | int) -> str:
    """Write a number in its canonical form, if the models can hold it.

    >>> canonical_number(Decimal("10.50")), canonical_number(7)
    ('10.5', '7')
    """
    if isinstance(number, Decimal) and not number.is_finite():
        raise BadValue("not_a_number", "is not a finite number")
    return fitting(format_decimal(number))


def fitting(text: str) -> str:
    """Refuse the text of a number that is longer than the models can hold."""
    if len(text) > MOST_DIGITS:
        raise too_long()
    return text


def too_long() -> BadValue:
    """Say that the models cannot hold so many digits."""
    return BadValue("not_a_number", f"is not a number of at most {MOST_DIGITS} digits")


def rounded(number: Decimal, scale: int) -> Decimal:
    """Round half up to so many digits after the point.

    >>> rounded(Decimal("2.345"), 2)
    Decimal('2.35')
    """
    with localcontext() as context:
        context.prec = _PRECISION
        return number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number.

    >>> Integer().decode("007"), Integer().decode(Decimal("3.0")), Integer(as_text=True).encode(3)
    (7, 3, '3')
    """

    as_text: bool = False
    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Take plain integers without a call."""
        return "{v}.__class__ is int", "{v}"

    def decode(self, value: Any) -> int | None:
        """Read a whole number."""
        number = read_number(value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise BadValue("not_whole", "is not a whole number")
        return int(number)

    def encode(self, value: Any) -> int | str | None:
        """Write a whole number."""
        if value is None:
            return self.blank
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("a whole number")
        return str(value) if self.as_text else value


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number; ``scale`` rounds what is written, half up.

    >>> Number().decode(Decimal("10.50")), Number(scale=1).encode("10.25"), Number(as_text=True).encode("1.5")
    ('10.5', Decimal('10.3'), '1.5')
    """

    scale: int | None = None
    as_text: bool = False
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Read a number as canonical text."""
        number = read_number(value)
        return None if number is None else canonical_number(number)

    def encode(self, value: Any) -> Decimal | str | None:
        """Write a number."""
        if value is None:
            return self.blank
        return write_number(value, self.scale, as_text=self.as_text)


def write_number(value: Any, scale: int | None, *, as_text: bool) -> Decimal | str:
    """Write canonical text as a number, or as text where the system wants text."""
    number = read_number(value)
    if number is None:
        raise BadValue("not_a_number", "is not a number")
    if scale is not None:
        number = rounded(number, scale)
    return format(number, "f") if as_text else number


@dataclass(frozen=True, slots=True)
class Boolean:
    """A truth value: the system's own, or two tokens such as ``X`` and blank.

    >>> Boolean("X", "").decode("X"), Boolean("X", "").decode(""), Boolean("X", "").encode(False), Boolean().decode("true")
    (True, False, '', True)
    """

    true: Any = True
    false: Any = False
    blank: Any = None

    @property
    def inline(self) -> Inline | None:
        """Take truth values without a call."""
        return "{v} is True or {v} is False", "{v}"

    def decode(self, value: Any) -> bool | None:
        """Read a truth value."""
        if isinstance(value, bool):
            return value
        text = raw_text(value)
        if text == raw_text(self.true):
            return True
        if text == raw_text(self.false):
            return False
        if text is None:
            return None
        raise BadValue("not_boolean", "is neither the token for true nor the one for false")

    def encode(self, value: Any) -> Any:
        """Write a truth value."""
        if value is None:
            return self.blank
        if not isinstance(value, bool):
            raise wrong_type("true or false")
        return self.true if value else self.false

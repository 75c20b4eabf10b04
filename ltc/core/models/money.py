"""Money: exact amounts with a currency, in the currency's minor units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import cache

from ltc.core.models.canonical import parse_decimal
from ltc.core.models.isocodes import MINOR_UNITS

_PRECISION = 76


def minor_units(currency: str) -> int:
    """Tell how many digits the currency has after the point.

    >>> minor_units("EUR"), minor_units("JPY"), minor_units("KWD")
    (2, 0, 3)
    >>> minor_units("EURO")
    Traceback (most recent call last):
    ValueError: EURO is not a currency of ISO 4217
    """
    try:
        return MINOR_UNITS[currency]
    except KeyError:
        msg = f"{currency} is not a currency of ISO 4217"
        raise ValueError(msg) from None


@cache
def _unit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def quantise(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit, as invoices do.

    >>> quantise(Decimal("10.005"), "EUR"), quantise(Decimal("10.5"), "JPY"), quantise(Decimal("1.25"), "KWD")
    (Decimal('10.01'), Decimal('11'), Decimal('1.250'))
    """
    unit = _unit(minor_units(currency))
    with localcontext() as context:
        context.prec = _PRECISION
        try:
            return amount.quantize(unit, rounding=ROUND_HALF_UP)
        except InvalidOperation:
            msg = f"an amount of more than {_PRECISION} digits is not money"
            raise ValueError(msg) from None


def is_exact(amount: Decimal, currency: str) -> bool:
    """Tell whether the currency can hold the amount without rounding.

    >>> is_exact(Decimal("10.500"), "EUR"), is_exact(Decimal("10.505"), "EUR"), is_exact(Decimal("10.5"), "JPY")
    (True, False, False)
    """
    return quantise(amount, currency) == amount


def format_amount(amount: Decimal, currency: str) -> str:
    """Write an amount with exactly the digits of its currency; round half up what it cannot hold.

    >>> format_amount(Decimal("10.5"), "EUR"), format_amount(Decimal("1E+3"), "JPY"), format_amount(Decimal("-0.001"), "EUR")
    ('10.50', '1000', '0.00')
    """
    exact = quantise(amount, currency)
    return format(exact or abs(exact), "f")


def from_minor(units: int, currency: str) -> Decimal:
    """Turn a whole number of minor units (cents) into an amount.

    >>> from_minor(1050, "EUR"), from_minor(11, "JPY"), from_minor(1250, "KWD")
    (Decimal('10.50'), Decimal('11'), Decimal('1.250'))
    """
    return Decimal((0 if units >= 0 else 1, Decimal(units).as_tuple().digits, -minor_units(currency)))


def to_minor(amount: Decimal, currency: str) -> int:
    """Turn an amount into a whole number of minor units, rounding half up.

    >>> to_minor(Decimal("10.5"), "EUR"), to_minor(Decimal("11"), "JPY")
    (1050, 11)
    """
    return int(quantise(amount, currency).scaleb(minor_units(currency)))


def money(amount: str | Decimal, currency: str) -> dict[str, str]:
    """Build the canonical form of money.

    >>> money("10.5", "EUR")
    {'amount': '10.50', 'currency': 'EUR'}
    """
    number = parse_decimal(amount) if isinstance(amount, str) else amount
    return {"amount": format_amount(number, currency), "currency": currency}

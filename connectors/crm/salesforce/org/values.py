"""How the simulated org takes values in: types, lengths, picklists, and the one form in which each is kept."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from connectors.crm.salesforce.org.schema import NUMERIC, TEXT, Field

Row: TypeAlias = dict[str, Any]

_MINOR: Final = MappingProxyType({"JPY": 0, "KWD": 3})
_EMAIL: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_ID: Final = re.compile(r"^[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?$")
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_DIGITS: Final = 18


class RowError(Exception):
    """The org refuses one row."""

    def __init__(self, code: str, message: str, *fields: str) -> None:
        """Carry the vendor's status code and the fields that it names."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields

    def described(self) -> dict[str, Any]:
        """Say it as a result row does."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


class SeveralError(Exception):
    """An external id names more than one record."""

    def __init__(self, ids: list[str]) -> None:
        """Carry the ids of all that match."""
        super().__init__("more than one record")
        self.ids = ids


def long_id(short: str) -> str:
    """Complete a 15-character id with the three characters that encode its capitals.

    >>> long_id("001A0000006Vm9r")
    '001A0000006Vm9rIAC'
    """
    bits = [sum(1 << at for at, letter in enumerate(short[start : start + 5]) if letter.isupper()) for start in (0, 5, 10)]
    return short[:15] + "".join(_ALPHABET[number] for number in bits)


def mint(prefix: str, number: int) -> str:
    """Make the n-th id of an object.

    >>> mint("001", 1)
    '0015g0000000001AAA'
    """
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return long_id(f"{prefix}5g{digits.rjust(10, '0')}")


def full_id(value: object) -> str:
    """Take an id of 15 or 18 characters, or say that it is none."""
    if not isinstance(value, str) or not _ID.match(value):
        raise RowError("MALFORMED_ID", f"bad id {value}")
    return long_id(value)


def stamp(when: datetime) -> str:
    """Write a time as Salesforce does, to the millisecond.

    >>> stamp(datetime(2026, 1, 2, 3, 4, 5, 6999, tzinfo=UTC))
    '2026-01-02T03:04:05.006+0000'
    """
    when = when.astimezone(UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000"


def time_of(text: str) -> datetime:
    """Read a time with zone, in any of the forms that the API takes."""
    return datetime.fromisoformat(text).astimezone(UTC)


def number(value: Decimal, scale: int | None = None) -> Decimal:
    """Bring a number to the form in which the API prints it: at least one decimal, no exponent.

    >>> str(number(Decimal("1E+3"))), str(number(Decimal("2.3450"), 2))
    ('1000.0', '2.35')
    """
    if scale is not None:
        value = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text if "." in text else f"{text}.0") if text not in {"-0", "0"} else Decimal("0.0")


def money(value: Decimal, currency: str) -> Decimal:
    """Round an amount to its currency's minor unit."""
    return number(value, _MINOR.get(currency, 2))


def taken(one: Field, value: Any) -> Any:
    """Check a value for a field and bring it to the form that is kept; None empties the field."""
    if value is None or (isinstance(value, str) and not value.strip()):
        if one.type == "boolean":
            raise _misfit(one, value)
        return None
    if one.type in TEXT:
        return _text(one, value)
    if one.type in NUMERIC:
        return _number(one, value)
    if one.type == "boolean":
        return _boolean(one, value)
    if one.type in {"reference", "id"}:
        return full_id(value)
    return _moment(one, value)


def _misfit(one: Field, value: object) -> RowError:
    return RowError("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{one.name}: value not of required type: {value}", one.name)


def _text(one: Field, value: object) -> str:
    if not isinstance(value, str):
        raise RowError("JSON_PARSER_ERROR", f"Cannot deserialize instance of string from value {value}", one.name)
    text = value.strip()
    if one.length and len(text) > one.length:
        label = one.name
        raise RowError("STRING_TOO_LONG", f"{label}: data value too large: {text} (max length={one.length})", label)
    if one.restricted and text not in one.values:
        raise RowError(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"{one.name}: bad value for restricted picklist field: {text}", one.name
        )
    if one.type == "email" and not _EMAIL.match(text):
        raise RowError("INVALID_EMAIL_ADDRESS", f"{one.name}: invalid email address: {text}", one.name)
    return text


def _number(one: Field, value: object) -> Decimal | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise _misfit(one, value)
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise _misfit(one, value) from error
    if not amount.is_finite():
        raise _misfit(one, value)
    if amount.adjusted() >= _MOST_DIGITS - one.scale:
        raise RowError(
            "NUMBER_OUTSIDE_VALID_RANGE", f"{one.name}: value outside of valid range on numeric field: {value}", one.name
        )
    if one.type == "int":
        return int(amount)
    return number(amount, one.scale if one.type == "double" else None)


def _boolean(one: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _misfit(one, value)


def _moment(one: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _misfit(one, value)
    try:
        if one.type == "date":
            return date.fromisoformat(value[:10]).isoformat()
        return stamp(time_of(value))
    except ValueError as error:
        raise _misfit(one, value) from error

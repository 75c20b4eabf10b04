"""The canonical text of numbers, dates and times: one value, one text, so that equal values compare equal as text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MAX_DIGITS = 60


def parse_decimal(text: str) -> Decimal:
    """Read a plain decimal number; refuse NaN, infinity, digit grouping and absurd lengths.

    >>> parse_decimal("10.50"), parse_decimal("-3"), parse_decimal("1E+3")
    (Decimal('10.50'), Decimal('-3'), Decimal('1E+3'))
    >>> parse_decimal("1,5")
    Traceback (most recent call last):
    ValueError: not a decimal number
    """
    if len(text) > _MAX_DIGITS or not _PLAIN.fullmatch(text):
        msg = "not a decimal number"
        raise ValueError(msg)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        msg = "not a decimal number"
        raise ValueError(msg) from error


def format_decimal(value: Decimal | int) -> str:
    """Write a number without exponent, trailing zeros or negative zero.

    >>> [format_decimal(Decimal(text)) for text in ("10.50", "1E+3", "-0.00", "100", "0.0000001", ".5")]
    ['10.5', '1000', '0', '100', '0.0000001', '0.5']
    >>> format_decimal(7)
    '7'
    """
    if isinstance(value, int):
        return str(value)
    if not value:
        return "0"
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def normalise_decimal(text: str) -> str:
    """Bring the text of a decimal number to its canonical form.

    >>> normalise_decimal("0010.500")
    '10.5'
    """
    return format_decimal(parse_decimal(text))


def format_date(value: date) -> str:
    """Write a calendar day.

    >>> format_date(date(2026, 2, 1))
    '2026-02-01'
    """
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def parse_date(text: str) -> date:
    """Read a calendar day.

    >>> parse_date("2026-02-01")
    datetime.date(2026, 2, 1)
    >>> parse_date("20260201")
    Traceback (most recent call last):
    ValueError: not a date like 2026-01-31
    """
    if len(text) != len("2026-01-31") or text[4] != "-":
        msg = "not a date like 2026-01-31"
        raise ValueError(msg)
    return date.fromisoformat(text)


def format_time(value: datetime) -> str:
    """Write a moment in UTC, with a fraction only when there is one.

    >>> from datetime import timedelta, timezone
    >>> format_time(datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1))))
    '2026-01-01T00:00:00Z'
    >>> format_time(datetime(2026, 1, 1, 0, 0, 0, 250000, tzinfo=UTC))
    '2026-01-01T00:00:00.250000Z'
    """
    if value.tzinfo is None:
        msg = "a moment needs its time zone"
        raise ValueError(msg)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_time(text: str) -> datetime:
    """Read a moment that says its zone, as a moment in UTC.

    >>> parse_time("2026-01-01T01:00:00+01:00")
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("2026-01-01T00:00:00")
    Traceback (most recent call last):
    ValueError: a moment needs its time zone
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        msg = "a moment needs its time zone"
        raise ValueError(msg)
    return value.astimezone(UTC)

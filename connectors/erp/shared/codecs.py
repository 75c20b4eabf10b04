"""SAP's own ways to write numbers, dates, amounts and units (RFC today, OData later)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

INITIAL_DATE = "00000000"
LANGUAGES = {
    "AR": "A", "BG": "W", "CS": "C", "DA": "K", "DE": "D", "EL": "G", "EN": "E", "ES": "S", "FI": "U", "FR": "F", "HE": "B",
    "HR": "6", "HU": "H", "IT": "I", "JA": "J", "KO": "3", "NL": "N", "NO": "O", "PL": "L", "PT": "P", "RO": "4", "RU": "R",
    "SK": "Q", "SL": "5", "SV": "V", "TH": "2", "TR": "T", "UK": "8", "ZH": "1",
}  # fmt: skip
"""ISO 639 and SAP's one character for it (table T002)."""

DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3, "JOD": 3, "OMR": 3}
"""TCURX: currencies whose amounts do not have two decimals."""


def alpha_in(number: str, width: int = 10) -> str:
    """Pad a numeric key with zeros, as SAP stores it; other keys stay as they are.

    >>> alpha_in("4711"), alpha_in("ACME"), alpha_in("")
    ('0000004711', 'ACME', '')
    """
    return number.zfill(width) if number.isdigit() else number


def alpha_out(number: str) -> str:
    """Strip the zeros that SAP pads numeric keys with.

    >>> alpha_out("0000004711"), alpha_out("ACME"), alpha_out("0000000000")
    ('4711', 'ACME', '0')
    """
    return (number.lstrip("0") or number[-1:]) if number.isdigit() else number


def write_date(day: date | None) -> str:
    """Write a date; none is eight zeros.

    >>> write_date(date(2026, 3, 1)), write_date(None)
    ('20260301', '00000000')
    """
    return day.strftime("%Y%m%d") if day is not None else INITIAL_DATE


def read_date(text: str) -> date | None:
    """Read a date with or without hyphens; eight zeros or blanks are none.

    >>> read_date("20260301"), read_date("2026-03-01"), read_date("00000000")
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 1), None)
    """
    digits = text.replace("-", "").strip()
    if not digits.strip("0"):
        return None
    return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()


def decimals_of(currency: str) -> int:
    """Tell how many decimals a currency has.

    >>> decimals_of("JPY"), decimals_of("EUR"), decimals_of("KWD")
    (0, 2, 3)
    """
    return DECIMALS.get(currency, 2)


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """Round an amount commercially to its currency's decimals.

    >>> round_amount(Decimal("10.005"), "EUR"), round_amount(Decimal("10.5"), "JPY")
    (Decimal('10.01'), Decimal('11'))
    """
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), rounding="ROUND_HALF_UP")


def shift_in(amount: Decimal, currency: str) -> Decimal:
    """Shift an amount as SAP's tables store it: always two decimals, whatever the currency has.

    >>> shift_in(Decimal("1500"), "JPY"), shift_in(Decimal("1.250"), "KWD"), shift_in(Decimal("10.00"), "EUR")
    (Decimal('15.00'), Decimal('12.50'), Decimal('10.00'))
    """
    return amount.scaleb(decimals_of(currency) - 2).quantize(Decimal("0.01"))


def shift_out(amount: Decimal, currency: str) -> Decimal:
    """Shift an amount from a table back to what it means.

    >>> shift_out(Decimal("15.00"), "JPY"), shift_out(Decimal("12.50"), "KWD")
    (Decimal('1500'), Decimal('1.250'))
    """
    return amount.scaleb(2 - decimals_of(currency)).quantize(Decimal(1).scaleb(-decimals_of(currency)))


def to_sap_language(code: str) -> str:
    """Give SAP's one character for a language.

    >>> to_sap_language("de"), to_sap_language("ZH"), to_sap_language("")
    ('D', '1', '')
    """
    return LANGUAGES.get(code.upper(), code[:1].upper())

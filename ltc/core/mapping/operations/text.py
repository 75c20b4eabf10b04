"""Text: trimmed, cut to width, padded, and SAP's numbers that are written as text with leading zeros."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ltc.core.contract.json_number import JsonNumber
from ltc.core.mapping.operations.codec import BadValue, Inline, raw_text, wrong_type
from ltc.core.models.canonical import format_decimal


def fit(text: str, width: int, *, truncate: bool) -> str:
    """Make a text fit a field, by cutting it if that is allowed.

    >>> fit("Acme GmbH", 5, truncate=True)
    'Acme'
    """
    if not width or len(text) <= width:
        return text
    if truncate:
        return text[:width].rstrip()
    raise BadValue("too_long", f"has {len(text)} characters; the field holds {width}")


def plain_text(value: Any) -> str:
    """Read a value of another plain type as text."""
    if isinstance(value, JsonNumber):
        value = value.exact
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise wrong_type("a text")
    return value if isinstance(value, str) else format_decimal(value)


@dataclass(frozen=True, slots=True)
class Text:
    """Text, trimmed unless told otherwise; empty text is no value; ``one_line`` puts commas for line breaks.

    >>> Text().decode("  Acme "), Text().decode(""), Text().decode(7), Text(strip="0").decode("0012")
    ('Acme', None, '7', '12')
    >>> Text(case="upper").encode("acme"), Text(pad=4, fill="0").encode("12"), Text(blank="").encode(None)
    ('ACME', '0012', '')
    >>> Text(one_line=True).encode("Domstr. 1," + chr(10) + "Hinterhaus")
    'Domstr. 1, Hinterhaus'
    """

    trim: bool = True
    case: Literal["", "upper", "lower"] = ""
    width: int = 0
    truncate: bool = False
    strip: str = ""
    pad: int = 0
    fill: str = " "
    blank: str | None = None
    one_line: bool = False

    @property
    def inline(self) -> Inline | None:
        """Trim plain texts without a call."""
        if self.trim and not self.case and not self.strip:
            return "{v}.__class__ is str", "{v}.strip() or None"
        return None

    def decode(self, value: Any) -> str | None:
        """Read a text."""
        if value is None:
            return None
        text = plain_text(value)
        if self.trim:
            text = text.strip()
        return self._cased(text.lstrip(self.strip) if self.strip else text) or None

    def encode(self, value: Any) -> str | None:
        """Write a text."""
        if value is None:
            return self.blank
        text = plain_text(value)
        if self.one_line:
            text = ", ".join(line for part in text.splitlines() if (line := part.strip(" ,\t")))
        text = fit(self._cased(text), self.width, truncate=self.truncate)
        return text.rjust(self.pad, self.fill) if self.pad else text

    def _cased(self, text: str) -> str:
        if self.case == "upper":
            return text.upper()
        return text.lower() if self.case == "lower" else text


@dataclass(frozen=True, slots=True)
class Alpha:
    """SAP's ALPHA conversion: numbers are padded with zeros to the field's width, other texts are not; all zeros are no value.

    >>> Alpha(10).decode("0000001000"), Alpha(10).encode("1000"), Alpha(10).encode("AB-1"), Alpha(10).decode("0000000000")
    ('1000', '0000001000', 'AB-1', None)
    """

    width: int
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Take the zeros off."""
        text = None if value is None else plain_text(value).strip()
        if not text:
            return None
        return (text.lstrip("0") or None) if text.isascii() and text.isdigit() else text

    def encode(self, value: Any) -> str | None:
        """Put the zeros on."""
        if value is None:
            return self.blank
        text = plain_text(value).strip()
        return fit(text.zfill(self.width) if text.isascii() and text.isdigit() else text, self.width, truncate=False)


@dataclass(frozen=True, slots=True)
class Anything:
    """A custom field: texts trimmed, numbers with a fraction as text, other plain values as they are.

    >>> Anything().decode(" a "), Anything().decode(Decimal("1.50")), Anything().decode(True), Anything().decode("")
    ('a', '1.5', True, None)
    """

    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Trim plain texts without a call."""
        return "{v}.__class__ is str", "{v}.strip() or None"

    def decode(self, value: Any) -> Any:
        """Read any plain value."""
        if isinstance(value, str):
            return value.strip() or None
        if isinstance(value, Decimal | JsonNumber):
            return plain_text(value)
        if value is None or isinstance(value, bool | int):
            return value
        raise wrong_type("a plain value")

    def encode(self, value: Any) -> Any:
        """Write any plain value."""
        if value is None:
            return self.blank
        if isinstance(value, list | dict):
            raise wrong_type("a plain value")
        return value


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address, in lower case.

    >>> Email().decode(" Erika.Muster@Example.COM ")
    'erika.muster@example.com'
    """

    width: int = 0
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Read an address; it must have one @ with something on both sides."""
        text = raw_text(value)
        if text is None:
            return None
        name, at, domain = text.lower().rpartition("@")
        if not (name and at and domain) or "@" in name or " " in text:
            raise BadValue("email", "is not an e-mail address")
        return f"{name}@{domain}"

    def encode(self, value: Any) -> str | None:
        """Write an address."""
        return self.blank if value is None else fit(str(value), self.width, truncate=False)


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax number without spaces, dots and dashes.

    >>> TaxId().decode("DE 811.569-869"), TaxId().decode("-")
    ('DE811569869', None)
    """

    width: int = 0
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Read a number, upper case, compact."""
        text = raw_text(value)
        return None if text is None else "".join(char for char in text if char.isalnum()).upper() or None

    def encode(self, value: Any) -> str | None:
        """Write a number."""
        return self.blank if value is None else fit(str(value), self.width, truncate=False)

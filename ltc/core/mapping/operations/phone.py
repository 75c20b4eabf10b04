"""Phone numbers, in the international form where they can be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers

from ltc.core.mapping.operations.codec import Inline, raw_text
from ltc.core.mapping.operations.text import fit


@lru_cache(maxsize=20_000)
def international(text: str, region: str) -> str:
    """Write a number as E.164, with its extension; what cannot be read stays as it is.

    >>> international("(030) 123-456", "DE"), international("+49 30 123456 ext. 7", ""), international("ask Erika", "DE")
    ('+4930123456', '+4930123456;ext=7', 'ask Erika')
    """
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number; ``region`` is the country of numbers that do not say theirs.

    >>> Phone("US").decode("(415) 555-2671")
    '+14155552671'
    """

    region: str = ""
    width: int = 0
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Read a number."""
        text = raw_text(value)
        return None if text is None else international(text, self.region)

    def encode(self, value: Any) -> str | None:
        """Write a number."""
        return self.blank if value is None else fit(str(value), self.width, truncate=False)

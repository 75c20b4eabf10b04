"""Countries, currencies and languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import pycountry

from ltc.core.mapping.operations.codec import BadValue, Inline, raw_text
from ltc.core.models.isocodes import COUNTRIES, MINOR_UNITS

_LANGUAGE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")
_ALPHA3: Final = 3


@lru_cache(maxsize=2_000)
def find_country(text: str) -> str | None:
    """Find a country by its code of two or three letters, or by its English name.

    >>> find_country("de"), find_country("DEU"), find_country("Germany"), find_country("Atlantis")
    ('DE', 'DE', 'DE', None)
    """
    upper = text.upper()
    if upper in COUNTRIES:
        return upper
    found = pycountry.countries.get(alpha_3=upper) if len(text) == _ALPHA3 else None
    if found is None:
        try:
            found = pycountry.countries.lookup(text)
        except LookupError:
            return None
    return str(found.alpha_2)


@dataclass(frozen=True, slots=True)
class Country:
    """A country of ISO 3166-1; ``form`` says how the system writes it.

    >>> Country().decode("de"), Country("alpha3").encode("DE"), Country("name").encode("DE")
    ('DE', 'DEU', 'Germany')
    """

    form: Literal["alpha2", "alpha3", "name"] = "alpha2"
    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Take codes of two capital letters without a call."""
        return "{v}.__class__ is str and {v} in {t}", "{v}"

    @property
    def lookup(self) -> frozenset[str]:
        """The codes that inlined code looks into."""
        return COUNTRIES

    def decode(self, value: Any) -> str | None:
        """Read a country."""
        text = raw_text(value)
        if text is None:
            return None
        found = find_country(text)
        if found is None:
            raise BadValue("country", "is not a country")
        return found

    def encode(self, value: Any) -> str | None:
        """Write a country."""
        if value is None:
            return self.blank
        if value not in COUNTRIES:
            raise BadValue("country", "is not a country of ISO 3166")
        if self.form == "alpha2":
            return str(value)
        found = pycountry.countries.get(alpha_2=value)
        if found is None:
            raise BadValue("country", "has no other code than that of two letters")
        return str(found.alpha_3 if self.form == "alpha3" else found.name)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of ISO 4217.

    >>> Currency().decode(" eur "), Currency().decode("")
    ('EUR', None)
    """

    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Take known codes without a call."""
        return "{v}.__class__ is str and {v} in {t}", "{v}"

    @property
    def lookup(self) -> dict[str, int]:
        """The codes that inlined code looks into."""
        return MINOR_UNITS

    def decode(self, value: Any) -> str | None:
        """Read a currency."""
        text = raw_text(value)
        if text is None:
            return None
        if text.upper() not in MINOR_UNITS:
            raise BadValue("currency", "is not a currency of ISO 4217")
        return text.upper()

    def encode(self, value: Any) -> str | None:
        """Write a currency."""
        if value is None:
            return self.blank
        if value not in MINOR_UNITS:
            raise BadValue("currency", "is not a currency of ISO 4217")
        return str(value)


@dataclass(frozen=True, slots=True)
class Language:
    """A language tag; ``separator`` is what the system puts between language and region.

    >>> Language("_").decode("EN_us"), Language("_").encode("en-US"), Language().decode("DE")
    ('en-US', 'en_US', 'de')
    """

    separator: str = "-"
    upper: bool = False
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Read a language."""
        text = raw_text(value)
        if text is None:
            return None
        found = _LANGUAGE.fullmatch(text)
        if not found:
            raise BadValue("language", "is not a language")
        language, script, region = found.groups()
        parts = [language.lower(), script.title() if script else "", region.upper() if region else ""]
        return "-".join(part for part in parts if part)

    def encode(self, value: Any) -> str | None:
        """Write a language."""
        if value is None:
            return self.blank
        text = str(value).replace("-", self.separator)
        return text.upper() if self.upper else text

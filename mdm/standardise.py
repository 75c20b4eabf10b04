"""Bring names, codes and numbers to the form in which equal things compare equal; for keys, never for what people read."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

from mdm.legalforms import EAST_ASIAN, LATIN_LEADING, LATIN_TRAILING, LONGEST

_SPECIAL_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "’": "'", "`": "'"}
)
_AMPERSAND: Final = re.compile(r"\s*[&+]\s*|\s+und\s+")
_BETWEEN_SINGLE: Final = re.compile(r"\b(\w)/(\w)\b")
_DOTS: Final = re.compile(r"(?<=\w)[.'](?=\s|$|\w)|'")
_PUNCTUATION: Final = re.compile(r"[^\w()]+|_")
_PARENTHESES: Final = re.compile(r"[()]")
_SINGLES: Final = re.compile(r"\b(?:[^\W\d_] )+[^\W\d_]\b")
_ALPHANUMERIC: Final = re.compile(r"[^0-9A-Z]")
_UMLAUTS: Final = re.compile(r"([aou])e")
_DIGITS: Final = re.compile(r"\D")
_FIVE: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})


def fold(text: str) -> str:
    """Fold case, width and the accents of Latin letters; other scripts keep their marks.

    >>> fold("ＡＣＭＥ Škoda Łódź Ærø STRASSE Straße"), fold("ガ"), fold("Й")
    ('acme skoda lodz aero strasse strasse', 'ガ', 'й')
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SPECIAL_LETTERS)
    if folded.isascii():
        return folded
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", folded):
        if unicodedata.category(letter) == "Mn" and letters and letters[-1].isascii():
            continue
        letters.append(letter)
    return unicodedata.normalize("NFC", "".join(letters)).translate(_SPECIAL_LETTERS)


def words(name: str) -> list[str]:
    """Split a name into folded words; abbreviations lose their dots, single letters in a row become one word.

    >>> words("Müller & Söhne G.m.b.H."), words("S. A. Nestlé"), words("Novo A/S"), words("O'Neill-Smith")
    (['muller', 'and', 'sohne', 'gmbh'], ['sa', 'nestle'], ['novo', 'as'], ['oneill', 'smith'])
    """
    text = _BETWEEN_SINGLE.sub(r"\1\2", fold(name))
    text = _AMPERSAND.sub(" and ", text)
    text = _DOTS.sub("", text)
    text = _PUNCTUATION.sub(" ", _PARENTHESES.sub(" ", text)).strip()
    return _SINGLES.sub(lambda run: run.group().replace(" ", ""), text).split()


def core_name(name: str) -> str:
    """Take the legal form off a company's name; a name that is nothing else stays.

    >>> core_name("ACME GmbH & Co. KG"), core_name("Acme, Inc."), core_name("PT Acme Tbk"), core_name("Acme S.A. de C.V.")
    ('acme', 'acme', 'acme', 'acme')
    >>> core_name("上海华新科技有限公司"), core_name("株式会社日立製作所"), core_name("トヨタ自動車㈱"), core_name("ООО Ромашка")
    ('上海华新科技', '日立製作所', 'トヨタ自動車', 'ромашка')
    >>> core_name("AG")
    'ag'
    """
    parts = words(_east_asian(name))
    for size in range(LONGEST, 0, -1):
        if len(parts) > size and tuple(parts[:size]) in LATIN_LEADING:
            parts = parts[size:]
            break
    while True:
        size = next((size for size in range(min(LONGEST, len(parts) - 1), 0, -1) if tuple(parts[-size:]) in LATIN_TRAILING), 0)
        if not size:
            break
        parts = parts[:-size]
    if parts[-1:] == ["and"] and len(parts) > 1:
        parts.pop()
    return " ".join(parts)


def _east_asian(name: str) -> str:
    """Take legal forms off names in scripts without spaces."""
    text = unicodedata.normalize("NFKC", name).strip()
    if text.isascii():
        return text
    for form in EAST_ASIAN:
        for stripped in (text.removeprefix(form), text.removesuffix(form)):
            if stripped != text and stripped.strip():
                return stripped.strip()
    return text


@lru_cache(maxsize=65536)
def name_key(name: str) -> str:
    """Make the key by which equal company names meet: no legal form, no spaces, umlauts however they are spelt.

    >>> name_key("Müller Logistik GmbH"), name_key("MUELLER-LOGISTIK"), name_key("Muller Logistik Ges.m.b.H.")
    ('mullerlogistik', 'mullerlogistik', 'mullerlogistik')
    """
    return _UMLAUTS.sub(r"\1", core_name(name)).replace(" ", "")


def person_key(first: str, last: str) -> str:
    """Make the key of a person's name, whatever the order of its parts.

    >>> person_key("Anna Maria", "Löw") == person_key("LOEW", "anna-maria")
    True
    """
    return " ".join(sorted(_UMLAUTS.sub(r"\1", word) for word in words(f"{first} {last}")))


def postal_code(code: str, country: str = "") -> str:
    """Make postal codes comparable.

    >>> postal_code("D-50667", "DE"), postal_code("1012 ab", "NL"), postal_code("10001-1234", "US")
    ('50667', '1012AB', '10001')
    """
    text = unicodedata.normalize("NFKC", code).upper().strip()
    text = re.sub(r"^[A-Z]{1,2}-(?=\d)", "", text)
    text = _ALPHANUMERIC.sub("", text)
    if country in _FIVE and len(text) == 9:
        return text[:5]
    return text


def tax_id(number: str, country: str = "") -> str:
    """Make tax and VAT numbers comparable: no separators, no prefix of the country.

    >>> tax_id("DE 136 695 976", "DE"), tax_id("CHE-107.787.577 MWST", "CH"), tax_id("EL 023456780", "GR")
    ('136695976', '107787577', '023456780')
    """
    text = _ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", number).upper())
    text = re.sub(r"(?:MWST|TVA|IVA|HR|TPA)$", "", text) if country == "CH" else text
    prefixes = {"GR": ("EL", "GR"), "CH": ("CHE",), "GB": ("GB", "XI")}.get(country, (country,) if country else ())
    for prefix in prefixes:
        rest = text.removeprefix(prefix)
        if rest != text and rest[:1].isdigit():
            return rest
    return text


def is_vat_number(number: str, country: str) -> bool | None:
    """Check the shape and the check digit of a VAT number; None if nobody knows the country's rules.

    >>> is_vat_number("DE136695976", "DE"), is_vat_number("DE136695977", "DE"), is_vat_number("1", "AQ")
    (True, False, None)
    """
    from stdnum.util import get_cc_module  # noqa: PLC0415  # loaded only when it is needed

    module = get_cc_module(country, "vat")
    return None if module is None else bool(module.is_valid(number))


def duns(number: str) -> str:
    """Read a D-U-N-S number: nine digits; "" if it is none.

    >>> duns("15-048-3782"), duns("12345")
    ('150483782', '')
    """
    digits = _DIGITS.sub("", number)
    return digits if len(digits) == 9 and len(set(digits)) > 1 else ""


def lei(number: str) -> str:
    """Read a Legal Entity Identifier with a right check digit; "" if it is none.

    >>> lei("213800kuD8lAjWSQ9D15"), lei("213800KUD8LAJWSQ9D16")
    ('213800KUD8LAJWSQ9D15', '')
    """
    if not number:
        return ""
    from stdnum import lei as checker  # noqa: PLC0415  # loaded only when there is a number

    return _valid(checker, number)


def uscc(number: str) -> str:
    """Read a Chinese unified social credit code (统一社会信用代码); "" if it is none.

    >>> uscc("91110000600037341L"), uscc("91110000600037342L")
    ('91110000600037341L', '')
    """
    if not number:
        return ""
    from stdnum.cn import uscc as checker  # noqa: PLC0415  # loaded only when there is a number

    return _valid(checker, number)


def gtin(number: str) -> str:
    """Read a GTIN, EAN or UPC with a right check digit, as 14 digits; "" if it is none.

    >>> gtin("4006381333931"), gtin("036000291452"), gtin("4006381333932")
    ('04006381333931', '00036000291452', '')
    """
    digits = re.sub(r"[\s-]", "", number)
    if not (digits.isascii() and digits.isdigit() and len(digits) in {8, 12, 13, 14}) or not digits.strip("0"):
        return ""
    padded = digits.zfill(14)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(padded))
    return padded if total % 10 == 0 else ""


def _valid(checker: Any, number: str) -> str:
    """Check a number with a module of python-stdnum; "" if it is wrong."""
    compact = str(checker.compact(number)).upper()
    return compact if checker.is_valid(compact) else ""


def email(address: str) -> str:
    """Make e-mail addresses comparable; "" if it is none.

    >>> email(" Erika@Example.ORG "), email("mailto:a@b.de"), email("nobody")
    ('erika@example.org', 'a@b.de', '')
    """
    text = unicodedata.normalize("NFKC", address).strip().casefold().removeprefix("mailto:")
    name, at, domain = text.rpartition("@")
    return text if at and name and "." in domain and " " not in text else ""


def phone(number: str, country: str = "") -> str:
    """Write a phone number as E.164; "" if it cannot be dialled.

    >>> phone("(0221) 123 45 67", "DE"), phone("+1 212 555 0100"), phone("0221 1234567"), phone("ask Bob", "DE")
    ('+492211234567', '+12125550100', '', '')
    """
    import phonenumbers  # noqa: PLC0415  # large: loaded only when there is a number

    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def model_number(number: str) -> str:
    """Make product and part numbers comparable: upper case, no separators.

    >>> model_number("mz-76e250b/eu "), model_number("ＡＢ 12")
    ('MZ76E250BEU', 'AB12')
    """
    return _ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", number).upper())


def domain(website: str) -> str:
    """Find the domain of a website.

    >>> domain("https://www.Acme.com/de?x=1"), domain("acme.co.uk"), domain("n/a")
    ('acme.com', 'acme.co.uk', '')
    """
    host = re.sub(r"^[a-z]+://", "", website.strip().casefold()).split("/")[0].split("?")[0].split(":")[0]
    host = host.removeprefix("www.")
    return host if "." in host and " " not in host else ""

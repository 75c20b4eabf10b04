"""Tax and registration numbers with valid check digits, per country, made from a company's own digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ltc.app.sandbox.dice import Dice

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def luhn(digits: str) -> str:
    """Give the Luhn check digit.

    >>> luhn("7992739871")
    '3'
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def german_vat(digits: str) -> str:
    """Complete eight digits by ISO 7064 mod 11,10.

    >>> german_vat("13669597")
    'DE136695976'
    """
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return f"DE{digits}{(11 - product) % 10}"


def austrian_vat(digits: str) -> str:
    """Complete seven digits.

    >>> austrian_vat("1358562")
    'ATU13585627'
    """
    return f"ATU{digits}{_austrian_check(digits)}"


def _austrian_check(digits: str) -> int:
    total = 0
    for place, digit in enumerate(digits):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return (96 - total) % 10


def french_vat(digits: str) -> str:
    """Complete eight digits to a SIREN and put the key before it."""
    siren = digits + luhn(digits)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def italian_vat(digits: str) -> str:
    """Complete seven digits to a number of the province of Milan."""
    body = digits + "015"
    return f"IT{body}{luhn(body)}"


def spanish_vat(digits: str) -> str:
    """Complete seven digits to the CIF of a limited company."""
    return f"ESB{digits}{luhn(digits)}"


def british_vat(digits: str) -> str:
    """Complete seven digits by the 97-55 rule."""
    total = _weighted(digits, (8, 7, 6, 5, 4, 3, 2)) + 55
    return f"GB{digits}{97 - total % 97:02d}"


def swiss_vat(digits: str) -> str:
    """Complete eight digits, moving on when their check digit would be 10."""
    while (check := (11 - _weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4)) % 11) % 11) == 10:
        digits = f"{(int(digits) + 1) % 10**8:08d}"
    return f"CHE{digits}{check}MWST"


def dutch_vat(digits: str) -> str:
    """Complete eight digits by the eleven test, moving on when their check digit would be 10."""
    while (check := _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11) == 10:
        digits = f"{(int(digits) + 1) % 10**8:08d}"
    return f"NL{digits}{check}B01"


def chinese_credit_code(digits: str) -> str:
    """Make a unified social credit code of a Shanghai company from eight digits."""
    body = "91310000" + digits + _organisation_check(digits)
    total = sum(_USCC.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + _USCC[(31 - total) % 31]


def _organisation_check(digits: str) -> str:
    check = (11 - _weighted(digits, (3, 7, 9, 10, 5, 8, 4, 2)) % 11) % 11
    return "X" if check == 10 else str(check)


def japanese_corporate_number(digits: str) -> str:
    """Put the check digit before twelve digits."""
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return str(9 - total % 9) + digits


def kuwaiti_number(digits: str) -> str:
    """Complete eleven digits by the civil authority's weights, moving on when none fits."""
    while (check := 11 - _weighted(digits, (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11) > 9:
        digits = f"{(int(digits) + 1) % 10**11:011d}"
    return f"{digits}{check}"


def american_ein(digits: str) -> str:
    """Give an employer's number; it has no check digit, only valid prefixes."""
    return f"20-{digits}"


_VAT: Mapping[str, tuple[int, Callable[[str], str]]] = {
    "DE": (8, german_vat),
    "AT": (7, austrian_vat),
    "FR": (8, french_vat),
    "IT": (7, italian_vat),
    "ES": (7, spanish_vat),
    "GB": (7, british_vat),
    "CH": (8, swiss_vat),
    "NL": (8, dutch_vat),
}
_TAX: Mapping[str, tuple[int, Callable[[str], str]]] = {
    "CN": (8, chinese_credit_code),
    "JP": (12, japanese_corporate_number),
    "KW": (11, kuwaiti_number),
    "US": (7, american_ein),
}


def tax_ids(country: str, dice: Dice, *key: object) -> tuple[str, str]:
    """Give (tax id, VAT id) of a company; a country has the one or the other, some both.

    The French SIREN, the Italian codice fiscale and the Spanish NIF are the VAT number without its prefix.
    """
    if country in _VAT:
        length, make = _VAT[country]
        vat = make(dice.digits(length, "vat", *key))
        return {"FR": vat[4:], "IT": vat[2:], "ES": vat[2:]}.get(country, ""), vat
    length, make = _TAX[country]
    return make(dice.digits(length, "tax", *key)), ""

"""How two departments write one company: sellers as they like, clerks as SAP's forty characters allow."""

from __future__ import annotations

import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "œ": "oe", "Œ": "Oe"})

SAP_LINE = 40


def transliterate(text: str) -> str:
    """Write umlauts as two letters and drop all other accents, as clerks do.

    >>> transliterate("Müller & Söhne, Besançon, Tōyō")
    'Mueller & Soehne, Besancon, Toyo'
    """
    parts = unicodedata.normalize("NFD", text.translate(_UMLAUTS))
    return "".join(part for part in parts if not unicodedata.combining(part))


def domain(text: str) -> str:
    """Write a key as a part of an address in the net.

    >>> domain("lead:Favre & Fils")
    'leadfavrefils'
    """
    return "".join(letter for letter in transliterate(text).lower() if letter.isascii() and letter.isalnum())


def sap_line(text: str) -> str:
    """Write a line as SAP keeps it: transliterated, upper case, forty characters.

    >>> sap_line("Präzisionsteile Straußberger & Söhne GmbH & Co. KG")
    'PRAEZISIONSTEILE STRAUSSBERGER & SOEHNE'
    """
    return transliterate(text).upper()[:SAP_LINE].strip()


def sloppy(text: str, style: int) -> str:
    """Write a name as a hurried seller does; style 0 is careful, each other one has its own bad habit."""
    if style == 1:
        return text.upper()
    if style == 2:
        return text.lower()
    if style == 3:
        return text.replace(" & ", " und ").replace("  ", " ")
    if style == 4:
        return f"{text} "
    return text


def local_phone(phone: str, code: str, trunk: str, style: int) -> str:
    """Write an international number as people type it.

    >>> local_phone("+492215550123", "+49", "0", 1), local_phone("+492215550123", "+49", "0", 2)
    ('0221/5550123', '+49 (0)221 555-0123')
    """
    body = phone.removeprefix(code)
    if style == 1:
        return f"{trunk}{body[:-7]}/{body[-7:]}"
    if style == 2:
        return f"{code} {f'({trunk})' if trunk else ''}{body[:-7]} {body[-7:-4]}-{body[-4:]}"
    return f"{code} {body[:-7]} {body[-7:]}"


def spaced(number: str) -> str:
    """Write a number in groups, as it stands on a letterhead.

    >>> spaced("DE136695976")
    'DE 136 695 976'
    """
    if number[:2].isalpha() and number[2:].isdigit():
        body = number[2:]
        groups = [body[place : place + 3] for place in range(0, len(body), 3)]
        return " ".join([number[:2], *groups])
    return number


def skeleton(name: str) -> str:
    """Reduce a name to what all its spellings share: letters and digits, transliterated, upper case.

    >>> skeleton("Müller & Söhne") == skeleton("MUELLER & SOEHNE")
    True
    """
    return "".join(character for character in transliterate(name).upper() if character.isalnum())

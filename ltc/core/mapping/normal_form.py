"""Normal forms: whether what a system shows is plausibly its own spelling of what it was sent."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from typing import Any, Final

from ltc.core.models.canonical import parse_time
from ltc.core.models.isocodes import LANGUAGE

_SPECIAL: Final = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th"})
_UMLAUTS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_TAG: Final = re.compile(LANGUAGE)
_SHORTEST_PREFIX: Final = 10
_FEWEST_DIGITS: Final = 6
_PRECISION: Final = 76


def explains(sent: Any, seen: Any) -> bool:
    """Tell whether ``seen`` may be the system's own form of the canonical leaf ``sent``: then it is no news.

    Equal up to case, white space, punctuation and accents; cut at its end; a number rounded; a phone number by its digits.

    >>> explains("Müller & Söhne GmbH", "MUELLER SOEHNE GMBH"), explains("Acme Maschinenbau GmbH", "Acme Maschinenb")
    (True, True)
    >>> explains("10.005", "10.01"), explains("+49 30 123456", "030/123456"), explains("Acme", "Ajax"), explains("Acme", None)
    (True, True, False, False)
    """
    if isinstance(sent, bool) or isinstance(seen, bool) or sent is None or seen is None:
        return sent is seen
    if sent == seen:
        return True
    if isinstance(sent, dict) and isinstance(seen, dict):
        if sent.keys() != seen.keys():
            return False
        return all(explains_part(key, sent[key], seen[key]) for key in sent) or _same_price(sent, seen)
    if isinstance(sent, list | dict) or isinstance(seen, list | dict):
        return False
    return _text(str(sent), str(seen))


def explains_part(key: str, sent: Any, seen: Any) -> bool:
    """Compare one part of an amount or quantity: numbers may be rounded, currencies and units may not change.

    >>> explains_part("amount", "1.005", "1.01"), explains_part("currency", "EUR", "EURO")
    (True, False)
    """
    if sent == seen:
        return True
    if key not in {"amount", "value", "per"} or not isinstance(sent, str) or not isinstance(seen, str):
        return False
    return _rounded(sent, seen)


def _text(sent: str, seen: str) -> bool:
    if _rounded(sent, seen):
        return True
    ours, theirs = folded(sent), folded(seen)
    if ours == theirs:
        return bool(ours) or not seen.strip()
    if not theirs or not ours:
        return False
    if _is_prefix(sent, seen, theirs) or _cut_moment(sent, seen):
        return True
    if _umlauts_folded(ours) == _umlauts_folded(theirs) or _language_of(sent) == seen:
        return True
    return _same_phone(sent, seen)


def _language_of(tag: str) -> str:
    """Take the language out of a tag with a region or a script, as systems keep it that know only languages.

    >>> _language_of("de-AT"), _language_of("de"), _language_of("AT-1")
    ('de', '', '')
    """
    language, dash, _ = tag.partition("-")
    return language if dash and language.islower() and _TAG.fullmatch(tag) else ""


def _same_price(sent: dict[str, Any], seen: dict[str, Any]) -> bool:
    """Tell whether two prices are the same for one unit: 1.125 for one is 11.25 for ten.

    >>> one = {"amount": "1.125", "currency": "EUR", "per": "1", "unit": "C62"}
    >>> _same_price(one, {**one, "amount": "11.25", "per": "10"}), _same_price(one, {**one, "per": "10"})
    (True, False)
    """
    if "per" not in sent or any(sent[key] != seen[key] for key in sent if key not in {"amount", "per"}):
        return False
    ours, theirs, base, other = (_number(str(one)) for one in (sent["amount"], seen["amount"], sent["per"], seen["per"]))
    return None not in (ours, theirs, base, other) and ours * other == theirs * base  # type: ignore[operator]  # none is None


def _cut_moment(sent: str, seen: str) -> bool:
    """Tell whether the system keeps fewer digits of a second.

    >>> _cut_moment("2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123Z")
    True
    """
    if len(seen) >= len(sent) or sent[10:11] != "T" or sent[:1] != seen[:1] or sent[-1:] != "Z":
        return False
    try:
        return abs(parse_time(sent) - parse_time(seen)) < timedelta(seconds=1)
    except ValueError:
        return False


def _is_prefix(sent: str, seen: str, theirs: str) -> bool:
    """Tell whether the system cut the text; very short texts are not cut, they are changed.

    Folded lengths count: a system that writes SS for ß may cut a text without making it shorter.

    >>> _is_prefix("Voß GmbH & Co. KG", "VOSS GMBH & CO. K", folded("VOSS GMBH & CO. K"))
    True
    """
    ours = folded(sent)
    if len(theirs) >= len(ours) or len(seen) < _SHORTEST_PREFIX:
        return False
    return ours.startswith(theirs) or _umlauts_folded(ours).startswith(_umlauts_folded(theirs))


@lru_cache(maxsize=4_096)
def folded(text: str) -> str:
    """Fold case, accents, white space and punctuation away.

    >>> folded(" Café-Noir, 2. OG ")
    'cafenoir2og'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    return "".join(char for char in decomposed if char.isalnum())


def _umlauts_folded(text: str) -> str:
    for pair, one in _UMLAUTS:
        text = text.replace(pair, one)
    return text


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _rounded(sent: str, seen: str) -> bool:
    """Tell whether the second number is the first one with fewer digits after the point."""
    ours, theirs = _number(sent), _number(seen)
    if ours is None or theirs is None:
        return False
    if ours == theirs:
        return "." in sent or "." in seen
    if "." not in sent:
        return False
    with localcontext() as context:
        context.prec = _PRECISION
        most = -int(ours.as_tuple().exponent)
        for digits in range(most):
            unit = Decimal(1).scaleb(-digits)
            if theirs in {ours.quantize(unit, rounding=ROUND_HALF_UP), ours.quantize(unit, rounding=ROUND_HALF_EVEN)}:
                return True
    return False


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isdigit())


def _same_phone(sent: str, seen: str) -> bool:
    """Tell whether two texts are one phone number, with and without its country."""
    if any(char.isalpha() for char in sent + seen):
        return False
    ours, theirs = _digits(sent).lstrip("0"), _digits(seen).lstrip("0")
    shorter, longer = sorted((ours, theirs), key=len)
    if len(shorter) < _FEWEST_DIGITS or not (sent.startswith(("+", "00")) or seen.startswith(("+", "00"))):
        return ours == theirs and len(ours) >= _FEWEST_DIGITS
    return longer.endswith(shorter) and len(longer) - len(shorter) <= 3

"""How alike names are: what a renamed field is called now, and which canonical path a field may belong to."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from ltc.core.mapping.glossary import SAME

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SUFFIX: Final = re.compile(r"(__c|__r|__pc)$")


@lru_cache(maxsize=4_096)
def words(name: str) -> tuple[str, ...]:
    """Take a name apart into its words, whatever way it is written.

    >>> words("BillingPostalCode"), words("Tax_Number__c"), words("POST_CODE1"), words("LTC_Id__c")
    (('billing', 'postal', 'code'), ('tax', 'number'), ('post', 'code'), ('ltc', 'id'))
    """
    return tuple(word.lower() for word in _WORDS.findall(_SUFFIX.sub("", name)) if not word.isdigit())


def alike(one: str, other: str) -> float:
    """Say how alike two names are, from 0 to 1: by their words, or letter by letter.

    >>> alike("Tax_Number__c", "TaxNumber__c"), alike("Website", "Industry") < 0.5, alike("Email__c", "Email_Address__c") > 0.6
    (1.0, True, True)
    """
    ours, theirs = words(one), words(other)
    if not ours or not theirs:
        return 0.0
    if "".join(ours) == "".join(theirs):
        return 1.0
    common = sum(max(_close(word, with_) for with_ in theirs) for word in ours)
    common += sum(max(_close(word, with_) for with_ in ours) for word in theirs)
    by_words = common / (len(ours) + len(theirs))
    by_letters = SequenceMatcher(None, "".join(ours), "".join(theirs)).ratio()
    return min(0.99, max(by_words, by_letters * (1.0 if len(ours) == len(theirs) == 1 else 0.75)))


@lru_cache(maxsize=65_536)
def _close(one: str, other: str) -> float:
    """Compare two words; one that begins like the other may be its abbreviation."""
    if one == other:
        return 1.0
    if SAME.get(one, one) == SAME.get(other, other):
        return 0.95
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short):
        return 0.85
    ratio = SequenceMatcher(None, one, other).ratio()
    return ratio if ratio >= 0.75 else 0.0

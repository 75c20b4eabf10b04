"""Comparing names: how sure a careful person would be, from two names alone, that they are one company's, and why."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mdm.names.eastern import compare_across, compare_eastern
from mdm.names.likeness import GOOD, LIKELY, SURE, Likeness, listed
from mdm.names.parse import Name, parse
from mdm.names.spelling import alike, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["LIKELY", "SURE", "Likeness", "compare"]

_CUT_FROM: Final = 24
"""So many letters of a long name are not alike by chance: a system had no room for the rest."""

_MOST_INITIALS: Final = 6
_COMPANY: Final = frozenset({"company"})


@lru_cache(maxsize=65536)
def compare(left: str, right: str) -> Likeness:
    """Compare two names of companies; each of several names that one goes by may be the one.

    >>> compare("Müller Logistik GmbH", "MUELLER-LOGISTIK").score, compare("Müller Logistik", "Möller Logistik").score < LIKELY
    (1.0, True)
    >>> compare("Growth Fund II LP", "Growth Fund III LP").why, compare("上海华新科技有限公司", "上海华兴科技有限公司").why
    (('other number: 2 and 3',), ('other core: 华新 and 华兴',))
    """
    names = [_compare(one, other) for one in parse(left) for other in parse(right)]
    best = max(names, key=lambda found: found.score)
    return best if len(names) == 1 else best.at_most(0.9, "one goes by several names")


def _compare(left: Name, right: Name) -> Likeness:
    if left.is_eastern and right.is_eastern:
        return compare_eastern(left, right)
    if left.is_eastern or right.is_eastern:
        return compare_across(*((left, right) if left.is_eastern else (right, left)))
    found = _first(_BY_NAME, left, right)
    return _around(found, left, right) if found.score >= GOOD else found


def _first(judges: Sequence[Callable[[Name, Name], Likeness | None]], left: Name, right: Name) -> Likeness:
    """Take the word of the first judge who has one."""
    return next(found for judge in judges if (found := judge(left, right)) is not None)


def _around(found: Likeness, left: Name, right: Name) -> Likeness:
    """Be less sure where what stands around like names differs."""
    if left.form and right.form and left.form != right.form:
        found = found.at_most(0.85, f"one is a {left.form}, the other a {right.form} company")
    if more := (left.generic ^ right.generic) - _COMPANY:
        found = found.at_most(0.9, f"only one is {listed(more)}")
    if left.countries != right.countries:
        found = found.at_most(0.7, f"only one names {listed(left.countries ^ right.countries)}")
    return found


def _by_brand(left: Name, right: Name) -> Likeness | None:
    """Recognise a brand that goes by several names."""
    is_one = left.brand and left.brand == right.brand and left.letters != right.letters
    return Likeness(0.9, (f"both are {left.brand}",)) if is_one else None


def _by_number(left: Name, right: Name) -> Likeness | None:
    """Tell sisters apart: funds, phases, parks."""
    if sorted(left.numbers) == sorted(right.numbers):
        return None
    if left.numbers and right.numbers:
        return Likeness(0.1, (f"other number: {' '.join(left.numbers)} and {' '.join(right.numbers)}",))
    return Likeness(0.3, (f"only one has the number {' '.join(left.numbers or right.numbers)}",))


def _by_country(left: Name, right: Name) -> Likeness | None:
    """Tell a group's companies in two countries apart."""
    if not left.countries or not right.countries or left.countries == right.countries:
        return None
    return Likeness(0.2, (f"other country: {listed(left.countries)} and {listed(right.countries)}",))


def _by_letters(left: Name, right: Name) -> Likeness | None:
    """Recognise the same name, and one that was cut off."""
    if not left.letters or not right.letters:
        return Likeness(0.0, ("a name that says nothing",))
    if left.joined == right.joined or left.letters == right.letters:
        return Likeness(1.0, ("same words",))
    long, short = sorted((left.letters, right.letters), key=len, reverse=True)
    return Likeness(0.94, ("the beginning of a long name",)) if len(short) >= _CUT_FROM and long.startswith(short) else None


def _by_initials(left: Name, right: Name) -> Likeness | None:
    """Recognise a name by the initials of the other one's words, alone or before them."""
    for one, other in ((left, right), (right, left)):
        first, rest = one.core[0], other.core
        letters = "".join(word[0] for word in rest)
        if len(one.core) == 1 and 2 < len(rest) <= _MOST_INITIALS and not one.brand:
            if first == letters or (first == rest[0] == letters[1:] and len(rest) > 3):
                return Likeness(0.85, (f"{first} are the initials of the other name",))
        elif one.core[1:] == rest and first == letters and len(rest) > 1:
            return Likeness(0.97, (f"{first} are the initials of what follows",))
    return None


def _by_words(left: Name, right: Name) -> Likeness:
    """Compare by words, in any order; a word that one has more makes it another name."""
    paired = pair(left.core, right.core, left.cut | right.cut)
    if not paired.left and not paired.right:
        return Likeness(paired.likeness, ("words that are spelt alike",))
    mine, theirs = "".join(paired.left), "".join(paired.right)
    glued = alike(mine, theirs) if mine and theirs else alike(left.joined, right.joined)
    if glued:
        return Likeness(min(glued, paired.likeness), ("the same but for spaces and spelling",))
    if mine and theirs:
        return Likeness(0.2, (f"other words: {listed(paired.left)} and {listed(paired.right)}",))
    more = [*paired.left, *paired.right]
    is_one_word = len(more) == 1 or min(len(left.core), len(right.core)) > 1
    return Likeness(0.45 if is_one_word else 0.3, (f"only one has {listed(more)}",))


_BY_NAME: Final = (_by_brand, _by_number, _by_country, _by_letters, _by_initials, _by_words)

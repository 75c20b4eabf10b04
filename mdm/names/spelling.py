"""Spelling: which words are slips or ways of writing one word, and which are two words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from mdm.names.scripts import hardened, skeleton

if TYPE_CHECKING:
    from collections.abc import Sequence

_SILENT: Final = frozenset("aeiouyh")
_FEW: Final = 5
_MANY: Final = 11


class Pairing(NamedTuple):
    """How words of two names go together: the least alike pair, and what is left over of each."""

    likeness: float
    left: list[str]
    right: list[str]


def pair(left: Sequence[str], right: Sequence[str], cut: frozenset[str] = frozenset()) -> Pairing:
    """Pair words that are the same or spelt alike, in any order, the most alike first.

    >>> pair(["rossi", "giovanni"], ["giovani", "rossi", "bari"])
    Pairing(likeness=0.96, left=[], right=['bari'])
    """
    rated = sorted(
        (
            (likeness, -abs(place - other_place), -place, -other_place)
            for place, word in enumerate(left)
            for other_place, other in enumerate(right)
            if (likeness := alike(word, other, cut)) > 0
        ),
        reverse=True,
    )
    mine, theirs = dict(enumerate(left)), dict(enumerate(right))
    worst = 1.0
    for likeness, _, place, other_place in rated:
        if -place in mine and -other_place in theirs:
            del mine[-place], theirs[-other_place]
            worst = min(worst, likeness)
    return Pairing(worst, list(mine.values()), list(theirs.values()))


@lru_cache(maxsize=131072)
def alike(left: str, right: str, cut: frozenset[str] = frozenset()) -> float:
    """Tell how likely two words are spellings of one; 0 if they are two words.

    Letters that change places, are doubled or are not heard are slips; another letter makes another word. ``cut`` are words that
    stand for longer ones.

    >>> alike("cartwright", "cartwrigth"), alike("technoplast", "tecnoplast"), alike("muller", "moller"), alike("ott", "otto")
    (0.94, 0.95, 0.0, 0.0)
    """
    if left == right:
        return 1.0
    short, long = sorted((left, right), key=len)
    if short in cut and long.startswith(short):
        return 0.95
    if len(short) < _FEW:
        return 0.0
    return _sounds(left, right) or (_slip(short, long) if left[0] == right[0] else 0.0)


def _sounds(left: str, right: str) -> float:
    """Compare how words sound in all ways of romanising them."""
    mine, theirs = skeleton(left), skeleton(right)
    if mine == theirs:
        return 0.96
    return 0.9 if hardened(mine) == hardened(theirs) else 0.0


def _slip(short: str, long: str) -> float:
    """Recognise two letters that changed places, or one too many."""
    if len(short) == len(long):
        return 0.94 if _is_swapped(short, long) else 0.0
    place = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if long[:place] + long[place + 1 :] != short:
        return 0.0
    is_slip = (long[place] in _SILENT and place < len(short)) or long[place] == long[place - 1]
    return 0.95 if is_slip else 0.8 if len(short) >= _MANY else 0.0


def _is_swapped(left: str, right: str) -> bool:
    """Tell whether two neighbouring letters changed places."""
    places = [place for place, letter in enumerate(left) if letter != right[place]]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    one, other = places
    return left[one] == right[other] and left[other] == right[one]

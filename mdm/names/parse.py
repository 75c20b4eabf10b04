"""Parsing: what stands in a company's name, part by part."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mdm.legalforms import KIND_OF_FORM
from mdm.names import lexicon
from mdm.names.scripts import latin, pinyin, script_of, simplified
from mdm.standardise import core_name, fold, words

_ROMAN: Final = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_VALUES: Final = {"i": 1, "v": 5, "x": 10}
_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th|e|er|eme)?")
_ABBREVIATED: Final = re.compile(r"(\w{4,})\.(?=\s|$)")
_TRADING: Final = re.compile(r"\b(?:t/a|d/b/a|dba|trading as|doing business as|aka)\b")
_GAPS: Final = re.compile(r"[\s・·\-‐–—.,'\"«»„“”「」『』]+")
_ELIDED: Final = re.compile(r"\b([ld])['’](?=\w)")
_ACCENTS: Final = str.maketrans("άέήίόύώϊϋ", "αεηιουωιυ")
_BRACKETS: Final = re.compile(r"[(（]([^)）]*)[)）]")
_UMLAUT: Final = re.compile(r"ae|oe|ue")
_SHORT: Final = 5
EASTERN: Final = frozenset({"han", "kana", "hangul"})
"""The scripts whose names are written without spaces."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts: the words that tell it apart, what it is numbered by, what it does, where it is.

    ``core`` are words in Latin letters; of a name in an eastern script it is one, in that script, and ``reading`` how it reads.
    ``cut`` are words that end with a full stop and stand for longer ones, ``letters`` all but the legal form, without spaces,
    ``form`` the sort of company that its legal form says it is, ``brand`` the name by which everybody knows it.
    """

    core: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    sectors: frozenset[str] = frozenset()
    generic: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    city: str = ""
    cut: frozenset[str] = frozenset()
    letters: str = ""
    form: str = ""
    brand: str = ""
    is_eastern: bool = False
    reading: str = ""

    @property
    def joined(self) -> str:
        """All that tells it apart, without spaces."""
        return "".join((*self.core, *self.numbers))


@lru_cache(maxsize=65536)
def parse(name: str) -> tuple[Name, ...]:
    """Take a name apart; one that goes by two names, "Baker Ltd t/a Velo", gives both.

    >>> parse("Evergreen Growth Fund II, L.P.")[0].numbers, parse("Evergreen Growth Fund 2 LP")[0].core
    (('2',), ('evergreen', 'growth', 'fund'))
    >>> parse("上海市华新科技有限公司")[0].core, parse("上海华新科技有限公司")[0].city, len(parse("Baker Ltd t/a Velo City"))
    (('华新',), '上海', 2)
    """
    if script_of(name) in EASTERN:
        return (_eastern(name),)
    parts = _TRADING.split(_ELIDED.sub(r"\1 ", fold(name).translate(_ACCENTS)))
    return tuple(_western(part) for part in parts if part.strip(" ,")) or (Name(()),)


def _western(name: str) -> Name:
    cut = frozenset(latin(found) for found in _ABBREVIATED.findall(name))
    parts = [latin(word) for word in core_name(name).split()]
    branch = next((place for place, word in enumerate(parts) if word in lexicon.BRANCH), 0)
    if branch:
        parts = core_name(" ".join(parts[:branch])).split()
    core: list[str] = []
    numbers: list[str] = []
    found: dict[str, set[str]] = {"sectors": set(), "generic": set(), "countries": set()}
    for place, word in enumerate(parts):
        number = _number(word, place, parts)
        concept = lexicon.CONCEPTS.get(word, word)
        if number:
            numbers.append(number)
        elif word in lexicon.PARTICLES:
            continue
        elif concept in lexicon.COUNTRIES:
            found["countries"].add(concept)
        elif concept in lexicon.GENERIC:
            found["generic"].add(concept)
        else:
            core.append(concept)
            if concept in lexicon.SECTORS:
                found["sectors"].add(concept)
    if not core:  # of nothing but common words these are the name
        core = [word for word in parts if word not in lexicon.PARTICLES and word not in numbers] or parts
    letters = "".join(parts)
    return Name(
        tuple(_plain(word) for word in core), tuple(numbers),
        sectors=frozenset(found["sectors"]), generic=frozenset(found["generic"]), countries=frozenset(found["countries"]),
        cut=frozenset(map(_plain, cut)), letters=_plain(letters), form=_form(name), brand=lexicon.ALIASES.get(_told(parts), ""),
    )  # fmt: skip


def _told(parts: list[str]) -> str:
    return "".join(word for word in parts if word not in lexicon.PARTICLES)


def _form(name: str) -> str:
    """Tell what sort of company a name says that it is; of a limited partnership's general partner nothing is known."""
    left = Counter(words(name)) - Counter(core_name(name).split())
    kinds = {KIND_OF_FORM[word] for word in left if word in KIND_OF_FORM}
    return kinds.pop() if len(kinds) == 1 else "partnership" if "partnership" in kinds else ""


def _plain(word: str) -> str:
    """Let umlauts be, however they are spelt.

    >>> _plain("mueller"), _plain("muller"), _plain("bae"), _plain("gruenwald")
    ('muller', 'muller', 'bae', 'grunwald')
    """
    return word if len(word) < _SHORT else _UMLAUT.sub(lambda found: found.group()[0], word)


def _number(word: str, place: int, parts: list[str]) -> str:
    """Read a number, also a Roman one and one in words, or a letter by which sisters are told apart; "" if it is none.

    >>> _number("iii", 2, ["growth", "fund", "iii"]), _number("zweite", 0, ["zweite", "immo"]), _number("a", 1, ["series", "a"])
    ('3', '2', 'a')
    """
    ordinal = _ORDINAL.fullmatch(word)
    if ordinal is not None:
        return str(int(ordinal.group(1)))
    if word in lexicon.NUMBER_WORDS:
        return lexicon.NUMBER_WORDS[word]
    if place and _ROMAN.fullmatch(word):
        return str(_roman(word))
    return word if len(word) == 1 and place and parts[place - 1] in {"series", "class", "phase", "fund", "type", "serie"} else ""


def _roman(word: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in word]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def _eastern(name: str) -> Name:
    """Take a name without spaces apart: city, core, what the company does; the core counts."""
    text = fold(unicodedata.normalize("NFKC", name))
    aside = [simplified(one) for one in _BRACKETS.findall(text)]
    bare = core_name(_BRACKETS.sub(lambda found: found.group() if found.group(1) in "株有同주유" else "", text))
    bare = simplified(_GAPS.sub("", core_name(bare)))
    city, bare = _city(bare, aside)
    countries = {lexicon.CONCEPTS[one] for one in aside if lexicon.CONCEPTS.get(one) in lexicon.COUNTRIES}
    sectors: set[str] = set()
    generic: set[str] = set()
    while found := next((word for word in lexicon.EAST_SECTORS if bare.endswith(simplified(word)) and len(bare) > len(word)), ""):
        bare = bare.removesuffix(simplified(found))
        concept = lexicon.CONCEPTS[found]
        (generic if concept in lexicon.GENERIC else sectors).add(concept)
    brand = lexicon.ALIASES.get(bare, "")
    return Name(
        (bare,), (), frozenset(sectors), frozenset(generic), frozenset(countries), city, brand=brand, is_eastern=True,
        reading=brand or _plain(latin(pinyin(bare) if script_of(bare) == "han" else bare)),
    )  # fmt: skip


def _city(bare: str, aside: list[str]) -> tuple[str, str]:
    """Take off the city or province at the beginning; or else know it from what stands in brackets."""
    found = next((one for one in lexicon.CITIES if bare.startswith(one) and len(bare) > len(one) + 1), "")
    if found:
        rest = bare.removeprefix(found)
        return found, rest[1:] if rest[:1] in "市省" and len(rest) > 2 else rest
    return next((one for one in lexicon.CITIES if one in {place.rstrip("市省") for place in aside}), ""), bare

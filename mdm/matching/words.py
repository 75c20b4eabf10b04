"""Words of names: those that say little, those that are written in several ways, and other scripts in Latin letters."""

from __future__ import annotations

from typing import Final

PLAIN: Final = frozenset(
    [
        "the",
        "of",
        "and",
        "for",
        "in",
        "at",
        "on",
        "a",
        "an",
        "de",
        "la",
        "le",
        "les",
        "des",
        "du",
        "der",
        "die",
        "das",
        "van",
        "von",
        "y",
        "et",
        "e",
        "und",
        "il",
        "i",
        "di",
        "da",
        "do",
        "dos",
    ]
)
"""Words that names gain and lose without becoming others."""

_SAME: Final = {
    form: forms.split()[0]
    for forms in (
        "center centre ctr cntr cent",
        "saint st ste",
        "international intl internatl",
        "association assoc assn",
        "department dept",
        "brothers bros",
        "manufacturing mfg mfr",
        "university univ uni",
        "corporation corp",
        "services svcs svc service serv",
        "development dev devel",
        "technology tech technologies technol",
        "institute inst",
        "management mgmt mgt",
        "company co",
        "national natl",
        "american amer",
        "systems sys system",
        "group grp",
        "community comm",
        "hospital hosp",
        "school sch schl",
        "academy acad",
        "government govt",
        "engineering engg",
        "industries ind industry",
        "laboratory lab laboratories",
        "restaurant rest",
        "mount mt",
        "fort ft",
    )
    for form in forms.split()
}

_CYRILLIC: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
            "i",
            "i",
            "e",
            "g",
        ],
        strict=True,
    )
)
_GREEK: Final = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_LETTERS: Final = str.maketrans({**_CYRILLIC, **_GREEK})


def stem(word: str) -> str:
    """Write a word of a name in one way: abbreviations and plurals too.

    >>> [stem(word) for word in ("centre", "ctr", "peoples", "glass", "services")]
    ['center', 'center', 'people', 'glass', 'service']
    """
    word = _SAME.get(word, word)
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def romanised(word: str) -> str:
    """Write Cyrillic and Greek words in Latin letters; others stay.

    >>> romanised("ромашка"), romanised("ελλάς"), romanised("日立")
    ('romashka', 'ellas', '日立')
    """
    if word.isascii():
        return word
    changed = word.translate(_LETTERS).replace("ά", "a").replace("έ", "e").replace("ή", "i").replace("ί", "i").replace("ό", "o")
    return changed.replace("ύ", "y").replace("ώ", "o")

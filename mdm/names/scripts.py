"""Scripts: in which one a name is written, and how it reads in Latin letters; for comparing, never for people to read."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal, Protocol, TypeAlias

Script: TypeAlias = Literal["latin", "cyrillic", "greek", "han", "kana", "hangul"]

_CYRILLIC: Final = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
        "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
        "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "є": "ie",
        "і": "i", "ї": "i", "ґ": "g", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "dj", "џ": "dz", "ў": "u",
    }
)  # fmt: skip
_GREEK: Final = str.maketrans(
    {
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l", "μ": "m",
        "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch",
        "ψ": "ps", "ω": "o",
    }
)  # fmt: skip
_GREEK_PAIRS: Final = (("ου", "ou"), ("ευ", "ef"), ("αυ", "av"), ("μπ", "b"), ("ντ", "nt"), ("γγ", "ng"))

_ROWS: Final = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サ スセソ", "t": "タ  テト", "n": "ナニヌネノ", "h": "ハヒ ヘホ",
    "m": "マミムメモ", "y": "ヤ ユ ヨ", "r": "ラリルレロ", "w": "ワ   ヲ", "g": "ガギグゲゴ", "z": "ザ ズゼゾ", "d": "ダ  デド",
    "b": "バビブベボ", "p": "パピプペポ", "v": "ヷ ヴ  ",
}  # fmt: skip
_KANA: Final = {
    **{
        letter: f"{consonant}{vowel}"
        for consonant, row in _ROWS.items()
        for letter, vowel in zip(row.ljust(5), "aiueo", strict=True)
        if letter != " "
    },
    "シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ヂ": "ji", "ヅ": "zu", "ン": "n",
}  # fmt: skip
_SMALL: Final = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_LONG: Final = "ー"
_PAUSE: Final = "ッ"

_LEADS: Final = ("g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h")
_VOWELS: Final = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i",
)  # fmt: skip
_TAILS: Final = (
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k",
    "t", "p", "t",
)  # fmt: skip
_HANGUL: Final = range(0xAC00, 0xD7A4)


def hardened(word: str) -> str:
    """Write the hissing and the hard sounds of a word in one way.

    >>> hardened("gasprom"), hardened("gazprom"), hardened("faberlick"), hardened("schel")
    ('gasprom', 'gasprom', 'faberlik', 'shel')
    """
    for one, other in (("sch", "sh"), ("ck", "k"), ("z", "s"), ("tc", "s"), ("ts", "s")):
        word = word.replace(one, other)
    return re.sub(r"c(?!h)", "k", word)


class _Converter(Protocol):
    def convert(self, string: str) -> str: ...


def script_of(text: str) -> Script:
    """Tell in which script a name is written; one that mixes them counts as the one that is not Latin.

    >>> script_of("Acme"), script_of("ООО Ромашка"), script_of("ABC投资"), script_of("サクラ電機"), script_of("(주)한빛전자")
    ('latin', 'cyrillic', 'han', 'kana', 'hangul')
    """
    found = {_script(letter) for letter in text if letter.isalpha()}
    order: tuple[Script, ...] = ("hangul", "kana", "han", "greek", "cyrillic")
    return next((script for script in order if script in found), "latin")


@lru_cache(maxsize=8192)
def _script(letter: str) -> Script:
    name = unicodedata.name(letter, "")
    if name.startswith(("CJK", "IDEOGRAPHIC")):
        return "han"
    if name.startswith(("KATAKANA", "HIRAGANA", "HALFWIDTH KATAKANA")):
        return "kana"
    kinds: dict[str, Script] = {"HANGUL": "hangul", "CYRILLIC": "cyrillic", "GREEK": "greek"}
    return kinds.get(name.partition(" ")[0], "latin")


def latin(text: str) -> str:
    """Write folded Cyrillic, Greek, kana and Hangul in Latin letters; what is Latin or Chinese stays.

    >>> latin("ромашка"), latin("παπαδοπουλος"), latin("スズカワ"), latin("한빛")
    ('romashka', 'papadopoulos', 'suzukawa', 'hanbit')
    """
    if text.isascii():
        return text
    for pair, reading in _GREEK_PAIRS:  # after its accents have gone
        text = text.replace(pair, reading)
    text = text.translate(_CYRILLIC).translate(_GREEK)
    return _syllables(_kana(text))


def _kana(text: str) -> str:
    """Read kana by Hepburn's rules, without long vowels."""
    text = "".join(chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ん" else letter for letter in text)
    out: list[str] = []
    doubled = False
    for letter in text:
        if letter in _SMALL and out:
            out[-1] = _contracted(out[-1], _SMALL[letter])
        elif letter == _PAUSE:
            doubled = True
        elif letter != _LONG:
            read = _KANA.get(letter, letter)
            out.append(read[:1] + read if doubled and letter in _KANA else read)
            doubled = False
    return "".join(out)


def _contracted(before: str, small: str) -> str:
    """Join a small vowel to the syllable before it.

    >>> _contracted("ki", "ya"), _contracted("shi", "yo"), _contracted("fu", "a")
    ('kya', 'sho', 'fa')
    """
    stem = before[:-1]
    return stem + (small[1:] if small.startswith("y") and stem.endswith(("sh", "ch", "j")) else small)


def _syllables(text: str) -> str:
    """Read Hangul by the letters of its syllables."""
    if not any(ord(letter) in _HANGUL for letter in text):
        return text
    return "".join(_syllable(ord(letter) - 0xAC00) if ord(letter) in _HANGUL else letter for letter in text)


def _syllable(number: int) -> str:
    lead, rest = divmod(number, 588)
    vowel, tail = divmod(rest, 28)
    return _LEADS[lead] + _VOWELS[vowel] + _TAILS[tail]


def skeleton(word: str) -> str:
    """Reduce a word to what all ways of romanising it share.

    >>> skeleton("kyivskyi"), skeleton("torgovyy"), skeleton("torgovyi"), skeleton("balgarska")
    ('kivski', 'torgovi', 'torgovi', 'balgarska')
    """
    word = re.sub(r"(?<=[^aeiou])[iy]+|(?<=[aeou])[iy]+$", "i", word)
    for one, other in (("kh", "h"), ("ts", "c"), ("tz", "c"), ("j", "i"), ("w", "v"), ("y", "i"), ("ph", "f")):
        word = word.replace(one, other)
    return re.sub(r"(.)\1", r"\1", word)


@lru_cache(maxsize=4096)
def simplified(text: str) -> str:
    """Write Chinese characters in their simplified form.

    >>> simplified("華新機械")
    '华新机械'
    """
    if text.isascii():
        return text
    return _converter().convert(text)


@lru_cache(maxsize=1)
def _converter() -> _Converter:
    from opencc import OpenCC  # noqa: PLC0415  # tables that only Chinese names need

    converter: _Converter = OpenCC("t2s")
    return converter


@lru_cache(maxsize=4096)
def pinyin(text: str) -> str:
    """Read Chinese characters as they are read in Mandarin, without tones.

    >>> pinyin("天宇")
    'tianyu'
    """
    from pypinyin import lazy_pinyin  # noqa: PLC0415  # tables that only Chinese names need

    return "".join(lazy_pinyin(text))

"""Codes: a table between the system's words and ours, with a way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ltc.core.mapping.operations.codec import MISSING, BadValue, Inline, raw_text
from ltc.core.mapping.operations.text import fit

ANY: Final = "*"
"""What stands for every code that has no row of its own; it is read, never written."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A table of codes; ``back`` holds the preferred raw code of each canonical one; unknown codes park the record or are kept.

    ``rest`` is what every other code means, ``languages`` lets a language be written without its region, and ``width`` is how
    much the field holds of a code that is kept.

    >>> status = Codes({"A": "active", "X": "blocked", "": "inactive"}, {"active": "A", "blocked": "X", "inactive": ""})
    >>> status.decode("X"), status.decode(None), status.encode("inactive")
    ('blocked', 'inactive', '')
    >>> Codes({"": "posted"}, {"posted": ""}, rest="reversed").decode("1400000007")
    'reversed'
    >>> Codes({"D": "de"}, {"de": "D"}, languages=True).encode("de-AT")
    'D'
    """

    table: Mapping[str, Any]
    back: Mapping[Any, Any]
    keep: bool = False
    blank: str | None = None
    rest: Any = MISSING
    languages: bool = False
    width: int = 0

    @property
    def inline(self) -> Inline | None:
        """Look plain texts up without a call."""
        return "{v}.__class__ is str and {v} in {t}", "{t}[{v}]"

    @property
    def lookup(self) -> Mapping[str, Any]:
        """The table that inlined code looks into."""
        return self.table

    def decode(self, value: Any) -> Any:
        """Read a code."""
        if value.__class__ is str and value in self.table:
            return self.table[value]
        text = raw_text(value)
        key = "" if text is None else text
        if key in self.table:
            return self.table[key]
        if self.rest is not MISSING:
            return self.rest
        if text is None or self.keep:
            return text
        raise BadValue("unknown_code", "is a code that this line does not know")

    def encode(self, value: Any) -> Any:
        """Write a code."""
        if value in self.back:
            return self.back[value]
        if value is None:
            return self.blank
        if self.languages and (base := str(value).partition("-")[0]) in self.back:
            return self.back[base]
        if self.keep:
            return fit(str(value), self.width, truncate=False)
        raise BadValue("unknown_code", "has no code in this system")


@dataclass(frozen=True, slots=True)
class TupleCodes:
    """A table of codes that several fields make together, such as dependent picklists; theirs are written with slashes.

    ``patterns`` are rows in which a part may be any; the first that fits counts, after the rows that name every part.

    >>> reason = TupleCodes(Codes({"Lost/Price": "too dear", "Lost/": "lost"}, {"too dear": "Lost/Price", "lost": "Lost/"}), 2)
    >>> reason.decode("Lost", "Price"), reason.decode("Lost", None), reason.encode("too dear", ())
    ('too dear', 'lost', ['Lost', 'Price'])
    >>> reason.decode(None, ""), TupleCodes(Codes({"/": "open"}, {"open": "/"}), 2).decode("", "")
    (None, 'open')
    >>> block = TupleCodes(Codes({"/": "active"}, {"active": "/"}), 2, patterns=((("X", "*"), "gone"), (("*", "*"), "blocked")))
    >>> block.decode("", ""), block.decode("X", "01"), block.decode("", "01"), block.encode("active", ())
    ('active', 'gone', 'blocked', [None, None])
    """

    codes: Codes
    primaries: int
    blank: str | None = None
    patterns: tuple[tuple[tuple[str, ...], Any], ...] = ()

    def decode(self, *values: Any) -> Any:
        """Read the codes together; all blank is empty, unless the table says what that means."""
        parts = [raw_text(value) or "" for value in values]
        key = "/".join(parts)
        table = self.codes.table
        if key in table:
            return table[key]
        for pattern, value in self.patterns:
            if all(wanted in (ANY, part) for wanted, part in zip(pattern, parts, strict=True)):
                return value
        return self.codes.decode(key if any(parts) else None)

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write each field's part."""
        del old
        raw = self.codes.encode(value)
        if raw is None:
            return [self.blank] * self.primaries
        return [part or self.blank for part in str(raw).split("/")]

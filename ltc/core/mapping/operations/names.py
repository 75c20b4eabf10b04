"""One value in several fields: a long name cut over four, a name of two parts, the first field that is filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue, raw_text
from ltc.core.mapping.operations.text import plain_text


def fits(text: str, width: int) -> int:
    """Count the characters that a field holds even of a system that writes capitals, to which ß is two.

    >>> fits("Weiß & Groß", 11), fits("Weiss", 11)
    (10, 5)
    """
    taken = 0
    for count, char in enumerate(text):
        taken += len(char.upper())
        if taken > width:
            return count
    return len(text)


def cut(text: str, widths: Sequence[int], *, truncate: bool = False) -> list[str] | None:
    """Cut a text over fields, between words if it fits so, else where each field ends; None if it does not fit at all.

    A field that is full to its last character goes on in the next without a space: that is how a cut inside a word is recognised.

    >>> cut("Acme Maschinenbau", [13, 13]), cut("Acme Maschinenbau GmbH", [12, 12]), cut("too long", [3])
    (['Acme', 'Maschinenbau'], ['Acme Maschin', 'enbau GmbH'], None)
    """
    pieces, rest = _cut(text, widths, between_words=True)
    if rest:
        pieces, rest = _cut(text, widths, between_words=False)
    return None if rest and not truncate else pieces


def _cut(text: str, widths: Sequence[int], *, between_words: bool) -> tuple[list[str], str]:
    pieces: list[str] = []
    rest = text
    for width in widths:
        room = fits(rest, width)
        space = rest.rfind(" ", 1, room) if between_words and len(rest) > room else -1
        if space > 0:
            pieces.append(rest[:space])
            rest = rest[space + 1 :]
        else:
            pieces.append(rest[:room].rstrip())
            rest = rest[room:]
    return pieces, rest


@dataclass(frozen=True, slots=True)
class Split:
    """A text cut over several fields.

    >>> names = Split((10, 10))
    >>> names.decode("Acme", "GmbH"), names.encode("Acme Werke Nord", ()), names.decode("Acme", "")
    ('Acme GmbH', ['Acme', 'Werke Nord'], 'Acme')
    """

    widths: tuple[int, ...]
    truncate: bool = False
    blank: str | None = None

    @property
    def primaries(self) -> int:
        """All fields carry the value."""
        return len(self.widths)

    def decode(self, *values: Any) -> str | None:
        """Put the pieces together again."""
        text = ""
        full = True
        for value, width in zip(values, self.widths, strict=True):
            piece = "" if value is None else plain_text(value).rstrip()
            if not piece.strip():
                continue
            text += piece if full else " " + piece.lstrip()
            full = len(piece.upper()) >= width
        return " ".join(text.split()) or None

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Cut the text."""
        if value is None:
            return [KEEP if found is MISSING else self.blank for found in old] if old else [self.blank] * len(self.widths)
        text = " ".join(str(value).split())
        pieces = cut(text, self.widths, truncate=self.truncate)
        if pieces is None:
            raise BadValue("too_long", f"has {len(text)} characters; the fields hold {sum(self.widths)}")
        return [piece or self.blank for piece in pieces]


@dataclass(frozen=True, slots=True)
class Join:
    """Several texts as one; ``back`` says which word, the last or the first, is the part that stands alone on the way back.

    >>> Join(2).decode("Erika", None), Join(2, back="last").encode("Anna Maria Muster", ())
    ('Erika', ['Anna Maria', 'Muster'])
    """

    primaries: int
    separator: str = " "
    back: Literal["", "last", "first"] = ""
    blank: str | None = None

    def decode(self, *values: Any) -> str | None:
        """Join what is filled."""
        return self.separator.join(part for part in map(raw_text, values) if part) or None

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Take the text apart."""
        del old
        if not self.back:
            raise BadValue("one_way", "is joined from several fields and has no way back")
        if value is None:
            return [self.blank] * self.primaries
        text = str(value)
        head, _, tail = text.rpartition(self.separator) if self.back == "last" else text.partition(self.separator)
        return [head or self.blank, tail or self.blank]


@dataclass(frozen=True, slots=True)
class First:
    """The first field that is filled; it is also the one that is written.

    >>> First(2).decode(None, "030 1"), First(2).encode("030 2", (None, "030 1")), First(2).encode("030 2", ())
    ('030 1', [<Mark.KEEP: 'keep'>, '030 2'], ['030 2', <Mark.KEEP: 'keep'>])
    """

    primaries: int
    blank: str | None = None

    def decode(self, *values: Any) -> str | None:
        """Find the first that is filled."""
        return next((text for text in map(raw_text, values) if text is not None), None)

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write where the value came from."""
        filled = [index for index, found in enumerate(old) if found is not MISSING and raw_text(found) is not None]
        new: list[Any] = [KEEP] * self.primaries
        if value is None:
            for index in filled:
                new[index] = self.blank
            return new
        new[filled[0] if filled else 0] = value
        return new


@dataclass(frozen=True, slots=True)
class RowKey:
    """The key of a row that several raw fields make together, written with slashes.

    >>> RowKey(3).decode("1000", "10", "00"), RowKey(3).encode("1000/10/00", ())
    ('1000/10/00', ['1000', '10', '00'])
    """

    primaries: int
    blank: str | None = None

    def decode(self, *values: Any) -> str | None:
        """Join the parts; a blank part keeps its place."""
        parts = [raw_text(value) or "" for value in values]
        return "/".join(parts) if any(parts) else None

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Take the key apart."""
        del old
        parts = str(value or "").split("/")
        if len(parts) != self.primaries:
            raise BadValue("row_key", f"is not a key of {self.primaries} parts with slashes between them")
        return [part or self.blank for part in parts]

"""Codes: a table between the system's words and ours, with a way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ltc.core.mapping.operations.codec import BadValue, Inline, raw_text


@dataclass(frozen=True, slots=True)
class Codes:
    """A table of codes; ``back`` holds the preferred raw code of each canonical one; unknown codes park the record or are kept.

    >>> status = Codes({"A": "active", "X": "blocked", "": "inactive"}, {"active": "A", "blocked": "X", "inactive": ""})
    >>> status.decode("X"), status.decode(None), status.encode("inactive")
    ('blocked', 'inactive', '')
    """

    table: Mapping[str, Any]
    back: Mapping[Any, Any]
    keep: bool = False
    blank: str | None = None

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
        if text is None or self.keep:
            return text
        raise BadValue("unknown_code", "is a code that this line does not know")

    def encode(self, value: Any) -> Any:
        """Write a code."""
        if value in self.back:
            return self.back[value]
        if value is None:
            return self.blank
        if self.keep:
            return value
        raise BadValue("unknown_code", "has no code in this system")


@dataclass(frozen=True, slots=True)
class TupleCodes:
    """A table of codes that several fields make together, such as dependent picklists; theirs are written with slashes.

    >>> reason = TupleCodes(Codes({"Lost/Price": "too dear", "Lost/": "lost"}, {"too dear": "Lost/Price", "lost": "Lost/"}), 2)
    >>> reason.decode("Lost", "Price"), reason.decode("Lost", None), reason.encode("too dear", ())
    ('too dear', 'lost', ['Lost', 'Price'])
    """

    codes: Codes
    primaries: int
    blank: str | None = None

    def decode(self, *values: Any) -> Any:
        """Read the codes together."""
        parts = [raw_text(value) or "" for value in values]
        return self.codes.decode("/".join(parts) if any(parts) else None)

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write each field's part."""
        del old
        raw = self.codes.encode(value)
        if raw is None:
            return [self.blank] * self.primaries
        return [part or self.blank for part in str(raw).split("/")]

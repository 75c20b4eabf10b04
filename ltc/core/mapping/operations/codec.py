"""What an operation is: a codec that reads raw values into a canonical value and writes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias

Inline: TypeAlias = tuple[str, str]
"""A condition and an expression over ``{v}`` that generated code may use in place of a call."""


class Mark(Enum):
    """Marks that stand where a value would: not there at all, and leave as it is."""

    MISSING = "missing"
    KEEP = "keep"


MISSING: Final = Mark.MISSING
KEEP: Final = Mark.KEEP
_ROOM: Final = 10_000
_TEXTS: Final = (str, type(None), Mark)


class BadValue(ValueError):  # named as what it is, like the errors of ltc.core.errors
    """A value that the operation cannot read or write; the message never holds the value, which may be personal."""

    def __init__(self, code: str, message: str) -> None:
        """Keep a stable code and a sentence."""
        self.code = f"value.{code}"
        self.message = message
        super().__init__(message)


class Remembered(dict[Any, Any]):
    """What a function of texts gave, remembered text by text: records come with the same few codes, units and days.

    >>> lengths = Remembered(len)
    >>> lengths["EUR"], lengths["EUR"], dict(lengths)
    (3, 3, {'EUR': 3})
    """

    __slots__ = ("read",)

    def __init__(self, read: Callable[[Any], Any]) -> None:
        """Take the function; what it raises is not remembered."""
        super().__init__()
        self.read = read

    def __missing__(self, key: Any) -> Any:
        """Ask the function; of what is no text, or texts, nothing is kept, since 1, True and 1.0 would be one key."""
        found = self.read(key)
        if all(part.__class__ in _TEXTS for part in (key if key.__class__ is tuple else (key,))):
            if len(self) >= _ROOM:
                self.clear()
            self[key] = found
        return found


class Single(Protocol):
    """Reads one raw field into one canonical value, and back."""

    @property
    def inline(self) -> Inline | None:
        """What generated code may do without a call; it must agree with ``decode``."""

    def decode(self, value: Any, /) -> Any:
        """Read a raw value; raise BadValue."""

    def encode(self, value: Any, /) -> Any:
        """Write a canonical value; raise BadValue."""


class Several(Protocol):
    """Reads several raw fields into one canonical value, and back.

    ``primaries`` is how many of the first fields must all be absent for the value to be absent; the others are then None.
    """

    @property
    def primaries(self) -> int:
        """How many fields carry the value itself."""

    def decode(self, *values: Any) -> Any:
        """Read raw values; raise BadValue."""

    def encode(self, value: Any, old: Sequence[Any], /) -> Sequence[Any]:
        """Write a canonical value over the old raw values; KEEP leaves a field alone."""


def wrong_type(expected: str) -> BadValue:
    """Say that the system sent another type than the line expects."""
    return BadValue("type", f"is not {expected}")


def raw_text(value: Any) -> str | None:
    """Read any plain raw value as text; None if it is empty.

    >>> raw_text(" A "), raw_text(7), raw_text(""), raw_text(True)
    ('A', '7', None, 'true')
    """
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        raise wrong_type("a plain value")
    return str(value)

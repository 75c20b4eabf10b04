"""Named codecs: operations of one vendor or customer, written in Python and announced by their package's entry point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final, Protocol

from ltc.core.contract.json_number import JsonNumber
from ltc.core.mapping.operations.codec import BadValue, Inline

GROUP: Final = "ltc.codecs"
"""The group of entry points; a name has a dot, such as ``acme.rating``, so that it is told from the vocabulary's own words."""


class Codec(Protocol):
    """What a package offers: it reads and writes one filled raw value; a ValueError parks the record with its message.

    ``kinds`` are the canonical kinds that it gives (``text``, ``integer``, ``boolean``, ``choice``, …), ``samples`` raw values on
    which the laws are tried.
    """

    @property
    def kinds(self) -> Sequence[str]:
        """Name the canonical kinds."""

    @property
    def samples(self) -> Sequence[Any]:
        """Give raw values to try the laws on."""

    def decode(self, value: Any, /) -> Any:
        """Read a raw value."""

    def encode(self, value: Any, /) -> Any:
        """Write a canonical value."""


@dataclass(frozen=True, slots=True)
class Named:
    """A codec of another package as an operation: what is empty stays empty, and what it cannot do is a bad value.

    >>> class Stars:
    ...     kinds, samples = ("integer",), ("*", "***")
    ...     def decode(self, value): return len(value)
    ...     def encode(self, value): return "*" * value
    >>> stars = Named("acme.stars", Stars())
    >>> stars.decode("***"), stars.encode(2), stars.decode(None), stars.encode(None)
    (3, '**', None, None)
    """

    name: str
    codec: Codec
    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Nothing is known of it that could be written out."""
        return None

    @property
    def samples(self) -> Sequence[Any]:
        """Give raw values to try the laws on."""
        return (*self.codec.samples, None)

    def decode(self, value: Any) -> Any:
        """Read a raw value."""
        if value is None or value == "":
            return None
        found = self._run(self.codec.decode, value.exact if isinstance(value, JsonNumber) else value)
        if found is not None and not isinstance(found, str | int):
            raise BadValue("codec", f"is read by {self.name} as neither text, whole number nor truth value")
        return found

    def encode(self, value: Any) -> Any:
        """Write a canonical value."""
        return self.blank if value is None else self._run(self.codec.encode, value)

    def _run(self, work: Any, value: Any) -> Any:
        try:
            return work(value)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, IndexError) as error:
            raise BadValue("codec", f"does not suit {self.name} ({type(error).__name__})") from None


class NoCodec(ValueError):  # named as what it is, like the errors of ltc.core.errors
    """Why a named codec cannot be had."""


@cache
def find_codec(name: str) -> Codec:
    """Load a codec by its name; raise NoCodec with a sentence."""
    found = entry_points(group=GROUP, name=name)
    if not found:
        message = f"There is no operation {name!r}."
        raise NoCodec(message)
    [point, *_] = found
    try:
        loaded = point.load()
        codec: Codec = loaded() if isinstance(loaded, type) else loaded
        whole = all(hasattr(codec, wanted) for wanted in ("kinds", "samples", "decode", "encode"))
    except Exception as error:
        message = f"The operation {name!r} of {point.value} cannot be loaded: {type(error).__name__}: {error}."
        raise NoCodec(message) from error
    if not whole:
        message = f"{point.value} is no codec: it needs `kinds`, `samples`, `decode` and `encode`."
        raise NoCodec(message)
    return codec


def codec_names() -> list[str]:
    """List the named codecs of the installed packages."""
    return sorted({point.name for point in entry_points(group=GROUP)})

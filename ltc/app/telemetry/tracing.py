"""Tracing as the engine knows it: spans around what it does. A hub that is not traced has this one, which does nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.core.contract import Call

_NOTHING: Final = nullcontext()


class Tracing:
    """Opens no spans."""

    def span(self, name: str, *, carried: Sequence[str] = (), **known: object) -> AbstractContextManager[None]:
        """Open a span for what is done within, about these things; ``carried`` says what it follows from."""
        del name, carried, known
        return _NOTHING

    def watching(self, system: str, journal: Callable[[Call], None]) -> Callable[[Call], None]:
        """Give a journal for a system's calls that makes a span of each."""
        del system
        return journal

    def present(self) -> str:
        """Say what the present span is, for whoever goes on with it later or elsewhere; "" if there is none."""
        return ""

    def trace_id(self) -> str:
        """Name the present trace; "" if there is none."""
        return ""

    def close(self) -> None:
        """Send what has not been sent."""


SILENT: Final = Tracing()

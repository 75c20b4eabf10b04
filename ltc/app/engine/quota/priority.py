"""For what priority a thread works at the moment: it decides who may use the last part of a budget."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDINARY: Final = 0
WEBHOOKS: Final = 50
"""Of what webhooks tell somebody is waiting; jobs are declared below this, unless an admin says otherwise."""

_PRIORITY: ContextVar[int | None] = ContextVar("ltc_priority", default=None)


@contextmanager
def working_at(priority: int) -> Iterator[None]:
    """Work for a job of this priority."""
    token = _PRIORITY.set(priority)
    try:
        yield
    finally:
        _PRIORITY.reset(token)


def present(otherwise: int) -> int:
    """Say for which priority this thread works."""
    found = _PRIORITY.get()
    return otherwise if found is None else found

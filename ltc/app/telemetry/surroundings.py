"""Surroundings: what the present thread works on, for every line and span that it has to tell of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING: Mapping[str, object] = MappingProxyType({})
_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("ltc_about", default=_NOTHING)

NAMES = ("run", "job", "system", "object", "entity", "record", "key", "trace")
"""What is told, from the widest to the narrowest; ``record`` is the system's own id, ``key`` the business key."""


@contextmanager
def about(**known: object) -> Iterator[None]:
    """Let all that this thread tells within be about these things too; what is empty is left out.

    >>> with about(job="changes", run=7), about(system="crm", entity=""):
    ...     dict(surroundings())
    {'job': 'changes', 'run': 7, 'system': 'crm'}
    """
    token = _ABOUT.set({**_ABOUT.get(), **{name: value for name, value in known.items() if value}})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def surroundings() -> Mapping[str, object]:
    """Say what the present thread works on."""
    return _ABOUT.get()

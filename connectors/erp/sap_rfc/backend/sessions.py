"""ABAP sessions: what a BAPI did waits in its session until that session commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

_MOST_SESSIONS: Final = 200


@dataclass(slots=True)
class Session:
    """One logon: ``pending`` is what COMMIT will do, ``staged`` what later calls of this session must see before that.

    ``keys`` names the business objects that wait, by which a fault of the COMMIT is decided.
    """

    user: str
    pending: list[Callable[[], None]] = field(default_factory=list)
    staged: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def commit(self) -> int:
        """Do everything that waits, in order, and tell how much it was."""
        acts = self.pending[:]
        self.forget()
        for act in acts:
            act()
        return len(acts)

    def forget(self) -> None:
        """Drop everything that waits."""
        self.pending.clear()
        self.staged.clear()
        self.keys.clear()


class Sessions:
    """All open sessions by the id that the client gave them; the longest idle one is thrown out when there are too many."""

    def __init__(self) -> None:
        """Start without any."""
        self._open: dict[str, Session] = {}

    def get(self, identity: str, user: str) -> Session:
        """Find a session, or begin it; a call without an id has a session of its own that ends with it."""
        session = self._open.pop(identity, None)
        if session is None or session.user != user:
            session = Session(user)
        if identity:
            self._open[identity] = session
            if len(self._open) > _MOST_SESSIONS:
                del self._open[next(iter(self._open))]
        return session

    def end(self, identity: str) -> None:
        """End a session; what waited in it is gone."""
        self._open.pop(identity, None)

"""Back-fills: what a connector says beside its two verbs if its system knows when things changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime


@runtime_checkable
class Memory(Protocol):
    """A connector that can read again from any moment on has this beside its two verbs."""

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        """Make the cursor of a read that shows what changed from a moment on and, if one is given, before another.

        The read may show more than that, and less in no case but one: what changed again after ``until`` may be left out. It
        makes no call. Both moments are aware of their zone.
        """

"""What the databases complain of, as what the hub can do about it.

Only the first line of a driver's message is kept: the lines below, and the parameters, hold values of records.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from ltc.core.errors import Later, LtcError, Misconfigured


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that goes wrong, by how SQLite's error names and PostgreSQL's states begin; no ``after``: waiting is no use."""

    code: str
    sentence: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]
    after: float | None = None
    remedy: str = ""

    def error(self, reason: str, place: str = "") -> LtcError:
        """Say it; of what a person must mend, also where."""
        where = f" ({place})" if place and self.remedy else ""
        message = f"{self.sentence}{where}: {reason}."
        if self.after is None:
            return Misconfigured(message, remedy=self.remedy, code=self.code)
        return Later(message, after=self.after, remedy=self.remedy, code=self.code)


AWAY = Complaint(
    "store.away", "The store cannot be reached", (), ("08", "57P"), 1.0, "Check that its server runs, and the address."
)
AILMENTS = frozenset({"store.away", "store.busy", "store.no_room", "store.unusable"})
"""What a store that took nothing says; one that is busy for a moment takes the next attempt."""

COMPLAINTS = (
    Complaint(  # deadlock, serialisation failure, a lock waited for in vain, a statement or idle transaction cut off
        "store.busy", "The store is busy",
        ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT", "SQLITE_PROTOCOL", "SQLITE_SCHEMA"),
        ("40", "55P03", "57014", "25P03"), 0.2,
    ),
    Complaint(
        "store.race", "Another transaction has stored the same first",
        ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"), ("23505",), 0.0,
    ),
    Complaint(
        "store.no_room", "The store has no room",
        ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOMEM"), ("53", "58"), 30.0, "Make room on its disk; then it goes on by itself.",
    ),
    Complaint(
        "store.unusable", "The store cannot be used",
        ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH", "SQLITE_CORRUPT", "SQLITE_NOTADB"),
        ("28", "3D000", "42501", "25006"), None, "Check the store's address and the rights to it.",
    ),
    Complaint(
        "store.not_migrated", "The store lacks something",
        ("no such table", "no such column"), ("42P01", "42703", "3F000"), None,
        "Let this version of the hub migrate it; if a newer one wrote it, use that one.",
    ),
    AWAY,
)  # fmt: skip


@contextmanager
def translated(place: str = "") -> Iterator[None]:
    """Turn what a driver raises into the hub's errors; what may pass next time becomes :class:`Later`.

    ``place`` says which store it is, for those who have to mend it.
    """
    try:
        yield
    except DBAPIError as fault:
        raise explained(fault, place) from None


def explained(fault: DBAPIError, place: str = "") -> LtcError:
    """Say what a driver's error means; what only a fault of ours can cause stays a plain error."""
    reason = (str(fault.orig).splitlines() or [type(fault.orig).__name__])[0].strip().rstrip(".")
    name, state = getattr(fault.orig, "sqlite_errorname", "") or "", getattr(fault.orig, "sqlstate", "") or ""
    signs = (reason if name == "SQLITE_ERROR" else name, state)
    for complaint in COMPLAINTS:
        if (signs[0] and signs[0].startswith(complaint.sqlite)) or (state and state.startswith(complaint.postgresql)):
            return complaint.error(reason, place)
    if not name and not state and isinstance(fault, OperationalError | InterfaceError):
        return AWAY.error(reason, place)
    return LtcError(f"The store refused a statement: {reason}.", code="store.refused")

"""Errors, one class per thing that the engine can do about them.

    LtcError
    ├── Misconfigured      stop the system and tell its owner
    ├── Unauthorised       refresh the credentials once, then stop
    ├── Later              back off and try the same again (429, 5xx, locks)
    │   └── QuotaSpent     leave this system alone until a given time
    ├── Unknown            the call may have had an effect: settle before anything else
    ├── Rejected           park this record, go on with the rest
    ├── Stale              the target moved on: read again and plan again
    ├── Gone               the record no longer exists in the system: unlink
    ├── Fenced             another worker holds the lease: write nothing more
    └── Braked             a safety brake holds: a person must release it

The docstring of a class is the sentence that a user reads when nobody gave a better one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file that a person wrote, and what to do about it.

    ``code`` is stable and is what a translation hangs on; line and column count from 1.
    """

    code: str
    message: str
    remedy: str = ""
    severity: Severity = "error"
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        """Say it in one line, place first, as compilers do."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} {self.remedy}".rstrip()


class LtcError(Exception):
    """Something went wrong."""

    code: str = "ltc.error"

    def __init__(self, message: str = "", *, remedy: str = "", code: str = "") -> None:
        """Keep the user's sentence, the remedy and a stable code."""
        self.message = message or (self.__class__.__doc__ or "").splitlines()[0]
        self.remedy = remedy
        if code:
            self.code = code
        super().__init__(self.message)

    def __str__(self) -> str:
        """Say what happened and what to do."""
        return f"{self.message} {self.remedy}".rstrip()


class Misconfigured(LtcError):
    """The configuration does not allow this system to be used."""

    code = "config.invalid"

    def __init__(self, message: str = "", *, remedy: str = "", code: str = "", faults: Sequence[Fault] = ()) -> None:
        """Carry every fault that was found, not only the first."""
        self.faults: tuple[Fault, ...] = tuple(faults)
        if not message and self.faults:
            message = "; ".join(str(fault) for fault in self.faults)
        super().__init__(message, remedy=remedy, code=code)


class Unauthorised(LtcError):
    """The system did not accept the credentials."""

    code = "system.unauthorised"
    renewed: bool = False
    """Whether the system had just given out new credentials, and refused those too: a session that ended, not a wrong secret."""


class Later(LtcError):
    """The system cannot take this now; it is tried again."""

    code = "system.later"

    def __init__(self, message: str = "", *, after: float | None = None, remedy: str = "", code: str = "") -> None:
        """Remember the seconds that the system asked us to wait, if it said."""
        self.after = after
        super().__init__(message, remedy=remedy, code=code)


class QuotaSpent(Later):
    """The system's quota is spent; it is left alone until it resets."""

    code = "system.quota_spent"

    def __init__(self, message: str = "", *, until: datetime | None = None, remedy: str = "") -> None:
        """Remember when the quota resets, if the system said."""
        self.until = until
        super().__init__(message, remedy=remedy)


class Unknown(LtcError):
    """The call was cut off: whether it had an effect is not known."""

    code = "system.outcome_unknown"


class Rejected(LtcError):
    """The system refused the record."""

    code = "record.rejected"

    def __init__(self, message: str = "", *, field: str = "", remedy: str = "", code: str = "") -> None:
        """Name the system's own field, if it named one."""
        self.field = field
        super().__init__(message, remedy=remedy, code=code)


class Stale(LtcError):
    """The record changed in the system since it was last read."""

    code = "record.stale"


class Gone(LtcError):
    """The record no longer exists in the system."""

    code = "record.gone"

    def __init__(self, message: str = "", *, merged_into: str = "") -> None:
        """Name the record that took this one's place, if there is one."""
        self.merged_into = merged_into
        super().__init__(message)


class Fenced(LtcError):
    """Another worker has taken over this work; nothing more is written."""

    code = "run.fenced"


class Braked(LtcError):
    """A safety brake stopped the run before it wrote anything."""

    code = "run.braked"


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one value of one record could not be used.

    ``path`` is canonical, ``source`` the system's own path; ``value`` is masked where the model marks personal data.
    """

    code: str
    message: str
    path: str = ""
    source: str = ""
    value: str = ""
    operation: str = ""
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(slots=True)
class Untranslatable(LtcError):
    """The record does not fit its mapping."""

    errors: list[FieldError] = field(default_factory=list)

    code = "record.untranslatable"

    def __post_init__(self) -> None:
        """Say every reason in one message."""
        LtcError.__init__(self, "; ".join(f"{e.path or e.source}: {e.message}" for e in self.errors))

"""BAPIs: what their RETURN means, and the one way to COMMIT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ltc.core.contract import Outcome, WriteResult
from ltc.core.errors import Later, LtcError, Rejected, Unknown

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from ltc.core.contract import Journal, WriteItem

ROLLBACK: Final = "BAPI_TRANSACTION_ROLLBACK"
COMMIT: Final = "BAPI_TRANSACTION_COMMIT"
LOCKS: Final = frozenset(
    {("V1", "042"), ("V1", "045"), ("M3", "024"), ("M3", "023"), ("ME", "006"), ("F5", "671"), ("MC", "601")}
)
"""Messages that say that someone else works on the object at the moment."""

REMEDIES: Final[Mapping[tuple[str, str], str]] = {
    ("F2", "003"): "Let the customer be created in SAP first.",
    ("V1", "301"): "The order needs a customer that SAP knows.",
    ("V1", "033"): "Let the material be created in SAP, for this sales area.",
    ("V1", "849"): "The customer's credit limit is reached: raise it in SAP, or release the order, then retry.",
    ("F5", "201"): "The posting period is closed in SAP: open it, or correct the date, then retry.",
    ("F5", "702"): "The amounts of the posting do not add up to zero: check the mapping of amounts.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One row of a RETURN table (BAPIRET2)."""

    type: str
    id: str
    number: str
    text: str
    field: str

    @property
    def failed(self) -> bool:
        """Tell an error or an abort from success, warning and information."""
        return self.type in {"E", "A"}

    @property
    def locked(self) -> bool:
        """Tell whether it is worth trying the same again."""
        return (self.id, self.number) in LOCKS

    def error(self) -> LtcError:
        """Say it as one of our own errors."""
        text = f"SAP: {self.text} ({self.id} {self.number})"
        if self.locked:
            return Later(text, code="sap.locked")
        remedy = REMEDIES.get((self.id, self.number), "Correct the record, or its master data in SAP, and retry it.")
        return Rejected(text, field=self.field, remedy=remedy, code=f"sap.{self.id}{self.number}".lower())


def messages(answer: Mapping[str, Any]) -> list[Message]:
    """Read RETURN, which is a table or one structure."""
    told = answer.get("RETURN") or []
    rows: Sequence[Mapping[str, Any]] = [told] if isinstance(told, Mapping) else told
    return [
        Message(
            str(row["TYPE"]),
            str(row["ID"]),
            str(row["NUMBER"]),
            str(row["MESSAGE"]),
            str(row.get("FIELD", "") or row.get("PARAMETER", "")),
        )
        for row in rows
        if row.get("TYPE")
    ]


def failure(answer: Mapping[str, Any]) -> LtcError | None:
    """Give the error that a BAPI reported: the first that says something, a lock before all others."""
    failed = [message for message in messages(answer) if message.failed]
    failed.sort(key=lambda message: not message.locked)
    return failed[0].error() if failed else None


def roll_back(session: Session) -> None:
    """Drop what this session has not committed; a broken session has lost it anyway."""
    if not session.broken:
        session.call(ROLLBACK)


def refused(item: WriteItem, error: LtcError) -> WriteResult:
    """Give the result of a write that did nothing in SAP."""
    outcome = Outcome.LATER if isinstance(error, Later) else Outcome.REJECTED
    return WriteResult(item.key, outcome, item.id, error=error)


def attempt(session: Session, item: WriteItem, name: str, **params: Any) -> tuple[dict[str, Any], WriteResult | None]:
    """Call a BAPI; give its answer, and the result of the write if SAP refused it.

    Nothing has happened in SAP before :func:`commit`; a connection lost until then leaves nothing behind.
    """
    try:
        answer = session.call(name, **params)
    except (Later, Rejected) as error:
        roll_back(session)
        return {}, refused(item, error)
    told = failure(answer)
    if told is None:
        return answer, None
    roll_back(session)
    return answer, refused(item, told)


def commit(session: Session, item: WriteItem, journal: Journal, number: str, done: Outcome) -> WriteResult:
    """Store the number, then COMMIT: after a crash between the two, the look-up by number finds nothing, and rightly so."""
    try:
        journal(item.key, "number", {"id": number})
    except LtcError:
        roll_back(session)
        raise
    if session.broken:
        raise AssertionError("a broken session has nothing to commit")
    try:
        answer = session.call(COMMIT, WAIT="X")
    except Unknown as error:
        return WriteResult(item.key, Outcome.UNKNOWN, number, error=error)
    error_told = failure(answer)
    if error_told is not None:
        return refused(item, error_told)
    return WriteResult(item.key, done, number)

"""BAPIs: what their RETURN means, and the one way to COMMIT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ltc.core.contract import Outcome, WriteResult
from ltc.core.errors import Later, LtcError, Rejected, Unauthorised, Unknown

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from ltc.core.contract import Journal, WriteItem

ROLLBACK: Final = "BAPI_TRANSACTION_ROLLBACK"
COMMIT: Final = "BAPI_TRANSACTION_COMMIT"
LOCKS: Final = frozenset(
    {("V1", "042"), ("V1", "045"), ("M3", "024"), ("M3", "023"), ("ME", "006"), ("F5", "671"), ("MC", "601")}
)
"""Messages that say that someone else works on the object at the moment."""

CONCLUSIONS: Final = frozenset({("RW", "609"), ("V4", "219"), ("V4", "248")})
"""Messages that only say that there are others, such as "Error in document" and "Sales document was not changed"."""

REMEDIES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("F2", "003"): "Let the customer be created in SAP first.",
        ("V1", "301"): "The order needs a customer that SAP knows.",
        ("V1", "033"): "Let the material be created in SAP, for this sales area.",
        ("V1", "555"): "The order was deleted or archived in SAP: look it up there by its number.",
        ("V1", "849"): "The customer's credit limit is reached: raise it in SAP, or release the order, then retry.",
        ("V4", "083"): "More was delivered than is left of the item: let the goods be returned, or correct the quantity.",
        ("VP", "204"): "Lift the order block of the customer in SAP, then retry.",
        ("F5", "201"): "The posting period is closed in SAP: open it, or correct the date, then retry.",
        ("F5", "702"): "The amounts of the posting do not add up to zero: check the mapping of amounts.",
    }
)
_LOST: Final = "The connection to SAP was lost before anything was committed."


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

    @property
    def telling(self) -> bool:
        """Tell a reason from a mere conclusion."""
        return (self.id, self.number) not in CONCLUSIONS

    def __str__(self) -> str:
        """Say it as SAP's users know it, with the key by which its long text is found."""
        return f"{self.text} ({self.id} {self.number})"


def messages(answer: Mapping[str, Any]) -> list[Message]:
    """Read RETURN, which is a table or one structure."""
    told = answer.get("RETURN") or []
    rows: Sequence[Mapping[str, Any]] = [told] if isinstance(told, Mapping) else told
    return [
        Message(
            str(row["TYPE"]),
            str(row.get("ID", "")),
            str(row.get("NUMBER", "")).zfill(3),
            str(row.get("MESSAGE", "")),
            str(row.get("FIELD", "") or row.get("PARAMETER", "")),
        )
        for row in rows
        if row.get("TYPE")
    ]


def failure(answer: Mapping[str, Any]) -> LtcError | None:
    """Give the error that a BAPI reported: a lock before all others, then every reason that it gave."""
    failed = [message for message in messages(answer) if message.failed]
    if not failed:
        return None
    locked = [message for message in failed if message.locked]
    if locked:
        return Later(f"SAP: {locked[0]}", code="sap.locked", remedy="It is tried again; see transaction SM12 if it stays.")
    reasons = [message for message in failed if message.telling] or failed
    first = reasons[0]
    return Rejected(
        f"SAP: {'; '.join(dict.fromkeys(str(reason) for reason in reasons))}",
        field=next((reason.field for reason in reasons if reason.field), ""),
        remedy=REMEDIES.get((first.id, first.number), "Correct the record, or its master data in SAP, and retry it."),
        code=f"sap.{first.id}{first.number}".lower(),
    )


def roll_back(session: Session) -> None:
    """Drop what this session has not committed; a session that cannot even do that is thrown away, and its work with it."""
    if session.broken:
        return
    try:
        session.call(ROLLBACK)
    except LtcError:
        session.broken = True


def refused(item: WriteItem, error: LtcError) -> WriteResult:
    """Give the result of a write that did nothing in SAP."""
    outcome = Outcome.LATER if isinstance(error, Later) else Outcome.REJECTED
    return WriteResult(item.key, outcome, item.id, error=error)


def attempt(session: Session, item: WriteItem, name: str, **params: Any) -> tuple[dict[str, Any], WriteResult | None]:
    """Call a BAPI; give its answer, and the result of the write if SAP refused it.

    Nothing has happened in SAP before :func:`commit`; a connection lost until then leaves nothing behind. A session that was
    lost before has forgotten what earlier BAPIs of this write did, so that nothing is added to it.
    """
    if session.broken:
        return {}, refused(item, Later(_LOST, code="system.unreachable"))
    try:
        answer = session.call(name, **params)
    except (Later, Rejected) as error:
        roll_back(session)
        return {}, refused(item, error)
    except TypeError as error:  # raised by the library before it sends anything
        text = f"{name} does not take a value of the record: {error}"
        return {}, refused(item, Rejected(text, remedy="Correct the mapping of the field.", code="sap.type"))
    told = failure(answer)
    if told is None:
        return answer, None
    roll_back(session)
    return answer, refused(item, told)


def commit(session: Session, item: WriteItem, journal: Journal, number: str, done: Outcome) -> WriteResult:
    """Store the number, then COMMIT: after a crash between the two, the look-up by number finds nothing, and rightly so.

    Whatever keeps COMMIT from answering leaves it unknown whether it happened: also a logon that is refused, since the
    library logs on again by itself after a lost connection.
    """
    if session.broken:
        return refused(item, Later(_LOST, code="system.unreachable"))
    if not number:
        roll_back(session)
        text = "SAP reported success and gave no number."
        return refused(item, Rejected(text, remedy="Look at user exits of the BAPI in SAP.", code="sap.no_number"))
    try:
        journal(item.key, "number", {"id": number})
    except LtcError:
        roll_back(session)
        raise
    try:
        answer = session.call(COMMIT, WAIT="X")
    except Unknown as error:
        return WriteResult(item.key, Outcome.UNKNOWN, number, error=error)
    except (Later, Rejected, Unauthorised) as error:
        session.broken = True
        text = f"Whether SAP did it is not known, since COMMIT did not answer: {error.message}"
        return WriteResult(item.key, Outcome.UNKNOWN, number, error=Unknown(text))
    told = failure(answer)
    if told is not None:
        roll_back(session)
        return refused(item, told)
    return WriteResult(item.key, done, number)

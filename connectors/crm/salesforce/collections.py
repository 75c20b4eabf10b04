"""Writing up to 200 rows a call by sObject Collections: one result per row, locked rows sent again, bad calls taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from connectors.crm.salesforce.errors import error_of, other_id
from connectors.crm.salesforce.objects import HUB_KEY
from connectors.crm.salesforce.query import matching
from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Unauthorised, Unknown

if TYPE_CHECKING:
    from connectors.crm.salesforce.session import Session
    from connectors.crm.salesforce.settings import SalesforceSettings
    from ltc.core.contract import Kit

Operation: TypeAlias = Literal["insert", "update", "upsert", "delete"]

MOST_ROWS: Final = 200
_EARLY: Final = 150
"""A call may leave early with this many rows, so that rows of one parent travel together and do not lock each other out."""
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class RowResult:
    """What one row came to: its id, or why not.

    ``adopted`` says that the id is of a record that was there before; ``sent`` is false for rows that no call has carried.
    """

    id: str = ""
    created: bool = False
    adopted: bool = False
    error: LtcError | None = None
    sent: bool = True


LOOKS: Final = 4
"""How often rows with a key are looked for and sent again, when answer after answer is lost."""

KEYED: Final = frozenset({"upsert", "insert"})


class Collections:
    """Writes rows of one object at a time."""

    def __init__(self, session: Session, settings: SalesforceSettings, kit: Kit) -> None:
        """Write through this session, with the settings' patience."""
        self._session = session
        self._settings = settings
        self._kit = kit

    def write(
        self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], parent: str = "", *, repeat: bool = True
    ) -> list[RowResult]:
        """Write all rows, 200 a call, and give a result for each, in order; rows come sorted by ``parent``.

        A call whose answer was lost is sent again at once, unless ``repeat`` is false: then its rows' outcome is unknown.

        Raises only if nothing was written and nothing can be: no quota, no credentials, a wrong configuration.
        """
        results: list[RowResult] = [RowResult(error=Later("Not sent yet."), sent=False)] * len(rows)
        places = list(range(len(rows)))
        ends = self._kit.clock.now() + timedelta(seconds=self._kit.deadline_seconds)
        for attempt in range(self._settings.lock_retries + 1):
            for chunk in _chunks(places, rows, parent, operation):
                if self._kit.clock.now() >= ends:
                    return results
                try:
                    answers = self._call(obj, operation, [rows[place] for place in chunk], repeat=repeat)
                except (QuotaSpent, Unauthorised, Misconfigured) as error:
                    if not any(result.sent for result in results):
                        raise
                    return [result if result.sent else RowResult(error=_put_off(error), sent=False) for result in results]
                for place, answer in zip(chunk, answers, strict=True):
                    results[place] = answer
            places = [place for place in places if isinstance(results[place].error, Later) and results[place].sent]
            if not places or attempt == self._settings.lock_retries:
                break
            self._kit.clock.sleep(min(8.0, 0.5 * 2**attempt) * (0.5 + self._kit.random.random() / 2))
        return results

    def _call(
        self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], *, repeat: bool, left: int = LOOKS
    ) -> list[RowResult]:
        """Make one call; a call that is refused as a whole is taken apart until the row that spoils it stands alone."""
        try:
            answer = self._send(obj, operation, rows, repeat=operation == "delete")
        except (Rejected, Gone) as error:
            if len(rows) == 1:
                return [RowResult(error=error)]
            half = len(rows) // 2
            first = self._call(obj, operation, rows[:half], repeat=repeat, left=left)
            return first + self._call(obj, operation, rows[half:], repeat=repeat, left=left)
        except QuotaSpent:
            raise
        except Unknown as error:
            return self._after_silence(obj, operation, rows, error, repeat=repeat, left=left)
        except Later as error:
            return [RowResult(error=error)] * len(rows)
        return [_result(one, operation) for one in answer]

    def _after_silence(
        self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], error: Unknown, *, repeat: bool, left: int
    ) -> list[RowResult]:
        """Find out what a call did whose answer was lost, and do the rest; where that cannot be told, the outcome is unknown."""
        if left and repeat and operation == "update":
            return self._compare_first(obj, rows, left - 1)
        if left and operation in KEYED and all(row.get(HUB_KEY) for row in rows):
            return self._look_first(obj, operation, rows, left - 1)
        return [RowResult(error=error)] * len(rows)

    def _look_first(self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], left: int) -> list[RowResult]:
        """Send again only what is not there after an answer was lost: rows are written whole or not at all."""
        found = {
            str(row[HUB_KEY]): str(row["Id"])
            for row in matching(self._session, obj, ["Id", HUB_KEY], HUB_KEY, [str(row[HUB_KEY]) for row in rows])
        }
        missing = [row for row in rows if str(row[HUB_KEY]) not in found]
        again = iter(self._call(obj, operation, missing, repeat=False, left=left) if missing else [])
        return [RowResult(found[str(row[HUB_KEY])], created=True) if str(row[HUB_KEY]) in found else next(again) for row in rows]

    def _compare_first(self, obj: str, rows: Sequence[Mapping[str, Any]], left: int) -> list[RowResult]:
        """Send an update again only where the record does not hold it yet."""
        names = list(dict.fromkeys(name for row in rows for name in row if name != "id"))
        held = {
            str(row["Id"]): row for row in matching(self._session, obj, ["Id", *names], "Id", [str(row["id"]) for row in rows])
        }
        open_rows = [row for row in rows if not _holds(held.get(str(row["id"]), {}), row)]
        again = iter(self._call(obj, "update", open_rows, repeat=True, left=left) if open_rows else [])
        return [next(again) if row in open_rows else RowResult(str(row["id"])) for row in rows]

    def _send(self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], *, repeat: bool) -> list[dict[str, Any]]:
        if operation == "delete":
            params = {"ids": ",".join(str(row["id"]) for row in rows), "allOrNone": "false"}
            answer = self._session.raw("DELETE", "composite/sobjects", params=params)
        else:
            body = _ENCODER.encode({"allOrNone": False, "records": [{"attributes": {"type": obj}, **row} for row in rows]})
            path = f"composite/sobjects/{obj}/{HUB_KEY}" if operation == "upsert" else "composite/sobjects"
            method = "POST" if operation == "insert" else "PATCH"
            answer = self._session.raw(method, path, data=body, idempotent=repeat)
        decoded: list[dict[str, Any]] = msgspec.json.decode(answer.content)
        return decoded


def _result(answer: Mapping[str, Any], operation: Operation) -> RowResult:
    if answer.get("success"):
        created = bool(answer.get("created", operation == "insert"))
        return RowResult(str(answer.get("id") or ""), created)
    first = (answer.get("errors") or [{}])[0]
    code, message = str(first.get("statusCode", "UNKNOWN_EXCEPTION")), str(first.get("message", ""))
    return refused(code, message, list(first.get("fields") or ()), operation)


def refused(code: str, message: str, fields: Sequence[str], operation: Operation) -> RowResult:
    """Read a row's error; what an earlier try or someone else has made or deleted counts as done and names the record."""
    if code == "DUPLICATE_VALUE" and operation in {"insert", "upsert"} and (other := other_id(message)):
        return RowResult(other, adopted=True)
    if operation == "delete" and code in {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"}:
        return RowResult()
    return RowResult(error=error_of(code, message, fields))


def _holds(record: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Tell whether a record holds what was sent, whatever numbers are written like."""
    return bool(record) and all(
        value == record.get(name) or (value is not None and str(value) == str(record.get(name)))
        for name, value in sent.items()
        if name != "id"
    )


def _put_off(error: LtcError) -> Later:
    return error if isinstance(error, Later) else Later(error.message, remedy=error.remedy)


def _chunks(
    places: Sequence[int], rows: Sequence[Mapping[str, Any]], parent: str, operation: Operation
) -> Iterator[Sequence[int]]:
    """Cut into calls: no key twice in one call, and a new call rather than a parent cut in two, if the call is nearly full."""
    chunk: list[int] = []
    keys: set[Any] = set()
    for at, place in enumerate(places):
        row = rows[place]
        key = row.get(HUB_KEY) if operation in {"upsert", "insert"} else row.get("id")
        full = len(chunk) >= MOST_ROWS or (key is not None and key in keys)
        if not full and len(chunk) >= _EARLY and parent:
            full = not _fits(places[at:], rows, parent, MOST_ROWS - len(chunk), rows[chunk[-1]].get(parent))
        if full:
            yield chunk
            chunk, keys = [], set()
        chunk.append(place)
        keys.add(key)
    if chunk:
        yield chunk


def _fits(places: Sequence[int], rows: Sequence[Mapping[str, Any]], parent: str, room: int, last: object) -> bool:
    """Say whether the family that begins here goes into the room that is left."""
    family = rows[places[0]].get(parent)
    if family is None or family == last:
        return True
    size = next(
        (at for at, place in enumerate(places[: room + 1]) if rows[place].get(parent) != family), min(len(places), room + 1)
    )
    return size <= room or size > MOST_ROWS - _EARLY

"""Reading envelopes: what changed its status, then what else moved in open ones; by id; by our keys.

The list can be asked for envelopes whose *status* changed, not for those that were modified. That a recipient signed, or that a
recipient was corrected, leaves the envelope's status alone: so a run looks through the open envelopes as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.esign.docusign.envelope import ENVELOPE
from ltc.core.contract import Page, Presence, RawRecord, read_cursor
from ltc.core.errors import Later

if TYPE_CHECKING:
    from connectors.esign.docusign.session import Session
    from connectors.esign.docusign.settings import DocusignSettings
    from ltc.core.contract import Kit

BEGINNING: Final = "2000-01-01T00:00:00Z"
NEVER: Final = "9999-01-01T00:00:00Z"
INCLUDE: Final = "recipients,custom_fields"
_OPEN: Final = "created,sent,delivered"
_ORDER: Final = {"order_by": "last_modified", "order": "asc", "include": INCLUDE}


class Cursor(msgspec.Struct, omit_defaults=True):
    """Where reading stands.

    ``since`` is the moment from which this run reads, ``began`` when it began by the server's clock, ``phase`` which list it is
    in. ``place`` counts the rows of the list that were read; ``last`` is the last one's id and ``at`` its time, by which it is
    seen whether the list has moved on meanwhile. A back-fill reads what changed before ``until``.
    """

    since: str = ""
    began: str = ""
    phase: str = ""
    place: int = 0
    last: str = ""
    at: str = ""
    until: str = ""

    @classmethod
    def of(cls, since: datetime, until: datetime | None) -> Cursor:
        """Begin at a moment, and end at another if one is given."""
        return cls(since.astimezone(UTC).isoformat(), until=until.astimezone(UTC).isoformat() if until else "")

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read the text that an earlier page gave; "" begins at the beginning."""
        return read_cursor(text, cls)

    def write(self) -> str:
        """Write the text that goes into the store."""
        return msgspec.json.encode(self).decode()


class _Head(msgspec.Struct):
    """What reading has to know of an envelope; its bytes are kept as they are."""

    envelopeId: str  # noqa: N815  DocuSign's names
    status: str = ""
    lastModifiedDateTime: str = ""  # noqa: N815
    statusChangedDateTime: str = ""  # noqa: N815


class _List(msgspec.Struct):
    envelopes: list[msgspec.Raw] = []
    totalSetSize: str = "0"  # noqa: N815


class Reader:
    """Reads the envelopes of one account."""

    def __init__(self, session: Session, settings: DocusignSettings, kit: Kit) -> None:
        """Read through a session."""
        self._session, self._settings, self._kit = session, settings, kit

    def page(self, text: str, limit: int) -> Page:
        """Read the page that follows the cursor."""
        cursor, size = Cursor.read(text), min(limit or ENVELOPE.page_size, ENVELOPE.page_size)
        asked = {"status": _OPEN, "from_to_status": "created"} if cursor.phase else {"from_to_status": "changed"}
        asked["from_date"] = self._opened_since(cursor) if cursor.phase else cursor.since or BEGINNING
        if cursor.until and not cursor.phase:
            asked["to_date"] = cursor.until
        rows, total, now = self._rows(cursor, asked, size)
        began = cursor.began or now
        place = cursor.place + len(rows)
        here = Cursor(cursor.since, began, cursor.phase, place, cursor.last, cursor.at, cursor.until)
        if rows:
            here.last, here.at = rows[-1][0].envelopeId, rows[-1][0].lastModifiedDateTime
        if rows and place < total:
            following, more = here, True
        elif cursor.since and not cursor.phase:
            following, more = Cursor(cursor.since, began, "open", until=cursor.until), True
        else:
            # The next run begins where this one did, less the overlap: what was committed late is in there.
            since = datetime.fromisoformat(began) - timedelta(seconds=self._settings.overlap_seconds)
            following, more = Cursor(since.isoformat()), False
        news = [row for row in rows if not cursor.phase or self._is_news(row[0], cursor)]
        bodies = [body for head, body in news if head.status != "deleted"]
        marked = [_record(head.envelopeId, (head, body)) for head, body in news if head.status == "deleted"]
        return Page(bodies, following.write(), more, marked)

    def fetch(self, ids: Sequence[str]) -> list[RawRecord]:
        """Read envelopes by id, all in one call; ids that do not exist come back as deleted."""
        if not ids:
            return []
        found = {head.envelopeId: (head, body) for head, body in self.listed({"envelope_ids": ",".join(ids)})}
        return [_record(key, found.get(key)) for key in ids]

    def by_transactions(self, keys: Sequence[str]) -> list[bytes]:
        """Find the envelopes that were made with these transaction ids in the last seven days."""
        return [body for _, body in self.listed({"transaction_ids": ",".join(keys)})] if keys else []

    def by_short_key(self, key: str) -> list[bytes]:
        """Find the envelopes that carry our short key in their custom field, however old they are."""
        params = {"custom_field": f"{self._settings.short_key_field}={key}", "from_date": BEGINNING, "from_to_status": "created"}
        return [body for _, body in self.listed(params)]

    def listed(self, params: Mapping[str, str]) -> list[tuple[_Head, bytes]]:
        """Ask for a list that fits into one answer."""
        return self._asked({**params, "include": INCLUDE})[0]

    def _rows(self, cursor: Cursor, asked: Mapping[str, str], size: int) -> tuple[list[tuple[_Head, bytes]], int, str]:
        """Give the rows that follow the cursor, how many rows there are in all, and the server's time.

        The last row that was read is asked for again. If it is not where it was, something before it was modified and has gone to
        the end of the list, and what follows has moved up: then the list is gone through from its beginning.
        """
        overlap = 1 if cursor.last else 0
        start = max(0, cursor.place - overlap)
        rows, total, now = self._asked({**asked, **_ORDER, "start_position": str(start), "count": str(size + overlap)})
        if not overlap or (rows and (rows[0][0].envelopeId, rows[0][0].lastModifiedDateTime) == (cursor.last, cursor.at)):
            return rows[overlap:], total, now
        start = 0
        while True:
            rows, total, now = self._asked({**asked, **_ORDER, "start_position": str(start), "count": str(ENVELOPE.page_size)})
            after = next((place for place, row in enumerate(rows) if row[0].lastModifiedDateTime > cursor.at), None)
            if after is not None or not rows or start + len(rows) >= total:
                cursor.place = start + (len(rows) if after is None else after)
                return rows[after : after + size] if after is not None else [], total, now
            start += len(rows)

    def _asked(self, params: Mapping[str, str]) -> tuple[list[tuple[_Head, bytes]], int, str]:
        answer = self._session.call("GET", "/envelopes", params=params, idempotent=True)
        try:
            told = msgspec.json.decode(answer.content, type=_List)
            rows = [(msgspec.json.decode(body, type=_Head), bytes(body)) for body in told.envelopes]
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Later(f"DocuSign's list of envelopes cannot be read: {error}.") from error
        total = int(told.totalSetSize) if told.totalSetSize.isdecimal() else len(rows)
        return rows, total, self._server_time(answer.headers.get("Date", ""))

    def _server_time(self, header: str) -> str:
        try:
            return parsedate_to_datetime(header).astimezone(UTC).isoformat()
        except ValueError:
            return self._kit.clock.now().astimezone(UTC).isoformat()

    def _opened_since(self, cursor: Cursor) -> str:
        return (datetime.fromisoformat(cursor.began) - timedelta(days=self._settings.open_days)).isoformat()

    @staticmethod
    def _is_news(head: _Head, cursor: Cursor) -> bool:
        """Tell whether an open envelope was modified since, and its status was not, which the first list shows."""
        start, end = datetime.fromisoformat(cursor.since), datetime.fromisoformat(cursor.until or NEVER)
        modified, changed = (datetime.fromisoformat(text) for text in (head.lastModifiedDateTime, head.statusChangedDateTime))
        return end > modified >= start > changed


def _record(key: str, found: tuple[_Head, bytes] | None) -> RawRecord:
    if found is None or found[0].status == "deleted":
        return RawRecord(key, found[0].lastModifiedDateTime if found else "", b"{}", Presence.DELETED)
    return RawRecord(key, found[0].lastModifiedDateTime, found[1])


def status_of(raw: Mapping[str, Any]) -> str:
    """Give an envelope's status."""
    return str(raw.get("status") or "").lower()

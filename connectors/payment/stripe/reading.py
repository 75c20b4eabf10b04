"""Reading: all of a list once, then what events speak of; each record in its present state, in one form whichever way it came."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from connectors.payment.stripe.events import EVENTS, touched
from connectors.payment.stripe.lists import forward
from connectors.payment.stripe.objects import KINDS, OBJECTS, PAGE, Joined, Kind
from connectors.payment.stripe.session import HEADS, LISTS, Session
from ltc.core.contract import Page, Presence, Raw, RawRecord
from ltc.core.errors import Gone

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.payment.stripe.settings import StripeSettings

_DAY: Final = 86_400
_ROUND: Final = 20
"""Pages of events that are looked through before the records that they speak of are read."""
_WORTH_A_LIST: Final = 3
"""From so many new records on, one page of the list is cheaper than each by itself."""

_EXACT: Final = msgspec.json.Decoder(float_hook=Decimal)
_PRINTED: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")


class Cursor(msgspec.Struct, omit_defaults=True):
    """Where reading stands.

    In a run through the list, ``last`` and ``created`` are those of the last record. In a run through events, ``last`` is the
    last event that was looked at, ``pending`` the records that are still to be read, with the time of their creation if that was
    among the events, and ``open`` says whether events follow. ``began`` is the account's time at which the run began,
    ``since`` from when on events count. A back-fill looks at events that are older than ``until``.
    """

    mode: Literal["list", "events"] = "list"
    last: str = ""
    created: int = 0
    began: int = 0
    since: int = 0
    pending: list[tuple[str, int]] = []
    open: bool = False
    until: int = 0

    @classmethod
    def at(cls, since: datetime, until: datetime | None) -> Cursor:
        """Begin at a moment, and end at another if one is given."""
        return cls("events", since=int(since.timestamp()), until=math.ceil(until.timestamp()) if until else 0)

    def write(self) -> str:
        """Write the text that goes into the store."""
        return msgspec.json.encode(self).decode()


_CURSORS: Final = msgspec.json.Decoder(Cursor)


class Reader:
    """Reads the records of one object."""

    def __init__(self, session: Session, settings: StripeSettings, obj: str, fields: Sequence[str]) -> None:
        """Read what these raw paths ask for."""
        self._session = session
        self._settings = settings
        self._obj = obj
        self._kind: Kind = KINDS[obj]
        self._path = f"/v1/{self._kind.collection}"
        self._joined = [one for one in self._kind.joined if _asked(fields, one.name)]
        needed = [*fields, *(one.only_if for one in self._joined)]
        self._expand = [path for path in self._kind.expand if _asked(needed, path.partition(".")[0])]

    # -- pages -----------------------------------------------------------------------------------------------------

    def page(self, text: str, limit: int) -> Page:
        """Read the page that follows the cursor, oldest first."""
        cursor = _CURSORS.decode(text) if text else Cursor()
        size = min(limit or PAGE, PAGE)
        if cursor.mode == "events" and not cursor.pending:
            cursor = self._look_through(cursor)
        if cursor.mode == "list":
            return self._listed(cursor, size)
        return self._spoken_of(cursor, size)

    def _listed(self, cursor: Cursor, size: int) -> Page:
        params = {"expand": [f"data.{path}" for path in self._expand]} if self._expand else {}
        found = forward(self._session, self._path, params, size, cursor.last, cursor.created)
        began = cursor.began or self._session.now()
        bodies = [self._whole(body) for body in found.bodies]
        following = Cursor(last=found.last, created=found.created, began=began) if found.more else self._rest(began)
        return Page(bodies, following.write(), found.more)

    def _rest(self, began: int) -> Cursor:
        """End a run: the next one reads the events from a little before its beginning."""
        return Cursor("events", since=began - self._settings.overlap_seconds)

    def _look_through(self, cursor: Cursor) -> Cursor:
        """Look through the events that follow; if those in between are not kept any more, everything is read again."""
        ids: dict[str, int] = {}
        began, last, since, more = cursor.began, cursor.last, cursor.since, True
        for _ in range(_ROUND):
            found = forward(self._session, "/v1/events", {"types": list(self._kind.events)}, PAGE, last, since)
            began = began or self._session.now()
            if began - cursor.since > self._settings.event_days * _DAY:
                return Cursor()
            for body in found.bodies:
                event = EVENTS.decode(body)
                if cursor.until and event.created >= cursor.until:
                    continue
                is_new = event.type == f"{self._obj}.created"
                for obj, key in touched(event):
                    if obj == self._obj:
                        ids[key] = event.created if is_new else ids.pop(key, 0)
            last, since, more = found.last, found.created, found.more and not 0 < cursor.until <= found.created
            if not more:
                break
        return Cursor("events", last, 0, began, since, list(ids.items()), more, cursor.until)

    def _spoken_of(self, cursor: Cursor, size: int) -> Page:
        now, later = cursor.pending[:size], cursor.pending[size:]
        records = self.records([key for key, _ in now], dict(now))
        more = bool(later) or cursor.open
        following = self._rest(cursor.began)
        if more:
            following = Cursor("events", cursor.last, 0, cursor.began, cursor.since, later, cursor.open, cursor.until)
        live = [record.body for record in records if record.presence is Presence.LIVE]
        return Page(live, following.write(), more, [record for record in records if record.presence is not Presence.LIVE])

    # -- records ---------------------------------------------------------------------------------------------------

    def records(self, ids: Sequence[str], created: Mapping[str, int] | None = None) -> list[RawRecord]:
        """Read records by id; new ones, whose time of creation is known, by a page of the list."""
        times = sorted(time for time in (created or {}).values() if time)
        found = self._created_between(times[0], times[-1]) if len(times) >= _WORTH_A_LIST else {}
        return [self._record(key, found[key]) if key in found else self._one(key) for key in ids]

    def _created_between(self, first: int, last: int) -> dict[str, bytes]:
        params: dict[str, Any] = {"limit": PAGE, "created": {"gte": first, "lte": last}}
        if self._expand:
            params["expand"] = [f"data.{path}" for path in self._expand]
        page = LISTS.decode(self._session.read(self._path, params))
        return {HEADS.decode(one).id: bytes(one) for one in page.data}

    def _one(self, key: str) -> RawRecord:
        params = {"expand": self._expand} if self._expand else {}
        try:
            body = self._session.read(f"{self._path}/{key}", params)
        except Gone:
            return RawRecord(key, "", b"{}", Presence.DELETED)
        return self._record(key, body)

    def _record(self, key: str, body: bytes) -> RawRecord:
        head = HEADS.decode(body)
        if head.deleted:
            return RawRecord(key, "", b"{}", Presence.DELETED)
        version = str(head.updated or "") if OBJECTS[self._obj].version else ""
        return RawRecord(key, version, self._whole(body))

    def _whole(self, body: bytes) -> bytes:
        """Complete a record and print it in one form: Stripe indents what is in a list otherwise than what stands alone."""
        raw = decode(body)
        for name in self._kind.secret:
            raw.pop(name, None)
        lines = raw.get("lines")
        if isinstance(lines, dict) and lines.get("has_more"):
            lines["data"] = [decode(one) for one in self._session.rows(f"{self._path}/{raw['id']}/lines", {})]
            lines["has_more"] = False
        for joined in self._joined:
            raw[joined.name] = self._rows_of(joined, raw)
        return _PRINTED.encode(raw)

    def _rows_of(self, joined: Joined, raw: Raw) -> list[Raw]:
        if joined.only_if and not _at(raw, joined.only_if):
            return []
        params: dict[str, Any] = {name: value or raw["id"] for name, value in joined.params.items()}
        if joined.expand:
            params["expand"] = [f"data.{path}" for path in joined.expand]
        rows = [decode(one) for one in self._session.rows(joined.path, params)]
        left_out = raw.get(joined.without)
        own = left_out.get("id") if isinstance(left_out, dict) else left_out
        return [row for row in rows if not joined.without or row.get("id") != own]


def decode(body: bytes) -> Raw:
    """Decode a record; numbers with a fraction become Decimal."""
    record: Raw = _EXACT.decode(body)
    return record


def _at(raw: Any, path: str) -> Any:
    """Look up a dotted path; None where it leads nowhere.

    >>> _at({"charge": {"disputed": True}}, "charge.disputed"), _at({"charge": None}, "charge.disputed")
    (True, None)
    """
    for step in path.split("."):
        raw = raw.get(step) if isinstance(raw, dict) else None
    return raw


def _asked(fields: Iterable[str], name: str) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for path in fields)

"""Where reading stands between two pages and between two runs, and the condition that follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from connectors.crm.salesforce.objects import VERSION
from ltc.core.contract import read_cursor


class Cursor(msgspec.Struct, omit_defaults=True):
    """Where reading stands.

    ``since`` is the newest record's time. In the middle of a run, ``after`` is the id of the last record read, ``began`` the
    time by our clock at which the run began, ``server`` the same by the org's, ``left`` how many records were still to come;
    ``job`` and ``locator`` stand for a bulk query that brings them. Between runs, ``margin`` is the last run's duration.
    A back-fill reads what is older than ``until``.
    """

    since: str = ""
    after: str = ""
    began: str = ""
    margin: float = 0.0
    server: str = ""
    left: int = 0
    job: str = ""
    locator: str = ""
    until: str = ""

    @classmethod
    def at(cls, since: datetime, until: datetime | None) -> Cursor:
        """Begin at a moment, and end at another if one is given."""
        return cls(since.astimezone(UTC).isoformat(), until=until.astimezone(UTC).isoformat() if until else "")

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read the text that an earlier page gave; "" begins at the beginning."""
        return read_cursor(text, cls)

    def write(self) -> str:
        """Write the text that goes into the store."""
        return msgspec.json.encode(self).decode()

    def closed(self, now: datetime) -> Cursor:
        """End a run: keep what the next one needs."""
        took = abs(now - moment(self.began))  # less than nothing: the clock was set back meanwhile, by more than it took
        return Cursor(self.since, margin=took.total_seconds(), server=self.server)

    def condition(self, overlap: float) -> str:
        """Write the WHERE of the next page, or of the next run.

        What was committed when a run began has been read by it. What showed later is younger than ``overlap`` seconds before
        that, by the org's clock; if the org did not tell its time, no record read by then was newer than the newest one read,
        less the time that the run took by ours, whatever the two clocks say.
        """
        end = f" AND {VERSION} < {literal(moment(self.until))}" if self.until else ""
        if self.after:
            at, text = literal(moment(self.since)), quoted(self.after)
            return f"WHERE {VERSION} >= {at} AND ({VERSION} > {at} OR Id > {text}){end}"
        bounds = [moment(self.since) - timedelta(seconds=self.margin)] if self.since else []
        bounds += [moment(self.server)] if self.server else []
        return f"WHERE {VERSION} >= {literal(max(bounds) - timedelta(seconds=overlap))}{end}" if bounds else ""


def server_time(header: str) -> str:
    """Read the Date of an answer; "" if there is none.

    >>> server_time("Mon, 02 Mar 2026 06:00:00 GMT"), server_time("nonsense")
    ('2026-03-02T06:00:00+00:00', '')
    """
    try:
        return parsedate_to_datetime(header).astimezone(UTC).isoformat()
    except ValueError:
        return ""


def moment(text: str) -> datetime:
    """Read one of Salesforce's times."""
    return datetime.fromisoformat(text).astimezone(UTC)


def literal(when: datetime) -> str:
    """Write a time literal, to the millisecond."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def quoted(text: str) -> str:
    r"""Write a string literal.

    >>> quoted("O'Neill")
    "'O\\'Neill'"
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

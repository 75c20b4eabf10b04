"""Dates and moments in the forms that systems write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from ltc.core.mapping.operations.codec import BadValue, Inline, Remembered, wrong_type
from ltc.core.models.canonical import format_date, format_time, parse_date, parse_time

_MS_DATE: Final = re.compile(r"/Date\((-?[0-9]{1,17})(?:[+-][0-9]{4})?\)/")
_SAP_EMPTY: Final = frozenset({"00000000", "0000-00-00", "00000000000000", "0"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAP_DATE: Final = 8
_UTC: Final = ("Z", ".000Z", "+0000", ".000+0000", "+00:00", ".000+00:00")
_MINUTES: Final = frozenset(f"T{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60))
_SECONDS: Final = MappingProxyType({f":{second:02d}{zone}": f":{second:02d}Z" for second in range(60) for zone in _UTC})
_ISO_FORMS: Final = frozenset({"iso", "salesforce"})

DATE_FORMATS: Final = ("iso", "sap")
TIME_FORMATS: Final = ("iso", "salesforce", "sap", "epoch_s", "epoch_ms", "ms_date")


def _bad(what: str) -> BadValue:
    return BadValue(f"not_a_{what}", f"is not a {'date' if what == 'date' else 'moment'} in the form that this line expects")


def read_date(value: Any, form: str) -> date | None:
    """Read a day; blank and SAP's zeros are no day.

    >>> read_date("20260131", "sap"), read_date("00000000", "sap"), read_date("31.01.2026", "%d.%m.%Y")
    (datetime.date(2026, 1, 31), None, datetime.date(2026, 1, 31))
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong_type("a date")
    text = value.strip()
    if not text or text in _SAP_EMPTY:
        return None
    try:
        if form == "iso":
            return parse_date(text)
        if form == "sap":
            if len(text) == _SAP_DATE and text.isascii() and text.isdigit():
                return date(int(text[:4]), int(text[4:6]), int(text[6:]))
            return parse_date(text)
        return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise _bad("date") from None


@cache
def days_of(form: str) -> Remembered:
    """Give the canonical texts of days of one form; days repeat, so the last ones are remembered.

    >>> days_of("sap")["20260131"]
    '2026-01-31'
    """

    def read(value: Any) -> str | None:
        day = read_date(value, form)
        return None if day is None else format_date(day)

    return Remembered(read)


def write_date(day: date, form: str) -> str:
    """Write a day.

    >>> write_date(date(2026, 1, 31), "sap"), write_date(date(2026, 1, 31), "%d.%m.%Y")
    ('20260131', '31.01.2026')
    """
    if form == "iso":
        return format_date(day)
    if form == "sap":
        return format_date(day).replace("-", "")
    return day.strftime(form)


_SAMPLE: Final = datetime(2026, 1, 31, 13, 45, tzinfo=UTC)


def reads_back(pattern: str, *, with_time: bool) -> bool:
    """Tell whether what a pattern writes is read again as the same day, or as the same minute.

    >>> reads_back("%d.%m.%Y", with_time=False), reads_back("%d.%m.", with_time=False), reads_back("%d.%m.%Q", with_time=False)
    (True, False, False)
    >>> reads_back("%Y-%m-%d %H:%M", with_time=True), reads_back("%d.%m.%Y", with_time=True)
    (True, False)
    """
    try:
        found = datetime.strptime(_SAMPLE.strftime(pattern), pattern).replace(tzinfo=UTC)
    except ValueError:
        return False
    return found == _SAMPLE if with_time else found.date() == _SAMPLE.date()


def read_time(value: Any, form: str, zone: ZoneInfo | None) -> datetime | None:
    """Read a moment; one that does not say its zone is in the line's zone.

    >>> read_time("2026-01-01T01:00:00.000+0100", "salesforce", None)
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> read_time("/Date(1767225600000)/", "ms_date", None)
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> read_time(1767225600, "epoch_s", None) == read_time("20260101010000", "sap", ZoneInfo("Europe/Berlin"))
    True
    """
    if value is None or value == "":
        return None
    try:
        if form in {"epoch_s", "epoch_ms"}:
            if isinstance(value, bool) or not isinstance(value, int | str):
                raise wrong_type("a number of seconds")
            return _EPOCH + (timedelta(seconds=int(value)) if form == "epoch_s" else timedelta(milliseconds=int(value)))
        if not isinstance(value, str):
            raise wrong_type("a moment")
        text = value.strip()
        if not text or text in _SAP_EMPTY:
            return None
        return _parse_time(text, form, zone).astimezone(UTC)
    except BadValue:
        raise
    except (ValueError, OverflowError):
        raise _bad("time") from None


@cache
def moments() -> Callable[[str], str | None]:
    """Give what takes a moment that says UTC and whole seconds as it is: the form in which most of them come.

    >>> moments()("2026-01-01T00:00:00.000+0000"), moments()("2026-01-01T01:00:00+01:00")
    ('2026-01-01T00:00:00Z', None)
    """
    days = days_of("iso")

    def read(text: str) -> str | None:
        day, seconds = text[:10], _SECONDS.get(text[16:])
        if seconds is None or text[10:16] not in _MINUTES:
            return None
        try:
            return text[:16] + seconds if days[day] == day else None
        except BadValue:
            return None

    return read


def _parse_time(text: str, form: str, zone: ZoneInfo | None) -> datetime:
    if form == "ms_date":
        found = _MS_DATE.fullmatch(text)
        if not found:
            raise _bad("time")
        return _EPOCH + timedelta(milliseconds=int(found.group(1)))
    if form in {"iso", "salesforce"}:
        moment = datetime.fromisoformat(text)
        if len(text) <= len("2026-01-01"):
            raise _bad("time")
    elif form == "sap":
        moment = datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007  # the zone follows
    else:
        moment = datetime.strptime(text, form)  # noqa: DTZ007  # the zone follows
    if moment.tzinfo is None:
        if zone is None:
            raise BadValue("no_zone", "does not say its time zone")
        moment = moment.replace(tzinfo=zone)
    return moment


def write_time(moment: datetime, form: str, zone: ZoneInfo | None) -> str | int:
    """Write a moment.

    >>> new_year = datetime(2026, 1, 1, tzinfo=UTC)
    >>> write_time(new_year, "salesforce", None), write_time(new_year, "epoch_ms", None)
    ('2026-01-01T00:00:00.000+0000', 1767225600000)
    """
    if form == "iso":
        return format_time(moment)
    if form == "salesforce":
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
    elapsed = moment - _EPOCH
    if form == "epoch_s":
        return elapsed // timedelta(seconds=1)
    if form == "epoch_ms":
        return elapsed // timedelta(milliseconds=1)
    if form == "ms_date":
        return f"/Date({elapsed // timedelta(milliseconds=1)})/"
    local = moment if zone is None else moment.astimezone(zone)
    return local.strftime("%Y%m%d%H%M%S" if form == "sap" else form)


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day, written as a day.

    >>> Date("sap", blank="00000000").decode("20260131"), Date("sap", blank="00000000").encode(None)
    ('2026-01-31', '00000000')
    """

    form: str = "iso"
    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Look texts up among the days that are remembered."""
        return "{v}.__class__ is str", "{t}[{v}]"

    @property
    def lookup(self) -> Remembered:
        """The days that are remembered."""
        return days_of(self.form)

    def decode(self, value: Any) -> str | None:
        """Read a day."""
        day = read_date(value, self.form)
        return None if day is None else format_date(day)

    def encode(self, value: Any) -> str | None:
        """Write a day."""
        if value is None:
            return self.blank
        try:
            return write_date(parse_date(value), self.form)
        except (ValueError, TypeError):
            raise _bad("date") from None


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, in UTC in the canonical form.

    >>> Moment("salesforce").decode("2026-01-01T00:00:00.000+0000")
    '2026-01-01T00:00:00Z'
    """

    form: str = "iso"
    zone: ZoneInfo | None = None
    blank: str | None = None

    @property
    def inline(self) -> Inline | None:
        """Take moments that say UTC and whole seconds by one call."""
        return ("{v}.__class__ is str and (found := {t}({v}))", "found") if self.form in _ISO_FORMS else None

    @property
    def lookup(self) -> Callable[[str], str | None]:
        """The call that takes them."""
        return moments()

    def decode(self, value: Any) -> str | None:
        """Read a moment."""
        moment = read_time(value, self.form, self.zone)
        return None if moment is None else format_time(moment)

    def encode(self, value: Any) -> str | int | None:
        """Write a moment."""
        if value is None:
            return self.blank
        try:
            return write_time(parse_time(value), self.form, self.zone)
        except (ValueError, TypeError):
            raise _bad("time") from None


@dataclass(frozen=True, slots=True)
class DayOfMoment:
    """A day that the system holds as a moment: the day in the line's zone, written back as its first moment.

    >>> berlin = DayOfMoment("iso", ZoneInfo("Europe/Berlin"))
    >>> berlin.decode("2026-01-31T23:30:00Z"), berlin.encode("2026-02-01")
    ('2026-02-01', '2026-01-31T23:00:00Z')
    """

    form: str
    zone: ZoneInfo
    blank: str | None = None
    inline: Inline | None = None

    def decode(self, value: Any) -> str | None:
        """Read the day of a moment."""
        moment = read_time(value, self.form, self.zone)
        return None if moment is None else format_date(moment.astimezone(self.zone).date())

    def encode(self, value: Any) -> str | int | None:
        """Write the first moment of a day."""
        if value is None:
            return self.blank
        try:
            first = datetime.combine(parse_date(value), time(), tzinfo=self.zone)
        except (ValueError, TypeError):
            raise _bad("date") from None
        return write_time(first.astimezone(UTC), self.form, self.zone)


@dataclass(frozen=True, slots=True)
class MomentOfDay:
    """A moment that the system holds as a day, or as a day and a time of day in a second field.

    >>> berlin = MomentOfDay("sap", ZoneInfo("Europe/Berlin"), fields=2)
    >>> berlin.decode("20260201", "000000"), berlin.encode("2026-02-01T11:30:00Z", ())
    ('2026-01-31T23:00:00Z', ['20260201', '123000'])
    """

    form: str
    zone: ZoneInfo
    fields: int = 1
    blank: str | None = None
    primaries: int = 1

    def decode(self, *values: Any) -> str | None:
        """Read a day with its time of day."""
        day = read_date(values[0], self.form)
        if day is None:
            return None
        clock = values[1] if self.fields > 1 else None
        if not clock:
            return format_time(datetime.combine(day, time(), tzinfo=self.zone))
        if not isinstance(clock, str):
            raise wrong_type("a time of day")
        try:
            moment = time.fromisoformat(clock.strip())
        except ValueError:
            raise _bad("time") from None
        return format_time(datetime.combine(day, moment.replace(tzinfo=None), tzinfo=self.zone))

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write a day, and the time of day where there is a field for it."""
        del old
        if value is None:
            return [self.blank] if self.fields == 1 else [self.blank, "000000" if self.form == "sap" else None]
        try:
            local = parse_time(value).astimezone(self.zone)
        except (ValueError, TypeError):
            raise _bad("time") from None
        day = write_date(local.date(), self.form)
        return [day] if self.fields == 1 else [day, local.strftime("%H%M%S" if self.form == "sap" else "%H:%M:%S")]

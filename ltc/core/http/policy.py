"""What an HTTP answer, or the lack of one, means for the engine: one table, whose rows a connector overrides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TypeAlias

import msgspec
import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Stale, Unauthorised, Unknown

Row: TypeAlias = tuple[type[LtcError], type[LtcError]]
"""What a status means for a call that may be repeated, and for one that may not."""

Classifier: TypeAlias = Callable[[requests.Response], LtcError | None]
"""A vendor's own reading of an answer: an error, or None to leave it to the table."""

STATUSES: Mapping[int, Row] = MappingProxyType(
    {
        400: (Rejected, Rejected),
        401: (Unauthorised, Unauthorised),
        403: (Misconfigured, Misconfigured),
        404: (Gone, Gone),
        405: (Misconfigured, Misconfigured),
        406: (Misconfigured, Misconfigured),
        407: (Misconfigured, Misconfigured),
        408: (Later, Unknown),
        409: (Stale, Stale),
        410: (Gone, Gone),
        412: (Stale, Stale),
        415: (Misconfigured, Misconfigured),
        422: (Rejected, Rejected),
        423: (Later, Later),
        425: (Later, Later),
        428: (Stale, Stale),
        429: (Later, Later),
        500: (Later, Unknown),
        501: (Misconfigured, Misconfigured),
        502: (Later, Unknown),
        503: (Later, Later),
        504: (Later, Unknown),
    }
)
FAMILIES: Mapping[int, Row] = MappingProxyType(
    {
        1: (Misconfigured, Misconfigured),
        3: (Misconfigured, Misconfigured),
        4: (Rejected, Rejected),
        5: (Later, Unknown),
    }
)
"""By the first digit, for statuses that have no row of their own; a redirect is an address that is out of date."""

_FINAL = frozenset({Rejected, Misconfigured, Gone, Stale})
"""Classes after which the same is not tried again as it is."""
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_REMEDIES: Mapping[type[LtcError], str] = MappingProxyType(
    {
        Misconfigured: "Check the system's address and the rights of its user.",
        Unauthorised: "Check the system's credentials.",
    }
)


@dataclass(frozen=True, slots=True)
class StatusPolicy:
    """The table for one connector: our rows, overridden by its own, and its reading of error bodies before both."""

    rows: Mapping[int, Row] = field(default_factory=lambda: STATUSES)
    classifier: Classifier | None = None

    def overridden(self, rows: Mapping[int, Row], classifier: Classifier | None = None) -> StatusPolicy:
        """Replace some rows, and the classifier if one is given."""
        return replace(self, rows={**self.rows, **rows}, classifier=classifier or self.classifier)

    def row(self, status: int) -> Row | None:
        """Give the row of a status; None means success."""
        if status in self.rows:
            return self.rows[status]
        return None if status // 100 == 2 or status == 304 else FAMILIES.get(status // 100, (Misconfigured, Misconfigured))

    def of_answer(self, response: requests.Response, *, idempotent: bool, now: datetime, detail: str = "") -> LtcError | None:
        """Classify an answer; None if it is a success. ``detail`` is the redacted body for the message.

        A refusal is final, for a person to read: one whose JSON was cut off on its way is asked for again instead.
        """
        error = self._cut_refusal(response, idempotent=idempotent)
        if error is None and self.classifier:
            error = self.classifier(response)
        if error is None:
            row = self.row(response.status_code)
            if row is None:
                return None
            kind = row[0] if idempotent else row[1]
            error = kind(_sentence(response, detail))
            error.remedy = _REMEDIES.get(kind, "")
        if isinstance(error, Later) and error.after is None:
            error.after = retry_after(response, now)
        if isinstance(error, QuotaSpent) and error.until is None and error.after is not None:
            error.until = datetime.fromtimestamp(now.timestamp() + error.after, UTC)
        return error

    def _cut_refusal(self, response: requests.Response, *, idempotent: bool) -> LtcError | None:
        row = self.row(response.status_code)
        if row is None or response.status_code // 100 != 4 or not _FINAL.issuperset(row):
            return None
        size = len(response.content)
        # A system that answers in plain words always does: only what begins as JSON can come whole another time.
        if not response.content.lstrip().startswith((b"{", b"[")) or is_whole_json(response.content):
            return None
        said = f"The system refused with {response.status_code} and {size} bytes that are not whole JSON, so nobody knows why."
        return Later(said) if idempotent else Unknown(said)


def is_whole_json(body: bytes) -> bool:
    """Say whether a body is JSON to its end.

    >>> is_whole_json(b'{"id": 1}'), is_whole_json(b'{"id": ')
    (True, False)
    """
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def of_exception(error: requests.RequestException, *, idempotent: bool, detail: str = "") -> LtcError:
    """Classify a call that got no whole answer; ``detail`` is the redacted text for the message.

    What was never sent is tried again. What was sent and cut off is tried again if it may be repeated, else it is unknown.
    """
    kind = type(error).__name__
    said = f"{kind}: {detail}" if detail else kind
    if isinstance(error, requests.exceptions.SSLError):
        return Misconfigured(f"The system's certificate was not accepted ({said}).", remedy="Check its address and certificate.")
    if isinstance(error, _ADDRESS_ERRORS):
        return Misconfigured(f"The system's address cannot be used ({said}).", remedy="Check base_url.")
    if isinstance(error, requests.exceptions.ProxyError) or never_sent(error):
        return Later(f"The system could not be reached ({said}).", code="system.unreachable")
    if idempotent:
        return Later(f"The connection was cut before the answer was whole ({said}).")
    return Unknown(f"The connection was cut before the answer was whole, so the write may have happened ({said}).")


def never_sent(error: requests.RequestException) -> bool:
    """Say whether the request certainly did not reach the system: no connection came about."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def retry_after(response: requests.Response, now: datetime) -> float | None:
    """Read Retry-After, in seconds or as a date; None if it is absent or nonsense."""
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    return _until(value, now) if value else None


def _until(value: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp())


def _sentence(response: requests.Response, detail: str) -> str:
    said = f": {detail}" if detail else "."
    return f"The system answered {response.status_code} {response.reason or ''}".rstrip() + f" to {response.request.method}{said}"


_ADDRESS_ERRORS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.TooManyRedirects,
    requests.exceptions.InvalidHeader,
)

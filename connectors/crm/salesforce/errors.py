"""What Salesforce's error codes mean to the hub, in one table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Stale, Unauthorised

CLASSES: Final[Mapping[str, type[LtcError]]] = MappingProxyType(
    {
        "INVALID_SESSION_ID": Unauthorised,
        "INVALID_AUTH_HEADER": Unauthorised,
        "INVALID_LOGIN": Unauthorised,
        "UNABLE_TO_LOCK_ROW": Later,
        "SERVER_UNAVAILABLE": Later,
        "UNKNOWN_EXCEPTION": Later,
        "QUERY_TIMEOUT": Later,
        "REQUEST_RUNNING_TOO_LONG": Later,
        "REQUEST_LIMIT_EXCEEDED": QuotaSpent,
        "STORAGE_LIMIT_EXCEEDED": QuotaSpent,
        "API_DISABLED_FOR_ORG": Misconfigured,
        "API_CURRENTLY_DISABLED": Misconfigured,
        "INVALID_TYPE": Misconfigured,
        "MALFORMED_QUERY": Misconfigured,
        "INVALID_QUERY_FILTER_OPERATOR": Misconfigured,
        "INVALID_QUERY_LOCATOR": Stale,
        "ENTITY_IS_DELETED": Gone,
        "NOT_FOUND": Gone,
    }
)
"""What is not here refuses the record: Rejected."""

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "INVALID_SESSION_ID": "A fresh token was refused too: check the app's session policy. The next run signs in anew.",
        "INVALID_LOGIN": "Check the client id, the secret or key, and the connected app's policies.",
        "STRING_TOO_LONG": "Shorten the value where it comes from, or say `overflow: truncate` on the mapping's line.",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule of the org refuses it: correct it, or except the hub's user.",
        "UNABLE_TO_LOCK_ROW": "Others work on the record; it is tried again.",
        "INVALID_FIELD": "Correct the mapping, or give the connected user read access to the field.",
        "INVALID_FIELD_FOR_INSERT_UPDATE": "Mark the line `one_way: in`, or give the connected user edit access to the field.",
        "INVALID_TYPE": "Correct the object's name, or give the connected user access to the object.",
        "REQUIRED_FIELD_MISSING": "Map the field, or fill it in its source.",
        "DUPLICATES_DETECTED": "Settle the duplicate in Salesforce, or set `allow_duplicates: true` for this system.",
        "API_DISABLED_FOR_ORG": "The edition has no API, or the user lacks the permission `API Enabled`.",
        "INSUFFICIENT_ACCESS_OR_READONLY": "Give the connected user edit access to the record.",
    }
)

ANY_REMEDY: Final = "Correct the record where it comes from, or the mapping, then retry it."

_OTHER_ID: Final = re.compile(r"with id:? *([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)")
_GONE_WITHOUT_FIELD: Final = "INVALID_CROSS_REFERENCE_KEY"
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def error_of(code: str, message: str, fields: Sequence[str] = ()) -> LtcError:
    """Turn one of Salesforce's errors into ours; the code stays visible as ``salesforce.<code>``.

    >>> type(error_of("UNABLE_TO_LOCK_ROW", "locked")).__name__
    'Later'
    >>> error_of("STRING_TOO_LONG", "Name: data value too large", ["Name"]).field
    'Name'
    """
    kind = CLASSES.get(code, Rejected)
    stable, remedy = f"salesforce.{code.lower()}", REMEDIES.get(code, "")
    if kind is QuotaSpent and "ConcurrentRequests" in message:
        kind = Later
    if code == _GONE_WITHOUT_FIELD and not fields:
        kind = Gone
    if kind is Rejected:
        return Rejected(message, field=fields[0] if fields else "", remedy=remedy or ANY_REMEDY, code=stable)
    if kind in (QuotaSpent, Gone):
        error = kind(message)
        error.code = stable
        return error
    return kind(message, remedy=remedy, code=stable)


def from_body(body: bytes) -> LtcError | None:
    """Read the error out of a failed call's body: a list with an errorCode, or nothing that we understand."""
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    if isinstance(decoded, list) and decoded and isinstance(decoded[0], dict) and "errorCode" in decoded[0]:
        first: Mapping[str, Any] = decoded[0]
        return error_of(str(first["errorCode"]), str(first.get("message", "")), list(first.get("fields") or ()))
    if isinstance(decoded, dict) and "error" in decoded:
        text = f"Salesforce does not let the client in: {decoded.get('error_description') or decoded['error']}."
        return Unauthorised(text, remedy="Check client id, secret or key, and the connected app's policies.")
    return None


def other_id(message: str) -> str:
    """Find the id of the record that already holds a unique value; "" if the message names none.

    >>> other_id("duplicate value found: LTC_Id__c duplicates value on record with id: 001A0000006Vm9r")
    '001A0000006Vm9rIAC'
    """
    match = _OTHER_ID.search(message)
    return long_id(match[1]) if match else ""


def long_id(key: str) -> str:
    """Complete a 15-character id to the 18 characters that do not depend on case."""
    parts = (key[start : start + 5] for start in (0, 5, 10))
    tail = (_ALPHABET[sum(1 << at for at, letter in enumerate(part) if letter.isupper())] for part in parts)
    return key[:15] + "".join(tail)

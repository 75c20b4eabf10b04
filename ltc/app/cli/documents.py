"""What commands print as JSON: Decimals as strings, times in RFC 3339 UTC, faults in one shape."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from ltc.core.errors import Fault, Misconfigured, Untranslatable

if TYPE_CHECKING:
    from ltc.core.errors import LtcError


def faults_of(error: LtcError) -> list[Fault]:
    """List what is wrong, in the shape that every command tells it in."""
    if isinstance(error, Misconfigured) and error.faults:
        return list(error.faults)
    if isinstance(error, Untranslatable) and error.errors:
        return [
            Fault(
                one.code, one.message, error.remedy, file=one.file, line=one.line, column=one.column, path=one.path or one.source
            )
            for one in error.errors
        ]
    return [Fault(error.code, error.message, error.remedy, path=getattr(error, "field", ""))]


def fault_document(fault: Fault) -> dict[str, Any]:
    """Write a fault as JSON has it."""
    words = ("code", "message", "remedy", "severity", "file", "line", "column", "path")
    return {word: getattr(fault, word) for word in words}


def as_text(document: Any) -> str:
    """Write a document as JSON: Decimals as strings, times in RFC 3339 UTC.

    >>> from decimal import Decimal
    >>> as_text({"amount": Decimal("10.50")})
    '{"amount": "10.50"}'
    """
    return json.dumps(document, ensure_ascii=False, default=_plain_value, indent=2 if sys.stdout.isatty() else None)


def _plain_value(value: Any) -> Any:
    """Write what JSON does not know."""
    from datetime import datetime, timedelta
    from decimal import Decimal

    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if hasattr(value, "keys"):
        return dict(value)
    return list(value) if hasattr(value, "__iter__") else str(value)


def _moment(value: Any) -> str:
    from datetime import UTC

    return str(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))


def plain(value: Any) -> str:
    """Write one value for a person."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return as_text(value)
    return str(value)


def place(mapping: dict[str, Any] | None) -> str:
    """Write a place in a file for a person.

    >>> place({"file": "order.yaml", "line": 7}), place({"file": "", "line": 0})
    ('order.yaml:7', '')
    """
    return f"{mapping['file']}:{mapping['line']}" if mapping and mapping["file"] else ""


def forms_of(secret: str) -> list[str]:
    """Give a secret as it may be printed; what is very short would mask half of a text and is let be."""
    if len(secret) < 4:
        return []
    return list(dict.fromkeys((secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])))
